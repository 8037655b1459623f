"""Checks of tables: their columns, their values, and how messages name rows."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

# pandas and scikit-learn are imported where a table comes: the commands shorten text before that
if TYPE_CHECKING:
    import pandas as pd

_LONGEST_LIST = 160  # characters; a message may hold two lists and stays below 500


def shorten(value: object, most: int = 60) -> str:
    """Return the repr of a value for an error message, on one line of at most `most` characters."""
    text = " ".join(repr(value).split())
    return text if len(text) <= most else f"{text[: most - 3]}..."


def clip(text: str, most: int = 500) -> str:
    """Cut the middle out of a message that somebody else may have made too long.

    Examples
    --------
    >>> from skxpresso._utils.table import clip
    >>> clip("it must be one of " + "a, " * 1000 + "got b", 40)
    'it must be one of a, ... a, a, a, got b'
    """
    if len(text) <= most:
        return text
    end = (most - 5) * 2 // 5
    return f"{text[: most - 5 - end].rstrip()} ... {text[-end:].lstrip()}"


def quote(names: Iterable[Any], most: int = 5) -> str:
    """List at most `most` names for an error message, fewer where they are long."""
    names = list(names)
    listed: list[str] = []
    for name in names[:most]:
        listed.append(shorten(name, 40))
        if sum(map(len, listed)) > _LONGEST_LIST - 40:
            break
    text, n_more = ", ".join(listed), len(names) - len(listed)
    return f"{text} and {n_more} more" if n_more else text


def row_labels(X: Any) -> Sequence[Any]:
    """Return what the user calls the rows: the index of a DataFrame or Series, or 0, 1, 2, ..."""
    import pandas as pd
    from sklearn.utils.validation import _num_samples

    if isinstance(X, (pd.DataFrame, pd.Series)):
        return X.index.tolist()
    return range(_num_samples(X))


def require_columns(X: pd.DataFrame, names: Iterable[str], who: str, what: str = "X") -> None:
    """Raise if columns that `who` needs are missing in `what` or occur twice."""
    check_unique_columns(X, what)
    missing = [name for name in names if name not in X.columns]
    if missing:
        raise ValueError(
            f"{who} needs the column(s) {quote(missing, 8)}, but {what} has "
            f"{'only ' * (len(X.columns) > 0)}{quote(X.columns, 12) or 'no columns'}"
        )


def check_unique_columns(X: pd.DataFrame, what: str = "X") -> None:
    """Raise if columns have no plain names, or two share one: columns are matched by name."""
    if X.columns.nlevels > 1:
        raise ValueError(
            f"columns of {what} must have plain names, got a MultiIndex of {X.columns.nlevels} "
            f"levels, {shorten(X.columns[0])} first; "
            "X.columns = ['_'.join(map(str, name)) for name in X.columns] makes them plain"
        )
    if not X.columns.is_unique:
        twice = X.columns[X.columns.duplicated()].unique()
        raise ValueError(
            f"column names of {what} must be unique, got {quote(twice)} more than once"
        )


def check_unique_names(names: Iterable[Any], parameter: str) -> None:
    """Raise if a parameter lists a name twice."""
    counts = Counter(names)
    if twice := [name for name, count in counts.items() if count > 1]:
        raise ValueError(
            f"{parameter} must list every name once, got {quote(twice)} more than once"
        )


def numeric_columns(X: pd.DataFrame, names: Sequence[str]) -> npt.NDArray[np.float64]:
    """Read columns as float64 of shape (n, len(names)); raise if they are not numeric."""
    values = np.empty((len(X), len(names)), dtype=np.float64)
    for j, name in enumerate(names):
        values[:, j] = _to_float(X[name])
    return values


def is_missing(value: Any) -> bool:
    """Tell whether a single value is None, NaN, NaT or NA."""
    import pandas as pd

    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def is_numeric(column: pd.Series) -> bool:
    """Tell whether a column holds real numbers (or missing values) and nothing else."""
    from pandas.api import types

    if types.is_object_dtype(column.dtype):
        return all(map(_is_number_or_missing, column))
    return types.is_numeric_dtype(column.dtype) and not types.is_complex_dtype(column.dtype)


def _is_number_or_missing(value: Any) -> bool:
    return is_missing(value) or isinstance(value, (int, float, np.number))


def _to_float(column: pd.Series) -> npt.NDArray[np.float64]:
    import pandas as pd

    if not is_numeric(column):
        for label, value in column.items():
            if not _is_number_or_missing(value):
                raise ValueError(
                    f"column {shorten(column.name)} must hold numbers, got {shorten(value)} in row "
                    f"{shorten(label)}"
                )
        raise ValueError(f"column {shorten(column.name)} must hold numbers, got {column.dtype}")
    try:
        return pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
    except OverflowError as error:  # Python's integers are unbounded
        row = next(label for label, value in column.items() if not _fits_float(value))
        raise ValueError(
            f"column {shorten(column.name)} must hold numbers that fit float64, got one of more "
            f"than 300 digits in row {shorten(row)}"
        ) from error


def _fits_float(value: Any) -> bool:
    return is_missing(value) or not isinstance(value, int) or abs(value) <= sys.float_info.max
