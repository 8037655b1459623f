"""Long runs: taken up again after an end, a kill or an interrupt, with the same result."""

import re
import time

import numpy as np
import pandas as pd
import pytest
from hyperopt import hp, tpe
from scipy import sparse
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    KFold,
    ShuffleSplit,
)

from tests.search.toys import X, Y, assert_same_search, kill_and_resume, long_search

# Long runs


def test_resumed_search_is_the_uninterrupted_one(tmp_path):
    path = tmp_path / "search.safetensors"
    straight = long_search().fit(X, Y)
    for n_iter in (1, 6, 23, 30):
        resumed = long_search(n_iter=n_iter, checkpoint=path).fit(X, Y)
        assert len(resumed.cv_results_["params"]) == n_iter
    assert_same_search(resumed, straight)
    assert [p.name for p in tmp_path.iterdir()] == ["search.safetensors"]


def test_finished_search_is_read_from_its_checkpoint(tmp_path):
    path = tmp_path / "search.safetensors"
    first = long_search(checkpoint=path).fit(X, Y)
    assert_same_search(long_search(checkpoint=path).fit(X, Y), first)


@pytest.mark.parametrize("cv", [KFold(3, shuffle=True), ShuffleSplit(3)])
def test_resumed_search_keeps_random_folds(tmp_path, cv):
    path = tmp_path / "search.safetensors"
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
    path = tmp_path / "search.safetensors"
    long_search(n_iter=4, checkpoint=path).fit(X, Y)
    other = long_search(n_iter=4, checkpoint=path).set_params(**OTHERS[what])
    with pytest.raises(ValueError, match=rf"search\.safetensors.* another search.*{what}"):
        other.fit(X, Y)


def test_checkpoint_of_other_data_is_refused(tmp_path):
    path = tmp_path / "search.safetensors"
    search = long_search(n_iter=4, checkpoint=path).fit(X, Y)
    changed = X.copy()
    changed[0, 0] += 1
    with pytest.raises(ValueError, match=r"differs in: X;"):
        search.fit(changed, Y)
    with pytest.raises(ValueError, match=r"differs in: y;"):
        search.fit(X, Y + 1)
    with pytest.raises(ValueError, match=r"differs in: fit parameters;"):
        search.fit(X, Y, sample_weight=np.ones(60))


@pytest.mark.parametrize("kind", [pd.DataFrame, sparse.csr_matrix, np.asarray])
def test_checkpoint_knows_the_same_data_again(tmp_path, kind):
    path = tmp_path / "search.safetensors"
    long_search(n_iter=4, checkpoint=path).fit(kind(X), Y)
    again = kind(X.copy())
    if sparse.issparse(again):
        again.has_sorted_indices  # noqa: B018 - scipy keeps the answer in the object
    if isinstance(again, pd.DataFrame):
        again.columns.get_loc(0)
    assert len(long_search(n_iter=8, checkpoint=path).fit(again, Y).cv_results_["params"]) == 8


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_killed_and_resumed(tmp_path, n_jobs):
    kill_and_resume(tmp_path, n_jobs)


PRESSED = {"at": None}


def interrupted(ids, domain, trials, seed):
    """Suggest as TPE does, until somebody presses Ctrl-C."""
    if ids[0] == PRESSED["at"]:
        PRESSED["at"] = None
        raise KeyboardInterrupt
    return tpe.suggest(ids, domain, trials, seed)


@pytest.fixture
def press(monkeypatch):
    return lambda at: monkeypatch.setitem(PRESSED, "at", at)


def test_interrupt_keeps_what_was_found(tmp_path, press):
    path = tmp_path / "search.safetensors"
    straight = long_search(algo=interrupted).fit(X, Y)
    search = long_search(algo=interrupted, checkpoint=path)
    press(14)
    with pytest.warns(UserWarning, match=r"after 12 of 30 trials.*fit again with checkpoint="):
        search.fit(X, Y)
    assert (len(search.cv_results_["params"]), search.stop_reason_) == (12, "interrupted")
    assert search.predict(X).shape == (60,)
    assert_same_search(long_search(algo=interrupted, checkpoint=path).fit(X, Y), straight)


def test_interrupt_and_warm_start(press):
    straight = long_search(algo=interrupted).fit(X, Y)
    search = long_search(algo=interrupted)
    press(14)
    with pytest.warns(UserWarning, match="set warm_start=True and fit again"):
        search.fit(X, Y)
    assert_same_search(search.set_params(warm_start=True).fit(X, Y), straight)
    early = long_search(algo=interrupted)
    press(2)
    with pytest.raises(KeyboardInterrupt):
        early.fit(X, Y)
    assert_same_search(early.fit(X, Y), straight)


def test_warm_start():
    search = long_search(n_iter=10, warm_start=True).fit(X, Y)
    assert_same_search(search.set_params(n_iter=30).fit(X, Y), long_search().fit(X, Y))
    with pytest.raises(ValueError, match=r"the fit before .*differs in: y"):
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
