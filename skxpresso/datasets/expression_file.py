"""Read expression by gene, a table of its own beside that of the promoters."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd

from skxpresso._utils.naming import shown
from skxpresso._utils.table import quote
from skxpresso.datasets._rows import open_rows
from skxpresso.datasets._values import as_numbers, as_texts

__all__ = ["read_expression"]


def read_expression(path: str | os.PathLike[str]) -> pd.Series:
    r"""Read a table of genes and their expression alone.

    Parameters
    ----------
    path : path-like
        Text or parquet, as for `read_table`: genes in the first column, and a column
        `EXPRESSION`, or one other column.

    Returns
    -------
    Series of float64
        Expression, with genes as index.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If there are other columns, or a value is not a finite number.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skxpresso.datasets.expression_file import read_expression
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "rpkm.csv"
    >>> _ = path.write_text("gene,rpkm\nENSG1,9.9\n")
    >>> read_expression(path).to_dict()
    {'ENSG1': 9.9}
    """
    with open_rows(path) as rows:
        if len(rows.names) < 2:
            raise ValueError(
                f"{shown(path)} must have genes and expression in columns separated by tabs, "
                f"commas or semicolons, got {len(rows.names)} column"
            )
        named = [i for i, name in enumerate(rows.names) if i and name.upper() == "EXPRESSION"]
        places = named or list(range(1, len(rows.names)))
        if len(places) != 1:
            raise ValueError(
                f"{shown(path)} must have a column EXPRESSION, or one beside the genes; it has "
                f"{quote(rows.names)}"
            )
        chunks = [chunk for _, chunk in rows.chunks([0, places[0]], 1000)]
    genes = pd.Index([gene for names, _ in chunks for gene in as_texts(names)], name="gene")
    values = [value for _, column in chunks for value in column]
    try:
        numbers = as_numbers(values, rows.names[places[0]], genes)
    except ValueError as error:
        raise ValueError(f"{shown(path)}: {error}") from error
    if not np.isfinite(numbers).all():
        row = int(np.argmin(np.isfinite(numbers)))
        raise ValueError(
            f"{shown(path)}: expression must be finite numbers, got {numbers[row]} for "
            f"{genes[row]!r}"
        )
    return pd.Series(numbers, index=genes, name="expression")
