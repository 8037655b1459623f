"""Values of a table file, text or what parquet holds, as numbers and as text."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from skxpresso._utils.table import shorten

__all__ = ["as_numbers", "as_texts", "as_typed"]

_MISSING = {"", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "<NA>"}


def as_texts(values: Sequence[Any]) -> list[str]:
    """Return values as text without blanks around it; a missing one becomes empty.

    Examples
    --------
    >>> from skxpresso.datasets._values import as_texts
    >>> as_texts([" a ", 7, None])
    ['a', '7', '']
    """
    return ["" if value is None else str(value).strip() for value in values]


def as_numbers(values: Sequence[Any], name: str, labels: Any) -> npt.NDArray[np.float64]:
    """Return values as numbers; a missing one becomes NaN.

    Parameters
    ----------
    values : sequence of str, int, float or None
        One for each row.
    name : str
        Name of the column, for messages.
    labels : sequence
        Names of the rows, for messages.

    Returns
    -------
    ndarray of float64

    Raises
    ------
    ValueError
        If a value is not a number, or beyond float64.

    Examples
    --------
    >>> from skxpresso.datasets._values import as_numbers
    >>> as_numbers(["1.5", "NA", 3], "CDSLEN", "abc")
    array([1.5, nan, 3. ])
    """
    numbers = np.empty(len(values), dtype=np.float64)
    for row, value in enumerate(values):
        number = _number(value)
        if number is None:
            hint = " (write a decimal point)" if "," in str(value) else ""
            raise ValueError(
                f"column {name!r} must hold numbers, got {shorten(value)} in row "
                f"{shorten(labels[row])}{hint}"
            )
        if math.isinf(number) and "n" not in str(value).lower():
            raise ValueError(
                f"column {name!r} must hold numbers that fit float64, got {shorten(value)} in row "
                f"{shorten(labels[row])}"
            )
        numbers[row] = number
    return numbers


def as_typed(values: Sequence[Any], numeric: bool = True) -> npt.NDArray[Any] | list[str]:
    """Return a column as whole numbers, numbers or text, whichever fits all of it.

    Examples
    --------
    >>> from skxpresso.datasets._values import as_typed
    >>> as_typed(["1", "2"]).tolist(), as_typed(["1", "X"]), as_typed(["1", "2.5"]).tolist()
    ([1, 2], ['1', 'X'], [1.0, 2.5])
    """
    numbers = [_number(value) for value in values] if numeric else [None]
    if not values or any(number is None for number in numbers):
        return as_texts(values)
    array = np.array(numbers, dtype=np.float64)
    is_whole = np.isfinite(array).all() and (np.abs(array) < 2**53).all()
    if is_whole and all(re.fullmatch(r"[+-]?[0-9]+", str(value).strip()) for value in values):
        return array.astype(np.int64)
    return array


def _number(value: Any) -> float | None:
    """Return NaN for a missing value, and None for what is no number."""
    if value is None:
        return math.nan
    if isinstance(value, str):
        value = value.strip()
        if value in _MISSING:
            return math.nan
        if "_" in value:  # Python reads 1_000
            return None
    try:
        return float(value)
    except (OverflowError, TypeError, ValueError):
        return None
