"""`skxpresso evaluate`: models on the same folds of a table, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from skxpresso.cli._quiet import quiet_standard_error
from skxpresso.cli._show import print_table


def evaluate(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE", help="Genes: tab-separated text, plain or gzip.", dir_okay=False
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for scores, predictions and report.html.")],
    fitted: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[MODEL]...", help="Fitted models: files, or names of published ones."
        ),
    ] = None,
    models: Annotated[
        str | None,
        typer.Option(
            help="Of mean, halflife, halflife-boosting, composition, kmers, kmers-alone, shuffled, "
            "lstm, autoencoder, network; separated by commas. The usual ones if not given."
        ),
    ] = None,
    refit: Annotated[
        bool, typer.Option(help="Train MODEL anew in every fold, with its settings.")
    ] = False,
    cv: Annotated[int, typer.Option(min=2, help="Folds.")] = 5,
    group_by_sequence: Annotated[
        int | None,
        typer.Option(min=1, help="Promoters with so many nt in common stay in one fold."),
    ] = None,
    random: Annotated[
        bool, typer.Option("--random", help="Random folds, even where promoters overlap.")
    ] = False,
    replicates: Annotated[
        str | None,
        typer.Option(help="Columns with replicates of EXPRESSION, separated by commas."),
    ] = None,
    log10: Annotated[
        bool, typer.Option(help="Take log10(x + 0.1) of expression and replicates.")
    ] = False,
    upstream: Annotated[
        int | None, typer.Option(min=0, help="nt before the TSS; all if not given.")
    ] = None,
    downstream: Annotated[
        int | None, typer.Option(min=0, help="nt from the TSS on; all if not given.")
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Most passes over the genes.")] = 100,
    patience: Annotated[int, typer.Option(min=1, help="Epochs without a better loss.")] = 7,
    reference: Annotated[
        str | None, typer.Option(help="Model to compare with; the network if not given.")
    ] = None,
    n_bootstrap: Annotated[int, typer.Option(min=0, help="Draws for the intervals.")] = 1000,
    n_jobs: Annotated[int, typer.Option(help="Fits at once; -1: as many as cores.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
) -> None:
    """Cross-validate simple models and the network on a table, all on the same folds.

    TABLE has the columns PROMOTER and EXPRESSION, half-life columns if there are any, and
    ENSID, GENE or ID. With CHROM, START and END (of the promoter, 0-based, half-open),
    promoters that overlap stay in one fold. A fitted MODEL is scored as it is: on genes
    that it was trained on, its score means nothing; --refit trains it anew.

    Example: skxpresso evaluate genes.tsv --out scores --upstream 7000 --downstream 3500

    Example: skxpresso evaluate genes.tsv tuned.model --refit --models mean,kmers --out scores
    """
    with quiet_standard_error():
        from skxpresso.jobs.evaluate import evaluate_table

    console = Console()
    card, remarks, files = evaluate_table(
        table,
        out,
        models=_names(models),
        fitted=fitted or (),
        refit=refit,
        cv=cv,
        shared=group_by_sequence,
        cut_groups=random,
        replicates=_names(replicates) or (),
        log10=log10,
        settings={
            "upstream": upstream,
            "downstream": downstream,
            "epochs": epochs,
            "patience": patience,
        },
        reference=reference,
        n_bootstrap=n_bootstrap,
        n_jobs=n_jobs,
        random_state=seed,
        verbose=int(console.is_terminal),
    )
    title = f"Mean of {cv} folds, {100 * card.confidence:g} % intervals"
    if card.ceiling is not None:
        title += f"; noise allows r2 = {card.ceiling:.3f}"
    shown = card.table(["r2", "pearson_r2"]).rename(columns={"pearson_r2": "squared Pearson"})
    if not shown["remark"].any():
        del shown["remark"]
    print_table(console, shown.replace(r" \[", "\n[", regex=True), title)  # 80 columns are few
    for remark in remarks:
        console.print(remark, highlight=False)
    for path in files.values():
        console.print(str(path), soft_wrap=True, highlight=False)


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]
