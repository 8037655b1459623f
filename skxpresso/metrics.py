"""Scores of predicted expression, each by its own name, and the best that noise allows."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import make_scorer, mean_squared_error, r2_score
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.validation import _check_sample_weight

__all__ = [
    "METRICS",
    "expression_scores",
    "is_one_prediction",
    "mean_r2",
    "noise_ceiling",
    "pearson_r2_score",
    "pearson_r2_scorer",
]

#: What `expression_scores` gives; a smaller `mse` is better, of the others a larger one.
METRICS = ("r2", "pearson_r2", "spearman", "mse")


def pearson_r2_score(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    *,
    sample_weight: npt.ArrayLike | None = None,
    multioutput: Any = "uniform_average",
) -> Any:
    """Compute the squared Pearson correlation of measured and predicted expression.

    This is the number that Agarwal & Shendure (2020), and most papers of the field,
    call R². It forgives a wrong offset and scale, and even a wrong sign. scikit-learn's
    `r2_score`, the coefficient of determination, does not, and is never larger.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, n_outputs)
        Measured and predicted values.
    sample_weight : array-like of shape (n,), optional
        Weights of the rows.
    multioutput : {"raw_values", "uniform_average"} or array-like of shape (n_outputs,), \
            default="uniform_average"
        For several outputs, as in `sklearn.metrics.r2_score`: the score of each, their
        mean, or their mean with these weights.

    Returns
    -------
    float, or ndarray of shape (n_outputs,) for "raw_values"
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
    if np.ndim(y_true) == 2 and np.shape(y_true)[1] > 1:
        return _average(_pearson_columns(y_true, y_pred, sample_weight), multioutput)
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
            "the squared Pearson correlation is not defined for a constant y_true or a single row",
            UndefinedMetricWarning,
            stacklevel=2,
        )
        return float("nan")
    if flat_prediction:
        return 0.0
    x, z = x / np.abs(x).max(), z / np.abs(z).max()
    covariance = np.sum(weight * x * z)
    return float(covariance**2 / (np.sum(weight * x * x) * np.sum(weight * z * z)))


def _pearson_columns(
    y_true: npt.ArrayLike, y_pred: npt.ArrayLike, sample_weight: npt.ArrayLike | None
) -> npt.NDArray[np.float64]:
    shapes = np.shape(y_true), np.shape(y_pred)
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"y_true and y_pred must have the same shape, got {shapes[0]} and {shapes[1]}"
        )
    x = check_array(y_true, dtype=np.float64, input_name="y_true")
    z = check_array(y_pred, dtype=np.float64, input_name="y_pred")
    columns = range(x.shape[1])
    each = [pearson_r2_score(x[:, j], z[:, j], sample_weight=sample_weight) for j in columns]
    return np.array(each, np.float64)


def _average(scores: npt.NDArray[np.float64], multioutput: Any) -> Any:
    """Average the scores of outputs as `sklearn.metrics.r2_score` does."""
    if isinstance(multioutput, str):
        if multioutput not in ("raw_values", "uniform_average"):
            raise ValueError(
                "multioutput must be 'raw_values', 'uniform_average' or weights, "
                f"got {multioutput[:60]!r}"
            )
        return scores if multioutput == "raw_values" else float(scores.mean())
    weights = check_array(multioutput, ensure_2d=False, dtype=np.float64, input_name="multioutput")
    check_consistent_length(scores, weights)
    return float(np.average(scores, weights=weights))


def mean_r2(
    y_true: npt.ArrayLike, y_pred: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None
) -> float:
    """Compute the coefficient of determination, of several outputs the mean over them.

    Each output counts with the rows where it is measured: `sklearn.metrics.r2_score` refuses
    missing values.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, n_outputs)
        Measured values, NaN where an output is missing, and predicted ones.
    sample_weight : array-like of shape (n,), optional
        Weights of the rows.

    Returns
    -------
    float
        At most 1.

    Examples
    --------
    >>> from skxpresso.metrics import mean_r2
    >>> nan = float("nan")
    >>> round(mean_r2([[1, nan], [2, 5], [3, 7]], [[1, 0], [2, 5], [3, 6]]), 2)
    0.75
    """
    y = np.asarray(y_true)
    if y.ndim < 2 or y.dtype.kind not in ("f", "O") or not np.isnan(y.astype(np.float64)).any():
        return float(r2_score(y_true, y_pred, sample_weight=sample_weight))
    y, z = y.astype(np.float64), np.asarray(y_pred, np.float64)
    check_consistent_length(y, z)
    weight = _check_sample_weight(sample_weight, y, dtype=np.float64)
    there = ~np.isnan(y)
    return float(
        np.mean(
            [
                r2_score(y[rows, j], z[rows, j], sample_weight=weight[rows])
                for j, rows in enumerate(there.T)
            ]
        )
    )


def expression_scores(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> dict[str, float]:
    """Score predictions with the four metrics that are usual in the field.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        Measured and predicted values.

    Returns
    -------
    dict of str to float
        `r2`, the coefficient of determination; `pearson_r2`, the squared Pearson
        correlation; `spearman`, the rank correlation; `mse`, the mean squared error.
        Both correlations are 0 for constant predictions. All but `mse` are NaN for a
        constant `y_true` or fewer than two rows.

    Raises
    ------
    ValueError
        If lengths differ or values are not finite.

    Warns
    -----
    UndefinedMetricWarning
        Where scores are NaN.

    Examples
    --------
    >>> from skxpresso.metrics import expression_scores
    >>> scores = expression_scores([1, 2, 3, 4], [1, 3, 2, 4])
    >>> {name: round(score, 2) for name, score in scores.items()}
    {'r2': 0.6, 'pearson_r2': 0.64, 'spearman': 0.8, 'mse': 0.5}
    """
    x, z = _read(y_true, "y_true"), _read(y_pred, "y_pred")
    pearson_r2 = pearson_r2_score(x, z)
    defined = not np.isnan(pearson_r2)
    ranked = defined and not _is_flat(z)
    return {
        "r2": float(r2_score(x, z)) if defined else np.nan,
        "pearson_r2": pearson_r2,
        "spearman": float(np.corrcoef(rankdata(x), rankdata(z))[0, 1])
        if ranked
        else 0 * pearson_r2,
        "mse": float(mean_squared_error(x, z)),
    }


def noise_ceiling(replicates: npt.ArrayLike, *, n_averaged: int | None = None) -> float:
    """Estimate the R² of a model that knows the truth, from replicate measurements.

    Parameters
    ----------
    replicates : array-like of shape (n, n_replicates)
        Measurements of the same genes, two or more.
    n_averaged : int or None, default=None
        How many of them were averaged to give the values that a model is scored
        against; 1 for a single replicate. None: all.

    Returns
    -------
    float
        0 to 1, for `r2` and `pearson_r2` alike.

    Raises
    ------
    ValueError
        If there are fewer than two replicates or genes, a replicate is constant, or a value is
        not finite.

    Notes
    -----
    Each replicate is the truth plus independent noise. Two of them then correlate at
    ``r = var(truth) / (var(truth) + var(noise))``, their reliability, and that, not its
    square, is the share of the variance of one replicate that the truth explains: a
    model may do better than one replicate predicts the other (``r**2``). Averaging k
    replicates leaves ``1 / k`` of the noise, so that the reliability becomes
    ``k * r / (1 + (k - 1) * r)``, the formula of Spearman (1910) and Brown (1910). `r`
    is the mean over all pairs of replicates.

    The noise of replicates must be independent and about as large in each. The
    errors that replicates share count as truth here, so the real ceiling may be
    lower.

    References
    ----------
    Spearman C (1910). Correlation calculated from faulty data. British Journal of
    Psychology 3:271-295.

    Brown W (1910). Some experimental results in the correlation of mental abilities.
    British Journal of Psychology 3:296-322.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.metrics import noise_ceiling
    >>> rng = np.random.default_rng(0)
    >>> truth = rng.normal(size=(100_000, 1))
    >>> replicates = truth + rng.normal(size=(100_000, 2))
    >>> round(noise_ceiling(replicates, n_averaged=1), 1), round(noise_ceiling(replicates), 1)
    (0.5, 0.7)
    """
    values = check_array(
        replicates, dtype=np.float64, ensure_min_samples=2, input_name="replicates"
    )
    n_replicates = values.shape[1]
    if n_replicates < 2:
        raise ValueError(f"replicates must have at least 2 columns, got {n_replicates}")
    flat = [j for j in range(n_replicates) if _is_flat(values[:, j])]
    if flat:
        raise ValueError(f"replicates must vary, but column {flat[0]} is constant")
    k = n_replicates if n_averaged is None else n_averaged
    if not 1 <= k <= n_replicates:
        raise ValueError(f"n_averaged must be from 1 to {n_replicates}, got {n_averaged}")
    pairs = np.triu_indices(n_replicates, 1)
    reliability = max(float(np.corrcoef(values.T)[pairs].mean()), 0.0)
    return k * reliability / (1 + (k - 1) * reliability)


def _read(values: Any, name: str) -> npt.NDArray[np.float64]:
    values = check_array(values, ensure_2d=False, dtype=np.float64, input_name=name)
    return column_or_1d(values, input_name=name)


def _is_flat(values: npt.NDArray[np.float64]) -> bool:
    """Tell whether the spread is within rounding of the values."""
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


#: Scorer of `pearson_r2_score`, for `scoring=`.
pearson_r2_scorer = make_scorer(pearson_r2_score)


def is_one_prediction(y_pred: npt.NDArray[np.floating], y: npt.NDArray[np.floating]) -> bool:
    """Tell whether all genes get the same prediction, as from a dead network.

    Parameters
    ----------
    y_pred : ndarray of shape (n,) or (n, n_outputs)
        Predictions.
    y : ndarray
        Expression that was trained on, in the same units; NaN where it is missing.

    Returns
    -------
    bool
        Whether the range of the predictions is less than a millionth of the standard
        deviation of `y`.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.metrics import is_one_prediction
    >>> is_one_prediction(np.array([0.005, 0.005]), np.array([1.0, 2.0]))
    True
    """
    return bool(np.ptp(y_pred, axis=0).max() < 1e-6 * np.nanstd(y))
