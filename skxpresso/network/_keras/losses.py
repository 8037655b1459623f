"""Losses that pass over missing values of y."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

__all__ = ["over_measured"]


def over_measured(loss: Any) -> Callable[[Any, Any], Any]:
    """Make a loss to which a missing value (NaN) adds nothing, and no gradient.

    Parameters
    ----------
    loss : str, callable or keras.losses.Loss
        What `keras.Model.compile` takes, of y (rows, outputs) and predictions.

    Returns
    -------
    callable
        Takes y and predictions, gives the loss of each row. A missing value counts as predicted
        exactly.
    """
    given = keras.losses.get(loss)
    per_row = given.call if isinstance(given, keras.losses.Loss) else given

    def measured(y_true: Any, y_pred: Any) -> Any:
        y_true = ops.cast(y_true, y_pred.dtype)
        known = ops.where(ops.isnan(y_true), ops.stop_gradient(y_pred), y_true)
        return per_row(known, y_pred)

    return measured
