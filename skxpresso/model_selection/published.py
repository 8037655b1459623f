"""The index arithmetic of the published splits: which rows train, validate and test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils.validation import _num_samples, check_consistent_length

from skxpresso.model_selection.groups import Groups

__all__ = ["PublishedKFold", "PublishedSplit", "published_folds", "published_split"]

Indices = npt.NDArray[np.intp]


def published_split(
    n: int, seed: int = 1, n_test: int = 1000, n_valid: int = 1000
) -> tuple[Indices, Indices, Indices]:
    """Split n rows as the published data sets are split.

    Rows are shuffled. The last `n_test` of them are for testing, and the `n_valid` before
    them for validation.

    Parameters
    ----------
    n : int
        Number of rows, after histone genes are removed.
    seed : int, default=1
        Seed of the shuffle.
    n_test, n_valid : int, default=1000
        Number of rows for testing and for validation.

    Returns
    -------
    train, valid, test : ndarray of int
        0-based rows, in the order of the published files.

    Raises
    ------
    ValueError
        If no row is left for training.

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

    Rows are shuffled and cut into `k` blocks, and each block is the test set of one fold.
    The first `n_valid` of the other rows are for validation, so nearly all folds validate
    on the same genes.

    Parameters
    ----------
    n : int
        Number of rows, after histone genes are removed.
    k : int, default=10
        Number of folds.
    seed : int, default=1
        Seed of the shuffle.
    n_valid : int, default=1000
        Number of rows for validation.

    Returns
    -------
    list of (train, valid, test)
        One triple of ndarrays of 0-based rows per fold, in the order of the published files.

    Raises
    ------
    ValueError
        If there are fewer than two folds or more folds than rows, or no row is left for
        training.

    Examples
    --------
    >>> from skxpresso.datasets import published_folds
    >>> [test.tolist() for _, _, test in published_folds(8, k=3, n_valid=1)]
    [[7, 2, 1], [6, 0, 4], [3, 5]]
    """
    if not 2 <= k <= n:
        raise ValueError(f"k must be at least 2 and at most the {n} rows, got {k}")
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
            f"{n} rows cannot be split into {n_test} for testing, {n_valid} for validation "
            "and at least one for training"
        )


class _PublishedSplitter(BaseCrossValidator):
    """Turn triples of training, validation and test rows into scikit-learn's pairs."""

    validation: str

    def _triples(self, n: int) -> list[tuple[Groups, Groups, Groups]]:
        raise NotImplementedError

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Groups, Groups]]:
        """Yield training and test rows.

        Parameters
        ----------
        X : array-like or DataFrame with n rows
            Genes, in the order of the published table.
        y, groups : None
            Ignored.

        Yields
        ------
        train, test : ndarray of int
            0-based rows, in the order of the published files.
        """
        if self.validation not in ("leave_out", "train"):
            raise ValueError(f"validation must be 'leave_out' or 'train', got {self.validation!r}")
        for train, valid, test in self.split_with_validation(X, y):
            yield (np.concatenate([train, valid]) if self.validation == "train" else train), test

    def split_with_validation(
        self, X: Any, y: Any = None
    ) -> Iterator[tuple[Groups, Groups, Groups]]:
        """Yield training, validation and test rows, whatever `validation` is.

        Parameters
        ----------
        X : array-like or DataFrame with n rows
            Genes, in the order of the published table.
        y : array-like of shape (n,) or None, default=None
            Expression, with as many rows as X.

        Yields
        ------
        train, valid, test : ndarray of int
            0-based rows, in the order of the published files.
        """
        check_consistent_length(X, y)
        yield from self._triples(_num_samples(X))


class PublishedSplit(_PublishedSplitter):
    """The split of Agarwal & Shendure (2020): one training, one validation, one test set.

    Rows are shuffled with seed 1. The last 1,000 are for testing, and the 1,000 before
    them for validation.

    Parameters
    ----------
    n_test, n_valid : int, default=1000
        Number of rows for testing and for validation.
    validation : {"leave_out", "train"}, default="leave_out"
        What `split` does with the validation rows, since scikit-learn knows only two
        sides. "leave_out" leaves them out and trains on the published training rows.
        "train" adds them to the training rows, for models that need no validation rows or
        choose their own.
    random_state : int, default=1
        Seed of the shuffle.

    See Also
    --------
    PublishedKFold : The ten folds of the original.

    Notes
    -----
    The split equals the published one only for the rows of the published tables, in their
    order and without histone genes: 18,377 human and 21,856 mouse genes.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.model_selection.published import PublishedSplit
    >>> cv = PublishedSplit()
    >>> X = np.zeros((18_377, 1))
    >>> [(len(train), len(test)) for train, test in cv.split(X)]
    [(16377, 1000)]

    With validation rows, for early stopping:

    >>> (train, valid, test), = cv.split_with_validation(X)
    >>> len(train), len(valid), len(test)
    (16377, 1000, 1000)
    """

    def __init__(
        self,
        n_test: int = 1000,
        n_valid: int = 1000,
        *,
        validation: str = "leave_out",
        random_state: int = 1,
    ) -> None:
        self.n_test = n_test
        self.n_valid = n_valid
        self.validation = validation
        self.random_state = random_state

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return 1.

        Parameters
        ----------
        X, y, groups : None
            Ignored.

        Returns
        -------
        int
        """
        return 1

    def _triples(self, n: int) -> list[tuple[Groups, Groups, Groups]]:
        return [published_split(n, self.random_state, self.n_test, self.n_valid)]


class PublishedKFold(_PublishedSplitter):
    """The ten folds of Agarwal & Shendure (2020).

    Rows are shuffled with seed 1 and cut into blocks, and each block is the test set of
    one fold. The first 1,000 of the other rows are for validation.

    Parameters
    ----------
    n_splits : int, default=10
        Number of folds.
    n_valid : int, default=1000
        Number of rows for validation in each fold.
    validation : {"leave_out", "train"}, default="leave_out"
        As in `PublishedSplit`.
    random_state : int, default=1
        Seed of the shuffle.

    See Also
    --------
    PublishedSplit : The single split of the original.

    Notes
    -----
    As in the original, all folds but the first validate on the same genes.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.model_selection.published import PublishedKFold
    >>> cv = PublishedKFold(n_splits=3, n_valid=1)
    >>> [(len(train), len(test)) for train, test in cv.split(np.zeros((8, 1)))]
    [(4, 3), (4, 3), (5, 2)]
    """

    def __init__(
        self,
        n_splits: int = 10,
        n_valid: int = 1000,
        *,
        validation: str = "leave_out",
        random_state: int = 1,
    ) -> None:
        self.n_splits = n_splits
        self.n_valid = n_valid
        self.validation = validation
        self.random_state = random_state

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : None
            Ignored.

        Returns
        -------
        int
        """
        return self.n_splits

    def _triples(self, n: int) -> list[tuple[Groups, Groups, Groups]]:
        return published_folds(n, self.n_splits, self.random_state, self.n_valid)
