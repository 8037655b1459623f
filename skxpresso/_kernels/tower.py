"""The stack of convolutions from base codes to flat features, as one operation.

A few rows at a time go through all layers, so that what one layer writes is still in the cache
when the next reads it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.first_layer import Tables, pool_words, words_of
from skxpresso._kernels.geometry import Geometry, check_codes, check_geometry, layer_windows
from skxpresso._kernels.later_layers import PackedKernel, pool_inputs
from skxpresso._kernels.memory import aligned_empty, scratch
from skxpresso._kernels.processor import BLOCK
from skxpresso._kernels.threads import run_tasks, spans, threads_for

__all__ = ["Convolution", "Plan", "Tower", "Trace", "tower_features"]

CACHE_BYTES = 2**19  # activations of the first layer that stay near: half a megabyte


class Convolution(NamedTuple):
    """Weights and settings of one convolution with ReLU and max-pool.

    `kernel` is (kernel_size, channels, filters), with 4 channels in the first layer, and `bias`
    (filters,), both of one float dtype.
    """

    kernel: Array
    bias: Array
    dilation_rate: int = 1
    pool_size: int = 1
    padding: str = "same"

    @property
    def geometry(self) -> Geometry:
        """The sizes without the weights."""
        return Geometry(self.kernel.shape[0], self.dilation_rate, self.pool_size, self.padding)

    @property
    def filters(self) -> int:
        """Number of filters."""
        return self.kernel.shape[2]


class Trace(NamedTuple):
    """What the gradient needs: of each layer the pooled activations and the winners."""

    pooled: list[Array]
    winners: list[Array]


def all_finite(layers: Iterable[tuple[Any, ...]]) -> bool:
    """Whether kernel and bias, the first two of each layer, are finite numbers.

    The kernels skip a NaN where they compare, so it must be looked for.
    """
    return all(np.isfinite(array).all() for layer in layers for array in layer[:2])


def _padded(filters: int) -> int:
    return -(-filters // BLOCK) * BLOCK


class Plan:
    """How much room and work the convolutions take.

    Parameters
    ----------
    convolutions : tuple of Convolution
        From the promoter on; at least one.
    n_positions : int
        Length of every promoter, in bases.
    """

    def __init__(self, convolutions: tuple[Convolution, ...], n_positions: int) -> None:
        geometries = [convolution.geometry for convolution in convolutions]
        for geometry in geometries:
            check_geometry(geometry)
        first = convolutions[0]
        self.convolutions = convolutions
        self.windows = layer_windows(n_positions, geometries)
        self.dtype = first.kernel.dtype
        row_bytes = self.windows[0] * _padded(first.filters) * self.dtype.itemsize
        self.work_per_row = n_positions * first.filters
        self.rows_per_task = max(1, min(64, CACHE_BYTES // max(1, row_bytes)))

    @property
    def n_features(self) -> int:
        """Number of flat features."""
        return self.windows[-1] * self.convolutions[-1].filters

    def _shapes(self, n_rows: int) -> list[tuple[int, int, int]]:
        return [
            (n_rows, n_windows, _padded(layer.filters))
            for n_windows, layer in zip(self.windows, self.convolutions, strict=True)
        ]

    def empty(self, n_rows: int) -> Trace:
        """Return room for the activations and winners of some rows."""
        shapes = self._shapes(n_rows)
        pooled = [aligned_empty(shape, self.dtype) for shape in shapes]
        return Trace(pooled, [aligned_empty(shape, np.int16) for shape in shapes])

    def scratch(self, name: str, n_rows: int) -> list[Array]:
        """Return this thread's room of that name for one array of each layer's outputs."""
        return [
            scratch(f"{name} {index}", shape, self.dtype)
            for index, shape in enumerate(self._shapes(n_rows))
        ]


class Tower(Plan):
    """Convolutions with their weights in the kernels' order, ready for many calls."""

    def __init__(self, convolutions: tuple[Convolution, ...], n_positions: int) -> None:
        super().__init__(convolutions, n_positions)
        first, *rest = convolutions
        self.tables = Tables.build(first.kernel, first.bias)
        self.packed = [PackedKernel(layer.kernel, layer.bias) for layer in rest]

    def words(self, codes: Array) -> Array:
        """Read a few rows, for this tower and all of the same sizes."""
        return words_of(codes, self.convolutions[0].geometry)

    def fill(self, words: Array, pooled: list[Array], winners: list[Array] | list[None]) -> None:
        """Work on a few rows in the caller's thread."""
        first, *rest = self.convolutions
        pool_words(words, self.tables, first.geometry, pooled[0], winners[0])
        for index, (layer, packed) in enumerate(zip(rest, self.packed, strict=True)):
            inputs, outputs = pooled[index : index + 2]
            pool_inputs(inputs, packed, layer.geometry, outputs, winners[index + 1])

    def features(self, words: Array) -> Array:
        """Return the flat features (rows, windows * filters) of a few rows."""
        pooled = self.scratch("activations", len(words))
        self.fill(words, pooled, [None] * len(pooled))
        return self.flatten(pooled[-1])

    def flatten(self, pooled: Array) -> Array:
        """Return (rows, windows * filters), the filters of a window together."""
        return pooled[..., : self.convolutions[-1].filters].reshape(len(pooled), -1)


def tower_features(
    codes: Array,
    convolutions: tuple[Convolution, ...],
    *,
    room: Trace | None = None,
    n_threads: int | None = None,
) -> tuple[Array, Trace]:
    """Return the flat features and what `tower_gradient` needs.

    Parameters
    ----------
    codes : ndarray of uint8, shape (rows, positions)
        Base codes.
    convolutions : tuple of Convolution
        From the promoter on.
    room : Trace, default=None
        Of an earlier call with as many positions and the same settings: its memory is
        written over if it has enough rows.
    n_threads : int, default=None
        None takes this call's share of the processor. The result does not depend on it.

    Returns
    -------
    features : ndarray, shape (rows, windows * filters)
        As Keras' Flatten orders them; NaN where a weight is NaN or infinite.
    trace : Trace
        Activations and winners of every layer, of these rows at least.
    """
    check_codes(codes)
    tower = Tower(convolutions, codes.shape[1])
    n_rows = len(codes)
    # fresh memory costs page faults: a sixth of a step
    trace = tower.empty(n_rows) if room is None or len(room.pooled[0]) < n_rows else room

    def task(start: int, stop: int) -> None:
        pooled = [array[start:stop] for array in trace.pooled]
        winners = [array[start:stop] for array in trace.winners]
        tower.fill(tower.words(codes[start:stop]), pooled, winners)

    work = spans(n_rows, tower.rows_per_task)
    run_tasks(task, work, n_threads or threads_for(n_rows * tower.work_per_row))
    if not all_finite(convolutions):
        trace.pooled[-1].fill(np.nan)
    return tower.flatten(trace.pooled[-1][:n_rows]), trace
