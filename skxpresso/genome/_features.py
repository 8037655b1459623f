"""Lengths of 5' UTR, CDS, introns and 3' UTR of every transcript, in two ways of counting."""

from __future__ import annotations

import polars as pl

from skxpresso.genome.annotation import Annotation

__all__ = ["coding_blocks", "measure", "published_blocks"]

KINDS = ("utr5", "cds", "utr3")


def coding_blocks(annotation: Annotation) -> pl.DataFrame:
    """Return the blocks of UTRs and CDS: `key`, `kind` (utr5, cds, utr3), `start`, `end`.

    The stop codon belongs to the CDS, whatever the dialect; what exons have before and behind
    is UTR. A transcript without exons has those of its CDS.
    """
    blocks = annotation.blocks
    cds = blocks.filter(pl.col("kind") == "cds")
    ends = _ends(cds)
    # GTF leaves the stop codon out of the CDS, GFF3 has it inside, and may name it again
    stops = _outside(blocks.filter(pl.col("kind") == "stop"), ends, ("cds", "cds"), annotation)
    cds = pl.concat([cds, stops])
    exons = blocks.filter(pl.col("kind") == "exon")
    exons = _outside(exons, _ends(cds), ("utr5", "utr3"), annotation)
    return pl.concat([cds, exons])


def published_blocks(annotation: Annotation) -> pl.DataFrame:
    """Return the blocks as the lines of the file have them; UTRs from exons if it has none."""
    blocks = annotation.blocks.filter(pl.col("kind").is_in(KINDS))
    if blocks["kind"].is_in(["utr5", "utr3"]).any():
        return blocks
    derived = coding_blocks(annotation)
    cds = blocks.filter(pl.col("kind") == "cds")
    return pl.concat([cds, derived.filter(pl.col("kind") != "cds")])


def _ends(cds: pl.DataFrame) -> pl.DataFrame:
    return cds.group_by("key").agg(
        pl.col("start").min().alias("first"), pl.col("end").max().alias("last")
    )


def _outside(
    blocks: pl.DataFrame, ends: pl.DataFrame, names: tuple[str, str], annotation: Annotation
) -> pl.DataFrame:
    """Return what blocks have left and right of the ends, called `names` from 5' to 3'."""
    strands = annotation.transcripts.select("key", "strand")
    blocks = blocks.join(ends, "key", maintain_order="left").join(
        strands, "key", maintain_order="left"
    )
    plus = pl.col("strand") == "+"
    left = blocks.with_columns(
        pl.min_horizontal("end", "first").alias("end"),
        pl.when(plus).then(pl.lit(names[0])).otherwise(pl.lit(names[1])).alias("kind"),
    )
    right = blocks.with_columns(
        pl.max_horizontal("start", "last").alias("start"),
        pl.when(plus).then(pl.lit(names[1])).otherwise(pl.lit(names[0])).alias("kind"),
    )
    both = pl.concat([left, right]).filter(pl.col("end") > pl.col("start"))
    return both.select("key", "kind", "start", "end")


def measure(annotation: Annotation, published: bool) -> pl.DataFrame:
    """Measure every transcript.

    Parameters
    ----------
    annotation : Annotation
        Transcripts and blocks.
    published : bool
        Count as the original does: every block, and the transcript, one nt short.

    Returns
    -------
    polars.DataFrame
        A row per transcript, in the annotation's order: its columns, and `UTR5LEN`, `CDSLEN`,
        `INTRONLEN`, `UTR3LEN`, `ORFEXONDENSITY`.
    """
    short = int(published)
    blocks = published_blocks(annotation) if published else coding_blocks(annotation)
    lengths = blocks.group_by("key").agg(
        *(
            (pl.col("end") - pl.col("start") - short)
            .filter(pl.col("kind") == kind)
            .sum()
            .alias(f"{kind.upper()}LEN")
            for kind in KINDS
        ),
    )
    lines = annotation.blocks.filter(pl.col("kind") == "cds")["key"].value_counts(name="n_cds")
    table = annotation.transcripts.join(lengths, "key", maintain_order="left")
    table = table.join(lines, "key", maintain_order="left")
    parts = pl.col("UTR5LEN") + pl.col("CDSLEN") + pl.col("UTR3LEN")
    span = pl.col("end") - pl.col("start") - short
    density = pl.col("n_cds") * 1000 / pl.max_horizontal("CDSLEN", pl.lit(1))
    if not published:  # an exon may lie where there is neither: none is lost
        exons = annotation.blocks.filter(pl.col("kind") == "exon")
        total = exons.group_by("key").agg((pl.col("end") - pl.col("start")).sum().alias("exons"))
        table = table.join(total, "key", how="left", maintain_order="left")
        parts = pl.coalesce(pl.col("exons"), parts)
    return table.with_columns(
        (span - parts).alias("INTRONLEN"),
        (density.round(2) if published else density).alias("ORFEXONDENSITY"),
    )
