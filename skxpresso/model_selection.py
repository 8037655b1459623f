"""Splits for genes whose promoters share sequence, and the splits of the original work."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils.validation import _num_samples, check_consistent_length

from skxpresso._published_split import published_folds, published_split
from skxpresso._segments import segment_ids, sharing_components
from skxpresso._table import is_missing, numeric_columns, quote, require_columns, row_labels
from skxpresso.encoding import OneHotPromoterEncoder, reverse_complement

__all__ = [
    "LeakageReport",
    "PublishedKFold",
    "PublishedSplit",
    "chromosome_groups",
    "leakage_report",
    "overlap_groups",
    "shared_sequence_groups",
]

Groups = npt.NDArray[np.intp]
_FEW_ROWS = 10  # among these one large group is nothing unusual


def overlap_groups(intervals: pd.DataFrame, *, min_overlap: int = 1) -> Groups:
    """Group promoters that overlap in the genome, directly or through others.

    Parameters
    ----------
    intervals : DataFrame with columns `chrom`, `start`, `end`
        What a promoter covers, 0-based and half-open: ``[0, 5)`` and ``[5, 9)`` touch
        and do not overlap. Strand does not matter. Other columns are not looked at.
    min_overlap : int, default=1
        Positions that two promoters have in common to count as overlapping, in nt.

    Returns
    -------
    ndarray of shape (n,), int
        A number per row, the same for all rows of a group; numbered from 0 in the
        order of first rows. What `sklearn.model_selection.GroupKFold` takes as `groups`.

    Raises
    ------
    TypeError
        If `intervals` is no DataFrame.
    ValueError
        If a column is missing, or an interval has no chromosome, no whole numbers, or
        no length. The message names the row.

    See Also
    --------
    shared_sequence_groups : Where no coordinates are known.
    leakage_report : What a split leaks.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso.model_selection import overlap_groups
    >>> genes = pd.DataFrame(
    ...     [("chr1", 0, 5), ("chr1", 5, 9), ("chr2", 0, 5), ("chr1", 3, 6)],
    ...     columns=["chrom", "start", "end"],
    ... )
    >>> overlap_groups(genes)
    array([0, 0, 1, 0])
    >>> overlap_groups(genes, min_overlap=2)
    array([0, 1, 2, 0])
    """
    _check_at_least_one("min_overlap", min_overlap)
    chrom, start, end = _read_intervals(intervals)
    # what overlaps by m positions still overlaps by one when all ends are m - 1 nearer
    end = end - (min_overlap - 1)
    too_short = end <= start
    chrom[too_short] = chrom.max() + 1 + np.arange(too_short.sum())  # overlaps nobody
    order = np.lexsort((start, chrom))
    chrom, start, end = chrom[order], start[order], end[order]
    reach = pd.Series(end).groupby(chrom).cummax().to_numpy()
    first = np.ones(len(chrom), dtype=bool)
    first[1:] = (chrom[1:] != chrom[:-1]) | (start[1:] >= reach[:-1])
    labels = np.empty(len(chrom), dtype=np.intp)
    labels[order] = np.cumsum(first)
    return _number(labels)


def shared_sequence_groups(X: Any, min_shared: int = 30, *, both_strands: bool = True) -> Groups:
    """Group promoters that share an exact segment, directly or through others.

    For sequences without coordinates: tiled fragments, homologous promoters, data sets
    that hold a construct more than once.

    Parameters
    ----------
    X : OneHotMatrix, DataFrame with column `promoter`, or 1-D sequence of str, bytes, Seq
        Promoters, one per row. Cut off what all constructs have in common, as adapters
        and constant flanks, or they are one group: see the examples.
    min_shared : int, default=30
        Length of a shared segment, in nt; no more than neighbouring tiles share.
    both_strands : bool, default=True
        Whether a segment may be the reverse complement of the other.

    Returns
    -------
    ndarray of shape (n,), int
        As from `overlap_groups`.

    Raises
    ------
    TypeError, ValueError
        As `OneHotPromoterEncoder`, and if no sequence is as long as `min_shared`.

    Warns
    -----
    UserWarning
        If one group holds more than half of the rows, and there are more than ten.

    Notes
    -----
    Segments with an unknown base are shared with nobody.

    Two random sequences have a segment of k nt in common by chance, and the expected
    number of such pairs among N positions is about ``N**2 / 2 / 4**k``: with the 18,000
    promoters of 10.5 kb of a genome it falls below 1 from 28 nt on. The default leaves
    room for what is not random, runs of A above all. Repeats of a genome, such as Alu
    elements, are longer and join many long promoters; use `overlap_groups` there.

    The segments of all rows are sorted, which takes some 50 bytes per position and strand.

    Examples
    --------
    >>> from skxpresso.model_selection import shared_sequence_groups
    >>> tiles = ["ggACGTTAgg", "ggGTTACCgg", "ggCTCTCTgg"]
    >>> shared_sequence_groups([tile[2:-2] for tile in tiles], min_shared=4)
    array([0, 0, 1])

    The same with a window of a OneHotMatrix:

    >>> from skxpresso import OneHotPromoterEncoder
    >>> encoded = OneHotPromoterEncoder().fit_transform(tiles)
    >>> shared_sequence_groups(encoded.window(2, 8), min_shared=4)
    array([0, 0, 1])
    """
    _check_at_least_one("min_shared", min_shared)
    encoder = OneHotPromoterEncoder(covariates=[], short="pad")
    codes = encoder.fit_transform(X).codes
    n, width = codes.shape
    if width < min_shared:
        raise ValueError(
            f"min_shared={min_shared} nt is more than the longest sequence has ({width} nt)"
        )
    rows = np.arange(n)
    if both_strands:
        codes = np.vstack([codes, reverse_complement(codes)])
        rows = np.tile(rows, 2)
    groups = _number(sharing_components(segment_ids(codes, min_shared), rows, n))
    _warn_of_one_large_group(groups, min_shared)
    return groups


def chromosome_groups(intervals: pd.DataFrame) -> Groups:
    """Group promoters by chromosome.

    Parameters
    ----------
    intervals : DataFrame with column `chrom`
        Names are taken as they stand: "chr1" and "1" are two chromosomes.

    Returns
    -------
    ndarray of shape (n,), int
        As from `overlap_groups`.

    Raises
    ------
    TypeError
        If `intervals` is no DataFrame.
    ValueError
        If there is no such column, or a row has no chromosome.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso.model_selection import chromosome_groups
    >>> chromosome_groups(pd.DataFrame({"chrom": ["chr7", "chrX", "chr7"]}))
    array([0, 1, 0])
    """
    return _read_chromosomes(intervals, ["chrom"], "chromosome_groups")


@dataclass(frozen=True)
class LeakageReport:
    """What a split leaks: test rows that share a group with a training row.

    Attributes
    ----------
    n_train, n_test : int
        Rows.
    rows : ndarray of int
        The test rows at fault, as they stand in `test`.
    groups : DataFrame
        The groups on both sides: `group`, `n_train`, `n_test`, most test rows first.

    Examples
    --------
    >>> from skxpresso.model_selection import leakage_report
    >>> print(leakage_report([0, 0, 1, 2], train=[0, 2], test=[1, 3]))
    1 of 2 test rows (50.0 %) share a group with a training row, in 1 group
    """

    n_train: int
    n_test: int
    rows: npt.NDArray[np.intp]
    groups: pd.DataFrame

    @property
    def n_leaked(self) -> int:
        """Number of test rows at fault."""
        return len(self.rows)

    @property
    def share(self) -> float:
        """Share of the test rows at fault, 0 to 1."""
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
        Rows of the two sides, as a cross-validator yields them.

    Returns
    -------
    LeakageReport
        Its `share` is 0 where nothing leaks.

    Raises
    ------
    ValueError
        If a row is not among the groups, or a side has no row.

    Examples
    --------
    >>> from sklearn.model_selection import KFold
    >>> from skxpresso.model_selection import leakage_report
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


class _PublishedSplitter(BaseCrossValidator):
    """Turn triples of training, validation and test rows into what scikit-learn takes."""

    validation: str

    def _triples(self, n: int) -> list[tuple[Groups, Groups, Groups]]:
        raise NotImplementedError

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Groups, Groups]]:
        """Yield rows to train and to test.

        Parameters
        ----------
        X : array-like or DataFrame with n rows
            In the order of the published table.
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
        """Yield rows to train, to validate and to test, whatever `validation` says.

        Parameters
        ----------
        X : array-like or DataFrame with n rows
            In the order of the published table.
        y : array-like of shape (n,) or None, default=None
            Must have as many rows.

        Yields
        ------
        train, valid, test : ndarray of int
            0-based rows, in the order of the published files.
        """
        check_consistent_length(X, y)
        yield from self._triples(_num_samples(X))


class PublishedSplit(_PublishedSplitter):
    """The split of Agarwal & Shendure (2020): one training, one validation, one test set.

    Rows are shuffled with seed 1; the last 1,000 test, the 1,000 before them validate.

    Parameters
    ----------
    n_test, n_valid : int, default=1000
        Rows that test and validate.
    validation : {"leave_out", "train"}, default="leave_out"
        What `split` does with the validation rows, since scikit-learn knows only two
        sides. "leave_out" trains on the published training rows; "train" adds them, for
        models that set nothing aside or set their own rows aside.
    random_state : int, default=1
        Seed of the shuffle.

    See Also
    --------
    PublishedKFold : The original's ten folds.

    Notes
    -----
    The split is the published one only for the rows of the published tables, in their
    order and without histone genes: 18,377 human and 21,856 mouse genes.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.model_selection import PublishedSplit
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

    Rows are shuffled with seed 1 and cut in blocks, each of which tests once. Of the
    other rows the first 1,000 validate.

    Parameters
    ----------
    n_splits : int, default=10
        Folds.
    n_valid : int, default=1000
        Rows that validate in each fold.
    validation : {"leave_out", "train"}, default="leave_out"
        As in `PublishedSplit`.
    random_state : int, default=1
        Seed of the shuffle.

    See Also
    --------
    PublishedSplit : The original's single split.

    Notes
    -----
    As in the original, all folds but the first validate on the same genes.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.model_selection import PublishedKFold
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


def _number(labels: npt.ArrayLike) -> Groups:
    """Give labels numbers from 0 in the order of their first rows."""
    return pd.factorize(np.asarray(labels))[0]


def _check_at_least_one(name: str, value: Any) -> None:
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be an int of at least 1, got {value!r}")


def _read_chromosomes(intervals: Any, needed: list[str], who: str) -> Groups:
    """Return the number of each row's chromosome, after a look at the columns."""
    if not isinstance(intervals, pd.DataFrame):
        raise TypeError(f"intervals must be a DataFrame, got {type(intervals).__name__}")
    require_columns(intervals, needed, who, "intervals")
    if intervals.empty:
        raise ValueError("intervals has no row")
    missing = [
        label
        for label, name in zip(row_labels(intervals), intervals["chrom"], strict=True)
        if is_missing(name)
    ]
    if missing:
        raise ValueError(f"column 'chrom' of intervals has no value in row {quote(missing)}")
    return _number(intervals["chrom"])


def _read_intervals(intervals: Any) -> tuple[Groups, Groups, Groups]:
    chrom = _read_chromosomes(intervals, ["chrom", "start", "end"], "overlap_groups")
    values = numeric_columns(intervals, ["start", "end"])
    labels = row_labels(intervals)
    with np.errstate(invalid="ignore"):  # inf - inf
        whole = values % 1 == 0
    if not whole.all():
        row, column = np.argwhere(~whole)[0]
        raise ValueError(
            f"column {('start', 'end')[column]!r} of intervals must hold whole numbers, "
            f"got {values[row, column]} in row {labels[row]!r}"
        )
    start, end = values.astype(np.intp).T
    if (end <= start).any():
        row = int(np.argmax(end <= start))
        raise ValueError(
            f"row {labels[row]!r}: an interval is 0-based and half-open, so that end must be "
            f"more than start, got [{start[row]}, {end[row]})"
        )
    return chrom, start, end


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
        raise ValueError(f"{name} must hold rows 0 to {n - 1}, as many as groups, got {outside}")
    return rows.astype(np.intp, copy=False)


def _warn_of_one_large_group(groups: Groups, min_shared: int) -> None:
    largest = int(np.bincount(groups).max())
    if len(groups) > _FEW_ROWS and 2 * largest > len(groups):
        warnings.warn(
            f"{largest} of {len(groups)} promoters are one group by segments of {min_shared} nt: "
            "cut off constant parts such as adapters, or set min_shared higher",
            UserWarning,
            stacklevel=3,
        )
