"""Exons of transcripts whose file has none: from UTRs and CDS, or from what is no intron."""

from __future__ import annotations

import polars as pl

__all__ = ["with_exons"]

_PARTS = ("cds", "stop", "utr5", "utr3")


def with_exons(transcripts: pl.DataFrame, blocks: pl.DataFrame) -> pl.DataFrame:
    """Return the blocks, without introns, and with exons for every transcript.

    Where a file names no exons of a transcript but its UTRs (as Phytozome does), these and the
    CDS make them. Where it has neither (SGD), all of the transcript is exon that is neither an
    intron by name nor between two blocks of CDS.

    Parameters
    ----------
    transcripts : polars.DataFrame
        `key`, `start`, `end`.
    blocks : polars.DataFrame
        `key`, `kind` (as in `Annotation`, or intron), `start`, `end`.
    """
    introns = blocks.filter(pl.col("kind") == "intron")
    blocks = blocks.filter(pl.col("kind") != "intron")
    has_exons = blocks.filter(pl.col("kind") == "exon").select("key").unique()
    parts = blocks.filter(pl.col("kind").is_in(_PARTS)).join(has_exons, "key", how="anti")
    if parts.is_empty():
        return blocks
    has_utrs = parts.filter(pl.col("kind").is_in(["utr5", "utr3"])).select("key").unique()
    joined = _merged(parts)
    from_parts = joined.join(has_utrs, "key", how="semi")
    bare = joined.join(has_utrs, "key", how="anti")
    named = introns.join(bare, "key", how="semi").select("key", "start", "end")
    spans = transcripts.join(bare, "key", how="semi").select("key", "start", "end")
    exons = pl.concat([from_parts, _without(spans, pl.concat([_gaps(bare), named]))])
    exons = exons.with_columns(pl.lit("exon").alias("kind")).select(blocks.columns)
    return pl.concat([blocks, exons.sort("key", "start")])


def _merged(blocks: pl.DataFrame) -> pl.DataFrame:
    """Join blocks of a transcript that overlap or touch: `key`, `start`, `end`, sorted."""
    blocks = blocks.sort("key", "start")
    before = pl.col("end").cum_max().shift().over("key")
    begins = (pl.col("start") > before).fill_null(True)
    return (
        blocks.with_columns(begins.cum_sum().alias("run"))
        .group_by("key", "run", maintain_order=True)
        .agg(pl.col("start").min(), pl.col("end").max())
        .select("key", "start", "end")
    )


def _gaps(blocks: pl.DataFrame) -> pl.DataFrame:
    """Return what lies between the blocks of a transcript, which are sorted and apart."""
    before = pl.col("end").shift().over("key")
    gaps = blocks.select("key", before.alias("start"), pl.col("start").alias("end"))
    return gaps.drop_nulls()


def _without(spans: pl.DataFrame, gaps: pl.DataFrame) -> pl.DataFrame:
    """Return what is left of spans: a gap of no length at their ends closes the last piece."""
    closing = spans.select("key", pl.col("end").alias("start"), "end")
    gaps = pl.concat([gaps, closing]).sort("key", "start", "end")
    gaps = gaps.join(
        spans.select("key", pl.col("start").alias("first")), "key", maintain_order="left"
    )
    before = pl.col("end").cum_max().shift().over("key").fill_null(pl.col("first"))
    pieces = gaps.select("key", before.alias("start"), pl.col("start").alias("end"))
    return pieces.filter(pl.col("end") > pl.col("start"))
