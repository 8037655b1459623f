"""Fitted estimators of the package as JSON and arrays, and back; nothing in them is code."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skxpresso._utils.table import quote, shorten
from skxpresso.halflife import HalfLifeTransformer
from skxpresso.network.architecture import Architecture
from skxpresso.network.autoencoder import DenoisingAutoencoderRegressor
from skxpresso.network.engines import PRECISIONS, why_not_fused
from skxpresso.network.restoring import (
    SETTINGS,
    restore_regressor,
    settings_and_weights,
    weight_shapes,
)
from skxpresso.network.xpresso import XpressoRegressor
from skxpresso.saving._json import (
    INT64,
    attribute_to_json,
    check_keys,
    from_json,
    member,
    to_json,
)
from skxpresso.saving._widths import check_widths
from skxpresso.saving.zero_halflife import ZeroHalfLife
from skxpresso.sequence.composition import CompositionEncoder
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.kmers import KmerCountEncoder
from skxpresso.sequence.shuffling import PromoterShuffler

__all__ = ["FITTED", "Arrays", "are_names", "estimator_from_state", "estimator_to_state"]

Check = Callable[[Any], bool]


class Arrays(Protocol):
    """Where `from_state` takes arrays from."""

    def take(self, name: str, shape: tuple[int, ...] | None, dtype: str) -> npt.NDArray[Any]:
        """Return an array of this shape and dtype, of finite numbers, or raise ValueError."""
        ...


class _Attribute(NamedTuple):
    """What a fitted attribute must look like in a file."""

    wanted: str
    is_good: Check


def _is_natural(value: Any) -> bool:
    return type(value) is int and 0 <= value < INT64


def _is_finite(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def are_names(value: Any) -> bool:
    return isinstance(value, list) and all(type(name) in (str, int) for name in value)


def _is_history(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(losses, list) and all(type(loss) is float for loss in losses)
        for losses in value.values()
    )


def _are_lists_of_losses(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(losses, list) and all(type(loss) is float for loss in losses) for losses in value
    )


_NATURAL = _Attribute("an integer of 0 or more", _is_natural)
_FINITE = _Attribute("a finite number", _is_finite)
_POSITIVE = _Attribute("a finite number above 0", lambda v: _is_finite(v) and v > 0)
_NAMES = _Attribute("a list of names", are_names)
_SOME_NAMES = _Attribute("a list of names or null", lambda v: v is None or are_names(v))
_HISTORY = _Attribute("lists of losses by name", _is_history)
_ENGINE = _Attribute("'fused' or 'keras'", lambda v: v in ("fused", "keras"))

_WORD = _Attribute("a length from 1 to 8", lambda v: type(v) is int and 1 <= v <= 8)
_SEED = _Attribute("an integer of 64 bits", lambda v: type(v) is int and 0 <= v < 2**64)
_LOSSES = _Attribute("lists of losses", _are_lists_of_losses)

#: Attributes of a fitted estimator that are JSON, besides `feature_names_in_`.
FITTED: dict[type, dict[str, _Attribute]] = {
    HalfLifeTransformer: {"columns_": _NAMES, "n_features_in_": _NATURAL},
    ZeroHalfLife: {"n_features_in_": _NATURAL},
    OneHotPromoterEncoder: {
        "promoter_length_": _NATURAL,
        "tss_": _NATURAL,
        "sequence_length_": _NATURAL,
        "covariate_names_": _NAMES,
        "n_features_in_": _NATURAL,
    },
    XpressoRegressor: {
        "promoter_length_": _NATURAL,
        "n_halflife_": _NATURAL,
        "n_features_in_": _NATURAL,
        "_halflife_names": _SOME_NAMES,
        "y_mean_": _FINITE,
        "y_scale_": _POSITIVE,
        "engine_": _ENGINE,
        "history_": _HISTORY,
        "best_epoch_": _NATURAL,
        "n_restarts_": _NATURAL,
        "n_dead_units_": _NATURAL,
    },
}
FITTED |= {
    KmerCountEncoder: {"k_": _WORD, "n_features_in_": _NATURAL},
    CompositionEncoder: {"n_features_in_": _NATURAL},
    PromoterShuffler: {"seed_": _SEED, "n_features_in_": _NATURAL},
}
for _kind in SETTINGS:
    FITTED[_kind] = {k: v for k, v in FITTED[XpressoRegressor].items() if k != "engine_"}
FITTED[DenoisingAutoencoderRegressor]["pretraining_losses_"] = _LOSSES
#: Those that hold a fitted encoder.
_ENCODED = (KmerCountEncoder, CompositionEncoder, PromoterShuffler)
#: Names of `XpressoRegressor._restore`, where they are not those of the attributes.
_RESTORED = {
    "promoter_length_": "promoter_length",
    "n_halflife_": "n_halflife",
    "_halflife_names": "halflife_names",
    "y_mean_": "y_mean",
    "y_scale_": "y_scale",
    "engine_": "engine",
}
_CLASSES: dict[str, type] = {cls.__name__: cls for cls in FITTED}


def estimator_to_state(
    estimator: Any,
    arrays: dict[str, npt.NDArray[Any]],
    prefix: str,
    *,
    may_be_new: bool = False,
) -> dict[str, Any]:
    """Describe one estimator; `prefix` comes before the names of its arrays and parameters.

    `may_be_new` allows one that is not fitted, such as the template of a meta-estimator.
    """
    kind = type(estimator)
    params = _params(estimator)
    if may_be_new and not _is_fitted(estimator):
        new = {name: to_json(value, f"{prefix}__{name}") for name, value in params.items()}
        return {"class": kind.__name__, "params": new}
    check_is_fitted(estimator)
    fitted = {name: getattr(estimator, name) for name in FITTED[kind]}
    if hasattr(estimator, "feature_names_in_"):
        fitted["feature_names_in_"] = estimator.feature_names_in_
    state = {
        "class": kind.__name__,
        "params": {name: to_json(value, f"{prefix}__{name}") for name, value in params.items()},
        "fitted": {
            name: attribute_to_json(value, f"{prefix}.{name}") for name, value in fitted.items()
        },
    }
    if kind is HalfLifeTransformer:
        arrays |= {f"{prefix}.mean_": estimator.mean_, f"{prefix}.scale_": estimator.scale_}
    if kind is CompositionEncoder:
        arrays[f"{prefix}.windows_"] = estimator.windows_
    if kind is XpressoRegressor:
        state["network"] = _network_to_state(estimator, arrays, prefix)
    if kind in SETTINGS:
        settings, weights = settings_and_weights(estimator)
        state["network"] = {k: to_json(v, k) for k, v in asdict(settings).items()}
        arrays |= {f"{prefix}.{name}": weight for name, weight in weights.items()}
    if hasattr(estimator, "encoder_"):
        inner = f"{prefix}.encoder_"
        state["encoder"] = estimator_to_state(estimator.encoder_, arrays, inner)
    return state


def _is_fitted(estimator: Any) -> bool:
    try:
        check_is_fitted(estimator)
    except NotFittedError:
        return False
    return True


def _params(estimator: BaseEstimator) -> dict[str, Any]:
    """Return the parameters to be saved: of a network to start from the name or the path."""
    params = estimator.get_params(deep=False)
    init = params.get("init")
    if isinstance(init, os.PathLike):
        params["init"] = os.fspath(init)
    elif init is not None and not isinstance(init, str):  # the weights have been learned from it
        params |= {"init": None, "freeze_convolutions": False}
    return params


def estimator_from_state(
    state: Any, arrays: Arrays, prefix: str, *, may_be_new: bool = False
) -> Any:
    name = member(state, "class", str, prefix)
    if name not in _CLASSES:
        raise ValueError(f"{prefix}: class {name!r} must be one of {', '.join(_CLASSES)}")
    kind = _CLASSES[name]
    parts = {"class", "params", "fitted"}
    if may_be_new and "fitted" not in state:
        check_keys(state, parts - {"fitted"}, prefix)
        return _construct(kind, state["params"], prefix)
    is_network = kind is XpressoRegressor or kind in SETTINGS
    if is_network:
        parts |= {"network"} | ({"encoder"} & state.keys())
    elif kind in _ENCODED:
        parts |= {"encoder"}
    check_keys(state, parts, prefix)
    estimator = _construct(kind, state["params"], prefix)
    fitted = _read_fitted(kind, state["fitted"], prefix)
    encoder = _read_encoder(state, arrays, prefix)
    if is_network:
        if encoder is not None:
            check_widths(encoder, fitted["promoter_length_"], fitted["n_halflife_"], prefix)
        restore = _restore_network if kind is XpressoRegressor else _restore_other_network
        restore(estimator, state, fitted | {"encoder": encoder}, arrays, prefix)
        return estimator
    vars(estimator).update(fitted)
    if encoder is not None:
        estimator.encoder_ = encoder
    if kind is HalfLifeTransformer:
        _restore_scale(estimator, arrays, prefix)
    elif kind is CompositionEncoder:
        _restore_windows(estimator, arrays, prefix)
    elif kind is OneHotPromoterEncoder and estimator.tss_ > estimator.promoter_length_:
        raise ValueError(
            f"{prefix}: tss_={estimator.tss_} lies beyond the window of "
            f"{estimator.promoter_length_} nt"
        )
    return estimator


def _read_encoder(state: Any, arrays: Arrays, prefix: str) -> OneHotPromoterEncoder | None:
    if "encoder" not in state:
        return None
    encoder = estimator_from_state(state["encoder"], arrays, f"{prefix}.encoder_")
    if not isinstance(encoder, OneHotPromoterEncoder):
        raise ValueError(f"{prefix}.encoder_ must be a OneHotPromoterEncoder")
    return encoder


def _restore_windows(encoder: CompositionEncoder, arrays: Arrays, prefix: str) -> None:
    n_windows = -(-encoder.encoder_.promoter_length_ // encoder.window_size)
    # read first: the file then holds as many, and no memory is taken for more
    windows = arrays.take(f"{prefix}.windows_", (n_windows, 2), "int64")
    encoder._learn()
    if not np.array_equal(windows, encoder.windows_):
        raise ValueError(f"{prefix}.windows_ are not those of window_size={encoder.window_size}")


def _restore_scale(transformer: HalfLifeTransformer, arrays: Arrays, prefix: str) -> None:
    known = getattr(transformer, "feature_names_in_", transformer.columns_)
    if unknown := set(transformer.columns_) - set(known):
        raise ValueError(f"{prefix}.columns_ names {quote(unknown)}, not in feature_names_in_")
    shape = (len(transformer.columns_),)
    transformer.mean_ = arrays.take(f"{prefix}.mean_", shape, "float64")
    transformer.scale_ = arrays.take(f"{prefix}.scale_", shape, "float64")
    if (transformer.scale_ <= 0).any():
        raise ValueError(f"{prefix}.scale_ must hold numbers above 0")


def _restore_network(
    regressor: XpressoRegressor,
    state: dict[str, Any],
    fitted: dict[str, Any],
    arrays: Arrays,
    prefix: str,
) -> None:
    settings, precision = _read_network(state["network"], f"{prefix}: network")
    named = {_RESTORED.get(name, name): value for name, value in fitted.items()}
    sizes = named["promoter_length"], named["n_halflife"]
    obstacle = why_not_fused(settings, sizes[0], precision=precision)
    if named["engine"] == "fused" and obstacle:
        raise ValueError(f"{prefix}: network: engine_ cannot be 'fused': {obstacle}")
    weights = [
        arrays.take(f"{prefix}.{name}", shape, "float32")
        for name, shape in settings.weight_shapes(*sizes).items()
    ]
    regressor._restore(weights, settings=settings, precision=precision, **named)


def _restore_other_network(
    regressor: Any, state: dict[str, Any], fitted: dict[str, Any], arrays: Arrays, prefix: str
) -> None:
    kind = type(regressor)
    where = f"{prefix}: network"
    check_keys(state["network"], set(asdict(SETTINGS[kind]())), where)
    told = {name: from_json(value, where) for name, value in state["network"].items()}
    settings = SETTINGS[kind](**told)
    named = {_RESTORED.get(name, name): value for name, value in fitted.items()}
    shapes = weight_shapes(kind, settings, named["promoter_length"], named["n_halflife"])
    weights = [arrays.take(f"{prefix}.{name}", shape, "float32") for name, shape in shapes.items()]
    restore_regressor(regressor, weights, settings=settings, **named)


def _network_to_state(
    regressor: XpressoRegressor, arrays: dict[str, npt.NDArray[Any]], prefix: str
) -> dict[str, Any]:
    network = regressor._network
    shapes = network.settings.weight_shapes(network.promoter_length, network.n_halflife)
    named = zip(shapes, network.weights, strict=True)
    arrays |= {f"{prefix}.{name}": weight for name, weight in named}
    settings = {k: to_json(v, k) for k, v in asdict(network.settings).items()}
    return {"settings": settings, "precision": network.precision}


def _read_network(state: Any, where: str) -> tuple[Architecture, str]:
    check_keys(state, {"settings", "precision"}, where)
    settings = member(state, "settings", dict, where)
    check_keys(settings, set(asdict(Architecture())), f"{where} settings")
    if state["precision"] not in PRECISIONS:
        raise ValueError(f"{where}: precision must be one of {quote(PRECISIONS)}")
    values = {name: from_json(value, where) for name, value in settings.items()}
    return Architecture(**values), state["precision"]


def _construct(kind: type, params: Any, prefix: str) -> Any:
    if not isinstance(params, dict):
        raise ValueError(f"{prefix}: params must be parameters by name")
    values = {name: from_json(value, f"{prefix}__{name}") for name, value in params.items()}
    try:
        estimator: BaseEstimator = kind(**values)
        estimator._validate_params()
    except (TypeError, ValueError) as error:
        raise ValueError(f"{prefix}: {error}") from error
    return estimator


def _read_fitted(kind: type, fitted: Any, prefix: str) -> dict[str, Any]:
    expected = FITTED[kind]
    if isinstance(fitted, dict) and "feature_names_in_" in fitted:
        expected = expected | {"feature_names_in_": _NAMES}
    check_keys(fitted, set(expected), f"{prefix}: fitted attributes")
    for name, (wanted, is_good) in expected.items():
        if not is_good(fitted[name]):
            raise ValueError(f"{prefix}.{name} must be {wanted}, got {shorten(fitted[name])}")
    values = dict(fitted)
    if "feature_names_in_" in values:
        values["feature_names_in_"] = np.array(values["feature_names_in_"], dtype=object)
    if "pretraining_losses_" in values:
        values["pretraining_losses_"] = tuple(map(tuple, values["pretraining_losses_"]))
    if values.get("_halflife_names") is not None:
        values["_halflife_names"] = tuple(values["_halflife_names"])
    return values
