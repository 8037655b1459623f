"""Bootstrap of scores over genes: weights instead of copied rows, no loop over genes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from skxpresso.metrics import METRICS

__all__ = ["bootstrap_scores", "percentile_interval", "weighted_scores"]

Floats = npt.NDArray[np.float64]

_AT_ONCE = 2_000_000  # weights in memory at a time, about 16 MB


def bootstrap_scores(
    measured: Floats,
    predicted: Floats,
    folds: npt.NDArray[np.intp],
    units: npt.NDArray[np.intp],
    n_bootstrap: int,
    seed: int,
    n_units: int | None = None,
) -> Floats:
    """Draw units with replacement, and score all models on each draw.

    Parameters
    ----------
    measured : ndarray of shape (n,)
        Expression.
    predicted : ndarray of shape (n, n_models)
        Predictions. A model with any NaN gets NaN scores.
    folds : ndarray of shape (n,), int
        Number of the fold that predicted each row. Scores are means over folds.
    units : ndarray of shape (n,), int
        Unit that each row is drawn with, 0 to n_units - 1: its gene or its group of genes.
    n_bootstrap : int
        Number of draws.
    seed : int
        Seed of the draws. The same seed and number of units give the same draws.
    n_units : int or None, default=None
        Number of units, where not all of them have a row. None: all have.

    Returns
    -------
    ndarray of shape (n_bootstrap, n_models, n_metrics)
        Scores, with metrics in the order of `METRICS`. A fold of which no row was drawn is
        left out of the mean.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.model_selection._bootstrap import bootstrap_scores
    >>> y = np.arange(4.0)
    >>> folds, units = np.array([0, 0, 1, 1]), np.arange(4)
    >>> bootstrap_scores(y, y[:, np.newaxis] - 1, folds, units, 2, seed=0)[:, 0, 3]
    array([1., 1.])
    """
    rows_of = [np.flatnonzero(folds == fold) for fold in np.unique(folds)]
    draws = [
        _mean_of_defined([
            weighted_scores(measured[rows], predicted[rows], counts[:, units[rows]])
            for rows in rows_of
        ])
        for counts in _draw_counts(n_units or int(units.max()) + 1, n_bootstrap, seed)
    ]  # fmt: skip
    scores = np.concatenate([np.empty((0, predicted.shape[1], len(METRICS))), *draws])
    scores[:, np.isnan(predicted).any(axis=0)] = np.nan
    return scores


def percentile_interval(draws: Floats, confidence: float) -> Floats:
    """Return the interval between equal tails of the draws; NaN where there is no draw."""
    ends = (1 - confidence) / 2, (1 + confidence) / 2
    if not len(draws):
        return np.full((2, *draws.shape[1:]), np.nan)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        return np.nanquantile(draws, ends, axis=0)


def weighted_scores(measured: Floats, predicted: Floats, weights: Floats) -> Floats:
    """Score as if row i occurred ``weights[b, i]`` times, for every draw b.

    Parameters
    ----------
    measured : ndarray of shape (n,)
        Expression.
    predicted : ndarray of shape (n, n_models)
        Predictions.
    weights : ndarray of shape (n_draws, n)
        How often each row counts in each draw.

    Returns
    -------
    ndarray of shape (n_draws, n_models, n_metrics)
        The same as `expression_scores` of the repeated rows, except that the mse of no
        rows is NaN.
    """
    total = weights.sum(axis=1)[:, np.newaxis]
    y = (measured - measured.mean())[:, np.newaxis]
    p = predicted - predicted.mean(axis=0)
    squared_error = weights @ (measured[:, np.newaxis] - predicted) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):  # draws of one row or none
        mean_y, mean_p = weights @ y / total, weights @ p / total
        var_y = _variance(weights @ y**2 / total, mean_y, measured)
        var_p = _variance(weights @ p**2 / total, mean_p, predicted)
        covariance = weights @ (y * p) / total - mean_y * mean_p
        rank_covariance, rank_var_y, rank_var_p = _rank_moments(measured, predicted, weights)
        scores = np.stack(
            [
                1 - squared_error / total / var_y,
                covariance**2 / (var_y * var_p),
                rank_covariance / np.sqrt(rank_var_y * rank_var_p),
                squared_error / total,
            ],
            axis=-1,
        )
    scores[var_p == 0, 1:3] = 0.0
    scores[(var_y == 0)[:, 0], :, :3] = np.nan
    return scores


def _rank_moments(
    measured: Floats, predicted: Floats, weights: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return covariance and variances, not divided by the number of rows, of weighted ranks."""
    y = _centred_ranks(measured, weights)
    columns = [_centred_ranks(column, weights) for column in predicted.T]
    covariance = [np.einsum("bi,bi,bi->b", weights, y, p) for p in columns]
    var_p = [np.einsum("bi,bi,bi->b", weights, p, p) for p in columns]
    var_y = np.einsum("bi,bi,bi->b", weights, y, y)
    return np.stack(covariance, axis=1), var_y[:, np.newaxis], np.stack(var_p, axis=1)


def _centred_ranks(values: Floats, weights: Floats) -> Floats:
    """Return ranks of the repeated rows, with ties averaged, less the mean rank; (n_draws, n)."""
    _, place, n_equal = np.unique(values, return_inverse=True, return_counts=True)
    order = np.argsort(place, kind="stable")
    starts = np.cumsum(n_equal) - n_equal
    here = np.add.reduceat(weights[:, order], starts, axis=1)
    rank = np.cumsum(here, axis=1) - (here - 1) / 2
    mean_rank = (weights.sum(axis=1, keepdims=True) + 1) / 2
    return (rank - mean_rank)[:, place]


def _variance(mean_square: Floats, mean: Floats, values: Floats) -> Floats:
    """Subtract the squared mean; the result is zero where it is within rounding error."""
    variance = mean_square - mean**2
    rounding = np.maximum(1e-12 * mean_square, (1e-12 * np.abs(values).max(axis=0)) ** 2)
    return np.where(variance <= rounding, 0.0, variance)


def _draw_counts(n_units: int, n_draws: int, seed: int) -> Iterator[Floats]:
    """Draw `n_units` units with replacement; yield counts of shape (some draws, n_units)."""
    rng = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // n_units)
    for start in range(0, n_draws, at_once):
        n = min(at_once, n_draws - start)
        drawn = rng.integers(n_units, size=(n, n_units)) + n_units * np.arange(n)[:, np.newaxis]
        counts = np.bincount(drawn.ravel(), minlength=n * n_units)
        yield counts.reshape(n, n_units).astype(np.float64)


def _mean_of_defined(scores: list[Floats]) -> Floats:
    """Take the mean over a list, ignoring NaN."""
    stacked = np.stack(scores)
    defined = ~np.isnan(stacked)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(defined, stacked, 0.0).sum(axis=0) / defined.sum(axis=0))
