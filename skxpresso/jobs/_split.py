"""Genes to train on, to stop early by and to test: read as they are split, or split here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso.datasets.hdf5 import read_hdf5_splits
from skxpresso.datasets.table import read_genes
from skxpresso.model_selection.published import published_split
from skxpresso.sequence.onehot import OneHotMatrix

__all__ = ["GeneSet", "Split", "read_split", "split_genes"]

SPLITS = ("random", "published")


class GeneSet(NamedTuple):
    """What is predicted from, measured expression, and names."""

    X: Any
    y: npt.NDArray[np.float64]
    names: npt.NDArray[Any]


class Split(NamedTuple):
    """Genes to train on, to stop early by, and to test."""

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
    **options: Any,
) -> Split:
    """Read genes that are split, or read a table and split it.

    Parameters
    ----------
    path : path-like
        A table as of `datasets.read_table`; or a folder with train.h5, valid.h5 and
        test.h5 of the published layout.
    fold : str or None, default=None
        What stands in front of the names of the files of a folder.
    species : {"human", "mouse"} or None, default=None
        Whose histone genes to leave out of a table.
    halflife : bool, default=True
        False leaves half-life columns out.
    log10 : bool, default=False
        Take log10(x + 0.1) of a table's expression.
    **options : dict
        Of `split_genes`, for a table.

    Returns
    -------
    Split
        Of DataFrames, or of `OneHotMatrix` from a folder. The half-life features of a
        folder are z-scores already, so that their names end in "_ZSCORE".

    Raises
    ------
    OSError, ValueError
        As `datasets.table.read_genes` and `datasets.read_hdf5_splits`; and where one of
        the three files is missing, or an option is for a folder and not for a table.
    """
    path = Path(path)
    if path.is_dir():
        for name, value in {"log10": log10, "species": species}.items():
            if value:
                raise ValueError(f"{name}={value!r} is for a table, but {path} is a folder")
        return _read_folder(path, halflife, fold)
    if fold is not None:
        raise ValueError(f"fold={fold!r} is for a folder, but {path} is not one")
    X, y = read_genes(path, species=species, halflife=halflife, log10=log10)
    return split_genes(X, y, **options)


def _read_folder(folder: Path, halflife: bool, fold: str | None) -> Split:
    files = read_hdf5_splits(folder, fold=fold)
    missing = [f"{fold or ''}{name}.h5" for name in Split._fields if name not in files]
    if missing:
        raise ValueError(
            f"{folder} must contain train.h5, valid.h5 and test.h5, but {missing[0]} is missing"
        )
    parts = (files[name] for name in Split._fields)
    return Split(
        *(GeneSet(_as_scaled(X, halflife), np.asarray(y), np.array(names)) for X, y, names in parts)
    )


def _as_scaled(X: Any, halflife: bool) -> OneHotMatrix:
    """Name half-life features for what they are, so that no table's columns pass for them."""
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
    random_state: int = 0,
) -> Split:
    """Split a table.

    Parameters
    ----------
    X : DataFrame
        Genes, named by the index.
    y : array-like of shape (n,)
        Expression.
    split : {"random", "published"}, default="random"
        "published": as the published data sets are, shuffled with seed 1, 1,000 genes to
        validate and 1,000 to test. The other parameters do not count then.
    valid_fraction, test_fraction : float, default=0.1
        Of all genes.
    random_state : int, default=0
        Of the shuffle.

    Returns
    -------
    Split

    Raises
    ------
    ValueError
        If there is no such split, or there are too few genes.

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
        parts = published_split(n, random_state, n_test, n_valid)
    values, names = np.asarray(y, dtype=np.float64), X.index.to_numpy()
    return Split(*(GeneSet(X.iloc[rows], values[rows], names[rows]) for rows in parts))
