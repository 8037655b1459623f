"""Tables on the terminal."""

from __future__ import annotations

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

__all__ = ["print_table"]


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.3f}"
    return str(value)


def print_table(console: Console, table: pd.DataFrame, title: str) -> None:
    shown = Table(title=title)
    for name in table.columns:
        shown.add_column(str(name), justify="left" if table[name].dtype == "str" else "right")
    for row in table.itertuples(index=False):
        shown.add_row(*map(_cell, row))
    console.print(shown)
