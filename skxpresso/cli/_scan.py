"""`skxpresso scan`: the prediction at every step along a genome, as bigWig."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from skxpresso._utils.progress import progress
from skxpresso._utils.quiet import quiet_standard_error
from skxpresso.cli._genes import read_positions
from skxpresso.cli._options import is_there


def scan(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A file that train or tune wrote, a published .h5, or its name."
        ),
    ],
    fasta: Annotated[
        Path,
        typer.Argument(
            metavar="GENOME", help="FASTA, plain or packed with bgzip.", callback=is_there
        ),
    ],
    out: Annotated[
        str,
        typer.Option(help="FORWARD,REVERSE: .bw, .bigwig, .bedgraph or .bedgraph.gz."),
    ],
    region: Annotated[
        str | None,
        typer.Option(help="A chromosome, or chr22:100000-200000, 0-based and half-open."),
    ] = None,
    step: Annotated[int, typer.Option(min=1, help="nt from one TSS to the next.")] = 100,
    strands: Annotated[str, typer.Option(help="both, + or -.")] = "both",
    max_unknown: Annotated[
        float,
        typer.Option(min=0, max=1, help="Windows with more unknown letters get no value."),
    ] = 0.5,
    tss: Annotated[
        int | None, typer.Option(min=0, help="Of a published network, as in predict.")
    ] = None,
    n_jobs: Annotated[int, typer.Option(help="Processes; -1: as many as cores.")] = 1,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the pieces a stopped run left.")
    ] = False,
    offset: Annotated[
        list[str] | None,
        typer.Option(help="NAME=POSITION: where a piece of a chromosome begins, 0-based."),
    ] = None,
) -> None:
    """Predict expression as if a gene began at every step along the genome.

    The value of a TSS at p stands at [p - step / 2, p + step / 2), on either strand. Half-life
    features stand at their mean. Windows read beyond the ends of the region.

    Example: skxpresso scan human_median hg38.fa.gz --out forward.bw,reverse.bw --region chr22
    """
    with quiet_standard_error():
        from skxpresso import load_pretrained
        from skxpresso.jobs.scan import scan_to_files

    with progress(None, "pieces") as advance:
        track = scan_to_files(
            load_pretrained(model, tss=tss),
            fasta,
            out.split(","),
            region,
            step=step,
            strands=strands,
            max_unknown=max_unknown,
            n_jobs=n_jobs,
            reads=[model],
            resume=resume,
            offsets=read_positions(offset or []),
            on_progress=lambda done, total: advance(completed=done, total=total),
        )
    first = next(iter(track.values.values()))
    n_tss = sum(len(values) for values in first)
    (chrom, start, _), (other, last, _) = track.regions[0], track.regions[-1]
    last += step * (len(first[-1]) - 1)
    Console().print(
        f"{out}: {n_tss:,} TSS from {chrom}:{start} to {other}:{last}, every {step} nt, on "
        f"{'both strands' if len(track.values) == 2 else f'strand {strands}'}",
        soft_wrap=True,
        highlight=False,
    )
