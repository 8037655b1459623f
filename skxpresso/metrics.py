"""Scores: the squared Pearson correlation that the field calls R², by its own name."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import make_scorer
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.validation import _check_sample_weight

__all__ = ["pearson_r2_score", "pearson_r2_scorer"]


def pearson_r2_score(
    y_true: npt.ArrayLike, y_pred: npt.ArrayLike, *, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Compute the squared Pearson correlation of measured and predicted expression.

    This is the number that Agarwal & Shendure (2020), and most papers of the field,
    call R². It forgives a wrong offset and scale, and even a wrong sign. scikit-learn's
    `r2_score`, the coefficient of determination, does not, and is never larger.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        Measured and predicted values.
    sample_weight : array-like of shape (n,), optional
        Weights of the rows.

    Returns
    -------
    float
        0 to 1. 0 for constant predictions, which say nothing of the differences
        between genes; NaN for a constant `y_true` or fewer than two rows.

    Raises
    ------
    ValueError
        If lengths differ or values are not finite.

    Warns
    -----
    UndefinedMetricWarning
        Where the result is NaN.

    Examples
    --------
    >>> from skxpresso import pearson_r2_score
    >>> round(pearson_r2_score([1, 2, 3, 4], [10, 30, 20, 40]), 2)
    0.64
    """
    x = _read(y_true, "y_true")
    z = _read(y_pred, "y_pred")
    check_consistent_length(x, z)
    weight = _check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
    x, z, weight = x[weight > 0], z[weight > 0], weight[weight > 0]
    flat_truth, flat_prediction = len(x) < 2 or _is_flat(x), _is_flat(z)
    x = x - np.average(x, weights=weight)
    z = z - np.average(z, weights=weight)
    if flat_truth:
        warnings.warn(
            "the squared Pearson correlation is not defined for a constant y_true or one row",
            UndefinedMetricWarning,
            stacklevel=2,
        )
        return float("nan")
    if flat_prediction:
        return 0.0
    x, z = x / np.abs(x).max(), z / np.abs(z).max()
    covariance = np.sum(weight * x * z)
    return float(covariance**2 / (np.sum(weight * x * x) * np.sum(weight * z * z)))


def _read(values: Any, name: str) -> npt.NDArray[np.float64]:
    values = check_array(values, ensure_2d=False, dtype=np.float64, input_name=name)
    return column_or_1d(values, input_name=name)


def _is_flat(values: npt.NDArray[np.float64]) -> bool:
    """Tell whether the spread is within rounding of the values."""
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


#: Scorer of `pearson_r2_score`, for `scoring=`.
pearson_r2_scorer = make_scorer(pearson_r2_score)
