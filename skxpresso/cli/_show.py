"""Tables and names of files on the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

__all__ = ["print_files", "print_json", "print_table"]


def print_table(console: Console, table: pd.DataFrame, title: str) -> None:
    """Draw a table; numbers have three decimals."""
    shown = Table(title=title, pad_edge=False)
    for name in table.columns:
        is_text = table[name].dtype == "str"
        # 80 columns are few: the interval takes a line of its own, and is never broken
        broken = table[name].str.replace(" [", "\n[", regex=False) if is_text else table[name]
        whole = is_text and bool(broken.str.contains("\n[", regex=False).any())
        justify: Any = "left" if is_text else "right"
        shown.add_column(str(name), justify=justify, no_wrap=whole, overflow="fold")
        table = table.assign(**{str(name): broken})
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
