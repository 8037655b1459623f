"""Shared by jobs that make a model: how it is written."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import joblib

from skxpresso._utils.files import replacing
from skxpresso.saving import save_pipeline

__all__ = ["beside", "save_model"]

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


def beside(out: Path, endings: dict[str, str]) -> dict[str, Path]:
    """Return the paths of the files beside a model.

    Examples
    --------
    >>> from skxpresso.jobs._model_files import beside
    >>> beside(Path("m.safetensors"), {"network": ".png"})["network"].name
    'm-network.png'
    """
    return {what: out.parent / f"{out.stem}-{what}{ending}" for what, ending in endings.items()}
