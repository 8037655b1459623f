"""Fitted steps as JSON and arrays, and back: names come from fixed lists, nothing is code."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skxpresso._utils.table import quote
from skxpresso.halflife import HalfLifeTransformer
from skxpresso.network.architecture import Architecture
from skxpresso.network.engines import PRECISIONS, why_not_fused
from skxpresso.network.xpresso import XpressoRegressor
from skxpresso.saving._values import (
    ENGINE,
    FINITE,
    HISTORY,
    NAMES,
    NATURAL,
    POSITIVE,
    SOME_NAMES,
    Attribute,
    are_names,
    attribute_to_json,
    check_keys,
    from_json,
    member_of,
    or_list,
    read_attributes,
    to_json,
)
from skxpresso.saving._widths import check_steps_fit, check_widths
from skxpresso.saving.zero_halflife import ZeroHalfLife
from skxpresso.sequence.encoder import OneHotPromoterEncoder


class Arrays(Protocol):
    """Where `from_state` takes arrays from."""

    def take(self, name: str, shape: tuple[int, ...], dtype: str) -> npt.NDArray[Any]:
        """Return an array of this shape and dtype, of finite numbers, or raise ValueError."""
        ...


#: Attributes that each network of an ensemble has for itself.
_OF_NETWORK = {
    "history_": HISTORY,
    "best_epoch_": NATURAL,
    "n_restarts_": NATURAL,
    "n_dead_units_": NATURAL,
}
#: Attributes of a fitted estimator that are JSON, besides `feature_names_in_`.
_FITTED: dict[type, dict[str, Attribute]] = {
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
        **_OF_NETWORK,
    },
}
#: Names of `XpressoRegressor._restore`, where they are not those of the attributes.
_RESTORED = {
    "promoter_length_": "promoter_length",
    "n_halflife_": "n_halflife",
    "_halflife_names": "halflife_names",
    "y_mean_": "y_mean",
    "y_scale_": "y_scale",
    "engine_": "engine",
}
_CLASSES: dict[str, type] = {cls.__name__: cls for cls in _FITTED}


def to_state(estimator: Any, arrays: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    """Describe a fitted estimator.

    Parameters
    ----------
    estimator : Pipeline, or an estimator of this package
        Estimator to describe; it must be fitted.
    arrays : dict of str to ndarray
        Dict that the arrays of the estimator are added to.

    Returns
    -------
    dict
        Description that `json` can write.

    Raises
    ------
    TypeError
        If an estimator or a parameter is of a kind that cannot be saved.
    NotFittedError
        If it is not fitted.
    """
    if type(estimator) is Pipeline:
        return _pipeline_to_state(estimator, arrays)
    return _estimator_to_state(estimator, arrays, type(estimator).__name__)


def from_state(state: Any, arrays: Arrays) -> Any:
    """Make the estimator that `to_state` described.

    Parameters
    ----------
    state : object
        Object that `json` read; it may be anything.
    arrays : Arrays
        Source of its arrays.

    Returns
    -------
    Pipeline or estimator
        The fitted pipeline or estimator.

    Raises
    ------
    ValueError
        If `state` does not come from `to_state`; the message says what is wrong.
    """
    name = member_of(state, "class", str, "estimator")
    if name == "Pipeline":
        return _pipeline_from_state(state, arrays)
    return _estimator_from_state(state, arrays, name)


def _pipeline_to_state(pipeline: Pipeline, arrays: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    steps = [
        [name, step if isinstance(step, str) else _estimator_to_state(step, arrays, name)]
        for name, step in pipeline.steps
    ]
    return {
        "class": "Pipeline",
        "steps": steps,
        "transform_input": to_json(pipeline.transform_input, "transform_input"),
    }


def _pipeline_from_state(state: dict[str, Any], arrays: Arrays) -> Pipeline:
    check_keys(state, {"class", "steps", "transform_input"}, "pipeline")
    steps: list[tuple[str, Any]] = []
    for step in member_of(state, "steps", list, "pipeline"):
        if not (isinstance(step, list) and len(step) == 2 and isinstance(step[0], str)):
            raise ValueError("a step of the pipeline must be a name and an estimator")
        name, inner = step
        is_left_out = inner == "passthrough"
        steps.append((name, inner if is_left_out else _estimator_from_state(inner, arrays, name)))
    names = [name for name, _ in steps]
    if not names or len(set(names)) < len(names) or any(not n or "__" in n for n in names):
        raise ValueError(f"the steps of the pipeline must have unique names, got {quote(names)}")
    transform_input = state["transform_input"]
    if transform_input is not None and not are_names(transform_input):
        raise ValueError("transform_input must be a list of names or null")
    check_steps_fit(steps)
    return Pipeline(steps, transform_input=transform_input)


def _estimator_to_state(
    estimator: Any, arrays: dict[str, npt.NDArray[Any]], prefix: str
) -> dict[str, Any]:
    """Describe one estimator; `prefix` comes before the names of its arrays and parameters."""
    kind = type(estimator)
    if kind not in _FITTED:
        raise TypeError(
            f"{prefix}: an estimator of type {kind.__name__} cannot be saved, only "
            f"{', '.join(_CLASSES)} and a Pipeline of them; use pickle or joblib for others"
        )
    check_is_fitted(estimator)
    params = _params(estimator)
    fitted = {name: getattr(estimator, name) for name in _FITTED[kind]}
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
    if kind is XpressoRegressor:
        state |= _network_to_state(estimator, arrays, prefix)
        if hasattr(estimator, "encoder_"):
            inner = f"{prefix}.encoder_"
            state["encoder"] = _estimator_to_state(estimator.encoder_, arrays, inner)
    return state


def _params(estimator: BaseEstimator) -> dict[str, Any]:
    """Return the parameters to be saved: of a network to start from the name or the path."""
    params = estimator.get_params(deep=False)
    init = params.get("init")
    if isinstance(init, os.PathLike):
        params["init"] = os.fspath(init)
    elif init is not None and not isinstance(init, str):  # the weights have been learned from it
        params |= {"init": None, "freeze_convolutions": False}
    return params


def _estimator_from_state(state: Any, arrays: Arrays, prefix: str) -> Any:
    name = member_of(state, "class", str, prefix)
    if name not in _CLASSES:
        raise ValueError(f"{prefix}: class {name!r} must be one of {', '.join(_CLASSES)}")
    kind = _CLASSES[name]
    parts = {"class", "params", "fitted"}
    if kind is XpressoRegressor:
        parts |= {"network"} | ({"encoder", "members", "output_names"} & state.keys())
    check_keys(state, parts, prefix)
    estimator = _construct(kind, state["params"], prefix)
    fitted = _read_fitted(kind, state["fitted"], prefix)
    if kind is XpressoRegressor:
        _restore_network(estimator, state, fitted, arrays, prefix)
        return estimator
    vars(estimator).update(fitted)
    if kind is HalfLifeTransformer:
        _restore_scale(estimator, arrays, prefix)
    elif kind is OneHotPromoterEncoder and estimator.tss_ > estimator.promoter_length_:
        raise ValueError(
            f"{prefix}: tss_={estimator.tss_} lies beyond the window of "
            f"{estimator.promoter_length_} nt"
        )
    return estimator


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
    encoder = None
    if "encoder" in state:
        encoder = _estimator_from_state(state["encoder"], arrays, f"{prefix}.encoder_")
        if not isinstance(encoder, OneHotPromoterEncoder):
            raise ValueError(f"{prefix}.encoder_ must be a OneHotPromoterEncoder")
        check_widths(encoder, fitted["promoter_length_"], fitted["n_halflife_"], prefix)
    settings, precision = _read_network(state["network"], f"{prefix}: network")
    named = {_RESTORED.get(name, name): value for name, value in fitted.items()}
    sizes = named["promoter_length"], named["n_halflife"]
    obstacle = why_not_fused(settings, sizes[0], precision=precision)
    if named["engine"] == "fused" and obstacle:
        raise ValueError(f"{prefix}: network: engine_ cannot be 'fused': {obstacle}")
    named |= {"settings": settings, "precision": precision, "encoder": encoder}
    n_outputs = _count_outputs(named, state, prefix)
    if "output_names" in state:
        named["output_names"] = state["output_names"]
    shapes = settings.weight_shapes(*sizes, n_outputs)
    if "members" not in state:
        regressor._restore(_take_weights(arrays, prefix, shapes), **named)
        return
    networks = []
    for number, told in enumerate(member_of(state, "members", list, prefix), start=1):
        name = f"{prefix}.network{number}"
        attributes = read_attributes(told, _OF_NETWORK, name)
        regressor._restore(_take_weights(arrays, name, shapes), **(named | attributes))
        networks += regressor._network.members
    if len(networks) < 2:
        raise ValueError(f"{prefix}: members must be two or more networks, got {len(networks)}")
    regressor._join(networks)


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
    regressor: XpressoRegressor, arrays: dict[str, npt.NDArray[Any]], prefix: str
) -> dict[str, Any]:
    """Describe the network, or the networks of an ensemble, whose arrays have a number."""
    members: list[Any] = regressor._network.members
    first = members[0]
    sizes = first.promoter_length, first.n_halflife, first.n_outputs
    shapes = first.settings.weight_shapes(*sizes)
    settings = {k: to_json(v, k) for k, v in asdict(first.settings).items()}
    state: dict[str, Any] = {"network": {"settings": settings, "precision": first.precision}}
    if hasattr(regressor, "output_names_"):
        state["output_names"] = list(regressor.output_names_)
    several = len(members) > 1
    for number, member in enumerate(members, start=1):
        name = f"{prefix}.network{number}" if several else prefix
        named = zip(shapes, member.weights, strict=True)
        arrays |= {f"{name}.{part}": weight for part, weight in named}
    if several:
        state["members"] = [
            {name: attribute_to_json(each.attributes[name], name) for name in _OF_NETWORK}
            for each in members
        ]
    return state


def _read_network(state: Any, where: str) -> tuple[Architecture, str]:
    check_keys(state, {"settings", "precision"}, where)
    settings = member_of(state, "settings", dict, where)
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
    expected = _FITTED[kind]
    if isinstance(fitted, dict) and "feature_names_in_" in fitted:
        expected = expected | {"feature_names_in_": NAMES}
    values = read_attributes(fitted, expected, prefix)
    if "feature_names_in_" in values:
        values["feature_names_in_"] = np.array(values["feature_names_in_"], dtype=object)
    if values.get("_halflife_names") is not None:
        values["_halflife_names"] = tuple(values["_halflife_names"])
    return values
