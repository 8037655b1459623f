"""Count test genes that share sequence with a training gene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso.model_selection.groups import Groups

__all__ = ["LeakageReport", "leakage_report"]


@dataclass(frozen=True)
class LeakageReport:
    """What a split leaks: test rows that share a group with a training row.

    Attributes
    ----------
    n_train, n_test : int
        Number of training and of test rows.
    rows : ndarray of int
        The leaked test rows, in the order of `test`.
    groups : DataFrame
        The groups on both sides, with columns `group`, `n_train` and `n_test`; those with
        most test rows come first.

    Examples
    --------
    >>> from skxpresso.model_selection.leakage import leakage_report
    >>> print(leakage_report([0, 0, 1, 2], train=[0, 2], test=[1, 3]))
    1 of 2 test rows (50.0 %) share a group with a training row, in 1 group
    """

    n_train: int
    n_test: int
    rows: npt.NDArray[np.intp]
    groups: pd.DataFrame

    @property
    def n_leaked(self) -> int:
        """Number of leaked test rows."""
        return len(self.rows)

    @property
    def share(self) -> float:
        """Share of the test rows that are leaked, 0 to 1."""
        return self.n_leaked / self.n_test

    def __str__(self) -> str:
        n_groups = len(self.groups)
        return (
            f"{self.n_leaked:,} of {self.n_test:,} test rows ({100 * self.share:.1f} %) share a "
            f"group with a training row, in {n_groups:,} group{'s' * (n_groups != 1)}"
        )


def leakage_report(
    groups: npt.ArrayLike, train: npt.ArrayLike, test: npt.ArrayLike
) -> LeakageReport:
    """Tell which test rows share a group with a training row.

    Parameters
    ----------
    groups : array-like of shape (n,)
        Group of each row, for instance from `overlap_groups`.
    train, test : array-like of int, or of bool of shape (n,)
        Training and test rows, as a cross-validator yields them.

    Returns
    -------
    LeakageReport
        The report; its `share` is 0 if nothing leaks.

    Raises
    ------
    ValueError
        If a row number is out of range, or a side has no rows.

    Examples
    --------
    >>> from sklearn.model_selection import KFold
    >>> from skxpresso.model_selection.leakage import leakage_report
    >>> groups = [0, 1, 0, 2, 3, 2]
    >>> for train, test in KFold(2).split(groups):
    ...     report = leakage_report(groups, train, test)
    ...     print(report.rows, report.share)
    [] 0.0
    [] 0.0
    >>> leakage_report(groups, [0, 1, 3], [2, 4, 5]).groups
       group  n_train  n_test
    0      0        1       1
    1      2        1       1
    """
    labels = np.asarray(groups)
    if labels.ndim != 1:
        raise ValueError(f"groups must have one dimension, got shape {labels.shape}")
    if pd.isna(labels).any():
        raise ValueError(f"groups has no value in row {np.argmax(pd.isna(labels))}")
    trained = _row_numbers("train", train, len(labels))
    tested = _row_numbers("test", test, len(labels))
    leaks = np.isin(labels[tested], labels[trained])
    shared = pd.Series(labels[tested[leaks]], dtype=labels.dtype).value_counts(sort=False)
    in_training = pd.Series(labels[trained]).value_counts()
    table = pd.DataFrame(
        {
            "group": shared.index,
            "n_train": in_training.reindex(shared.index).to_numpy(dtype=int),
            "n_test": shared.to_numpy(),
        }
    ).sort_values(["n_test", "group"], ascending=[False, True], ignore_index=True)
    return LeakageReport(len(trained), len(tested), tested[leaks], table)


def _row_numbers(name: str, rows: npt.ArrayLike, n: int) -> Groups:
    rows = np.asarray(rows)
    if rows.dtype == bool and rows.shape == (n,):
        rows = np.flatnonzero(rows)
    if rows.ndim != 1 or len(rows) == 0 or not np.issubdtype(rows.dtype, np.integer):
        raise ValueError(
            f"{name} must hold at least one row number, or a mask of {n} rows, "
            f"got {rows.dtype} of shape {rows.shape}"
        )
    if rows.min() < 0 or rows.max() >= n:
        outside = rows[(rows < 0) | (rows >= n)][0]
        raise ValueError(f"{name} must hold row numbers from 0 to {n - 1}, got {outside}")
    return rows.astype(np.intp, copy=False)
