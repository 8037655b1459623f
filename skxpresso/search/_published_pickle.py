"""Read the authors' Python 2 pickle of hyperopt Trials without running code from it.

A pickle is a program: it names functions and calls them. Here the few names that the file
needs are mapped to inert functions of this module; any other name is an error.
"""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from skxpresso._utils.naming import shown
from skxpresso._utils.table import shorten

_MAX_BYTES = 64 * 1024 * 1024
_NUMBERS = {"f8": "d", "f4": "f", "i8": "q", "i4": "i", "b1": "?"}


def read_published_pickle(path: str | os.PathLike) -> list[dict[str, Any]]:
    """Read one row per trial: its active labels, ``status`` and, if it has one, ``loss``."""
    size = Path(path).stat().st_size
    if size > _MAX_BYTES:
        raise ValueError(f"{shown(path)} must be at most {_MAX_BYTES} bytes, got {size}")
    try:
        with open(path, "rb") as file:
            content = _Reader(file, encoding="latin1").load()
        return [_row(trial) for trial in content.__dict__["_dynamic_trials"]]
    except ForbiddenTypeError:
        raise
    except Exception as error:
        raise ValueError(
            f"{shown(path)} must be a pickle of hyperopt Trials, got {shorten(error, 200)}"
        ) from error


def _row(trial: dict) -> dict[str, Any]:
    values = {label: vals[0] for label, vals in trial["misc"]["vals"].items() if vals}
    result = {name: trial["result"][name] for name in ("status", "loss") if name in trial["result"]}
    return values | result


class ForbiddenTypeError(pickle.UnpicklingError):
    """The pickle names something that trials do not need."""


class _Record:
    """Stand-in for hyperopt's Trials: it holds attributes and does nothing."""


class _DType:
    """Stand-in for numpy.dtype: only its code counts."""

    def __init__(self, code: str, *_: Any) -> None:
        self.code = code

    def __setstate__(self, state: Any) -> None:
        self.little = state[1] != ">"


def _number(dtype: _DType, raw: str | bytes) -> Any:
    data = raw.encode("latin1") if isinstance(raw, str) else raw
    order = "<" if getattr(dtype, "little", True) else ">"
    return struct.unpack(order + _NUMBERS[dtype.code], data)[0]


def _nothing(*_: Any) -> None:
    """Replace a function whose result is not needed, such as those for times."""


def _latin1(text: str, encoding: str) -> bytes:
    return text.encode("latin1")


def _new(cls: type, *_: Any) -> Any:
    return _Record() if cls is _Record else None


_ALLOWED: dict[str, Callable] = {
    "hyperopt.base.Trials": _Record,
    "__builtin__.set": set,
    "__builtin__.object": _nothing,
    "datetime.datetime": _nothing,
    "numpy.dtype": _DType,
    "numpy.core.multiarray.scalar": _number,
    "numpy._core.multiarray.scalar": _number,
    "copy_reg._reconstructor": _new,
    "_codecs.encode": _latin1,
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[f"{module}.{name}"]
        except KeyError:
            raise ForbiddenTypeError(
                f"the pickle refers to {shorten(module)}.{shorten(name)}, which trials do not "
                "need; none of its code was run"
            ) from None
