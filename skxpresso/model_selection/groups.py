"""Splits for genes whose promoters share sequence, and the splits of the original work."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.table import (
    is_missing,
    numeric_columns,
    quote,
    require_columns,
    row_labels,
    shorten,
)
from skxpresso.model_selection._segments import segment_ids, sharing_components
from skxpresso.sequence.encoder import encode, reverse_complement

__all__ = ["chromosome_groups", "overlap_groups", "shared_sequence_groups"]

Groups = npt.NDArray[np.intp]
_FEW_ROWS = 10  # with so few rows, one large group is not unusual


def overlap_groups(intervals: pd.DataFrame, *, min_overlap: int = 1) -> Groups:
    """Group promoters that overlap in the genome, directly or through others.

    Parameters
    ----------
    intervals : DataFrame with columns `chrom`, `start`, `end`
        The interval that each promoter covers, 0-based and half-open: ``[0, 5)`` and ``[5,
        9)`` touch but do not overlap. Strand does not matter. Other columns are ignored.
    min_overlap : int, default=1
        Number of positions, in nt, that two promoters must have in common to count as
        overlapping.

    Returns
    -------
    ndarray of shape (n,), int
        A group number per row, the same for all rows of a group. Groups are numbered from
        0 in the order of their first rows. Use it as the `groups` of
        `sklearn.model_selection.GroupKFold`.

    Raises
    ------
    TypeError
        If `intervals` is not a DataFrame.
    ValueError
        If a column is missing, or an interval has no chromosome, has ends that are not
        whole numbers, or is empty. The message names the row.

    See Also
    --------
    shared_sequence_groups : For promoters without coordinates.
    leakage_report : Reports what a split leaks.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso.model_selection.groups import overlap_groups
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
    # what overlaps by m positions still overlaps by one if all ends are moved in by m - 1
    end = end - (min_overlap - 1)
    too_short = end <= start
    chrom[too_short] = chrom.max() + 1 + np.arange(too_short.sum())  # overlaps nothing
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

    Use it for sequences without coordinates: tiled fragments, homologous promoters, data
    sets that contain a construct more than once.

    Parameters
    ----------
    X : OneHotMatrix, DataFrame with column `promoter`, or 1-D sequence of str, bytes, Seq
        Promoters, one per row. First cut off what all constructs have in common, such as
        adapters and constant flanks; otherwise all rows become one group. See the examples.
    min_shared : int, default=30
        Length of a shared segment, in nt. It must not exceed what neighbouring tiles share.
    both_strands : bool, default=True
        Whether a segment and its reverse complement count as the same.

    Returns
    -------
    ndarray of shape (n,), int
        As from `overlap_groups`.

    Raises
    ------
    TypeError, ValueError
        As for `OneHotPromoterEncoder`, and if no sequence is as long as `min_shared`.

    Warns
    -----
    UserWarning
        If one group holds more than half of the rows, and there are more than ten.

    Notes
    -----
    Segments with an unknown base do not count as shared.

    Two random sequences have a segment of k nt in common by chance, and the expected
    number of such pairs among N positions is about ``N**2 / 2 / 4**k``: with the 18,000
    promoters of 10.5 kb of a genome it is below 1 from 28 nt on. The default leaves room
    for sequence that is not random, above all runs of A. Repeats of a genome, such as Alu
    elements, are longer and join many long promoters; use `overlap_groups` there.

    The segments of all rows are sorted, which takes about 50 bytes per position and strand.

    Examples
    --------
    >>> from skxpresso.model_selection.groups import shared_sequence_groups
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
    codes = encode(X, covariates=[], short="pad").codes
    n, width = codes.shape
    if width < min_shared:
        raise ValueError(
            f"min_shared={min_shared} nt is more than the longest sequence, {width} nt"
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
        The chromosome of each promoter. Names are compared exactly: "chr1" and "1" are two
        chromosomes.

    Returns
    -------
    ndarray of shape (n,), int
        As from `overlap_groups`.

    Raises
    ------
    TypeError
        If `intervals` is not a DataFrame.
    ValueError
        If there is no such column, or a row has no chromosome.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso.model_selection.groups import chromosome_groups
    >>> chromosome_groups(pd.DataFrame({"chrom": ["chr7", "chrX", "chr7"]}))
    array([0, 1, 0])
    """
    return _read_chromosomes(intervals, ["chrom"], "chromosome_groups")


def _number(labels: npt.ArrayLike) -> Groups:
    """Replace labels by numbers, from 0 in the order of their first rows."""
    return pd.factorize(np.asarray(labels))[0]


def _check_at_least_one(name: str, value: Any) -> None:
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be an int of at least 1, got {value!r}")


def _read_chromosomes(intervals: Any, needed: list[str], who: str) -> Groups:
    """Check the columns, and return the number of each row's chromosome."""
    if not isinstance(intervals, pd.DataFrame):
        raise TypeError(f"intervals must be a DataFrame, got {type(intervals).__name__}")
    require_columns(intervals, needed, who, "intervals")
    if intervals.empty:
        raise ValueError("intervals is empty, but at least one row is required")
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
            f"got {values[row, column]} in row {shorten(labels[row])}"
        )
    start, end = values.astype(np.intp).T
    if (end <= start).any():
        row = int(np.argmax(end <= start))
        raise ValueError(
            f"row {shorten(labels[row])}: an interval is 0-based and half-open, so end must be "
            f"more than start, got [{start[row]}, {end[row]})"
        )
    return chrom, start, end


def _warn_of_one_large_group(groups: Groups, min_shared: int) -> None:
    largest = int(np.bincount(groups).max())
    if len(groups) > _FEW_ROWS and 2 * largest > len(groups):
        warnings.warn(
            f"{largest} of {len(groups)} promoters are one group by segments of {min_shared} nt; "
            "cut off constant parts such as adapters, or set min_shared higher",
            UserWarning,
            stacklevel=3,
        )
