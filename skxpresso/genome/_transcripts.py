"""Choose one transcript for every gene."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import polars as pl

from skxpresso._utils.table import quote

__all__ = ["VERSION", "choose"]

#: The version at the end of an ID, as in ENSG00000100170.7 or ENSG00000183597.16_3.
VERSION = re.compile(r"\.\d+(_\d+)?$")


def choose(measured: pl.DataFrame, how: str | Iterable[str]) -> tuple[pl.DataFrame, list[str]]:
    """Keep one transcript of every gene.

    Parameters
    ----------
    measured : polars.DataFrame
        As of `measure`, in the order of first CDS lines.
    how : {"published", "longest_cds", "canonical"} or iterable of str
        See `genes_from_genome`.

    Returns
    -------
    polars.DataFrame
        Rows, in the order of genes' first lines.
    list of str
        What is to be said of the choice.
    """
    if not isinstance(how, str):
        return _listed(measured, list(how))
    if how == "published":
        kept = _published(measured)
        return measured[kept], []
    order = ["CDSLEN", "UTR5LEN", "UTR3LEN"]
    remarks = []
    if how == "canonical":
        best = measured.group_by("gene").agg(pl.col("tag").max())
        untagged = int((best["tag"] == 0).sum())
        if untagged:
            remarks = [
                f"{untagged:,} of {best.height:,} genes have no canonical transcript; the one "
                "with the longest CDS was taken"
            ]
        order = ["tag", *order]
    # a stable sort: of equals the first in the file
    first = measured.sort(order, descending=True, maintain_order=True)
    first = first.unique("gene", keep="first", maintain_order=True)
    return _in_gene_order(first, measured), remarks


def _in_gene_order(chosen: pl.DataFrame, measured: pl.DataFrame) -> pl.DataFrame:
    places = measured.select("gene").unique(maintain_order=True).with_row_index("place")
    return chosen.join(places, "gene").sort("place").drop("place")


def _published(measured: pl.DataFrame) -> list[int]:
    """Go over the transcripts in order, as the original's script does over CDS lines."""
    best: dict[str, int] = {}
    columns = [measured[name].to_numpy() for name in ("CDSLEN", "UTR5LEN", "UTR3LEN")]
    lengths = np.column_stack(columns).tolist()
    for row, gene in enumerate(measured["gene"].to_list()):
        if gene not in best or _is_better(lengths[row], lengths[best[gene]]):
            best[gene] = row
    return list(best.values())


def _is_better(new: list[int], old: list[int]) -> bool:
    (cds, utr5, utr3), (old_cds, old_utr5, old_utr3) = new, old
    return (
        (cds > old_cds and utr5 > 0)
        or (cds >= old_cds and utr5 > old_utr5)
        or (cds >= old_cds and utr5 >= old_utr5 and utr3 > old_utr3)
    )


def _listed(measured: pl.DataFrame, names: list[str]) -> tuple[pl.DataFrame, list[str]]:
    """Keep the transcripts of a list; versions count where the list has them."""
    with_version = measured["transcript"].to_list()
    known = {VERSION.sub("", name): row for row, name in reversed(list(enumerate(with_version)))}
    known |= {name: row for row, name in reversed(list(enumerate(with_version)))}
    missing = [name for name in names if name not in known]
    if missing:
        raise ValueError(
            f"transcripts names {quote(missing)}, {len(missing):,} of {len(names):,} that the "
            "annotation has no CDS of"
        )
    chosen = measured[sorted({known[name] for name in names})]
    twice = chosen.filter(chosen["gene"].is_duplicated())
    if twice.height:
        raise ValueError(
            f"transcripts names more than one of gene {twice['gene'][0]!r}: "
            f"{quote(twice.filter(pl.col('gene') == twice['gene'][0])['transcript'])}"
        )
    return _in_gene_order(chosen, measured), []
