"""`skxpresso demo`: the main job on built-in data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from skxpresso.cli._quiet import quiet_standard_error
from skxpresso.cli._show import print_files, print_table


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
        from skxpresso.jobs import demo as job

    console = Console()
    console.print(f"Training on {n_genes:,} synthetic promoters ...")
    scores = job.demo(out, n_genes=n_genes, random_state=seed, epochs=epochs)
    title = f"Test genes; a perfect model reaches r2 = {scores.attrs['ceiling']:.2f}"
    print_table(console, scores.rename(columns={"pearson_r2": "squared Pearson"}), title)
    files = job.demo_files(out)
    print_files(console, files)
    model, genes = files["the fitted pipeline"], files["the test genes"]
    console.print("Next, predict with it; a table of your own will do as well:")
    command = f"skxpresso predict {model} {genes} --out {out / 'scores.tsv'}"
    console.print(command, soft_wrap=True, highlight=False, markup=False)
