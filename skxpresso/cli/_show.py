"""Tables and names of files on the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

__all__ = ["print_files", "print_table"]


def print_table(console: Console, table: pd.DataFrame, title: str) -> None:
    """Draw a table; numbers have three decimals."""
    shown = Table(title=title)
    for name in table.columns:
        shown.add_column(str(name), justify="left" if table[name].dtype == "str" else "right")
    for row in table.itertuples(index=False):
        shown.add_row(*map(_cell, row))
    console.print(shown)


def print_files(console: Console, files: Mapping[str, Path]) -> None:
    """Say what lies where, a line for each file."""
    for what, path in files.items():
        console.print(
            f"{path}: {what.replace('-', ' ')}", soft_wrap=True, highlight=False, markup=False
        )


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.3f}"
    return str(value)
