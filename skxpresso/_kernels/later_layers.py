"""Convolution + bias + ReLU + max-pool over activations: layers after the first.

`TILE` positions by `BLOCK` filters stay in registers while the taps go by, half a tile at the end
where no more is left. Ties, dead windows and threads are as in `first_layer`.

Axes: inputs (rows, positions, channels); kernel (kernel_size, channels, filters); pooled and
winners (rows, windows, filters). Activations may have more channels than the kernel, and winners
more filters: what pads them is not read, and everything stays C-contiguous, so that numba compiles
once for all sizes.
"""

from __future__ import annotations

import math

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.geometry import Geometry
from skxpresso._kernels.machine_code import run
from skxpresso._kernels.memory import aligned_zeros, scratch
from skxpresso._kernels.processor import BLOCK, TILE

__all__ = ["HALF", "PackedKernel", "pool_inputs"]

HALF = max(1, TILE // 2)


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
    n_positions = math.ceil(geometry.windows(inputs.shape[1]) * geometry.pool_size / HALF) * HALF
    length = max(n_positions, inputs.shape[1]) + geometry.reach
    padded = scratch("padded inputs", (length, packed.channels), dtype)
    padded[: geometry.left] = 0
    padded[geometry.left + inputs.shape[1] :] = 0
    values = scratch("values", (n_positions, len(packed.bias)), dtype)
    arguments = (
        inputs,
        geometry.left,
        geometry.dilation_rate,
        geometry.pool_size,
        packed.kernel,
        packed.bias,
        padded,
        values,
        pooled,
    )
    if winners is None and run("pool_rows", *arguments):
        return
    from skxpresso._kernels.later_layers_loops import pool_rows

    pool_rows(*arguments, winners)
