"""Fitted steps as JSON and arrays, and back: names come from fixed lists, nothing is code."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skxpresso._utils.table import quote
from skxpresso.halflife import HalfLifeTransformer
from skxpresso.network.architecture import Architecture
from skxpresso.network.engines import PRECISIONS, why_not_fused
from skxpresso.network.xpresso import XpressoRegressor
from skxpresso.saving._widths import check_steps_fit, check_widths
from skxpresso.saving.zero_halflife import ZeroHalfLife
from skxpresso.sequence.encoder import OneHotPromoterEncoder

Check = Callable[[Any], bool]

_INT64 = 2**63  # numpy refuses integers from here on


class Arrays(Protocol):
    """Where `from_state` takes arrays from."""

    def take(self, name: str, shape: tuple[int, ...], dtype: str) -> npt.NDArray[Any]:
        """Return an array of this shape and dtype, of finite numbers, or raise ValueError."""
        ...


class _Attribute(NamedTuple):
    """What a fitted attribute must look like in a file."""

    wanted: str
    is_good: Check


def _is_natural(value: Any) -> bool:
    return type(value) is int and 0 <= value < _INT64


def _is_finite(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(type(name) in (str, int) for name in value)


def _is_history(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(losses, list) and all(type(loss) is float for loss in losses)
        for losses in value.values()
    )


_NATURAL = _Attribute("an integer of 0 or more", _is_natural)
_FINITE = _Attribute("a finite number", _is_finite)
_POSITIVE = _Attribute("a finite number above 0", lambda v: _is_finite(v) and v > 0)
_NAMES = _Attribute("a list of names", _are_names)
_SOME_NAMES = _Attribute("a list of names or null", lambda v: v is None or _are_names(v))
_HISTORY = _Attribute("lists of losses by name", _is_history)
_ENGINE = _Attribute("'fused' or 'keras'", lambda v: v in ("fused", "keras"))

#: Attributes of a fitted estimator that are JSON, besides `feature_names_in_`.
_FITTED: dict[type, dict[str, _Attribute]] = {
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
    name = _member(state, "class", str, "estimator")
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
        "transform_input": _to_json(pipeline.transform_input, "transform_input"),
    }


def _pipeline_from_state(state: dict[str, Any], arrays: Arrays) -> Pipeline:
    _check_keys(state, {"class", "steps", "transform_input"}, "pipeline")
    steps: list[tuple[str, Any]] = []
    for step in _member(state, "steps", list, "pipeline"):
        if not (isinstance(step, list) and len(step) == 2 and isinstance(step[0], str)):
            raise ValueError("a step of the pipeline must be a name and an estimator")
        name, inner = step
        is_left_out = inner == "passthrough"
        steps.append((name, inner if is_left_out else _estimator_from_state(inner, arrays, name)))
    names = [name for name, _ in steps]
    if not names or len(set(names)) < len(names) or any(not n or "__" in n for n in names):
        raise ValueError(f"the steps of the pipeline must have unique names, got {quote(names)}")
    transform_input = state["transform_input"]
    if transform_input is not None and not _are_names(transform_input):
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
        "params": {name: _to_json(value, f"{prefix}__{name}") for name, value in params.items()},
        "fitted": {
            name: _attribute_to_json(value, f"{prefix}.{name}") for name, value in fitted.items()
        },
    }
    if kind is HalfLifeTransformer:
        arrays |= {f"{prefix}.mean_": estimator.mean_, f"{prefix}.scale_": estimator.scale_}
    if kind is XpressoRegressor:
        state["network"] = _network_to_state(estimator, arrays, prefix)
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
    name = _member(state, "class", str, prefix)
    if name not in _CLASSES:
        raise ValueError(f"{prefix}: class {name!r} must be one of {', '.join(_CLASSES)}")
    kind = _CLASSES[name]
    parts = {"class", "params", "fitted"}
    if kind is XpressoRegressor:
        parts |= {"network"} | ({"encoder"} & state.keys())
    _check_keys(state, parts, prefix)
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
    weights = [
        arrays.take(f"{prefix}.{name}", shape, "float32")
        for name, shape in settings.weight_shapes(*sizes).items()
    ]
    regressor._restore(weights, settings=settings, precision=precision, encoder=encoder, **named)


def _network_to_state(
    regressor: XpressoRegressor, arrays: dict[str, npt.NDArray[Any]], prefix: str
) -> dict[str, Any]:
    network = regressor._network
    shapes = network.settings.weight_shapes(network.promoter_length, network.n_halflife)
    named = zip(shapes, network.weights, strict=True)
    arrays |= {f"{prefix}.{name}": weight for name, weight in named}
    settings = {k: _to_json(v, k) for k, v in asdict(network.settings).items()}
    return {"settings": settings, "precision": network.precision}


def _read_network(state: Any, where: str) -> tuple[Architecture, str]:
    _check_keys(state, {"settings", "precision"}, where)
    settings = _member(state, "settings", dict, where)
    _check_keys(settings, set(asdict(Architecture())), f"{where} settings")
    if state["precision"] not in PRECISIONS:
        raise ValueError(f"{where}: precision must be one of {quote(PRECISIONS)}")
    values = {name: _from_json(value, where) for name, value in settings.items()}
    return Architecture(**values), state["precision"]


def _construct(kind: type, params: Any, prefix: str) -> Any:
    if not isinstance(params, dict):
        raise ValueError(f"{prefix}: params must be parameters by name")
    values = {name: _from_json(value, f"{prefix}__{name}") for name, value in params.items()}
    try:
        estimator: BaseEstimator = kind(**values)
        estimator._validate_params()
    except (TypeError, ValueError) as error:
        raise ValueError(f"{prefix}: {error}") from error
    return estimator


def _read_fitted(kind: type, fitted: Any, prefix: str) -> dict[str, Any]:
    expected = _FITTED[kind]
    if isinstance(fitted, dict) and "feature_names_in_" in fitted:
        expected = expected | {"feature_names_in_": _NAMES}
    _check_keys(fitted, set(expected), f"{prefix}: fitted attributes")
    for name, (wanted, is_good) in expected.items():
        if not is_good(fitted[name]):
            raise ValueError(f"{prefix}.{name} must be {wanted}, got {_short(fitted[name])}")
    values = dict(fitted)
    if "feature_names_in_" in values:
        values["feature_names_in_"] = np.array(values["feature_names_in_"], dtype=object)
    if values.get("_halflife_names") is not None:
        values["_halflife_names"] = tuple(values["_halflife_names"])
    return values


def _attribute_to_json(value: Any, name: str) -> Any:
    if isinstance(value, dict):  # history_
        return {key: _attribute_to_json(each, name) for key, each in value.items()}
    return _to_json(list(value) if isinstance(value, tuple) else value, name)


def _to_json(value: Any, name: str) -> Any:
    """Turn scalars, and lists and tuples of them, into JSON types; tuples are marked as such."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return _to_json(value.item(), name)
    if isinstance(value, (np.ndarray, pd.Index)):
        return _to_json(value.tolist(), name)
    if isinstance(value, list):
        return [_to_json(each, name) for each in value]
    if isinstance(value, tuple):
        return {"tuple": [_to_json(each, name) for each in value]}
    raise TypeError(
        f"{name}={_short(value)} cannot be saved: parameters must be numbers, text, "
        "None, or lists and tuples of them; set another value before saving"
    )


def _from_json(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        _check_keys(value, {"tuple"}, name)
        return tuple(_from_json(each, name) for each in _member(value, "tuple", list, name))
    if isinstance(value, list):
        return [_from_json(each, name) for each in value]
    if type(value) is int and not -_INT64 <= value < _INT64:
        raise ValueError(f"{name}: the integer {_short(value)} is too large")
    return value


def _member(state: Any, key: str, kind: type, where: str) -> Any:
    if not isinstance(state, Mapping) or not isinstance(state.get(key), kind):
        raise ValueError(f"{where}: {key!r} is missing or no {kind.__name__}")
    return state[key]


def _check_keys(state: Any, expected: set[str], where: str) -> None:
    if not isinstance(state, dict):
        raise ValueError(f"{where}: {quote(sorted(expected), 20)} must be there, got no such names")
    missing, unknown = expected - state.keys(), state.keys() - expected
    if missing:
        raise ValueError(f"{where}: {quote(sorted(missing))} missing")
    if unknown:
        raise ValueError(f"{where}: unknown content {quote(sorted(unknown))}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
