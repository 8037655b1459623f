"""Genes to score variants for: a table made by `skxpresso genes`, or an annotation."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from skxpresso._utils.table import require_columns
from skxpresso.datasets.table import read_places
from skxpresso.genome import Genome, genes_from_genome

__all__ = ["is_annotation", "read_genes"]


def is_annotation(path: str | os.PathLike[str]) -> bool:
    """Tell GTF and GFF3 from a table, by the ending of the name."""
    name = Path(path).name.lower().removesuffix(".gz")
    return name.endswith((".gtf", ".gff", ".gff3"))


def read_genes(
    path: str | os.PathLike[str],
    fasta: str | os.PathLike[str],
    offsets: Mapping[str, int] | None = None,
) -> pd.DataFrame:
    """Read genes with their locations.

    Parameters
    ----------
    path : path-like
        A table with the columns `CHROM`, `TSS` (0-based) and `STRAND`, as `write_genes`
        makes it; or GTF or GFF3, by the ending of its name.
    fasta : path-like
        FASTA file of the genome, used with an annotation.
    offsets : mapping of str to int, default=None
        Passed to `Genome`.

    Returns
    -------
    DataFrame
        Genes as index, with columns `chrom`, `tss`, `strand`, the promoter and the
        half-life columns.
    """
    if is_annotation(path):
        return genes_from_genome(Genome(fasta, offsets=offsets), path)
    X, places = read_places(path, ["chrom", "tss", "strand", "transcript"])
    require_columns(places, ["chrom", "tss", "strand"], "scoring variants", str(path))
    return X.assign(**{column: places[column] for column in places.columns})
