"""Numbers that a user hands in: real ones, or an error that says which row holds what instead."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from skxpresso._utils.table import is_missing, shorten

__all__ = ["real_numbers"]

_KINDS = {"M": "dates", "m": "durations", "U": "text", "S": "bytes", "V": "records"}


def real_numbers(
    values: Any, labels: Sequence[Any] | None = None, name: str = "y"
) -> npt.NDArray[np.float64]:
    """Read numbers as float64; missing values become NaN.

    Parameters
    ----------
    values : array-like
        One row or more; of any number of dimensions.
    labels : sequence, optional
        What the user calls the rows.
    name : str, default="y"
        What the user calls the values.

    Returns
    -------
    ndarray of float64

    Raises
    ------
    ValueError
        For dates, durations, text, complex numbers, masked values, numbers beyond float64,
        and anything else that is no number. NumPy would take some of these without a word.

    Examples
    --------
    >>> from skxpresso._utils.numbers import real_numbers
    >>> real_numbers([1, None, 2.5])
    array([1. , nan, 2.5])
    >>> real_numbers(["7", "8"])
    Traceback (most recent call last):
        ...
    ValueError: y must hold numbers, got text, '7' in row 0; convert it first
    """
    if np.ma.is_masked(values):
        row = int(np.argwhere(np.ma.getmaskarray(values))[0][0])
        raise ValueError(
            f"{name} must have no masked values, got one in row {_label(labels, row)}; leave such "
            "rows out"
        )
    array = np.asarray(values)
    if array.dtype.kind in "biuf":
        return array.astype(np.float64)
    if array.dtype.kind == "c":
        _refuse_complex(name)
    if array.dtype.kind == "O":
        return _read_objects(array, labels, name)
    got = _KINDS.get(array.dtype.kind, str(array.dtype))
    if array.size:
        got += f", {shorten(str(array.reshape(-1)[0]))} in row {_label(labels, 0)}"
    raise ValueError(f"{name} must hold numbers, got {got}; convert it first")


def _read_objects(
    array: npt.NDArray[Any], labels: Sequence[Any] | None, name: str
) -> npt.NDArray[np.float64]:
    """Read an array of Python objects, each of which must be a real number or missing."""
    read = np.empty(array.shape, dtype=np.float64)
    for place, value in np.ndenumerate(array):
        row = _label(labels, place[0] if place else 0)
        if isinstance(value, (complex, np.complexfloating)):
            _refuse_complex(name)
        if not is_missing(value) and not isinstance(value, (Real, Decimal, np.bool_)):
            raise ValueError(
                f"{name} must hold numbers, got {shorten(value)} of type "
                f"{type(value).__name__} in row {row}"
            )
        try:
            read[place] = np.nan if is_missing(value) else float(value)
        except OverflowError as error:  # Python's integers are unbounded
            raise ValueError(
                f"{name} must hold numbers that fit float64, got one of more than 300 digits "
                f"in row {row}"
            ) from error
    return read


def _refuse_complex(name: str) -> NoReturn:
    raise ValueError(f"Complex data not supported: {name} must hold real numbers")


def _label(labels: Sequence[Any] | None, row: int) -> str:
    known = labels is not None and row < len(labels)
    return shorten(labels[row] if known else row)  # type: ignore[index]
