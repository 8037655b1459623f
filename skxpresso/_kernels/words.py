"""Frequencies of words in promoters, as the rows of a sparse matrix; compiled for the CPU."""

from __future__ import annotations

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.compiling import compiled

__all__ = ["fill_rows"]


@compiled
def _count_longest(codes: Array, k: int, counts: Array) -> None:
    """Count, at every position, the longest word of at most k known bases that ends there."""
    n_longest = 4**k
    length = word = first = 0  # the word is a base-4 number, its column is first + word
    for code in codes:
        if code > 3:
            length = word = first = 0
            continue
        if length < k:
            first = 4 * first + 4 if length else 0
            length += 1
        word = (4 * word + code) % n_longest
        counts[first + word] += 1


@compiled
def _add_shorter(k: int, counts: Array, known: Array) -> None:
    """Count the words that are the end of a longer one; known (k + 1,) are the sums by length."""
    stop = len(counts)
    size = 4**k
    for length in range(k, 0, -1):
        start = stop - size
        known[length] = counts[start:stop].sum()
        size //= 4
        if length > 1:
            for first in range(start, stop, size):
                counts[start - size : start] += counts[first : first + size]
        stop = start


@compiled
def fill_rows(
    codes: Array,
    covariates: Array,
    words: Array,
    others: Array,
    lengths: Array,
    indptr: Array,
    indices: Array,
    data: Array,
) -> None:
    """Fill a CSR matrix of word frequencies with covariates behind.

    Parameters
    ----------
    codes : ndarray of shape (n, width), uint8
        Base codes; 4, an unknown base, ends a word.
    covariates : ndarray of shape (n, n_covariates), float32
    words, others : ndarray of shape (n_features,), int
        The words that a feature counts, which may be one: numbers in the order of length and
        alphabet.
    lengths : ndarray of shape (n_features,), int
        Of the words, in nt; the last is the longest.
    indptr : ndarray of shape (n + 1,), int
        Filled from its second entry on; the first must be 0.
    indices, data : ndarray, int and float32
        With room for all entries.
    """
    k = lengths[-1]
    counts = np.zeros((4 ** (k + 1) - 4) // 3, np.int32)
    known = np.zeros(k + 1, np.int64)
    for row in range(len(codes)):
        counts[:] = 0
        _count_longest(codes[row], k, counts)
        _add_shorter(k, counts, known)
        at = indptr[row]
        for j in range(len(words)):
            count = counts[words[j]]
            if others[j] != words[j]:
                count += counts[others[j]]
            if count:
                indices[at] = j
                data[at] = count / known[lengths[j]]
                at += 1
        for j in range(covariates.shape[1]):
            if covariates[row, j] != 0:
                indices[at] = len(words) + j
                data[at] = covariates[row, j]
                at += 1
        indptr[row + 1] = at
