"""Which parameters of a space are drawn on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["logarithmic_parameters"]

_LOGARITHMIC = {"loguniform": 10, "qloguniform": 10, "lognormal": 10, "qlognormal": 10, "pow": 2}


def logarithmic_parameters(space: Any) -> dict[str, int]:
    """Find the parameters whose logarithm is drawn, and the base that suits an axis.

    Parameters
    ----------
    space : dict
        Space of `HyperoptSearchCV`.

    Returns
    -------
    dict of str to int
        Names of parameters, or ``name[i]`` for an element of a tuple; 2 for powers, 10 for
        hyperopt's logarithmic distributions.

    Examples
    --------
    >>> from hyperopt import hp
    >>> from skxpresso.search import xpresso_search_space
    >>> from skxpresso.search._scales import logarithmic_parameters
    >>> logarithmic_parameters({"alpha": hp.loguniform("a", -5, 5), "c": hp.uniform("c", 0, 1)})
    {'alpha': 10}
    >>> logarithmic_parameters(xpresso_search_space())["xpresso__filters[0]"]
    2
    """
    return dict(_walk(space, ""))


def _walk(node: Any, name: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _walk(value, str(key))
    elif isinstance(node, (list, tuple)):
        for i, value in enumerate(node):
            yield from _walk(value, f"{name}[{i}]")
    elif hasattr(node, "pos_args"):  # a node of hyperopt's graph
        yield from _walk_graph(node, name)


def _walk_graph(node: Any, name: str) -> Iterator[tuple[str, int]]:
    if node.name in _LOGARITHMIC:
        yield name, _LOGARITHMIC[node.name]
    elif node.name == "dict":
        yield from _walk(dict(node.named_args), name)
    elif node.name == "pos_args":
        yield from _walk(tuple(node.pos_args), name)
    else:  # a choice, whose first argument is the number of the branch, or arithmetic
        inputs = node.pos_args[1:] if node.name == "switch" else node.pos_args
        for value in inputs:
            yield from _walk(value, name)
