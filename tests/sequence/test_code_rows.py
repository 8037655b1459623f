"""Rows of codes by their numbers: as numpy selects them, but copied only where they are read."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joblib import Parallel, delayed

from skxpresso import CompositionEncoder, KmerCountEncoder, OneHotPromoterEncoder, PromoterShuffler
from skxpresso._utils.digest import digest
from skxpresso.exceptions import PromoterWarning
from skxpresso.sequence import onehot as onehot_module
from skxpresso.sequence.code_rows import CodeRows, select_rows
from skxpresso.sequence.onehot import UNKNOWN, OneHotMatrix
from tests.sequence.test_onehot import assert_rows, dense_loop, make_matrix


@pytest.fixture(name="X")
def fixture_x():
    return make_matrix()


@pytest.fixture(name="dense")
def fixture_dense(X):
    return dense_loop(X.codes, X.covariates)


@given(st.data())
def test_selections_add_up_as_those_of_numpy(data):
    expected = np.arange(60, dtype=np.uint8).reshape(12, 5)
    got = expected
    for _ in range(3):
        n = len(expected)
        one = st.integers(-n, n - 1) if n else st.nothing()
        mask = st.lists(st.booleans(), min_size=n, max_size=n).map(lambda m: np.array(m, bool))
        many = st.lists(one, max_size=6 if n else 0).map(lambda r: np.array(r, np.intp))
        rows = data.draw(st.slices(n) | mask | many)
        got, expected = select_rows(got, rows), expected[rows]
        assert (len(got), got.shape, got.nbytes) == (len(expected), expected.shape, expected.size)
        np.testing.assert_array_equal(np.asarray(got), expected)
        np.testing.assert_array_equal(got[::-1], expected[::-1])
    if isinstance(got, CodeRows):
        np.testing.assert_array_equal(got.window(1, 4)[:], expected[:, 1:4])
        np.testing.assert_array_equal(np.asarray(got, dtype=float), expected)


def test_an_array_without_a_copy_is_refused():
    with pytest.raises(ValueError, match="is a copy"):
        np.array(select_rows(np.zeros((2, 2), np.uint8), [0]), copy=False)


@pytest.mark.parametrize(("n", "whole"), [(3, False), (5, True), (12, True)])
def test_a_pickle_holds_the_base_where_most_of_it_is_meant(n, whole):
    base = np.arange(50, dtype=np.uint8).reshape(10, 5)
    few = select_rows(base, np.arange(n) % 10)
    again = pickle.loads(pickle.dumps(few))
    np.testing.assert_array_equal(again[:], few[:])
    assert (len(again.base) == 10) == whole


# a OneHotMatrix


def shared(X):
    """Whether the codes are rows of another matrix, not yet copied."""
    return isinstance(X.code_rows, CodeRows)


@pytest.mark.parametrize("rows", [[4, 0, 0], np.array([1, 5]), [True, False] * 3])
def test_a_selection_is_copied_when_its_codes_are_read_and_kept(X, rows):
    few = X[rows]
    assert shared(few)
    assert not shared(X)
    first = few.codes
    np.testing.assert_array_equal(first, X.codes[rows])
    assert few.codes is first
    assert not shared(few)
    assert not np.shares_memory(first, X.codes)


def test_what_is_made_of_a_selection_shares_its_codes_too(X, dense):
    rows = [5, 3, 3, 0]
    few = X[rows]
    made = few.window(1, 4)[[3, 1, 0]].with_covariates([[1], [2], [3]], ["UTR5GC"])[1:]
    assert all(map(shared, (few, made, copy.copy(few))))
    assert np.shares_memory(made.code_rows.base, X.codes)
    assert (len(made), made.shape, made.nbytes) == (2, (2, 13), 2 * 3 + 2 * 4)
    expected = np.hstack([dense[[3, 5], 4:16], [[2], [3]]])
    np.testing.assert_array_equal(np.asarray(made), expected)
    np.testing.assert_array_equal(made.to_onehot().reshape(2, 12), expected[:, :12])
    np.testing.assert_array_equal(made[0], expected[0])
    assert shared(made), "what is read once is not kept, but for codes"
    np.testing.assert_array_equal(made.codes, X.codes[[3, 5], 1:4])


def test_writing_into_a_selection_leaves_the_matrix_alone(X):
    before = X.codes.copy()
    few = X[[1, 2]]
    few.codes[:] = UNKNOWN
    assert (few.codes == UNKNOWN).all()
    np.testing.assert_array_equal(X.codes, before)


@pytest.mark.parametrize("again", [lambda X: pickle.loads(pickle.dumps(X)), copy.deepcopy])
def test_a_copied_selection_holds_its_own_rows_alone(again):
    X = make_matrix(n=400, length=100)
    copied = again(X[[7, 3]])
    assert_rows(copied, X, [7, 3])
    assert not shared(copied)
    assert not np.shares_memory(copied.codes, X.codes)
    assert len(pickle.dumps(X[[7, 3]])) < 2000 < X.nbytes


def test_a_selection_has_the_digest_of_its_rows(X):
    assert digest(X[[1, 4]]) == digest(OneHotMatrix(
        X.codes[[1, 4]], X.covariates[[1, 4]], X.covariate_names, X.tss
    ))  # fmt: skip
    assert digest(X[[1, 4]]) != digest(X[[1, 3]])


def test_a_pickle_of_the_first_release_is_read(X):
    state = dict(zip(("codes", "covariates", "covariate_names", "tss"),
                     (X.codes, X.covariates, X.covariate_names, X.tss), strict=True))  # fmt: skip
    old = object.__new__(OneHotMatrix)
    old.__setstate__(state)
    assert_rows(old, X, slice(None))
    assert X.__getstate__() == state


def test_workers_map_the_codes_of_a_whole_matrix(tmp_path):
    X = make_matrix(n=300, length=100)
    sums = Parallel(2, max_nbytes=10_000, temp_folder=tmp_path)(
        delayed(_look)(X, rows) for rows in ([0, 5], [7])
    )
    assert [each[1:] for each in sums] == [("memmap", True), ("memmap", True)]
    assert [each[0] for each in sums] == [int(X.codes[rows].sum()) for rows in ([0, 5], [7])]


def _look(X, rows):
    few = X[rows]
    return int(np.asarray(few.code_rows).sum()), type(few.code_rows.base).__name__, shared(few)


# what reads selections


def transformers():
    return {
        "encoder": OneHotPromoterEncoder(2, 1),
        "padded": OneHotPromoterEncoder(5, 5, short="pad"),
        "words": KmerCountEncoder(2, sparse_output=False),
        "composition": CompositionEncoder(2),
        "shuffler": PromoterShuffler(random_state=0),
    }


@pytest.mark.parametrize("name", transformers())
def test_transformers_read_selections_a_few_rows_at_a_time(name, monkeypatch):
    X, rows = make_matrix(40, 9), np.random.default_rng(1).permutation(40)[:30]
    plain = OneHotMatrix(X.codes[rows], X.covariates[rows], X.covariate_names, X.tss)
    expected = np.asarray(transformers()[name].fit_transform(plain))
    monkeypatch.setattr(onehot_module, "_CHUNK_BASES", 65)  # seven rows
    few = X[rows]
    np.testing.assert_array_equal(np.asarray(transformers()[name].fit_transform(few)), expected)
    assert shared(few)


def test_the_encoder_gives_a_selection_for_a_selection():
    X = make_matrix(40, 9)
    cut = OneHotPromoterEncoder(2, 1).fit_transform(X[[3, 3, 8]])
    assert shared(cut)
    assert np.shares_memory(cut.code_rows.base, X.codes)
    np.testing.assert_array_equal(cut.codes, X.codes[[3, 3, 8], 0:3])


def test_promoters_without_a_known_base_are_found_among_selected_rows(monkeypatch):
    monkeypatch.setattr(onehot_module, "_CHUNK_BASES", 4)  # one row at a time
    codes = np.ones((5, 4), np.uint8)
    codes[[1, 3]] = UNKNOWN
    codes[2, 0] = UNKNOWN
    with pytest.warns(PromoterWarning, match=r"2 promoter\(s\) \(row 0, 3\)"):
        OneHotPromoterEncoder().fit_transform(OneHotMatrix(codes)[[3, 2, 0, 1]])
