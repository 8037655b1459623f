"""Gradient of convolution + bias + ReLU + max-pool over activations: layers after the first.

Only the winner of each pooling window has a gradient, so the work is a tenth of the forward's for
a pool of ten. For every filter, tap and `BLOCK` of channels the weights and their gradient stay in
registers while the winners of a row go by; one block of a row's activations and of their gradient
fits the first-level cache.

Axes: inputs (rows, positions, channels); winners (rows, windows, filters); a kernel and its
gradient (blocks of channels, filters, kernel_size, BLOCK), see `by_filter`. Activations have
channels up to a multiple of BLOCK, and winners may have more filters than the kernel.
"""

from __future__ import annotations

import math

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.compiling import compiled
from skxpresso._kernels.geometry import Geometry
from skxpresso._kernels.memory import aligned_zeros, scratch
from skxpresso._kernels.processor import BLOCK
from skxpresso._kernels.simd import LANES, load, multiply_add, store

__all__ = ["add_gradient", "by_filter", "from_filter"]


def by_filter(kernel: Array) -> Array:
    """Return a kernel (kernel_size, channels, filters) in the order of `add_gradient`."""
    kernel_size, channels, filters = kernel.shape
    n_blocks = math.ceil(channels / BLOCK)
    packed = aligned_zeros((n_blocks, filters, kernel_size, BLOCK), kernel.dtype)
    for block, weights in enumerate(packed):
        part = kernel[:, block * BLOCK : (block + 1) * BLOCK]
        weights[..., : part.shape[1]] = part.transpose(2, 0, 1)
    return packed


def from_filter(packed: Array, channels: int) -> Array:
    """Return (kernel_size, channels, filters) of the order of `add_gradient`, in fresh memory."""
    n_blocks, filters, kernel_size, _ = packed.shape
    kernel = packed.transpose(2, 0, 3, 1).reshape(kernel_size, n_blocks * BLOCK, filters)
    return kernel[:, :channels].copy()


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
    """Work with room for one row: padded and below (blocks, positions and reach, BLOCK).

    Both have `left` positions in front. offsets and values (filters, windows) hold a filter's
    winners together, offsets in elements.
    """
    n_rows, n_windows, _ = gradient.shape
    n_blocks, n_filters, kernel_size, _ = kernel.shape
    n_positions = inputs.shape[1]
    for row in range(n_rows):
        for block in range(n_blocks):
            for p in range(n_positions):
                for c in range(BLOCK):
                    padded[block, left + p, c] = inputs[row, p, block * BLOCK + c]
        below.fill(0)
        counts = np.zeros(n_filters, np.int64)
        for window in range(n_windows):
            for f in range(n_filters):
                j = winners[row, window, f]
                if j >= 0:
                    value = gradient[row, window, f]
                    bias_gradient[f] += value
                    offsets[f, counts[f]] = (window * pool + j) * BLOCK
                    values[f, counts[f]] = value
                    counts[f] += 1
        at = 0
        for block in range(n_blocks):
            for f in range(n_filters):
                n_winners = counts[f]
                for tap in range(kernel_size):
                    weights_0, weights_1 = load(kernel, at), load(kernel, at + LANES)
                    sum_0, sum_1 = load(kernel_gradient, at), load(kernel_gradient, at + LANES)
                    shift = (block * padded.shape[1] + tap * dilation) * BLOCK
                    for i in range(n_winners):
                        value = values[f, i]
                        p = offsets[f, i] + shift
                        sum_0 = multiply_add(value, load(padded, p), sum_0)
                        sum_1 = multiply_add(value, load(padded, p + LANES), sum_1)
                        store(below, p, multiply_add(value, weights_0, load(below, p)))
                        p += LANES
                        store(below, p, multiply_add(value, weights_1, load(below, p)))
                    store(kernel_gradient, at, sum_0)
                    store(kernel_gradient, at + LANES, sum_1)
                    at += BLOCK
        for block in range(n_blocks):
            for p in range(n_positions):
                for c in range(BLOCK):
                    input_gradient[row, p, block * BLOCK + c] = below[block, left + p, c]


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
    n_blocks, n_filters, _, _ = kernel.shape
    n_windows = gradient.shape[1]
    length = max(inputs.shape[1], n_windows * geometry.pool_size) + geometry.reach
    padded = scratch("padded blocks", (n_blocks, length, BLOCK), kernel.dtype)
    padded[:, : geometry.left] = 0
    padded[:, geometry.left + inputs.shape[1] :] = 0
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
        scratch("gradient blocks", padded.shape, kernel.dtype),
        scratch("offsets of winners", (n_filters, n_windows), np.int64),
        scratch("values of winners", (n_filters, n_windows), kernel.dtype),
    )
