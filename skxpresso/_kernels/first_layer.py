"""Convolution + bias + ReLU + max-pool over base codes, compiled for the CPU.

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
from typing import NamedTuple

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.geometry import Geometry
from skxpresso._kernels.machine_code import run
from skxpresso._kernels.memory import aligned_empty, scratch
from skxpresso._kernels.processor import BLOCK

__all__ = ["Tables", "pool_rows", "pool_words", "run_lengths", "words_of"]

MAX_RUN = 4  # tables of a fifth base leave the first-level cache; measured slower from 5 bases on


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
    arguments = padded, np.array(lengths), geometry.dilation_rate, words
    if not run("fill_words", *arguments):
        from skxpresso._kernels.first_layer_loops import fill_words

        fill_words(*arguments)
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
    name = f"pool_words_{len(tables.lengths)}"
    if winners is None and run(name, words, tables.rows, geometry.pool_size, pooled):
        return
    from skxpresso._kernels import first_layer_loops as loops

    loops.pool_words(words, tables.lengths, tables.rows, geometry.pool_size, pooled, winners)
