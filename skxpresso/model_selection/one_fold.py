"""One model on one split: its predictions, its scores and what went wrong."""

from __future__ import annotations

import time
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.dummy import DummyRegressor
from sklearn.exceptions import FitFailedWarning
from sklearn.utils import _safe_indexing, column_or_1d

from skxpresso.exceptions import DeadNetworkWarning
from skxpresso.metrics import METRICS, expression_scores, is_one_prediction

__all__ = ["Run", "fit_and_predict", "run", "tell"]


def fit_and_predict(
    model: Any, X: Any, y: Any, X_test: Any
) -> tuple[npt.NDArray[np.float64], float]:
    """Fit a model, and predict other genes.

    Parameters
    ----------
    model : estimator
        The model, which is fitted in place.
    X, y : genes and expression to train on
    X_test : genes to predict

    Returns
    -------
    predicted : ndarray of shape (n_test,)
    seconds : float
        Time that `fit` took.
    """
    start = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - start
    return column_or_1d(model.predict(X_test), dtype=np.float64), seconds


@dataclass
class Run:
    """The result of one model in one fold."""

    predicted: npt.NDArray[np.float64]
    row: dict[str, Any]
    failure: str = ""
    warned: list[Warning] = field(default_factory=list)


def run(model: Any, X: Any, y: Any, train: Any, test: Any) -> Run:
    """Fit and score a model in one fold; an error becomes a note."""
    predicted = np.full(len(test), np.nan)
    row: dict[str, Any] = {"n_test": len(test)} | dict.fromkeys(METRICS, np.nan)
    seconds, failure = np.nan, ""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            predicted, seconds = fit_and_predict(
                model, _safe_indexing(X, train), y[train], _safe_indexing(X, test)
            )
            row |= expression_scores(y[test], predicted)
        except Exception as error:
            failure = "".join(traceback.format_exception_only(error)).strip()
            predicted = np.full(len(test), np.nan)
    warned = list({str(w.message): w.message for w in caught if isinstance(w.message, Warning)}
                  .values())  # fmt: skip
    row["fit_seconds"] = seconds
    row["collapsed"] = not failure and _is_collapsed(model, predicted, y[train], warned)
    row["note"] = "; ".join(filter(None, [failure, *map(str, warned)]))
    return Run(predicted, row, failure, warned)


def _is_collapsed(model: Any, predicted: Any, y: Any, warned: list[Warning]) -> bool:
    if isinstance(model, DummyRegressor):  # constant on purpose
        return False
    dead = any(isinstance(warning, DeadNetworkWarning) for warning in warned)
    return dead or is_one_prediction(predicted, y)


def tell(done: Mapping[tuple[str, int], Run]) -> None:
    """Repeat the models' warnings and warn of failures; raise if every fit failed."""
    failures: dict[str, list[str]] = {}
    for (name, _), run in done.items():
        if run.failure:
            failures.setdefault(name, []).append(run.failure)
    told = [f"{name!r} in {len(texts)} fold(s): {texts[0]}" for name, texts in failures.items()]
    if all(run.failure for run in done.values()):
        raise ValueError("no model worked: " + "; ".join(told)[:400])
    for text in told:
        warnings.warn(f"a model failed: {text[:400]}", FitFailedWarning, stacklevel=3)
    warned = {str(warning): warning for run in done.values() for warning in run.warned}
    for warning in warned.values():
        warnings.warn(warning, stacklevel=3)
