"""Read a training table: genes, promoters, half-life columns, expression."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Unpack

import pandas as pd

from skxpresso._utils.naming import shown
from skxpresso._utils.table import quote
from skxpresso._utils.text import open_text
from skxpresso.datasets._chunk import GeneRows
from skxpresso.datasets._header import (
    check_logarithm,
    check_needed,
    find_layout,
    say_columns,
)
from skxpresso.datasets._histones import without_version
from skxpresso.datasets._layout import ColumnNames, Layout
from skxpresso.datasets._names import SeenNames
from skxpresso.datasets._rows import Rows, open_rows
from skxpresso.datasets._values import as_typed
from skxpresso.datasets.cell_types import CellTypes, choose_cell_types, read_outputs
from skxpresso.datasets.expression import log_expression

__all__ = [
    "ColumnNames",
    "GeneTable",
    "MeasuredGenes",
    "iter_rows",
    "iter_table",
    "read_columns",
    "read_genes",
    "read_places",
    "read_table",
]

Path = str | os.PathLike[str]


class GeneTable(NamedTuple):
    """Features of genes, their expression if there is any, and other columns."""

    X: pd.DataFrame
    y: pd.Series | None
    others: pd.DataFrame


class MeasuredGenes(NamedTuple):
    """Features of genes, their expression, and other columns."""

    X: pd.DataFrame
    y: Any
    others: pd.DataFrame


def read_table(
    path: Path,
    *,
    species: str | None = None,
    masked: Path | Iterable[str] | None = None,
    **columns: Unpack[ColumnNames],
) -> tuple[pd.DataFrame, pd.Series | None]:
    r"""Read a table of genes: text separated by tabs, commas or semicolons, or parquet.

    Parameters
    ----------
    path : path-like
        File with a header of column names, in upper or lower case: `PROMOTER`, any of
        `HALF_LIFE_COLUMNS`, `EXPRESSION`, and one of `ENSID`, `GENE` or `ID`. Other columns
        are ignored. Text may be compressed with gzip, bzip2, xz or Zstandard; "-" is
        standard input.
    species : {"human", "mouse"} or None, default=None
        Leave out the histone genes of this species, whose mRNA has no poly(A) tail and is
        measured wrongly. They are recognized by their symbols, old or new, in the column
        `SYMBOL`, `GENE_NAME`, `GENENAME` or `GENE`. None keeps them.
    masked : list of str, path-like or None, default=None
        Genes to leave out: their names, or a text file with one name per line. Versions of
        Ensembl IDs (the `.7` of `ENSG00000100170.7`) are ignored.
    promoter_column, expression_column, id_column : str or None, default=None
        Names of the columns that hold the sequences, expression, and the names of genes.
        None looks for the names above, and then for plain ones such as `sequence`,
        `log_expression` and `gene_id`.
    halflife_columns : list of str, dict or None, default=None
        The half-life columns to read; a dict says which column holds which of them, such
        as ``{"CDSLEN": "cds_length"}``. None looks for all of them.

    Returns
    -------
    X : DataFrame
        The columns `promoter` (str) and half-life (float64) that are in the file, in this
        order. The index holds the genes if they are named, or else the row numbers from 0.
    y : Series of float64 or None
        Expression as in the file; None if there is no such column.

    Raises
    ------
    ImportError
        If the file is parquet or Zstandard, and the extra ``tables`` is not installed.
    OSError
        If the file cannot be read.
    ValueError
        If the file is not such a table, is damaged or truncated, a gene has no name or no
        promoter or occurs twice, or a number cannot be read. The message names the file,
        and the gene or the line.

    Warns
    -----
    UserWarning
        If a column is not used, but has nearly the name of a half-life column.

    Notes
    -----
    Which columns are used, and which are not, is logged (logger ``skxpresso``, level INFO).

    In text separated by tabs, quotes around a whole field are removed, and any other quote
    is a letter. In text separated by commas or semicolons, a field in quotes may hold
    separators, but no line break.

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
    table = _read_all(path, species, masked, (), columns)
    return table.X, table.y


def read_genes(
    path: Path,
    *,
    species: str | None = None,
    masked: Path | Iterable[str] | None = None,
    halflife: bool = True,
    log10: bool = False,
    needed: Sequence[str] = ("promoter",),
    others: Sequence[str] = (),
    columns: ColumnNames | None = None,
    cell_types: CellTypes | None = None,
) -> MeasuredGenes:
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
    others : sequence of str
        Columns to read beside the features, as by `read_columns`.
    columns : dict or None, default=None
        Names of columns: parameters of `read_table`.
    cell_types : "all", sequence of str or None, default=None
        Columns that hold expression in several cell types, in place of `EXPRESSION`; see
        `datasets.cell_types.choose_cell_types`. A gene may lack some of them.

    Returns
    -------
    MeasuredGenes
        `X` as from `read_table`; `y`, expression, a DataFrame for several cell types; and the
        `others` that are in the file.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        As for `read_table`; if expression or one of the columns is missing; or if a number
        has no logarithm, or is one by the name of its column.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skxpresso.datasets.table import read_genes
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "genes.tsv"
    >>> _ = path.write_text("ENSID\tEXPRESSION\tPROMOTER\nENSG1\t9.9\tACGT\n")
    >>> read_genes(path, log10=True).y.to_dict()
    {'ENSG1': 1.0}
    """
    names: dict[str, Any] = dict(columns or {})
    if not halflife:
        names["halflife_columns"] = []
    if cell_types is not None:
        asked = cell_types

        def both(header: Sequence[str]) -> list[str]:
            return [*choose_cell_types(header, asked), *others]

        X, _, rest = _read_all(path, species, masked, both, names, needed)
        outputs: Any = rest[[name for name in rest.columns if name not in others]]
        return MeasuredGenes(X, read_outputs(outputs, log10, shown(path)), rest)
    X, y, rest = _read_all(path, species, masked, others, names, ["expression", *needed], log10)
    expression: Any = log_expression(y, shown(path)) if log10 else y
    return MeasuredGenes(X, expression, rest)


def read_places(path: Path, names: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the features of genes, and other columns such as coordinates, in one go.

    Parameters
    ----------
    path : path-like
        As in `read_table`.
    names : sequence of str
        The other columns, as in `read_columns`.

    Returns
    -------
    X : DataFrame
        As from `read_table`.
    others : DataFrame
        Those of the columns that are in the file.
    """
    table = _read_all(path, None, None, names, {})
    return table.X, table.others


def read_columns(path: Path, names: Sequence[str], *, id_column: str | None = None) -> pd.DataFrame:
    r"""Read columns of a table of genes that are not features, such as coordinates or replicates.

    Parameters
    ----------
    path : path-like
        As in `read_table`.
    names : sequence of str
        Names of the columns, in upper or lower case.
    id_column : str or None, default=None
        As in `read_table`.

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
    with open_rows(path) as rows:
        layout = find_layout(rows, shown(path), {"id_column": id_column})
        parts = list(_parts(rows, layout, shown(path), 100_000, others=names, features=False))
    return _concat([part.others for part in parts])


def iter_table(
    path: Path,
    chunk_size: int = 1000,
    *,
    species: str | None = None,
    masked: Path | Iterable[str] | None = None,
    **columns: Unpack[ColumnNames],
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
    species, masked, promoter_column, expression_column, id_column, halflife_columns
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
    _check_species(species)
    return _stream(path, chunk_size, species, _read_names(masked), columns)


def _stream(
    path: Path, chunk_size: int, species: str | None, masked: set[str], columns: ColumnNames
) -> Iterator[tuple[pd.DataFrame, pd.Series | None]]:
    with open_rows(path) as rows:
        for part in iter_rows(rows, shown(path), chunk_size, columns, species, masked):
            yield part.X, part.y


def iter_rows(
    rows: Rows,
    where: Any,
    chunk_size: int,
    columns: Mapping[str, Any],
    species: str | None = None,
    masked: Iterable[str] = (),
    places: Sequence[str] = (),
) -> Iterator[GeneTable]:
    """Do what `iter_table` does, with rows that are already open, for instance from a pipe.

    The header is checked at once. `places` are the `others` of each part where the table has all
    of them; it has none else.
    """
    layout = find_layout(rows, where, columns)
    upper = {name.upper() for name in rows.names}
    others = places if all(name.upper() in upper for name in places) else ()
    say_columns(layout, rows.form, where, others)
    options: Any = {"species": species, "masked": set(masked), "others": others}
    parts = _parts(rows, layout, where, chunk_size, **options)
    return (part._replace(others=_concat([part.others])) for part in parts)


def _read_all(
    path: Path,
    species: str | None,
    masked: Path | Iterable[str] | None,
    others: Sequence[str] | Callable[[Sequence[str]], list[str]],
    columns: Mapping[str, Any],
    needed: Sequence[str] = (),
    log10: bool = False,
) -> GeneTable:
    """Read the whole table; what is `needed` must be among its columns."""
    _check_species(species)
    names, where = _read_names(masked), shown(path)
    with open_rows(path) as rows:
        layout = find_layout(rows, where, columns)
        check_needed(layout, where, needed)
        check_logarithm(layout, where, log10)
        chosen = others(rows.names) if callable(others) else others
        say_columns(layout, rows.form, where, read=chosen)
        parts = list(
            _parts(rows, layout, where, 1000, species=species, masked=names, others=chosen)
        )
    X = _concat([part.X for part in parts])
    if X.empty:
        raise ValueError(f"{where}: all genes are histones or masked, none is left")
    y = None if layout.expression is None else pd.concat([part.y for part in parts])
    return GeneTable(X, y, _concat([part.others for part in parts]))


def _concat(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join tables of text as read; a column of others becomes numbers where all of it is."""
    table = pd.concat(tables)
    for name in [name for name in table.columns if table[name].dtype == object]:
        table[name] = as_typed(table[name].tolist(), str(name).upper() != "CHROM")
    return table


def _check_species(species: str | None) -> None:
    if species not in (None, "human", "mouse"):
        raise ValueError(f"species must be 'human', 'mouse' or None, got {species!r}")


def _parts(
    rows: Rows,
    layout: Layout,
    where: Any,
    chunk_size: int,
    *,
    species: str | None = None,
    masked: Iterable[str] = (),
    others: Sequence[str] = (),
    features: bool = True,
) -> Iterator[GeneTable]:
    """Read the chunks; `others` stay as they stand in the file."""
    upper = [name.upper() for name in rows.names]
    extra = {name: upper.index(name.upper()) for name in others if name.upper() in upper}
    places = {*extra.values(), *(layout.used() if features else [layout.gene])}
    if species is not None:
        places.add(layout.symbol)
    read = sorted(place for place in places if place is not None)
    seen, n_rows, n_masked = SeenNames(), 0, 0
    for n, values in rows.chunks(read, chunk_size):
        chunk = GeneRows(layout, dict(zip(read, values, strict=True)), n_rows, n)
        try:
            index = chunk.index(seen)
            kept = ~chunk.left_out(index, species, masked)
            X = chunk.features(index, kept) if features else pd.DataFrame()
            y = chunk.expression(index, kept) if features else None
            part = GeneTable(X, y, chunk.others(index, extra, kept))
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
        n_rows += n
        n_masked += int(without_version(index.astype(str)).isin(masked).sum()) if masked else 0
        yield part
    if n_rows == 0:
        raise ValueError(f"{where}: the file has a header but no genes")
    if masked and not n_masked:
        warnings.warn(
            f"none of the genes to leave out ({quote(sorted(masked), 3)}) is in {where}",
            UserWarning,
            stacklevel=5,
        )


def _read_names(masked: Path | Iterable[str] | None) -> set[str]:
    if masked is None:
        return set()
    if isinstance(masked, (str, os.PathLike)):
        with open_text(masked) as text:
            masked = [line.split("\t")[0].strip() for line in text if line.strip()]
    return set(without_version(pd.Index(masked, dtype=str)))
