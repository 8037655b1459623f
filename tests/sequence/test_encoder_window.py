"""The windows of OneHotPromoterEncoder on both strands, against cuts by hand and Biopython."""

import numpy as np
import pandas as pd
import pytest
from Bio.Seq import reverse_complement as bio_reverse_complement
from hypothesis import given
from hypothesis import strategies as st

from skxpresso.sequence import letters as _sequences
from skxpresso.sequence.encoder import OneHotPromoterEncoder, reverse_complement
from skxpresso.sequence.onehot import OneHotMatrix
from tests.toys import LETTERS, encode, fast, genes

dna = st.text(LETTERS + LETTERS.lower(), min_size=1, max_size=12)


def only_acgt(sequence):
    return "".join(letter if letter in "ACGT" else "N" for letter in sequence.upper())


# the window


def naive_window(sequence, upstream, downstream, tss=None, strand="+"):
    """Cut a window out of an endless sea of N."""
    sea = "N" * 100
    if strand == "-":
        sequence = bio_reverse_complement(sequence)
    centre = 100 + (len(sequence) // 2 if tss is None else tss)
    return (sea + sequence + sea)[centre - upstream : centre + downstream]


@fast
@given(
    sequences=st.lists(dna, min_size=1, max_size=4),
    upstream=st.integers(0, 15),
    downstream=st.integers(0, 15),
    strand=st.sampled_from("+-"),
    data=st.data(),
)
def test_padded_window_equals_a_cut_out_of_a_sea_of_n(
    sequences, upstream, downstream, strand, data
):
    if upstream == downstream == 0:
        downstream = 1
    tss = data.draw(st.none() | st.integers(0, min(map(len, sequences))))
    got = encode(
        sequences, upstream=upstream, downstream=downstream, tss=tss, strand=strand, short="pad"
    )
    assert got == [only_acgt(naive_window(s, upstream, downstream, tss, strand)) for s in sequences]


@fast
@given(
    sequences=st.integers(1, 9).flatmap(
        lambda n: st.lists(st.text("ACGT", min_size=n, max_size=n), min_size=1, max_size=3)
    ),
    data=st.data(),
)
def test_strict_window_is_the_same_cut_or_an_error(sequences, data):
    length = len(sequences[0])
    upstream, downstream = data.draw(st.integers(0, 6)), data.draw(st.integers(1, 6))
    fits = upstream <= length // 2 and downstream <= length - length // 2
    if fits:
        expected = [naive_window(s, upstream, downstream) for s in sequences]
        assert encode(sequences, upstream=upstream, downstream=downstream) == expected
    else:
        with pytest.raises(ValueError, match="too short for the window"):
            encode(sequences, upstream=upstream, downstream=downstream)


@pytest.mark.parametrize(
    ("parameters", "window", "tss"),
    [
        ({}, "AACCGGTT", 4),
        ({"upstream": 2}, "CCGGTT", 2),
        ({"downstream": 1}, "AACCG", 4),
        ({"upstream": 0}, "GGTT", 0),
        ({"downstream": 0}, "AACC", 4),
        ({"upstream": 3, "downstream": 2}, "ACCGG", 3),
        ({"tss": 1}, "AACCGGTT", 1),
        ({"tss": 1, "upstream": 1, "downstream": 1}, "AA", 1),
        ({"tss": 8, "upstream": 2}, "TT", 2),
        ({"tss": 0, "downstream": 3}, "AAC", 0),
    ],
    ids=str,
)
def test_window_by_hand(parameters, window, tss):
    encoder = OneHotPromoterEncoder(**parameters)
    X = encoder.fit_transform(["AACCGGTT"])
    assert encoder.inverse_transform(X).tolist() == [window]
    assert (encoder.promoter_length_, encoder.tss_, X.tss) == (len(window), tss, tss)
    assert encoder.sequence_length_ == 8


def test_published_window():
    rng = np.random.default_rng(0)
    sequence = "".join(rng.choice(list("ACGT"), 20_000))
    encoder = OneHotPromoterEncoder(upstream=7000, downstream=3500)
    assert encoder.inverse_transform(encoder.fit_transform([sequence])) == [sequence[3000:13500]]


@pytest.mark.parametrize(
    ("parameters", "X", "match"),
    [
        (
            {"upstream": 4, "downstream": 3},
            ["ACGTAC"],
            "row 0: the sequence of 6 nt is too short for the window of 4 nt upstream and 3 nt "
            "downstream of the TSS at 3; 1 nt are missing upstream and 0 nt downstream",
        ),
        (
            {"upstream": 2, "downstream": 9, "tss": 2},
            ["ACGT"],
            "0 nt are missing .* and 7 nt",
        ),
        ({}, ["ACGT", "ACG"], "row 1: the sequence has 3 nt, .* have 4 nt. short='pad'"),
        ({"upstream": 1, "downstream": 1}, ["ACGT", "ACG"], "row 1: the sequence has 3 nt"),
        ({"upstream": 1, "tss": 1}, ["ACGT", "ACG"], "row 1: the sequence has 3 nt"),
        ({"tss": 5}, ["ACGT"], "row 0: tss=5 lies beyond the sequence, which has 4 nt"),
        ({"upstream": 0, "downstream": 0}, ["ACGT"], "upstream=0 and downstream=0 leave no pos"),
        ({"downstream": 0}, ["A"], "upstream=None and downstream=0 leave no position .* tss=0"),
        ({"upstream": 0, "tss": 4}, ["ACGT"], "downstream=None leave no position .* tss=4"),
    ],
)
def test_window_that_does_not_fit(parameters, X, match):
    with pytest.raises(ValueError, match=match):
        OneHotPromoterEncoder(**parameters).fit_transform(X)


def test_fit_alone_refuses_sequences_that_are_too_short():
    with pytest.raises(ValueError, match="too short for the window"):
        OneHotPromoterEncoder(upstream=3, downstream=3).fit(["ACGT"])


@pytest.mark.parametrize("X", [["ACGTA"], ["ACG"], OneHotMatrix(np.zeros((1, 5), dtype=np.uint8))])
def test_other_length_than_at_fit_is_an_error(X):
    encoder = OneHotPromoterEncoder().fit(["ACGT"])
    with pytest.raises(
        ValueError, match=r"row 0: the sequence (has 5 nt.* have 4 nt|of 3 nt is too short)"
    ):
        encoder.transform(X)


def test_lengths_may_differ_where_tss_and_window_are_given():
    got = encode(["ACGTA", "ACGTACGT"], upstream=1, downstream=2, tss=2)
    assert got == ["CGT", "CGT"]


def test_pad_aligns_at_the_tss():
    assert encode(["CCAA", "GCCAATT"], short="pad", tss=2) == ["CCAANNN", "GCCAATT"]
    assert encode(["CCAA", "GCCAAT"], short="pad") == ["NCCAAN", "GCCAAT"]


# strands


@fast
@given(dna, st.integers(0, 3))
def test_minus_strand_is_the_plus_strand_of_the_reverse_complement(sequence, shift):
    tss = min(shift, len(sequence))
    minus = encode([sequence], strand="-", tss=tss)
    assert minus == encode([bio_reverse_complement(sequence)], strand="+", tss=tss)
    assert minus == [only_acgt(bio_reverse_complement(sequence))]


@fast
@given(st.lists(st.text("ACGTN", min_size=5, max_size=5), min_size=1, max_size=4))
def test_reverse_complement_of_codes_equals_biopython(sequences):
    codes = _sequences.encode_windows(sequences, np.zeros(len(sequences), int), 5, sequences)
    got = _sequences.decode(reverse_complement(codes))
    assert got == [bio_reverse_complement(sequence) for sequence in sequences]
    np.testing.assert_array_equal(reverse_complement(reverse_complement(codes)), codes)


def test_strand_column_turns_its_rows_only():
    X = genes(promoter=["AAACG", "AAACG"], strand=["+", "-"])
    encoder = OneHotPromoterEncoder(strand="strand", upstream=1, downstream=2)
    got = encoder.inverse_transform(encoder.fit_transform(X))
    assert got["promoter"].tolist() == ["AAC", bio_reverse_complement("AAACG")[1:4]]
    assert got.columns.tolist() == ["promoter", "CDSLEN"]  # the strand is no covariate


@pytest.mark.parametrize("wrong", [".", "minus", None, np.nan, 2], ids=str)
def test_strand_that_is_none_is_an_error(wrong):
    X = genes(strand=pd.Series(["+", wrong], dtype=object, index=["geneA", "geneB"]))
    match = r"column 'strand' must hold '\+' or '-', or 1 and -1, got .* in row 'geneB'"
    with pytest.raises(ValueError, match=match):
        OneHotPromoterEncoder(strand="strand").fit(X)


def test_strand_na_is_an_error_that_names_the_row():
    X = genes(strand=pd.array(["+", pd.NA], dtype="string"))
    with pytest.raises(ValueError, match="column 'strand' must hold .* in row 'geneB'"):
        OneHotPromoterEncoder(strand="strand").fit(X)


def test_strand_column_needs_a_table():
    with pytest.raises(ValueError, match="strand='strand' names a column, so X must be a DataFr"):
        OneHotPromoterEncoder(strand="strand").fit(["ACGT"])
    with pytest.raises(ValueError, match=r"needs the column\(s\) 'strand', but X has only"):
        OneHotPromoterEncoder(strand="strand").fit(genes())


def test_onehotmatrix_is_never_turned():
    X = OneHotPromoterEncoder().fit_transform(["AACC"])
    assert encode(X, strand="-") == ["AACC"]


def test_windows_of_small_integers_do_not_overflow():
    sequences = ["ACGTTGCA" * 50] * 2
    wanted = encode(sequences, upstream=100, downstream=100, tss=110)
    small = {"upstream": np.int8(100), "downstream": np.uint8(100), "tss": np.int8(110)}
    assert encode(sequences, **small) == wanted
