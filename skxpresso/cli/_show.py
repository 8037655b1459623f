"""Tables and names of files on the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["print_files", "print_json", "print_table"]


def print_table(console: Console, table: pd.DataFrame, title: str) -> None:
    """Draw a table; numbers have three decimals."""
    # 80 columns are few: an interval takes a line of its own, and is never broken
    text = [name for name in table.columns if table[name].dtype == "str"]
    broken = {name: table[name].str.replace(" [", "\n[", regex=False) for name in text}
    whole = [name for name in text if broken[name].str.contains("\n[", regex=False).any()]
    table = table.assign(**broken)
    shown = Table(title=title, pad_edge=not whole)
    for name in table.columns:
        justify: Any = "left" if name in text else "right"
        shown.add_column(str(name), justify=justify, no_wrap=name in whole, overflow="fold")
    for row in table.itertuples(index=False):
        shown.add_row(*map(_cell, row))
    console.print(shown)


def print_files(console: Console, files: Mapping[str, Path]) -> None:
    """Say what lies where, a line for each file."""
    for what, path in files.items():
        console.print(
            f"{path}: {what.replace('-', ' ')}", soft_wrap=True, highlight=False, markup=False
        )


def print_json(files: Mapping[str, Path], **result: Any) -> None:
    """Print files and results as one JSON object; tables become lists of rows, NaN null."""
    import pandas as pd

    tables = {
        name: json.loads(value.to_json(orient="records", double_precision=15))
        for name, value in result.items()
        if isinstance(value, pd.DataFrame)
    }
    named = {name.replace(" ", "-"): str(path) for name, path in files.items()}
    print(json.dumps(result | tables | {"files": named}, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    """Turn numbers of numpy, and sequences, into those of JSON."""
    return value.item() if isinstance(value, np.generic) else list(value)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.3f}"
    return str(value)
