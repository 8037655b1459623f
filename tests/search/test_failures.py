"""Trials that fail, give NaN or cannot be built are recorded, and do not end the search."""

import numpy as np
import pytest
from hyperopt import hp
from sklearn.exceptions import FitFailedWarning

from skxpresso.search._search import HyperoptSearchCV
from tests.search.toys import Fragile, X, Y

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
    with pytest.raises(ValueError, match=f"none of the 6 trials worked(.|\n)*{reason}"):
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
