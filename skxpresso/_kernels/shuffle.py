"""Shuffle base codes row by row, compiled for the CPU.

Random numbers are those of SplitMix64 (Steele, Lea & Flood 2014), one stream per row, so that a
row's result depends on its bases and its seed alone.
"""

from __future__ import annotations

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.compiling import compiled

__all__ = ["hash_rows", "shuffle_rows"]

N_LETTERS = 5
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FACTOR_1 = np.uint64(0xBF58476D1CE4E5B9)
_FACTOR_2 = np.uint64(0x94D049BB133111EB)
_HALF, _LOW = np.uint64(32), np.uint64(2**32 - 1)


@compiled
def _next(state: Array) -> np.uint64:
    """Return 64 random bits; state (1,), uint64, goes on."""
    state[0] += _STEP
    bits = state[0]
    bits = (bits ^ (bits >> np.uint64(30))) * _FACTOR_1
    bits = (bits ^ (bits >> np.uint64(27))) * _FACTOR_2
    return bits ^ (bits >> np.uint64(31))


@compiled
def _below(n: int, state: Array) -> int:
    """Return one of 0 to n - 1, n < 2**32, all with the same probability (Lemire 2019)."""
    size = np.uint64(n)
    product = (_next(state) >> _HALF) * size
    if (product & _LOW) < size:  # rare; spares the division
        excess = (_LOW - size + np.uint64(1)) % size
        while (product & _LOW) < excess:
            product = (_next(state) >> _HALF) * size
    return int(product >> _HALF)


@compiled
def _permute(values: Array, state: Array) -> None:
    """Shuffle in place (Fisher & Yates)."""
    for i in range(len(values) - 1, 0, -1):
        j = _below(i + 1, state)
        values[i], values[j] = values[j], values[i]


@compiled
def _shuffle_pairs(codes: Array, state: Array, followers: Array, shuffled: Array) -> None:
    """Draw one of all sequences with the same pairs of neighbours, first and last letter.

    A sequence is a path through the graph of letters that takes every pair once. Such a path is
    made of an arborescence, the last exits from all letters towards the last letter, and any order
    of the other exits from each letter; both are drawn uniformly (Altschul & Erickson 1985;
    Kandel et al. 1996), the arborescence as Wilson (1996) does.
    """
    n = len(codes)
    # the exits of each letter in turn: followers[start[letter]:start[letter + 1]]
    start = np.zeros(N_LETTERS + 1, np.int64)
    for p in range(n - 1):
        start[codes[p] + 1] += 1
    start = np.cumsum(start)
    at = start.copy()
    for p in range(n - 1):
        followers[at[codes[p]]] = codes[p + 1]
        at[codes[p]] += 1

    last = codes[n - 1]
    in_tree = np.zeros(N_LETTERS, np.bool_)
    in_tree[last] = True
    exits = np.zeros(N_LETTERS, np.int64)
    for root in range(N_LETTERS):
        if start[root] == start[root + 1]:
            continue
        letter = root
        while not in_tree[letter]:  # walk into the tree; a later exit erases the loop
            exits[letter] = start[letter] + _below(start[letter + 1] - start[letter], state)
            letter = followers[exits[letter]]
        letter = root
        while not in_tree[letter]:
            in_tree[letter] = True
            letter = followers[exits[letter]]

    for letter in range(N_LETTERS):
        stop = start[letter + 1]
        if letter != last and start[letter] < stop:
            stop -= 1
            chosen = exits[letter]
            followers[chosen], followers[stop] = followers[stop], followers[chosen]
        _permute(followers[start[letter] : stop], state)

    at = start.copy()
    letter = codes[0]
    shuffled[0] = letter
    for p in range(1, n):
        at[letter] += 1
        letter = followers[at[letter] - 1]
        shuffled[p] = letter


@compiled
def shuffle_rows(codes: Array, seeds: Array, keep_pairs: bool, shuffled: Array) -> None:
    """Shuffle every row on its own.

    Parameters
    ----------
    codes : ndarray of shape (n, width), uint8
        Letters 0 to 4; width of at least 1.
    seeds : ndarray of shape (n,), uint64
    keep_pairs : bool
        Whether pairs of neighbours keep their counts, or only letters.
    shuffled : ndarray of shape (n, width), uint8
        Filled.
    """
    followers = np.empty(codes.shape[1], codes.dtype)
    state = np.empty(1, np.uint64)
    for row in range(len(codes)):
        state[0] = seeds[row]
        if keep_pairs:
            _shuffle_pairs(codes[row], state, followers, shuffled[row])
        else:
            shuffled[row] = codes[row]
            _permute(shuffled[row], state)


@compiled
def hash_rows(codes: Array, seed: np.uint64, hashes: Array) -> None:
    """Fill hashes (n,), uint64, from the letters of each row and the seed."""
    state = np.empty(1, np.uint64)
    for row in range(len(codes)):
        state[0] = seed
        for code in codes[row]:
            state[0] = _next(state) ^ np.uint64(code)
        hashes[row] = _next(state)
