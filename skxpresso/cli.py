"""The `skxpresso` command. Thin: each command calls one function of the package."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from skxpresso import __version__
from skxpresso._quiet import quiet_standard_error

__all__ = ["main"]

app = typer.Typer(
    help="Predict gene expression from promoter sequence with the Xpresso network.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line; an expected error ends with one line and exit status 1."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        app()
    except KeyboardInterrupt:
        _fail("interrupted", 130)
    except (ArithmeticError, ImportError, OSError, RuntimeError, TypeError, ValueError) as error:
        if os.environ.get("SKXPRESSO_TRACEBACK"):
            raise
        _fail(f"{error} (SKXPRESSO_TRACEBACK=1 shows where)", 1)


def _fail(message: str, status: int) -> None:
    print(f"skxpresso: error: {message}", file=sys.stderr)
    sys.exit(status)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"skxpresso {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and leave."
        ),
    ] = False,
) -> None:
    """Predict gene expression from promoter sequence with the Xpresso network."""


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("skxpresso-demo"),
    n_genes: Annotated[int, typer.Option(min=100, help="Genes to make.")] = 6000,
    epochs: Annotated[int, typer.Option(min=1, help="Most passes over the genes.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="Of data, split and training.")] = 1,
) -> None:
    """Train the pipeline on built-in synthetic promoters and compare it with simpler models.

    Example: skxpresso demo --out results
    """
    with quiet_standard_error():  # TensorFlow greets at length
        from skxpresso.demo import run_demo

    console = Console()
    console.print(f"Training on {n_genes:,} synthetic promoters ...")
    scores = run_demo(out, n_genes=n_genes, random_state=seed, epochs=epochs)
    title = f"Test genes; a perfect model reaches r2 = {scores.attrs['ceiling']:.2f}"
    _print_table(console, scores.rename(columns={"pearson_r2": "squared Pearson"}), title)
    for name, what in {
        "predictions.tsv": "predicted and measured expression",
        "pipeline.joblib": "the fitted pipeline; joblib.load reads it",
        "predictions.png": "predicted against measured expression",
    }.items():
        console.print(f"{out / name}: {what}", soft_wrap=True, highlight=False)


@app.command()
def tune(
    table: Annotated[
        Path, typer.Argument(help="Genes: tab-separated text, plain or gzip.", dir_okay=False)
    ],
    out: Annotated[Path, typer.Option(help="The tuned pipeline; the report lies beside it.")],
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

    Example: skxpresso tune genes.tsv --out tuned.joblib --n-iter 100 --checkpoint search.pkl
    """
    with quiet_standard_error():
        from skxpresso.tuning import tune_table
    from skxpresso.datasets import read_table

    X, y = read_table(table)
    if y is None:
        raise ValueError(f"{table} has no column EXPRESSION")
    tuned = tune_table(
        X,
        np.log10(y + 0.1) if log10 else y,
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
    _print_table(console, tuned.scores, f"{tuned.search.n_splits_} folds, then the test genes")
    for name, value in tuned.search.best_params_.items():
        console.print(f"{name} = {value}", soft_wrap=True)
    for path in tuned.files:
        console.print(str(path), soft_wrap=True, highlight=False)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.3f}"
    return str(value)


def _print_table(console: Console, table: pd.DataFrame, title: str) -> None:
    shown = Table(title=title)
    for name in table.columns:
        shown.add_column(str(name), justify="left" if table[name].dtype == "str" else "right")
    for row in table.itertuples(index=False):
        shown.add_row(*map(_cell, row))
    console.print(shown)
