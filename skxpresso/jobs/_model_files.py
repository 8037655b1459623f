"""Shared by jobs that make a model: how it is written, and the usual learning rates."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import joblib

from skxpresso._utils.files import replacing
from skxpresso.saving import save_pipeline

__all__ = ["beside", "save_model", "with_learning_rate"]

_PICKLES = (".joblib", ".pkl")
_LEARNING_RATES = {"sgd": 5e-4, "adam": 1e-3}  # from the notebook and the script of the original


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


def with_learning_rate(settings: dict[str, Any]) -> dict[str, Any]:
    """Fill in the optimizer's usual learning rate where none is given.

    Examples
    --------
    >>> from skxpresso.jobs._model_files import with_learning_rate
    >>> with_learning_rate({"optimizer": "adam", "learning_rate": None})
    {'optimizer': 'adam', 'learning_rate': 0.001}
    """
    if settings.get("learning_rate") is not None:
        return settings
    rate = _LEARNING_RATES.get(settings.get("optimizer", "sgd"), 1e-3)
    return settings | {"learning_rate": rate}
