"""Parquet files, with the errors of other files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

__all__ = ["write_parquet"]


def write_parquet(table: pl.DataFrame, path: Path) -> None:
    """Write a table; a full disk is an OSError, as it is not to polars.

    Parameters
    ----------
    table : polars.DataFrame
        Table to write.
    path : pathlib.Path
        File to write.
    """
    packed = io.BytesIO()
    table.write_parquet(packed)
    path.write_bytes(packed.getbuffer())
