"""Predict gene expression from promoter sequence, the scikit-learn way."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from skxpresso._version import __version__

if TYPE_CHECKING:  # for type checkers and editors; at run time see __getattr__
    from skxpresso.autoencoder import DenoisingAutoencoderRegressor
    from skxpresso.comparison import scorecard
    from skxpresso.composition import CompositionEncoder
    from skxpresso.encoding import OneHotPromoterEncoder
    from skxpresso.halflife import HalfLifeTransformer
    from skxpresso.kmers import KmerCountEncoder
    from skxpresso.lstm import LSTMRegressor
    from skxpresso.metrics import pearson_r2_score, pearson_r2_scorer
    from skxpresso.network import build_xpresso
    from skxpresso.onehot import OneHotMatrix
    from skxpresso.pipeline import make_xpresso_pipeline
    from skxpresso.pretrained import load_pretrained
    from skxpresso.regressor import XpressoRegressor
    from skxpresso.saving import load_pipeline, save_pipeline
    from skxpresso.search import HyperoptSearchCV
    from skxpresso.shuffling import PromoterShuffler
    from skxpresso.spaces import xpresso_is_feasible, xpresso_search_space

# Where each public name lives. Imported when first used: Keras alone takes seconds.
_HOMES = {
    "CompositionEncoder": "composition",
    "DenoisingAutoencoderRegressor": "autoencoder",
    "HalfLifeTransformer": "halflife",
    "HyperoptSearchCV": "search",
    "KmerCountEncoder": "kmers",
    "LSTMRegressor": "lstm",
    "OneHotMatrix": "onehot",
    "OneHotPromoterEncoder": "encoding",
    "PromoterShuffler": "shuffling",
    "XpressoRegressor": "regressor",
    "build_xpresso": "network",
    "load_pipeline": "saving",
    "load_pretrained": "pretrained",
    "make_xpresso_pipeline": "pipeline",
    "pearson_r2_score": "metrics",
    "pearson_r2_scorer": "metrics",
    "save_pipeline": "saving",
    "scorecard": "comparison",
    "xpresso_is_feasible": "spaces",
    "xpresso_search_space": "spaces",
}

__all__ = [
    "CompositionEncoder",
    "DenoisingAutoencoderRegressor",
    "HalfLifeTransformer",
    "HyperoptSearchCV",
    "KmerCountEncoder",
    "LSTMRegressor",
    "OneHotMatrix",
    "OneHotPromoterEncoder",
    "PromoterShuffler",
    "XpressoRegressor",
    "__version__",
    "build_xpresso",
    "datasets",
    "load_pipeline",
    "load_pretrained",
    "make_xpresso_pipeline",
    "pearson_r2_score",
    "pearson_r2_scorer",
    "save_pipeline",
    "scorecard",
    "xpresso_is_feasible",
    "xpresso_search_space",
]


def __getattr__(name: str) -> Any:
    if name == "datasets":
        return importlib.import_module("skxpresso.datasets")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"skxpresso.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
