"""`skxpresso evaluate`: models on the same folds of a table, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from skxpresso._utils.quiet import quiet_standard_error
from skxpresso.cli._options import (
    AsJson,
    ByChromosome,
    Downstream,
    Epochs,
    ExpressionColumn,
    Figures,
    HalfLife,
    HalfLifeColumns,
    IdColumn,
    Jobs,
    Log10,
    MinShared,
    Patience,
    PromoterColumn,
    RandomFolds,
    Seed,
    Species,
    Table,
    Unit,
    Upstream,
    if_given,
    list_cell_types,
    name_columns,
)
from skxpresso.cli._show import print_files, print_json, print_table


def evaluate(
    table: Table,
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
            "lstm, autoencoder, network, ensemble; separated by commas. The usual if not given."
        ),
    ] = None,
    refit: Annotated[
        bool, typer.Option(help="Train MODEL from scratch in every fold, with its settings.")
    ] = False,
    init: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="MODEL",
            rich_help_panel="Fine-tuning",
            help="Add a model, fine-tuned, that starts from this network in every fold.",
        ),
    ] = None,
    freeze_convolutions: Annotated[
        bool,
        typer.Option(
            "--freeze-convolutions",
            rich_help_panel="Fine-tuning",
            help="Train only the dense layers.",
        ),
    ] = False,
    learning_curve: Annotated[
        bool,
        typer.Option(
            "--learning-curve", help="Scores by number of training genes, too: an eighth to all."
        ),
    ] = False,
    cell_types: Annotated[
        str | None,
        typer.Option(
            help="Columns of TABLE that hold expression in cell types, separated by commas, or "
            "all: a score for each, and their mean."
        ),
    ] = None,
    cv: Annotated[int, typer.Option(min=2, help="Folds.")] = 5,
    min_shared: MinShared = None,
    by_chromosome: ByChromosome = False,
    random_folds: RandomFolds = False,
    replicates: Annotated[
        str | None,
        typer.Option(help="Columns with replicates of EXPRESSION, separated by commas."),
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="Model to compare with; the network if not given.")
    ] = None,
    n_bootstrap: Annotated[int, typer.Option(min=0, help="Draws for the intervals.")] = 1000,
    species: Species = None,
    halflife: HalfLife = True,
    log10: Log10 = False,
    promoter_column: PromoterColumn = None,
    expression_column: ExpressionColumn = None,
    id_column: IdColumn = None,
    halflife_columns: HalfLifeColumns = None,
    upstream: Upstream = None,
    downstream: Downstream = None,
    epochs: Epochs = None,
    patience: Patience = None,
    n_jobs: Jobs = 1,
    seed: Seed = 0,
    figures: Figures = "png",
    unit: Unit = "",
    as_json: AsJson = False,
) -> None:
    """Cross-validate simple models and the network on a table, all on the same folds.

    TABLE has the columns PROMOTER and EXPRESSION, half-life columns if there are any, and
    ENSID, GENE or ID. With CHROM, START and END (of the promoter, 0-based, half-open),
    promoters that overlap stay in one fold. A fitted MODEL is scored as it is: on genes
    that it was trained on, its score means nothing; --refit trains it from scratch.

    Example: skxpresso evaluate genes.tsv --out scores --upstream 7000 --downstream 3500

    Example: skxpresso evaluate genes.tsv --from human_median --out scores

    Example: skxpresso evaluate genes.tsv --cell-types E003,E116 --out scores

    Example: skxpresso evaluate genes.tsv tuned.model --refit --models mean,kmers --out scores
    """
    with quiet_standard_error():
        from skxpresso.jobs.evaluate import evaluate as job

    card, remarks, files = job(
        table,
        out,
        models=_names("--models", models),
        fitted=fitted or (),
        refit=refit,
        init=init,
        freeze_convolutions=freeze_convolutions,
        cv=cv,
        min_shared=min_shared,
        by_chromosome=by_chromosome,
        random_folds=random_folds,
        learning_curve=learning_curve,
        cell_types=list_cell_types(cell_types),
        replicates=_names("--replicates", replicates) or (),
        reference=reference,
        n_bootstrap=n_bootstrap,
        species=species,
        halflife=halflife,
        log10=log10,
        columns=name_columns(promoter_column, expression_column, id_column, halflife_columns),
        n_jobs=n_jobs,
        figures=figures,
        unit=unit,
        random_state=seed,
        upstream=upstream,
        downstream=downstream,
        epochs=epochs,
        **if_given(patience=patience),
    )
    if as_json:
        summary = card.summary.assign(ceiling=card.ceiling)
        print_json(files, scores=summary, reference=card.reference, remarks=remarks)
        return
    console = Console()
    title = f"Mean of {cv} folds, {100 * card.confidence:g} % intervals"
    if card.ceiling is not None:
        title += f"; noise allows r2 = {card.ceiling:.3f}"
    shown = card.table(["r2", "pearson_r2"]).rename(columns={"pearson_r2": "squared Pearson"})
    if not shown["remark"].any():
        del shown["remark"]
    print_table(console, shown, title)
    for remark in remarks:
        console.print(remark, highlight=False)
    print_files(console, files)


def _names(option: str, text: str | None) -> list[str] | None:
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise ValueError(f"{option} must list names with commas between them, got {text!r}")
    return names
