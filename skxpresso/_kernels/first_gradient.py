"""The gradient of the first layer: added to the words that won, and collapsed to the kernel.

Axes and rules are those of `first_layer`. A gradient is the sum over fixed chunks of the batch,
added in order, so that it does not depend on the number of threads.
"""

from __future__ import annotations

import math

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.compiling import compiled
from skxpresso._kernels.first_layer import run_lengths, words_of
from skxpresso._kernels.geometry import Geometry
from skxpresso._kernels.processor import LANES
from skxpresso._kernels.simd import add, fill, load, store, where_equal
from skxpresso._kernels.threads import shares, spans

__all__ = ["add_table_gradient", "collapse", "gradient_chunks", "sum_in_order", "tables_shape"]

SCATTERED = 8  # filters of larger pools together: their tables stay in the first-level cache
SMALL_POOL = 6  # up to which a vector for every position is quicker than a number for every winner
GRADIENT_CHUNKS = 16  # also the most threads that share a gradient


@compiled
def _add_positions(
    words: Array,
    lengths: tuple[int, ...],
    winners: Array,
    gradient: Array,
    pool: int,
    row: int,
    block: int,
    tables: Array,
) -> None:
    """Add a vector of filters at every position: their gradient where they won, 0 elsewhere."""
    _, n_windows, n_filters = gradient.shape
    n_words = tables.shape[1]
    none = fill(gradient.dtype.type(0))
    for window in range(n_windows):
        at = (row * n_windows + window) * n_filters + block * LANES
        won, value = load(winners, at), load(gradient, at)
        for j in range(pool):
            here = where_equal(won, fill(np.int16(j)), value, none)
            for run in range(len(lengths)):
                word = words[row, run, window * pool + j]
                to = (block * n_words + word) * LANES
                store(tables, to, add(load(tables, to), here))


@compiled
def _add_winners(
    words: Array,
    lengths: tuple[int, ...],
    winners: Array,
    gradient: Array,
    pool: int,
    row: int,
    block: int,
    tables: Array,
) -> None:
    """Add every winner by itself."""
    first = block * SCATTERED
    for window in range(gradient.shape[1]):
        for f in range(SCATTERED):
            j = winners[row, window, first + f]
            if j >= 0:
                value = gradient[row, window, first + f]
                for run in range(len(lengths)):
                    tables[block, words[row, run, window * pool + j], f] += value


@compiled
def _scatter(
    words: Array,
    lengths: tuple[int, ...],
    winners: Array,
    gradient: Array,
    pool: int,
    tables: Array,
) -> None:
    """Add the gradient of every filter to the words that won: tables as `tables_shape` says."""
    for row in range(len(gradient)):
        for block in range(len(tables)):
            if pool <= SMALL_POOL:
                _add_positions(words, lengths, winners, gradient, pool, row, block, tables)
            else:
                _add_winners(words, lengths, winners, gradient, pool, row, block, tables)


def gradient_chunks(n_rows: int, work: int) -> list[tuple[int, int]]:
    """Cut a batch in spans whose gradients are summed apart: the same for any number of threads."""
    n_chunks = min(GRADIENT_CHUNKS, shares(work))
    return spans(n_rows, max(1, math.ceil(n_rows / n_chunks)))


def sum_in_order(parts: Array) -> Array:
    """Return the sum of the parts, one after the other, in the first one's memory."""
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total


def tables_shape(geometry: Geometry, filters: int) -> tuple[int, int, int]:
    """Return (blocks of filters, words, filters of a block): what `add_table_gradient` adds to."""
    n_words = sum(5**length for length in run_lengths(geometry.kernel_size))
    width = LANES if geometry.pool_size <= SMALL_POOL else SCATTERED
    return math.ceil(filters / width), n_words, width


def add_table_gradient(
    codes: Array, winners: Array, gradient: Array, geometry: Geometry, tables: Array
) -> None:
    """Add the gradient of a few rows to the tables, in the caller's thread.

    The gradient has as many filters as the winners: those that pad them, too, which never win.
    """
    lengths = run_lengths(geometry.kernel_size)
    words = words_of(codes, geometry)
    _scatter(words, lengths, winners, gradient, geometry.pool_size, tables)


@compiled
def _collapse(tables: Array, lengths: Array, kernel: Array) -> None:
    """Add tables (blocks, words, f) to kernel (taps, 5, blocks, f): the letter at each place."""
    n_blocks, _, n_filters = tables.shape
    tap = start = 0
    for length in lengths:
        n_words = 5**length
        for word in range(n_words):
            rest = word
            for place in range(length - 1, -1, -1):
                letter = rest % 5
                rest //= 5
                for block in range(n_blocks):
                    for f in range(n_filters):
                        kernel[tap + place, letter, block, f] += tables[block, start + word, f]
        tap += length
        start += n_words


def collapse(tables: Array, geometry: Geometry, filters: int) -> tuple[Array, Array]:
    """Sum the words by the letter at each place: back to kernel and bias."""
    lengths = run_lengths(geometry.kernel_size)
    n_blocks, _, width = tables.shape
    kernel = np.zeros((geometry.kernel_size, 5, n_blocks, width), tables.dtype)
    _collapse(tables, np.array(lengths), kernel)
    bias = tables[:, : 5 ** lengths[0]].sum(axis=1).ravel()
    return kernel.reshape(geometry.kernel_size, 5, -1)[:, :4, :filters], bias[:filters]
