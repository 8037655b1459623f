"""Groups against brute force, and the published splits through scikit-learn."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import GroupKFold, KFold, cross_validate

from skxpresso.model_selection._segments import segment_ids
from skxpresso.model_selection.groups import (
    chromosome_groups,
    overlap_groups,
    shared_sequence_groups,
)
from skxpresso.model_selection.leakage import leakage_report
from skxpresso.model_selection.published import (
    PublishedKFold,
    PublishedSplit,
    published_folds,
    published_split,
)
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
        (table(("c", 0, 5))[["chrom", "start"]], ValueError, "'end', which intervals lacks"),
        (table(("c", 0, 5)).iloc[:0], ValueError, "intervals has no row"),
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
@pytest.mark.filterwarnings("ignore:no base is known")
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
    with pytest.raises(ValueError, match=r"min_shared=9 nt is more than .* has \(4 nt\)"):
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


# leakage


def test_leakage_report_counts_by_hand():
    groups = ["a", "b", "a", "c", "b", "a", "d"]
    report = leakage_report(groups, train=[0, 1, 6], test=[2, 3, 4, 5])
    assert (report.n_train, report.n_test, report.n_leaked, report.share) == (3, 4, 3, 0.75)
    assert report.rows.tolist() == [2, 4, 5]
    assert report.groups.to_dict("list") == {
        "group": ["a", "b"],
        "n_train": [1, 1],
        "n_test": [2, 1],
    }
    assert str(report) == (
        "3 of 4 test rows (75.0 %) share a group with a training row, in 2 groups"
    )


def test_leakage_report_takes_masks():
    train = np.array([True, False, False, True])
    report = leakage_report([0, 0, 1, 2], train, ~train)
    assert report.rows.tolist() == [1]


def test_nothing_leaks_between_groups():
    groups = np.repeat(np.arange(10), 3)
    for train, test in GroupKFold(4).split(groups, groups=groups):
        report = leakage_report(groups, train, test)
        assert (report.n_leaked, report.share, len(report.groups)) == (0, 0, 0)
        assert report.groups.columns.tolist() == ["group", "n_train", "n_test"]


@pytest.mark.parametrize(
    ("groups", "train", "test", "match"),
    [
        ([[0, 1]], [0], [0], r"groups must have one dimension, got shape \(1, 2\)"),
        ([0.0, np.nan], [0], [1], "groups has no value in row 1"),
        ([0, 1], [], [1], "train must hold at least one row number"),
        ([0, 1], [0], [2], "test must hold rows 0 to 1, as many as groups, got 2"),
        ([0, 1], [-1], [0], "train must hold rows 0 to 1, as many as groups, got -1"),
        ([0, 1], [0.5], [1], "train must hold at least one row number"),
        ([0, 1], [True], [1], "train must hold .* a mask of 2 rows"),
    ],
)
def test_bad_splits(groups, train, test, match):
    with pytest.raises(ValueError, match=match):
        leakage_report(groups, train, test)


# the published splits


def test_published_split_is_that_of_the_files():
    X = np.zeros((50, 1))
    train, valid, test = published_split(50, n_test=9, n_valid=6)
    cv = PublishedSplit(9, 6)
    [(got_train, got_test)] = cv.split(X)
    np.testing.assert_array_equal(got_train, train)
    np.testing.assert_array_equal(got_test, test)
    [(_, got_valid, _)] = cv.split_with_validation(X)
    np.testing.assert_array_equal(got_valid, valid)
    assert cv.get_n_splits() == 1


def test_published_folds_are_those_of_the_files():
    cv = PublishedKFold(4, 5)
    for got, expected in zip(
        cv.split_with_validation(np.zeros(30)), published_folds(30, 4, n_valid=5), strict=True
    ):
        for mine, theirs in zip(got, expected, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    assert cv.get_n_splits() == 4
    tested = np.concatenate([test for _, test in cv.split(np.zeros(30))])
    assert sorted(tested) == list(range(30))


@pytest.mark.parametrize("make", [lambda v: PublishedSplit(9, 6, validation=v), None])
def test_validation_rows_are_left_out_or_trained_on(make):
    make = make or (lambda v: PublishedKFold(4, 6, validation=v))
    X = np.zeros(50)
    triples = list(make("leave_out").split_with_validation(X))
    for validation in ("leave_out", "train"):
        splits = list(make(validation).split(X))
        assert len(splits) == len(triples)
        for (train, test), (only_train, valid, only_test) in zip(splits, triples, strict=True):
            expected = {*only_train} | ({*valid} if validation == "train" else set())
            assert set(train) == expected
            assert len(train) == len(expected)
            np.testing.assert_array_equal(test, only_test)
    with pytest.raises(ValueError, match="validation must be 'leave_out' or 'train', got 'drop'"):
        next(make("drop").split(X))


def test_published_splitters_in_cross_validate():
    rng = np.random.default_rng(0)
    X, y = rng.random((40, 1)), rng.random(40)
    for cv, n in ((PublishedSplit(9, 6), 1), (PublishedKFold(4, 5), 4)):
        result = cross_validate(DummyRegressor(), X, y, cv=cv, return_indices=True)
        assert len(result["test_score"]) == n
        train, _ = next(cv.split(X, y))
        np.testing.assert_array_equal(result["indices"]["train"][0], train)


def test_published_splitters_read_like_scikit_learns():
    cv = PublishedSplit(9, random_state=2)
    expected = "PublishedSplit(n_test=9, n_valid=1000, random_state=2, validation='leave_out')"
    assert " ".join(repr(cv).split()) == expected
    expected = "PublishedKFold(n_splits=10, n_valid=1000, random_state=1, validation='leave_out')"
    assert " ".join(repr(PublishedKFold()).split()) == expected


def test_splitters_refuse_too_few_rows_and_unequal_lengths():
    with pytest.raises(ValueError, match="30 rows cannot be split into 1000 to test"):
        next(PublishedSplit().split(np.zeros(30)))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        next(PublishedKFold(3, 1).split(np.zeros(30), np.zeros(29)))
