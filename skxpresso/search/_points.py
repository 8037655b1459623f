"""All points of a finite search space, so that none is fitted twice."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from hyperopt.pyll import Apply

__all__ = ["EndlessError", "finite_points", "literals"]

_MOST = 10_000  # points that are listed; a larger space is drawn from, as an endless one

Point = dict[str, Any]


class EndlessError(Exception):
    """The space has too many points to list them, or bounds that are drawn themselves."""


def finite_points(expression: Apply) -> list[Point] | None:
    """List the points of a space, a dict of label to value each; None if they are too many.

    Examples
    --------
    >>> from hyperopt import hp
    >>> from hyperopt.pyll import as_apply
    >>> from skxpresso.search._points import finite_points
    >>> space = {"k": hp.choice("k", [1, {"depth": hp.quniform("depth", 2, 3, 1)}])}
    >>> [sorted(point.items()) for point in finite_points(as_apply(space))]
    [[('k', 0)], [('depth', 2.0), ('k', 1)], [('depth', 3.0), ('k', 1)]]
    >>> finite_points(as_apply({"alpha": hp.uniform("alpha", 0, 1)})) is None
    True
    """
    try:
        return _points(expression)
    except EndlessError:
        return None


def _points(node: Apply) -> list[Point]:
    if node.name == "hyperopt_param":
        label, distribution = (
            node.arg[name].obj if name == "label" else node.arg[name] for name in ("label", "obj")
        )
        return [{label: value} for value in _values(distribution)]
    if node.name == "switch":
        index, *options = node.pos_args
        return [
            point
            for chosen in _points(index)
            for position in chosen.values()
            for point in _joined([chosen], _points(options[position]))
        ]
    points: list[Point] = [{}]
    for child in node.inputs():
        points = _joined(points, _points(child))
    return points


def _joined(some: list[Point], others: list[Point]) -> list[Point]:
    """Combine all points of two parts that agree in the labels that they share."""
    if len(some) * len(others) > _MOST:
        raise EndlessError
    return [a | b for a in some for b in others if all(a.get(k, v) == v for k, v in b.items())]


def _values(distribution: Apply) -> Iterable[Any]:
    """List the values of one of hyperopt's distributions, as it draws them."""
    given = literals(distribution)
    if distribution.name == "categorical":
        return [i for i, p in enumerate(given["p"]) if p > 0]
    if distribution.name == "randint":
        low, high = (given["low"], given["high"]) if "high" in given else (0, given["low"])
        return _checked(int(low), int(high) - 1, lambda i: i)
    if distribution.name in ("quniform", "qloguniform"):
        low, high, step = given["low"], given["high"], given["q"]
        if distribution.name == "qloguniform":
            low, high = math.exp(low), math.exp(high)
        return _checked(round(low / step), round(high / step), lambda i: float(i * step))
    raise EndlessError


def _checked(first: int, last: int, value: Any) -> Iterable[Any]:
    if last - first >= _MOST:
        raise EndlessError
    return [value(i) for i in range(first, last + 1)]


def literals(distribution: Apply) -> Mapping[str, Any]:
    """Read the arguments of a distribution of hyperopt that are plain numbers, by name."""
    names = {"categorical": ["p"], "randint": ["low", "high"]}
    others = ["mu", "sigma", "q"] if "normal" in distribution.name else ["low", "high", "q"]
    named = dict(
        zip(names.get(distribution.name, others), distribution.pos_args, strict=False)
    ) | dict(distribution.named_args)
    if "p" in named:
        return {"p": [part.obj for part in named["p"].pos_args]}
    if not all(node.name == "literal" for node in named.values()):
        raise EndlessError
    return {name: np.asarray(node.obj).item() for name, node in named.items()}
