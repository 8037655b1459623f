"""`skxpresso demo`: the main job on built-in data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from skxpresso._utils.quiet import quiet_standard_error
from skxpresso.cli._options import AsJson
from skxpresso.cli._show import print_files, print_json, print_table


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
        typer.Option(
            min=1, help="Most passes over the promoters; suits their number if not given."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of data, split and training.")] = 1,
    write_table: Annotated[
        Path | None,
        typer.Option(
            help="Only write the promoters to this file (.tsv, .csv, packed if .gz): a table "
            "for the other commands."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train the pipeline on built-in promoters and compare it with simpler models.

    Those of yeast are fragments of 120 nt; what is tested shares no sequence of 30 nt with what
    is trained on.

    Example: skxpresso demo --yeast --out results

    Example: skxpresso demo --yeast --n-genes 5000 --write-table genes.tsv
    """
    with quiet_standard_error():  # TensorFlow greets at length
        from skxpresso.jobs import demo as job

    data: dict[str, Any] = {"yeast": yeast, "n_genes": n_genes, "random_state": seed}
    settings: dict[str, Any] = {} if epochs is None else {"epochs": epochs}
    console = Console(stderr=as_json)
    if write_table is not None:
        table = job.write_table(write_table, **data)
        _print_lines(console, [f"{write_table}: {len(table):,} promoters, for example"])
        _print_lines(console, _next_with(str(write_table), " --min-shared 30" if yeast else ""))
        return
    console.print(f"Training on {'measured yeast' if yeast else 'synthetic'} promoters ...")
    scores = job.demo(out, **data, **settings)
    scores = scores.rename(columns={"pearson_r2": "squared Pearson"})
    files = job.demo_files(out)
    if as_json:
        print_json(
            files, scores=scores, **{str(name): value for name, value in scores.attrs.items()}
        )
        return
    n_train, n_test, ceiling = (scores.attrs[name] for name in ("n_train", "n_test", "ceiling"))
    console.print(f"{n_train:,} promoters to train on, {n_test:,} to test")
    print_table(console, scores, f"Test genes; a perfect model reaches r2 = {ceiling:.2f}")
    print_files(console, files)
    model, genes = files["the fitted pipeline"], files["the test genes"]
    _print_lines(console, ["Next, predict with it:"])
    _print_lines(console, [f"  skxpresso predict {model} {genes} --out {out / 'scores.tsv'}"])
    _print_lines(console, ["or with a file of your own (columns PROMOTER, EXPRESSION, and an ID):"])
    _print_lines(console, _next_with("genes.tsv"))


def _next_with(table: str, options: str = "") -> list[str]:
    """Say what to type with a table: is a network worth it, train one, tune one."""
    return [
        f"  skxpresso evaluate {table} --out scores{options}",
        f"  skxpresso train {table} --out mine.safetensors{options}",
        f"  skxpresso tune {table} --out tuned.safetensors{options}",
    ]


def _print_lines(console: Console, lines: list[str]) -> None:
    for line in lines:
        console.print(line, soft_wrap=True, highlight=False, markup=False)
