"""`skxpresso demo`: the main job on built-in data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from skxpresso._utils.quiet import quiet_standard_error
from skxpresso.cli._show import print_files, print_table


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results.")] = Path("skxpresso-demo"),
    yeast: Annotated[
        bool, typer.Option("--yeast", help="Measured yeast promoters instead of synthetic ones.")
    ] = False,
    n_genes: Annotated[
        int | None,
        typer.Option(min=100, help="Promoters.", show_default="6000, of yeast 30000"),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Most passes over the promoters.", show_default="40, of yeast 20"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of data, split and training.")] = 1,
) -> None:
    """Train the pipeline on built-in promoters and compare it with simpler models.

    Those of yeast are fragments of 120 nt; what is tested shares no sequence of 30 nt with what
    is trained on.

    Example: skxpresso demo --yeast --out results
    """
    with quiet_standard_error():  # TensorFlow greets at length
        from skxpresso.jobs import demo as job

    console = Console()
    console.print(f"Training on {'measured yeast' if yeast else 'synthetic'} promoters ...")
    settings = {} if epochs is None else {"epochs": epochs}
    scores = job.demo(out, yeast=yeast, n_genes=n_genes, random_state=seed, **settings)
    n_train, n_test, ceiling = (scores.attrs[name] for name in ("n_train", "n_test", "ceiling"))
    console.print(f"{n_train:,} promoters to train on, {n_test:,} to test")
    title = f"Test genes; a perfect model reaches r2 = {ceiling:.2f}"
    print_table(console, scores.rename(columns={"pearson_r2": "squared Pearson"}), title)
    files = job.demo_files(out)
    print_files(console, files)
    model, genes = files["the fitted pipeline"], files["the test genes"]
    console.print("Next, predict with it; a table of your own will do as well:")
    command = f"skxpresso predict {model} {genes} --out {out / 'scores.tsv'}"
    console.print(command, soft_wrap=True, highlight=False, markup=False)
