"""OneHotPromoterEncoder against loops, Biopython and hand-made answers; habits of both encoders."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn.utils.estimator_checks as checks
from Bio.Seq import Seq
from Bio.Seq import reverse_complement as bio_reverse_complement
from Bio.SeqRecord import SeqRecord
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skxpresso.exceptions import PromoterWarning
from skxpresso.sequence import letters as _sequences
from skxpresso.sequence.composition import CompositionEncoder
from skxpresso.sequence.encoder import OneHotPromoterEncoder, reverse_complement
from skxpresso.sequence.kmers import KmerCountEncoder
from skxpresso.sequence.onehot import OneHotMatrix
from skxpresso.sequence.shuffling import PromoterShuffler

fast = settings(max_examples=60, deadline=None, database=None)
LETTERS = "ACGTNRYSWKMBDHV"
dna = st.text(LETTERS + LETTERS.lower(), min_size=1, max_size=12)


def onehot_loop(sequence):
    """One-hot encode base by base, as the script of Xpresso does."""
    onehot = np.zeros((len(sequence), 4))
    for i, letter in enumerate(sequence):
        if letter in "Aa":
            onehot[i, 0] = 1
        elif letter in "Cc":
            onehot[i, 1] = 1
        elif letter in "Gg":
            onehot[i, 2] = 1
        elif letter in "TtUu":
            onehot[i, 3] = 1
    return onehot


def only_acgt(sequence):
    return "".join(letter if letter in "ACGT" else "N" for letter in sequence.upper())


def encode(sequences, **parameters):
    """Encode and read back, N where nothing is known."""
    encoder = OneHotPromoterEncoder(**parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PromoterWarning)
        return encoder.inverse_transform(encoder.fit_transform(sequences)).tolist()


def table(**columns):
    columns = {"promoter": ["ACGT", "TTGA"], "CDSLEN": [10.0, 20.0]} | columns
    return pd.DataFrame(columns, index=["geneA", "geneB"])


# letters


@fast
@given(st.lists(st.text(LETTERS + "Uu" + LETTERS.lower(), min_size=7, max_size=7), min_size=1))
def test_onehot_equals_a_loop_over_letters(sequences):
    encoder = OneHotPromoterEncoder()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PromoterWarning)
        X = encoder.fit_transform(sequences)
    expected = np.stack([onehot_loop(sequence) for sequence in sequences])
    np.testing.assert_array_equal(X.to_onehot(), expected)
    np.testing.assert_array_equal(np.asarray(X), expected.reshape(len(sequences), 28))


def test_upper_lower_and_u():
    assert encode(["ACGTU", "acgtu"]) == ["ACGTT", "ACGTT"]


@pytest.mark.parametrize("letter", "NRYSWKMBDHVnryswkmbdhv")
def test_iupac_letters_are_zeros(letter):
    X = OneHotPromoterEncoder().fit_transform([f"A{letter}"])
    np.testing.assert_array_equal(np.asarray(X), [[1, 0, 0, 0, 0, 0, 0, 0]])


@pytest.mark.parametrize(
    "letter", ["X", "-", ".", " ", "\n", "\0", "1", "e", "é", "ÿ", "€", "\U0001f9ec"]
)
def test_other_characters_are_an_error_that_names_row_and_position(letter):
    X = pd.DataFrame({"promoter": ["ACGT", f"AC{letter}T"]}, index=["geneA", "geneB"])
    with pytest.raises(ValueError, match="row 'geneB': unexpected character .* position 2 ") as e:
        OneHotPromoterEncoder().fit_transform(X)
    assert repr(letter) in str(e.value)
    assert "unknown='zero'" in str(e.value)
    assert encode(X, unknown="zero") == ["ACGT", "ACNT"]


def test_bad_bytes_are_named_too():
    with pytest.raises(ValueError, match="row 1: unexpected character 'ÿ' at position 0"):
        OneHotPromoterEncoder().fit_transform(["AC", b"\xffC"])


def test_position_of_a_bad_letter_is_that_in_the_sequence_given():
    encoder = OneHotPromoterEncoder(upstream=2, downstream=1).fit(["ACGTACGT"])
    with pytest.raises(ValueError, match="'X' at position 3 "):
        encoder.transform(["ACGXACGT"])
    assert encoder.set_params(strand="-").transform(["XXXACGXX"]).shape == (1, 12)
    with pytest.raises(ValueError, match="'X' at position 4 "):
        encoder.transform(["ACGTXCGT"])


def test_letters_outside_of_the_window_are_not_looked_at():
    assert encode(["??AC??"], upstream=1, downstream=1) == ["AC"]


def test_row_of_a_bad_letter_without_an_index_is_its_place():
    sequences = ["ACGT"] * 6 + ["ACGX"] + ["ACGT"] * 2
    with pytest.raises(ValueError, match="row 6: unexpected character 'X' at position 3 "):
        OneHotPromoterEncoder().fit_transform(sequences)
    assert encode(sequences, unknown="zero")[5:8] == ["ACGT", "ACGN", "ACGT"]


@pytest.mark.parametrize("fit", ["fit_transform", "transform"])
def test_promoter_without_a_known_base_warns(fit):
    encoder = OneHotPromoterEncoder().fit(["ACGT"])
    with pytest.warns(PromoterWarning, match=r"1 promoter\(s\) \(row 1\).* encoded as zeros"):
        X = getattr(encoder, fit)(["ACGT", "NnRy"])
    assert not np.asarray(X)[1].any()


def test_the_warning_points_at_the_caller():
    with pytest.warns(PromoterWarning) as caught:
        OneHotPromoterEncoder().fit_transform(["NNNN"])
    assert caught[0].filename == __file__


def test_many_promoters_without_a_known_base_are_listed_briefly():
    with pytest.warns(PromoterWarning, match=r"9 promoter\(s\) \(row 0, 1, 2, 3, 4 and 4 more\)"):
        OneHotPromoterEncoder().fit_transform(["NN"] * 9)


# kinds of input


@pytest.mark.parametrize(
    "kind",
    [str, np.str_, str.encode, Seq, lambda s: SeqRecord(Seq(s))],
    ids=["str", "numpy str", "bytes", "Seq", "SeqRecord"],
)
def test_every_kind_of_sequence(kind):
    assert encode([kind("ACgu"), kind("nTTA")]) == ["ACGT", "NTTA"]


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "numpy str": np.array,
    "numpy object": lambda x: np.array(x, dtype=object),
    "numpy bytes": lambda x: np.array(x, dtype="S"),
    "numpy column": lambda x: np.array(x)[:, np.newaxis],
    "Series": pd.Series,
    "Series of string": lambda x: pd.Series(x, dtype="string"),
    "Index": pd.Index,
    "DataFrame": lambda x: pd.DataFrame({"promoter": x}),
    "Categorical": lambda x: pd.DataFrame({"promoter": pd.Categorical(x)}),
    "OneHotMatrix": lambda x: OneHotPromoterEncoder().fit_transform(x),
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_every_kind_of_container(container):
    sequences = ["ACGT", "GGNA"]
    assert encode(container(sequences)) == sequences


def test_kinds_may_be_mixed():
    assert encode(["AC", b"GT", Seq("CC"), SeqRecord(Seq("TT"))]) == ["AC", "GT", "CC", "TT"]


@pytest.mark.parametrize("one", ["ACGT", b"ACGT", Seq("ACGT"), SeqRecord(Seq("ACGT"))])
def test_one_bare_sequence_is_an_error(one):
    match = f"got one bare {type(one).__name__}; wrap it in a list"
    with pytest.raises(TypeError, match=match):
        OneHotPromoterEncoder().fit(one)
    with pytest.raises(TypeError, match=match):
        OneHotPromoterEncoder().fit(["ACGT"]).transform(one)


@pytest.mark.parametrize(
    ("X", "error", "match"),
    [
        (sparse.eye(3).tocsr(), TypeError, "X must be a DataFrame.* got csr_matrix"),
        (sparse.csr_array(np.eye(3)), TypeError, "X must be a DataFrame.* got csr_array"),
        (None, TypeError, "X must be a DataFrame.* got NoneType"),
        (3, TypeError, "X must be a DataFrame.* got int"),
        ((s for s in ["AC"]), TypeError, "X must be a DataFrame.* got generator"),
        (np.eye(3), ValueError, r"X must be a DataFrame.* got an array of shape \(3, 3\)"),
        (np.array("ACGT"), ValueError, r"X must be a DataFrame.* got an array of shape \(\)"),
        (np.arange(3), TypeError, r"row 0: a sequence must be str.* got int64 \(np.int64\(0\)\)"),
        ([["A", "C"]], TypeError, "row 0: a sequence must be str.* got list"),
        (["AC", 1.5], TypeError, r"row 1: a sequence must be str.* got float \(1.5\)"),
        (["AC", ""], ValueError, "the sequence of row 1 is empty"),
        ([Seq(None, 5)], ValueError, "the sequence of row 0 has a length but no letters"),
        ([], ValueError, r"X is empty \(0 sample\(s\)\)"),
        (pd.DataFrame({"promoter": []}), ValueError, r"X is empty \(0 sample\(s\)\)"),
        (OneHotMatrix(np.empty((0, 4), dtype=np.uint8)), ValueError, "X is empty"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("encoder", [OneHotPromoterEncoder(), KmerCountEncoder()], ids=repr)
def test_bad_input(encoder, X, error, match):
    if type(X).__name__ == "generator":
        X = (s for s in ["AC"])
    with pytest.raises(error, match=match):
        clone(encoder).fit_transform(X)


@pytest.mark.parametrize("missing", [None, np.nan, float("nan")], ids=["None", "nan", "float"])
@pytest.mark.parametrize("step", ["fit", "transform"])
def test_missing_sequence_is_an_error_that_names_the_row(missing, step):
    X = pd.DataFrame({"promoter": pd.Series(["ACGT", missing], dtype=object)})
    X.index = ["geneA", "geneB"]
    encoder = OneHotPromoterEncoder().fit(["ACGT"])
    with pytest.raises(ValueError, match="the sequence of row 'geneB' is missing"):
        getattr(encoder, step)(X)


@pytest.mark.parametrize("missing", [pd.NA, pd.NaT], ids=str)
def test_missing_sequence_of_pandas_is_called_missing(missing):
    with pytest.raises(ValueError, match="the sequence of row 1 is missing"):
        OneHotPromoterEncoder().fit(["ACGT", missing])


@pytest.mark.parametrize("index", [None, ["g1", "g2"], [("chr1", 5), ("chr1", 9)]], ids=str)
def test_errors_use_the_index_of_a_series(index):
    X = pd.Series(["AC", ""], index=index)
    with pytest.raises(ValueError) as e:
        OneHotPromoterEncoder().fit(X)
    assert f"row {X.index.tolist()[1]!r} is empty" in str(e.value)


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
            "downstream of the TSS at 3, by 1 nt upstream and 0 nt downstream",
        ),
        ({"upstream": 2, "downstream": 9, "tss": 2}, ["ACGT"], "by 0 nt upstream and 7 nt down"),
        ({}, ["ACGT", "ACG"], "row 1: the sequence has 3 nt, .* have 4 nt. short='pad'"),
        ({"upstream": 1, "downstream": 1}, ["ACGT", "ACG"], "row 1: the sequence has 3 nt"),
        ({"upstream": 1, "tss": 1}, ["ACGT", "ACG"], "row 1: the sequence has 3 nt"),
        ({"tss": 5}, ["ACGT"], "tss=5 lies beyond the sequence of row 0, which has 4 nt"),
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
    X = table(promoter=["AAACG", "AAACG"], strand=["+", "-"])
    encoder = OneHotPromoterEncoder(strand="strand", upstream=1, downstream=2)
    got = encoder.inverse_transform(encoder.fit_transform(X))
    assert got["promoter"].tolist() == ["AAC", bio_reverse_complement("AAACG")[1:4]]
    assert got.columns.tolist() == ["promoter", "CDSLEN"]  # the strand is no covariate


@pytest.mark.parametrize("wrong", [".", "minus", None, np.nan, 1], ids=str)
def test_strand_that_is_none_is_an_error(wrong):
    X = table(strand=pd.Series(["+", wrong], dtype=object, index=["geneA", "geneB"]))
    match = r"column 'strand' must hold '\+' or '-', got .* in row 'geneB'"
    with pytest.raises(ValueError, match=match):
        OneHotPromoterEncoder(strand="strand").fit(X)


def test_strand_na_is_an_error_that_names_the_row():
    X = table(strand=pd.array(["+", pd.NA], dtype="string"))
    with pytest.raises(ValueError, match="column 'strand' must hold .* in row 'geneB'"):
        OneHotPromoterEncoder(strand="strand").fit(X)


def test_strand_column_needs_a_table():
    with pytest.raises(ValueError, match="strand='strand' names a column, so X must be a DataFr"):
        OneHotPromoterEncoder(strand="strand").fit(["ACGT"])
    with pytest.raises(ValueError, match=r"needs the column\(s\) 'strand', which X lacks"):
        OneHotPromoterEncoder(strand="strand").fit(table())


def test_onehotmatrix_is_never_turned():
    X = OneHotPromoterEncoder().fit_transform(["AACC"])
    assert encode(X, strand="-") == ["AACC"]


# columns


def test_numeric_columns_become_covariates():
    encoder = OneHotPromoterEncoder()
    X = encoder.fit_transform(table(n_exons=[1, 2], coding=[True, False]))
    np.testing.assert_array_equal(X.covariates, [[10, 1, 1], [20, 2, 0]])
    assert X.covariate_names == ("CDSLEN", "n_exons", "coding")
    assert encoder.covariate_names_ == ["CDSLEN", "n_exons", "coding"]
    assert X.shape == (2, 4 * 4 + 3)


def test_covariates_parameter_chooses_and_orders():
    X = table(name=["x", "y"], b=[3.0, 4.0])
    got = OneHotPromoterEncoder(covariates=["b", "CDSLEN"]).fit_transform(X)
    np.testing.assert_array_equal(got.covariates, [[3, 10], [4, 20]])
    assert OneHotPromoterEncoder(covariates=[]).fit_transform(X).n_covariates == 0


def test_sequence_column_may_have_another_name():
    X = table().rename(columns={"promoter": "seq"})
    assert OneHotPromoterEncoder(sequence_column="seq").fit_transform(X).shape == (2, 17)


def test_columns_are_matched_by_name():
    X = table(b=[3.0, 4.0])
    encoder = OneHotPromoterEncoder().fit(X)
    other = X[["b", "CDSLEN", "promoter"]].assign(extra=[5.0, 6.0], note=["x", "y"])
    np.testing.assert_array_equal(encoder.transform(other), encoder.transform(X))


def test_fitted_column_attributes():
    encoder = OneHotPromoterEncoder().fit(table())
    assert encoder.n_features_in_ == 2
    assert encoder.feature_names_in_.tolist() == ["promoter", "CDSLEN"]
    encoder.fit(["ACGT"])
    assert encoder.n_features_in_ == 1
    assert not hasattr(encoder, "feature_names_in_")


def two_columns_of_one_name():
    return pd.DataFrame([["ACGT", 1.0, 2.0]], columns=["promoter", "x", "x"])


@pytest.mark.parametrize(
    ("parameters", "X", "match"),
    [
        ({}, table().drop(columns="promoter"), r"needs the column\(s\) 'promoter'.* has 'CDSLEN'"),
        ({"covariates": ["zz"]}, table(), r"needs the column\(s\) 'zz', which X lacks; X has 'pr"),
        ({"covariates": ["n"]}, table(n=["a", "b"]), "'n' must hold numbers, got 'a' in row 'gen"),
        ({}, table(n=[1, "b"]), "column 'n' must hold numbers to be passed on as a covariate"),
        ({}, table(n=[1j, 2j]), "column 'n' must hold numbers to be passed on as a covariate"),
        ({}, table(n=[1.0, 1e60]), r"'n' must fit float32, got 1e\+60 in row 'geneB'"),
        ({}, two_columns_of_one_name(), "column names of X must be unique, got 'x' more than"),
    ],
)
def test_bad_columns(parameters, X, match):
    with pytest.raises(ValueError, match=match):
        OneHotPromoterEncoder(**parameters).fit_transform(X)


def test_misnamed_sequence_column_is_called_missing():
    X = table().rename(columns={"promoter": "sequence"})
    with pytest.raises(ValueError, match=r"needs the column\(s\) 'promoter', which X lacks"):
        OneHotPromoterEncoder().fit(X)


@pytest.mark.parametrize(
    ("X", "match"),
    [
        (table().drop(columns="CDSLEN"), r"needs the column\(s\) 'CDSLEN', which X lacks"),
        (table().drop(columns="promoter"), r"needs the column\(s\) 'promoter', which X lacks"),
        (table(CDSLEN=["long", 1]), "column 'CDSLEN' must hold numbers, got 'long' in row 'geneA"),
        (["ACGT"], r"fitted with the column\(s\) 'CDSLEN' beside the sequences, got list of"),
        (OneHotMatrix(np.zeros((1, 4), np.uint8)), r"X has 0 covariate\(s\), but .* with 1 \('CDS"),
    ],
    ids=["covariate", "promoter", "text", "list", "OneHotMatrix"],
)
def test_columns_that_are_gone_at_transform(X, match):
    encoder = OneHotPromoterEncoder().fit(table())
    with pytest.raises(ValueError, match=match):
        encoder.transform(X)


def test_doubled_column_at_transform_is_named():
    encoder = OneHotPromoterEncoder().fit(table())
    with pytest.raises(ValueError, match="column names of X must be unique, got 'CDSLEN'"):
        encoder.transform(pd.concat([table(), table()[["CDSLEN"]]], axis=1))


def test_covariates_need_a_table():
    with pytest.raises(ValueError, match="covariates"):
        OneHotPromoterEncoder(covariates=["CDSLEN"]).fit(["ACGT"])


@pytest.mark.parametrize("container", [dict.fromkeys, set], ids=["dict", "set"])
def test_dict_and_set_are_no_sequences(container):
    with pytest.raises(TypeError, match="X must be a DataFrame"):
        OneHotPromoterEncoder().fit(container(["ACGT", "GGGG"]))


# a OneHotMatrix as input


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"upstream": 2, "downstream": 3},
        {"upstream": 1},
        {"tss": 1, "downstream": 2},
        {"upstream": 6, "downstream": 6, "short": "pad"},
        {"upstream": 0, "downstream": 9, "tss": 7, "short": "pad"},
    ],
    ids=str,
)
def test_windowing_codes_equals_windowing_letters(parameters):
    X = table(promoter=["ACGTTGCA", "NGTACCAT"])
    whole = OneHotPromoterEncoder().fit_transform(X)
    encoder = OneHotPromoterEncoder(**parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PromoterWarning)
        expected = encoder.fit_transform(X)
        got = encoder.fit_transform(whole)
    np.testing.assert_array_equal(got.codes, expected.codes)
    np.testing.assert_array_equal(got.covariates, expected.covariates)
    assert got.covariate_names == expected.covariate_names


def test_window_of_a_onehotmatrix_is_a_view():
    whole = OneHotPromoterEncoder().fit_transform(table(promoter=["ACGTTGCA", "NGTACCAT"]))
    encoder = OneHotPromoterEncoder(upstream=2, downstream=3).fit(whole)
    for got in (encoder.transform(whole), encoder.fit_transform(whole)):
        assert np.shares_memory(got.codes, whole.codes)
        assert np.shares_memory(got.covariates, whole.covariates)
        assert got.tss == 2


def test_window_counts_from_the_tss_that_a_onehotmatrix_remembers():
    first = OneHotPromoterEncoder(upstream=1, downstream=6).fit_transform(["AACCGGTTACGT"])
    assert encode(first, upstream=1, downstream=1) == ["GT"]  # the TSS is the T at 6
    assert encode(first, upstream=1, downstream=1, tss=3) == ["TA"]


@pytest.mark.parametrize("tss", [None, 3])
def test_window_of_a_onehotmatrix_remembers_the_tss_it_was_cut_at(tss):
    whole = OneHotMatrix(np.array([[0, 1, 2, 3, 0, 1, 2, 3]], dtype=np.uint8))
    encoder = OneHotPromoterEncoder(upstream=3, downstream=1, tss=tss)
    assert encoder.fit_transform(whole).tss == encoder.tss_ == 3


# names, inverse, containers


def test_feature_names_count_from_the_tss():
    encoder = OneHotPromoterEncoder(upstream=1, downstream=1).fit(table())
    assert encoder.get_feature_names_out().tolist() == [
        *(f"promoter_-1_{base}" for base in "ACGT"),
        *(f"promoter_0_{base}" for base in "ACGT"),
        "CDSLEN",
    ]
    assert encoder.get_feature_names_out().dtype == object


def test_inverse_gives_sequences_and_covariates_back():
    X = table(promoter=["ACGN", "TTGA"])
    encoder = OneHotPromoterEncoder()
    encoded = encoder.fit_transform(X)
    for form in (encoded, np.asarray(encoded), pd.DataFrame(np.asarray(encoded))):
        got = encoder.inverse_transform(form)
        assert got["promoter"].tolist() == ["ACGN", "TTGA"]
        assert got["CDSLEN"].tolist() == [10, 20]


@fast
@given(st.lists(st.text("ACGTN", min_size=6, max_size=6), min_size=1, max_size=5))
def test_inverse_of_transform_is_the_sequence(sequences):
    assert encode(sequences) == sequences


def test_inverse_refuses_what_transform_cannot_have_given():
    encoder = OneHotPromoterEncoder().fit(["AC"])
    with pytest.raises(ValueError, match=r"X must have shape \(n, 8\), got \(1, 9\)"):
        encoder.inverse_transform(np.zeros((1, 9)))
    with pytest.raises(ValueError, match="row 0, position 0: expected a one-hot base"):
        encoder.inverse_transform(np.full((1, 8), 0.5))


def test_inverse_refuses_a_onehotmatrix_of_another_shape():
    encoder = OneHotPromoterEncoder().fit(["AC"])
    with pytest.raises(ValueError, match="X has promoters of 9 nt and 0 cov"):
        encoder.inverse_transform(OneHotMatrix(np.zeros((1, 9), dtype=np.uint8)))


@pytest.mark.parametrize("encoder", [OneHotPromoterEncoder(), KmerCountEncoder(2)], ids=repr)
def test_set_output_pandas(encoder):
    encoder = clone(encoder)
    if isinstance(encoder, KmerCountEncoder):
        encoder.set_params(sparse_output=False)
    expected = np.asarray(encoder.fit_transform(table()))
    frame = encoder.set_output(transform="pandas").fit_transform(table())
    assert isinstance(frame, pd.DataFrame)
    assert frame.index.tolist() == ["geneA", "geneB"]
    assert frame.columns.tolist() == encoder.get_feature_names_out().tolist()
    np.testing.assert_array_equal(frame.to_numpy(), expected)
    pd.testing.assert_frame_equal(encoder.transform(table()), frame)


def test_ridge_in_a_pipeline_with_pandas_output():
    sequences = ["ACGT", "TTGA", "GGCA", "CATG"]
    plain = make_pipeline(OneHotPromoterEncoder(), Ridge())
    framed = make_pipeline(OneHotPromoterEncoder(), Ridge()).set_output(transform="pandas")
    y = np.arange(4.0)
    np.testing.assert_allclose(
        framed.fit(sequences, y).predict(sequences),
        plain.fit(sequences, y).predict(sequences),
        rtol=1e-5,
    )


# estimator habits

ENCODERS = [
    OneHotPromoterEncoder(1, 2, 1, covariates=["CDSLEN"], strand="-", unknown="zero", short="pad"),
    OneHotPromoterEncoder(),
    KmerCountEncoder(),
    KmerCountEncoder(2, sparse_output=False),
    KmerCountEncoder(3, reverse_complement=True),
    CompositionEncoder(3),
    PromoterShuffler(random_state=0),
]
# scikit-learn skips these for transformers of strings; none of them needs a numeric X
CHECKS = [
    checks.check_do_not_raise_errors_in_init_or_set_params,
    checks.check_estimator_cloneable,
    checks.check_estimator_repr,
    checks.check_estimator_tags_renamed,
    checks.check_get_feature_names_out_error,
    checks.check_get_params_invariance,
    checks.check_mixin_order,
    checks.check_no_attributes_set_in_init,
    checks.check_param_validation,
    checks.check_parameters_default_constructible,
    checks.check_set_params,
    checks.check_transformers_unfitted,
    checks.check_valid_tag_types,
]


@pytest.mark.parametrize("encoder", ENCODERS, ids=repr)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_checks_of_scikit_learn(encoder, check):
    check(type(encoder).__name__, clone(encoder))


def dense_output(encoder, X):
    output = encoder.transform(X)
    return output.toarray() if sparse.issparse(output) else np.asarray(output)


@pytest.mark.parametrize("encoder", ENCODERS, ids=repr)
def test_habits_of_an_estimator(encoder):
    X = table()
    before = X.copy()
    encoder = clone(encoder)
    assert encoder.fit(X) is encoder
    state = dict(vars(encoder))
    output = dense_output(encoder, X)
    assert vars(encoder) == state  # transform changes nothing
    pd.testing.assert_frame_equal(X, before)
    revived = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_array_equal(dense_output(revived, X), output)
    np.testing.assert_array_equal(dense_output(clone(encoder).fit(X), X), output)
    np.testing.assert_array_equal(dense_output(encoder.fit(X), X), output)  # idempotent
    np.testing.assert_array_equal(dense_output(encoder, X.iloc[::-1]), output[::-1])
    np.testing.assert_array_equal(dense_output(encoder, X.iloc[[1]]), output[[1]])
    assert output.shape == (2, len(encoder.get_feature_names_out()))
    assert encoder.__sklearn_tags__().input_tags.string


@pytest.mark.parametrize("encoder", ENCODERS, ids=repr)
def test_transform_before_fit(encoder):
    for call in (lambda e: e.transform(["AC"]), lambda e: e.get_feature_names_out()):
        with pytest.raises(NotFittedError, match=type(encoder).__name__):
            call(clone(encoder))


def test_kmer_encoder_after_a_failed_fit_is_not_fitted():
    encoder = KmerCountEncoder()
    with pytest.raises(ValueError, match="row 1 is empty"):
        encoder.fit(["AC", ""])
    with pytest.raises(NotFittedError):
        encoder.transform(["AC"])


@pytest.mark.parametrize(
    ("parameters", "X"), [({}, ["AC", ""]), ({"tss": 9}, ["ACGT"])], ids=["reading", "window"]
)
def test_onehot_encoder_after_a_failed_fit_is_not_fitted(parameters, X):
    encoder = OneHotPromoterEncoder(**parameters)
    with pytest.raises(ValueError, match="row"):
        encoder.fit(X)
    with pytest.raises(NotFittedError):
        encoder.transform(["AC"])


def test_failed_second_fit_leaves_nothing_that_encodes():
    encoder = OneHotPromoterEncoder().fit(["ACGT"])
    with pytest.raises(ValueError, match="row 'geneB' is empty"):
        encoder.fit(table(promoter=["ACGT", ""]))
    with pytest.raises(NotFittedError):
        encoder.transform(["ACGT"])


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"upstream": -1}, "'upstream' parameter of OneHotPromoterEncoder .* Got -1"),
        ({"downstream": 1.5}, "'downstream' parameter of OneHotPromoterEncoder .* Got 1.5"),
        ({"tss": "mid"}, "'tss' parameter of OneHotPromoterEncoder .* Got 'mid'"),
        ({"sequence_column": 0}, "'sequence_column' parameter .* Got 0"),
        ({"covariates": "CDSLEN"}, "'covariates' parameter .* Got 'CDSLEN'"),
        ({"strand": 1}, "'strand' parameter .* Got 1"),
        ({"unknown": "ignore"}, "'unknown' parameter .*'error', 'zero'|'zero', 'error'"),
        ({"short": "cut"}, "'short' parameter .* Got 'cut'"),
    ],
    ids=str,
)
def test_bad_parameters_of_the_onehot_encoder(parameters, match):
    with pytest.raises(ValueError, match=match):
        OneHotPromoterEncoder(**parameters).fit(table())


@pytest.mark.parametrize("encoder", [OneHotPromoterEncoder(), KmerCountEncoder(2)], ids=repr)
def test_ridge_cross_validates_on_sequences(encoder):
    rng = np.random.default_rng(0)
    sequences = np.array(["".join(row) for row in rng.choice(list("ACGT"), (60, 10))])
    y = np.char.count(sequences, "G").astype(float)
    scores = cross_val_score(
        make_pipeline(encoder, Ridge(1e-3)), sequences, y, cv=3, error_score="raise"
    )
    assert scores.min() > 0.9  # the number of G is linear in both


@pytest.mark.parametrize("tss", [-2, 5])
def test_a_matrix_whose_tss_lies_outside_is_encoded_whole(tss):
    matrix = OneHotMatrix(np.array([[0, 1, 2]], dtype=np.uint8), tss=tss)
    encoder = OneHotPromoterEncoder()
    assert encoder.inverse_transform(encoder.fit_transform(matrix)).tolist() == ["ACG"]
    assert encoder.get_feature_names_out()[0] == f"promoter_{-tss}_A"


def test_covariates_of_a_matrix_are_matched_by_name():
    frame = pd.DataFrame({"promoter": ["ACGT", "CCGT"], "a": [1.0, 2.0], "b": [10.0, 20.0]})
    encoder = OneHotPromoterEncoder().fit(frame)
    matrix = encoder.transform(frame)
    turned = matrix.with_covariates(matrix.covariates[:, ::-1], ["b", "a"])
    np.testing.assert_array_equal(np.asarray(encoder.transform(turned)), np.asarray(matrix))
    renamed = matrix.with_covariates(matrix.covariates, ["a", "c"])
    with pytest.raises(ValueError, match="X has the covariates 'a', 'c', but OneHotPromoterE"):
        encoder.transform(renamed)


def test_covariates_of_a_matrix_are_selected_by_name():
    matrix = OneHotPromoterEncoder().fit_transform(table(GC=[0.5, 0.25]))
    for names in ([], ["GC"], ["GC", "CDSLEN"]):
        encoder = OneHotPromoterEncoder(covariates=names)
        got = encoder.fit_transform(matrix)
        assert encoder.covariate_names_ == names
        expected = OneHotPromoterEncoder(covariates=names).fit_transform(table(GC=[0.5, 0.25]))
        np.testing.assert_array_equal(np.asarray(got), np.asarray(expected))
        np.testing.assert_array_equal(np.asarray(encoder.transform(matrix)), np.asarray(got))
    with pytest.raises(ValueError, match="covariates= names 'UTR5GC', which the OneHotMatrix la"):
        OneHotPromoterEncoder(covariates=["GC", "UTR5GC"]).fit(matrix)


def test_covariates_without_names_stay_where_their_number_fits():
    matrix = OneHotMatrix(np.zeros((2, 3), dtype=np.uint8), [[1.0], [2.0]])
    assert OneHotPromoterEncoder(covariates=["GC"]).fit_transform(matrix).shape == (2, 13)
    assert OneHotPromoterEncoder(covariates=[]).fit_transform(matrix).shape == (2, 12)
    with pytest.raises(ValueError, match=r"lacks; it has 1 covariate\(s\)"):
        OneHotPromoterEncoder(covariates=["a", "b"]).fit(matrix)
