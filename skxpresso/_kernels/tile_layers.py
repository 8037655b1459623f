"""A layer after the first, for windows that overlap: one matrix product, then sums of its rows.

What a tap adds for an activation is the same wherever the window begins. So every activation, on
the grid or a window's own, is multiplied once with the weights of all taps; a convolution at any
place, with padding or without, adds up rows of that product.

Axes: activations (places, channels), channels padded to a multiple of BLOCK; products (places,
taps * filters), filters padded, too.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.compiling import compiled
from skxpresso._kernels.geometry import Geometry
from skxpresso._kernels.memory import aligned_zeros, scratch
from skxpresso._kernels.processor import BLOCK, LANES
from skxpresso._kernels.simd import add, fill, load, maximum, store

__all__ = ["Level", "all_taps", "gather", "later_layer", "running_maximum"]


PLACES = 1024  # whose products stay in the cache until their taps are added up


class Level(NamedTuple):
    """How one layer lies in a window: sizes in inputs or outputs, spacings in letters.

    `first` and `last`: positions of the convolution below `first`, or from `last` on, see an
    edge of the window, themselves or through the layers before. `own`: so many outputs at the
    left and at the right end are therefore the window's own.
    """

    geometry: Geometry
    n_inputs: int
    n_outputs: int
    input_spacing: int
    input_grid: int
    grid: int
    first: int
    last: int
    own: tuple[int, int]

    @property
    def spacing(self) -> int:
        """From one output of a window to the next."""
        return self.input_spacing * self.geometry.pool_size


def all_taps(kernel: Array, bias: Array) -> tuple[Array, Array]:
    """Return the weights of all taps side by side, (channels, taps * filters), and the bias."""
    n_taps, n_channels, n_filters = kernel.shape
    channels, filters = (BLOCK * math.ceil(n / BLOCK) for n in (n_channels, n_filters))
    weights = aligned_zeros((channels, n_taps, filters), kernel.dtype)
    weights[:n_channels, :, :n_filters] = kernel.transpose(1, 0, 2)
    padded = aligned_zeros((filters,), kernel.dtype)
    padded[:n_filters] = bias
    return weights.reshape(channels, n_taps * filters), padded


def later_layer(
    name: str,
    level: Level,
    weights: tuple[Array, Array],
    shared: Array,
    own: tuple[Array, Array],
    step: int,
) -> tuple[Array, tuple[Array, Array]]:
    """Compute a layer on its grid, and at the ends of every window.

    Parameters
    ----------
    name : str
        Of the layer, for the thread's memory.
    level : Level
        Where it lies.
    weights : pair of ndarray
        Of `all_taps`.
    shared : ndarray, shape (places, channels)
        What the layer before gives on its grid.
    own : pair of ndarray, shape (outputs, windows, channels)
        The windows' own outputs of the layer before, left and right.
    step : int
        Letters from one window to the next.

    Returns
    -------
    As `shared` and `own`, of this layer, in the thread's memory.
    """
    kernel, bias = weights
    filters, n = len(bias), own[0].shape[1]
    dilation, padding = level.geometry.dilation_rate, level.geometry.left
    pool, jump = level.geometry.pool_size, level.input_spacing // level.input_grid
    products = scratch(f"{name} shared", (len(shared), kernel.shape[1]), kernel.dtype)
    values = scratch(f"{name} values", (len(shared), filters), kernel.dtype)
    # of a window's own inputs only some taps reach a position inside of it
    most = (len(own[0]) - 1 + padding) // dilation + 1
    least = max(0, -((len(own[1]) - 1 - padding) // dilation))
    taps = kernel.reshape(len(kernel), -1, filters)
    left = _product(f"{name} left", own[0].reshape(-1, len(kernel)), taps[:, :most])
    right = _product(f"{name} right", own[1].reshape(-1, len(kernel)), taps[:, least:])
    reads = dilation, padding, pool, jump, step // level.input_grid
    inside = level.first, level.last, level.n_inputs, len(own[0]), len(own[1]), least
    sides = [
        (0, scratch(f"{name} own left", (level.own[0], n, filters), kernel.dtype)),
        (
            level.n_outputs - level.own[1],
            scratch(f"{name} own right", (level.own[1], n, filters), kernel.dtype),
        ),
    ]
    added, pooled = 0, [0, 0]  # places, and windows of each side, that are done
    for start in range(0, len(shared), PLACES):
        stop = min(start + PLACES, len(shared))
        is_last = stop == len(shared)
        np.matmul(shared[start:stop], kernel, out=products[start:stop])
        ready = stop if is_last else max(added, stop - (level.geometry.reach - padding) * jump)
        _add_taps(products, bias, dilation * jump, padding * jump, added, ready, values)
        added = ready
        for side, (first, outputs) in enumerate(sides):
            behind = ((first + len(outputs)) * pool - 1) * jump  # of a window: its last position
            whole = (
                n if is_last else min(max(pooled[side], (ready - 1 - behind) // reads[4] + 1), n)
            )
            span = pooled[side], whole
            _pool_own(products, left, right, values, bias, reads, inside, first, span, outputs)
            pooled[side] = whole
    stride = level.grid // level.input_grid
    n_places = max(0, (len(values) - 1 - jump * (pool - 1)) // stride + 1)
    grid = scratch(f"{name} pooled", (n_places, filters), kernel.dtype)
    _pool_grid(values, pool, jump, stride, grid)
    return grid, (sides[0][1], sides[1][1])


def _product(name: str, activations: Array, taps: Array) -> Array:
    """Multiply by some taps (channels, taps, filters): (activations, taps * filters)."""
    kernel = taps.reshape(len(taps), -1)
    products = scratch(name, (len(activations), kernel.shape[1]), kernel.dtype)
    return np.matmul(activations, kernel, out=products)


@compiled
def running_maximum(values: Array, width: int) -> None:
    """Put the maximum of `width` neighbours along the first axis in the first one's place.

    Doubles the reach; the last ``width - 1`` rows are of no use then. Filters are padded.
    """
    n_rows, n_filters = values.shape
    done = 1
    while done < width:
        ahead = min(done, width - done)
        for at in range(0, (n_rows - ahead) * n_filters, LANES):
            here, there = load(values, at), load(values, at + ahead * n_filters)
            store(values, at, maximum(here, there))
        done += ahead


def gather(
    level: Level, shared: Array, own: tuple[Array, Array], step: int, features: Array
) -> None:
    """Fill features (windows, outputs * filters) with what the layer gives for every window.

    The filters are those of the network, without padding.
    """
    stride = step // level.grid, level.spacing // level.grid
    _gather(shared, own[0], own[1], stride, features.reshape(len(features), level.n_outputs, -1))


@compiled
def _gather(shared: Array, left: Array, right: Array, stride: Any, features: Array) -> None:
    n_windows, n_outputs, n_filters = features.shape
    begin_right = n_outputs - len(right)
    for window in range(n_windows):
        for output in range(n_outputs):
            if output < len(left):
                row = left[output, window]
            elif output >= begin_right:
                row = right[output - begin_right, window]
            else:
                row = shared[window * stride[0] + output * stride[1]]
            for f in range(n_filters):
                features[window, output, f] = row[f]


@compiled
def _add_taps(
    products: Array, bias: Array, tap_jump: int, left: int, start: int, stop: int, values: Array
) -> None:
    """Convolve from start to stop; places near the grid's ends are right for no window to read."""
    n_places, n_filters = values.shape
    width = products.shape[1]
    n_taps = width // n_filters
    for place in range(start, stop):
        for f in range(0, n_filters, LANES):
            total = load(bias, f)
            for tap in range(n_taps):
                read = place + tap * tap_jump - left
                if 0 <= read < n_places:
                    total = add(total, load(products, read * width + tap * n_filters + f))
            store(values, place * n_filters + f, total)


@compiled
def _pool_grid(values: Array, pool: int, jump: int, stride: int, pooled: Array) -> None:
    n_places, n_filters = pooled.shape
    for place in range(n_places):
        for f in range(0, n_filters, LANES):
            best = fill(values.dtype.type(0))  # a maximum from zero on: the ReLU
            for j in range(pool):
                at = (place * stride + j * jump) * n_filters + f
                best = maximum(best, load(values, at))
            store(pooled, place * n_filters + f, best)


@compiled
def _pool_own(
    products: Array,
    left: Array,
    right: Array,
    values: Array,
    bias: Array,
    reads: Any,
    inside: Any,
    first_output: int,
    span: Any,
    pooled: Array,
) -> None:
    """Pool outputs of the windows of a span: (outputs, windows, filters).

    `reads`: dilation, padding in front, pool size, and places on the grid from input to input
    and from window to window. `inside`: positions from the first up to the last are those of the
    grid; the number of inputs; how many of them at the left and the right are a window's own,
    and the first tap in the products of the right.
    """
    n_outputs, n_windows, n_filters = pooled.shape
    dilation, padding, pool, jump, stride = reads
    first, last, n_inputs, n_left, n_right, least = inside
    width = products.shape[1]
    n_taps = width // n_filters
    begin_right = n_inputs - n_right
    for window in range(span[0], span[1]):
        start = window * stride
        for output in range(n_outputs):
            for f in range(0, n_filters, LANES):
                best = fill(values.dtype.type(0))
                for j in range(pool):
                    position = (first_output + output) * pool + j
                    if first <= position < last:
                        total = load(values, (start + position * jump) * n_filters + f)
                    else:
                        total = load(bias, f)
                        for tap in range(n_taps):
                            read = position + tap * dilation - padding
                            if read < 0 or read >= n_inputs:
                                continue
                            if read < n_left:
                                row = (read * n_windows + window) * left.shape[1]
                                at = row + tap * n_filters + f
                                total = add(total, load(left, at))
                            elif read >= begin_right:
                                row = (read - begin_right) * n_windows + window
                                at = row * right.shape[1] + (tap - least) * n_filters + f
                                total = add(total, load(right, at))
                            else:
                                at = (start + read * jump) * width + tap * n_filters + f
                                total = add(total, load(products, at))
                    best = maximum(best, total)
                store(pooled, (output * n_windows + window) * n_filters + f, best)
