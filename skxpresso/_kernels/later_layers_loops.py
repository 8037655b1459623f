"""The loops of the later layers, compiled: a tile of sums in registers, then the maxima.

Axes and rules are those of `later_layers`.
"""

from __future__ import annotations

from typing import Any

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.compiling import compiled
from skxpresso._kernels.later_layers import HALF
from skxpresso._kernels.processor import BLOCK, LANES, TILE
from skxpresso._kernels.simd import (
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

__all__ = ["pool_rows"]


@compiled
def _sum_up(sums: Any, inputs: Array, at: int, dilation: int, kernel: Array, block: int) -> Any:
    """Add what the taps make of inputs from position `at` on to the sums of a tile."""
    _, kernel_size, n_channels, _ = kernel.shape
    for tap in range(kernel_size):
        numbers = (at + tap * dilation) * n_channels
        weights = (block * kernel_size + tap) * n_channels * BLOCK
        for channel in range(n_channels):
            sums = multiply_add_tile(
                sums, inputs, numbers + channel, n_channels, kernel, weights + channel * BLOCK
            )
    return sums


@compiled
def _convolve(inputs: Array, dilation: int, kernel: Array, bias: Array, values: Array) -> None:
    """Fill values (positions, filters) from inputs (positions + reach, channels), padded."""
    n_positions, n_filters = values.shape
    for block in range(len(kernel)):
        first = block * BLOCK
        biases = load(bias, first), load(bias, first + LANES)
        p = 0
        while n_positions - p > HALF:
            sums = _sum_up(repeat(biases, TILE), inputs, p, dilation, kernel, block)
            store_tile(values, p * n_filters + first, n_filters, sums)
            p += TILE
        while p < n_positions:
            rest = _sum_up(repeat(biases, HALF), inputs, p, dilation, kernel, block)
            store_tile(values, p * n_filters + first, n_filters, rest)
            p += HALF


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
def pool_rows(
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
