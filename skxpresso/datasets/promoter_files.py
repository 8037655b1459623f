"""Promoters from a file of either kind, FASTA or a table: opened once, so that pipes work."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from skxpresso._utils.naming import shown
from skxpresso._utils.text import open_text
from skxpresso.datasets._rows import PeekedLines, Rows, TextRows, is_parquet, open_rows
from skxpresso.datasets.fasta import iter_records, longest_line
from skxpresso.datasets.table import iter_rows

__all__ = ["Promoters", "no_promoters", "open_promoters"]

Chunks = Iterator[tuple[pd.DataFrame, pd.Series | None]]


class Promoters(NamedTuple):
    """Whether a file is FASTA, and its tables of features and expression, which are read once."""

    is_fasta: bool
    chunks: Chunks


@contextlib.contextmanager
def open_promoters(
    path: str | os.PathLike[str],
    chunk_size: int,
    columns: Mapping[str, Any] | None = None,
    places: Sequence[str] = (),
) -> Iterator[Promoters]:
    """Open FASTA, which begins with ">", or a table.

    Parameters
    ----------
    path : path-like
        File or pipe, as for `iter_fasta` and `iter_table`; "-" is standard input.
    chunk_size : int
        Largest number of rows in a table.
    columns : dict or None, default=None
        Names of columns of a table: parameters of `read_table`.
    places : sequence of str
        Other columns, which the tables of features get, too, where the file has all of them.

    Yields
    ------
    Promoters

    Raises
    ------
    OSError, ValueError
        As for `iter_fasta` and `iter_table`, and if the file is empty, or `columns` are
        given for FASTA.
    """
    where = shown(path)
    if is_parquet(path):
        with open_rows(path) as rows:
            yield Promoters(False, _of_table(rows, where, chunk_size, columns, places))
        return
    with open_text(path, max_line=max(1 << 24, longest_line(1_000_000))) as text:
        lines = PeekedLines(text)
        if not lines.first:
            raise ValueError(f"{where} is empty")
        if not lines.first.startswith(">"):
            rows = TextRows(lines, where)
            yield Promoters(False, _of_table(rows, where, chunk_size, columns, places))
            return
        if given := [f"{name}={value!r}" for name, value in (columns or {}).items() if value]:
            raise ValueError(f"{given[0]} is for a table, but {where} is FASTA")
        yield Promoters(True, ((X, None) for X in iter_records(lines, where, chunk_size)))


def no_promoters(X: pd.DataFrame) -> str:
    """Say that a table had no column of promoters, and what names one; nothing if it had."""
    if "promoter" in X:
        return ""
    return "the table has no column PROMOTER; promoter_column= names that of the sequences"


def _of_table(
    rows: Rows,
    where: Any,
    chunk_size: int,
    columns: Mapping[str, Any] | None,
    places: Sequence[str],
) -> Chunks:
    parts = iter_rows(rows, where, chunk_size, columns or {}, places=places)
    return ((part.X.join(part.others), part.y) for part in parts)
