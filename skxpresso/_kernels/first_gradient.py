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
from skxpresso._kernels.threads import shares, spans

__all__ = ["add_table_gradient", "collapse", "gradient_chunks", "sum_in_order", "tables_shape"]

SCATTERED = 8  # filters worked on together backward: their tables stay in the first-level cache
GRADIENT_CHUNKS = 16  # also the most threads that share a gradient


@compiled
def _scatter(
    words: Array,
    lengths: tuple[int, ...],
    winners: Array,
    gradient: Array,
    pool: int,
    tables: Array,
) -> None:
    """Add the gradient of every filter to the words that won: tables (blocks, words, SCATTERED).

    Filters that pad the winners never win, so the gradient need not have them.
    """
    n_rows, n_windows, _ = gradient.shape
    for row in range(n_rows):
        for block in range(len(tables)):
            first = block * SCATTERED
            for window in range(n_windows):
                for f in range(SCATTERED):
                    j = winners[row, window, first + f]
                    if j >= 0:
                        value = gradient[row, window, first + f]
                        for run in range(len(lengths)):
                            tables[block, words[row, run, window * pool + j], f] += value


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
    """Return (blocks, words, SCATTERED), the shape of what `add_table_gradient` adds to."""
    n_words = sum(5**length for length in run_lengths(geometry.kernel_size))
    return math.ceil(filters / SCATTERED), n_words, SCATTERED


def add_table_gradient(
    codes: Array, winners: Array, gradient: Array, geometry: Geometry, tables: Array
) -> None:
    """Add the gradient of a few rows to the tables, in the caller's thread."""
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
    kernel = np.zeros((geometry.kernel_size, 5, len(tables), SCATTERED), tables.dtype)
    _collapse(tables, np.array(lengths), kernel)
    bias = tables[:, : 5 ** lengths[0]].sum(axis=1).ravel()
    return kernel.reshape(geometry.kernel_size, 5, -1)[:, :4, :filters], bias[:filters]
