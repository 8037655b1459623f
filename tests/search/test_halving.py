"""Halving: the survivors of scikit-learn's search, fits that go on, and what is left behind."""

from __future__ import annotations

import warnings
from itertools import combinations

import numpy as np
import pytest
from hyperopt import hp, rand
from sklearn import config_context
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    GroupKFold,
    HalvingRandomSearchCV,
    KFold,
    cross_val_score,
    cross_validate,
)
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxpresso.search._resuming import growing_part
from skxpresso.search._rungs import Schedule, amounts
from skxpresso.search._search import HyperoptSearchCV
from tests.search.toys import LOG_ALPHA, Fragile, X, Y

DEPTHS = {"max_depth": hp.choice("depth", [2, 3, 4, 5, 6])}


class Rounds(RegressorMixin, BaseEstimator):
    """Approaches the mean of y round by round, as fast as `rate` says; counts its rounds."""

    def __init__(self, rate=0.5, n_estimators=10, warm_start=False, fault=None):
        self.rate = rate
        self.n_estimators = n_estimators
        self.warm_start = warm_start
        self.fault = fault

    def fit(self, X, y):
        begun = self.warm_start and hasattr(self, "value_")
        self.value_, self.done_ = (self.value_, self.done_) if begun else (0.0, 0)
        self.fitted_here_ = self.n_estimators - self.done_
        if self.fault is not None and self.n_estimators >= self.fault:
            raise ValueError("no more rounds")
        for _ in range(self.fitted_here_):
            self.value_ += self.rate * (np.mean(y) - self.value_)
        self.done_ = self.n_estimators
        return self

    def predict(self, X):
        return np.full(len(X), self.value_)

    def score(self, X, y):
        return -abs(self.value_ - 100.0)


RATES = {"rate": hp.uniform("rate", 0.0, 0.05)}


def halving(estimator=None, space=RATES, **kwargs):
    settings = {
        "n_iter": 27,
        "resource": "n_estimators",
        "max_resource": 27,
        "n_brackets": 1,
        "cv": 2,
        "random_state": 0,
        **kwargs,
    }
    return HyperoptSearchCV(Rounds() if estimator is None else estimator, space, **settings)


Y100 = Y * 0 + 100.0


# Where it must agree with scikit-learn


@pytest.mark.parametrize("factor", [2, 3])
def test_survivors_and_scores_of_halving_random_search(factor):
    alphas = np.logspace(-3, 4, factor**3)
    n = 8 * factor**3
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 5))
    y = X.sum(axis=1) + rng.normal(size=n)
    theirs = HalvingRandomSearchCV(
        Ridge(),
        {"alpha": alphas},
        n_candidates=len(alphas),
        factor=factor,
        min_resources=8,
        cv=3,
        random_state=0,
        return_train_score=False,
    ).fit(X, y)
    ours = HyperoptSearchCV(
        Ridge(),
        {"alpha": hp.choice("alpha", alphas.tolist())},
        n_iter=len(alphas),
        points_to_evaluate=[{"alpha": i} for i in range(len(alphas))],
        resource="n_samples",
        min_resource=8,
        reduction_factor=factor,
        n_brackets=1,
        cv=3,
        random_state=0,
    ).fit(X, y)
    assert ours.levels_ == tuple(theirs.n_resources_)
    assert ours.best_params_ == theirs.best_params_
    assert ours.best_score_ == theirs.best_score_
    tables = []
    for results in (ours.cv_results_, theirs.cv_results_):
        order = np.lexsort((results["param_alpha"].astype(float), results["iter"]))
        names = ("iter", "n_resources", "param_alpha", "mean_test_score", "split2_test_score")
        tables.append({name: np.asarray(results[name])[order].tolist() for name in names})
    assert tables[0] == tables[1]


# Which fit comes next


def test_brackets_of_hyperband():
    """The table of Li et al. (2018) for R = 81, eta = 3."""
    schedule = Schedule(amounts(1, 81, 3, 9), 3, 5)
    assert schedule.levels == (1, 3, 9, 27, 81)
    assert [schedule.size(bracket) for bracket in range(6)] == [81, 34, 15, 8, 5, 81]


def test_rows_of_a_search_in_brackets():
    search = halving(n_iter=22, n_brackets=None, max_resource=9).fit(X, Y100)
    results = search.cv_results_
    assert search.levels_ == (1, 3, 9)
    rows = list(zip(results["bracket"], results["iter"], results["n_resources"], strict=True))
    counts = {row: rows.count(row) for row in rows}
    assert counts == {
        (0, 0, 1): 9, (0, 1, 3): 3, (0, 2, 9): 1,
        (1, 0, 3): 5, (1, 1, 9): 2,
        (2, 0, 9): 3,
        (3, 0, 1): 5, (3, 1, 3): 2, (3, 2, 9): 1,
    }  # fmt: skip
    assert len(search.trials_.trials) == 22
    assert results["n_resources"][search.best_index_] == 9
    assert search.best_params_["n_estimators"] == 9
    last = [results["mean_test_score"][i] for i, row in enumerate(rows) if row[2] == 9]
    assert search.best_score_ == max(last)
    losses = dict(zip(results["trial"], -results["mean_test_score"], strict=True))
    assert search.trials_.losses() == [losses[t] for t in range(22)]
    assert search.best_trial_["tid"] == results["trial"][search.best_index_]
    assert set(results["resource"]) == {"n_estimators"}


def test_the_best_of_a_rung_go_up():
    results = halving(Rounds(), algo="random").fit(X, Y100).cv_results_
    for iteration in (1, 2, 3):
        below, here = results["iter"] == iteration - 1, results["iter"] == iteration
        worst = results["mean_test_score"][
            below & np.isin(results["trial"], results["trial"][here])
        ]
        left = results["mean_test_score"][
            below & ~np.isin(results["trial"], results["trial"][here])
        ]
        assert here.sum() == 3 ** (3 - iteration)
        assert worst.min() >= left.max()


def test_candidates_that_fail_or_are_infeasible_stay_below():
    space = {"rate": hp.uniform("rate", 0, 0.05), "fault": hp.choice("fault", [None, 1, 3])}
    search = halving(Rounds(), space, is_feasible=lambda p: p["rate"] > 0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = search.fit(X, Y100).cv_results_
    failed = np.array([reason is not None for reason in results["failure"]])
    assert {"infeasible", "ValueError: no more rounds"} <= set(results["failure"])
    for trial in results["trial"][failed]:
        rows = results["trial"] == trial
        assert results["iter"][rows].max() == results["iter"][rows & failed].min()
    assert results["failure"][search.best_index_] is None


def watching(seen):
    """Make an algorithm that draws at random, and notes the losses from which it would learn."""

    def suggest(ids, domain, trials, seed):
        seen.append([trial["result"].get("loss") for trial in trials.trials])
        return rand.suggest(ids, domain, trials, seed)

    return suggest


def test_suggestions_learn_from_all_candidates_and_those_that_went_further_are_better():
    seen = []
    search = halving(algo=watching(seen), n_iter=54, batch_size=30).fit(X, Y100)
    table = search.cv_results_
    rows = [table[name] for name in ("bracket", "trial", "n_resources", "mean_test_score")]
    reached = {}
    for bracket, trial, amount, score in zip(*rows, strict=True):
        if bracket == 0:
            reached[trial] = max(reached.get(trial, (0, 0.0)), (amount, score))
    assert len(seen[0]) == 0
    assert len(seen[27]) == len(reached) == 27
    for a, b in combinations(range(27), 2):
        assert (seen[27][a] < seen[27][b]) == (reached[a] > reached[b])


def test_trials_of_the_user_count_as_fitted_with_the_most():
    given = HyperoptSearchCV(Rounds(n_estimators=27), RATES, n_iter=3, cv=2, random_state=1)
    given.fit(X, Y100)
    seen = []
    search = halving(algo=watching(seen), n_iter=54, trials=given.trials_).fit(X, Y100)
    top = search.cv_results_["n_resources"] == 27
    first = search.cv_results_["mean_test_score"][top][0]
    assert first not in given.cv_results_["mean_test_score"]
    n_better = np.sum(given.cv_results_["mean_test_score"] > first)
    assert sorted(seen[-1][:3]) == [rank for rank in range(4) if rank != n_better]


# Fits that go on


FORESTS = {
    "forest": (RandomForestRegressor(random_state=0), DEPTHS, "n_estimators"),
    "boosting": (HistGradientBoostingRegressor(random_state=0), DEPTHS, "max_iter"),
    "pipeline": (
        make_pipeline(StandardScaler(), RandomForestRegressor(random_state=0)),
        {f"randomforestregressor__{name}": value for name, value in DEPTHS.items()},
        "randomforestregressor__n_estimators",
    ),
}


@pytest.mark.parametrize("name", FORESTS)
def test_fits_that_went_on_are_those_that_began_anew(name):
    estimator, space, resource = FORESTS[name]
    search = HyperoptSearchCV(
        estimator, space, n_iter=9, resource=resource, max_resource=9, cv=2, random_state=0
    ).fit(X, Y)
    results = search.cv_results_
    assert set(results["n_resumed"][results["iter"] == 0]) == {0}
    up = results["iter"] > 0
    np.testing.assert_array_equal(results["n_resumed"][up] * 3, results["n_resources"][up])
    for i in np.flatnonzero(up)[:4]:
        straight = clone(estimator).set_params(**results["params"][i])
        assert cross_val_score(straight, X, Y, cv=2).mean() == results["mean_test_score"][i]
    assert "warm_start=True" not in repr(search.best_estimator_)


def test_only_the_rounds_that_are_missing_are_fitted():
    counted = []

    class Counting(Rounds):
        def fit(self, X, y):
            super().fit(X, y)
            counted.append(self.fitted_here_)
            return self

    halving(Counting(), refit=False).fit(X, Y100)
    assert sorted(counted) == sorted([1] * 54 + [2] * 18 + [6] * 6 + [18] * 2)


def test_a_resource_that_counts_from_the_last_fit_on():
    model = MLPRegressor(hidden_layer_sizes=(3,), random_state=0, tol=0)
    part = growing_part(make_pipeline(StandardScaler(), model), "mlpregressor__max_iter")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        part.begin(None, 0)
        model.set_params(max_iter=4).fit(X, Y)
        state = part.state()
        again = clone(model).set_params(max_iter=12)
        part = growing_part(again, "max_iter")
        part.begin(state, 4)
        again.fit(X, Y)
        part.end(12)
    assert len(again.loss_curve_) == 12
    assert again.max_iter == 12


BEGIN_ANEW = {
    "no warm start": (Ridge(), "max_iter"),
    "no counter": (RandomForestRegressor(), "max_depth"),
    "cloned by what is around it": (
        TransformedTargetRegressor(RandomForestRegressor()),
        "regressor__n_estimators",
    ),
}


@pytest.mark.parametrize("why", BEGIN_ANEW)
def test_fits_that_cannot_go_on_begin_anew(why):
    assert growing_part(*BEGIN_ANEW[why]) is None


@pytest.mark.slow
def test_networks_go_on_to_the_last_bit(promoters, tiny):
    from skxpresso import OneHotPromoterEncoder, XpressoRegressor

    X, y = promoters.data[["promoter"]], promoters.target
    model = make_pipeline(OneHotPromoterEncoder(), XpressoRegressor(**tiny | {"patience": 2}))
    name = "xpressoregressor__"
    search = HyperoptSearchCV(
        model,
        {f"{name}learning_rate": [0.003, 0.01]},
        n_iter=2,
        points_to_evaluate=[{f"{name}learning_rate": 0}, {f"{name}learning_rate": 1}],
        resource=f"{name}epochs",
        min_resource=2,
        max_resource=4,
        reduction_factor=2,
        n_brackets=1,
        cv=KFold(2),
        refit=False,
    ).fit(X, y)
    results = search.cv_results_
    assert results["n_resumed"].tolist() == [0, 0, 2]
    straight = clone(model).set_params(**results["params"][2])
    assert cross_val_score(straight, X, y, cv=KFold(2)).mean() == results["mean_test_score"][2]


# The rest of the contract


def test_several_metrics_train_scores_and_refit_by_name():
    search = halving(
        RandomForestRegressor(random_state=0),
        DEPTHS,
        n_iter=9,
        max_resource=9,
        scoring=["r2", "neg_mean_absolute_error"],
        refit="neg_mean_absolute_error",
        return_train_score=True,
    ).fit(X, Y)
    results = search.cv_results_
    assert {"mean_train_r2", "rank_test_neg_mean_absolute_error"} <= results.keys()
    last = results["n_resources"] == 9
    assert search.best_score_ == results["mean_test_neg_mean_absolute_error"][last].max()
    assert search.predict(X).shape == Y.shape


def test_refit_by_a_function_sees_all_rows():
    search = halving(refit=lambda results: int(np.argmin(results["n_resources"]))).fit(X, Y100)
    assert search.best_index_ == 0
    assert search.best_params_["n_estimators"] == 1


def test_patience_waits_for_the_end_of_a_bracket():
    search = halving(n_iter=500, patience=5, n_brackets=None, max_resource=9).fit(X, Y100)
    assert search.stop_reason_ == "patience"
    bracket, counts = np.unique(
        search.cv_results_["bracket"][search.cv_results_["iter"] == 0], return_counts=True
    )
    assert counts.tolist() == [[9, 5, 3][b % 3] for b in bracket]


REFUSED = {
    "resource must be 'n_samples' or a parameter .* got 'n_epochs'": {"resource": "n_epochs"},
    "min_resource must be at most max_resource, got 30 and 27": {"min_resource": 30},
    "max_resource must be given, since fault": {"resource": "fault", "max_resource": None},
    "'rate' is the resource": {"resource": "rate", "max_resource": 3},
    "at most the 60 rows, got 61": {"resource": "n_samples", "max_resource": 61},
    "The 'reduction_factor' parameter": {"reduction_factor": 1},
    "min_resource needs a resource": {"resource": None, "max_resource": None, "min_resource": 2},
}


@pytest.mark.parametrize("message", REFUSED)
def test_refused(message):
    with pytest.raises(ValueError, match=message):
        halving(**REFUSED[message]).fit(X, Y100)


def test_ordinary_search_has_no_columns_of_halving():
    search = HyperoptSearchCV(Ridge(), LOG_ALPHA, n_iter=2, cv=2).fit(X, Y)
    assert not {"iter", "n_resources", "bracket"} & search.cv_results_.keys()
    assert not hasattr(search, "levels_")
    assert Fragile().fit(X, Y).mean_ == Y.mean()


def test_nested_with_groups_in_both_loops():
    groups = np.repeat(np.arange(12), 5)
    seen = []

    class Watching(GroupKFold):
        def split(self, X, y=None, groups=None):
            seen.append(len(np.unique(groups)))
            yield from super().split(X, y, groups)

    search = halving(n_iter=9, max_resource=9, cv=Watching(2))
    with config_context(enable_metadata_routing=True):
        scores = cross_validate(
            search, X, Y100, cv=GroupKFold(3), params={"groups": groups}, error_score="raise"
        )["test_score"]
    assert scores.shape == (3,)
    assert set(seen) == {8}  # of the twelve groups, those that are not tested
