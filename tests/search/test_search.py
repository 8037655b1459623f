"""HyperoptSearchCV: equal to GridSearchCV where they must agree; what it refuses."""

import pickle
import subprocess
import sys
import warnings
from pathlib import Path
from unittest import SkipTest

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    cross_val_score,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import estimator_checks_generator

import skxpresso
from skxpresso.search._search import HyperoptSearchCV
from tests.search.toys import (
    LOG_ALPHA,
    Fragile,
    X,
    Y,
    as_grid,
    assert_same_results,
    assert_same_search,
)

# Where they must agree with GridSearchCV

XC, YC = make_classification(60, 6, random_state=0)
GROUPS = np.repeat(np.arange(6), 10)
WEIGHTS = np.linspace(0.1, 2.0, 60)
TEXTS = np.array([f"{'up' if label else 'down'} {i % 7} {i % 3}" for i, label in enumerate(YC)])


def _least_depth(results):
    """Choose the smallest alpha within a standard deviation of the best."""
    mean = results["mean_test_score"]
    good = mean >= mean.max() - results["std_test_score"][mean.argmax()]
    return int(np.flatnonzero(good)[0])


class Flat(RegressorMixin, BaseEstimator):
    """A regressor for 3-D X."""

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def fit(self, X, y):
        assert X.ndim == 3
        self.ridge_ = Ridge(self.alpha).fit(X.reshape(len(X), -1), y)
        return self

    def predict(self, X):
        return self.ridge_.predict(X.reshape(len(X), -1))


ALPHAS = {"alpha": [0.1, 1.0, 10.0], "fit_intercept": [True, False]}
DEPTHS = {"max_depth": [1, 2, None], "criterion": ["gini", "entropy"]}
TREE = DecisionTreeClassifier(random_state=0)
CASES = {
    "regressor": (Ridge(), ALPHAS, {}, (X, Y), {}),
    "train scores": (Ridge(), ALPHAS, {"return_train_score": True}, (X, Y), {}),
    "scoring name": (TREE, DEPTHS, {"scoring": "roc_auc", "cv": 3}, (XC, YC), {}),
    "several metrics": (
        TREE,
        DEPTHS,
        {"scoring": ["accuracy", "roc_auc"], "refit": "roc_auc"},
        (XC, YC),
        {},
    ),
    "metrics, no refit": (
        TREE,
        DEPTHS,
        {"scoring": {"a": "accuracy", "b": "f1"}, "refit": False},
        (XC, YC),
        {},
    ),
    "callable refit": (Ridge(), ALPHAS, {"refit": _least_depth}, (X, Y), {}),
    "callable scoring": (
        Ridge(),
        ALPHAS,
        {"scoring": lambda est, X, y: {"r2": est.score(X, y), "n": len(X)}, "refit": "r2"},
        (X, Y),
        {},
    ),
    "groups": (Ridge(), ALPHAS, {"cv": GroupKFold(3)}, (X, Y), {"groups": GROUPS}),
    "sample weights": (Ridge(), ALPHAS, {}, (X, Y), {"sample_weight": WEIGHTS}),
    "sparse X": (Ridge(), {"alpha": [0.1, 1.0]}, {}, (sparse.csr_matrix(X), Y), {}),
    "3-D X": (Flat(), {"alpha": [0.1, 1.0]}, {}, (X.reshape(60, 5, 1), Y), {}),
    "string X": (
        make_pipeline(CountVectorizer(), LogisticRegression()),
        {"countvectorizer__ngram_range": [(1, 1), (1, 2)], "logisticregression__C": [0.1, 1.0]},
        {},
        (TEXTS, YC),
        {},
    ),
    "data frame": (Ridge(), ALPHAS, {}, (pd.DataFrame(X, columns=list("abcde")), Y), {}),
    "list of grids": (
        Pipeline([("scale", StandardScaler()), ("ridge", Ridge())]),
        [{"ridge__alpha": [0.1, 1.0]}, {"ridge__alpha": [5.0], "scale": ["passthrough"]}],
        {},
        (X, Y),
        {},
    ),
    "steps": (
        Pipeline([("model", Ridge())]),
        {"model": [Ridge(2.0), LinearRegression()]},
        {},
        (X, Y),
        {},
    ),
    "splits as a list": (Ridge(), ALPHAS, {"cv": list(KFold(2).split(X))}, (X, Y), {}),
}


@pytest.mark.filterwarnings("ignore:The scoring .* does not support sample_weight")
@pytest.mark.parametrize("case", CASES)
def test_equal_to_grid_search(case):
    estimator, grid, kwargs, data, fit_params = CASES[case]
    expected = GridSearchCV(estimator, grid, **kwargs).fit(*data, **fit_params)
    found = as_grid(estimator, grid, **kwargs).fit(*data, **fit_params)
    # The grid's parameters may be estimators, which equal nothing but themselves
    but = ("params", "param_model") if case == "steps" else ()
    assert_same_results(found.cv_results_, expected.cv_results_, but=but)
    assert found.cv_results_.keys() == expected.cv_results_.keys() | {"trial", "failure"}
    for name in ("best_index_", "best_score_", "multimetric_", "n_splits_", "feature_names_in_"):
        assert hasattr(found, name) == hasattr(expected, name), name
        assert np.all(getattr(found, name, 0) == getattr(expected, name, 0)), name
    if kwargs.get("refit", True):
        np.testing.assert_array_equal(found.predict(data[0]), expected.predict(data[0]))
        assert found.score(*data) == expected.score(*data)
        assert getattr(found, "n_features_in_", 0) == getattr(expected, "n_features_in_", 0)


@pytest.mark.parametrize("error_score", [np.nan, -100.0])
def test_failures_equal_to_grid_search(error_score):
    grid = {"alpha": [1.0, 2.0], "fault": [None, "some folds", "fit"]}
    kwargs = {"error_score": error_score}
    with warnings.catch_warnings(record=True) as expected_warnings:
        warnings.simplefilter("always")
        expected = GridSearchCV(Fragile(), grid, **kwargs).fit(X, Y)
    with warnings.catch_warnings(record=True) as found_warnings:
        warnings.simplefilter("always")
        found = as_grid(Fragile(), grid, **kwargs).fit(X, Y)
    assert_same_results(found.cv_results_, expected.cv_results_)
    assert [w.category for w in found_warnings] == [w.category for w in expected_warnings]
    assert [status["status"] for status in found.trials_.results] == ["ok", "fail", "fail"] * 2
    failures = found.cv_results_["failure"]
    assert failures[0] is None
    assert failures[1] == "4 of 5 fits: ValueError: no fit with alpha=1.0"
    assert failures[2] == "ValueError: no fit with alpha=1.0"


def test_error_score_raise():
    search = as_grid(Fragile(), {"fault": ["fit"]}, error_score="raise")
    with pytest.raises(ValueError, match=r"^no fit with alpha=1\.0$"):
        search.fit(X, Y)


def test_metadata_routing():
    with config_context(enable_metadata_routing=True):
        ridge = Ridge().set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        grid = {"alpha": [0.1, 100.0]}
        kwargs = {"cv": GroupKFold(3)}
        data = {"sample_weight": WEIGHTS, "groups": GROUPS}
        expected = GridSearchCV(ridge, grid, **kwargs).fit(X, Y, **data)
        found = as_grid(ridge, grid, **kwargs).fit(X, Y, **data)
        assert_same_results(found.cv_results_, expected.cv_results_)
        without = GridSearchCV(ridge, grid, **kwargs).fit(X, Y, groups=GROUPS)
        assert without.best_score_ != expected.best_score_


def test_nested_in_cross_validation_pipeline_and_search():
    grid = {"alpha": [0.1, 100.0]}
    expected = cross_val_score(GridSearchCV(Ridge(), grid), X, Y, cv=3)
    np.testing.assert_array_equal(cross_val_score(as_grid(Ridge(), grid), X, Y, cv=3), expected)
    pipeline = make_pipeline(StandardScaler(), as_grid(Ridge(), grid)).fit(X, Y)
    outer = HyperoptSearchCV(
        pipeline, {"hyperoptsearchcv__estimator__fit_intercept": [True, False]}, n_iter=4, cv=2
    )
    assert outer.fit(X, Y).best_params_ == {"hyperoptsearchcv__estimator__fit_intercept": True}


def test_clone_and_pickle():
    search = HyperoptSearchCV(Ridge(), LOG_ALPHA, n_iter=5, cv=2, random_state=0)
    fitted = clone(search).fit(X, Y)
    with pytest.raises(NotFittedError):
        search.predict(X)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    assert_same_search(again, fitted)
    assert_same_search(clone(fitted).fit(X, Y), fitted)


def test_classes_and_delegation():
    search = as_grid(TREE, DEPTHS).fit(XC, YC)
    np.testing.assert_array_equal(search.classes_, [0, 1])
    assert search.predict_proba(XC).shape == (60, 2)
    assert not hasattr(search, "transform")


def _failed_checks(estimator):
    failed = set()
    for one, check in estimator_checks_generator(estimator):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                check(one)
            except SkipTest:
                continue
            except Exception:
                failed.add(check.func.__name__)
    return failed


def test_estimator_checks():
    """Pass scikit-learn's own checks, but for those that GridSearchCV fails, and one."""
    expected = _failed_checks(GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, cv=2))
    search = HyperoptSearchCV(Ridge(), LOG_ALPHA, n_iter=2, cv=2, random_state=0)
    # One fold of every candidate fails in it: here this is the end, GridSearchCV refits
    assert _failed_checks(search) == expected | {"check_dtype_object"}


def test_all_lines_of_an_error_are_kept():
    class Wordy(Ridge):
        def fit(self, X, y, sample_weight=None):
            raise ValueError("first line\n  second line\nthird line")

    with pytest.raises(ValueError, match=r"1\.0\}: ValueError: first line second line third line$"):
        HyperoptSearchCV(Wordy(), {"alpha": 1.0}, n_iter=1).fit(X, Y)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_iter", 0),
        ("algo", "tpee"),
        ("batch_size", 0),
        ("timeout", 0),
        ("patience", 0),
        ("trials", []),
        ("is_feasible", 1),
        ("space", "alpha"),
    ],
)
def test_bad_parameters(name, value):
    search = HyperoptSearchCV(Ridge(), LOG_ALPHA).set_params(**{name: value})
    with pytest.raises(ValueError, match=f"The '{name}' parameter of HyperoptSearchCV must be"):
        search.fit(X, Y)


def test_search_imports_neither_keras_nor_the_rest():
    code = (
        "import sys, skxpresso.search._search, skxpresso.search.spaces;"
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('keras', 'tensorflow', 'scikeras', 'matplotlib', 'distributed')])"
    )
    root = str(Path(skxpresso.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_data_that_cannot_be_pickled_are_no_obstacle():
    class Rows(list):
        def __reduce__(self):
            raise TypeError("no")

    class Lengths(Fragile):
        def score(self, X, y):
            return len(X)

    data = Rows(range(60))
    search = HyperoptSearchCV(Lengths(), LOG_ALPHA, n_iter=2, cv=2, refit=False)
    assert search.fit(data, Y).best_score_ == 30
