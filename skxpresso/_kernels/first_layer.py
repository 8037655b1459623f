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
from skxpresso._kernels.simd import LANES, add, fill, load, maximum, store, where_greater
from skxpresso._kernels.threads import shares, spans

__all__ = ["Tables", "add_table_gradient", "pool_rows"]

MAX_RUN = 4  # tables of a fifth base leave the first-level cache; measured slower from 5 bases on
BLOCK = 2 * LANES  # filters worked on together: a block's tables stay in the cache
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
        rows = np.concatenate(tables).reshape(-1, n_blocks, BLOCK)
        return cls(np.ascontiguousarray(rows.transpose(1, 0, 2)), lengths, filters)


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
                    where_0 = fill(np.int16(-1))
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
                        here = fill(np.int16(j))
                        where_0 = where_greater(value_0, best_0, here, where_0)
                        where_1 = where_greater(value_1, best_1, here, where_1)
                    best_0 = maximum(best_0, value_0)
                    best_1 = maximum(best_1, value_1)
                to = (row * n_windows + window) * n_filters + block * BLOCK
                store(pooled, to, best_0)
                store(pooled, to + LANES, best_1)
                if winners is not None:
                    store(winners, to, where_0)
                    store(winners, to + LANES, where_1)


@compiled
def _scatter(
    words: Array,
    lengths: tuple[int, ...],
    winners: Array,
    gradient: Array,
    pool: int,
    tables: Array,
) -> None:
    """Add the gradient of every filter to the words that won: tables (filters, words).

    One filter's table is small enough for the first-level cache, so filters are the outer loop.
    """
    n_rows, n_windows, _ = gradient.shape
    for row in range(n_rows):
        for f in range(len(tables)):
            for window in range(n_windows):
                j = winners[row, window, f]
                if j >= 0:
                    value = gradient[row, window, f]
                    for run in range(len(lengths)):
                        tables[f, words[row, run, window * pool + j]] += value


def _words(codes: Array, geometry: Geometry, lengths: tuple[int, ...]) -> Array:
    """Return (rows, runs, positions), uint16: the table row of the word at each position."""
    n_rows, n_codes = codes.shape
    n_positions = geometry.windows(n_codes) * geometry.pool_size
    padded = np.full((n_rows, max(n_codes, n_positions) + geometry.reach), 4, np.uint16)
    padded[:, geometry.left : geometry.left + n_codes] = codes
    words = np.zeros((n_rows, len(lengths), n_positions), np.uint16)
    tap, start = 0, 0
    for run, length in enumerate(lengths):
        word = words[:, run]
        for _ in range(length):
            shift = tap * geometry.dilation_rate
            word *= 5
            word += padded[:, shift : shift + n_positions]
            tap += 1
        word += start
        start += 5**length
    return words


def pool_rows(
    codes: Array, tables: Tables, geometry: Geometry, pooled: Array, winners: Array | None = None
) -> None:
    """Work on a few rows in the caller's thread; filters of the outputs are padded to BLOCK."""
    words = _words(codes, geometry, tables.lengths)
    _pool_words(words, tables.lengths, tables.rows, geometry.pool_size, pooled, winners)


def gradient_chunks(n_rows: int, work: int) -> list[tuple[int, int]]:
    """Cut a batch in spans whose gradients are summed apart: the same for any number of threads."""
    n_chunks = min(GRADIENT_CHUNKS, shares(work))
    return spans(n_rows, max(1, math.ceil(n_rows / n_chunks)))


def sum_in_order(parts: list[Array]) -> Array:
    """Return the sum of the parts, in the first one's memory."""
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total


def empty_tables(geometry: Geometry, gradient: Array) -> Array:
    """Return zeros (filters, words) for `add_table_gradient`."""
    n_words = sum(5**length for length in run_lengths(geometry.kernel_size))
    return np.zeros((gradient.shape[-1], n_words), gradient.dtype)


def add_table_gradient(
    codes: Array, winners: Array, gradient: Array, geometry: Geometry, tables: Array
) -> None:
    """Add the gradient of a few rows to the tables, in the caller's thread."""
    lengths = run_lengths(geometry.kernel_size)
    words = _words(codes, geometry, lengths)
    _scatter(words, lengths, winners, gradient, geometry.pool_size, tables)


@compiled
def _collapse(tables: Array, lengths: tuple[int, ...], kernel: Array) -> None:
    """Add tables (filters, words) to kernel (taps, 5, filters): the letter at each place."""
    for f in range(len(tables)):
        tap, start = 0, 0
        for run in range(len(lengths)):
            n_words = 5 ** lengths[run]
            for word in range(n_words):
                rest = word
                for place in range(lengths[run] - 1, -1, -1):
                    kernel[tap + place, rest % 5, f] += tables[f, start + word]
                    rest //= 5
            tap += lengths[run]
            start += n_words


def collapse(tables: Array, geometry: Geometry) -> tuple[Array, Array]:
    """Sum the words by the letter at each place: back to kernel and bias."""
    lengths = run_lengths(geometry.kernel_size)
    kernel = np.zeros((geometry.kernel_size, 5, len(tables)), tables.dtype)
    _collapse(tables, lengths, kernel)
    return kernel[:, :4], tables[:, : 5 ** lengths[0]].sum(axis=1)
