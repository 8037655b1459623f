"""HyperoptSearchCV: equal to GridSearchCV where they must agree, and what it has beyond."""

import itertools
import os
import pickle
import re
import signal
import subprocess
import sys
import textwrap
import time
import warnings
from unittest import SkipTest

import numpy as np
import pandas as pd
import pytest
from hyperopt import Trials, fmin, hp, rand, tpe
from joblib import parallel_config
from scipy import sparse, stats
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    ShuffleSplit,
    cross_val_score,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils.estimator_checks import estimator_checks_generator

from skxpresso.search._search import HyperoptSearchCV

X, Y = make_regression(60, 5, noise=5.0, random_state=0)
LOG_ALPHA = {"alpha": hp.loguniform("alpha", -5, 5)}
TIMES = {"mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time"}


class Fragile(RegressorMixin, BaseEstimator):
    """Fails, or predicts NaN, as its parameters say."""

    def __init__(self, alpha=1.0, fault=None, depth=3):
        self.alpha = alpha
        self.fault = fault
        self.depth = depth

    def fit(self, X, y):
        if self.fault == "fit" or (self.fault == "some folds" and X[0, 0] == globals()["X"][0, 0]):
            raise ValueError(f"no fit with alpha={self.alpha}")
        self.mean_ = np.mean(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.mean_ - self.alpha)

    def score(self, X, y):
        return np.nan if self.fault == "nan" else -abs(self.alpha - 2.0)


def as_grid(estimator, grid, **kwargs):
    """Make a search that tries the points of a grid, in GridSearchCV's order."""
    grids = [grid] if isinstance(grid, dict) else grid
    points = []
    for number, part in enumerate(grids):
        names = sorted(part)
        branch = {"space": number} if len(grids) > 1 else {}
        # A parameter that stands in a second dict gets a label of its own
        seen = [name for before in grids[:number] for name in before]
        labels = [f"{name}#2" if name in seen else name for name in names]
        for position in itertools.product(*(range(len(part[name])) for name in names)):
            points.append({**branch, **dict(zip(labels, position, strict=True))})
    return HyperoptSearchCV(
        estimator, grid, n_iter=len(points), points_to_evaluate=points, **kwargs
    )


def assert_same_results(found, expected, *, but=()):
    for name in expected.keys() - TIMES - set(but):
        np.testing.assert_array_equal(
            np.ma.getmaskarray(np.ma.asarray(found[name])),
            np.ma.getmaskarray(np.ma.asarray(expected[name])),
            err_msg=name,
        )
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def assert_same_search(found, expected):
    """Compare all that does not depend on the clock."""
    assert_same_results(found.cv_results_, expected.cv_results_)
    assert found.cv_results_.keys() == expected.cv_results_.keys()
    assert found.best_params_ == expected.best_params_
    assert [t["misc"] for t in found.trials_.trials] == [t["misc"] for t in expected.trials_.trials]
    assert found.trials_.losses() == expected.trials_.losses()


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


# Spaces


def drawn(estimator, space, n_iter=30, **kwargs):
    search = HyperoptSearchCV(
        estimator, space, n_iter=n_iter, algo="random", cv=2, random_state=0, **kwargs
    )
    return search.fit(X, Y).cv_results_["params"]


def test_branches_are_spliced():
    space = {
        "_depth": hp.choice(
            "depth",
            [
                {"max_depth": 1, "_remark": "a stump"},
                {
                    "max_depth": hp.quniform("max_depth", 2, 5, 1),
                    "_more": {"min_samples_leaf": hp.randint("leaf", 1, 4)},
                },
            ],
        ),
        "criterion": "squared_error",
    }
    params = drawn(DecisionTreeRegressor(random_state=0), space)
    assert {frozenset(p) for p in params} == {
        frozenset({"max_depth", "criterion"}),
        frozenset({"max_depth", "min_samples_leaf", "criterion"}),
    }
    assert all((p["max_depth"] == 1) == ("min_samples_leaf" not in p) for p in params)
    assert {type(p["max_depth"]) for p in params} == {int}
    assert {p["max_depth"] for p in params} == {1, 2, 3, 4, 5}


class Layers(Fragile):
    """Has tuples for parameters."""

    def __init__(self, alpha=1.0, fault=None, depth=3, units=(8, 8), rates=(0.5,), options=None):
        super().__init__(alpha, fault, depth)
        self.units = units
        self.rates = rates
        self.options = options


def test_tuples_dicts_and_ints():
    first, second = (hp.qloguniform(f"units{i}", 1, 4, 2) for i in (1, 2))
    space = {
        "_n": hp.choice("n", [{"units": (first,)}, {"units": (first, second)}]),
        "rates": (stats.uniform(0, 1), 1.0),
        "depth": hp.quniform("depth", 1, 3, 1),
        "options": {"p": hp.quniform("p", 1, 2, 1)},
        "alpha": hp.quniform("alpha", 1, 4, 1),
    }
    for params in drawn(Layers(), space):
        assert {type(u) for u in params["units"]} == {int}
        assert [type(r) for r in params["rates"]] == [float, float]
        assert type(params["depth"]) is int
        assert type(params["alpha"]) is float
        assert list(params["options"]) == ["p"]


def test_estimators_replace_steps_and_stay_untouched():
    ridge = Ridge(3.0)
    space = {
        "_model": hp.choice(
            "model",
            [
                {"model": ridge, "model__alpha": hp.uniform("alpha", 10, 20)},
                {"model": DecisionTreeRegressor(), "model__max_depth": hp.quniform("d", 1, 3, 1)},
            ],
        )
    }
    params = drawn(Pipeline([("model", LinearRegression())]), space)
    kinds = {type(p["model"]) for p in params}
    assert kinds == {Ridge, DecisionTreeRegressor}
    assert {type(p["model__max_depth"]) for p in params if "model__max_depth" in p} == {int}
    assert ridge.alpha == 3.0


DISTRIBUTIONS = {
    "uniform": stats.uniform(2, 3),
    "loguniform": stats.loguniform(1e-3, 1e2),
    "normal": stats.norm(5, 2),
    "quantiles": stats.gamma(2.0, scale=3.0),
    "quantiles, at another place": stats.beta(2, 5, loc=1),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distributions_are_translated(name):
    params = drawn(Fragile(), {"alpha": DISTRIBUTIONS[name]}, n_iter=300)
    values = [p["alpha"] for p in params]
    assert stats.kstest(values, DISTRIBUTIONS[name].cdf).pvalue > 0.01


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (stats.randint(3, 7), [3, 4, 5, 6]),
        (range(3, 12, 4), [3, 7, 11]),
        ([3, 5], [3, 5]),
        (np.array([3, 5]), [3, 5]),
        (stats.binom(2, 0.5, loc=1), [1, 2, 3]),
    ],
)
def test_whole_numbers_are_translated(given, expected):
    values = [p["depth"] for p in drawn(Fragile(), {"depth": given}, n_iter=300)]
    found, counts = np.unique(values, return_counts=True)
    assert found.tolist() == expected
    assert {type(v) for v in values} == {int}
    if not hasattr(given, "dist") or given.dist.name != "binom":
        assert stats.chisquare(counts).pvalue > 0.01


@pytest.mark.parametrize(
    ("space", "message"),
    [
        (
            {"alhpa": [1.0]},
            "'alhpa' is not a parameter of Ridge. The nearest right name is 'alpha'",
        ),
        ({"_b": {"alfa": 1.0}}, "'alfa' is not a parameter"),
        ({"_b": hp.choice("b", [{"alpha": 1.0}, {"alha": 1}])}, "'alha' is not a parameter"),
        ({"alpha": 1.0, "_b": {"alpha": 2.0}}, r"could set \['alpha'\] twice"),
        (
            {"alpha": 1.0, "_b": hp.choice("b", [{}, {"alpha": 2.0}])},
            r"could set \['alpha'\] twice",
        ),
        ({"alpha": []}, "the list of values for 'alpha' must not be empty"),
        ([], "a list must hold one or more dicts"),
        ({"alpha": hp.uniform("a", 0, 1), "tol": hp.uniform("a", 0, 1)}, "needs its own label"),
        ({1: [2]}, "parameter names must be str"),
        (hp.uniform("a", 0, 1), "a branch must be a dict of parameters"),
    ],
)
def test_bad_spaces_fail_before_the_first_fit(space, message):
    class Never(Ridge):
        def fit(self, X, y, sample_weight=None):
            raise AssertionError("fitted")

    Never.__name__ = "Ridge"
    with pytest.raises(ValueError, match=message):
        HyperoptSearchCV(Never(), space, error_score="raise").fit(X, Y)


def test_a_combination_that_does_not_exist_is_a_failure():
    space = {"model": [Ridge(), LinearRegression()], "model__alpha": [1.0, 2.0]}
    search = HyperoptSearchCV(Pipeline([("model", Ridge())]), space, n_iter=8, random_state=0)
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        results = search.fit(X, Y).cv_results_
    for params, failure in zip(results["params"], results["failure"], strict=True):
        assert isinstance(params["model"], Ridge) == (failure is None)


# Suggestions


@pytest.mark.parametrize("algo", ["tpe", "random", "anneal", tpe.suggest])
def test_algorithms_find_the_optimum_and_repeat(algo):
    kwargs = {"n_iter": 60, "algo": algo, "cv": 2, "random_state": 3}
    search = HyperoptSearchCV(Fragile(), {"alpha": hp.uniform("a", -10, 10)}, **kwargs).fit(X, Y)
    assert abs(search.best_params_["alpha"] - 2.0) < 0.8
    assert_same_search(clone(search).fit(X, Y), search)


def test_tpe_in_batches_of_one_is_hyperopt_itself():
    """With the same seeds, hyperopt's own loop suggests the same points."""
    seeds = [
        int(np.random.SeedSequence((seed, i)).generate_state(5)[0]) % (2**31 - 1)
        for seed in [int(np.random.RandomState(0).randint(2**31 - 1))]
        for i in range(40)
    ]

    class Seeds:
        def integers(self, _):
            return seeds.pop(0)

    space = hp.uniform("a", -10, 10)
    trials = Trials()
    fmin(
        lambda a: abs(a - 2.0),
        space,
        tpe.suggest,
        40,
        trials=trials,
        rstate=Seeds(),
        show_progressbar=False,
    )
    search = HyperoptSearchCV(
        Fragile(), {"alpha": space}, n_iter=40, batch_size=1, cv=2, random_state=0
    ).fit(X, Y)
    assert [p["alpha"] for p in search.cv_results_["params"]] == [
        float(v) for v in trials.vals["a"]
    ]


def test_suggestions_within_a_batch_differ():
    space = {"depth": hp.choice("depth", list(range(12)))}
    search = HyperoptSearchCV(Fragile(), space, n_iter=60, batch_size=4, cv=2, random_state=0)
    depths = [p["depth"] for p in search.fit(X, Y).cv_results_["params"]]
    batches = [depths[i : i + 4] for i in range(0, 60, 4)]
    assert all(len(set(batch)) == 4 for batch in batches)


def test_an_algorithm_may_end_the_search():
    def ten(ids, domain, trials, seed):
        return rand.suggest(ids, domain, trials, seed) if ids[0] < 10 else []

    search = HyperoptSearchCV(Ridge(), LOG_ALPHA, n_iter=30, algo=ten).fit(X, Y)
    assert (len(search.cv_results_["params"]), search.stop_reason_) == (10, "algo")


def test_points_to_evaluate():
    space = {
        "alpha": hp.uniform("a", 0, 9),
        "_k": hp.choice("k", [{}, {"tol": hp.uniform("t", 0, 1)}]),
    }
    points = [{"a": 3.0, "k": 0}, {"a": 4.0, "k": 1, "t": 0.25}]
    search = HyperoptSearchCV(Ridge(), space, n_iter=3, points_to_evaluate=points).fit(X, Y)
    assert search.cv_results_["params"][:2] == [{"alpha": 3.0}, {"alpha": 4.0, "tol": 0.25}]
    for bad, message in [
        ({"a": 3.0}, "'k' must be the position of an option, 0 to 1, got None"),
        ({"a": 3.0, "k": 2}, "0 to 1, got 2"),
        ({"a": 3.0, "k": 1}, r"missing: \['t'\]"),
        ({"a": 3.0, "k": 0, "t": 0.5}, r"not active on the branch taken: \['t'\]"),
        ({"aa": 3.0, "k": 0}, "no label 'aa'. The nearest right label is 'a'"),
    ]:
        with pytest.raises(ValueError, match=r"points_to_evaluate\[0\].*" + message):
            clone(search).set_params(points_to_evaluate=[bad]).fit(X, Y)


def test_trials_of_another_search_inform_this_one():
    first = HyperoptSearchCV(Fragile(), {"alpha": hp.uniform("a", -10, 10)}, n_iter=40, cv=2)
    given = first.set_params(random_state=0).fit(X, Y).trials_
    before = pickle.dumps(given.trials)
    search = clone(first).set_params(trials=given, n_iter=20, random_state=1).fit(X, Y)
    assert pickle.dumps(given.trials) == before
    assert search.cv_results_["trial"].tolist() == list(range(40, 60))
    assert len(search.trials_.trials) == 60
    assert search.best_trial_["tid"] == search.cv_results_["trial"][search.best_index_]
    assert search.best_trial_["result"]["loss"] == -search.best_score_
    # On its own a search begins with 20 random points
    alone = clone(search).set_params(trials=None).fit(X, Y)
    scores = [s.cv_results_["mean_test_score"].mean() for s in (search, alone)]
    assert scores[0] > scores[1]
    with pytest.raises(ValueError, match="trials, trial 0: the space has no label 'a'"):
        clone(search).set_params(space={"alpha": hp.uniform("alpha", 0, 1)}).fit(X, Y)


# Failures


def test_failures_nan_and_infeasible_are_recorded():
    space = {
        "alpha": hp.uniform("a", 0, 5),
        "fault": hp.choice("f", [None, None, "nan", "fit", "infeasible"]),
    }
    search = HyperoptSearchCV(
        Fragile(),
        space,
        n_iter=40,
        batch_size=3,
        cv=2,
        random_state=0,
        is_feasible=lambda params: params["fault"] != "infeasible",
    )
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        results = search.fit(X, Y).cv_results_
    faults = [p["fault"] for p in results["params"]]
    assert set(faults) == {None, "nan", "fit", "infeasible"}
    for i, fault in enumerate(faults):
        record, reason = search.trials_.trials[i]["result"], results["failure"][i]
        assert np.isnan(results["mean_test_score"][i]) == (fault is not None)
        assert ("loss" in record) == (fault is None)
        assert record["status"] == ("fail" if fault else "ok")
        if fault == "nan":
            assert reason == "the score is nan"
        if fault == "infeasible":
            assert reason == "infeasible"
        if fault == "fit":
            alpha = results["params"][i]["alpha"]
            assert f"ValueError: no fit with alpha={alpha}" in reason
    assert search.best_params_["fault"] is None


def test_infeasible_alone_are_no_reason_to_warn():
    search = HyperoptSearchCV(
        Fragile(),
        {"alpha": hp.uniform("a", 0, 5)},
        n_iter=12,
        error_score=0.0,
        is_feasible=lambda params: params["alpha"] < 2,
        random_state=0,
    ).fit(X, Y)
    scores = search.cv_results_["mean_test_score"]
    assert search.best_params_["alpha"] < 2
    np.testing.assert_array_equal(
        np.isnan(scores), [p["alpha"] >= 2 for p in search.cv_results_["params"]]
    )
    assert np.isnan(scores).any()


@pytest.mark.parametrize(
    ("fault", "reason"), [("fit", "no fit with alpha="), ("nan", "the score is nan")]
)
def test_nothing_worked(fault, reason):
    space = {"alpha": hp.uniform("a", 0, 1), "fault": fault}
    with pytest.raises(ValueError, match=f"None of the 6 trials worked(.|\n)*{reason}"):
        HyperoptSearchCV(Fragile(), space, n_iter=6).fit(X, Y)


def test_metrics_of_failed_batches():
    space = {"alpha": hp.uniform("a", 0, 1), "fault": hp.choice("f", [None, "fit"])}
    search = HyperoptSearchCV(
        Fragile(),
        space,
        n_iter=12,
        batch_size=1,
        cv=2,
        scoring={"r2": "r2", "mse": "neg_mean_squared_error"},
        refit="mse",
        return_train_score=True,
        random_state=0,
    )
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        results = search.fit(X, Y).cv_results_
    failed = np.array([reason is not None for reason in results["failure"]])
    assert 0 < failed.sum() < 12
    for name in ("mean_test_r2", "mean_test_mse", "mean_train_mse", "mean_fit_time"):
        np.testing.assert_array_equal(np.isnan(results[name]), failed)
    losses = np.array(search.trials_.losses(), dtype=float)
    np.testing.assert_array_equal(losses, -results["mean_test_mse"])


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


# Long runs


def long_search(**kwargs):
    settings = {"n_iter": 30, "cv": 3, "random_state": 0, **kwargs}
    return HyperoptSearchCV(Ridge(), LOG_ALPHA, **settings)


def test_resumed_search_is_the_uninterrupted_one(tmp_path):
    path = tmp_path / "search.pkl"
    straight = long_search().fit(X, Y)
    for n_iter in (1, 6, 23, 30):
        resumed = long_search(n_iter=n_iter, checkpoint=path).fit(X, Y)
        assert len(resumed.cv_results_["params"]) == n_iter
    assert_same_search(resumed, straight)
    assert [p.name for p in tmp_path.iterdir()] == ["search.pkl"]


def test_finished_search_is_read_from_its_checkpoint(tmp_path):
    path = tmp_path / "search.pkl"
    first = long_search(checkpoint=path).fit(X, Y)
    assert_same_search(long_search(checkpoint=path).fit(X, Y), first)


@pytest.mark.parametrize("cv", [KFold(3, shuffle=True), ShuffleSplit(3)])
def test_resumed_search_keeps_random_folds(tmp_path, cv):
    path = tmp_path / "search.pkl"
    first = long_search(cv=cv, n_iter=8, checkpoint=path).fit(X, Y)
    resumed = long_search(cv=cv, n_iter=12, checkpoint=path).fit(X, Y)
    start = resumed.cv_results_["split0_test_score"]
    np.testing.assert_array_equal(start[:8], first.cv_results_["split0_test_score"])
    alpha = resumed.cv_results_["params"][11]["alpha"]
    rebuilt = long_search(cv=cv, n_iter=12, checkpoint=path)
    rebuilt.fit(X, Y)
    assert resumed.cv_results_["params"] == rebuilt.cv_results_["params"]
    assert alpha == rebuilt.cv_results_["params"][11]["alpha"]


OTHERS = {
    "space": {"space": {"alpha": hp.loguniform("alpha", -5, 6)}},
    "estimator": {"estimator": Ridge(fit_intercept=False)},
    "folds": {"cv": 4},
    "scoring": {"scoring": "r2"},
    "algo": {"algo": "random"},
    "batch_size": {"batch_size": 2},
    "random_state": {"random_state": 1},
}


@pytest.mark.parametrize("what", OTHERS)
def test_checkpoint_of_another_search_is_refused(tmp_path, what):
    path = tmp_path / "search.pkl"
    long_search(n_iter=4, checkpoint=path).fit(X, Y)
    other = long_search(n_iter=4, checkpoint=path).set_params(**OTHERS[what])
    with pytest.raises(ValueError, match=rf"search\.pkl.* another search.*{what}"):
        other.fit(X, Y)


def test_checkpoint_of_other_data_is_refused(tmp_path):
    path = tmp_path / "search.pkl"
    search = long_search(n_iter=4, checkpoint=path).fit(X, Y)
    changed = X.copy()
    changed[0, 0] += 1
    with pytest.raises(ValueError, match=r"these differ: X\."):
        search.fit(changed, Y)
    with pytest.raises(ValueError, match=r"these differ: y\."):
        search.fit(X, Y + 1)
    with pytest.raises(ValueError, match=r"these differ: fit parameters\."):
        search.fit(X, Y, sample_weight=np.ones(60))


@pytest.mark.parametrize("kind", [pd.DataFrame, sparse.csr_matrix, np.asarray])
def test_checkpoint_knows_the_same_data_again(tmp_path, kind):
    path = tmp_path / "search.pkl"
    long_search(n_iter=4, checkpoint=path).fit(kind(X), Y)
    again = kind(X.copy())
    if sparse.issparse(again):
        again.has_sorted_indices  # noqa: B018 - scipy keeps the answer in the object
    if isinstance(again, pd.DataFrame):
        again.columns.get_loc(0)
    assert len(long_search(n_iter=8, checkpoint=path).fit(again, Y).cv_results_["params"]) == 8


@pytest.mark.parametrize("content", [b"", b"nonsense", pickle.dumps({"a": 1})])
def test_unreadable_checkpoint(tmp_path, content):
    path = tmp_path / "search.pkl"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"checkpoint .*search\.pkl"):
        long_search(checkpoint=path).fit(X, Y)
    assert path.read_bytes() == content


KILLED = textwrap.dedent(
    """
    import os, signal, sys
    import joblib
    from hyperopt import hp
    from sklearn.datasets import make_regression
    from sklearn.linear_model import Ridge
    from skxpresso.search._search import HyperoptSearchCV

    n_seen, kill_at = 0, None

    def feasible(params):
        global n_seen
        n_seen += 1
        if n_seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return True

    X, y = make_regression(60, 5, noise=5.0, random_state=0)

    def search(**kwargs):
        space = {"alpha": hp.loguniform("alpha", -5, 5)}
        return HyperoptSearchCV(
            Ridge(), space, n_iter=30, cv=3, random_state=0, is_feasible=feasible, **kwargs
        ).fit(X, y)

    if __name__ == "__main__":
        kill_at = 19
        path, n_jobs, address = sys.argv[1:]
        if address:
            from distributed import Client
            client = Client(address)
        with joblib.parallel_config("dask" if address else "loky"):
            search(checkpoint=path, n_jobs=int(n_jobs))
    """
)


def kill_and_resume(tmp_path, n_jobs, address=""):
    """Run a search that is killed in its fifth batch, take it up again, compare."""
    script, path = tmp_path / "killed.py", tmp_path / "search.pkl"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(path), str(n_jobs), address]
    root = os.path.dirname(os.path.dirname(__file__))
    dead = subprocess.run(command, env={**os.environ, "PYTHONPATH": root}, timeout=60, check=False)
    assert dead.returncode == -signal.SIGKILL
    namespace = {"__name__": "killed"}
    exec(compile(KILLED, str(script), "exec"), namespace)
    straight = namespace["search"]()
    namespace["n_seen"] = 0
    resumed = namespace["search"](checkpoint=path, n_jobs=n_jobs)
    assert namespace["n_seen"] == 30 - 16  # the four batches before were kept
    assert_same_search(resumed, straight)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_killed_and_resumed(tmp_path, n_jobs):
    kill_and_resume(tmp_path, n_jobs)


class Interrupt:
    """A hyperopt algorithm during which somebody presses Ctrl-C."""

    def __init__(self, at):
        self.at = at

    def __call__(self, ids, domain, trials, seed):
        if ids[0] == self.at:
            self.at = None
            raise KeyboardInterrupt
        return tpe.suggest(ids, domain, trials, seed)

    def __repr__(self):
        return "Interrupt"


def test_interrupt_keeps_what_was_found(tmp_path):
    path = tmp_path / "search.pkl"
    straight = long_search(algo=Interrupt(None)).fit(X, Y)
    search = long_search(algo=Interrupt(14), checkpoint=path)
    with pytest.warns(UserWarning, match=r"after 12 of 30 trials.*fit again with checkpoint="):
        search.fit(X, Y)
    assert (len(search.cv_results_["params"]), search.stop_reason_) == (12, "interrupted")
    assert search.predict(X).shape == (60,)
    assert_same_search(long_search(algo=Interrupt(None), checkpoint=path).fit(X, Y), straight)


def test_interrupt_and_warm_start():
    straight = long_search(algo=Interrupt(None)).fit(X, Y)
    search = long_search(algo=Interrupt(14))
    with pytest.warns(UserWarning, match="set warm_start=True and fit again"):
        search.fit(X, Y)
    assert_same_search(search.set_params(warm_start=True).fit(X, Y), straight)
    early = long_search(algo=Interrupt(2))
    with pytest.raises(KeyboardInterrupt):
        early.fit(X, Y)
    assert_same_search(early.fit(X, Y), straight)


def test_warm_start():
    search = long_search(n_iter=10, warm_start=True).fit(X, Y)
    assert_same_search(search.set_params(n_iter=30).fit(X, Y), long_search().fit(X, Y))
    with pytest.raises(ValueError, match=r"the fit before .*these differ: y"):
        search.fit(X, Y + 1)
    cold = search.set_params(warm_start=False, n_iter=10).fit(X, Y)
    assert len(cold.cv_results_["params"]) == 10
    assert len(cold.trials_.trials) == 10


def test_timeout_and_patience():
    quick = long_search(n_iter=10_000, timeout=0.3)
    start = time.monotonic()
    quick.fit(X, Y)
    assert time.monotonic() - start < 5
    assert quick.stop_reason_ == "timeout"
    patient = long_search(n_iter=10_000, patience=10, batch_size=1).fit(X, Y)
    assert patient.stop_reason_ == "patience"
    # The first best, then ten more
    scores = patient.cv_results_["mean_test_score"]
    assert len(scores) == scores.argmax() + 11


def test_progress_bar(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes any stream for a terminal then
    long_search(n_iter=8, verbose=1, timeout=1000).fit(X, Y)
    out, err = capsys.readouterr()
    assert out == ""
    printed = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", err)
    assert "8/8" in printed
    assert "best: 0.9" in printed
    assert "0 failed" in printed
    assert "Fitting" not in printed
    long_search(n_iter=8).fit(X, Y)
    monkeypatch.delenv("FORCE_COLOR")
    long_search(n_iter=8, verbose=1).fit(X, Y)  # no terminal
    assert capsys.readouterr() == ("", "")


# Parallel


def test_results_do_not_depend_on_the_number_of_workers():
    one = long_search(n_iter=24).fit(X, Y)
    for n_jobs, pre_dispatch in ((2, "2*n_jobs"), (2, 1)):
        two = long_search(n_iter=24, n_jobs=n_jobs, pre_dispatch=pre_dispatch).fit(X, Y)
        assert_same_search(two, one)


def test_batch_size_from_the_workers():
    """Two fits per candidate: seven workers are kept busy by four candidates."""
    sizes = []

    class Recorder(HyperoptSearchCV):
        def _format_results(self, candidate_params, n_splits, out, more_results=None):
            sizes.append(more_results["batch"].count(more_results["batch"][-1]))
            return super()._format_results(candidate_params, n_splits, out, more_results)

    with parallel_config("threading"):
        Recorder(Ridge(), LOG_ALPHA, n_iter=10, cv=2, n_jobs=7, batch_size="workers").fit(X, Y)
    assert sizes == [4, 4, 2]


@pytest.fixture(scope="module")
def dask_client():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


class Where(Fragile):
    """Its score is the process that it was made in."""

    def score(self, X, y):
        return os.getpid()


def test_dask(dask_client, tmp_path, monkeypatch):
    scattered = []
    scatter = type(dask_client).scatter

    def recording(self, data, *args, **kwargs):
        scattered.append(data)
        return scatter(self, data, *args, **kwargs)

    monkeypatch.setattr(type(dask_client), "scatter", recording)
    expected = long_search(n_iter=24).fit(X, Y)
    with parallel_config("dask"):
        found = long_search(n_iter=24).fit(X, Y)
        pids = as_grid(Where(), {"alpha": list(range(20))}, refit=False, cv=2).fit(X, Y)
    assert_same_search(found, expected)
    processes = {pids.cv_results_[f"split{i}_test_score"][k] for i in range(2) for k in range(20)}
    workers = {info["pid"] for info in dask_client.run(lambda: {"pid": os.getpid()}).values()}
    assert {int(pid) for pid in processes} == workers
    assert len(workers) == 2
    # In each of the two searches X went out once, whatever the number of batches
    sent = [data for data in scattered if data is X or (isinstance(data, list) and data[0] is X)]
    assert len(sent) == 2


def test_dask_killed_and_resumed(dask_client, tmp_path):
    kill_and_resume(tmp_path, 2, dask_client.scheduler.address)


# Pictures


def test_plots(monkeypatch):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    space = {
        "units": hp.choice("u", [(4,), (4, 8)]),
        "alpha": hp.loguniform("a", -5, 5),
        "fault": hp.choice("f", [None, "nan"]),
    }
    search = HyperoptSearchCV(Layers(), space, n_iter=20, cv=2, random_state=0)
    with pytest.raises(NotFittedError):
        search.plot_convergence()
    with pytest.warns(UserWarning, match="non-finite"):
        search.fit(X, Y)
    scores = search.cv_results_["mean_test_score"]
    ax = search.plot_convergence()
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), scores)
    expected = pd.Series(scores).cummax().ffill()
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), expected)
    assert search.plot_convergence(ax) is ax
    figure = search.plot_parameters()
    shown = [ax.get_xlabel() for ax in figure.axes if ax.axison]
    # units[0] is 4 in every trial, and no trial with a fault has a score
    assert shown == ["alpha", "units[1]"]
    plt.close("all")
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="needs matplotlib"):
        search.plot_convergence()


def test_html():
    search = long_search(n_iter=4)
    assert "best score" not in search._repr_html_()
    html = search.fit(X, Y)._repr_html_()
    assert f"{search.best_score_:.6g}" in html
    assert repr(search.best_params_["alpha"]) in html


def test_search_imports_neither_keras_nor_the_rest():
    code = (
        "import sys, skxpresso.search._search, skxpresso.search.spaces;"
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('keras', 'tensorflow', 'scikeras', 'matplotlib', 'distributed')])"
    )
    root = os.path.dirname(os.path.dirname(__file__))
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
