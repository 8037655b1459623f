"""Expression in several cell types: columns of a table of genes, as a target of several outputs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from skxpresso._utils.table import quote, shorten
from skxpresso.datasets._values import as_numbers
from skxpresso.datasets.expression import log_expression

__all__ = ["CellTypes", "choose_cell_types", "read_outputs"]

#: "all", or names of columns.
CellTypes = str | Sequence[str]

_ROADMAP = re.compile(r"E(?!000)\d{3}")  # E000 is a mixture of cell lines


def choose_cell_types(names: Sequence[str], asked: CellTypes) -> list[str]:
    """Find the columns of cell types in the header of a table.

    Parameters
    ----------
    names : sequence of str
        Names of all columns.
    asked : "all" or sequence of str
        "all" takes every column that is called as the Roadmap project calls its cell types,
        E003 and so on, but for E000.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If a column is not there or comes twice, or there is none.

    Examples
    --------
    >>> from skxpresso.datasets.cell_types import choose_cell_types
    >>> choose_cell_types(["ID", "PROMOTER", "E000", "E003", "E116"], "all")
    ['E003', 'E116']
    """
    if isinstance(asked, str):
        if asked != "all":
            raise ValueError(f"cell_types must be 'all' or a list of names, got {shorten(asked)}")
        found = [name for name in names if _ROADMAP.fullmatch(name)]
        if not found:
            raise ValueError(
                "cell_types='all' needs columns that are called E003, E004 and so on; the header "
                f"names {quote(names, 8)}"
            )
        return found
    wanted = list(asked)
    if not wanted or len(set(wanted)) < len(wanted):
        got = quote(wanted, 8) if wanted else "none"
        raise ValueError(f"cell_types must name columns, each once, got {got}")
    known = {name.upper() for name in names}
    if missing := [name for name in wanted if name.upper() not in known]:
        raise ValueError(
            f"cell_types: there is no column {quote(missing, 8)}; the header names "
            f"{quote(names, 8)}"
        )
    return wanted


def read_outputs(table: pd.DataFrame, log10: bool, where: Any) -> pd.DataFrame:
    """Turn columns as they stand in a file into expression; a gene may lack some of them.

    Parameters
    ----------
    table : DataFrame
        A column for each cell type.
    log10 : bool
        Take log10(x + 0.1).
    where : object
        File, for messages.

    Returns
    -------
    DataFrame of float64
        NaN where a value is missing.

    Raises
    ------
    ValueError
        If a value is no number or infinite, a gene has none at all, or a number has no
        logarithm.
    """
    columns = {
        name: as_numbers(table[name].tolist(), str(name), table.index) for name in table.columns
    }
    values = pd.DataFrame(columns, index=table.index)
    numbers = values.to_numpy()
    if np.isinf(numbers).any():
        row, column = np.argwhere(np.isinf(numbers))[0]
        raise ValueError(
            f"{where}: column {shorten(values.columns[column])} must hold finite numbers, got "
            f"{numbers[row, column]} in row {shorten(values.index[row])}"
        )
    empty = np.isnan(numbers).all(axis=1)
    if empty.any():
        raise ValueError(
            f"{where}: gene {quote(values.index[empty], 5)} is measured in no cell type; leave "
            "it out of the table"
        )
    return log_expression(values, where) if log10 else values
