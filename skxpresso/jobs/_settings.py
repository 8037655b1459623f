"""The settings of the network that a command trains: by the rule, where nobody asks otherwise."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from skxpresso.network import xpresso_settings
from skxpresso.network.architecture import Architecture
from skxpresso.saving.pretrained import load_pretrained
from skxpresso.sequence.onehot import OneHotMatrix

__all__ = ["LAYERS", "choose_settings", "describe", "what_is_asked", "window_of", "window_width"]

_log = logging.getLogger(__name__)

#: Names of the layer settings.
LAYERS = tuple(vars(Architecture()))
_LEARNING_RATES = {"sgd": 5e-4, "adam": 1e-3}  # from the notebook and the script of the original


def choose_settings(
    X: Any, given: Mapping[str, Any], n_genes: int | None = None, searched: Iterable[str] = ()
) -> dict[str, Any]:
    """Fill in what was not asked for, by `xpresso_settings`, and log what the network will be.

    Parameters
    ----------
    X : DataFrame or OneHotMatrix
        Genes to train on.
    given : mapping of str to object
        Parameters of `make_xpresso_pipeline`; None counts as not given, but for `patience`,
        where it stands for no early stopping. Layers are left to `init`, where that is given.
    n_genes : int or None, default=None
        Genes at hand, if they are more than X has.
    searched : iterable of str
        Parameters that are left out, because a search will set them.

    Returns
    -------
    dict
        Parameters of `make_xpresso_pipeline`.

    Examples
    --------
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.jobs._settings import choose_settings
    >>> X = make_promoters(200, length=120, random_state=0).data
    >>> chosen = choose_settings(X, {"optimizer": "sgd", "downstream": 30, "epochs": None})
    >>> chosen["pool_sizes"], chosen["learning_rate"], chosen["epochs"]
    ((2, 3), 0.0005, 100)
    """
    asked = what_is_asked(given)
    width = window_width(X, *(asked.get(name) for name in ("upstream", "downstream", "tss")))
    chosen = xpresso_settings(width, len(X) if n_genes is None else n_genes)
    if "optimizer" in asked:
        chosen["learning_rate"] = _LEARNING_RATES.get(asked["optimizer"], 1e-3)
    left = {*searched, *(LAYERS if "init" in asked else ())}
    settings = {name: value for name, value in chosen.items() if name not in left} | asked
    _log.info("network for promoters of %s nt: %s", width, describe(settings))
    return settings


def what_is_asked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is None, but for `patience`, where None means never to stop early.

    Examples
    --------
    >>> from skxpresso.jobs._settings import what_is_asked
    >>> what_is_asked({"epochs": None, "patience": None, "filters": (8,)})
    {'patience': None, 'filters': (8,)}
    """
    return {name: v for name, v in given.items() if v is not None or name == "patience"}


def window_width(
    X: Any, upstream: int | None = None, downstream: int | None = None, tss: int | None = None
) -> int:
    """Count the nt of the longest promoter that lie in a window; 0 without promoters.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso.jobs._settings import window_width
    >>> X = pd.DataFrame({"promoter": ["ACGTACGTAC"]})
    >>> window_width(X), window_width(X, upstream=2), window_width(X, 2, 1)
    (10, 7, 3)
    """
    if isinstance(X, OneHotMatrix):
        length, tss = X.promoter_length, X.tss if tss is None else tss
    elif isinstance(X, pd.DataFrame) and "promoter" in X:
        length = int(X["promoter"].str.len().max())
    else:
        return 0
    tss = length // 2 if tss is None else tss
    before = tss if upstream is None else upstream
    after = length - tss if downstream is None else downstream
    return max(0, before + after)


def window_of(init: Any, X: Any) -> dict[str, int]:
    """Return the window that a network to start from reads, where X is not cut to it already.

    Parameters
    ----------
    init : str, path-like or None
        What `load_pretrained` reads; None has no window.
    X : DataFrame or OneHotMatrix
        Genes.

    Returns
    -------
    dict
        `upstream` and `downstream`, or nothing.
    """
    if init is None:
        return {}
    encoder = getattr(load_pretrained(init), "named_steps", {}).get("encoder")
    upstream, downstream = (getattr(encoder, name, None) for name in ("upstream", "downstream"))
    if upstream is None or downstream is None or window_width(X) == upstream + downstream:
        return {}
    return {"upstream": upstream, "downstream": downstream}


def describe(settings: Mapping[str, Any]) -> str:
    """Say in a line what a network is and how it is trained.

    Examples
    --------
    >>> from skxpresso import xpresso_settings
    >>> from skxpresso.jobs._settings import describe
    >>> describe(xpresso_settings(10_500))
    'as published: filters 128,32, kernel sizes 6,9, ...'
    >>> describe({"filters": (8,), "optimizer": "adam", "learning_rate": 1e-3, "epochs": 5})
    'filters 8; adam, learning rate 0.001, at most 5 epochs'
    """
    init = settings.get("init")
    if init is None:
        parts = [f"{_plain(n)} {_listed(settings[n])}" for n in LAYERS if n in settings]
    else:
        parts = [f"starts from {_named(init)}"]
    training = {
        "optimizer": "{}",
        "learning_rate": "learning rate {:g}",
        "batch_size": "batches of {}",
        "epochs": "at most {} epochs",
        "patience": "patience {}",
    }
    how = [text.format(settings[n]) for n, text in training.items() if settings.get(n) is not None]
    text = "; ".join(", ".join(part) for part in (parts, how) if part)
    is_published = init is None and settings.items() >= xpresso_settings(10_500).items()
    return f"as published: {text}" if is_published else text


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _listed(value: Any) -> str:
    return str(value) if isinstance(value, str) else ",".join(f"{each:g}" for each in value)


def _named(init: Any) -> str:
    return str(init) if not hasattr(init, "predict") else type(init).__name__
