"""An Attribution in one file: arrays as safetensors, names as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as as_bytes

from skxpresso._utils.digest import digest
from skxpresso._utils.files import replacing
from skxpresso._utils.naming import shown
from skxpresso._utils.table import quote
from skxpresso._utils.text import check_is_there

__all__ = ["load", "save"]

#: Format version of the files.
FORMAT_VERSION = 1

_KEY = "skxpresso.attribution"  # of our JSON among the metadata
_ARRAYS = {
    "codes": np.uint8,
    "hypothetical": np.float32,
    "contributions": np.float32,
    "predictions": np.float64,
    "reference_predictions": np.float64,
    "completeness_error": np.float64,
    "halflife": np.float64,
    "halflife_per_unit": np.float64,
    "place_ends": np.int64,
}
_TEXTS = ("names", "method", "start", "tss", "halflife_columns", "chrom", "strand")


def save(parts: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Write the fields of an Attribution."""
    places, halflife = parts["places"], parts["halflife"]
    texts: dict[str, Any] = {name: parts[name] for name in ("names", "method", "start", "tss")}
    texts["format_version"] = FORMAT_VERSION
    texts["halflife_columns"] = [str(name) for name in halflife.columns]
    values = {name: parts.get(name) for name in _ARRAYS}
    if places is not None:
        texts["chrom"] = [str(name) for name in places["chrom"]]
        texts["strand"] = "".join(places["strand"])
        values["place_ends"] = places[["start", "end"]].to_numpy()
    arrays = {
        name: np.ascontiguousarray(value, dtype=_ARRAYS[name])
        for name, value in values.items()
        if value is not None
    }
    texts["digest"] = _digest(texts, arrays)
    data = as_bytes(arrays, {_KEY: json.dumps(texts)})  # their `save_file` hides a full disk
    with replacing(path) as name:
        name.write_bytes(data)


def load(path: str | os.PathLike[str], make: Any) -> Any:
    """Read the fields and hand them to `make`, which checks their shapes."""
    check_is_there(path)
    path = Path(path)
    problem = f"{shown(path)}: not a file of Attribution.save, or damaged"
    try:
        with safe_open(path, framework="np") as file:
            texts = json.loads((file.metadata() or {}).get(_KEY, "null"))
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError, RecursionError) as error:
        raise ValueError(f"{problem} ({error})") from error
    if not isinstance(texts, dict) or "format_version" not in texts:
        raise ValueError(f"{problem} (safetensors of something else)")
    if texts.pop("format_version") != FORMAT_VERSION:
        raise ValueError(
            f"{shown(path)}: a later format, which this version of skxpresso cannot read"
        )
    if texts.pop("digest", None) != _digest(texts | {"format_version": FORMAT_VERSION}, arrays):
        raise ValueError(f"{problem} (its content does not have the digest it was written with)")
    try:
        return make(**_fields(texts, arrays))
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{problem} ({error})") from error


def _digest(texts: dict[str, Any], arrays: dict[str, Any]) -> str:
    whole = [np.ascontiguousarray(arrays[name]) for name in sorted(arrays)]
    return digest(json.dumps(texts, sort_keys=True), sorted(arrays), *whole)


def _fields(texts: dict[str, Any], arrays: dict[str, Any]) -> dict[str, Any]:
    unknown = (texts.keys() - set(_TEXTS)) | (arrays.keys() - _ARRAYS.keys())
    if unknown:
        raise ValueError(f"unknown content {quote(sorted(unknown))}")
    for name, array in arrays.items():
        if array.dtype != _ARRAYS[name]:
            raise ValueError(f"{name} must be {np.dtype(_ARRAYS[name])}, got {array.dtype}")
    if arrays["codes"].ndim != 2 or arrays["codes"].max(initial=0) > 4:
        raise ValueError("codes must have two dimensions and be 0 to 4")
    names, columns = texts["names"], texts.pop("halflife_columns")
    for name in ("halflife", "halflife_per_unit"):
        if name in arrays:
            arrays[name] = pd.DataFrame(arrays[name], index=names, columns=columns)
    chrom, strand = texts.pop("chrom", None), texts.pop("strand", None)
    places = arrays.pop("place_ends", None)
    if places is not None:
        parts = {"chrom": chrom, "start": places[:, 0], "end": places[:, 1], "strand": list(strand)}
        texts["places"] = pd.DataFrame(parts, index=names)
    return texts | arrays
