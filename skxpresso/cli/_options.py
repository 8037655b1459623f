"""Options that several commands have: one name, one meaning, one sentence of help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Downstream",
    "Epochs",
    "HalfLife",
    "Jobs",
    "Log10",
    "Patience",
    "Seed",
    "Species",
    "Table",
    "TestFraction",
    "Upstream",
]

Table = Annotated[
    Path,
    typer.Argument(
        metavar="TABLE", help="Genes: tab-separated text, plain or gzip.", dir_okay=False
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
Seed = Annotated[int, typer.Option(min=0, help="Of everything random.")]
