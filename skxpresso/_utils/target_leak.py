"""Find the target among the features: by its name, or because a column follows it exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["follows_target", "named_like_target"]

_PLAIN = {"EXPRESSION", "LOGEXPRESSION", "LOG10EXPRESSION", "LOG2EXPRESSION", "TARGET"}
_MOST = 0.999  # replicates of an assay reach 0.99; a copy, or one on another scale, is above
_FEWEST = 20  # rows; fewer may correlate by chance


def named_like_target(names: Sequence[Any], y: Any) -> Any | None:
    """Return the first name that is that of y, or a plain one of expression; None if there is none.

    Examples
    --------
    >>> from skxpresso._utils.target_leak import named_like_target
    >>> named_like_target(["CDSLEN", "log_expression"], None)
    'log_expression'
    """
    own = {name for name in _names_of(y) if isinstance(name, str) and name}
    for name in names:
        if name in own or str(name).upper().replace("_", "").replace(" ", "") in _PLAIN:
            return name
    return None


def follows_target(values: npt.ArrayLike, y: Any) -> int | None:
    """Return the first column whose correlation with y is above 0.999, or below -0.999.

    Parameters
    ----------
    values : array-like of shape (n, n_columns)
        Numeric features.
    y : array-like of shape (n,) or (n, n_outputs)
        The target. Anything that is not numbers, or of another length, is left to others
        to refuse.

    Returns
    -------
    int or None
        Place of the column. None if there is none, or there are fewer than ten rows.

    Examples
    --------
    >>> from skxpresso._utils.target_leak import follows_target
    >>> y = np.sin(np.arange(20.0))
    >>> follows_target(np.column_stack([np.arange(20), 3 - 2 * y]), y)
    1
    """
    features = np.asarray(values, dtype=np.float64)
    targets = _as_columns(y)
    if targets is None or len(targets) != len(features) or len(features) < _FEWEST:
        return None
    with np.errstate(all="ignore"):  # constant columns, and those that are not finite
        scaled, wanted = _standardized(features), _standardized(targets)
        correlations = np.abs(scaled.T @ wanted) / len(features)
    found = np.flatnonzero((correlations > _MOST).any(axis=1))
    return int(found[0]) if len(found) else None


def _standardized(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    centred = values - values.mean(axis=0)
    return centred / centred.std(axis=0)


def _names_of(y: Any) -> list[Any]:
    if isinstance(y, pd.DataFrame):
        return list(y.columns)
    return [getattr(y, "name", None)]


def _as_columns(y: Any) -> npt.NDArray[np.float64] | None:
    if y is None:
        return None
    try:
        values = np.asarray(y, dtype=np.float64)
    except (OverflowError, TypeError, ValueError):
        return None
    if values.ndim not in (1, 2):
        return None
    return values[:, None] if values.ndim == 1 else values
