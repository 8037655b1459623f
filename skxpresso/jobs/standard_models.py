"""The models that are usually compared: simple ones, and the network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from skxpresso._utils.table import quote
from skxpresso.baselines import (
    autoencoder_baseline,
    composition_baseline,
    halflife_baseline,
    kmer_baseline,
    lstm_baseline,
    mean_baseline,
    shuffled_baseline,
)
from skxpresso.halflife import HALF_LIFE_COLUMNS
from skxpresso.jobs._settings import choose_settings, what_is_asked, window_width
from skxpresso.pipeline import make_xpresso_pipeline

__all__ = ["MODELS", "standard_models"]

_TRAINING = ("batch_size", "epochs", "patience", "validation_fraction", "verbose")
_OF_THE_RULE = {"network", "shuffled"}
_LONG = 1000  # nt; longer promoters get an LSTM behind two convolutions


class _Setting(NamedTuple):
    """What the models are made from: the window, its width in nt, a seed, network settings.

    `asked` are those settings that somebody asked for.
    """

    window: dict[str, Any]
    width: int
    seed: int
    network: dict[str, Any]
    asked: dict[str, Any]

    @property
    def training(self) -> dict[str, Any]:
        """Those of `asked` that other networks accept."""
        return {name: self.asked[name] for name in _TRAINING if name in self.asked}


class _Standard(NamedTuple):
    """A standard model: what it needs from a table, and how it is made."""

    needs: str
    make: Callable[[_Setting], Any]
    usual: bool = True


#: Names of the models that `standard_models` makes.
MODELS = {
    "mean": _Standard("", lambda given: mean_baseline()),
    "halflife": _Standard("half-life", lambda given: halflife_baseline()),
    "halflife-boosting": _Standard(
        "half-life", lambda given: halflife_baseline(boosting=True, random_state=given.seed)
    ),
    "composition": _Standard(
        "promoter",
        lambda given: composition_baseline(
            _composition_window(given.width), **given.window, random_state=given.seed
        ),
    ),
    "kmers": _Standard(
        "promoter", lambda given: kmer_baseline(**given.window, random_state=given.seed)
    ),
    "kmers-alone": _Standard(
        "promoter",
        lambda given: kmer_baseline(**given.window, halflife=False, random_state=given.seed),
        usual=False,
    ),
    "shuffled": _Standard(
        "promoter",
        lambda given: shuffled_baseline(**given.window, random_state=given.seed, **given.network),
        usual=False,
    ),
    "lstm": _Standard(
        "promoter",
        lambda given: lstm_baseline(
            **given.window, random_state=given.seed, **_lstm_for(given.width), **given.training
        ),
        usual=False,
    ),
    "autoencoder": _Standard(
        "promoter",
        lambda given: autoencoder_baseline(
            **given.window, random_state=given.seed, **given.training
        ),
        usual=False,
    ),
    "network": _Standard(
        "promoter",
        lambda given: make_xpresso_pipeline(
            **given.window, random_state=given.seed, **given.network
        ),
    ),
    "ensemble": _Standard(
        "promoter",
        lambda given: make_xpresso_pipeline(
            **given.window, random_state=given.seed, **({"n_estimators": 5} | given.network)
        ),
        usual=False,
    ),
}


def standard_models(
    X: pd.DataFrame,
    names: Sequence[str] | None = None,
    *,
    upstream: int | None = None,
    downstream: int | None = None,
    random_state: int = 0,
    **network: Any,
) -> dict[str, Any]:
    """Make the models that are usually compared.

    Parameters
    ----------
    X : DataFrame
        Genes, as returned by `datasets.read_table`.
    names : sequence of str or None, default=None
        Names from `MODELS`: "mean"; "halflife" and "halflife-boosting", on half-life
        columns alone; "composition", GC and CpG along the promoter; "kmers", and
        "kmers-alone" without half-life; "network"; "shuffled", the network on promoters
        whose dinucleotides are shuffled; "lstm"; "autoencoder"; "ensemble", the mean of five
        networks. None means all that the columns of X allow, except "kmers-alone" and the
        networks other than "network".
    upstream, downstream : int or None, default=None
        Window of the promoter, in nt from the TSS.
    random_state : int, default=0
        Seed of the models.
    **network : dict
        Parameters of `XpressoRegressor`, instead of those from `xpresso_settings`. The LSTM and
        the autoencoder also get those that they accept, such as `epochs` and `patience`.

    Returns
    -------
    dict of str to estimator

    Raises
    ------
    ValueError
        If a name is unknown, or X does not have what a model needs.

    Examples
    --------
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.jobs.standard_models import standard_models
    >>> list(standard_models(make_promoters(9, 30).data[["promoter"]]))
    ['mean', 'composition', 'kmers', 'network']
    """
    there = {"", *["promoter"] * ("promoter" in X), *["half-life"] * _has_halflife(X)}
    if names is None:
        names = [name for name, model in MODELS.items() if model.usual and model.needs in there]
    if unknown := [name for name in names if name not in MODELS]:
        raise ValueError(f"there is no model {quote(unknown)}; there are {quote(MODELS, 20)}")
    for name in names:
        if MODELS[name].needs not in there:
            raise ValueError(f"model {name!r} needs {MODELS[name].needs} columns; X has none")
    window: dict[str, Any] = {"upstream": upstream, "downstream": downstream}
    network = what_is_asked(network)
    chosen = {}
    if _OF_THE_RULE & set(names):
        chosen = choose_settings(X, network | window)
    settings = {name: value for name, value in chosen.items() if name not in window}
    setting = _Setting(window, window_width(X, **window), random_state, settings, network)
    return {name: MODELS[name].make(setting) for name in names}


def _has_halflife(X: pd.DataFrame) -> bool:
    return not X.columns.intersection(list(HALF_LIFE_COLUMNS)).empty


def _lstm_for(width: int) -> dict[str, Any]:
    """Choose settings of `LSTMRegressor`; its defaults suit short promoters only."""
    if width < _LONG:
        return {}
    return {
        "filters": (64, 64),
        "kernel_sizes": (11, 9),
        "dilation_rates": (1, 1),
        "pool_sizes": (30, 4),
    }


def _composition_window(width: int) -> int:
    """Choose windows for GC and CpG: 500 nt, or a sixth of short promoters."""
    return min(500, max(1, width // 6))
