"""`skxpresso train`: fit the pipeline on a table or on the published files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from skxpresso.cli._quiet import quiet_standard_error
from skxpresso.cli._show import print_table

_LEARNING_RATES = {"sgd": 5e-4, "adam": 1e-3}  # notebook and script of the original

_WINDOW = "Window"
_NETWORK = "Network: one number per layer, separated by commas"
_TRAINING = "Training"


def _tuple_of(kind: Callable[[str], Any], name: str, text: str) -> tuple[Any, ...]:
    try:
        return tuple(kind(each) for each in text.split(",") if text.strip())
    except ValueError:
        wanted = "integers" if kind is int else "numbers"
        raise typer.BadParameter(
            f"{text!r} is no list of {wanted} such as 64,2", param_hint=name
        ) from None


def train(
    genes: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE|DIR", help="A table of genes, or a folder with train, valid and test.h5."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The model; plots and predictions lie beside it.")],
    split: Annotated[
        str,
        typer.Option(
            help="Of a table: random, or published (1,000 genes to validate, 1,000 to test)."
        ),
    ] = "random",
    valid_fraction: Annotated[
        float, typer.Option(min=0.01, max=0.9, help="Genes for early stopping; random split.")
    ] = 0.1,
    test_fraction: Annotated[
        float, typer.Option(min=0.01, max=0.9, help="Genes to score at the end; random split.")
    ] = 0.1,
    species: Annotated[
        str | None, typer.Option(help="Of TABLE, human or mouse: leave out its histone genes.")
    ] = None,
    halflife: Annotated[
        bool, typer.Option(help="Use half-life columns; without, FASTA can be predicted.")
    ] = True,
    fold: Annotated[
        str | None, typer.Option(help="Of DIR: 1 for 1train.h5, 1valid.h5 and 1test.h5.")
    ] = None,
    log10: Annotated[
        bool, typer.Option("--log10", help="Of TABLE: take log10(x + 0.1) of expression.")
    ] = False,
    upstream: Annotated[
        int | None,
        typer.Option(min=0, help="nt before the TSS; all if not given.", rich_help_panel=_WINDOW),
    ] = None,
    downstream: Annotated[
        int | None,
        typer.Option(min=0, help="nt from the TSS on; all if not given.", rich_help_panel=_WINDOW),
    ] = None,
    tss: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="0-based place of the TSS; the middle if not given.",
            rich_help_panel=_WINDOW,
        ),
    ] = None,
    short: Annotated[
        str,
        typer.Option(
            help="Promoters that do not fill the window: error, or pad with N.",
            rich_help_panel=_WINDOW,
        ),
    ] = "error",
    missing: Annotated[
        str, typer.Option(help="Missing half-life values: error, or mean of the training genes.")
    ] = "error",
    filters: Annotated[
        str, typer.Option(help="Of each convolution.", rich_help_panel=_NETWORK)
    ] = "128,32",
    kernel_sizes: Annotated[
        str, typer.Option(help="Their widths.", rich_help_panel=_NETWORK)
    ] = "6,9",
    dilation_rates: Annotated[
        str, typer.Option(help="Their dilations.", rich_help_panel=_NETWORK)
    ] = "1,1",
    pool_sizes: Annotated[
        str, typer.Option(help="Of the max-pooling behind each.", rich_help_panel=_NETWORK)
    ] = "30,10",
    dense_units: Annotated[
        str, typer.Option(help="Of each dense layer.", rich_help_panel=_NETWORK)
    ] = "64,2",
    dropout_rates: Annotated[
        str, typer.Option(help="Behind each dense layer.", rich_help_panel=_NETWORK)
    ] = "0.00099,0.01546",
    activation: Annotated[str, typer.Option(help="Of all layers.", rich_help_panel=_NETWORK)] = (
        "relu"
    ),
    optimizer: Annotated[str, typer.Option(help="sgd or adam.", rich_help_panel=_TRAINING)] = "sgd",
    learning_rate: Annotated[
        float | None,
        typer.Option(
            min=0, help="5e-4 for sgd and 1e-3 for adam if not given.", rich_help_panel=_TRAINING
        ),
    ] = None,
    batch_size: Annotated[
        int, typer.Option(min=1, help="Genes per step.", rich_help_panel=_TRAINING)
    ] = 128,
    epochs: Annotated[
        int, typer.Option(min=1, help="Most passes over the genes.", rich_help_panel=_TRAINING)
    ] = 100,
    patience: Annotated[
        int,
        typer.Option(min=1, help="Epochs without a better loss.", rich_help_panel=_TRAINING),
    ] = 7,
    n_init: Annotated[
        int,
        typer.Option(min=1, help="Networks; the best one is kept.", rich_help_panel=_TRAINING),
    ] = 1,
    seed: Annotated[
        int, typer.Option(min=0, help="Of split and training.", rich_help_panel=_TRAINING)
    ] = 0,
    device: Annotated[
        str, typer.Option(help="auto, cpu or gpu.", rich_help_panel=_TRAINING)
    ] = "auto",
    engine: Annotated[
        str, typer.Option(help="auto, fused or keras.", rich_help_panel=_TRAINING)
    ] = "auto",
) -> None:
    """Train a network on genes; the defaults are network and training as published.

    TABLE has the columns PROMOTER and EXPRESSION, half-life columns if there are any, and
    ENSID, GENE or ID. DIR has the HDF5 files that skxpresso prepare writes, or the
    published ones.

    Example: skxpresso train genes.tsv --out human.safetensors --upstream 7000 --downstream 3500
    --n-init 10 --seed 1

    Example: skxpresso train pM10Kb_1KTest --out human.safetensors --upstream 7000 --downstream 3500
    """
    if split not in ("random", "published"):
        raise typer.BadParameter(f"{split!r} is neither random nor published", param_hint="--split")
    layers: dict[str, Any] = {
        "filters": _tuple_of(int, "--filters", filters),
        "kernel_sizes": _tuple_of(int, "--kernel-sizes", kernel_sizes),
        "dilation_rates": _tuple_of(int, "--dilation-rates", dilation_rates),
        "pool_sizes": _tuple_of(int, "--pool-sizes", pool_sizes),
        "dense_units": _tuple_of(int, "--dense-units", dense_units),
        "dropout_rates": _tuple_of(float, "--dropout-rates", dropout_rates),
    }
    if learning_rate is None:
        learning_rate = _LEARNING_RATES.get(optimizer, 1e-3)
    with quiet_standard_error():
        from skxpresso.jobs.train import read_split, train_and_report

    console = Console()
    parts = read_split(
        genes,
        published=split == "published",
        valid_fraction=valid_fraction,
        test_fraction=test_fraction,
        halflife=halflife,
        species=species,
        fold=fold,
        log10=log10,
        random_state=seed,
    )
    n_train, n_valid, n_test = (len(part.y) for part in parts)
    console.print(f"{n_train:,} genes to train, {n_valid:,} to validate, {n_test:,} to test")
    trained = train_and_report(
        parts,
        out,
        upstream=upstream,
        downstream=downstream,
        tss=tss,
        short=short,
        missing=missing,
        **layers,
        activation=activation,
        optimizer=optimizer,
        learning_rate=learning_rate,
        batch_size=batch_size,
        epochs=epochs,
        patience=patience,
        n_init=n_init,
        random_state=seed,
        device=device,
        engine=engine,
    )
    network = trained.pipeline[-1]
    title = f"Epoch {network.best_epoch_ + 1} of {len(network.history_['loss'])}"
    print_table(console, trained.scores, title)
    for what, path in trained.files.items():
        console.print(f"{path}: {what.replace('-', ' ')}", soft_wrap=True, highlight=False)
