"""`skxpresso variants`: what variants do to the predicted expression of genes."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from skxpresso._utils.progress import progress
from skxpresso._utils.quiet import quiet_standard_error
from skxpresso.cli._genes import read_positions
from skxpresso.cli._options import is_there


def variants(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A file that train or tune wrote, a published .h5, or its name."
        ),
    ],
    vcf: Annotated[
        Path,
        typer.Argument(metavar="VCF", help="Sorted; plain, gzip or bgzip.", callback=is_there),
    ],
    genome: Annotated[
        Path, typer.Option(help="FASTA, plain or packed with bgzip.", callback=is_there)
    ],
    genes: Annotated[
        Path,
        typer.Option(help="Table of skxpresso genes (.tsv, .tsv.gz), or GTF or GFF3."),
    ],
    out: Annotated[Path, typer.Option(help=".vcf.gz (indexed), .vcf, .tsv or .parquet.")],
    anchor: Annotated[
        str, typer.Option(help="tss or end: what keeps its place at an indel.")
    ] = "tss",
    annotation: Annotated[
        Path | None,
        typer.Option(
            help="GTF or GFF3 that GENES was made from: variants change half-life features, too.",
            callback=is_there,
        ),
    ] = None,
    tss: Annotated[
        int | None, typer.Option(min=0, help="Of a published network, as in predict.")
    ] = None,
    phased: Annotated[
        bool,
        typer.Option(
            "--phased", help="Score whole haplotypes of every sample (GT with |), as .tsv."
        ),
    ] = False,
    sample: Annotated[
        list[str] | None, typer.Option(help="With --phased: this sample only; may be repeated.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with OUT.part, which a stopped run left.")
    ] = False,
    offset: Annotated[
        list[str] | None,
        typer.Option(help="NAME=POSITION: where a piece of a chromosome begins, 0-based."),
    ] = None,
) -> None:
    """Predict what each variant does to the genes whose promoter window it lies in.

    Substitutions, insertions and deletions on either strand; alleles without letters (<DEL>)
    are counted and left out, and so are records whose REF is not the genome's; more than 1 %
    of those end the run. With an annotation, variants in transcripts change half-life features.

    Example: skxpresso variants human_median calls.vcf.gz --genome hg38.fa --genes genes.tsv.gz
    --out effects.vcf.gz
    """
    if sample and not phased:
        raise ValueError("--sample is for --phased: effects of single variants have no samples")
    if phased and anchor != "tss":
        raise ValueError(f"--anchor must be tss with --phased, got {anchor}")
    with quiet_standard_error():
        from skxpresso import load_pretrained
        from skxpresso.jobs.haplotypes import score_haplotypes
        from skxpresso.jobs.variants import score_variants
        from skxpresso.jobs.variants_genes import is_annotation, read_genes

    offsets = read_positions(offset or [])
    with progress(None, "records") as advance:
        inputs = (load_pretrained(model, tss=tss), vcf, read_genes(genes, genome, offsets), genome)
        options: dict[str, Any] = {
            "annotation": genes if annotation is None and is_annotation(genes) else annotation,
            "offsets": offsets,
            "reads": [model, genes],
            "resume": resume,
            "on_progress": lambda done, total: advance(completed=done, total=total),
        }
        if phased:
            haplotypes = score_haplotypes(*inputs, out, samples=sample or None, **options)
            remarks, n_resumed = haplotypes.remarks, haplotypes.n_resumed
            said = f"{haplotypes.n_haplotypes:,} haplotypes that differ from the reference"
        else:
            scored = score_variants(*inputs, out, anchor=anchor, **options)
            remarks, n_resumed = scored.checked.remarks(), scored.n_resumed
            said = f"{scored.n_effects:,} effects of {scored.checked.n_records:,} records"
    for remark in remarks:
        warnings.warn(remark, UserWarning, stacklevel=1)
    resumed = f", {n_resumed:,} of them by an earlier run" if n_resumed else ""
    Console().print(f"{out}: {said}{resumed}", soft_wrap=True, highlight=False)
