"""`skxpresso explain`: which bases and half-life numbers predictions hang on."""

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
    name_columns,
)
from skxpresso.cli._show import print_files, print_json


def explain(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="A file that train or tune wrote, a published .h5, or its name."
        ),
    ],
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT", help="FASTA or a table, plain or compressed; - is standard input."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for tables, logos, page and modisco files.")],
    method: Annotated[
        str,
        typer.Option(
            help="mutagenesis, gradient, gradient_x_input, integrated_gradients or "
            "expected_gradients."
        ),
    ] = "mutagenesis",
    start: Annotated[
        int | None, typer.Option(min=0, help="First position of the window to explain, 0-based.")
    ] = None,
    end: Annotated[int | None, typer.Option(min=1, help="Position behind the last one.")] = None,
    top: Annotated[int, typer.Option(min=1, help="Positions of every gene in the table.")] = 20,
    gene: Annotated[
        list[str] | None,
        typer.Option(
            help="Name of a gene for the page, once for each; if not given, those with the "
            "strongest stretches."
        ),
    ] = None,
    n_shown: Annotated[
        int, typer.Option(min=1, help="Genes on the page, where they are not named.")
    ] = 12,
    modisco_width: Annotated[
        int, typer.Option(min=1, help="nt around the TSS for motif discovery.")
    ] = 400,
    tss: Annotated[
        int | None, typer.Option(min=0, help="Of a published network, as in predict.")
    ] = None,
    cell_type: Annotated[
        str | None,
        typer.Option(help="Name of the output to explain, of a model that predicts several."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with OUT/parts, which a run that was stopped left."),
    ] = False,
    promoter_column: PromoterColumn = None,
    expression_column: ExpressionColumn = None,
    id_column: IdColumn = None,
    halflife_columns: HalfLifeColumns = None,
    chunk_size: Annotated[int, typer.Option(min=1, help="Records in memory at a time.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Say which bases and half-life numbers the predictions hang on.

    OUT gets tables of genes, positions and stretches, logos of the strongest ones, a page to
    read, whose tracks can be zoomed, and files for modisco motifs. They appear when all genes
    are explained.

    Example: skxpresso explain human.safetensors genes.tsv --out why --gene ENSG00000100345

    Example: skxpresso explain human_median promoters.fa.gz --out why --start 6000 --end 8000
    """
    with quiet_standard_error():
        from skxpresso.jobs.explain import explain as job

    explained = job(
        source,
        out,
        model=model,
        method=method,
        start=start,
        end=end,
        top=top,
        genes=gene or (),
        n_shown=n_shown,
        modisco_width=modisco_width,
        tss=tss,
        cell_type=cell_type,
        resume=resume,
        chunk_size=chunk_size,
        columns=name_columns(promoter_column, expression_column, id_column, halflife_columns),
    )
    if as_json:
        print_json(explained.files, n_genes=explained.n_genes, n_resumed=explained.n_resumed)
        return
    resumed = f", {explained.n_resumed:,} of them by an earlier run" if explained.n_resumed else ""
    console = Console()
    console.print(f"{explained.n_genes:,} genes explained{resumed}", highlight=False)
    print_files(console, explained.files)
