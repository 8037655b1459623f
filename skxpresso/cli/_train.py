"""`skxpresso train`: fit the pipeline on a table or on the published files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

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
    Log10,
    MinShared,
    PromoterColumn,
    RandomFolds,
    Species,
    TestFraction,
    if_given,
    is_there_or_folder,
    list_cell_types,
    name_columns,
)
from skxpresso.cli._show import print_files, print_json, print_table

_WINDOW = "Window"
_NETWORK = "Network: a number per layer, separated by commas"
_TRAINING = "Training"
_START = "Fine-tuning"


def _layers(text: str) -> Any:
    return typer.Option(help=text, rich_help_panel=_NETWORK)


def _window(text: str) -> Any:
    return typer.Option(help=text, rich_help_panel=_WINDOW)


def _training(text: str, **options: Any) -> Any:
    return typer.Option(help=text, rich_help_panel=_TRAINING, **options)


def _tuple_of(kind: Callable[[str], Any], name: str, text: str | None) -> tuple[Any, ...] | None:
    if text is None:
        return None
    try:
        return tuple(kind(each) for each in text.split(",") if text.strip())
    except ValueError:
        wanted = "integers" if kind is int else "numbers"
        raise typer.BadParameter(
            f"{text!r} is not a list of {wanted} such as 64,2", param_hint=name
        ) from None


def train(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE|DIR",
            help="A table of genes, - for standard input, or a folder with train, valid, test.h5.",
            callback=is_there_or_folder,
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
    test_fraction: TestFraction = 0.1,
    fold: Annotated[
        str | None, typer.Option(help="Of DIR: 1 for 1train.h5, 1valid.h5 and 1test.h5.")
    ] = None,
    min_shared: MinShared = None,
    by_chromosome: ByChromosome = False,
    random_folds: RandomFolds = False,
    species: Species = None,
    halflife: HalfLife = True,
    log10: Log10 = False,
    promoter_column: PromoterColumn = None,
    expression_column: ExpressionColumn = None,
    id_column: IdColumn = None,
    halflife_columns: HalfLifeColumns = None,
    upstream: Annotated[int | None, _window("nt before the TSS; all if not given.")] = None,
    downstream: Annotated[int | None, _window("nt from the TSS on; all if not given.")] = None,
    tss: Annotated[
        int | None, _window("0-based place of the TSS; the middle if not given.")
    ] = None,
    short: Annotated[
        str, _window("Promoters that do not fill the window: error, or pad with N.")
    ] = "error",
    missing: Annotated[
        str, typer.Option(help="Missing half-life values: error, or mean of the training genes.")
    ] = "error",
    init: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="MODEL",
            rich_help_panel=_START,
            help="Start from a published network (human_median, ...) or a trained file: its "
            "layers, and its window unless one is given.",
        ),
    ] = None,
    freeze_convolutions: Annotated[
        bool,
        typer.Option(
            "--freeze-convolutions",
            rich_help_panel=_START,
            help="Train only the dense layers.",
        ),
    ] = False,
    filters: Annotated[str | None, _layers("Of each convolution.")] = None,
    kernel_sizes: Annotated[str | None, _layers("Their widths.")] = None,
    dilation_rates: Annotated[str | None, _layers("Their dilations.")] = None,
    pool_sizes: Annotated[str | None, _layers("Of the max-pooling behind each.")] = None,
    dense_units: Annotated[str | None, _layers("Of each dense layer.")] = None,
    dropout_rates: Annotated[str | None, _layers("Behind each dense layer.")] = None,
    activation: Annotated[str | None, _layers("Of all layers.")] = None,
    optimizer: Annotated[str | None, _training("sgd or adam.")] = None,
    learning_rate: Annotated[
        float | None, _training("5e-4 for sgd and 1e-3 for adam if not given.", min=0)
    ] = None,
    batch_size: Annotated[int | None, _training("Genes per step.", min=1)] = None,
    epochs: Annotated[int | None, _training("Most passes over the genes.", min=1)] = None,
    patience: Annotated[int | None, _training("Epochs without a better loss.", min=1)] = None,
    n_init: Annotated[int, _training("Networks; the best one is kept.", min=1)] = 1,
    cell_types: Annotated[
        str | None,
        _training(
            "Columns of TABLE that hold expression in cell types, separated by commas, or all: "
            "one network for all of them."
        ),
    ] = None,
    ensemble: Annotated[
        int, _training("Networks whose mean is predicted, each the best of --n-init.", min=1)
    ] = 1,
    n_jobs: Annotated[
        int, _training("Networks of the ensemble at once; -1: as many as cores.")
    ] = 1,
    seed: Annotated[int, _training("Of split and training.", min=0)] = 0,
    device: Annotated[str, _training("auto, cpu or gpu.")] = "auto",
    engine: Annotated[str, _training("auto, fused or keras.")] = "auto",
    figures: Figures = "png",
    as_json: AsJson = False,
) -> None:
    """Train a network on genes.

    What is not given of network and training suits the length of the promoters and the number of
    genes, and is said before training begins; from 3,000 nt on it is as published.

    TABLE has the columns PROMOTER and EXPRESSION, half-life columns if there are any, and
    ENSID, GENE or ID. DIR has the HDF5 files that skxpresso prepare writes, or the
    published ones.

    Example: skxpresso train genes.tsv --out human.safetensors --upstream 7000 --downstream 3500
    --n-init 10 --seed 1

    Example: skxpresso train genes.tsv --from human_median --out mine.safetensors

    Example: skxpresso train genes.tsv --out ensemble.safetensors --ensemble 10 --n-jobs -1

    Example: skxpresso train pM10Kb_1KTest --out human.safetensors --upstream 7000 --downstream 3500
    """
    layers: dict[str, Any] = {
        "filters": _tuple_of(int, "--filters", filters),
        "kernel_sizes": _tuple_of(int, "--kernel-sizes", kernel_sizes),
        "dilation_rates": _tuple_of(int, "--dilation-rates", dilation_rates),
        "pool_sizes": _tuple_of(int, "--pool-sizes", pool_sizes),
        "dense_units": _tuple_of(int, "--dense-units", dense_units),
        "dropout_rates": _tuple_of(float, "--dropout-rates", dropout_rates),
    }
    with quiet_standard_error():
        from skxpresso.jobs.train import train as job

    trained = job(
        source,
        out,
        split=split,
        valid_fraction=valid_fraction,
        test_fraction=test_fraction,
        fold=fold,
        species=species,
        halflife=halflife,
        log10=log10,
        columns=name_columns(promoter_column, expression_column, id_column, halflife_columns),
        min_shared=min_shared,
        by_chromosome=by_chromosome,
        random_folds=random_folds,
        figures=figures,
        random_state=seed,
        upstream=upstream,
        downstream=downstream,
        tss=tss,
        short=short,
        missing=missing,
        init=init,
        freeze_convolutions=freeze_convolutions,
        **layers,
        activation=activation,
        optimizer=optimizer,
        learning_rate=learning_rate,
        batch_size=batch_size,
        epochs=epochs,
        **if_given(patience=patience),
        n_init=n_init,
        cell_types=list_cell_types(cell_types),
        n_estimators=ensemble,
        n_jobs=n_jobs,
        device=device,
        engine=engine,
    )
    if as_json:
        print_json(trained.files, scores=trained.scores, n_genes=trained.n_genes)
        return
    console = Console()
    n_train, n_valid, n_test = trained.n_genes.values()
    console.print(f"{n_train:,} genes to train, {n_valid:,} to validate, {n_test:,} to test")
    network = trained.pipeline[-1]
    title = f"Epoch {network.best_epoch_ + 1} of {len(network.history_['loss'])}"
    if ensemble > 1:
        title = f"Mean of {len(network.estimators_)} networks"
    print_table(console, trained.scores, title)
    print_files(console, trained.files)
