"""Rows of a parquet file, read by polars a chunk at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skxpresso._utils.naming import shown
from skxpresso._utils.table import quote

if TYPE_CHECKING:
    from skxpresso.datasets._rows import Chunk

__all__ = ["ParquetRows"]

_INDEX = "__index_level_0__"  # what pandas calls the index of a table whose index has no name


class ParquetRows:
    """Rows of a parquet file, as `skxpresso.datasets._rows.Rows`.

    Parameters
    ----------
    path : path-like
        The file.
    """

    form = "parquet"

    def __init__(self, path: str | os.PathLike[str]) -> None:
        try:
            import polars as pl
        except ImportError as error:
            raise ImportError(
                f"{shown(path)} is parquet, which needs the package polars "
                "(pip install '.[tables]', from a checkout); or write the table as text"
            ) from error
        self._errors = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
        self._where = path
        self._table: Any = pl.scan_parquet(Path(path), glob=False)
        names = self._collect(lambda: self._table.collect_schema().names())
        self._names = sorted(names, key=lambda name: name != _INDEX)  # first, as in text
        self.names = ["" if name == _INDEX else name for name in self._names]

    def chunks(self, columns: Sequence[int], size: int) -> Iterator[tuple[int, Chunk]]:
        """Yield the number of rows, and the values of some columns, of each chunk."""
        table = self._table.select([self._names[i] for i in columns])
        batches = self._collect(lambda: iter(table.collect_batches(chunk_size=size)))
        while (part := self._collect(lambda: next(batches, None))) is not None:
            if len(part):
                yield len(part), [self._values(column) for column in part]

    def _values(self, column: Any) -> list[Any]:
        kind = column.dtype
        if kind.is_nested() or kind.is_temporal() or str(kind).startswith(("Object", "Boolean")):
            raise ValueError(
                f"{self._where}: column {quote([column.name])} must hold text or numbers, "
                f"got {kind}"
            )
        if kind.is_decimal():
            return [None if value is None else float(value) for value in column]
        if str(kind).startswith("Binary"):
            return [None if value is None else value.decode("utf-8") for value in column]
        return list(column.to_list())

    def _collect(self, work: Any) -> Any:
        try:
            return work()
        except self._errors as error:
            reason = " ".join(str(error).split())[:200]
            raise ValueError(f"{self._where}: damaged, or no parquet ({reason})") from error
