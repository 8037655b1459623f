"""The published search space of the Xpresso network, and the authors' own trials in it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from hyperopt import hp
from hyperopt.pyll import scope

from skxpresso.exceptions import NetworkShapeError
from skxpresso.network.architecture import pooled_lengths

__all__ = ["xpresso_is_feasible", "xpresso_search_space"]

# The labels that decide whether to add a convolution, and between one and two dense layers
_DEEPER = ("numconvlayers", "numconvlayers1", "numconvlayers2")
_CHOICES = (*_DEEPER, "numdenselayers")
_NOT_LABELS = ("tid", "loss", "status", "sec")
_PUBLISHED_LENGTH = 20_000
_SHORTEST_STEPPED_POOL = 50

_Range = tuple[float, float]


def xpresso_search_space(
    sequence_length: int = 20_000,
    tss: int | None = None,
    *,
    upstream: tuple[int, int] | None = None,
    downstream: tuple[int, int] | None = None,
    n_conv_layers: tuple[int, int] = (1, 4),
    filters: tuple[int, int] = (16, 128),
    kernel_size: tuple[int, int] = (1, 10),
    dilation_rate: tuple[int, int] = (1, 4),
    pool_size: tuple[int, int] | None = None,
    n_dense_layers: tuple[int, int] = (1, 2),
    dense_units: tuple[int, int] = (2, 256),
    dropout_rate: tuple[float, float] = (0.0, 1.0),
    batch_size: tuple[int, int] = (32, 128),
    learning_rate: tuple[float, float] | None = None,
    encoder: str = "encoder",
    network: str = "xpresso",
) -> dict[str, Any]:
    """Return the search space of Agarwal & Shendure (2020) over the pipeline's parameters.

    With the defaults it has the 27 labels and the priors of the publication:
    the window from 0 to 10,000 nt on either side of the TSS in steps of 500,
    one to four convolutions with probabilities 1/2, 1/4, 1/8, 1/8, one or two
    dense layers. For shorter sequences the window scales with their length, in 40 steps,
    and the longest pool with the square root of their length.

    Every range is (lowest, highest), both included. Equal ends fix the value and remove
    its labels.

    Parameters
    ----------
    sequence_length : int, default=20_000
        Length of the sequences in nt.
    tss : int, default=None
        0-based position of the TSS; None is the middle, as in the encoder.
    upstream, downstream : tuple of int, default=None
        Ranges of the window's ends, in nt from the TSS; None reaches to the end of the
        sequence.
    n_conv_layers : tuple of int, default=(1, 4)
        Number of convolutions.
    filters : tuple of int, default=(16, 128)
        Number of filters of each convolution, powers of two.
    kernel_size : tuple of int, default=(1, 10)
        Length of the kernels in nt.
    dilation_rate : tuple of int, default=(1, 4)
        Dilation of the kernels.
    pool_size : tuple of int, default=None
        Length of the pools, in steps of 5 if the longest is 50 or more. None means (5,
        100) for sequences of 20,000 nt and (2, 22) for sequences of 1,000 nt.
    n_dense_layers : tuple of int, default=(1, 2)
        Number of dense layers before the output.
    dense_units : tuple of int, default=(2, 256)
        Number of units of each dense layer, powers of two.
    dropout_rate : tuple of float, default=(0.0, 1.0)
        Dropout rate after each dense layer.
    batch_size : tuple of int, default=(32, 128)
        Number of genes per gradient step, powers of two.
    learning_rate : tuple of float or None, default=None
        Learning rate, whose logarithm is uniform. None leaves it out, as the publication does.
    encoder, network : str, default="encoder", "xpresso"
        Names of the pipeline steps that the parameters belong to.

    Returns
    -------
    space : dict
        For `skxpresso.search._search.HyperoptSearchCV`.

    Examples
    --------
    >>> from skxpresso.search.spaces import xpresso_search_space
    >>> sorted(xpresso_search_space())
    ['_convolutions', '_dense', 'encoder__downstream', 'encoder__upstream', 'xpresso__batch_size']

    Reporter constructs of 120 nt that are read as a whole, with two convolutions:

    >>> space = xpresso_search_space(120, upstream=(60, 60), downstream=(60, 60),
    ...                              n_conv_layers=(2, 2))
    """
    tss = sequence_length // 2 if tss is None else tss
    upstream = (0, tss) if upstream is None else upstream
    downstream = (0, sequence_length - tss) if downstream is None else downstream
    pool_size = _pools_for(sequence_length) if pool_size is None else pool_size
    _check_depth("n_conv_layers", n_conv_layers, 4)
    _check_depth("n_dense_layers", n_dense_layers, 2)

    step = max(1, round(sequence_length / _PUBLISHED_LENGTH * 500))
    pool_step = 5 if pool_size[1] >= _SHORTEST_STEPPED_POOL else 1
    layers, dense = range(1, n_conv_layers[1] + 1), range(1, n_dense_layers[1] + 1)
    settings = {
        f"{network}__filters": [_power("filters", f"numFiltersConv{i}", filters) for i in layers],
        f"{network}__kernel_sizes": [
            _stepped("kernel_size", f"filterLenConv{i}", kernel_size, 1) for i in layers
        ],
        f"{network}__dilation_rates": [
            _stepped("dilation_rate", f"dilRate{i}", dilation_rate, 1) for i in layers
        ],
        f"{network}__pool_sizes": [
            _stepped("pool_size", f"maxPool{i}", pool_size, pool_step) for i in layers
        ],
    }
    heads = {
        f"{network}__dense_units": [_power("dense_units", f"dense{i}", dense_units) for i in dense],
        f"{network}__dropout_rates": [_uniform(f"dropout{i}", dropout_rate) for i in dense],
    }
    # The published labels count window ends from the start of the sequence
    left = _stepped("upstream", "leftpos", (tss - upstream[1], tss - upstream[0]), step)
    right = _stepped("downstream", "rightpos", (tss + downstream[0], tss + downstream[1]), step)
    space = {
        f"{encoder}__upstream": tss - left,
        f"{encoder}__downstream": right - tss,
        "_convolutions": _nested(n_conv_layers, _DEEPER, settings),
        "_dense": _nested(n_dense_layers, ("numdenselayers",), heads),
        f"{network}__batch_size": _power("batch_size", "batchsize", batch_size),
    }
    if learning_rate is not None:
        space[f"{network}__learning_rate"] = _log_uniform(learning_rate)
    return space


def xpresso_is_feasible(params: Mapping[str, Any]) -> bool:
    """Tell from the sizes of its pools whether a network can be built.

    Convolutions keep the length of the window (padding 'same'); each pool
    divides it by its size and drops the remainder. At least one position must
    be left after the last.

    Parameters
    ----------
    params : dict
        Pipeline parameters. Those whose names end in ``upstream``,
        ``downstream`` and ``pool_sizes`` are used; the others are ignored.

    Returns
    -------
    feasible : bool
        Whether the network can be built. Also True if the window or the pools are not
        among the parameters.

    Examples
    --------
    >>> from skxpresso.search.spaces import xpresso_is_feasible
    >>> xpresso_is_feasible({"encoder__upstream": 7000, "encoder__downstream": 3500,
    ...                      "xpresso__pool_sizes": (30, 10)})
    True
    >>> xpresso_is_feasible({"encoder__upstream": 500, "encoder__downstream": 0,
    ...                      "xpresso__pool_sizes": (30, 20)})
    False
    """
    settings = {name.rpartition("__")[2]: value for name, value in params.items()}
    upstream, downstream = settings.get("upstream"), settings.get("downstream")
    if upstream is None or downstream is None:
        return True
    length = upstream + downstream
    try:
        pooled_lengths(length, settings.get("pool_sizes", ()))
    except NetworkShapeError:
        return False
    return length >= 1


# Ranges


def _pools_for(sequence_length: int) -> tuple[int, int]:
    # By the square root, because two pools are typical and the window shrinks by their product
    longest = round(100 * min(1, sequence_length / _PUBLISHED_LENGTH) ** 0.5)
    return (5 if longest >= _SHORTEST_STEPPED_POOL else 2, max(3, longest))


def _check_depth(name: str, depth: tuple[int, int], most: int) -> None:
    low, high = depth
    if not 1 <= low <= high <= most:
        raise ValueError(f"{name} must be (lowest, highest) within 1 to {most}, got {depth!r}")


def _check_order(name: str, ends: _Range) -> None:
    if not ends[0] <= ends[1]:
        raise ValueError(f"{name} must be (lowest, highest), got {ends!r}")


def _stepped(name: str, label: str, ends: tuple[int, int], step: int) -> Any:
    """Draw a multiple of the step from those that lie between the ends."""
    _check_order(name, ends)
    if ends[0] == ends[1]:
        return ends[0]
    low, high = -(-ends[0] // step) * step, ends[1] // step * step
    if low >= high:
        raise ValueError(f"{name} must span two or more steps of {step}, or none, got {ends!r}")
    return scope.int(hp.quniform(label, low, high, step))


def _power(name: str, label: str, ends: tuple[int, int]) -> Any:
    _check_order(name, ends)
    exponents = tuple(end.bit_length() - 1 for end in ends)
    if ends != tuple(2**exponent for exponent in exponents):
        raise ValueError(f"{name} must be two powers of two, got {ends!r}")
    if ends[0] == ends[1]:
        return ends[0]
    return scope.int(scope.pow(2, hp.quniform(label, *exponents, 1)))


def _uniform(label: str, ends: _Range) -> Any:
    _check_order("dropout_rate", ends)
    return ends[0] if ends[0] == ends[1] else hp.uniform(label, *ends)


def _log_uniform(ends: _Range) -> Any:
    _check_order("learning_rate", ends)
    if ends[0] <= 0:
        raise ValueError(f"learning_rate must be above 0, got {ends!r}")
    if ends[0] == ends[1]:
        return ends[0]
    return hp.loguniform("learning_rate", math.log(ends[0]), math.log(ends[1]))


def _nested(depth: tuple[int, int], labels: tuple[str, ...], settings: dict[str, list]) -> Any:
    """Nest the choices: at each depth, stop here or go one layer deeper."""
    low, high = depth
    here = {name: tuple(values[:low]) for name, values in settings.items()}
    if low == high:
        return here
    return hp.choice(labels[low - 1], [here, _nested((low + 1, high), labels, settings)])


# The authors' trials
