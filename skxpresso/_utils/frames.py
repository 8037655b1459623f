"""Tables and columns of other libraries than pandas, such as polars, through narwhals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.table import is_missing

__all__ = ["as_pandas", "as_polars", "with_columns"]

_OURS = ("builtins", "numpy", "pandas", "skxpresso", "scipy", "Bio")


def as_pandas(X: Any) -> Any:
    """Return a table or column of another library as pandas; anything else as it is.

    Parameters
    ----------
    X : object
        A DataFrame, a Series, or whatever else a user hands in.

    Returns
    -------
    DataFrame, Series or X
        With the same names. Rows of other libraries have no names, so they are numbered
        from 0. Missing values are NaN in columns of numbers, and None elsewhere.

    Raises
    ------
    TypeError
        If X is a lazy table, whose rows are not there yet.
    ValueError
        If two columns have one name.

    Examples
    --------
    >>> from skxpresso._utils.frames import as_pandas
    >>> as_pandas(["ACGT"])
    ['ACGT']
    """
    if _is_ours(X):
        return X
    import narwhals as nw  # comes with scikit-learn; not loaded for tables of pandas

    try:
        table = nw.from_native(X, pass_through=True, allow_series=True)
    except nw.exceptions.DuplicateError as error:
        names = " ".join(str(error).split())[:200]
        raise ValueError(f"column names of X must be unique ({names})") from error
    if isinstance(table, nw.LazyFrame):
        raise TypeError(
            f"X must be a table in memory, got a lazy {type(X).__name__}; collect or compute it "
            "first"
        )
    if isinstance(table, nw.Series):
        return pd.Series(_values(table), name=table.name or None)
    if isinstance(table, nw.DataFrame):
        return pd.DataFrame({column.name: _values(column) for column in table.iter_columns()})
    return X


def with_columns(X: Any, names: Sequence[str], values: Mapping[str, npt.NDArray[Any]]) -> Any:
    """Select columns of a table, and give some of them other values, in the table's own library.

    Parameters
    ----------
    X : DataFrame
        Of pandas or another library.
    names : sequence of str
        The columns to keep, in order.
    values : mapping of str to ndarray
        New values of some of them.

    Returns
    -------
    DataFrame
        Of the library of X.
    """
    if isinstance(X, pd.DataFrame):
        X = X[list(names)].copy(deep=False)
        for name, column in values.items():
            X[name] = column
        return X
    import narwhals as nw

    table = nw.from_native(X, eager_only=True).select(list(names))
    columns = [
        nw.new_series(name, column, backend=nw.get_native_namespace(X))
        for name, column in values.items()
    ]
    return table.with_columns(*columns).to_native()


def as_polars(table: pd.DataFrame) -> Any:
    """Make a polars table of one of pandas, without pyarrow, which polars wants for text."""
    import polars

    return polars.DataFrame({str(name): _plain(column) for name, column in table.items()})


def _plain(column: pd.Series) -> Any:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf":
        return column.to_numpy()
    return [None if is_missing(value) else value for value in column.tolist()]


def _is_ours(X: Any) -> bool:
    """Tell what needs no conversion without importing narwhals."""
    libraries = {cls.__module__.partition(".")[0] for cls in type(X).__mro__[:-1]}
    return not libraries.isdisjoint(_OURS)


def _values(column: Any) -> Any:
    if column.dtype.is_decimal():
        return np.array([np.nan if x is None else float(x) for x in column.to_list()])
    return column.to_numpy() if column.dtype.is_numeric() else column.to_list()
