"""Plain two-dimensional X: which columns are a one-hot promoter, and which half-life features."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils.validation import validate_data

from skxpresso._utils.table import (
    check_unique_columns,
    is_numeric,
    numeric_columns,
    quote,
    shorten,
)
from skxpresso.sequence.onehot import OneHotMatrix

if TYPE_CHECKING:
    from skxpresso.network._base import PromoterRegressor

__all__ = ["learn_columns", "read_columns"]

# names that OneHotPromoterEncoder gives, and ColumnTransformer and FeatureUnion put a prefix to
_ENCODED_NAME = re.compile(r"(.*__)?promoter_(-?\d+)_([ACGT])")
_FEWEST_BASES = 5  # fewer columns of 0 and 1 may well be numbers
_ROWS = 200  # looked at


def learn_columns(regressor: PromoterRegressor, X: Any) -> OneHotMatrix:
    """Read X at fit: the promoter by the names of its columns or by `promoter_length`.

    Parameters
    ----------
    regressor : PromoterRegressor
        Its `n_features_in_` and `feature_names_in_` are set.
    X : DataFrame or array-like of shape (n, n_columns)
        Numbers.

    Returns
    -------
    OneHotMatrix
        All columns are covariates if there is no promoter.

    Raises
    ------
    ValueError
        If columns look like a one-hot promoter but `promoter_length` does not say so.

    Warns
    -----
    UserWarning
        If there is no promoter for the filters of the network.
    """
    width = regressor.promoter_length
    bases = _named_bases(X) if width is None else []
    if bases:
        X = X[[*bases, *(name for name in X.columns if name not in set(bases))]]
    numbers = _as_numbers(regressor, X, reset=True)
    width = len(bases) // 4 if bases else width
    _check_no_other_promoter(numbers, width)
    if width is None and (filters := getattr(regressor, "filters", ())):
        warnings.warn(
            f"no promoter is found in X: its {numbers.shape[1]} column(s) are read as half-life "
            f"features, and filters={shorten(filters)} have nothing to read; promoter_length= "
            "says how many nt of one-hot promoter come first, and 0 that there is none",
            UserWarning,
            stacklevel=6,  # past scikit-learn's wrapper of fit
        )
    return _split(numbers, int(width or 0))


def read_columns(regressor: PromoterRegressor, X: Any, promoter_length: int) -> OneHotMatrix:
    """Read X at predict, with the columns seen at fit."""
    return _split(_as_numbers(regressor, X, reset=False), promoter_length)


def _named_bases(X: Any) -> list[str]:
    """Return the names of one-hot columns, by position and base."""
    if not isinstance(X, pd.DataFrame):
        return []
    found = [match for name in X.columns if (match := _ENCODED_NAME.fullmatch(str(name)))]
    prefixes = {match[1] or "" for match in found}
    if len(prefixes) > 1:
        raise ValueError(
            f"X has the columns of {len(prefixes)} promoters, {quote(sorted(prefixes))}; "
            "a network reads one"
        )
    found.sort(key=lambda match: (int(match[2]), match[3]))
    n_positions = len({match[2] for match in found})
    if len(found) != 4 * n_positions:
        raise ValueError(
            f"X has {len(found)} one-hot columns of {n_positions} positions of a promoter, where "
            "each position must have four, A, C, G and T"
        )
    return [match[0] for match in found]


def _as_numbers(regressor: PromoterRegressor, X: Any, *, reset: bool) -> npt.NDArray[np.float32]:
    """Read a 2-D X of numbers, in the order of columns seen at fit unless `reset`."""
    if isinstance(X, pd.DataFrame):
        check_unique_columns(X)
        known = [] if reset else getattr(regressor, "feature_names_in_", [])
        if set(known) == set(X.columns):
            X = X[list(known)]
        _check_no_text(X)
        numeric_columns(X, X.columns)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused
        return validate_data(regressor, X, reset=reset, dtype=np.float32)


def _check_no_text(X: pd.DataFrame) -> None:
    text = next((name for name in X.columns if not is_numeric(X[name]) and len(X)), None)
    value = None if text is None else X[text].iloc[0]
    if (
        isinstance(value, str)
        and len(value) >= _FEWEST_BASES
        and not set(value.upper()) - set("ACGTUN")
    ):
        raise ValueError(
            f"X has no column 'promoter', but column {shorten(text)} holds sequences; rename it, "
            f"or use make_xpresso_pipeline(sequence_column={shorten(text)})"
        )


def _split(X: npt.NDArray[np.float32], width: int) -> OneHotMatrix:
    """Read a one-hot promoter of `width` nt, then half-life features."""
    if 4 * width > X.shape[1]:
        raise ValueError(
            f"promoter_length={width} needs {4 * width} one-hot columns, but X has {X.shape[1]}"
        )
    onehot = X[:, : 4 * width].reshape(len(X), width, 4)
    return OneHotMatrix.from_dense(onehot, X[:, 4 * width :])


def _check_no_other_promoter(X: npt.NDArray[np.float32], width: int | None) -> None:
    """Raise if columns that would be half-life features look like a one-hot promoter."""
    if width == 0:
        return
    first = 4 * (width or 0)
    run = _one_hot_run(X[:_ROWS, first:])
    if run is None:
        return
    start, n_bases = first + run[0], run[1]
    columns = (
        f"columns {start} to {start + 4 * n_bases - 1} of X look like one-hot bases of {n_bases} nt"
    )
    if width is not None:
        raise ValueError(
            f"{columns}, but promoter_length={width} takes them for half-life features; "
            f"is it {width + n_bases}?"
        )
    where = "" if start == 0 else ", with these columns first"
    raise ValueError(
        f"{columns}, which would be read as half-life features: set promoter_length={n_bases}"
        f"{where}, or 0 if they are numbers. A OneHotMatrix needs neither, but ensembles such as "
        "BaggingRegressor, and ColumnTransformer, turn it into such an array"
    )


def _one_hot_run(X: npt.NDArray[np.float32]) -> tuple[int, int] | None:
    """Find the longest run of columns of 0 and 1 that may be bases: its start, and the bases.

    Examples
    --------
    >>> from skxpresso.network._plain import _one_hot_run
    >>> bases = np.eye(4)[np.arange(60).reshape(10, 6) % 4].reshape(10, 24)
    >>> _one_hot_run(np.hstack([np.full((10, 2), 0.5), bases]))
    (2, 6)
    """
    if len(X) < _FEWEST_BASES:
        return None
    is_bit = ((X == 0) | (X == 1)).all(axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_bit, [False]])))
    if not len(edges):
        return None
    starts, ends = edges[::2], edges[1::2]
    longest = int(np.argmax(ends - starts))
    for start in range(starts[longest], starts[longest] + 4):
        n_bases = int(ends[longest] - start) // 4
        if n_bases < _FEWEST_BASES:
            return None
        letters = X[:, start : start + 4 * n_bases].reshape(len(X), n_bases, 4).sum(axis=2)
        if (letters <= 1).all() and letters.mean() > 0.5:
            return int(start), n_bases
    return None
