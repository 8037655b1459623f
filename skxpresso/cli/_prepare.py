"""`skxpresso prepare`: the HDF5 files of the original from a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skxpresso.cli._options import (
    ExpressionColumn,
    HalfLifeColumns,
    IdColumn,
    Log10,
    PromoterColumn,
    Species,
    Table,
    name_columns,
)


def prepare(
    table: Table,
    out: Annotated[Path, typer.Option(help="Folder for the files; made if missing.")],
    published: Annotated[
        bool,
        typer.Option(
            "--published", help="Scale by all genes, as the original does, and not by training's."
        ),
    ] = False,
    folds: Annotated[
        int | None, typer.Option(min=2, help="Folds of a cross-validation; the original has 10.")
    ] = None,
    n_test: Annotated[int, typer.Option(min=0, help="Genes that test.")] = 1000,
    n_valid: Annotated[int, typer.Option(min=0, help="Genes that validate.")] = 1000,
    mask: Annotated[
        Path | None, typer.Option(help="Text file of genes to leave out.", dir_okay=False)
    ] = None,
    species: Species = None,
    log10: Log10 = False,
    promoter_column: PromoterColumn = None,
    expression_column: ExpressionColumn = None,
    id_column: IdColumn = None,
    halflife_columns: HalfLifeColumns = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the shuffle; the original's is 1.")] = 1,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that are there.")
    ] = False,
) -> None:
    """Split a table in train.h5, valid.h5 and test.h5, which the original script reads, too.

    TABLE has the columns PROMOTER and EXPRESSION, half-life columns if there are any, and
    ENSID, GENE or ID. Lengths, density and, with --log10, expression become log10(x + 0.1),
    and all numbers z-scores; scaling.json tells by what means and standard deviations. The
    original takes the logarithm.

    Example: skxpresso prepare genes.tsv.gz --out data --species human --log10

    Example: skxpresso prepare genes.tsv.gz --out folds --species human --log10 --folds 10
    --published
    """
    from skxpresso.datasets import prepare_dataset

    files = prepare_dataset(
        table,
        out,
        published=published,
        folds=folds,
        n_test=n_test,
        n_valid=n_valid,
        log10=log10,
        species=species,
        masked=mask,
        random_state=seed,
        overwrite=overwrite,
        **name_columns(promoter_column, expression_column, id_column, halflife_columns),
    )
    for path in files.values():
        print(path)
