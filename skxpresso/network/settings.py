"""xpresso_settings: layers and training that suit the promoters at hand."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from skxpresso._utils.table import shorten
from skxpresso.network.architecture import Architecture

__all__ = ["LONG", "xpresso_settings"]

LONG = 3000  # nt; from here on the published network reads enough positions
_POSITIONS = 15  # what the poolings leave of shorter promoters, about
_FEW = 10_000  # genes; below, smaller batches make more steps of an epoch
_GENES_PER_FIT = 600_000  # passes times genes, after which training has long stopped by itself


def xpresso_settings(promoter_length: int, n_genes: int | None = None) -> dict[str, Any]:
    """Choose layers, optimizer and epochs of `XpressoRegressor` for the promoters at hand.

    `skxpresso train`, `evaluate` and `demo` follow this rule, `tune` begins with it; they say
    what it chose.

    Parameters
    ----------
    promoter_length : int
        Width of the window that the network reads, in nt; 0 without promoters.
    n_genes : int or None, default=None
        Number of genes to train on. None means many.

    Returns
    -------
    dict
        Parameters of `XpressoRegressor` and `make_xpresso_pipeline`: layers, optimizer,
        learning rate, batch size, epochs and patience.

    Raises
    ------
    ValueError
        If a number is negative or no integer.

    See Also
    --------
    xpresso_search_space : Looks for better ones.

    Notes
    -----
    From 3,000 nt on these are network and training as published, for any number of genes.
    The published pools, 30 and 10, leave little or nothing of shorter promoters, and the
    published head of two units dies where Adam trains it: of 8 networks on 15,000 yeast
    promoters of 120 nt all did. Shorter promoters therefore get pools that leave about 15
    positions, a wider head, and Adam. Fewer than 10,000 genes get batches of 32, more than
    6,000 get fewer epochs than 100.

    Examples
    --------
    >>> from skxpresso import make_xpresso_pipeline, xpresso_settings
    >>> settings = xpresso_settings(120, n_genes=15_000)
    >>> settings["pool_sizes"], settings["dense_units"], settings["optimizer"]
    ((2, 4), (64, 16), 'adam')
    >>> pipeline = make_xpresso_pipeline(**settings, random_state=0)

    The published network and its training are the regressor's defaults:

    >>> from skxpresso import XpressoRegressor
    >>> defaults = XpressoRegressor().get_params()
    >>> all(defaults[name] == value for name, value in xpresso_settings(10_500).items())
    True
    """
    _check_count("promoter_length", promoter_length)
    if n_genes is not None:
        _check_count("n_genes", n_genes)
    if promoter_length == 0 or promoter_length >= LONG:
        return vars(Architecture()) | _training("sgd", 5e-4)
    layers = {
        "filters": (128, 64),
        "kernel_sizes": (11, 9),
        "dilation_rates": (1, 1),
        "pool_sizes": _pools(int(promoter_length)),
        "dense_units": (64, 16),
        "dropout_rates": (0.2, 0.0),
        "activation": "relu",
    }
    return layers | _training("adam", 1e-3) | _passes(n_genes)


def _check_count(name: str, value: Any) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or int(value) < 0:
        raise ValueError(f"{name} must be an integer of 0 or more, got {shorten(value)}")


def _training(optimizer: str, learning_rate: float) -> dict[str, Any]:
    return {
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "batch_size": 128,
        "epochs": 100,
        "patience": 7,
    }


def _pools(length: int) -> tuple[int, int]:
    """Divide the pooling between two layers, the second of which pools twice to four times more."""
    first = min(length, max(2, round((length / _POSITIONS) ** 0.5 / 2)))
    return first, max(1, length // (first * _POSITIONS))


def _passes(n_genes: int | None) -> dict[str, int]:
    if n_genes is None:
        return {}
    epochs = min(100, max(30, _GENES_PER_FIT // max(1, n_genes)))
    return {"epochs": int(epochs)} | ({"batch_size": 32} if n_genes < _FEW else {})
