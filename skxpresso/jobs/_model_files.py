"""What jobs that make a model share: how it is written, and its usual learning rate."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import joblib

from skxpresso._utils.files import replacing
from skxpresso.saving import save_pipeline

__all__ = ["beside", "save_model", "with_learning_rate"]

_PICKLES = (".joblib", ".pkl")
_LEARNING_RATES = {"sgd": 5e-4, "adam": 1e-3}  # notebook and script of the original


def save_model(pipeline: Any, path: Path) -> None:
    """Write a fitted pipeline without pickle, or as a pickle where its name asks for one.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted.
    path : pathlib.Path
        A name that ends in `.joblib` or `.pkl` makes a pickle; any other a file of
        `save_pipeline`.

    Warns
    -----
    UserWarning
        If it becomes a pickle.
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
    """Name the files that lie beside a model.

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
