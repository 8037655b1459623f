"""Read a training table: genes, promoters, half-life columns, expression."""

from __future__ import annotations

import os
import warnings
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from skxpresso._table import numeric_columns, quote
from skxpresso.halflife import HALF_LIFE_COLUMNS

__all__ = ["read_table"]

_ID_COLUMNS = ("ENSID", "GENE", "ID")
_KNOWN = ("PROMOTER", *HALF_LIFE_COLUMNS)


def read_table(path: str | os.PathLike[str]) -> tuple[pd.DataFrame, pd.Series | None]:
    r"""Read a table of genes from tab-separated text, plain or gzip.

    Parameters
    ----------
    path : path-like
        With a header of column names, in capitals or not: `PROMOTER`, any of
        `HALF_LIFE_COLUMNS`, `EXPRESSION`, and one of `ENSID`, `GENE` or `ID`. Other
        columns are left out.

    Returns
    -------
    X : DataFrame
        The columns `promoter` (str) and half-life (float64) that are there, in this
        order; genes as index where they are named, else the number of the row from 0.
    y : Series of float64 or None
        Expression as it stands in the file; None where there is no such column.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no such table, a gene is there twice, or a number is none. The message
        names the file, and the gene where there is one.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso.datasets import read_table
    >>> path = Path(tempfile.mkdtemp()) / "genes.tsv"
    >>> _ = path.write_text("ENSID\tEXPRESSION\tCDSLEN\tPROMOTER\nENSG1\t1.5\t900\tACGT\n")
    >>> X, y = read_table(path)
    >>> X.columns.tolist(), y.to_dict()
    (['promoter', 'CDSLEN'], {'ENSG1': 1.5})
    """
    path = Path(path)
    table = _read_text(path)
    table.columns = [str(name).strip().upper() for name in table.columns]
    repeated = table.columns[table.columns.duplicated()].tolist()
    known = [name for name in _KNOWN if name in table.columns]
    if repeated or not known:
        problem = f"{quote(repeated)} twice" if repeated else "none of them"
        raise ValueError(
            f"{path}: the header must name PROMOTER or half-life columns "
            f"({', '.join(HALF_LIFE_COLUMNS)}), each once, separated by tabs; found {problem}"
        )
    if table.empty:
        raise ValueError(f"{path}: there is a header, but no gene")
    table = _with_gene_index(table, path)
    try:
        numbers = [name for name in known if name != "PROMOTER"]
        X = pd.DataFrame(numeric_columns(table, numbers), index=table.index, columns=numbers)
        y = _read_expression(table)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    if "PROMOTER" in known:
        X.insert(0, "promoter", table["PROMOTER"])
    return X, y


def _read_text(path: Path) -> pd.DataFrame:
    text = dict.fromkeys(("PROMOTER", "promoter", "Promoter"), str)
    wrong = (
        pd.errors.ParserError,
        pd.errors.ParserWarning,
        pd.errors.EmptyDataError,
        UnicodeDecodeError,
    )
    try:
        with warnings.catch_warnings():
            # rows longer than the header are cut with a warning
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(path, sep="\t", dtype=text, index_col=False)
    except wrong as error:
        raise ValueError(f"{path}: not a tab-separated table ({error})") from error
    except (EOFError, zlib.error) as error:
        raise ValueError(f"{path}: the compressed file is damaged or cut short") from error


def _with_gene_index(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    ids = [name for name in _ID_COLUMNS if name in table.columns]
    if not ids:
        return table
    table = table.set_index(table[ids[0]].astype(str).rename("gene"))
    repeated = table.index[table.index.duplicated()].unique()
    if len(repeated):
        raise ValueError(f"{path}: gene {quote(repeated)} is there more than once")
    return table


def _read_expression(table: pd.DataFrame) -> pd.Series | None:
    if "EXPRESSION" not in table.columns:
        return None
    values = numeric_columns(table, ["EXPRESSION"])[:, 0]
    bad = ~np.isfinite(values)
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(
            f"column 'EXPRESSION' must hold finite numbers, got {values[row]} "
            f"in row {table.index[row]!r}"
        )
    return pd.Series(values, index=table.index, name="expression")
