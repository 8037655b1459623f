"""Gradient of convolution + bias + ReLU + max-pool over activations: layers after the first.

Only the winner of each pooling window has a gradient, so the work is a tenth of the forward's for
a pool of ten. For every block of `LANES` channels, filter and `TAPS` of its taps the weights and
their gradient stay in registers while the winners of a row go by; one block of a row's activations
and of their gradient fits the first-level cache.

Axes: inputs (rows, positions, channels); winners (rows, windows, filters); a kernel and its
gradient (blocks of channels, filters, kernel_size, LANES), see `by_filter`. Activations have
channels up to a multiple of BLOCK, and winners may have more filters than the kernel.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.compiling import compiled
from skxpresso._kernels.geometry import Geometry
from skxpresso._kernels.memory import aligned_zeros, scratch
from skxpresso._kernels.processor import BLOCK, LANES, TAPS
from skxpresso._kernels.simd import fill, load_all, multiply_add_all, repeat, store_all

__all__ = ["add_gradient", "by_filter", "from_filter"]


def by_filter(kernel: Array) -> Array:
    """Return a kernel (kernel_size, channels, filters) in the order of `add_gradient`."""
    kernel_size, channels, filters = kernel.shape
    n_blocks = math.ceil(channels / BLOCK) * BLOCK // LANES
    packed = aligned_zeros((n_blocks, filters, kernel_size, LANES), kernel.dtype)
    for block, weights in enumerate(packed):
        part = kernel[:, block * LANES : (block + 1) * LANES]
        weights[..., : part.shape[1]] = part.transpose(2, 0, 1)
    return packed


def from_filter(packed: Array, channels: int) -> Array:
    """Return (kernel_size, channels, filters) of the order of `add_gradient`, in fresh memory."""
    n_blocks, filters, kernel_size, _ = packed.shape
    kernel = packed.transpose(2, 0, 3, 1).reshape(kernel_size, n_blocks * LANES, filters)
    return kernel[:, :channels].copy()


@compiled
def _go_by(
    taps: Any,
    first: int,
    stop: int,
    block: int,
    kernel: Array,
    kernel_gradient: Array,
    padded: Array,
    below: Array,
    dilation: int,
    counts: Array,
    offsets: Array,
    values: Array,
) -> None:
    """Take all winners past the taps from `first` to `stop`, as many at once as `taps` has."""
    _, n_filters, kernel_size, _ = kernel.shape
    step = dilation * LANES
    for f in range(n_filters):
        for tap in range(first, stop, len(taps)):
            at = ((block * n_filters + f) * kernel_size + tap) * LANES
            weights = load_all(taps, kernel, at, LANES)
            sums = load_all(taps, kernel_gradient, at, LANES)
            for i in range(counts[f]):
                value = values[f, i]
                p = offsets[f, i] + tap * step
                sums = multiply_add_all(value, load_all(taps, padded, p, step), sums)
                under = multiply_add_all(value, weights, load_all(taps, below, p, step))
                store_all(below, p, step, under)
            store_all(kernel_gradient, at, LANES, sums)


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
    padded: Array,
    below: Array,
    offsets: Array,
    values: Array,
) -> None:
    """Work with room for one row's block: padded and below (positions and reach, LANES).

    Both have `left` positions in front. offsets and values (filters, windows) hold a filter's
    winners together, offsets in elements.
    """
    n_rows, n_windows, _ = gradient.shape
    n_blocks, n_filters, kernel_size, _ = kernel.shape
    n_positions = inputs.shape[1]
    one = (fill(kernel.dtype.type(0)),)
    many = repeat(one, TAPS)
    whole = kernel_size - kernel_size % TAPS
    for row in range(n_rows):
        counts = np.zeros(n_filters, np.int64)
        for window in range(n_windows):
            for f in range(n_filters):
                j = winners[row, window, f]
                if j >= 0:
                    value = gradient[row, window, f]
                    bias_gradient[f] += value
                    offsets[f, counts[f]] = (window * pool + j) * LANES
                    values[f, counts[f]] = value
                    counts[f] += 1
        for block in range(n_blocks):
            below.fill(0)
            for p in range(n_positions):
                for c in range(LANES):
                    padded[left + p, c] = inputs[row, p, block * LANES + c]
            sums = kernel, kernel_gradient, padded, below, dilation, counts, offsets, values
            _go_by(many, 0, whole, block, *sums)
            _go_by(one, whole, kernel_size, block, *sums)
            for p in range(n_positions):
                for c in range(LANES):
                    input_gradient[row, p, block * LANES + c] = below[left + p, c]


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
    inputs : ndarray, shape (rows, positions, channels padded to a multiple of BLOCK)
        As given to `pool_inputs`.
    winners : ndarray of int16, shape (rows, windows, filters)
        As `pool_inputs` filled it.
    gradient : ndarray, shape (rows, windows, filters)
        Derivative of the loss by the pooled activations.
    kernel : ndarray
        Weights, from `by_filter`.
    geometry : Geometry
        As given to `pool_inputs`.
    input_gradient : ndarray, shape of inputs
        Filled with the gradient by the inputs.
    kernel_gradient, bias_gradient : ndarray, shapes of kernel and (filters,)
        The rows' gradients are added to them.
    """
    _, n_filters, _, _ = kernel.shape
    n_windows = gradient.shape[1]
    length = max(inputs.shape[1], n_windows * geometry.pool_size) + geometry.reach
    padded = scratch("padded block", (length, LANES), kernel.dtype)
    padded[: geometry.left] = 0
    padded[geometry.left + inputs.shape[1] :] = 0
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
        padded,
        scratch("gradient block", padded.shape, kernel.dtype),
        scratch("offsets of winners", (n_filters, n_windows), np.int64),
        scratch("values of winners", (n_filters, n_windows), kernel.dtype),
    )
