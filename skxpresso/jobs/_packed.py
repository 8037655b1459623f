"""Promoters of a table as base codes in a file, which all fits of a job map into their memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from skxpresso.sequence import pack_promoters

__all__ = ["packed"]


@contextmanager
def packed(X: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Pack the promoters of a table, as `pack_promoters` does, while a job runs.

    Without room for the file the codes are in memory, and joblib makes one copy for all workers.

    Examples
    --------
    >>> from skxpresso.jobs._packed import packed
    >>> with packed(pd.DataFrame({"promoter": ["ACGT"]})) as X:
    ...     X["promoter"].tolist()
    ['ACGT']
    """
    # on Windows a file that is mapped stays until the process has gone
    with tempfile.TemporaryDirectory(prefix="skxpresso-", ignore_cleanup_errors=True) as folder:
        try:
            table = pack_promoters(X, file=Path(folder) / "codes")
        except OSError:
            table = pack_promoters(X)
        del X  # the text
        yield table
