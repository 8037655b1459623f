"""What `tune` searches for the promoters at hand, and the network that it tries first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from skxpresso.jobs._settings import LAYERS
from skxpresso.network.settings import LONG, xpresso_settings
from skxpresso.search.spaces import xpresso_search_space

__all__ = ["TuningSpace", "choose_space"]

_PUBLISHED = (20_000, 7_000, 3_500)  # nt: sequence, upstream and downstream of the TSS
_EPOCHS = 10, 30  # in every fit: as published, and of shorter promoters
_FASTER = 3  # times that a learning rate may be higher or lower than by the rule


class TuningSpace(NamedTuple):
    """A space for `HyperoptSearchCV`, points to try first, and most epochs of a fit."""

    space: dict[str, Any]
    points: list[dict[str, Any]]
    epochs: int

    @property
    def searched(self) -> set[str]:
        """Parameters of the network that the search sets."""
        named = {name.partition("__")[2] for name in self.space}
        return {*LAYERS, "batch_size"} | (named & {"learning_rate"})


def choose_space(length: int, n_genes: int, given: Mapping[str, Any]) -> TuningSpace:
    """Choose the published space for long promoters, and one around the rule for short ones.

    Parameters
    ----------
    length : int
        Length of the promoters, in nt.
    n_genes : int
        Number of genes.
    given : mapping of str to object
        Settings that the user asks for: an `optimizer`, a `learning_rate`, which is not
        searched then, and `epochs`.

    Returns
    -------
    TuningSpace
        The first trial is the network of `xpresso_settings`, which `train` builds, where the
        space holds it: for promoters of less than 3,000 nt, and of 20,000 nt.

    Examples
    --------
    >>> from skxpresso.jobs._tuning_space import choose_space
    >>> short = choose_space(120, 2000, {})
    >>> short.space["encoder__upstream"], short.points[0]["maxPool2"], short.epochs
    (60, 4, 30)
    >>> choose_space(10_500, 2000, {}).points
    []
    """
    rule = xpresso_settings(length, n_genes)
    epochs = given.get("epochs")
    if length >= LONG:  # shorter promoters are read whole
        points = [_published_point(rule)] if length == _PUBLISHED[0] else []
        return TuningSpace(xpresso_search_space(length), points, epochs or _EPOCHS[0])
    rate, ends, point = rule["learning_rate"], None, _point(rule)
    if given.get("learning_rate") is None:
        rate = rate if given.get("optimizer") in (None, "adam") else 5e-4
        ends, point = (rate / _FASTER, rate * _FASTER), point | {"learning_rate": rate}
    space = _around(rule, length, ends)
    return TuningSpace(space, [point], epochs or _EPOCHS[1])


def _around(
    rule: Mapping[str, Any], length: int, learning_rate: tuple[float, float] | None
) -> dict[str, Any]:
    """Span a space in which the network of the rule lies well inside."""
    before = length // 2
    return xpresso_search_space(
        length,
        upstream=(before, before),
        downstream=(length - before, length - before),
        n_conv_layers=(1, 3),
        filters=(32, 128),
        kernel_size=(4, 14),
        dilation_rate=(1, 1),
        pool_size=(1, max(4, 2 * max(rule["pool_sizes"]))),
        dense_units=(8, 128),
        dropout_rate=(0.0, 0.5),
        batch_size=(32, 128),
        learning_rate=learning_rate,
    )


def _point(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Say with the published labels where the network of two layers each lies in a space."""
    point = {"numconvlayers": 1, "numconvlayers1": 0, "numdenselayers": 1}
    labels: dict[str, Iterable[Any]] = {
        "numFiltersConv": map(math.log2, rule["filters"]),
        "filterLenConv": rule["kernel_sizes"],
        "maxPool": rule["pool_sizes"],
        "dense": map(math.log2, rule["dense_units"]),
        "dropout": rule["dropout_rates"],
    }
    for label, values in labels.items():
        point |= {f"{label}{i}": value for i, value in enumerate(values, start=1)}
    return point | {"batchsize": math.log2(rule["batch_size"])}


def _published_point(rule: Mapping[str, Any]) -> dict[str, Any]:
    length, upstream, downstream = _PUBLISHED
    first, second = rule["dilation_rates"]
    return _point(rule) | {
        "dilRate1": first,
        "dilRate2": second,
        "leftpos": length // 2 - upstream,
        "rightpos": length // 2 + downstream,
    }
