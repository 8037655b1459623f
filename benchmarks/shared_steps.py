"""What a search saves where candidates share the first steps of a pipeline, and an epoch beside it.

Searches of eight candidates on three folds whose last step does nothing, with and without sharing;
seconds of processor time per fit, scoring included. An epoch of the network on the same fold tells
what the saving is worth.

Run: python benchmarks/shared_steps.py
"""

from __future__ import annotations

import os
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from hyperopt import hp
from sklearn.dummy import DummyRegressor
from sklearn.pipeline import Pipeline

from skxpresso import (
    KmerCountEncoder,
    OneHotPromoterEncoder,
    make_xpresso_pipeline,
    xpresso_settings,
)
from skxpresso.search import HyperoptSearchCV, _shared_steps

N_ITER, N_FOLDS = 8, 3
SIZES = ((2_000, 10_500), (15_000, 120))


def promoters(n: int, length: int) -> list[str]:
    """Return random sequences."""
    letters = np.frombuffer(b"ACGT", np.uint8)[np.random.default_rng(0).integers(0, 4, (n, length))]
    return [row.tobytes().decode() for row in letters]


def seconds(steps: list[tuple[str, Any]], X: list[str], y: np.ndarray) -> float:
    """Return processor time per fit of a search around the steps."""
    space = {"last__quantile": hp.uniform("quantile", 0, 1)}
    last = ("last", DummyRegressor(strategy="quantile", quantile=0.5))
    search = HyperoptSearchCV(
        Pipeline([*steps, last]), space, n_iter=N_ITER, cv=N_FOLDS, refit=False, random_state=0
    )
    start = time.process_time()
    search.fit(X, y)
    return (time.process_time() - start) / (N_ITER * N_FOLDS)


def epoch(X: list[str], y: np.ndarray) -> float:
    """Return processor time of one more epoch of the network that users train."""
    took = []
    for epochs in (1, 1, 3):  # the first traces the graph
        settings = xpresso_settings(len(X[0]), len(X)) | {"epochs": epochs, "patience": None}
        network = make_xpresso_pipeline(**settings, random_state=0)
        start = time.process_time()
        network.fit(X, y)
        took.append(time.process_time() - start)
    return (took[2] - took[1]) / 2


def main() -> None:
    """Measure and print."""
    most = _shared_steps.MOST_BYTES
    print(f"{'genes':>7} {'nt':>7}  {'first step':24}{'apart':>8}{'shared':>8}{'an epoch':>10}")
    for n, length in SIZES:
        X, y = promoters(n, length), np.random.default_rng(1).normal(size=n)
        one_epoch = epoch(X[: n - n // N_FOLDS], y[: n - n // N_FOLDS])
        for encoder in (OneHotPromoterEncoder(), KmerCountEncoder(6)):
            took = []
            for _shared_steps.MOST_BYTES in (0, most):
                took.append(seconds([("encoder", encoder)], X, y))
            name = type(encoder).__name__
            print(f"{n:7,} {length:7,}  {name:24}{took[0]:8.3f}{took[1]:8.3f}{one_epoch:10.3f}")


if __name__ == "__main__":
    main()
