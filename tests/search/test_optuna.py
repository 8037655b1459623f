"""Suggestions of Optuna: in the ranges of hyperopt, on its branches, and better than by chance."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hyperopt import hp, rand, tpe
from hyperopt.base import Domain
from sklearn.linear_model import Ridge

from skxpresso import make_xpresso_pipeline
from skxpresso.search import HyperoptSearchCV, xpresso_search_space
from skxpresso.search._optuna import _scale, suggest
from skxpresso.search._records import as_trials, finished, pending, values_of
from skxpresso.search._space import check_values, compile_space
from tests.search.toys import LOG_ALPHA, X, Y

DISTRIBUTIONS = {
    "choice": hp.choice("v", [1, 2, 3]),
    "pchoice": hp.pchoice("v", [(0.5, 1), (0.0, 2), (0.5, 3)]),
    "randint": hp.randint("v", 4),
    "randint of two": hp.randint("v", 3, 7),
    "uniform": hp.uniform("v", -2, 5),
    "quniform": hp.quniform("v", -1, 3, 0.5),
    "uniformint": hp.uniformint("v", 1, 4),
    "loguniform": hp.loguniform("v", -3, 2),
    "loguniform from 0 on": hp.loguniform("v", -800, 2),
    "qloguniform": hp.qloguniform("v", 0, 4, 2),
    "normal": hp.normal("v", 3, 2),
    "qnormal": hp.qnormal("v", 3, 2, 1),
    "normal without spread": hp.normal("v", 3, 0),
    "lognormal": hp.lognormal("v", 0, 1),
    "qlognormal": hp.qlognormal("v", 1, 0.5, 1),
}
COUNTED = {name for name in DISTRIBUTIONS if "int" in name or "q" in name or "choice" in name}


def domain_of(space):
    return Domain(lambda _: 0.0, space)


def draws(algorithm, space, n, **how):
    domain = domain_of(space)
    records = [algorithm([i], domain, as_trials([]), i, **how)[0] for i in range(n)]
    return np.array([np.asarray(values_of(record)["v"]).item() for record in records])


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_draws_are_what_hyperopt_draws(name):
    space = {"v": DISTRIBUTIONS[name]}
    ours, theirs = draws(suggest, space, 300), draws(rand.suggest, space, 300)
    assert type(ours[0]) is type(theirs[0])
    if name in COUNTED:
        common = [v for v in np.unique(theirs) if np.mean(theirs == v) > 0.05]
        assert set(common) <= set(ours)
    if "normal" not in name:
        low, high = theirs.min(), theirs.max()
        slack = 0 if name in COUNTED else 0.05 * (high - low)
        assert low - slack <= ours.min()
        assert ours.max() <= high + slack
    assert abs(np.median(ours) - np.median(theirs)) <= 0.35 * theirs.std() + (name in COUNTED)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_values_find_their_way_back(name):
    scale = _scale(domain_of({"v": DISTRIBUTIONS[name]}).params["v"])
    for value in draws(rand.suggest, {"v": DISTRIBUTIONS[name]}, 50).tolist():
        place = scale.place(value)
        assert scale.distribution._contains(scale.distribution.to_internal_repr(place))
        assert scale.value(place) == pytest.approx(value, rel=1e-9)


def test_every_point_has_the_labels_of_its_branches():
    domain = compile_space(xpresso_search_space(), make_xpresso_pipeline())
    records = []
    for i in range(40):
        record = suggest([i], domain, as_trials(records), i, n_startup_jobs=10)[0]
        check_values(domain, values_of(record), "suggestion")
        loss = None if i % 5 == 0 else float(len(values_of(record)))
        records.append(pending(record) if i == 30 else finished(record, loss))
    depths = [values_of(record)["numconvlayers"] for record in records]
    assert depths[20:].count(0) > 15  # the fewer labels, the better


def test_parameters_are_seen_together():
    """Two numbers should be alike, whatever they are; hyperopt draws one at a time."""
    space = domain_of({"a": hp.uniform("a", 0, 1), "b": hp.uniform("b", 0, 1)})

    def drawn(algorithm, known, n):
        records = [algorithm([i], space, as_trials(known), i)[0] for i in range(n)]
        return records, np.array([[values_of(record)[name] for name in "ab"] for record in records])

    records, points = drawn(rand.suggest, [], 100)
    losses = np.abs(points[:, 0] - points[:, 1]).tolist()
    known = [finished(record, loss) for record, loss in zip(records, losses, strict=True)]
    ours, theirs = (drawn(algorithm, known, 40)[1] for algorithm in (suggest, tpe.suggest))
    assert np.corrcoef(ours.T)[0, 1] > 0.5 > np.corrcoef(theirs.T)[0, 1]
    assert np.median(np.abs(np.diff(ours))) < 0.3 * np.median(losses)


@pytest.mark.parametrize("resource", [None, "n_samples"])
def test_a_search_repeats_exactly_in_any_number_of_workers(resource):
    def scores(n_jobs):
        search = HyperoptSearchCV(
            Ridge(), LOG_ALPHA, algo="optuna", n_iter=14, cv=3, resource=resource, random_state=0
        )
        return search.set_params(n_jobs=n_jobs).fit(X, Y).cv_results_["mean_test_score"]

    np.testing.assert_array_equal(scores(1), scores(2))


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    monkeypatch.delitem(sys.modules, "skxpresso.search._optuna")
    with pytest.raises(ImportError, match=r'algo=\'optuna\' needs .*"skxpresso\[optuna\]"'):
        HyperoptSearchCV(Ridge(), LOG_ALPHA, algo="optuna", n_iter=2).fit(X, Y)


def test_bounds_that_are_drawn_are_refused():
    space = {"alpha": hp.uniform("a", 0, hp.uniform("b", 1, 2))}
    with pytest.raises(ValueError, match=r"space: algo='optuna' needs numbers .* of 'a'"):
        HyperoptSearchCV(Ridge(), space, algo="optuna", n_iter=2).fit(X, Y)
