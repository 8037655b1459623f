"""Fit models on several outputs at once, or on one after the other where they take one alone."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection._search import BaseSearchCV
from sklearn.utils import _safe_indexing, column_or_1d, get_tags

from skxpresso._utils.table import quote

__all__ = ["fit_and_predict_outputs"]

Floats = npt.NDArray[np.float64]


def fit_and_predict_outputs(
    model: Any, X: Any, y: pd.DataFrame, X_test: Any
) -> tuple[Floats, float]:
    """Fit a model on several outputs, and predict other genes.

    Parameters
    ----------
    model : estimator
        Fitted once, if it takes several outputs and, where y lacks values, takes that, too; a
        copy of it for each output otherwise, on the genes where that is measured. One that is
        frozen is not fitted; if it predicts one number, that counts for every output.
    X : genes to train on
    y : DataFrame
        A column for each output; NaN where it is missing.
    X_test : genes to predict

    Returns
    -------
    predicted : ndarray of shape (n_test, n_outputs)
    seconds : float
        Time that fitting took.
    """
    start = time.perf_counter()
    if _fits_all(model, bool(y.isna().to_numpy().any())):
        model.fit(X, y)
        seconds = time.perf_counter() - start
        return _predict_all(model, X_test, list(y.columns)), seconds
    fitted = [_fit_one(clone(model), X, y[name].to_numpy()) for name in y.columns]
    seconds = time.perf_counter() - start
    columns = [column_or_1d(each.predict(X_test), dtype=np.float64) for each in fitted]
    return np.stack(columns, axis=1), seconds


def _fits_all(model: Any, lacks_values: bool) -> bool:
    last = _last_step(model, BaseSearchCV)
    if isinstance(model, FrozenEstimator) or getattr(last, "_y_may_lack_values", False):
        return True
    return not lacks_values and bool(get_tags(model).target_tags.multi_output)


def _last_step(model: Any, around: type[Any]) -> Any:
    """Return what predicts: the last step of a pipeline, also of one inside of `around`."""
    inner = model.estimator if isinstance(model, around) else model
    return inner.steps[-1][1] if hasattr(inner, "steps") else inner


def _fit_one(model: Any, X: Any, y: Floats) -> Any:
    rows = np.flatnonzero(~np.isnan(y))
    return model.fit(_safe_indexing(X, rows), y[rows])


def _predict_all(model: Any, X: Any, names: list[str]) -> Floats:
    predicted = np.asarray(model.predict(X), np.float64)
    if predicted.ndim == 1 and isinstance(model, FrozenEstimator):
        return np.repeat(predicted[:, np.newaxis], len(names), axis=1)
    last = _last_step(model, FrozenEstimator)
    theirs = list(getattr(last, "output_names_", None) or names)
    if missing := [name for name in names if name not in theirs]:
        raise ValueError(
            f"the model predicts {quote(theirs, 5)}, but not {quote(missing, 5)}, which it is "
            "scored on"
        )
    if predicted.shape != (len(predicted), len(theirs)):
        raise ValueError(
            f"the model must predict {len(theirs)} outputs, got the shape {predicted.shape}"
        )
    return predicted[:, [theirs.index(name) for name in names]]
