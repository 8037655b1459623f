"""Convolution + bias + ReLU + max-pool over base codes, and its gradient, compiled for the CPU.

The input of the first convolution is one-hot, so the convolution is a sum of table look-ups. The
kernel is cut in runs of at most four bases; each run has a table with a row for every word of
that length over five letters, the fifth meaning 'unknown' or 'beyond the end' and adding zero.
Only the maximum of a pooling window and its position are kept, and the gradient goes to that
position alone.

Where positions of a window tie, the first wins, as in Keras with TensorFlow; a window without a
positive value gives zero and passes no gradient. Results do not depend on the number of threads or
on which rows come together: rows are independent, and a gradient is the sum over fixed chunks of
the batch, added in order.

Axes: codes (rows, positions), uint8, 0-3 = A, C, G, T and 4 = unknown; kernel (kernel_size, 4,
filters); pooled and winners (rows, windows, filters), a winner being the position inside its
window, or -1.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from skxpresso._kernels.compiling import Array, compiled
from skxpresso._kernels.geometry import Geometry
from skxpresso._kernels.memory import aligned_empty, scratch
from skxpresso._kernels.processor import BLOCK
from skxpresso._kernels.simd import LANES, add, as_int16, fill, load, maximum, store, where_greater
from skxpresso._kernels.threads import shares, spans

__all__ = ["Tables", "add_table_gradient", "pool_rows", "pool_words", "words_of"]

MAX_RUN = 4  # tables of a fifth base leave the first-level cache; measured slower from 5 bases on
SCATTERED = 8  # filters worked on together backward: their tables stay in the first-level cache
GRADIENT_CHUNKS = 16  # also the most threads that share a gradient


def run_lengths(kernel_size: int) -> tuple[int, ...]:
    """Cut a kernel in the fewest runs of at most `MAX_RUN` bases, as equal as can be.

    Examples
    --------
    >>> from skxpresso._kernels.first_layer import run_lengths
    >>> run_lengths(6), run_lengths(9)
    ((3, 3), (3, 3, 3))
    """
    n_runs = math.ceil(kernel_size / MAX_RUN)
    short, longer = divmod(kernel_size, n_runs)
    return (short + 1,) * longer + (short,) * (n_runs - longer)


class Tables(NamedTuple):
    """The look-up tables of one kernel: (blocks of filters, words of all runs, BLOCK)."""

    rows: Array
    lengths: tuple[int, ...]
    filters: int

    @classmethod
    def build(cls, kernel: Array, bias: Array) -> Tables:
        """Add up the weights of every word; the bias is in the words of the first run."""
        lengths = run_lengths(kernel.shape[0])
        filters = kernel.shape[2]
        n_blocks = math.ceil(filters / BLOCK)
        letters = np.zeros((kernel.shape[0], 5, n_blocks * BLOCK), kernel.dtype)
        letters[:, :4, :filters] = kernel
        tables = []
        for stop, length in zip(np.cumsum(lengths), lengths, strict=True):
            table = np.zeros((1, letters.shape[2]), kernel.dtype)
            for digit in letters[stop - length : stop]:
                table = (table[:, None] + digit).reshape(-1, letters.shape[2])
            tables.append(table)
        tables[0][:, :filters] += bias
        words = np.concatenate(tables).reshape(-1, n_blocks, BLOCK)
        rows = aligned_empty((n_blocks, len(words), BLOCK), kernel.dtype)
        rows[...] = words.transpose(1, 0, 2)
        return cls(rows, lengths, filters)


@compiled
def _pool_words(
    words: Array, lengths: tuple[int, ...], tables: Array, pool: int, pooled: Array, winners: Any
) -> None:
    """Fill pooled (rows, windows, blocks * BLOCK) and, unless None, winners of the same shape."""
    n_rows, n_windows, n_filters = pooled.shape
    n_blocks, n_words, _ = tables.shape
    for row in range(n_rows):
        for block in range(n_blocks):
            table = block * n_words * BLOCK
            for window in range(n_windows):
                best_0 = fill(tables.dtype.type(0))  # a maximum from zero on: the ReLU
                best_1 = best_0
                if winners is not None:
                    where_0 = fill(tables.dtype.type(-1))  # of one type: lanes of one width
                    where_1 = where_0
                for j in range(pool):
                    p = window * pool + j
                    at = table + BLOCK * words[row, 0, p]
                    value_0 = load(tables, at)
                    value_1 = load(tables, at + LANES)
                    for run in range(1, len(lengths)):
                        at = table + BLOCK * words[row, run, p]
                        value_0 = add(value_0, load(tables, at))
                        value_1 = add(value_1, load(tables, at + LANES))
                    if winners is not None:
                        here = fill(tables.dtype.type(j))
                        where_0 = where_greater(value_0, best_0, here, where_0)
                        where_1 = where_greater(value_1, best_1, here, where_1)
                    best_0 = maximum(best_0, value_0)
                    best_1 = maximum(best_1, value_1)
                to = (row * n_windows + window) * n_filters + block * BLOCK
                store(pooled, to, best_0)
                store(pooled, to + LANES, best_1)
                if winners is not None:
                    store(winners, to, as_int16(where_0))
                    store(winners, to + LANES, as_int16(where_1))


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


@compiled
def _fill_words(padded: Array, lengths: Array, dilation: int, words: Array) -> None:
    """Fill words (rows, runs, positions) from codes (rows, positions and reach)."""
    n_rows, n_runs, n_positions = words.shape
    for row in range(n_rows):
        shift = start = 0
        for run in range(n_runs):
            word = words[row, run]
            word[:] = 0
            for _ in range(lengths[run]):
                letters = padded[row, shift : shift + n_positions]
                for p in range(n_positions):  # in 16 bits all through: many at once
                    word[p] = np.uint16(np.uint16(word[p] * np.uint16(5)) + letters[p])
                shift += dilation
            for p in range(n_positions):
                word[p] = np.uint16(word[p] + np.uint16(start))
            start += 5 ** lengths[run]


def words_of(codes: Array, geometry: Geometry) -> Array:
    """Return (rows, runs, positions), uint16: the table row of the word at each position.

    All kernels of one length and dilation share it. It lies in this thread's memory, and is valid
    until the thread reads other rows.
    """
    lengths = run_lengths(geometry.kernel_size)
    n_rows, n_codes = codes.shape
    n_positions = geometry.windows(n_codes) * geometry.pool_size
    width = max(n_codes, n_positions) + geometry.reach
    padded = scratch("padded codes", (n_rows, width), np.uint8)
    padded[:, : geometry.left] = 4
    padded[:, geometry.left : geometry.left + n_codes] = codes
    padded[:, geometry.left + n_codes :] = 4
    words = scratch("words", (n_rows, len(lengths), n_positions), np.uint16)
    _fill_words(padded, np.array(lengths), geometry.dilation_rate, words)
    return words


def pool_rows(
    codes: Array, tables: Tables, geometry: Geometry, pooled: Array, winners: Array | None = None
) -> None:
    """Work on a few rows in the caller's thread; filters of the outputs are padded to BLOCK."""
    pool_words(words_of(codes, geometry), tables, geometry, pooled, winners)


def pool_words(
    words: Array, tables: Tables, geometry: Geometry, pooled: Array, winners: Array | None
) -> None:
    """Do what `pool_rows` does with codes, from what `words_of` made of them."""
    _pool_words(words, tables.lengths, tables.rows, geometry.pool_size, pooled, winners)


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
