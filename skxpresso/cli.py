"""The `skxpresso` command. Thin: each command calls one function of the package."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

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
    table = Table(title=f"Test genes; a perfect model reaches r2 = {scores.attrs['ceiling']:.2f}")
    table.add_column("model")
    for name in ("r2", "squared Pearson", "seconds"):
        table.add_column(name, justify="right")
    for model, r2, pearson_r2, seconds in scores.itertuples(index=False):
        table.add_row(str(model), f"{r2:.3f}", f"{pearson_r2:.3f}", f"{seconds:.1f}")
    console.print(table)
    for name, what in {
        "predictions.tsv": "predicted and measured expression",
        "pipeline.joblib": "the fitted pipeline; joblib.load reads it",
        "predictions.png": "predicted against measured expression",
    }.items():
        console.print(f"{out / name}: {what}", soft_wrap=True, highlight=False)
