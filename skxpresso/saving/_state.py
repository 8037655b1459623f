"""Fitted estimators of the package as JSON and arrays, and back; nothing in them is code."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skxpresso._utils.table import quote
from skxpresso.halflife import HalfLifeTransformer
from skxpresso.network.autoencoder import DenoisingAutoencoderRegressor
from skxpresso.network.engines import PRECISIONS, why_not_fused
from skxpresso.network.restoring import SETTINGS, restorer_of, weight_shapes
from skxpresso.network.xpresso import XpressoRegressor
from skxpresso.saving._values import (
    ENGINE,
    FINITE,
    HISTORY,
    LOSSES,
    NAMES,
    NATURAL,
    POSITIVE,
    SEED,
    SOME_NAMES,
    WORD,
    Attribute,
    attribute_to_json,
    check_keys,
    from_json,
    member_of,
    or_list,
    read_attributes,
    to_json,
)
from skxpresso.saving._widths import check_widths
from skxpresso.saving.zero_halflife import ZeroHalfLife
from skxpresso.sequence.composition import CompositionEncoder
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.kmers import KmerCountEncoder
from skxpresso.sequence.shuffling import PromoterShuffler

__all__ = ["FITTED", "Arrays", "estimator_from_state", "estimator_to_state"]


class Arrays(Protocol):
    """Where `from_state` takes arrays from."""

    def take(self, name: str, shape: tuple[int, ...] | None, dtype: str) -> npt.NDArray[Any]:
        """Return an array of this shape and dtype, of finite numbers, or raise ValueError."""
        ...


#: Attributes that each network of an ensemble has for itself.
_OF_NETWORK = {
    "history_": HISTORY,
    "best_epoch_": NATURAL,
    "n_restarts_": NATURAL,
    "n_dead_units_": NATURAL,
    "pretraining_losses_": LOSSES,
}
#: Attributes of a fitted estimator that are JSON, besides `feature_names_in_`.
FITTED: dict[type, dict[str, Attribute]] = {
    HalfLifeTransformer: {"columns_": NAMES, "n_features_in_": NATURAL},
    ZeroHalfLife: {"n_features_in_": NATURAL},
    OneHotPromoterEncoder: {
        "promoter_length_": NATURAL,
        "tss_": NATURAL,
        "sequence_length_": NATURAL,
        "covariate_names_": NAMES,
        "n_features_in_": NATURAL,
    },
    XpressoRegressor: {
        "promoter_length_": NATURAL,
        "n_halflife_": NATURAL,
        "n_features_in_": NATURAL,
        "_halflife_names": SOME_NAMES,
        "y_mean_": or_list(FINITE),
        "y_scale_": or_list(POSITIVE),
        "engine_": ENGINE,
        **{name: kept for name, kept in _OF_NETWORK.items() if name != "pretraining_losses_"},
    },
}
FITTED |= {
    KmerCountEncoder: {"k_": WORD, "n_features_in_": NATURAL},
    CompositionEncoder: {"n_features_in_": NATURAL},
    PromoterShuffler: {"seed_": SEED, "n_features_in_": NATURAL},
}
for _kind in SETTINGS.keys() - {XpressoRegressor}:
    FITTED[_kind] = {k: v for k, v in FITTED[XpressoRegressor].items() if k != "engine_"}
FITTED[DenoisingAutoencoderRegressor]["pretraining_losses_"] = LOSSES
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
    if kind in SETTINGS:
        state |= _network_to_state(estimator, arrays, prefix)
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
    """Make the estimator that `estimator_to_state` described."""
    name = member_of(state, "class", str, prefix)
    if name not in _CLASSES:
        raise ValueError(f"{prefix}: class {name!r} must be one of {', '.join(_CLASSES)}")
    kind = _CLASSES[name]
    parts = {"class", "params", "fitted"}
    if may_be_new and "fitted" not in state:
        check_keys(state, parts - {"fitted"}, prefix)
        return _construct(kind, state["params"], prefix)
    if kind in SETTINGS:
        parts |= {"network"} | ({"encoder", "members", "output_names"} & state.keys())
    elif kind in _ENCODED:
        parts |= {"encoder"}
    check_keys(state, parts, prefix)
    estimator = _construct(kind, state["params"], prefix)
    fitted = _read_fitted(kind, state["fitted"], prefix)
    encoder = _read_encoder(state, arrays, prefix)
    if kind in SETTINGS:
        if encoder is not None:
            check_widths(encoder, fitted["promoter_length_"], fitted["n_halflife_"], prefix)
        _restore_network(estimator, state, fitted | {"encoder": encoder}, arrays, prefix)
        return estimator
    if encoder is not None:
        estimator.encoder_ = encoder
    vars(estimator).update(fitted)
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
    regressor: Any,
    state: dict[str, Any],
    fitted: dict[str, Any],
    arrays: Arrays,
    prefix: str,
) -> None:
    kind = type(regressor)
    restore = restorer_of(regressor)
    network = _read_network(state["network"], kind, f"{prefix}: network")
    settings = network["settings"]
    named = {_RESTORED.get(name, name): value for name, value in fitted.items()}
    sizes = named["promoter_length"], named["n_halflife"]
    obstacle = why_not_fused(settings, sizes[0], precision=network.get("precision", "float32"))
    if named.get("engine") == "fused" and obstacle:
        raise ValueError(f"{prefix}: network: engine_ cannot be 'fused': {obstacle}")
    named |= network
    n_outputs = _count_outputs(named, state, prefix)
    if "output_names" in state:
        named["output_names"] = state["output_names"]
    shapes = weight_shapes(kind, settings, *sizes, n_outputs)
    if "members" not in state:
        restore(_take_weights(arrays, prefix, shapes), **named)
        return
    networks = []
    for number, told in enumerate(member_of(state, "members", list, prefix), start=1):
        name = f"{prefix}.network{number}"
        attributes = _with_tuples(read_attributes(told, _of_network(kind), name))
        restore(_take_weights(arrays, name, shapes), **(named | attributes))
        networks += regressor._network.members
    if len(networks) < 2:
        raise ValueError(f"{prefix}: members must be two or more networks, got {len(networks)}")
    regressor._join(networks)


def _of_network(kind: type) -> dict[str, Attribute]:
    return {name: kept for name, kept in _OF_NETWORK.items() if name in FITTED[kind]}


def _with_tuples(values: dict[str, Any]) -> dict[str, Any]:
    """Turn lists into tuples where a fit leaves tuples."""
    if "pretraining_losses_" in values:
        values["pretraining_losses_"] = tuple(map(tuple, values["pretraining_losses_"]))
    if values.get("_halflife_names") is not None:
        values["_halflife_names"] = tuple(values["_halflife_names"])
    return values


def _count_outputs(named: dict[str, Any], state: dict[str, Any], prefix: str) -> int:
    """Return the number of outputs, which the scales and the names must agree on."""
    scales = named["y_mean"], named["y_scale"]
    lengths = {len(values) if isinstance(values, list) else None for values in scales}
    if "output_names" in state:
        names = state["output_names"]
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"{prefix}: output_names must be a list of names")
        lengths.add(len(names) if len(set(names)) == len(names) else -1)
    if len(lengths) > 1:
        raise ValueError(f"{prefix}: y_mean_, y_scale_ and unique output_names must be as many")
    return lengths.pop() or 1


def _take_weights(
    arrays: Arrays, prefix: str, shapes: dict[str, tuple[int, ...]]
) -> list[npt.NDArray[Any]]:
    return [arrays.take(f"{prefix}.{name}", shape, "float32") for name, shape in shapes.items()]


def _network_to_state(
    regressor: Any, arrays: dict[str, npt.NDArray[Any]], prefix: str
) -> dict[str, Any]:
    """Describe the network, or the networks of an ensemble, whose arrays have a number."""
    members: list[Any] = regressor._network.members
    first = members[0]
    sizes = first.promoter_length, first.n_halflife, first.n_outputs
    kind = type(regressor)
    shapes = weight_shapes(kind, first.settings, *sizes)
    settings = {k: to_json(v, k) for k, v in asdict(first.settings).items()}
    state: dict[str, Any] = {"network": {"settings": settings}}
    if kind is XpressoRegressor:
        state["network"]["precision"] = first.precision
    if hasattr(regressor, "output_names_"):
        state["output_names"] = list(regressor.output_names_)
    several = len(members) > 1
    for number, member in enumerate(members, start=1):
        name = f"{prefix}.network{number}" if several else prefix
        named = zip(shapes, member.weights, strict=True)
        arrays |= {f"{name}.{part}": weight for part, weight in named}
    if several:
        state["members"] = [
            {name: attribute_to_json(each.attributes[name], name) for name in _of_network(kind)}
            for each in members
        ]
    return state


def _read_network(state: Any, kind: type, where: str) -> dict[str, Any]:
    names = {"settings", "precision"} if kind is XpressoRegressor else {"settings"}
    check_keys(state, names, where)
    settings = member_of(state, "settings", dict, where)
    check_keys(settings, set(asdict(SETTINGS[kind]())), f"{where} settings")
    if "precision" in names and state["precision"] not in PRECISIONS:
        raise ValueError(f"{where}: precision must be one of {quote(PRECISIONS)}")
    values = {name: from_json(value, where) for name, value in settings.items()}
    return state | {"settings": SETTINGS[kind](**values)}


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
        expected = expected | {"feature_names_in_": NAMES}
    values = read_attributes(fitted, expected, prefix)
    if "feature_names_in_" in values:
        values["feature_names_in_"] = np.array(values["feature_names_in_"], dtype=object)
    return _with_tuples(values)
