"""`skxpresso fetch`: published weights and data sets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

_DATASETS = ("human", "mouse")
_ROADMAP = "roadmap"


def fetch(
    name: Annotated[
        str,
        typer.Argument(
            help="Weights: human_median, mouse_median, human_K562, human_GM12878, mouse_ESCs. "
            "Data: human, mouse (train.h5, valid.h5, test.h5; 1 GB), roadmap (57 cell types)."
        ),
    ],
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Where to keep it; the folder SKXPRESSO_DATA or your cache if not given."
        ),
    ] = None,
    sha256: Annotated[
        list[str] | None,
        typer.Option(help="A checksum of your own; of human and mouse: train=SUM, test=SUM, ..."),
    ] = None,
) -> None:
    """Download a published file, check it, and print where it is.

    A file that is there already, or was put there by hand, is checked and taken. Offline, the
    error says which file to bring and where to put it.

    Example: skxpresso fetch human_median

    Example: skxpresso fetch human --folder data
    """
    from skxpresso.datasets import fetch_dataset, fetch_pretrained, fetch_roadmap
    from skxpresso.datasets.fetch import PRETRAINED

    options: dict[str, Any] = {"folder": folder, "progressbar": sys.stderr.isatty()}
    if name in PRETRAINED:
        if sha256:
            raise typer.BadParameter(f"that of {name} is known", param_hint="--sha256")
        paths = [fetch_pretrained(name, **options)]
    elif name in _DATASETS:
        paths = list(fetch_dataset(name, sha256=_sums_by_file(sha256), **options).values())
    elif name == _ROADMAP:
        paths = [fetch_roadmap(sha256=sha256[0] if sha256 else None, **options)]
    else:
        known = ", ".join([*PRETRAINED, *_DATASETS, _ROADMAP])
        raise typer.BadParameter(f"{name!r} is none of {known}", param_hint="NAME")
    for path in paths:
        print(path)


def _sums_by_file(sums: list[str] | None) -> dict[str, str]:
    pairs = [text.partition("=") for text in sums or []]
    wrong = [name for name, equals, _ in pairs if not equals]
    if wrong:
        raise typer.BadParameter(f"{wrong[0]!r} must have the form FILE=SUM", param_hint="--sha256")
    return {name: value for name, _, value in pairs}
