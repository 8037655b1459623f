"""Read a training table: genes, promoters, half-life columns, expression."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

import numpy as np
import pandas as pd

from skxpresso._utils.table import numeric_columns, quote
from skxpresso._utils.text import open_text
from skxpresso.datasets._histones import is_histone, without_version
from skxpresso.datasets._names import SeenNames
from skxpresso.datasets.expression import log_expression
from skxpresso.halflife import HALF_LIFE_COLUMNS

__all__ = ["iter_table", "read_columns", "read_genes", "read_table"]

Path = str | os.PathLike[str]

_ID_COLUMNS = ("ENSID", "GENE", "ID")
_SYMBOL_COLUMNS = ("SYMBOL", "GENE_NAME", "GENENAME", "GENE")
_KNOWN = ("PROMOTER", *HALF_LIFE_COLUMNS)
_TEXT = {*_ID_COLUMNS, *_SYMBOL_COLUMNS, "PROMOTER", "CHROM"}
_MISSING = ["", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "<NA>"]


def read_table(
    path: Path, *, species: str | None = None, masked: Path | Iterable[str] | None = None
) -> tuple[pd.DataFrame, pd.Series | None]:
    r"""Read a table of genes from tab-separated text, plain or gzip.

    Parameters
    ----------
    path : path-like
        File with a header of column names, in upper or lower case: `PROMOTER`, any of
        `HALF_LIFE_COLUMNS`, `EXPRESSION`, and one of `ENSID`, `GENE` or `ID`. Other columns
        are ignored.
    species : {"human", "mouse"} or None, default=None
        Leave out the histone genes of this species, whose mRNA has no poly(A) tail and is
        measured wrongly. They are recognized by their symbols, old or new, in the column
        `SYMBOL`, `GENE_NAME`, `GENENAME` or `GENE`. None keeps them.
    masked : list of str, path-like or None, default=None
        Genes to leave out: their names, or a text file with one name per line. Versions of
        Ensembl IDs (the `.7` of `ENSG00000100170.7`) are ignored.

    Returns
    -------
    X : DataFrame
        The columns `promoter` (str) and half-life (float64) that are in the file, in this
        order. The index holds the genes if they are named, or else the row numbers from 0.
    y : Series of float64 or None
        Expression as in the file; None if there is no such column.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If the file is not such a table, is damaged or truncated, a gene has no name or no
        promoter or occurs twice, or a number cannot be read. The message names the file,
        and the gene where there is one.

    See Also
    --------
    iter_table : Reads the same rows as a stream.
    read_columns : Reads other columns.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skxpresso.datasets import read_table
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "genes.tsv"
    >>> _ = path.write_text("ENSID\tEXPRESSION\tCDSLEN\tPROMOTER\nENSG1\t1.5\t900\tACGT\n")
    >>> X, y = read_table(path)
    >>> X.columns.tolist(), y.to_dict()
    (['promoter', 'CDSLEN'], {'ENSG1': 1.5})
    """
    tables: list[pd.DataFrame] = []
    expression: list[pd.Series] = []
    for X, y in iter_table(path, species=species, masked=masked):
        tables.append(X)
        expression += [] if y is None else [y]
    table = pd.concat(tables)
    if table.empty:
        raise ValueError(f"{path}: all genes are histones or masked, none is left")
    return table, pd.concat(expression) if expression else None


def read_genes(
    path: Path,
    *,
    species: str | None = None,
    masked: Path | Iterable[str] | None = None,
    halflife: bool = True,
    log10: bool = False,
    needed: Sequence[str] = ("promoter",),
) -> tuple[pd.DataFrame, pd.Series]:
    r"""Read a table of genes with measured expression, for training or scoring.

    Parameters
    ----------
    path : path-like
        File as for `read_table`, with the column `EXPRESSION`.
    species, masked
        As in `read_table`.
    halflife : bool, default=True
        False leaves half-life columns out.
    log10 : bool, default=False
        Take log10(x + 0.1) of expression.
    needed : sequence of str, default=("promoter",)
        Other columns that must be there.

    Returns
    -------
    X : DataFrame
        As from `read_table`.
    y : Series of float64
        Expression of the genes.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        As for `read_table`, and if expression or one of the columns is missing, or a
        number has no logarithm.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skxpresso.datasets.table import read_genes
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "genes.tsv"
    >>> _ = path.write_text("ENSID\tEXPRESSION\tPROMOTER\nENSG1\t9.9\tACGT\n")
    >>> read_genes(path, log10=True)[1].to_dict()
    {'ENSG1': 1.0}
    """
    X, y = read_table(path, species=species, masked=masked)
    missing = ["EXPRESSION"] * (y is None) + [name.upper() for name in needed if name not in X]
    if y is None or missing:
        raise ValueError(f"{path} has no column {' and no column '.join(missing)}")
    X = X if halflife else X.filter(["promoter"])
    return X, log_expression(y, path) if log10 else y


def read_columns(path: Path, names: Sequence[str]) -> pd.DataFrame:
    r"""Read columns of a table of genes that are not features, such as coordinates or replicates.

    Parameters
    ----------
    path : path-like
        As in `read_table`.
    names : sequence of str
        Names of the columns, in upper or lower case.

    Returns
    -------
    DataFrame
        Those of the columns that are in the file, under the given names. The index is that
        of `read_table`. `chrom` is text.

    Raises
    ------
    OSError, ValueError
        As `read_table`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skxpresso.datasets import read_columns
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "genes.tsv"
    >>> _ = path.write_text("ID\tPROMOTER\tCHROM\tSTART\na\tACGT\t1\t0\n")
    >>> read_columns(path, ["chrom", "start", "end"])
         chrom  start
    gene
    a        1      0
    """
    seen = SeenNames()
    parts = []
    for chunk in _chunks(path, 100_000):
        there = {name.upper(): name for name in names if name.upper() in chunk.columns}
        try:
            parts.append(_with_gene_index(chunk, seen)[list(there)].rename(columns=there))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
    return pd.concat(parts)


def iter_table(
    path: Path,
    chunk_size: int = 1000,
    *,
    species: str | None = None,
    masked: Path | Iterable[str] | None = None,
) -> Iterator[tuple[pd.DataFrame, pd.Series | None]]:
    r"""Read a table of genes as a stream.

    Memory depends on `chunk_size` and not on the number of genes, except for 16 bytes per
    gene, which serve to find duplicate genes.

    Parameters
    ----------
    path : path-like
        File or pipe, as for `read_table`.
    chunk_size : int, default=1000
        Number of rows read at a time.
    species, masked
        As in `read_table`.

    Yields
    ------
    X : DataFrame
        As from `read_table`. It may be empty if all its genes are left out.
    y : Series of float64 or None
        As from `read_table`.

    Raises
    ------
    OSError, ValueError
        As for `read_table`, when the faulty row is reached; the rows before it have been
        yielded by then.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skxpresso.datasets import iter_table
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "genes.tsv"
    >>> _ = path.write_text("ID\tPROMOTER\na\tACGT\nb\tACGT\nc\tACGT\n")
    >>> [X.index.tolist() for X, y in iter_table(path, chunk_size=2)]
    [['a', 'b'], ['c']]
    """
    if chunk_size < 1:
        raise ValueError(f"chunk_size must be 1 or more, got {chunk_size}")
    if species not in (None, "human", "mouse"):
        raise ValueError(f"species must be 'human', 'mouse' or None, got {species!r}")
    return _tables(path, chunk_size, species, _read_names(masked))


def _tables(
    path: Path, chunk_size: int, species: str | None, masked: set[str]
) -> Iterator[tuple[pd.DataFrame, pd.Series | None]]:
    seen = SeenNames()
    rows = 0
    for chunk in _chunks(path, chunk_size):
        try:
            named = _with_gene_index(chunk, seen)
            if "PROMOTER" in named and (empty := named["PROMOTER"] == "").any():
                raise ValueError(f"gene {quote(named.index[empty])} has no promoter")
            kept = named[~_left_out(named, species, masked)]
            X, y = _promoters_and_numbers(kept), _expression(kept)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        rows += len(chunk)
        yield X, y
    if rows == 0:
        raise ValueError(f"{path}: the file has a header but no genes")


def _chunks(path: Path, chunk_size: int) -> Iterator[pd.DataFrame]:
    """Read rows unchanged, under the names of the header in upper case."""
    with open_text(path) as text:
        names = _read_header(text, path)
        try:
            with warnings.catch_warnings():
                # rows longer than the header are cut with a warning
                warnings.simplefilter("error", pd.errors.ParserWarning)
                yield from pd.read_csv(
                    text,
                    sep="\t",
                    names=names,
                    header=None,
                    index_col=False,
                    dtype=dict.fromkeys(_TEXT.intersection(names), str),
                    # a promoter may be the text NA
                    na_values={name: _MISSING for name in names if name not in _TEXT},
                    keep_default_na=False,
                    low_memory=False,
                    chunksize=chunk_size,
                )
        except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
            raise ValueError(f"{path}: not a tab-separated table ({error})") from error


def _read_header(text: TextIO, path: Path) -> list[str]:
    line = next((line for line in text if line.strip()), "")
    names = [name.strip(' "\n').upper() for name in line.split("\t")]
    repeated = {name for name in names if names.count(name) > 1}
    if repeated or not set(names) & set(_KNOWN):
        problem = f"{quote(sorted(repeated))} twice" if repeated else "none of them"
        raise ValueError(
            f"{path}: the header must name PROMOTER or half-life columns "
            f"({', '.join(HALF_LIFE_COLUMNS)}), each once, separated by tabs; found {problem}"
        )
    return names


def _with_gene_index(table: pd.DataFrame, seen: SeenNames) -> pd.DataFrame:
    ids = [name for name in _ID_COLUMNS if name in table.columns]
    if not ids:
        return table
    genes = table[ids[0]].str.strip()
    if (unnamed := genes == "").any():
        raise ValueError(f"row {table.index[unnamed][0]} (from 0) has no name in column {ids[0]!r}")
    if (repeated := seen.add(genes.tolist())) is not None:
        raise ValueError(f"gene {repeated!r} occurs more than once")
    return table.set_index(genes.rename("gene"))


def _left_out(table: pd.DataFrame, species: str | None, masked: set[str]) -> pd.Series:
    left_out = pd.Series(False, index=table.index)
    if masked:
        left_out |= without_version(table.index.astype(str)).isin(masked)
    if species is not None:
        column = next((name for name in _SYMBOL_COLUMNS if name in table.columns), None)
        if column is None or table[column].str.match("ENS[A-Z]*G[0-9]").all():
            raise ValueError(
                f"species={species!r} leaves out histone genes by their symbols, but no column "
                f"of {quote(_SYMBOL_COLUMNS)} holds symbols; masked= takes a list of genes"
            )
        left_out |= is_histone(table[column], species)
    return left_out


def _read_names(masked: Path | Iterable[str] | None) -> set[str]:
    if masked is None:
        return set()
    if isinstance(masked, (str, os.PathLike)):
        with open_text(masked) as text:
            masked = [line.split("\t")[0].strip() for line in text if line.strip()]
    return set(without_version(pd.Index(masked, dtype=str)))


def _promoters_and_numbers(table: pd.DataFrame) -> pd.DataFrame:
    numbers = [name for name in HALF_LIFE_COLUMNS if name in table.columns]
    X = pd.DataFrame(numeric_columns(table, numbers), index=table.index, columns=numbers)
    if "PROMOTER" in table.columns:
        X.insert(0, "promoter", table["PROMOTER"])
    return X


def _expression(table: pd.DataFrame) -> pd.Series | None:
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
