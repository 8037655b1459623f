"""OneHotMatrix: looks like a dense matrix to scikit-learn, stores one byte per base."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    cross_val_predict,
    cross_validate,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_array, resample, shuffle

from skxpresso.sequence import onehot as onehot_module
from skxpresso.sequence.onehot import UNKNOWN, OneHotMatrix
from tests.toys import fast


def dense_loop(codes, covariates):
    """Build the dense matrix base by base."""
    n, length = codes.shape
    dense = np.zeros((n, 4 * length + covariates.shape[1]), dtype=np.float32)
    for i in range(n):
        for j in range(length):
            if codes[i, j] != 4:
                dense[i, 4 * j + codes[i, j]] = 1
        dense[i, 4 * length :] = covariates[i]
    return dense


def make_matrix(n=6, length=5, h=2, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 5, (n, length), dtype=np.uint8)
    names = [f"c{j}" for j in range(h)]
    return OneHotMatrix(codes, rng.normal(size=(n, h)), names, tss=2)


@pytest.fixture(name="X")
def fixture_x():
    return make_matrix()


@pytest.fixture(name="dense")
def fixture_dense(X):
    return dense_loop(X.codes, X.covariates)


def assert_rows(got, X, rows):
    """Check that `got` is a OneHotMatrix of the given rows with everything else kept."""
    assert type(got) is OneHotMatrix
    np.testing.assert_array_equal(got.codes, X.codes[rows])
    np.testing.assert_array_equal(got.covariates, X.covariates[rows])
    assert got.covariate_names == X.covariate_names
    assert got.tss == X.tss


# what it looks like


@fast
@given(
    codes=npst.arrays(
        np.uint8, st.tuples(st.integers(0, 5), st.integers(1, 6)), elements=st.integers(0, 4)
    ),
    h=st.integers(0, 3),
)
def test_dense_form_equals_a_loop_over_bases(codes, h):
    covariates = np.arange(len(codes) * h, dtype=np.float32).reshape(len(codes), h)
    X = OneHotMatrix(codes, covariates)
    expected = dense_loop(codes, covariates)
    got = np.asarray(X)
    assert got.dtype == X.dtype == np.float32
    assert got.shape == X.shape == expected.shape
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(
        X.to_onehot().reshape(len(codes), 4 * codes.shape[1]), expected[:, : 4 * codes.shape[1]]
    )
    np.testing.assert_array_equal(OneHotMatrix.from_dense(X.to_onehot()).codes, codes)


def test_shape_length_and_sizes(X):
    assert X.shape == (6, 4 * 5 + 2)
    assert X.ndim == 2
    assert len(X) == 6
    assert X.promoter_length == 5
    assert X.n_covariates == 2
    assert X.nbytes == 6 * 5 + 6 * 2 * 4
    assert repr(X) == "OneHotMatrix(n=6, promoter_length=5, n_covariates=2)"


def test_codes_are_not_copied():
    codes = np.zeros((2, 3), dtype=np.uint8)
    assert OneHotMatrix(codes).codes is codes


def test_unknown_base_is_four_zeros():
    X = OneHotMatrix(np.full((1, 2), UNKNOWN, dtype=np.uint8))
    np.testing.assert_array_equal(np.asarray(X), np.zeros((1, 8)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_asarray_gives_the_dtype_asked_for(dtype):
    X = make_matrix(h=0)
    got = np.asarray(X, dtype=dtype)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, dense_loop(X.codes, X.covariates))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float64])
def test_to_onehot_gives_the_dtype_asked_for(X, dtype):
    got = X.to_onehot(dtype)
    assert got.shape == (6, 5, 4)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got.sum(axis=2), X.codes != UNKNOWN)


def test_a_dense_array_without_copy_is_refused(X):
    with pytest.raises(ValueError, match="always a copy"):
        np.array(X, copy=False)


def test_dense_form_does_not_depend_on_the_chunk_size(X, dense, monkeypatch):
    monkeypatch.setattr(onehot_module, "_CHUNK_BASES", 11)  # two rows at a time
    np.testing.assert_array_equal(np.asarray(X), dense)
    np.testing.assert_array_equal(OneHotMatrix.from_dense(X.to_onehot()).codes, X.codes)


def test_covariates_alone_have_a_dense_form():
    X = OneHotMatrix(np.empty((2, 0), dtype=np.uint8), [[1.0], [2.0]])
    assert X.shape == (2, 1)
    np.testing.assert_array_equal(np.asarray(X), [[1.0], [2.0]])


# selection

ROW_KEYS = {
    "slice": slice(1, 4),
    "step": slice(None, None, 2),
    "reversed": slice(None, None, -1),
    "nothing": slice(0, 0),
    "list": [4, 0, 0],
    "empty list": [],
    "negative": [-1, -6],
    "integers": np.array([5, 2], dtype=np.int32),
    "mask": np.array([True, False, True, False, False, True]),
    "list mask": [False] * 5 + [True],
    "empty mask": np.zeros(6, dtype=bool),
    "Series": pd.Series([3, 1]),
    "range": range(2),
}


@pytest.mark.parametrize("key", ROW_KEYS.values(), ids=ROW_KEYS)
def test_selecting_rows_gives_a_onehotmatrix(X, dense, key):
    rows = np.asarray(key, dtype=int) if isinstance(key, list) and not key else key
    assert_rows(X[key], X, rows)
    assert_rows(X[key, :], X, rows)
    np.testing.assert_array_equal(np.asarray(X[key]), dense[rows])


@pytest.mark.parametrize(
    "key",
    [
        3,
        -1,
        np.int64(2),
        (3, Ellipsis),
        (slice(None), 3),
        (Ellipsis, -1),
        (slice(1, 3), [0, 21]),
        ([1, 2], slice(2, 5)),
        (slice(None), np.arange(22) % 2 == 0),
        (2, slice(None)),
    ],
    ids=str,
)
def test_any_other_selection_is_that_of_the_dense_array(X, dense, key):
    got = X[key]
    assert isinstance(got, np.ndarray)
    np.testing.assert_array_equal(got, dense[key])


def test_one_row_and_one_column_give_one_number(X, dense):
    assert X[2, 20] == dense[2, 20]


def test_ellipsis_selects_all_rows(X):
    assert_rows(X[...], X, slice(None))


def test_two_integer_arrays_pair_up_as_in_numpy(X, dense):
    np.testing.assert_array_equal(X[[0, 1], [2, 21]], dense[[0, 1], [2, 21]])


def test_a_zero_dimensional_index_gives_one_row(X, dense):
    np.testing.assert_array_equal(X[np.array(2)], dense[2])


def test_a_two_dimensional_index_is_refused(X):
    with pytest.raises(IndexError, match="dimension"):
        X[np.array([[0, 1], [2, 3]])]


def test_a_new_axis_gives_a_dense_array(X, dense):
    np.testing.assert_array_equal(X[:, None], dense[:, None])
    np.testing.assert_array_equal(X[None], dense[None])


@pytest.mark.parametrize(
    ("key", "match"),
    [
        (6, "index 6 is out of bounds"),
        (-7, "index -7 is out of bounds"),
        ([0, 6], "index 6 is out of bounds"),
        ((slice(None), 22), "index 22 is out of bounds"),
        (np.ones(5, dtype=bool), "boolean index did not match"),
        ((0, 1, 2), "too many indices"),
        ("promoter", "integer"),
        ([0.0, 1.0], "integer"),
    ],
    ids=str,
)
def test_bad_index_raises_index_error(X, key, match):
    with pytest.raises(IndexError, match=match):
        X[key]


def test_iterating_gives_dense_rows(X, dense):
    np.testing.assert_array_equal(list(X), dense)


def test_slicing_rows_is_a_view(X):
    assert np.shares_memory(X[1:3].codes, X.codes)
    assert np.shares_memory(X[1:3].covariates, X.covariates)


# windows and covariates


def test_window_is_a_view_with_its_own_tss(X, dense):
    cut = X.window(1, 4)
    assert np.shares_memory(cut.codes, X.codes)
    assert np.shares_memory(cut.covariates, X.covariates)
    assert cut.tss == 1
    assert cut.covariate_names == X.covariate_names
    np.testing.assert_array_equal(cut.to_onehot(), dense[:, :20].reshape(6, 5, 4)[:, 1:4])


def test_window_of_a_window_adds_up(X):
    twice = X.window(1, 5).window(2, 4)
    np.testing.assert_array_equal(twice.codes, X.codes[:, 3:5])
    assert twice.tss == 2 - 3  # outside of the window now


def test_window_leaves_an_unknown_tss_unknown():
    X = OneHotMatrix(np.zeros((1, 4), dtype=np.uint8))
    assert X.window(1, 3).tss is None


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (0, 6), (2, 2), (3, 2)])
def test_window_outside_of_the_promoter_is_an_error(X, start, stop):
    with pytest.raises(ValueError, match=rf"window \[{start}, {stop}\) does not lie.* of 5 nt"):
        X.window(start, stop)


def test_with_covariates_shares_codes(X):
    other = X.with_covariates(np.ones((6, 1)), ["UTR5GC"])
    assert other.codes is X.codes
    assert other.covariate_names == ("UTR5GC",)
    assert other.tss == X.tss
    assert X.n_covariates == 2


# bad input


@pytest.mark.parametrize(
    ("codes", "error", "match"),
    [
        ([[0, 1]], TypeError, "codes must be an ndarray of uint8, got list"),
        (np.zeros((2, 3)), TypeError, "got ndarray of float64"),
        (np.zeros((2, 3), dtype=np.int8), TypeError, "got ndarray of int8"),
        (np.zeros(3, dtype=np.uint8), ValueError, r"2 dimensions, got shape \(3,\)"),
        (np.array([[0, 5]], dtype=np.uint8), ValueError, "codes must be 0 to 4, got 5"),
    ],
)
def test_bad_codes(codes, error, match):
    with pytest.raises(error, match=match):
        OneHotMatrix(codes)


@pytest.mark.parametrize(
    ("covariates", "names", "match"),
    [
        ([[1.0]], None, r"covariates must have shape \(2, n_covariates\), got \(1, 1\)"),
        ([1.0, 2.0], None, r"covariates must have shape \(2, n_covariates\), got \(2,\)"),
        ([["long"], ["short"]], None, "could not convert string to float: .*'long'"),
        ([[1.0], [2.0]], ["a", "b"], "covariate_names has 2 names for 1 columns"),
        (None, ["a"], "covariate_names has 1 names for 0 columns"),
    ],
)
def test_bad_covariates(covariates, names, match):
    with pytest.raises(ValueError, match=match):
        OneHotMatrix(np.zeros((2, 3), dtype=np.uint8), covariates, names)


@pytest.mark.parametrize("shape", [(2, 4), (2, 3, 5), (4,)])
def test_from_dense_wants_three_axes_with_four_bases(shape):
    with pytest.raises(ValueError, match=r"shape \(n, promoter_length, 4\), got \("):
        OneHotMatrix.from_dense(np.zeros(shape))


@pytest.mark.parametrize(
    "base", [[0.5, 0.5, 0, 0], [1, 1, 0, 0], [-1, 0, 0, 0], [2, 0, 0, 0], [np.nan, 0, 0, 0]]
)
def test_from_dense_names_row_and_position_of_what_is_no_base(base, monkeypatch):
    monkeypatch.setattr(onehot_module, "_CHUNK_BASES", 7)  # the row number counts across chunks
    onehot = np.tile(np.eye(4)[:3], (5, 1, 1))
    onehot[4, 1] = base
    with pytest.raises(ValueError, match="row 4, position 1: expected a one-hot base"):
        OneHotMatrix.from_dense(onehot)


def test_from_dense_keeps_covariates_names_and_tss(X):
    again = OneHotMatrix.from_dense(X.to_onehot(bool), X.covariates, X.covariate_names, X.tss)
    assert_rows(again, X, slice(None))


# survival


@pytest.mark.parametrize(
    "revive",
    [lambda X: pickle.loads(pickle.dumps(X)), copy.copy, copy.deepcopy],
    ids=["pickle", "copy", "deepcopy"],
)
def test_survives_pickle_and_copy(X, revive):
    assert_rows(revive(X), X, slice(None))


def test_pickle_of_a_window_holds_the_window_only():
    X = OneHotMatrix(np.zeros((100, 10_000), dtype=np.uint8))
    assert len(pickle.dumps(X)) > 1_000_000
    assert len(pickle.dumps(X.window(0, 100)[:3])) < 2_000


def test_survives_train_test_split(X):
    rows = np.arange(6)
    train, test, train_rows, test_rows = train_test_split(X, rows, test_size=2, random_state=0)
    assert_rows(train, X, train_rows)
    assert_rows(test, X, test_rows)


def test_survives_kfold_indices(X):
    for train, test in KFold(3, shuffle=True, random_state=0).split(X):
        assert_rows(X[train], X, train)
        assert_rows(X[test], X, test)


def test_survives_shuffle_and_resample(X):
    assert_rows(shuffle(X, random_state=0), X, shuffle(np.arange(6), random_state=0))
    rows = resample(np.arange(6), n_samples=3, random_state=0)
    assert_rows(resample(X, n_samples=3, random_state=0), X, rows)


def test_check_array_makes_it_dense(X, dense):
    np.testing.assert_array_equal(check_array(X), dense)
    assert check_array(X).dtype == np.float32


def test_ridge_sees_the_dense_matrix(X, dense):
    y = np.arange(6.0)
    expected = Ridge().fit(dense, y)
    got = Ridge().fit(X, y)
    np.testing.assert_allclose(got.coef_, expected.coef_, rtol=1e-5)
    np.testing.assert_allclose(got.predict(X), expected.predict(dense), rtol=1e-5)
    assert got.n_features_in_ == 22


class RowTypes(RegressorMixin, BaseEstimator):
    """Remember what kind of X came."""

    def fit(self, X, y):
        self.seen_ = type(X).__name__
        return self

    def predict(self, X):
        self.predicted_ = type(X).__name__
        return np.zeros(len(X))


def test_cross_validate_gives_the_estimator_a_onehotmatrix(X):
    result = cross_validate(
        RowTypes(), X, np.arange(6.0), cv=3, return_estimator=True, error_score="raise"
    )
    assert [(e.seen_, e.predicted_) for e in result["estimator"]] == [("OneHotMatrix",) * 2] * 3


def test_cross_validate_scores_as_with_the_dense_matrix():
    X = make_matrix(30)
    dense, y = dense_loop(X.codes, X.covariates), np.random.default_rng(1).normal(size=30)
    model = make_pipeline(StandardScaler(), Ridge())
    got = cross_validate(model, X, y, cv=3, error_score="raise")["test_score"]
    expected = cross_validate(model, dense, y, cv=3, error_score="raise")["test_score"]
    np.testing.assert_allclose(got, expected, rtol=1e-4)
    np.testing.assert_allclose(
        cross_val_predict(Ridge(), X, y, cv=3), cross_val_predict(Ridge(), dense, y, cv=3), 1e-4
    )


def test_grid_search_takes_it():
    X = make_matrix(12)
    y = X.covariates[:, 0]
    search = GridSearchCV(Ridge(), {"alpha": [1e-3, 1e3]}, cv=3, error_score="raise").fit(X, y)
    assert search.best_params_ == {"alpha": 1e-3}


@pytest.fixture(scope="module")
def big():
    X = make_matrix(400, 3000, h=3)
    X.covariates = np.tile(X.covariates, (1, 300))  # above joblib's 1 MB as well
    X.covariate_names = None
    assert X.codes.nbytes > 1 << 20
    assert X.covariates.nbytes > 1 << 20
    return X


def test_loky_workers_get_memory_maps(big):
    def look(X):  # nested, so that it travels by value
        import numpy as np

        return type(X).__name__, isinstance(X.codes, np.memmap), isinstance(X.covariates, np.memmap)

    def total(X):
        return int(X.codes.sum(dtype=int))

    with Parallel(n_jobs=2, backend="loky") as parallel:
        assert parallel(delayed(look)(big) for _ in range(2)) == [("OneHotMatrix", True, True)] * 2
        assert parallel([delayed(total)(big)] * 2) == [int(big.codes.sum(dtype=int))] * 2


def test_cross_validate_in_loky_workers(big):
    class SumOfCodes(RegressorMixin, BaseEstimator):
        def fit(self, X, y):
            self.seen_ = type(X).__name__
            return self

        def predict(self, X):
            return X.codes.sum(axis=1).astype(float)

    y = big.codes.sum(axis=1).astype(float)
    result = cross_validate(
        SumOfCodes(), big, y, cv=2, n_jobs=2, return_estimator=True, error_score="raise"
    )
    np.testing.assert_array_equal(result["test_score"], [1.0, 1.0])  # the right rows came
    assert {estimator.seen_ for estimator in result["estimator"]} == {"OneHotMatrix"}


def test_covariates_beyond_float32_name_the_row():
    with pytest.raises(ValueError, match=r"must fit float32, got 1e\+300 in row 1"):
        OneHotMatrix(np.zeros((2, 1), dtype=np.uint8), [[1.0], [1e300]])
