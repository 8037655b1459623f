"""Digests: the same for the same content in every process, others for anything else."""

import functools
import itertools
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.metrics import make_scorer, r2_score
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline

from skxpresso import XpressoRegressor
from skxpresso._utils.digest import digest
from tests.toys import numbers


def weight():
    return 2


def weighted(x):
    return weight() * x


class Scorer:
    factor = 1

    def __call__(self, estimator, X, y):
        return self.factor


class Other(Scorer):
    def __call__(self, estimator, X, y):
        return -self.factor


DIFFERENT = [
    None,
    0,
    0.0,
    -0.0,
    False,
    "0",
    b"0",
    (),
    [],
    {},
    (1, 2),
    [1, 2],
    [[1], 2],
    [1, [2]],
    {"a": 1},
    {"b": 1},
    {"a": 1, "b": 2},
    {1, 2},
    np.zeros(2),
    np.zeros(2, np.float32),
    np.zeros((2, 1)),
    np.zeros(2, object),
    np.array(["a", None], object),
    np.float64(0),
    pd.DataFrame({"a": [1, 2]}),
    pd.DataFrame({"b": [1, 2]}),
    pd.DataFrame({"a": [1, 3]}),
    pd.DataFrame({"a": [[1], [2]]}),
    pd.Series([1, 2], name="a"),
    sparse.csr_matrix(np.eye(2)),
    sparse.csr_matrix(np.eye(3)),
    lambda x: x,
    lambda x: x + 1,
    lambda x: x + 2,
    lambda x, y=1: x,
    lambda x, y=2: x,
    functools.partial(max, 1),
    functools.partial(max, 2),
    max,
    np.exp,
    np.log,
    weighted,
    Scorer,
    Other,
    Scorer(),
    Other(),
    Ridge(),
    Ridge(2.0),
    make_pipeline(Ridge()),
    make_pipeline(Ridge(2.0)),
    KFold(3),
    KFold(3, shuffle=True, random_state=1),
    make_scorer(r2_score),
    make_scorer(r2_score, greater_is_better=False),
    stats.gamma(2),
    stats.gamma(3),
    XpressoRegressor(),
    XpressoRegressor(epochs=3),
]


def test_different_values_differ():
    found = [digest(value) for value in DIFFERENT]
    for (i, one), (j, other) in itertools.combinations(enumerate(found), 2):
        assert one != other, (DIFFERENT[i], DIFFERENT[j])


def test_neighbours_are_kept_apart():
    assert digest("ab", "c") != digest("a", "bc")
    assert digest(["a"], "b") != digest(["a", "b"])


def test_the_same_content_is_the_same():
    X, y = numbers()
    assert digest(X) == digest(np.asfortranarray(X)) == digest(X.copy())
    matrix = sparse.csr_matrix(X)
    before = digest(matrix)
    matrix.has_sorted_indices  # noqa: B018 - scipy keeps the answer in the object
    assert digest(matrix) == before
    assert digest({1, 2, 3}) == digest({3, 2, 1})
    assert digest(np.random.RandomState(0)) == digest(np.random.RandomState(1))
    fitted = Ridge().fit(X, y)
    assert digest(fitted) == digest(Ridge()) == digest(clone(fitted))


def test_what_was_learned_counts_where_asked_for():
    X, y = numbers()
    boosting = HistGradientBoostingRegressor(max_iter=3, random_state=0)
    models = [clone(boosting).fit(X, target) for target in (y, y + X[:, 0])]
    prints = [digest(model, fitted=True) for model in models]
    assert prints[0] != prints[1]
    again = clone(boosting).fit(X, y)
    assert digest(again, fitted=True) == prints[0]
    assert digest(models[0]) == digest(models[1])
    assert digest(FrozenEstimator(models[0])) != digest(FrozenEstimator(models[1]))


def test_a_helper_of_the_same_module_counts(monkeypatch):
    before = digest(weighted)
    assert digest(weighted) == before
    monkeypatch.setitem(weighted.__globals__, "weight", lambda: 3)
    assert digest(weighted) != before


def test_what_recurs_and_what_cannot_be_pickled():
    loop = []
    loop.append(loop)
    assert digest(loop) == digest(loop) != digest([])

    def again(n):
        return again(n - 1)

    digest(again)
    generator = (x for x in [1])
    assert digest(generator) == digest(x for x in [2])


SCRIPT = """
import sys
sys.path[:0] = {path!r}
from tests._utils.test_digest import DIFFERENT
from skxpresso._utils.digest import digest
print(digest([digest(value) for value in DIFFERENT]))
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_same_in_another_process(seed):
    script = SCRIPT.format(path=[path for path in sys.path if path])
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": seed},
    )
    assert done.stdout.strip() == digest([digest(value) for value in DIFFERENT])
