"""`skxpresso genes`: the table of genes from a genome and its annotation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from skxpresso.cli._options import is_there


def genes(
    fasta: Annotated[
        Path,
        typer.Argument(
            metavar="GENOME", help="FASTA, plain or packed with bgzip.", callback=is_there
        ),
    ],
    annotation: Annotated[
        Path,
        typer.Argument(metavar="ANNOTATION", help="GTF or GFF3, plain or gzip.", callback=is_there),
    ],
    out: Annotated[Path, typer.Option(help="Table: .tsv, .tsv.gz or .parquet.")],
    expression: Annotated[
        Path | None,
        typer.Option(
            help="Table of genes and expression; genes without are left out.", callback=is_there
        ),
    ] = None,
    upstream: Annotated[int, typer.Option(min=0, help="nt of promoter before the TSS.")] = 10_000,
    downstream: Annotated[int, typer.Option(min=0, help="nt from the TSS on.")] = 10_000,
    tss: Annotated[
        Path | None,
        typer.Option(
            help="BED of measured start sites, by gene, symbol or p1@symbol.", callback=is_there
        ),
    ] = None,
    transcripts: Annotated[
        str, typer.Option(help="published, longest_cds or canonical: which one stands for a gene.")
    ] = "published",
    features: Annotated[
        str, typer.Option(help="corrected, or published: lengths as the original counts them.")
    ] = "corrected",
    edge: Annotated[
        str, typer.Option(help="pad, drop or error: promoters beyond the known sequence.")
    ] = "pad",
    chromosomes: Annotated[
        str | None, typer.Option(help="Keep these, separated by commas; all if not given.")
    ] = None,
    biotype: Annotated[
        str, typer.Option(help="Of the genes to keep; any for all that have a CDS.")
    ] = "protein_coding",
    offset: Annotated[
        list[str] | None,
        typer.Option(help="NAME=POSITION: where a piece of a chromosome begins, 0-based."),
    ] = None,
) -> None:
    """Make the table of genes: promoters, their places, and the eight half-life columns.

    OUT has the columns GENE, GENE_NAME, TRANSCRIPT, CHROM, START and END (of the promoter,
    0-based, half-open), STRAND, TSS, the half-life columns, PROMOTER, and EXPRESSION where
    it is given: what train, tune and evaluate read.

    Example: skxpresso genes genome.fa genes.gtf.gz --out genes.tsv.gz

    Example: skxpresso genes genome.fa genes.gff3 --tss cage.bed --expression rpkm.tsv
    --out genes.tsv
    """
    from skxpresso.jobs.genes import write_genes

    table = write_genes(
        fasta,
        annotation,
        out,
        expression=expression,
        offsets=read_positions(offset or []),
        upstream=upstream,
        downstream=downstream,
        tss=tss,
        transcripts=transcripts,
        features=features,
        edge=edge,
        chromosomes=None if chromosomes is None else chromosomes.split(","),
        biotype=None if biotype == "any" else biotype,
    )
    console = Console()
    console.print(table.attrs["remarks"][-1], highlight=False)
    if upstream != downstream:
        console.print(
            f"the TSS is at index {upstream:,} of {upstream + downstream:,}, not in the middle: "
            f"for a smaller window give train --tss {upstream}; evaluate and tune take the middle",
            highlight=False,
        )
    console.print(f"{out}: {len(table):,} genes", soft_wrap=True, highlight=False)


def read_positions(texts: list[str]) -> dict[str, int]:
    positions = {}
    for text in texts:
        name, equals, value = text.rpartition("=")
        if not (equals and name and value.isdigit()):
            raise typer.BadParameter(
                f"{text!r} must have the form NAME=POSITION", param_hint="--offset"
            )
        positions[name] = int(value)
    return positions
