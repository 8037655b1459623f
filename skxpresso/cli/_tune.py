"""`skxpresso tune`: search the published space on a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from skxpresso.cli._quiet import quiet_standard_error
from skxpresso.cli._show import print_table
from skxpresso.datasets.expression import log_expression


def tune(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE", help="Genes: tab-separated text, plain or gzip.", dir_okay=False
        ),
    ],
    out: Annotated[Path, typer.Option(help="The tuned model; the report lies beside it.")],
    n_iter: Annotated[int, typer.Option(min=1, help="Trials.")] = 50,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Written after every batch; goes on from it if there.")
    ] = None,
    cv: Annotated[int, typer.Option(min=2, help="Folds.")] = 3,
    test_fraction: Annotated[
        float, typer.Option(min=0.01, max=0.9, help="Genes that the search never sees.")
    ] = 0.1,
    log10: Annotated[bool, typer.Option(help="Take log10(x + 0.1) of expression.")] = False,
    optimizer: Annotated[str, typer.Option(help="sgd or adam.")] = "sgd",
    learning_rate: Annotated[float, typer.Option(help="Of the optimizer.")] = 5e-4,
    epochs: Annotated[int, typer.Option(min=1, help="Most passes over the genes.")] = 10,
    patience: Annotated[int, typer.Option(min=1, help="Epochs without a better loss.")] = 7,
    timeout: Annotated[float | None, typer.Option(help="Seconds; no new batch after.")] = None,
    n_jobs: Annotated[int, typer.Option(help="Fits at once; -1: as many as cores.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
) -> None:
    """Search the published space of networks on a table, refit the best, write a report.

    TABLE has the columns PROMOTER and EXPRESSION, half-life columns if there are any, and
    ENSID, GENE or ID.

    Example: skxpresso tune genes.tsv --out tuned.safetensors --n-iter 100 --checkpoint search.pkl
    """
    with quiet_standard_error():
        from skxpresso.jobs.tune import tune_table
    from skxpresso.datasets import read_table

    X, y = read_table(table)
    if y is None:
        raise ValueError(f"{table} has no column EXPRESSION")
    tuned = tune_table(
        X,
        log_expression(y, table) if log10 else y,
        out,
        n_iter=n_iter,
        cv=cv,
        test_fraction=test_fraction,
        checkpoint=checkpoint,
        timeout=timeout,
        n_jobs=n_jobs,
        random_state=seed,
        optimizer=optimizer,
        learning_rate=learning_rate,
        epochs=epochs,
        patience=patience,
    )
    console = Console()
    print_table(console, tuned.scores, f"{tuned.search.n_splits_} folds, then the test genes")
    for name, value in tuned.search.best_params_.items():
        console.print(f"{name} = {value}", soft_wrap=True)
    for path in tuned.files:
        console.print(str(path), soft_wrap=True, highlight=False)
