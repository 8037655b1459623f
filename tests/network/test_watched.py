"""Callbacks of scikit-learn see every epoch, alone and inside a search."""

from __future__ import annotations

from collections import Counter

import numpy as np
from sklearn.callback import ScoringMonitor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from skxpresso import XpressoRegressor
from skxpresso.search import HyperoptSearchCV


class Tasks:
    """Counts what begins and what ends; may ask to stop after so many epochs."""

    max_propagation_depth = None

    def __init__(self, stop_after=None):
        self.begun, self.ended, self.stop_after = Counter(), Counter(), stop_after
        self.predictions = []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.begun[context.task_name] += 1

    def on_fit_task_end(self, estimator, context, *, X, fitted_estimator):
        self.ended[context.task_name] += 1
        if context.task_name == "epoch" and fitted_estimator is not None:
            self.predictions.append(fitted_estimator.predict(X))
        return context.task_name == "epoch" and self.ended["epoch"] == self.stop_after


def test_every_epoch_is_told_with_what_it_predicts(X, y, tiny):
    tasks = Tasks()
    settings = tiny | {"epochs": 3, "n_estimators": 2, "validation_fraction": 0}
    model = XpressoRegressor(**settings).set_callbacks(tasks).fit(X, y)
    assert tasks.begun == tasks.ended == {"fit": 1, "network": 2, "training": 2, "epoch": 6}
    plain = XpressoRegressor(**settings).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), plain.predict(X))
    last = (tasks.predictions[2] + tasks.predictions[5]) / 2  # without validation the last is kept
    np.testing.assert_allclose(last, model.predict(X), rtol=1e-5)
    assert not hasattr(model, "_callback_fit_ctx")


def test_a_callback_can_stop_training(X, y, tiny):
    model = XpressoRegressor(**tiny | {"epochs": 5}).set_callbacks(Tasks(stop_after=2)).fit(X, y)
    assert len(model.history_["loss"]) == 2


def test_scoring_monitor(X, y, tiny):
    monitor = ScoringMonitor(scoring="r2")
    XpressoRegressor(**tiny | {"validation_fraction": 0}).set_callbacks(monitor).fit(X, y)
    log = monitor.get_logs(select="most_recent").data_as_pandas
    scores = log["r2"][log["task_name"] == "epoch"]
    assert len(scores) == 2
    assert scores.is_monotonic_increasing


def test_a_search_hands_callbacks_on():
    X = np.random.default_rng(0).normal(size=(30, 2))
    y, space, found, expected = X[:, 0] > 0, {"C": [0.1, 1.0, 10.0]}, Tasks(), Tasks()
    model = LogisticRegression()
    grid = GridSearchCV(model, space, cv=2).set_callbacks(expected).fit(X, y)
    search = HyperoptSearchCV(model, space, n_iter=3, cv=2, batch_size=2, random_state=0)
    search.set_callbacks(found).fit(X, y)
    assert search.best_score_ == grid.best_score_
    for tasks in (found, expected):  # the refit takes as many steps as its candidate wants
        assert tasks.begun == tasks.ended
        assert tasks.begun.pop("lbfgs-iter") > 7
    assert found.begun == expected.begun | {"batch": 2}
