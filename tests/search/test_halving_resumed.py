"""Halving that is interrupted, killed or taken up again, and what it leaves on the disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hyperopt import hp
from sklearn.ensemble import RandomForestRegressor

import skxpresso
from skxpresso.search._resuming import StateFolder
from tests.search.test_halving import DEPTHS, Y100, Rounds, halving
from tests.search.toys import X, Y, assert_same_results, assert_same_search


def test_paused_fits_are_few_and_gone_at_the_end(tmp_path, monkeypatch):
    n_files = []
    keep = StateFolder.keep

    def counting(self, fits):
        keep(self, fits)
        n_files.append(len(list(tmp_path.glob("search.fits/*"))))

    monkeypatch.setattr(StateFolder, "keep", counting)
    path = tmp_path / "search"
    search = halving(checkpoint=path).fit(X, Y100)
    assert max(n_files) == 2 * 9  # of 27 candidates, on two folds
    assert [p.name for p in tmp_path.iterdir()] == ["search"]
    again = halving(checkpoint=path).fit(X, Y100)
    assert_same_search(again, search)
    assert [p.name for p in tmp_path.iterdir()] == ["search"]


def test_no_temporary_folder_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    halving().fit(X, Y100)
    with pytest.raises(ValueError, match="none of the"):
        halving(Rounds(fault=1)).fit(X, Y100)
    assert list(tmp_path.iterdir()) == []


def test_results_do_not_depend_on_the_number_of_workers():
    one = halving(RandomForestRegressor(random_state=0), DEPTHS, n_iter=12).fit(X, Y)
    two = halving(RandomForestRegressor(random_state=0), DEPTHS, n_iter=12, n_jobs=2).fit(X, Y)
    assert_same_search(two, one)


class Stop:
    """Somebody presses Ctrl-C when so many candidates have been seen."""

    def __init__(self, at=0):
        self.at = at

    def __call__(self, params):
        self.at -= 1
        if self.at == 0:
            raise KeyboardInterrupt
        return True

    def __reduce__(self):
        return (Stop, ())  # the same function for a checkpoint, whenever it stops


@pytest.mark.parametrize("at", [6, 29, 37, 40])
def test_interrupted_and_resumed(tmp_path, at):
    straight = halving(is_feasible=Stop(0)).fit(X, Y100)
    path = tmp_path / "search"
    with pytest.warns(UserWarning, match="was interrupted"):
        stopped = halving(is_feasible=Stop(at), checkpoint=path).fit(X, Y100)
    assert stopped.stop_reason_ == "interrupted"
    resumed = halving(is_feasible=Stop(0), checkpoint=path).fit(X, Y100)
    assert_same_search(resumed, straight)
    assert [p.name for p in tmp_path.iterdir()] == ["search"]


KILLED = """
import os, signal, sys
from hyperopt import hp
from sklearn.datasets import make_regression
from sklearn.ensemble import RandomForestRegressor
from skxpresso.search._search import HyperoptSearchCV
import skxpresso.search._checkpoint as checkpoint

save = checkpoint.Checkpoint.save

def killing(self, history):
    save(self, history)
    if len(history.outcomes) == 12:  # three of the batch of four went up, with paused fits
        os.kill(os.getpid(), signal.SIGKILL)

checkpoint.Checkpoint.save = killing
X, y = make_regression(60, 5, noise=5.0, random_state=0)
space = {"max_depth": hp.randint("depth", 2, 40)}
HyperoptSearchCV(
    RandomForestRegressor(random_state=0), space, n_iter=9, resource="n_estimators",
    min_resource=1, max_resource=9, n_brackets=1, cv=2, random_state=0,
    checkpoint=sys.argv[1], n_jobs=int(sys.argv[2]),
).fit(X, y)
"""


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_killed_between_rungs_and_resumed(tmp_path, n_jobs):
    path = tmp_path / "search"
    command = [sys.executable, "-c", KILLED, str(path), str(n_jobs)]
    root = str(Path(skxpresso.__file__).parents[1])
    dead = subprocess.run(command, env={**os.environ, "PYTHONPATH": root}, timeout=90, check=False)
    assert dead.returncode == -signal.SIGKILL
    # of three candidates, two rungs and two folds: none goes before the checkpoint stands
    assert len(list(tmp_path.glob("search.fits/*"))) == 12
    settings = {"n_iter": 9, "min_resource": 1, "max_resource": 9}
    space = {"max_depth": hp.randint("depth", 2, 40)}
    forest = RandomForestRegressor(random_state=0)
    straight = halving(forest, space, **settings).fit(X, Y)
    resumed = halving(forest, space, **settings, checkpoint=path, n_jobs=n_jobs).fit(X, Y)
    assert_same_search(resumed, straight)
    assert resumed.cv_results_["n_resumed"][-1] == 3
    assert [p.name for p in tmp_path.iterdir()] == ["search"]


def test_a_lost_file_is_fitted_anew(tmp_path):
    straight = halving(is_feasible=Stop(0)).fit(X, Y100)
    path = tmp_path / "search"
    with pytest.warns(UserWarning, match="was interrupted"):
        halving(is_feasible=Stop(29), checkpoint=path).fit(X, Y100)
    for file in tmp_path.glob("search.fits/*-fold0-*"):
        file.unlink()
    resumed = halving(is_feasible=Stop(0), checkpoint=path).fit(X, Y100)
    assert_same_results(
        resumed.cv_results_, straight.cv_results_ | {"n_resumed": 0}, but=("n_resumed",)
    )
    assert resumed.cv_results_["n_resumed"][resumed.cv_results_["iter"] == 1].max() == 0


def test_more_trials_add_brackets(tmp_path):
    path = tmp_path / "search"
    halving(n_iter=27, checkpoint=path).fit(X, Y100)
    more = halving(n_iter=54, checkpoint=path).fit(X, Y100)
    assert_same_search(more, halving(n_iter=54).fit(X, Y100))


def test_a_checkpoint_of_another_halving_is_refused(tmp_path):
    path = tmp_path / "search"
    halving(checkpoint=path).fit(X, Y100)
    with pytest.raises(ValueError, match="differs in: reduction_factor"):
        halving(checkpoint=path, reduction_factor=2).fit(X, Y100)
