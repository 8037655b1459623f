"""Search spaces: what hyperopt draws becomes parameters; what cannot is refused before a fit."""

import numpy as np
import pytest
from hyperopt import hp
from scipy import stats
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeRegressor

from skxpresso.search._search import HyperoptSearchCV
from tests.search.toys import Fragile, Layers, X, Y

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
            "'alhpa' is not a parameter of Ridge; the nearest name is 'alpha'",
        ),
        ({"_b": {"alfa": 1.0}}, "'alfa' is not a parameter"),
        ({"_b": hp.choice("b", [{"alpha": 1.0}, {"alha": 1}])}, "'alha' is not a parameter"),
        ({"alpha": 1.0, "_b": {"alpha": 2.0}}, r"could set 'alpha' twice"),
        (
            {"alpha": 1.0, "_b": hp.choice("b", [{}, {"alpha": 2.0}])},
            r"could set 'alpha' twice",
        ),
        ({"alpha": []}, "the list of values for 'alpha' must not be empty"),
        ({"alpha": range(3, 3)}, "the range of values for 'alpha' must not be empty"),
        ({"alpha": stats.multivariate_normal()}, "a scipy.stats distribution with a ppf method"),
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
    with pytest.raises((ValueError, TypeError), match=message):
        HyperoptSearchCV(Never(), space, error_score="raise").fit(X, Y)


def test_a_range_of_one_number_is_that_number():
    search = HyperoptSearchCV(Ridge(), {"max_iter": range(7, 8)}, n_iter=3, cv=2).fit(X, Y)
    assert search.cv_results_["params"] == [{"max_iter": 7}]


def test_a_combination_that_does_not_exist_is_a_failure():
    space = {"model": [Ridge(), LinearRegression()], "model__alpha": [1.0, 2.0]}
    search = HyperoptSearchCV(Pipeline([("model", Ridge())]), space, n_iter=8, random_state=0)
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        results = search.fit(X, Y).cv_results_
    for params, failure in zip(results["params"], results["failure"], strict=True):
        assert isinstance(params["model"], Ridge) == (failure is None)
