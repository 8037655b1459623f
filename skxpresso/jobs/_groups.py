"""Genes that a split has to keep on one side: those that share sequence, or a chromosome."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.table import require_columns
from skxpresso.model_selection.groups import (
    chromosome_groups,
    overlap_groups,
    shared_sequence_groups,
)

__all__ = ["PLACES", "check_folds", "group_genes", "split_groups"]

#: Columns of a table that say where a promoter lies.
PLACES = ("chrom", "start", "end")


def group_genes(
    X: pd.DataFrame,
    places: pd.DataFrame,
    min_shared: int | None = None,
    by_chromosome: bool = False,
    random_folds: bool = False,
) -> npt.NDArray[np.intp] | None:
    """Group genes whose promoters share sequence, by location or by sequence, or chromosomes.

    Parameters
    ----------
    X : DataFrame
        Genes, with a column `promoter` if `min_shared` is given.
    places : DataFrame
        The `chrom`, `start` and `end` of each promoter, 0-based and half-open. Columns may
        be missing.
    min_shared : int or None, default=None
        Group promoters that share an exact segment of this many nt, instead of those that
        overlap.
    by_chromosome : bool, default=False
        Group genes of one chromosome.
    random_folds : bool, default=False
        Group none.

    Returns
    -------
    ndarray of int or None
        Group of each gene; None if there are no coordinates.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso.jobs._groups import group_genes
    >>> X = pd.DataFrame({"promoter": ["ACGTA", "CGTAG", "TTTTT"]})
    >>> group_genes(X, pd.DataFrame()) is None
    True
    >>> group_genes(X, pd.DataFrame(), min_shared=4)
    array([0, 0, 1])
    """
    asked = {"min_shared": min_shared, "by_chromosome": by_chromosome}
    if (random_folds and by_chromosome) or all(asked.values()):
        other = "random_folds=True" if random_folds else f"min_shared={min_shared}"
        raise ValueError(
            f"by_chromosome=True keeps each chromosome on one side, and {other} asks for "
            "another way to split; give one of them"
        )
    if random_folds:
        return None
    if by_chromosome:
        if "chrom" not in places:
            raise ValueError("by_chromosome=True needs the column(s) 'chrom', not in the table")
        return chromosome_groups(places)
    if min_shared is not None:
        require_columns(X, ["promoter"], f"min_shared={min_shared}")
        return shared_sequence_groups(X["promoter"], min_shared)
    return overlap_groups(places) if set(PLACES) <= set(places.columns) else None


def check_folds(groups: npt.NDArray[np.intp] | None, cv: int) -> None:
    """Raise if there are fewer groups than folds.

    Examples
    --------
    >>> from skxpresso.jobs._groups import check_folds
    >>> check_folds([0, 0, 0], 2)
    Traceback (most recent call last):
        ...
    ValueError: genes that stay together form 1 group(s), too few for cv=2 folds; ...
    """
    if groups is not None and (n := len(np.unique(groups))) < cv:
        raise ValueError(
            f"genes that stay together form {n} group(s), too few for cv={cv} folds; a larger "
            "min_shared makes smaller groups (repeats of a genome join all promoters of 10 kb at "
            "30 nt), and random_folds=True does without"
        )


def split_groups(
    groups: npt.ArrayLike, sizes: tuple[int, ...], random_state: int = 0
) -> list[npt.NDArray[np.intp]]:
    """Draw whole groups until each part has as many rows as it should; the rest comes first.

    Parameters
    ----------
    groups : array-like of shape (n,)
        Group of each row.
    sizes : tuple of int
        Rows that each part should have; the last group of a part may exceed it. Groups
        larger than the smallest part are never drawn.
    random_state : int, default=0
        Seed of the draw.

    Returns
    -------
    list of ndarray of int
        Rows of the rest, and of each part.

    Raises
    ------
    ValueError
        If the groups are too large to fill the parts.

    Examples
    --------
    >>> from skxpresso.jobs._groups import split_groups
    >>> rest, test = split_groups([0, 0, 1, 2, 2, 3, 4, 5], (2,))
    >>> len(rest), len(test)  # one more than 2, since groups stay whole
    (5, 3)
    """
    codes, names = pd.factorize(np.asarray(groups))
    size_of = np.bincount(codes, minlength=len(names))
    order = np.random.RandomState(random_state).permutation(len(names))
    order = order[size_of[order] <= min(sizes)]
    before = np.concatenate([[0], np.cumsum(size_of[order])])[:-1]
    part_of = np.zeros(len(names), dtype=np.intp)
    start = 0
    for part, size in enumerate(sizes, start=1):
        drawn = (before >= start) & (before < start + size)
        part_of[order[drawn]] = part
        start = int(before[drawn][-1] + size_of[order[drawn][-1]]) if drawn.any() else start
        if size_of[part_of == part].sum() < min(size, 2):
            raise ValueError(
                f"genes that stay together form groups of up to {size_of.max()} of "
                f"{len(codes)} genes, too large to keep {size} of them apart; random_folds=True "
                "splits them, and then a score flatters"
            )
    shuffled = np.random.RandomState(random_state).permutation(len(codes))
    return [shuffled[part_of[codes[shuffled]] == part] for part in range(len(sizes) + 1)]
