"""`skxpresso predict`: expression for every record of a FASTA file or row of a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from skxpresso._utils.quiet import quiet_standard_error
from skxpresso.cli._options import (
    AsJson,
    ExpressionColumn,
    HalfLifeColumns,
    IdColumn,
    PromoterColumn,
    is_there,
    name_columns,
)
from skxpresso.cli._show import print_json


def predict(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A file that train or tune wrote, a published .h5, or its name."
        ),
    ],
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT",
            help="FASTA or a table, plain or compressed; - is standard input.",
            callback=is_there,
        ),
    ],
    out: Annotated[Path, typer.Option(help="Tab-separated text, packed if it ends in .gz.")],
    tss: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="0-based place of the TSS, for a published network; the middle of 20,000 nt if "
            "not given. 7000 for its windows of 10,500 nt.",
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with OUT.part, which a run that was stopped left."),
    ] = False,
    promoter_column: PromoterColumn = None,
    expression_column: ExpressionColumn = None,
    id_column: IdColumn = None,
    halflife_columns: HalfLifeColumns = None,
    chunk_size: Annotated[int, typer.Option(min=1, help="Records in memory at a time.")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Predict expression from promoters.

    OUT gets the columns ID and SCORE for FASTA; Gene and Pred for a table, and Actual
    where it has EXPRESSION. It appears when it is complete; until then OUT.part grows.

    Example: skxpresso predict human_median promoters.fa.gz --out scores.tsv

    Example: skxpresso predict human.safetensors genes.tsv --out scores.tsv.gz --resume
    """
    with quiet_standard_error():
        from skxpresso.jobs.predict import predict as job

    scored = job(
        source,
        out,
        model=model,
        tss=tss,
        resume=resume,
        chunk_size=chunk_size,
        columns=name_columns(promoter_column, expression_column, id_column, halflife_columns),
    )
    if as_json:
        print_json({"predictions": out}, n_rows=scored.n_rows, n_resumed=scored.n_resumed)
        return
    resumed = f", {scored.n_resumed:,} of them by an earlier run" if scored.n_resumed else ""
    Console().print(
        f"{out}: {scored.n_rows:,} predictions{resumed}", soft_wrap=True, highlight=False
    )
