"""Expression of the Roadmap Epigenomics cell types, as the target of a table of genes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from typing import Any, TypeVar, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.naming import shown
from skxpresso._utils.table import quote, shorten
from skxpresso.datasets._histones import without_version
from skxpresso.datasets._rows import open_rows
from skxpresso.datasets._values import as_numbers, as_texts
from skxpresso.datasets.expression import log_expression

__all__ = ["join_expression", "read_roadmap", "roadmap_expression"]

Expression = TypeVar("Expression", pd.Series, pd.DataFrame)

_REFERENCE = "E000"  # a mixture of cell lines, not a cell type

#: Cell types that the paper has a model of, by their usual names.
_ALIASES = {"K562": "E123", "GM12878": "E116"}


def read_roadmap(path: str | os.PathLike[str]) -> pd.DataFrame:
    r"""Read the matrix of expression in the Roadmap cell types.

    Parameters
    ----------
    path : path-like
        Text or parquet as for `read_table`, such as `57epigenomes.RPKM.pc.gz` of the Roadmap
        Epigenomics project: Ensembl IDs in the first column, then one column for every cell
        type. Rows may end with a tab, as in that file.

    Returns
    -------
    DataFrame of shape (n_genes, n_cell_types), float64
        RPKM, with genes as index, without versions.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If the file is not such a matrix, is damaged or truncated, a gene or cell type
        occurs twice, or a value is missing, negative or infinite. The message names the
        file, and the gene where there is one.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skxpresso.datasets import read_roadmap
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "rpkm.tsv"
    >>> _ = path.write_text("gene_id\tE000\tE003\nENSG1\t1\t2.5\t\nENSG2\t0\t7\t\n")
    >>> read_roadmap(path)
             E000  E003
    gene
    ENSG1     1.0   2.5
    ENSG2     0.0   7.0
    """
    where = shown(path)
    try:
        genes, names, values = _read_matrix(path, where)
    except ValueError as error:
        prefix = "" if str(error).startswith(f"{where}: ") else f"{where}: "
        raise ValueError(f"{prefix}{error}") from error
    return pd.DataFrame(values, index=genes, columns=names)


def _read_matrix(
    path: str | os.PathLike[str], where: object
) -> tuple[pd.Index, list[str], npt.NDArray[np.float64]]:
    with open_rows(path) as rows:
        _, *names = _check_names(rows.names)
        genes: list[str] = []
        parts = []
        for _, (labels, *columns) in rows.chunks(range(1 + len(names)), 1000):
            labels = as_texts(labels)
            pairs = zip(columns, names, strict=True)
            parts.append(np.array([as_numbers(values, name, labels) for values, name in pairs]).T)
            genes += labels
    if not genes:
        raise ValueError("the file has a header but no genes")
    index = without_version(pd.Index(genes, name="gene", dtype=str))
    _check_genes(index)
    values = np.concatenate(parts)
    if (bad := ~np.isfinite(values) | (values < 0)).any():
        row, column = np.argwhere(bad)[0]
        raise ValueError(
            f"column {names[column]!r} must hold finite numbers of 0 or more, got "
            f"{values[row, column]} in row {index[row]!r}"
        )
    return index, names, values


@overload
def roadmap_expression(
    matrix: pd.DataFrame, cell_type: str | None = ..., *, log10: bool = ..., cell_types: None = ...
) -> pd.Series: ...


@overload
def roadmap_expression(
    matrix: pd.DataFrame, *, log10: bool = ..., cell_types: str | Sequence[str]
) -> pd.DataFrame: ...


def roadmap_expression(
    matrix: pd.DataFrame,
    cell_type: str | None = None,
    *,
    log10: bool = False,
    cell_types: str | Sequence[str] | None = None,
) -> pd.Series | pd.DataFrame:
    """Turn the matrix into expression that a model can predict.

    Parameters
    ----------
    matrix : DataFrame
        Matrix from `read_roadmap`.
    cell_type : str or None, default=None
        A column, such as "E123", or "K562" or "GM12878". None means the median over all
        columns except E000, which is a mixture of cell lines.
    log10 : bool, default=False
        Return log10(RPKM + 0.1), as in the published data sets, instead of RPKM.
    cell_types : "all", list of str or None, default=None
        Several columns, for a model of many outputs: "all" takes every cell type, without
        E000. None gives one number for each gene, by `cell_type`.

    Returns
    -------
    Series of float64, or DataFrame for `cell_types`
        Expression, with genes as index.

    Raises
    ------
    ValueError
        If a cell type is not a column or comes twice, or both parameters are given.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso.datasets import roadmap_expression
    >>> matrix = pd.DataFrame({"E000": [99.0], "E003": [0.9], "E123": [9.9]}, index=["ENSG1"])
    >>> roadmap_expression(matrix, "K562", log10=True).to_dict()
    {'ENSG1': 1.0}
    >>> roadmap_expression(matrix).to_dict()
    {'ENSG1': 5.4}
    >>> roadmap_expression(matrix, cell_types="all").columns.tolist()
    ['E003', 'E123']
    """
    values: Any
    if cell_types is not None:
        if cell_type is not None:
            raise ValueError(
                f"cell_type={shorten(cell_type)} and cell_types={shorten(cell_types)} must not "
                "be given together"
            )
        values = _several(matrix, cell_types)
    elif cell_type is None:
        values = _without_reference(matrix).median(axis=1).rename("expression")
    else:
        values = matrix[_column(matrix, cell_type)].rename("expression")
    return log_expression(values, "matrix") if log10 else values


def _without_reference(matrix: pd.DataFrame) -> pd.DataFrame:
    cells = matrix.drop(columns=_REFERENCE, errors="ignore")
    if cells.shape[1] == 0:
        raise ValueError(f"matrix has no cell type but {_REFERENCE}, a mixture of cell lines")
    return cells


def _column(matrix: pd.DataFrame, cell_type: str) -> str:
    column = cell_type if cell_type in matrix.columns else _ALIASES.get(cell_type, cell_type)
    if column not in matrix.columns:
        raise ValueError(
            f"cell_type must be one of {quote(matrix.columns, 12)} or of {quote(_ALIASES)}, "
            f"got {cell_type!r}"
        )
    return column


def _several(matrix: pd.DataFrame, cell_types: str | Sequence[str]) -> pd.DataFrame:
    """Select cell types, under the names that they were asked for by."""
    if isinstance(cell_types, str):
        if cell_types != "all":
            raise ValueError(f"cell_types must be 'all' or a list, got {shorten(cell_types)}")
        return _without_reference(matrix)
    names = list(cell_types)
    columns = [_column(matrix, name) for name in names]
    if not names or len(set(columns)) < len(columns):
        raise ValueError(f"cell_types must name cell types, each once, got {quote(names, 12)}")
    return matrix[columns].set_axis(names, axis=1)


def join_expression(X: pd.DataFrame, expression: Expression) -> tuple[pd.DataFrame, Expression]:
    """Put the genes of a table and their expression side by side.

    Parameters
    ----------
    X : DataFrame
        Table with genes as index, for instance from `read_table`.
    expression : Series or DataFrame
        Expression with genes as index, for instance from `roadmap_expression`; a column
        for each of several outputs.

    Returns
    -------
    X : DataFrame
        The genes that have expression, in the order and with the names of X.
    y : Series or DataFrame
        Their expression, in the same order.

    Raises
    ------
    ValueError
        If a gene occurs twice, or no gene is in both.

    Warns
    -----
    UserWarning
        If genes were lost on either side; the message says how many.

    Notes
    -----
    Versions of Ensembl IDs (the `.7` of `ENSG00000100170.7`) are ignored.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso.datasets import join_expression
    >>> X = pd.DataFrame({"promoter": ["AC", "GT"]}, index=["ENSG2.7", "ENSG1.1"])
    >>> X, y = join_expression(X, pd.Series({"ENSG1": 0.5, "ENSG2": 1.5}))
    >>> y.to_dict()
    {'ENSG2.7': 1.5, 'ENSG1.1': 0.5}
    """
    genes = without_version(X.index.astype(str))
    measured = without_version(expression.index.astype(str))
    for what, index in {"X": genes, "expression": measured}.items():
        if not index.is_unique:
            repeated = index[index.duplicated()].unique()
            raise ValueError(f"{what}: gene {quote(repeated)} occurs more than once")
    places = measured.get_indexer(genes)
    found = places >= 0
    if not found.any():
        raise ValueError(
            f"no gene of X ({quote(X.index[:2])}, ...) is in expression "
            f"({quote(expression.index[:2])}, ...)"
        )
    n_lost, n_unused = len(genes) - found.sum(), len(measured) - found.sum()
    if n_lost or n_unused:
        warnings.warn(
            f"{n_lost:,} of {len(genes):,} genes of X have no expression and are left out; "
            f"{n_unused:,} of {len(measured):,} genes with expression are not in X",
            UserWarning,
            stacklevel=2,
        )
    kept = X[found]
    return kept, expression.iloc[places[found]].set_axis(kept.index)


def _check_names(names: list[str]) -> list[str]:
    if len(names) < 2 or len(set(names)) < len(names) or "" in names[1:]:
        raise ValueError(
            "the header must name the column of genes and one or more cell types, each once, "
            f"separated by tabs; found {quote(names)}"
        )
    return names


def _check_genes(genes: pd.Index) -> None:
    if (genes == "").any():
        raise ValueError(f"row {int(np.argmax(genes == ''))} (from 0) names no gene")
    if not genes.is_unique:
        repeated = genes[genes.duplicated()].unique()
        raise ValueError(f"gene {quote(repeated)} occurs more than once")
