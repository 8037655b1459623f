"""`skxpresso tune`: search the published space on a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from skxpresso._utils.quiet import quiet_standard_error
from skxpresso.cli._options import (
    AsJson,
    ByChromosome,
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
    TestFraction,
    Unit,
    if_given,
    name_columns,
)
from skxpresso.cli._show import print_files, print_json, print_table


def tune(
    table: Table,
    out: Annotated[Path, typer.Option(help="The tuned model; the report lies beside it.")],
    n_iter: Annotated[int, typer.Option(min=1, help="Trials.")] = 50,
    cv: Annotated[int, typer.Option(min=2, help="Folds.")] = 3,
    test_fraction: TestFraction = 0.1,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Written after every batch; goes on from it if there.")
    ] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds; no new batch after.")] = None,
    halving: Annotated[
        bool, typer.Option("--halving", help="Candidates drop out while epochs grow.")
    ] = False,
    species: Species = None,
    halflife: HalfLife = True,
    log10: Log10 = False,
    promoter_column: PromoterColumn = None,
    expression_column: ExpressionColumn = None,
    id_column: IdColumn = None,
    halflife_columns: HalfLifeColumns = None,
    optimizer: Annotated[
        str | None, typer.Option(help="sgd or adam; suits the promoters if not given.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(min=0, help="Searched below 3,000 nt if not given.")
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Most passes over the genes; 10, below 3,000 nt 30."),
    ] = None,
    patience: Patience = None,
    min_shared: MinShared = None,
    by_chromosome: ByChromosome = False,
    random_folds: RandomFolds = False,
    n_jobs: Jobs = 1,
    seed: Seed = 0,
    figures: Figures = "png",
    unit: Unit = "",
    as_json: AsJson = False,
) -> None:
    """Search for a better network on a table, refit the best, write a report.

    TABLE has the columns PROMOTER and EXPRESSION, half-life columns if there are any, and
    ENSID, GENE or ID. From 3,000 nt on, the published space of windows and layers is
    searched; shorter promoters are read whole, and the first trial is what train builds.

    Example: skxpresso tune genes.tsv --out tuned.safetensors --n-iter 100
    --checkpoint search.safetensors
    """
    with quiet_standard_error():
        from skxpresso.jobs.tune import tune as job

    tuned = job(
        table,
        out,
        n_iter=n_iter,
        cv=cv,
        test_fraction=test_fraction,
        checkpoint=checkpoint,
        timeout=timeout,
        halving=halving,
        species=species,
        halflife=halflife,
        log10=log10,
        columns=name_columns(promoter_column, expression_column, id_column, halflife_columns),
        min_shared=min_shared,
        by_chromosome=by_chromosome,
        random_folds=random_folds,
        n_jobs=n_jobs,
        figures=figures,
        unit=unit,
        random_state=seed,
        epochs=epochs,
        **if_given(patience=patience),
        optimizer=optimizer,
        learning_rate=learning_rate,
    )
    if as_json:
        best = tuned.search.best_params_
        print_json(tuned.files, scores=tuned.scores, best_params=best)
        return
    console = Console()
    print_table(console, tuned.scores, f"{tuned.search.n_splits_} folds, then the test genes")
    for name, value in tuned.search.best_params_.items():
        console.print(f"{name} = {value}", soft_wrap=True)
    print_files(console, tuned.files)
