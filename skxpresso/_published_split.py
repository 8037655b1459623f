"""The index arithmetic of the published splits: which rows train, validate and test."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["published_folds", "published_split"]

Indices = npt.NDArray[np.intp]


def published_split(
    n: int, seed: int = 1, n_test: int = 1000, n_valid: int = 1000
) -> tuple[Indices, Indices, Indices]:
    """Split n rows as the published data sets are split.

    Rows are shuffled; the last `n_test` of them test, the `n_valid` before them validate.

    Parameters
    ----------
    n : int
        Rows, after histone genes are taken out.
    seed : int, default=1
        Of the shuffle.
    n_test, n_valid : int, default=1000
        Rows that test and validate.

    Returns
    -------
    train, valid, test : ndarray of int
        0-based rows, in the order of the published files.

    Raises
    ------
    ValueError
        If no row is left to train.

    Examples
    --------
    >>> from skxpresso.datasets import published_split
    >>> published_split(8, n_test=2, n_valid=1)
    (array([7, 2, 1, 6, 0]), array([4]), array([3, 5]))
    """
    _check_rows(n, n_valid, n_test)
    order = _shuffled(n, seed)
    train, valid, test = np.split(order, [n - n_test - n_valid, n - n_test])
    return train, valid, test


def published_folds(
    n: int, k: int = 10, seed: int = 1, n_valid: int = 1000
) -> list[tuple[Indices, Indices, Indices]]:
    """Split n rows as the published cross-validation splits them.

    Rows are shuffled and cut in `k` blocks, each of which tests once. Of the other rows
    the first `n_valid` validate, which makes nearly all folds validate on the same genes.

    Parameters
    ----------
    n : int
        Rows, after histone genes are taken out.
    k : int, default=10
        Folds.
    seed : int, default=1
        Of the shuffle.
    n_valid : int, default=1000
        Rows that validate.

    Returns
    -------
    list of (train, valid, test)
        One triple of ndarrays of 0-based rows per fold, in the order of the published files.

    Raises
    ------
    ValueError
        If there are fewer than two folds or more folds than rows, or no row is left to train.

    Examples
    --------
    >>> from skxpresso.datasets import published_folds
    >>> [test.tolist() for _, _, test in published_folds(8, k=3, n_valid=1)]
    [[7, 2, 1], [6, 0, 4], [3, 5]]
    """
    if not 2 <= k <= n:
        raise ValueError(f"k must be 2 folds at least and no more than the {n} rows, got {k}")
    blocks = np.array_split(_shuffled(n, seed), k)
    _check_rows(n, n_valid, len(blocks[0]))
    folds = []
    for i, test in enumerate(blocks):
        rest = np.concatenate(blocks[:i] + blocks[i + 1 :])
        folds.append((rest[n_valid:], rest[:n_valid], test))
    return folds


def _shuffled(n: int, seed: int) -> Indices:
    # the order that pandas' DataFrame.sample gives all rows
    return np.random.RandomState(seed).permutation(n).astype(np.intp, copy=False)


def _check_rows(n: int, n_valid: int, n_test: int) -> None:
    if min(n_valid, n_test) < 0 or n_valid + n_test >= n:
        raise ValueError(
            f"{n} rows cannot be split into {n_test} to test, {n_valid} to validate "
            "and at least one to train"
        )
