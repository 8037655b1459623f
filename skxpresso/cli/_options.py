"""Options that several commands have: one name, one meaning, one sentence of help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from skxpresso._utils.text import check_is_there

__all__ = [
    "AsJson",
    "ByChromosome",
    "Downstream",
    "Epochs",
    "ExpressionColumn",
    "Figures",
    "HalfLife",
    "HalfLifeColumns",
    "IdColumn",
    "Jobs",
    "Log10",
    "MinShared",
    "Patience",
    "PromoterColumn",
    "RandomFolds",
    "Seed",
    "Species",
    "Table",
    "TestFraction",
    "Unit",
    "Upstream",
    "if_given",
    "is_there",
    "is_there_or_folder",
    "list_cell_types",
    "name_columns",
]


def is_there(path: Path | None) -> Path | None:
    """Raise if there is nothing to read, before anything is imported that takes seconds."""
    if path is not None:
        check_is_there(path)
    return path


def is_there_or_folder(path: Path) -> Path:
    """Do what `is_there` does, where a folder will do as well."""
    if not path.is_dir():
        check_is_there(path)
    return path


Table = Annotated[
    Path,
    typer.Argument(
        metavar="TABLE",
        help="Genes: TSV, CSV or parquet, plain, gzip, bz2, xz or zstd; - is standard input.",
        callback=is_there,
    ),
]
Species = Annotated[
    str | None, typer.Option(help="human or mouse: leave out its histone genes; of a TABLE.")
]
HalfLife = Annotated[bool, typer.Option(help="Use half-life columns.")]
Log10 = Annotated[
    bool,
    typer.Option(help="Take log10(x + 0.1) of expression in a TABLE, if it is no logarithm yet."),
]
_COLUMNS = "Columns of a TABLE, where their names are not the plain ones"
PromoterColumn = Annotated[
    str | None, typer.Option(help="Holds the sequences.", rich_help_panel=_COLUMNS)
]
ExpressionColumn = Annotated[
    str | None, typer.Option(help="Holds expression.", rich_help_panel=_COLUMNS)
]
IdColumn = Annotated[
    str | None, typer.Option(help="Holds the names of genes.", rich_help_panel=_COLUMNS)
]
HalfLifeColumns = Annotated[
    str | None,
    typer.Option(
        "--halflife-columns",
        help="Half-life columns to use, separated by commas: CDSLEN, or CDSLEN=cds_length.",
        rich_help_panel=_COLUMNS,
    ),
]
TestFraction = Annotated[
    float, typer.Option(min=0.01, max=0.9, help="Genes kept apart to be scored at the end.")
]
Upstream = Annotated[int | None, typer.Option(min=0, help="nt before the TSS; all if not given.")]
Downstream = Annotated[
    int | None, typer.Option(min=0, help="nt from the TSS on; all if not given.")
]
Epochs = Annotated[
    int | None,
    typer.Option(min=1, help="Most passes over the genes; suits their number if not given."),
]
Patience = Annotated[int | None, typer.Option(min=1, help="Epochs without a better loss; 7.")]
Jobs = Annotated[int, typer.Option(help="Fits at once; -1: as many as cores.")]
MinShared = Annotated[
    int | None,
    typer.Option(
        "--min-shared", min=1, help="Keep promoters with so many nt in common on one side."
    ),
]
ByChromosome = Annotated[
    bool, typer.Option("--by-chromosome", help="Keep each chromosome on one side.")
]
RandomFolds = Annotated[
    bool,
    typer.Option("--random-folds", help="Split at random, even where promoters overlap."),
]
Figures = Annotated[str, typer.Option(help="Format of the pictures: png, svg or pdf.")]
Unit = Annotated[
    str, typer.Option(help="Unit of expression, such as 'log10 TPM', for axes of pictures.")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print the result as one JSON object, for scripts.")
]
Seed = Annotated[int, typer.Option(min=0, help="Of everything random.")]


def list_cell_types(text: str | None) -> str | list[str] | None:
    """Split names of cell types at commas; "all" stays."""
    if text is None or text == "all":
        return text
    return [name.strip() for name in text.split(",") if name.strip()]


def if_given(**options: Any) -> dict[str, Any]:
    """Leave out options that were not typed, so that the job decides.

    Examples
    --------
    >>> from skxpresso.cli._options import if_given
    >>> if_given(patience=None, epochs=3)
    {'epochs': 3}
    """
    return {name: value for name, value in options.items() if value is not None}


def name_columns(
    promoter: str | None, expression: str | None, gene: str | None, halflife: str | None
) -> Any:
    """Turn the options that name columns into parameters of `datasets.read_table`.

    Examples
    --------
    >>> from skxpresso.cli._options import name_columns
    >>> name_columns("seq", None, None, "UTR5LEN,CDSLEN=cds_length")["halflife_columns"]
    {'UTR5LEN': 'UTR5LEN', 'CDSLEN': 'cds_length'}
    """
    return {
        "promoter_column": promoter,
        "expression_column": expression,
        "id_column": gene,
        "halflife_columns": None if halflife is None else _named(halflife),
    }


def _named(text: str) -> dict[str, str]:
    parts = [part.partition("=") for part in text.split(",") if part.strip()]
    return {name.strip(): (column if equals else name).strip() for name, equals, column in parts}
