"""Convolution + bias + ReLU + max-pool over activations, and its gradient: layers after the first.

Forward, four positions by thirty-two filters stay in registers while the taps go by. Backward,
only the winner of each pooling window has a gradient, so the work is a tenth of the forward's for
a pool of ten. Ties, dead windows and threads are as in `_kernels`.

Axes: inputs (rows, positions, channels); kernel (kernel_size, channels, filters); pooled and
winners (rows, windows, filters). Activations may have more channels than the kernel, and winners
more filters: what pads them is not read, and everything stays C-contiguous, so that numba compiles
once for all sizes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from skxpresso._kernels.compiling import Array, compiled
from skxpresso._kernels.first_layer import BLOCK
from skxpresso._kernels.geometry import Geometry
from skxpresso._kernels.simd import LANES, fill, load, maximum, multiply_add, store, where_greater

__all__ = ["PackedKernel", "add_gradient", "pool_inputs"]

TILE = 4  # positions


class PackedKernel:
    """A kernel and bias in the order that `pool_inputs` reads them.

    Parameters
    ----------
    kernel : ndarray, shape (kernel_size, channels, filters)
        Weights as Keras' Conv1D has them.
    bias : ndarray, shape (filters,)
        Of the kernel's dtype.
    """

    def __init__(self, kernel: Array, bias: Array) -> None:
        kernel_size, self.channels, self.filters = kernel.shape
        n_blocks = math.ceil(self.filters / BLOCK)
        padded = np.zeros((kernel_size, self.channels, n_blocks * BLOCK), kernel.dtype)
        padded[..., : self.filters] = kernel
        by_block = padded.reshape(kernel_size, self.channels, n_blocks, BLOCK)
        self.kernel = np.ascontiguousarray(by_block.transpose(2, 0, 1, 3))
        self.bias = np.zeros(n_blocks * BLOCK, kernel.dtype)
        self.bias[: self.filters] = bias


@compiled
def _convolve(inputs: Array, dilation: int, kernel: Array, bias: Array, values: Array) -> None:
    """Fill values (positions, filters) from inputs (positions + reach, channels), padded."""
    n_blocks, kernel_size, n_channels, _ = kernel.shape
    n_positions, n_filters = values.shape
    flat = inputs.reshape(-1)
    for block in range(n_blocks):
        bias_0 = load(bias, block * BLOCK)
        bias_1 = load(bias, block * BLOCK + LANES)
        for p in range(0, n_positions, TILE):
            sum_00 = sum_10 = sum_20 = sum_30 = bias_0
            sum_01 = sum_11 = sum_21 = sum_31 = bias_1
            for tap in range(kernel_size):
                at = (p + tap * dilation) * n_channels
                weights = (block * kernel_size + tap) * n_channels * BLOCK
                for channel in range(n_channels):
                    weights_0 = load(kernel, weights)
                    weights_1 = load(kernel, weights + LANES)
                    x = flat[at + channel]
                    sum_00 = multiply_add(x, weights_0, sum_00)
                    sum_01 = multiply_add(x, weights_1, sum_01)
                    x = flat[at + channel + n_channels]
                    sum_10 = multiply_add(x, weights_0, sum_10)
                    sum_11 = multiply_add(x, weights_1, sum_11)
                    x = flat[at + channel + 2 * n_channels]
                    sum_20 = multiply_add(x, weights_0, sum_20)
                    sum_21 = multiply_add(x, weights_1, sum_21)
                    x = flat[at + channel + 3 * n_channels]
                    sum_30 = multiply_add(x, weights_0, sum_30)
                    sum_31 = multiply_add(x, weights_1, sum_31)
                    weights += BLOCK
            to = p * n_filters + block * BLOCK
            store(values, to, sum_00)
            store(values, to + LANES, sum_01)
            store(values, to + n_filters, sum_10)
            store(values, to + n_filters + LANES, sum_11)
            store(values, to + 2 * n_filters, sum_20)
            store(values, to + 2 * n_filters + LANES, sum_21)
            store(values, to + 3 * n_filters, sum_30)
            store(values, to + 3 * n_filters + LANES, sum_31)


@compiled
def _pool(values: Array, pool: int, row: int, pooled: Array, winners: Any) -> None:
    """Fill one row of pooled and, unless None, of winners from values (positions, filters)."""
    _, n_windows, n_filters = pooled.shape
    for window in range(n_windows):
        for f in range(0, n_filters, LANES):
            best = fill(values.dtype.type(0))  # a maximum from zero on: the ReLU
            where = fill(np.int16(-1))
            for j in range(pool):
                value = load(values, (window * pool + j) * n_filters + f)
                where = where_greater(value, best, fill(np.int16(j)), where)
                best = maximum(best, value)
            to = (row * n_windows + window) * n_filters + f
            store(pooled, to, best)
            if winners is not None:
                store(winners, to, where)


@compiled
def _pool_rows(
    inputs: Array,
    left: int,
    dilation: int,
    pool: int,
    kernel: Array,
    bias: Array,
    padded: Array,
    values: Array,
    pooled: Array,
    winners: Any,
) -> None:
    n_rows, n_positions, _ = inputs.shape
    for row in range(n_rows):
        for p in range(n_positions):
            for channel in range(padded.shape[1]):
                padded[left + p, channel] = inputs[row, p, channel]
        _convolve(padded, dilation, kernel, bias, values)
        _pool(values, pool, row, pooled, winners)


def pool_inputs(
    inputs: Array, packed: PackedKernel, geometry: Geometry, pooled: Array, winners: Array | None
) -> None:
    """Work on a few rows in the caller's thread.

    Parameters
    ----------
    inputs : ndarray, shape (rows, positions, channels)
        Activations of the layer before.
    packed : PackedKernel
        Weights.
    geometry : Geometry
        Dilation, pool size and padding.
    pooled : ndarray, shape (rows, windows, filters padded to a multiple of BLOCK)
        Filled with the result.
    winners : ndarray of int16 with the shape of pooled, or None
        Filled with the position of each maximum in its window, -1 where none was positive.
    """
    dtype = packed.kernel.dtype
    n_positions = math.ceil(geometry.windows(inputs.shape[1]) * geometry.pool_size / TILE) * TILE
    length = max(n_positions, inputs.shape[1]) + geometry.reach
    padded = np.zeros((length, packed.channels), dtype)
    values = np.empty((n_positions, len(packed.bias)), dtype)
    _pool_rows(
        inputs,
        geometry.left,
        geometry.dilation_rate,
        geometry.pool_size,
        packed.kernel,
        packed.bias,
        padded,
        values,
        pooled,
        winners,
    )


@compiled
def _gradient_rows(
    inputs: Array,
    winners: Array,
    gradient: Array,
    kernel: Array,
    left: int,
    dilation: int,
    pool: int,
    input_gradient: Array,
    kernel_gradient: Array,
    bias_gradient: Array,
) -> None:
    """Kernels are (filters, kernel_size, channels) here, so that channels lie together."""
    n_rows, n_windows, _ = gradient.shape
    n_filters, kernel_size, n_channels = kernel.shape
    n_positions = inputs.shape[1]
    for row in range(n_rows):
        for window in range(n_windows):
            for f in range(n_filters):
                j = winners[row, window, f]
                if j >= 0:
                    value = gradient[row, window, f]
                    bias_gradient[f] += value
                    for tap in range(kernel_size):
                        p = window * pool + j + tap * dilation - left
                        if 0 <= p < n_positions:
                            for c in range(n_channels):
                                input_gradient[row, p, c] += value * kernel[f, tap, c]
                            for c in range(n_channels):
                                kernel_gradient[f, tap, c] += value * inputs[row, p, c]


def add_gradient(
    inputs: Array,
    winners: Array,
    gradient: Array,
    kernel: Array,
    geometry: Geometry,
    input_gradient: Array,
    kernel_gradient: Array,
    bias_gradient: Array,
) -> None:
    """Work on a few rows in the caller's thread.

    Parameters
    ----------
    inputs : ndarray, shape (rows, positions, channels)
        As given to `pool_inputs`.
    winners : ndarray of int16, shape (rows, windows, filters)
        As `pool_inputs` filled it.
    gradient : ndarray, shape (rows, windows, filters)
        Derivative of the loss by the pooled activations.
    kernel : ndarray, shape (filters, kernel_size, channels)
        Weights, transposed from Keras' order.
    geometry : Geometry
        As given to `pool_inputs`.
    input_gradient : ndarray, shape (rows, positions, channels)
        Filled with the gradient by the inputs.
    kernel_gradient, bias_gradient : ndarray, shapes (filters, kernel_size, channels), (filters,)
        The rows' gradients are added to them.
    """
    input_gradient.fill(0)
    _gradient_rows(
        inputs,
        winners,
        gradient,
        kernel,
        geometry.left,
        geometry.dilation_rate,
        geometry.pool_size,
        input_gradient,
        kernel_gradient,
        bias_gradient,
    )
