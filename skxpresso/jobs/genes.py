"""Write a table of genes from a genome and its annotation."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from skxpresso._utils.files import replacing
from skxpresso._utils.naming import shown
from skxpresso._utils.outputs import claimed
from skxpresso._utils.parquet import write_parquet
from skxpresso.datasets import join_expression
from skxpresso.datasets.expression_file import read_expression
from skxpresso.genome import Genome, genes_from_genome
from skxpresso.halflife import HALF_LIFE_COLUMNS
from skxpresso.model_selection.groups import overlap_groups

__all__ = ["write_genes"]

_ENDINGS = (".tsv", ".txt", ".gz", ".parquet")


def write_genes(
    fasta: str | os.PathLike[str],
    annotation: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    expression: str | os.PathLike[str] | None = None,
    offsets: Mapping[str, int] | None = None,
    **options: Any,
) -> pd.DataFrame:
    r"""Make a table of genes from a genome and its annotation, and write it.

    Parameters
    ----------
    fasta, annotation : path-like
        As in `genes_from_genome`.
    out : path-like
        File to write: tab-separated text, compressed if the name ends in `.gz`, or
        `.parquet`. Column names are in capitals, with `GENE` first and `PROMOTER` last. The
        file appears when it is complete.
    expression : path-like or None, default=None
        A table as for `read_table`: genes in the first column, and a column `EXPRESSION`,
        or one column of numbers. Genes without expression are left out.
    offsets : mapping of str to int, default=None
        Passed to `Genome`.
    **options : dict
        Passed to `genes_from_genome`.

    Returns
    -------
    DataFrame
        The table, as from `genes_from_genome`, with a column `expression` if it was given.
        Its ``attrs["remarks"]`` also say how many promoters overlap.

    Raises
    ------
    OSError, ValueError
        As for `genes_from_genome`, and if the name of `out` has another ending.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso.jobs.genes import write_genes
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "genome.fa").write_text(">chr1\nAACCGTATGGGATAACC\n")
    >>> line = 'chr1\thand\tCDS\t7\t15\t.\t+\t0\tgene_id "g"; transcript_id "t";\n'
    >>> _ = (folder / "genes.gtf").write_text(line)
    >>> out = folder / "genes.tsv"
    >>> _ = write_genes(
    ...     folder / "genome.fa", folder / "genes.gtf", out, upstream=3, downstream=2
    ... )
    >>> from skxpresso.datasets import read_table
    >>> read_table(out)[0]["promoter"].to_dict()
    {'g': 'CGTAT'}
    """
    out = Path(out)
    if out.suffix not in _ENDINGS:
        raise ValueError(f"{shown(out)} must end in one of {', '.join(_ENDINGS)}")
    others = [path for path in (expression, options.get("tss")) if path is not None]
    with claimed([out], [fasta, annotation, *others]):
        values = None if expression is None else read_expression(expression)
        genes = genes_from_genome(Genome(fasta, offsets=offsets), annotation, **options)
        remarks = [*genes.attrs["remarks"]]
        if values is not None:
            kept, measured = join_expression(genes, values)
            genes = kept.assign(expression=measured)
        genes.attrs["remarks"] = [*remarks, _about_overlap(genes)]
        _write(genes, out)
    return genes


def _write(genes: pd.DataFrame, out: Path) -> None:
    names = [name for name in genes.columns if name not in (*HALF_LIFE_COLUMNS, "promoter")]
    table = genes[[*names, *HALF_LIFE_COLUMNS, "promoter"]].rename(columns=str.upper)
    with replacing(out) as path:
        if out.suffix == ".parquet":
            columns = {"GENE": table.index.tolist()} | table.to_dict("list")
            write_parquet(pl.DataFrame(columns, strict=False), path)
        else:
            table.to_csv(path, sep="\t", index_label="GENE", lineterminator="\n")


def _about_overlap(genes: pd.DataFrame) -> str:
    groups = overlap_groups(genes)
    sizes = np.bincount(groups)
    shared = int((sizes[groups] > 1).sum())
    return (
        f"{shared:,} of {len(genes):,} promoters ({100 * shared / len(genes):.1f} %) overlap with "
        f"another: a random split leaks, {len(sizes):,} groups of overlapping ones do not"
    )
