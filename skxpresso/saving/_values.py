"""Values of a file as JSON, and what they must look like: nothing in a file is trusted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from skxpresso._utils.table import quote

Check = Callable[[Any], bool]

_INT64 = 2**63  # numpy refuses integers from here on


class Attribute(NamedTuple):
    """What a fitted attribute must look like in a file."""

    wanted: str
    is_good: Check


def _is_natural(value: Any) -> bool:
    return type(value) is int and 0 <= value < _INT64


def _is_finite(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def are_names(value: Any) -> bool:
    return isinstance(value, list) and all(type(name) in (str, int) for name in value)


def _is_history(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(losses, list) and all(type(loss) is float for loss in losses)
        for losses in value.values()
    )


def _are_losses(value: Any) -> bool:
    return isinstance(value, list) and all(type(loss) is float for loss in value)


NATURAL = Attribute("an integer of 0 or more", _is_natural)
FINITE = Attribute("a finite number", _is_finite)
POSITIVE = Attribute("a finite number above 0", lambda v: _is_finite(v) and v > 0)


def or_list(one: Attribute) -> Attribute:
    """Allow a list of such values, for outputs of several columns."""

    def is_good(value: Any) -> bool:
        return one.is_good(value) or (
            isinstance(value, list) and bool(value) and all(map(one.is_good, value))
        )

    return Attribute(f"{one.wanted}, or a list of them", is_good)


NAMES = Attribute("a list of names", are_names)
SOME_NAMES = Attribute("a list of names or null", lambda v: v is None or are_names(v))
HISTORY = Attribute("lists of losses by name", _is_history)
WORD = Attribute("a length from 1 to 8", lambda v: type(v) is int and 1 <= v <= 8)
SEED = Attribute("an integer of 64 bits", lambda v: type(v) is int and 0 <= v < 2**64)
LOSSES = Attribute("lists of losses", lambda v: isinstance(v, list) and all(map(_are_losses, v)))
ENGINE = Attribute("'fused' or 'keras'", lambda v: v in ("fused", "keras"))


def read_attributes(values: Any, expected: dict[str, Attribute], prefix: str) -> dict[str, Any]:
    check_keys(values, set(expected), f"{prefix}: fitted attributes")
    for name, (wanted, is_good) in expected.items():
        if not is_good(values[name]):
            raise ValueError(f"{prefix}.{name} must be {wanted}, got {short(values[name])}")
    return dict(values)


def attribute_to_json(value: Any, name: str) -> Any:
    if isinstance(value, dict):  # history_
        return {key: attribute_to_json(each, name) for key, each in value.items()}
    if isinstance(value, tuple):
        return [attribute_to_json(each, name) for each in value]
    return to_json(value, name)


def to_json(value: Any, name: str) -> Any:
    """Turn scalars, and lists and tuples of them, into JSON types; tuples are marked as such."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return to_json(value.item(), name)
    if isinstance(value, (np.ndarray, pd.Index)):
        return to_json(value.tolist(), name)
    if isinstance(value, list):
        return [to_json(each, name) for each in value]
    if isinstance(value, tuple):
        return {"tuple": [to_json(each, name) for each in value]}
    raise TypeError(
        f"{name}={short(value)} cannot be saved: parameters must be numbers, text, "
        "None, or lists and tuples of them; set another value before saving"
    )


def from_json(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        check_keys(value, {"tuple"}, name)
        return tuple(from_json(each, name) for each in member_of(value, "tuple", list, name))
    if isinstance(value, list):
        return [from_json(each, name) for each in value]
    if type(value) is int and not -_INT64 <= value < _INT64:
        raise ValueError(f"{name}: the integer {short(value)} is too large")
    return value


def member_of(state: Any, key: str, kind: type, where: str) -> Any:
    if not isinstance(state, Mapping) or not isinstance(state.get(key), kind):
        raise ValueError(f"{where}: {key!r} is missing or no {kind.__name__}")
    return state[key]


def check_keys(state: Any, expected: set[str], where: str) -> None:
    if not isinstance(state, dict):
        raise ValueError(f"{where}: {quote(sorted(expected), 20)} must be there, got no such names")
    missing, unknown = expected - state.keys(), state.keys() - expected
    if missing:
        raise ValueError(f"{where}: {quote(sorted(missing))} missing")
    if unknown:
        raise ValueError(f"{where}: unknown content {quote(sorted(unknown))}")


def short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
