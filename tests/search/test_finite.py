"""Finite spaces: every point once, then the end; empty spaces; parameters spliced for fmin."""

import itertools

import numpy as np
import pytest
from hyperopt import Trials, fmin, hp, rand, tpe
from hyperopt.pyll import as_apply
from hyperopt.pyll.stochastic import sample
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV

from skxpresso import xpresso_search_space
from skxpresso.network import XpressoRegressor
from skxpresso.search import HyperoptSearchCV, flatten_params
from skxpresso.search._points import finite_points
from tests.search.toys import Fragile, Layers, X, Y, assert_same_search

ALPHAS = {"alpha": [0.1, 1.0, 10.0], "fit_intercept": [True, False]}


@pytest.mark.parametrize("algo", ["tpe", "random", "anneal"])
@pytest.mark.parametrize("batch_size", [1, 4])
def test_every_point_of_a_finite_space_once(algo, batch_size):
    search = HyperoptSearchCV(
        Ridge(), ALPHAS, n_iter=20, algo=algo, batch_size=batch_size, cv=2, random_state=0
    ).fit(X, Y)
    assert search.stop_reason_ == "exhausted"
    found = [tuple(params.values()) for params in search.cv_results_["params"]]
    assert sorted(found) == sorted(itertools.product(*ALPHAS.values()))
    grid = GridSearchCV(Ridge(), ALPHAS, cv=2).fit(X, Y)
    assert search.best_params_ == grid.best_params_
    assert search.best_score_ == grid.best_score_
    assert_same_search(clone(search).fit(X, Y), search)


def test_a_finite_space_that_is_not_tried_whole():
    search = HyperoptSearchCV(Ridge(), ALPHAS, n_iter=4, cv=2, random_state=0).fit(X, Y)
    assert search.stop_reason_ == "n_iter"
    assert len({tuple(p.values()) for p in search.cv_results_["params"]}) == 4


def test_many_points_are_not_repeated():
    # TPE alone would come back to the best of them again and again
    space = {"depth": range(400)}
    search = HyperoptSearchCV(Fragile(), space, n_iter=60, cv=2, random_state=0).fit(X, Y)
    depths = [params["depth"] for params in search.cv_results_["params"]]
    assert len(set(depths)) == 60


def test_resumed_finite_search_is_the_uninterrupted_one(tmp_path):
    kwargs = {"cv": 2, "random_state": 0}
    straight = HyperoptSearchCV(Ridge(), ALPHAS, n_iter=20, **kwargs).fit(X, Y)
    for n_iter in (1, 5, 20, 20):
        resumed = HyperoptSearchCV(
            Ridge(), ALPHAS, n_iter=n_iter, checkpoint=tmp_path / "search", **kwargs
        ).fit(X, Y)
    assert_same_search(resumed, straight)
    assert resumed.stop_reason_ == "exhausted"


@pytest.mark.parametrize("space", [{}, {"alpha": 2.0}, {"alpha": [2.0]}])
@pytest.mark.parametrize("algo", ["tpe", "anneal"])
def test_one_candidate(space, algo):
    search = HyperoptSearchCV(Ridge(), space, algo=algo, cv=2).fit(X, Y)
    grid = GridSearchCV(Ridge(), {k: [2.0] for k in space}, cv=2).fit(X, Y)
    assert search.cv_results_["params"] == [dict.fromkeys(space, 2.0)]
    assert search.best_score_ == grid.best_score_
    assert search.stop_reason_ == "exhausted"
    assert search.best_trial_["tid"] == 0
    assert search.plot_parameters().axes
    assert "exhausted" in search._repr_html_()


SPACES = {
    "choice": ({"a": hp.choice("a", [1, 2, 3])}, 3),
    "pchoice": ({"a": hp.pchoice("a", [(0.5, 1), (0.0, 2), (0.5, 3)])}, 2),
    "randint": ({"a": hp.randint("a", 5)}, 5),
    "randint from": ({"a": hp.randint("a", 2, 7)}, 5),
    "quniform": ({"a": hp.quniform("a", 0, 1, 0.25)}, 5),
    "qloguniform": ({"a": hp.qloguniform("a", 0, 2, 1)}, 7),
    "uniformint": ({"a": hp.uniformint("a", 1, 5)}, 5),
    "branches": (
        {"_b": hp.choice("b", [{}, {"a": hp.choice("a", [1, 2])}, {"c": hp.randint("c", 3)}])},
        1 + 2 + 3,
    ),
    "one label twice": ({"a": hp.randint("a", 4), "b": hp.randint("a", 4)}, None),
    "tuples": ({"a": (hp.randint("a", 2), hp.randint("b", 3))}, 6),
}


@pytest.mark.parametrize("case", [case for case in SPACES if SPACES[case][1]])
def test_points_are_those_that_hyperopt_draws(case):
    space, n = SPACES[case]
    points = finite_points(as_apply(space))
    assert len(points) == n
    drawn = rand.suggest  # hyperopt's own algorithm, which draws labels
    trials = Trials()
    fmin(
        lambda _: 0.0,
        space,
        drawn,
        200,
        trials=trials,
        rstate=np.random.default_rng(0),
        show_progressbar=False,
    )
    seen = {
        tuple(sorted((k, float(v[0])) for k, v in trial["misc"]["vals"].items() if v))
        for trial in trials.trials
    }
    assert seen == {tuple(sorted((k, float(v)) for k, v in point.items())) for point in points}


@pytest.mark.parametrize(
    "space",
    [
        {"a": hp.uniform("a", 0, 1)},
        {"a": hp.qnormal("a", 0, 1, 1)},
        {"a": hp.randint("a", 10**9)},
        {f"a{i}": hp.randint(f"a{i}", 10) for i in range(9)},
        {"a": hp.choice("a", [1, hp.loguniform("b", 0, 1)])},
    ],
)
def test_spaces_without_an_end(space):
    assert finite_points(as_apply(space)) is None


def test_a_node_that_stands_twice_is_one_label():
    a = hp.randint("a", 4)
    assert len(finite_points(as_apply({"x": a, "y": (a, hp.randint("b", 2))}))) == 8


# flatten_params


def test_fmin_on_our_space_sets_our_parameters():
    space = xpresso_search_space(600)
    rng = np.random.default_rng(0)
    for _ in range(5):
        params = flatten_params(sample(as_apply(space), rng))
        network = {
            name.removeprefix("xpresso__"): value
            for name, value in params.items()
            if name.startswith("xpresso__")
        }
        model = XpressoRegressor().set_params(**network)
        assert len(model.filters) == len(model.pool_sizes)
        assert all(not name.startswith("_") for name in params)


def test_fmin_with_flatten_params_finds_what_the_search_finds():
    space = {"_more": hp.choice("c", [{"alpha": hp.uniform("a", 0, 5)}, {"depth": 4.0}])}

    def loss(drawn):
        params = flatten_params(drawn, Fragile())
        assert not isinstance(params.get("depth"), float)
        return -Fragile().set_params(**params).fit(X, Y).score(X, Y)

    best = fmin(
        loss, space, tpe.suggest, 30, rstate=np.random.default_rng(0), show_progressbar=False
    )
    assert abs(best["a"] - 2) < 0.5


def test_flatten_params_refuses_doubles_and_strangers():
    with pytest.raises(ValueError, match="drawn holds the parameter 'a' twice"):
        flatten_params({"a": 1, "_b": {"a": 2}})
    with pytest.raises(ValueError, match="Invalid parameter 'b'"):
        flatten_params({"b": 1}, Ridge())
    assert flatten_params(({"units": (4.0, 8.0)}, {"depth": np.int64(2)}), Layers()) == {
        "units": (4, 8),
        "depth": 2,
    }


# estimators and scorers that are not as others


class Wants(Fragile):
    """An estimator whose set_params wants an argument."""

    def set_params(self, alpha, **more):
        self.alpha = alpha
        return super().set_params(**more)


def test_set_params_that_wants_an_argument():
    search = HyperoptSearchCV(Wants(), {"alpha": [1.0, 2.0, 3.0]}, cv=2).fit(X, Y)
    assert search.best_params_ == {"alpha": 2.0}
    assert set(search.cv_results_["failure"]) == {None}


def test_is_feasible_that_raises():
    search = HyperoptSearchCV(
        Ridge(), ALPHAS, is_feasible=lambda params: params["beta"], random_state=0
    )
    with pytest.raises(ValueError, match=r"is_feasible raised KeyError: .*beta.* for {'alpha'"):
        search.fit(X, Y)
