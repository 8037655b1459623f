"""Shared by jobs that make a model: how it and its pictures are written."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import joblib

from skxpresso._utils.files import replacing
from skxpresso._utils.table import shorten
from skxpresso.saving import save_pipeline

__all__ = ["FIGURES", "beside", "check_figures", "save_figure", "save_model"]

#: Formats of pictures.
FIGURES = ("png", "svg", "pdf")

_PICKLES = (".joblib", ".pkl")


def save_model(pipeline: Any, path: Path) -> None:
    """Write a fitted pipeline without pickle, or as a pickle if the file name asks for one.

    Parameters
    ----------
    pipeline : Pipeline
        Pipeline to write; it must be fitted.
    path : pathlib.Path
        File to write. A name that ends in `.joblib` or `.pkl` makes a pickle; any other
        name makes a file as `save_pipeline` writes it.

    Warns
    -----
    UserWarning
        If the file is a pickle.
    """
    if path.suffix not in _PICKLES:
        save_pipeline(pipeline, path)
        return
    with replacing(path) as name:
        joblib.dump(pipeline, name)
    warnings.warn(
        f"{path} is a pickle, as its name asks: reading it runs code, and no command reads it. "
        "A name such as model.safetensors makes a file without code",
        UserWarning,
        stacklevel=3,
    )


def check_figures(figures: str) -> str:
    """Return the format of pictures; raise if it is none of `FIGURES`.

    Examples
    --------
    >>> from skxpresso.jobs._model_files import check_figures
    >>> check_figures("svg")
    'svg'
    """
    if figures not in FIGURES:
        raise ValueError(f"figures must be one of {', '.join(FIGURES)}, got {shorten(figures)}")
    return figures


def save_figure(figure: Any, path: Path) -> None:
    """Write a picture in the format of its name, in pixels fine enough to be printed."""
    with replacing(path) as name:
        figure.savefig(name, dpi=300)


def beside(out: Path, endings: dict[str, str]) -> dict[str, Path]:
    """Return the paths of the files beside a model.

    Examples
    --------
    >>> from skxpresso.jobs._model_files import beside
    >>> beside(Path("m.safetensors"), {"network": ".png"})["network"].name
    'm-network.png'
    """
    return {what: out.parent / f"{out.stem}-{what}{ending}" for what, ending in endings.items()}
