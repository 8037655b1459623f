"""Convolution + bias + ReLU + max-pool over activations: layers after the first.

`TILE` positions by `BLOCK` filters stay in registers while the taps go by. Ties, dead windows and
threads are as in `first_layer`.

Axes: inputs (rows, positions, channels); kernel (kernel_size, channels, filters); pooled and
winners (rows, windows, filters). Activations may have more channels than the kernel, and winners
more filters: what pads them is not read, and everything stays C-contiguous, so that numba compiles
once for all sizes.
"""

from __future__ import annotations

import math
from typing import Any

from skxpresso._kernels.compiling import Array, compiled
from skxpresso._kernels.geometry import Geometry
from skxpresso._kernels.memory import aligned_zeros, scratch
from skxpresso._kernels.processor import BLOCK, TILE
from skxpresso._kernels.simd import (
    LANES,
    as_int16,
    fill,
    load,
    maximum,
    multiply_add_tile,
    repeat,
    store,
    store_tile,
    where_greater,
)

__all__ = ["PackedKernel", "pool_inputs"]


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
        self.kernel = aligned_zeros((n_blocks, kernel_size, self.channels, BLOCK), kernel.dtype)
        for block, weights in enumerate(self.kernel):
            part = kernel[..., block * BLOCK : (block + 1) * BLOCK]
            weights[..., : part.shape[-1]] = part
        self.bias = aligned_zeros((n_blocks * BLOCK,), kernel.dtype)
        self.bias[: self.filters] = bias


@compiled
def _convolve(inputs: Array, dilation: int, kernel: Array, bias: Array, values: Array) -> None:
    """Fill values (positions, filters) from inputs (positions + reach, channels), padded."""
    n_blocks, kernel_size, n_channels, _ = kernel.shape
    n_positions, n_filters = values.shape
    flat = inputs.reshape(-1)
    for block in range(n_blocks):
        biases = load(bias, block * BLOCK), load(bias, block * BLOCK + LANES)
        for p in range(0, n_positions, TILE):
            sums = repeat(biases, TILE)
            for tap in range(kernel_size):
                at = (p + tap * dilation) * n_channels
                weights = (block * kernel_size + tap) * n_channels * BLOCK
                for channel in range(n_channels):
                    sums = multiply_add_tile(
                        sums, flat, at + channel, n_channels, kernel, weights + channel * BLOCK
                    )
            store_tile(values, p * n_filters + block * BLOCK, n_filters, sums)


@compiled
def _pool(values: Array, pool: int, row: int, pooled: Array, winners: Any) -> None:
    """Fill one row of pooled and, unless None, of winners from values (positions, filters)."""
    _, n_windows, n_filters = pooled.shape
    for window in range(n_windows):
        for f in range(0, n_filters, LANES):
            best = fill(values.dtype.type(0))  # a maximum from zero on: the ReLU
            where = fill(values.dtype.type(-1))  # of one type: lanes of one width
            for j in range(pool):
                value = load(values, (window * pool + j) * n_filters + f)
                where = where_greater(value, best, fill(values.dtype.type(j)), where)
                best = maximum(best, value)
            to = (row * n_windows + window) * n_filters + f
            store(pooled, to, best)
            if winners is not None:
                store(winners, to, as_int16(where))


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
    padded = scratch("padded inputs", (length, packed.channels), dtype)
    padded[: geometry.left] = 0
    padded[geometry.left + inputs.shape[1] :] = 0
    values = scratch("values", (n_positions, len(packed.bias)), dtype)
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
