"""One model on one split: its predictions, its scores and what went wrong."""

from __future__ import annotations

import time
import traceback
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.dummy import DummyRegressor
from sklearn.exceptions import FitFailedWarning
from sklearn.utils import _safe_indexing, column_or_1d

from skxpresso.exceptions import DeadNetworkWarning
from skxpresso.metrics import METRICS, expression_scores, is_one_prediction
from skxpresso.model_selection._several_outputs import fit_and_predict_outputs

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
    """The result of one model in one fold: predictions, and a row of scores for every output."""

    predicted: npt.NDArray[np.float64]
    rows: list[dict[str, Any]]
    failure: str = ""
    warned: list[Warning] = field(default_factory=list)


def run(model: Any, X: Any, y: Any, train: Any, test: Any) -> Run:
    """Fit and score a model in one fold; an error becomes a note.

    y is an ndarray, or a DataFrame of several outputs, each scored on the genes where it is
    measured.
    """
    y_train, y_test = _safe_indexing(y, train), _safe_indexing(y, test)
    fit = fit_and_predict_outputs if isinstance(y, pd.DataFrame) else fit_and_predict
    predicted = np.full(y_test.shape, np.nan)
    scores, seconds, failure = [dict.fromkeys(METRICS, np.nan)], np.nan, ""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            predicted, seconds = fit(
                model, _safe_indexing(X, train), y_train, _safe_indexing(X, test)
            )
            pairs = zip(_outputs(y_test), _outputs(predicted), strict=True)
            scores = [_score(*pair) for pair in pairs]
        except Exception as error:
            failure = "".join(traceback.format_exception_only(error)).strip()
            predicted = np.full(y_test.shape, np.nan)
    warned = list({str(w.message): w.message for w in caught if isinstance(w.message, Warning)}
                  .values())  # fmt: skip
    note = "; ".join(filter(None, [failure, *map(str, warned)]))
    rows = []
    for j, (truth, found) in enumerate(zip(_outputs(y_test), _outputs(predicted), strict=True)):
        collapsed = not failure and _is_collapsed(model, found, _outputs(y_train)[j], warned)
        rows.append(
            {"n_test": int((~np.isnan(truth)).sum()), **scores[j % len(scores)]}
            | {"fit_seconds": seconds, "collapsed": collapsed, "note": note}
        )
    return Run(predicted, rows, failure, warned)


def _outputs(values: Any) -> Sequence[npt.NDArray[np.float64]]:
    """Return the columns, or the one that there is."""
    values = np.asarray(values)
    return values.T if values.ndim == 2 else [values]


def _score(y: npt.NDArray[np.float64], predicted: npt.NDArray[np.float64]) -> dict[str, float]:
    there = ~np.isnan(y)
    return expression_scores(y[there], predicted[there])


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
        warnings.warn(f"a model failed: {text[:400]}", FitFailedWarning, stacklevel=4)
    warned = {str(warning): warning for run in done.values() for warning in run.warned}
    for warning in warned.values():
        warnings.warn(warning, stacklevel=4)
