"""Parameters and attributes as JSON, and back; what comes from a file may be anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from skxpresso._utils.table import quote, shorten

__all__ = ["INT64", "attribute_to_json", "check_keys", "from_json", "member", "to_json"]

INT64 = 2**63  # numpy refuses integers from here on


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
        f"{name}={shorten(value)} cannot be saved: parameters must be numbers, text, "
        "None, or lists and tuples of them; set another value before saving"
    )


def from_json(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        check_keys(value, {"tuple"}, name)
        return tuple(from_json(each, name) for each in member(value, "tuple", list, name))
    if isinstance(value, list):
        return [from_json(each, name) for each in value]
    if type(value) is int and not -INT64 <= value < INT64:
        raise ValueError(f"{name}: the integer {shorten(value)} is too large")
    return value


def member(state: Any, key: str, kind: type, where: str) -> Any:
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
