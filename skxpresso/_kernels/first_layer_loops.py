"""The loops of the first layer, compiled: letters to words, words to pooled activations.

Axes and rules are those of `first_layer`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.compiling import compiled
from skxpresso._kernels.processor import BLOCK, LANES
from skxpresso._kernels.simd import add, as_int16, fill, load, maximum, store, where_greater

__all__ = ["fill_words", "pool_words"]


@compiled
def pool_words(
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
def fill_words(padded: Array, lengths: Array, dilation: int, words: Array) -> None:
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
