"""Estimators of scikit-learn in a file, by skops; those of this package are cut out of them.

skops would restore an object of any class with whatever the file says of it. Our networks
are compiled code that trusts the shapes of its arrays, so they are described by `_state`,
which checks every part, and stand in the shell as numbers.
"""

from __future__ import annotations

import copy
import io
import json
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from skxpresso._utils.table import shorten
from skxpresso.saving._trusted import TRUSTED_TYPES

__all__ = ["Part", "find_all", "pack", "unpack"]

_DATA = {
    *("DictNode", "JsonNode", "ListNode", "MaskedArrayNode", "NdArrayNode", "RandomGeneratorNode"),
    *("SliceNode", "TupleNode"),
}
_TYPES = {"FunctionNode", "LossNode", "ObjectNode", "TypeNode"}


class Part:
    """What stands in the shell for an estimator that is described elsewhere."""

    def __init__(self, number: int) -> None:
        self.number = number


def pack(estimator: Any, is_own: Callable[[Any], bool], name: str) -> tuple[bytes, list[Any]]:
    """Describe an estimator of scikit-learn.

    Parameters
    ----------
    estimator : estimator
        It may hold estimators of the package, at any depth.
    is_own : callable
        Tells those of the package.
    name : str
        How errors call it.

    Returns
    -------
    data : bytes
        For `unpack`.
    parts : list of estimator
        The estimators that were cut out.

    Raises
    ------
    TypeError
        If a part is of a type that is not trusted, or cannot be described.
    """
    import skops.io

    parts = list({id(part): part for part in find_all(estimator, is_own)}.values())
    memo: dict[int, Any] = {id(part): Part(number) for number, part in enumerate(parts)}
    try:
        _check_trees(estimator)
        data = skops.io.dumps(copy.deepcopy(estimator, memo))
        unknown = _unknown_types(data)
    except Exception as error:  # of many kinds
        raise TypeError(
            f"{name}: a {type(estimator).__name__} cannot be saved ({shorten(error, 200)}); use "
            "pickle or joblib"
        ) from error
    if unknown:
        raise TypeError(
            f"{name}: a {type(estimator).__name__} with {_listed(unknown)} cannot be saved, "
            "only what is in skxpresso.saving.TRUSTED_TYPES; use pickle or joblib"
        )
    return data, parts


def unpack(data: bytes, parts: list[Any], name: str) -> Any:
    """Make the estimator that `pack` described; no code of the file is run.

    Raises
    ------
    ValueError
        If the file names a type that is not trusted, or is damaged.
    """
    import skops.io

    try:
        unknown = _unknown_types(data)
        if unknown:
            raise ValueError(f"the types {_listed(unknown)} are not trusted")
        shell = skops.io.loads(data, trusted=list(TRUSTED_TYPES))
        if not isinstance(shell, BaseEstimator):
            raise ValueError(f"it is a {type(shell).__name__} and no estimator")
        _check_trees(shell)
        places = list(find_all(shell, lambda value: isinstance(value, Part)))
        if sorted({place.number for place in places}) != list(range(len(parts))):
            raise ValueError("its parts are not those that it refers to")
        return copy.deepcopy(shell, {id(place): parts[place.number] for place in places})
    except Exception as error:  # of many kinds, if the file is damaged
        reason = " ".join(str(error).split())[:240]
        raise ValueError(
            f"{name}: the estimator of scikit-learn cannot be read: {reason}"
        ) from error


def find_all(value: Any, is_wanted: Callable[[Any], bool]) -> Iterator[Any]:
    """Walk through estimators and what they hold; stop at what is wanted."""
    seen: dict[int, Any] = {}
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value  # kept, so that no other object gets the same identity
        if is_wanted(value):
            yield value
        elif isinstance(value, dict):
            waiting += reversed(value.values())
        elif isinstance(value, list | tuple):
            waiting += reversed(value)
        elif isinstance(value, np.ndarray) and value.dtype == object:
            waiting += value.ravel().tolist()
        elif isinstance(value, BaseEstimator):
            waiting += reversed(vars(value).values())


def _unknown_types(data: bytes) -> set[str]:
    """List what a file of skops names that is not trusted; raise if it could unpack to more."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        if any(info.compress_type != zipfile.ZIP_STORED for info in infos):
            raise ValueError("a part of it is compressed")
        schema = json.loads(archive.read("schema.json"))
    unknown, waiting = set(), [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting += node.values()
            if "__loader__" in node:
                named = f"{node.get('__module__')}.{node.get('__class__')}"
                kind = node["__loader__"]
                if kind not in _DATA and not (kind in _TYPES and named in TRUSTED_TYPES):
                    unknown.add(named)
        elif isinstance(node, list):
            waiting += node
    return unknown


def _listed(types: set[str]) -> str:
    return shorten(", ".join(sorted(types)), 160)


def _check_trees(estimator: Any) -> None:
    """Raise if a walk down a tree, which is compiled, could leave its nodes or never end."""
    for boosting in find_all(estimator, _is_boosting):
        for tree in (tree for trees in getattr(boosting, "_predictors", []) for tree in trees):
            nodes = tree.nodes
            if nodes["is_categorical"].any():
                raise ValueError("trees that split categories are not kept")
            inner = ~nodes["is_leaf"].astype(bool)
            places = np.arange(len(nodes))[inner]
            children = nodes[["left", "right"]][inner]
            sides = [children[side].astype(np.int64) for side in ("left", "right")]
            is_sound = all(((side > places) & (side < len(nodes))).all() for side in sides)
            if not is_sound or (nodes["feature_idx"][inner] >= boosting.n_features_in_).any():
                raise ValueError("a tree is damaged")


def _is_boosting(value: Any) -> bool:
    # where there is one, its module has been imported; a network alone does without it
    ensemble = sys.modules.get("sklearn.ensemble")
    return ensemble is not None and isinstance(value, ensemble.HistGradientBoostingRegressor)
