"""Data, estimators and searches that the tests of the search share."""

import itertools
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
from hyperopt import hp
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import make_regression
from sklearn.linear_model import Ridge

import skxpresso
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


class Layers(Fragile):
    """Has tuples for parameters."""

    def __init__(self, alpha=1.0, fault=None, depth=3, units=(8, 8), rates=(0.5,), options=None):
        super().__init__(alpha, fault, depth)
        self.units = units
        self.rates = rates
        self.options = options


def long_search(**kwargs):
    settings = {"n_iter": 30, "cv": 3, "random_state": 0, **kwargs}
    return HyperoptSearchCV(Ridge(), LOG_ALPHA, **settings)


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
    script, path = tmp_path / "killed.py", tmp_path / "search.safetensors"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(path), str(n_jobs), address]
    root = str(Path(skxpresso.__file__).parents[1])
    dead = subprocess.run(command, env={**os.environ, "PYTHONPATH": root}, timeout=60, check=False)
    assert dead.returncode == -signal.SIGKILL
    namespace = {"__name__": "killed"}
    exec(compile(KILLED, str(script), "exec"), namespace)
    straight = namespace["search"]()
    namespace["n_seen"] = 0
    resumed = namespace["search"](checkpoint=path, n_jobs=n_jobs)
    assert namespace["n_seen"] == 30 - 16  # the four batches before were kept
    assert_same_search(resumed, straight)
