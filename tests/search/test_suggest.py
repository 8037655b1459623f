"""Suggestions: hyperopt's own algorithms, points of your own, trials of another search."""

import pickle

import numpy as np
import pytest
from hyperopt import Trials, fmin, hp, rand, tpe
from sklearn.base import clone
from sklearn.linear_model import Ridge

from skxpresso.search._search import HyperoptSearchCV
from tests.search.toys import LOG_ALPHA, Fragile, X, Y, assert_same_search

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
    space = {"depth": hp.choice("depth", list(range(60)))}
    search = HyperoptSearchCV(Fragile(), space, n_iter=60, batch_size=4, cv=2, random_state=0)
    depths = [p["depth"] for p in search.fit(X, Y).cv_results_["params"]]
    assert sorted(depths) == list(range(60))


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
        ({"a": 3.0, "k": 1}, r"no value for the label.s. 't'"),
        ({"a": 3.0, "k": 0, "t": 0.5}, r"does not use the label.s. 't'"),
        ({"aa": 3.0, "k": 0}, "no label 'aa'; the nearest is 'a'"),
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
