"""Genes for training, early stopping and testing: read already split, or split here."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.naming import shown
from skxpresso.datasets.cell_types import CellTypes
from skxpresso.datasets.hdf5 import read_hdf5_splits
from skxpresso.datasets.table import ColumnNames, read_genes
from skxpresso.jobs._groups import PLACES, group_genes, split_groups
from skxpresso.model_selection.published import published_split
from skxpresso.sequence.onehot import OneHotMatrix

__all__ = ["GeneSet", "Split", "read_split", "split_genes"]

SPLITS = ("random", "published")

_log = logging.getLogger(__name__)


class GeneSet(NamedTuple):
    """What the model predicts from, measured expression, and names."""

    X: Any
    y: Any
    names: npt.NDArray[Any]


class Split(NamedTuple):
    """Genes for training, early stopping and testing."""

    train: GeneSet
    valid: GeneSet
    test: GeneSet


def read_split(
    path: str | Path,
    *,
    fold: str | None = None,
    species: str | None = None,
    halflife: bool = True,
    log10: bool = False,
    columns: ColumnNames | None = None,
    cell_types: CellTypes | None = None,
    min_shared: int | None = None,
    by_chromosome: bool = False,
    random_folds: bool = False,
    **options: Any,
) -> Split:
    """Read genes that are already split, or read a table and split it.

    Parameters
    ----------
    path : path-like
        A table for `datasets.read_table`, or a folder with train.h5, valid.h5 and test.h5
        in the published layout.
    fold : str or None, default=None
        Prefix of the file names in a folder.
    species : {"human", "mouse"} or None, default=None
        Species whose histone genes are left out of a table.
    halflife : bool, default=True
        False leaves half-life columns out.
    log10 : bool, default=False
        Take log10(x + 0.1) of a table's expression.
    columns : dict or None, default=None
        Names of columns of a table: parameters of `datasets.read_table`.
    cell_types : "all", sequence of str or None, default=None
        Columns of a table that hold expression in several cell types.
    min_shared : int or None, default=None
        Keep promoters that share an exact segment of this many nt in one part, instead of
        those that overlap.
    by_chromosome : bool, default=False
        Keep the genes of each chromosome on one side, in place of those that overlap; the table
        has a column `chrom`.
    random_folds : bool, default=False
        Split at random even if promoters share sequence.
    **options : dict
        Passed to `split_genes`, for a table.

    Returns
    -------
    Split
        The split, as DataFrames, or as `OneHotMatrix` from a folder. The half-life
        features of a folder are already z-scores, so their names end in "_ZSCORE".

    Raises
    ------
    OSError, ValueError
        As for `datasets.table.read_genes` and `datasets.read_hdf5_splits`, and if one of
        the three files is missing, or an option is for a folder and not for a table.
    """
    path = Path(path)
    if path.is_dir():
        tables = {
            "log10": log10,
            "species": species,
            "min_shared": min_shared,
            "by_chromosome": by_chromosome,
            "cell_types": cell_types,
        }
        for name, value in (tables | {**(columns or {})}).items():
            if value:
                raise ValueError(f"{name}={value!r} is for a table, but {shown(path)} is a folder")
        return _read_folder(path, halflife, fold)
    if fold is not None:
        raise ValueError(f"fold={fold!r} is for a folder, but {shown(path)} is not one")
    X, y, places = read_genes(
        path,
        species=species,
        halflife=halflife,
        log10=log10,
        columns=columns,
        others=PLACES,
        cell_types=cell_types,
    )
    groups = group_genes(X, places, min_shared, by_chromosome, random_folds)
    return split_genes(X, y, groups=groups, **options)


def _read_folder(folder: Path, halflife: bool, fold: str | None) -> Split:
    files = read_hdf5_splits(folder, fold=fold)
    missing = [f"{fold or ''}{name}.h5" for name in Split._fields if name not in files]
    if missing:
        raise ValueError(
            f"{shown(folder)} must contain train.h5, valid.h5 and test.h5, but "
            f"{missing[0]} is missing"
        )
    parts = (files[name] for name in Split._fields)
    return Split(
        *(GeneSet(_as_scaled(X, halflife), np.asarray(y), np.array(names)) for X, y, names in parts)
    )


def _as_scaled(X: Any, halflife: bool) -> OneHotMatrix:
    """Mark half-life features as z-scores in their names, so that unscaled columns do not match."""
    if not halflife:
        return X.with_covariates(X.covariates[:, :0], ())
    if X.covariate_names is None:
        return X
    return X.with_covariates(X.covariates, [f"{name}_ZSCORE" for name in X.covariate_names])


def split_genes(
    X: pd.DataFrame,
    y: npt.ArrayLike,
    *,
    split: str = "random",
    valid_fraction: float = 0.1,
    test_fraction: float = 0.1,
    groups: npt.ArrayLike | None = None,
    random_state: int = 0,
) -> Split:
    """Split the genes of a table.

    Parameters
    ----------
    X : DataFrame
        Genes, named by the index.
    y : array-like of shape (n,), or DataFrame
        Expression; a column for each of several cell types.
    split : {"random", "published"}, default="random"
        How to split. "published" splits as in the published data sets: shuffled with seed
        1, with 1,000 genes for validation and 1,000 for testing. The other parameters are
        then ignored.
    valid_fraction, test_fraction : float, default=0.1
        Fractions of all genes for validation and for testing.
    groups : array-like of shape (n,) or None, default=None
        Genes that a random split keeps in one part.
    random_state : int, default=0
        Seed of the shuffle.

    Returns
    -------
    Split

    Raises
    ------
    ValueError
        If `split` is unknown, or there are too few genes.

    Examples
    --------
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.jobs._split import split_genes
    >>> data = make_promoters(50, length=30, random_state=0)
    >>> parts = split_genes(data.data, data.target, test_fraction=0.2)
    >>> [len(part.y) for part in parts]
    [35, 5, 10]
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}")
    n = len(X)
    if split == "published":
        parts = published_split(n)
    else:
        n_valid, n_test = max(2, round(valid_fraction * n)), max(2, round(test_fraction * n))
        if groups is None:
            parts = published_split(n, random_state, n_test, n_valid)
        else:
            train, test, valid = split_groups(groups, (n_test, n_valid), random_state)
            parts = (train, valid, test)
            _log.info("genes of one group are in one part: %s", _count(groups))
    names = X.index.to_numpy()
    values: Any = y if isinstance(y, pd.DataFrame) else np.asarray(y, dtype=np.float64)
    places = values.iloc if isinstance(values, pd.DataFrame) else values
    return Split(*(GeneSet(X.iloc[rows], places[rows], names[rows]) for rows in parts))


def _count(groups: npt.ArrayLike) -> str:
    _, sizes = np.unique(np.asarray(groups), return_counts=True)
    return f"{len(sizes):,} groups of up to {sizes.max():,} genes"
