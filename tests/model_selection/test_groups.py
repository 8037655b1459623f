"""Groups of genes against brute force: overlapping intervals, chromosomes, shared segments."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import GroupKFold, KFold

from skxpresso.model_selection._segments import segment_ids
from skxpresso.model_selection.groups import (
    chromosome_groups,
    overlap_groups,
    shared_sequence_groups,
)
from skxpresso.model_selection.leakage import leakage_report
from skxpresso.sequence.encoder import OneHotPromoterEncoder, reverse_complement
from skxpresso.sequence.onehot import OneHotMatrix
from tests.toys import fast


def table(*intervals, **columns):
    return pd.DataFrame(intervals, columns=["chrom", "start", "end"]).assign(**columns)


def components(n, joined):
    """Number the components of a relation between rows, in the order of first rows."""
    graph = np.array([[joined(i, j) for j in range(n)] for i in range(n)])
    return pd.factorize(connected_components(graph)[1])[0]


# overlapping intervals

interval = st.tuples(st.sampled_from(["chr1", "chr2"]), st.integers(-5, 40), st.integers(1, 9))


@fast
@given(st.lists(interval, min_size=1, max_size=12), st.integers(1, 4))
def test_overlap_groups_equal_brute_force(intervals, min_overlap):
    sets = [(chrom, set(range(start, start + length))) for chrom, start, length in intervals]

    def overlap(i, j):
        (chrom_i, i), (chrom_j, j) = sets[i], sets[j]
        return chrom_i == chrom_j and len(i & j) >= min_overlap

    frame = table(*((chrom, start, start + length) for chrom, start, length in intervals))
    got = overlap_groups(frame, min_overlap=min_overlap)
    assert got.tolist() == components(len(intervals), overlap).tolist()


def test_many_intervals_equal_brute_force():
    rng = np.random.default_rng(0)
    start = rng.integers(0, 40_000, 600)
    end = start + rng.integers(1, 60, 600)
    chrom = rng.choice(["chr1", "chr2", "chrX"], 600)

    def overlap(i, j):
        return chrom[i] == chrom[j] and start[i] < end[j] and start[j] < end[i]

    got = overlap_groups(pd.DataFrame({"chrom": chrom, "start": start, "end": end}))
    assert got.tolist() == components(600, overlap).tolist()
    assert 1 < np.bincount(got).max() < 20


def test_touching_intervals_do_not_overlap():
    assert overlap_groups(table(("chr1", 0, 5), ("chr1", 5, 9))).tolist() == [0, 1]


def test_overlap_goes_on_through_others():
    chain = table(("chr1", 8, 12), ("chr1", 0, 5), ("chr1", 4, 9))
    assert overlap_groups(chain).tolist() == [0, 0, 0]


def test_long_interval_holds_those_inside_together():
    assert overlap_groups(table(("c", 0, 99), ("c", 1, 3), ("c", 50, 60))).tolist() == [0, 0, 0]


def test_interval_shorter_than_the_least_overlap_joins_nobody():
    frame = table(("c", 0, 9), ("c", 3, 5), ("c", 4, 12))
    assert overlap_groups(frame, min_overlap=3).tolist() == [0, 1, 0]


def test_order_index_and_other_columns_do_not_matter():
    frame = table(("c", 0, 5), ("d", 0, 5), ("c", 4, 6), strand=["+", "-", "-"])
    expected = overlap_groups(frame)
    frame.index = ["g1", "g2", "g3"]
    turned = overlap_groups(frame[["end", "strand", "chrom", "start"]].iloc[::-1])[::-1]
    assert (turned[:, None] == turned).tolist() == (expected[:, None] == expected).tolist()


@pytest.mark.parametrize("dtype", ["int32", "uint32", "float64", "Int64", object])
def test_positions_of_any_dtype(dtype):
    frame = table(("c", 0, 5), ("c", 4, 6), ("c", 6, 7)).astype({"start": dtype, "end": dtype})
    assert overlap_groups(frame).tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("intervals", "error", "match"),
    [
        ([("c", 0, 5)], TypeError, "intervals must be a DataFrame, got list"),
        (table(("c", 0, 5))[["chrom", "start"]], ValueError, "'end', but intervals has only"),
        (table(("c", 0, 5)).iloc[:0], ValueError, "intervals is empty"),
        (
            table(("c", 0, 5), (None, 0, 5)),
            ValueError,
            "'chrom' of intervals has no value in row 1",
        ),
        (table(("c", 0, 5), ("c", 7, 7)), ValueError, r"row 1: .* got \[7, 7\)"),
        (
            table(("c", 0, 5.5)),
            ValueError,
            "'end' of intervals must hold whole .* got 5.5 in row 0",
        ),
        (table(("c", np.nan, 5)), ValueError, "'start' of intervals must hold whole .* got nan"),
        (table(("c", 0, np.inf)), ValueError, "'end' of intervals must hold whole .* got inf"),
        (table(("c", "0", 5)), ValueError, "'start' must hold numbers, got '0' in row 0"),
        (
            pd.concat([table(("c", 0, 5))] * 2, axis=1),
            ValueError,
            "column names of intervals must be unique",
        ),
    ],
)
def test_bad_intervals(intervals, error, match):
    with pytest.raises(error, match=match):
        overlap_groups(intervals)


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "3"])
def test_bad_lengths(value):
    with pytest.raises(ValueError, match="min_overlap must be an int of at least 1, got"):
        overlap_groups(table(("c", 0, 5)), min_overlap=value)
    with pytest.raises(ValueError, match="min_shared must be an int of at least 1, got"):
        shared_sequence_groups(["ACGT"], value)


# chromosomes


def test_chromosome_groups_number_names():
    frame = pd.DataFrame({"chrom": pd.Categorical(["chrX", "chr1", "1", "chrX"])})
    assert chromosome_groups(frame).tolist() == [0, 1, 2, 0]


def test_chromosome_groups_need_only_their_column():
    with pytest.raises(ValueError, match=r"chromosome_groups needs the column\(s\) 'chrom'"):
        chromosome_groups(pd.DataFrame({"start": [1]}))


# shared segments


def segments(sequence, length):
    pieces = {sequence[i : i + length] for i in range(len(sequence) - length + 1)}
    return {piece for piece in pieces if set(piece) <= set("ACGT")}


def turned(sequence):
    return sequence[::-1].translate(str.maketrans("ACGT", "TGCA"))


@fast
@given(
    st.lists(st.text("ACGTN", min_size=4, max_size=12), min_size=1, max_size=7),
    st.integers(1, 4),
    st.booleans(),
)
@pytest.mark.filterwarnings("ignore:no known base")
def test_shared_sequence_groups_equal_brute_force(sequences, length, both_strands):
    def share(i, j):
        other = segments(sequences[j], length)
        if both_strands:
            other |= segments(turned(sequences[j]), length)
        return i == j or bool(segments(sequences[i], length) & other)

    got = shared_sequence_groups(sequences, length, both_strands=both_strands)
    assert got.tolist() == components(len(sequences), share).tolist()


@pytest.mark.parametrize("length", [1, 5, 30, 31, 32, 45, 62, 63, 90])
def test_segment_ids_are_equal_where_segments_are(length):
    rng = np.random.default_rng(length)
    codes = rng.integers(0, 2, (8, 100)).astype(np.uint8)
    codes[1, 3:98] = codes[0, 1:96]
    codes[2, :95] = codes[0, 5:]
    codes[5, 50] = 4
    ids = segment_ids(codes, length)
    assert ids.shape == (8, 101 - length)
    pieces = [
        codes[i, j : j + length].tobytes() for i, j in itertools.product(*map(range, ids.shape))
    ]
    known = np.array([b"\x04" not in piece for piece in pieces])
    flat = ids.ravel()
    assert ((flat >= 0) == known).all()
    expected = pd.factorize(np.array(pieces, dtype=object)[known])[0]
    assert (pd.factorize(flat[known])[0] == expected).all()


@pytest.mark.parametrize("length", [20, 40])
def test_tiles_of_one_promoter_are_one_group(length):
    rng = np.random.default_rng(0)
    genome = rng.integers(0, 4, (3, 400)).astype(np.uint8)
    starts = np.arange(0, 300, 100 - length)
    tiles = np.concatenate([genome[:, s : s + 100] for s in starts])
    tiles[::2] = reverse_complement(tiles[::2])
    matrix = OneHotMatrix(tiles)
    expected = np.tile([0, 1, 2], len(starts))
    assert shared_sequence_groups(matrix, length).tolist() == expected.tolist()
    longer = shared_sequence_groups(matrix, length + 1)
    assert len(set(longer.tolist())) == len(tiles)
    one_strand = shared_sequence_groups(matrix, length, both_strands=False)
    assert len(set(one_strand.tolist())) > 3


@pytest.mark.parametrize("form", ["list", "Series", "table", "matrix"])
def test_promoters_in_every_form(form):
    sequences = ["AACCGG", "TTAACC", "TCTCTC"]
    X = pd.DataFrame({"promoter": sequences, "CDSLEN": [1.0, 2, 3], "name": list("abc")})
    forms = {
        "list": sequences,
        "Series": X["promoter"],
        "table": X,
        "matrix": OneHotPromoterEncoder().fit_transform(X.drop(columns="name")),
    }
    assert shared_sequence_groups(forms[form], 4).tolist() == [0, 0, 1]


def test_sequences_of_unequal_length_share_wherever_the_segment_stands():
    assert shared_sequence_groups(["TTTTTTTACGCA", "ACGCA", "GG"], 5).tolist() == [0, 0, 1]


def test_sequences_shorter_than_the_segment_are_an_error():
    with pytest.raises(ValueError, match=r"min_shared=9 nt is more than .* sequence, 4 nt"):
        shared_sequence_groups(["ACGT", "AC"], 9)


def test_constant_flanks_warn():
    rng = np.random.default_rng(0)
    inner = ["".join(row) for row in rng.choice(list("ACGT"), (20, 30))]
    with pytest.warns(UserWarning, match="20 of 20 promoters are one group .* such as adapters"):
        shared_sequence_groups([f"ACGTACTTAGCA{piece}" for piece in inner], 12)
    assert len(set(shared_sequence_groups(inner, 12))) == 20


def test_yeast_fragments_are_tiles_of_many_promoters(shared_data):
    table = pd.read_csv(shared_data / "yeast" / "native_promoters.tsv.gz", sep="\t")
    groups = shared_sequence_groups(table["promoter"].str[20:-20])
    sizes = np.bincount(groups)
    assert sizes.max() < 0.02 * len(groups)  # no component swallows everything
    assert sizes[sizes > 1].sum() > 0.99 * len(groups)
    train, test = next(KFold(5, shuffle=True, random_state=0).split(table))
    assert leakage_report(groups, train, test).share > 0.98
    train, test = next(GroupKFold(5).split(table, groups=groups))
    assert leakage_report(groups, train, test).n_leaked == 0
