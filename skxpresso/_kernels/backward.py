"""From a prediction back to what the network reads, compiled for the CPU; `input_gradient` drives.

A maximum passes its gradient to the position that won, a ReLU where it was positive, and a
convolution spreads it over the inputs that it read. Nothing is added up for the weights.

Axes: winners and gradient (rows, windows, filters), as in `first_layer`; filters and channels may
be filled up.
"""

from __future__ import annotations

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.compiling import compiled
from skxpresso._kernels.processor import LANES
from skxpresso._kernels.simd import (
    as_int16,
    fill,
    load,
    maximum,
    multiply_add,
    store,
    where_greater,
)

__all__ = [
    "head_gradient",
    "path_slopes",
    "path_windows",
    "soft_values",
    "spread_bases",
    "spread_inputs",
]


@compiled
def head_gradient(
    inputs: Array, sizes: Array, weights: Array, turned: Array, values: Array, gradient: Array
) -> None:
    """Take rows through the dense layers and back.

    Parameters
    ----------
    inputs : ndarray, shape (rows, sizes[0])
        Features and covariates.
    sizes : ndarray of int64, shape (layers + 1,)
        Inputs of the first layer, then units of each; the last has one.
    weights, turned : ndarray
        Of all layers after each other: kernel (inputs, units) and bias (units,); and the kernel
        as (units, inputs).
    values : ndarray, shape (rows,)
        Filled with the output.
    gradient : ndarray, shape of inputs
        Filled with its derivative.
    """
    n_layers = len(sizes) - 1
    width = sizes.max()
    hidden = np.empty((n_layers + 1, width), inputs.dtype)
    room = np.empty((2, width), inputs.dtype)
    for row in range(len(inputs)):
        hidden[0, : sizes[0]] = inputs[row]
        at = 0
        for layer in range(n_layers):
            n_inputs, n_units = sizes[layer], sizes[layer + 1]
            bias = at + n_inputs * n_units
            for unit in range(n_units):
                hidden[layer + 1, unit] = weights[bias + unit]
            for i in range(n_inputs):
                x = hidden[layer, i]
                if layer == 0 or x > 0:  # the ReLU of the layer before
                    for unit in range(n_units):
                        hidden[layer + 1, unit] += x * weights[at + i * n_units + unit]
            at = bias + n_units
        values[row] = hidden[n_layers, 0]
        side, at = 0, len(turned)
        room[side, 0] = 1
        for layer in range(n_layers - 1, -1, -1):
            n_inputs, n_units = sizes[layer], sizes[layer + 1]
            at -= n_inputs * n_units
            room[1 - side, :n_inputs] = 0
            for unit in range(n_units):
                x = room[side, unit]
                if layer == n_layers - 1 or hidden[layer + 1, unit] > 0:
                    for i in range(n_inputs):
                        room[1 - side, i] += x * turned[at + unit * n_inputs + i]
            side = 1 - side
        gradient[row] = room[side, : sizes[0]]


@compiled
def spread_inputs(
    winners: Array,
    gradient: Array,
    kernel: Array,
    left: int,
    dilation: int,
    pool: int,
    padded: Array,
    below: Array,
) -> None:
    """Fill below (rows, positions, channels) from a later layer.

    kernel (filters, taps, channels) and padded (positions and reach, channels), which is written
    over, have as many channels as below, a multiple of LANES.
    """
    n_rows, n_windows, _ = winners.shape
    n_filters, n_taps, n_channels = kernel.shape
    for row in range(n_rows):
        padded.fill(0)
        for window in range(n_windows):
            for f in range(n_filters):
                value = gradient[row, window, f]
                j = winners[row, window, f]
                if j < 0 or value == 0:
                    continue
                for tap in range(n_taps):
                    to = (window * pool + j + tap * dilation) * n_channels
                    weights = (f * n_taps + tap) * n_channels
                    for c in range(0, n_channels, LANES):
                        total = multiply_add(value, load(kernel, weights + c), load(padded, to + c))
                        store(padded, to + c, total)
        for p in range(below.shape[1]):
            for c in range(n_channels):
                below[row, p, c] = padded[left + p, c]


@compiled
def spread_bases(
    winners: Array,
    gradient: Array,
    kernel: Array,
    pool: int,
    shared: int,
    weights: Array,
    bases: Array,
) -> None:
    """Add to bases (rows / shared, 4 * (positions, reach, and room for a vector)).

    Rows count with their weights. So many rows as `shared` says add to one of bases. kernel
    (filters, 4 * taps filled up to a multiple of LANES): taps of a dilated kernel stand apart,
    zeros between.
    """
    n_rows, n_windows, _ = winners.shape
    n_filters, width = kernel.shape
    alive = np.empty(n_filters + 1, np.int64)
    for row in range(n_rows):
        begin = row // shared * bases.shape[1]
        for window in range(n_windows):
            n = 0
            for f in range(n_filters):  # listed first: a branch would be guessed wrongly
                alive[n] = f
                n += (winners[row, window, f] >= 0) & (gradient[row, window, f] != 0)
            for f in alive[:n]:
                value = weights[row] * gradient[row, window, f]
                to = begin + 4 * (window * pool + winners[row, window, f])
                for i in range(0, width, LANES):
                    total = multiply_add(value, load(kernel, f * width + i), load(bases, to + i))
                    store(bases, to + i, total)


@compiled
def soft_values(inputs: Array, kernel: Array, bias: Array, dilation: int, values: Array) -> None:
    """Convolve what need not be one-hot: inputs (positions and reach, 4), kernel (taps, 4, f)."""
    n_taps, _, n_filters = kernel.shape
    rows, shares = np.empty(4 * n_taps, np.int64), np.empty(4 * n_taps, inputs.dtype)
    for p in range(len(values)):
        n = 0
        for tap in range(n_taps):
            for base in range(4):
                x = inputs[p + tap * dilation, base]
                if x != 0:
                    rows[n], shares[n] = (tap * 4 + base) * n_filters, x
                    n += 1
        for f in range(0, n_filters, LANES):
            total = load(bias, f)
            for i in range(n):
                total = multiply_add(shares[i], load(kernel, rows[i] + f), total)
            store(values, p * n_filters + f, total)


@compiled
def path_windows(
    begin: Array, change: Array, places: Array, pool: int, pooled: Array, winners: Array
) -> None:
    """Pool at places along a straight path: begin + place * change, (positions, filters).

    Fills pooled and winners (places, windows, filters).
    """
    n_places, n_windows, n_filters = pooled.shape
    for window in range(n_windows):
        for f in range(0, n_filters, LANES):
            for index in range(n_places):
                best = fill(begin.dtype.type(0))  # a maximum from zero on: the ReLU
                where = fill(begin.dtype.type(-1))
                for j in range(pool):
                    at = (window * pool + j) * n_filters + f
                    value = multiply_add(places[index], load(change, at), load(begin, at))
                    where = where_greater(value, best, fill(begin.dtype.type(j)), where)
                    best = maximum(best, value)
                to = (index * n_windows + window) * n_filters + f
                store(pooled, to, best)
                store(winners, to, as_int16(where))


@compiled
def path_slopes(winners: Array, gradient: Array, change: Array, pool: int, slopes: Array) -> None:
    """Fill slopes (places,), how fast the prediction changes along the path by its bases."""
    n_places, n_windows, _ = winners.shape
    for index in range(n_places):
        total = 0.0
        for window in range(n_windows):
            for f in range(gradient.shape[2]):
                j = winners[index, window, f]
                if j >= 0:
                    total += gradient[index, window, f] * change[window * pool + j, f]
        slopes[index] = total
