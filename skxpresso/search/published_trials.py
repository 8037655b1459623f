"""The authors' own search of 2020, as hyperopt trials."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from hyperopt import STATUS_OK, Trials

from skxpresso._utils.naming import shown
from skxpresso._utils.table import quote
from skxpresso._utils.text import check_is_there
from skxpresso.search._published_pickle import read_published_pickle
from skxpresso.search._records import as_trials, finished, new_record
from skxpresso.search.spaces import _CHOICES, _NOT_LABELS

__all__ = ["load_published_trials"]


def load_published_trials(path: str | os.PathLike) -> Trials:
    """Read the trials of the authors' search, to inform a search of your own.

    Their losses are mean squared errors on labels with variance 1 after ten epochs. Use
    them with ``scoring="neg_mean_squared_error"`` and a standardized target; with any other
    score the comparison is meaningless.

    Parameters
    ----------
    path : str or path
        The trials as a TSV file (columns: labels, ``tid``, ``loss``, ``status``, ``sec``),
        or as the Python 2 pickle that the authors published, which is read without running
        any code from it.

    Returns
    -------
    trials : hyperopt.Trials
        Trials over the labels of `xpresso_search_space`. Failed trials have no loss; the
        published file gives them a loss of 1.0.

    Examples
    --------
    >>> from skxpresso.search.published_trials import load_published_trials
    >>> trials = load_published_trials("published_trials.tsv")  # doctest: +SKIP
    """
    check_is_there(path)
    with open(path, "rb") as file:
        is_table = b"\t" in file.readline(10_000)
    rows = _rows_of_table(Path(path)) if is_table else read_published_pickle(path)
    return as_trials([_record(tid, row) for tid, row in enumerate(rows)])


def _rows_of_table(path: Path) -> list[dict[str, Any]]:
    table = pd.read_csv(path, sep="\t")
    if missing := [name for name in ("loss", "status") if name not in table]:
        raise ValueError(
            f"{shown(path)} must have the columns loss and status, not found: {quote(missing)}"
        )
    rows = table.to_dict("records")
    return [{str(name): v for name, v in row.items() if not pd.isna(v)} for row in rows]


def _record(tid: int, row: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        label: int(value) if label in _CHOICES else float(value)
        for label, value in row.items()
        if label not in _NOT_LABELS
    }
    loss = float(row["loss"]) if row["status"] == STATUS_OK else None
    return finished(new_record(tid, values, list(values)), loss)
