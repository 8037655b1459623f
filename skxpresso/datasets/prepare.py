"""From a table of genes to HDF5 files for training, validation and testing."""

from __future__ import annotations

import contextlib
import json
import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, Unpack

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.files import replacing
from skxpresso._utils.outputs import claimed
from skxpresso._utils.table import quote
from skxpresso.datasets.hdf5 import write_arrays
from skxpresso.datasets.table import ColumnNames, read_genes
from skxpresso.halflife import HALF_LIFE_COLUMNS, LOG_COLUMNS, HalfLifeTransformer
from skxpresso.model_selection.published import published_folds, published_split
from skxpresso.sequence.encoder import encode
from skxpresso.sequence.onehot import OneHotMatrix

__all__ = ["prepare_dataset", "published_folds", "published_split"]


def prepare_dataset(
    table: str | os.PathLike[str],
    out_dir: str | os.PathLike[str],
    *,
    published: bool = False,
    folds: int | None = None,
    n_test: int = 1000,
    n_valid: int = 1000,
    log10: bool = False,
    species: str | None = None,
    masked: str | os.PathLike[str] | Iterable[str] | None = None,
    random_state: int = 1,
    overwrite: bool = False,
    **columns: Unpack[ColumnNames],
) -> dict[str, Path]:
    r"""Write train.h5, valid.h5 and test.h5 as the published data sets are written.

    Lengths, density and, with ``log10=True``, expression become ``log10(x + 0.1)``, and
    all numbers become z-scores. Rows are shuffled and split as in `published_split` or
    `published_folds`.

    Parameters
    ----------
    table : path-like
        Table for `read_table`, with promoters of one length and expression.
    out_dir : path-like
        Folder for the files; made if missing.
    published : bool, default=False
        Use the mean and standard deviation of all genes, as the published data sets do.
        False uses those of the training genes, so nothing is learned from the test genes.
    folds : int or None, default=None
        Number of cross-validation folds to write, as 1train.h5, 1valid.h5, 1test.h5,
        2train.h5, ...; the published data sets have 10. None writes a single split.
    n_test, n_valid : int, default=1000
        Number of genes for testing (in a single split; each fold tests its share) and for
        validation. With 0, no file is written.
    log10 : bool, default=False
        Take log10(x + 0.1) of expression, as the published data sets do. Use False if it
        is already a logarithm, or should not become one.
    species, masked
        Genes to leave out, as in `read_table`. The published data sets leave out histone
        genes.
    random_state : int, default=1
        Seed of the shuffle; 1 in the published data sets.
    overwrite : bool, default=False
        Replace existing files.
    **columns : dict
        Names of columns of the table, as in `read_table`: `promoter_column`,
        `expression_column`, `id_column`, `halflife_columns`.

    Returns
    -------
    dict
        The files by name without ending: `train`, `valid`, `test`, or `1train`, ... The
        file `scaling.json` (`1scaling.json`, ...) beside them records the logarithms, means
        and standard deviations that are needed to convert predictions back.

    Raises
    ------
    FileExistsError
        If one of the files exists; the message says which, and which are missing.
    OSError
        If a file cannot be read or written.
    ValueError
        If the table is invalid or has no promoters or expression (with ``published=True``,
        if any column is missing), a promoter cannot be encoded, a number has no logarithm,
        or there are too few genes to split.

    Warns
    -----
    UserWarning
        If ``published=True`` and no genes are left out.

    Notes
    -----
    A random split can put neighbouring genes, whose promoters overlap, on both sides;
    `skxpresso.model_selection.groups` keeps them together.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso.datasets import make_promoters, prepare_dataset, read_hdf5
    >>> folder = Path(tempfile.mkdtemp())
    >>> data = make_promoters(50, length=30, random_state=0)
    >>> genes = data.data.assign(EXPRESSION=data.target)
    >>> genes.to_csv(folder / "genes.tsv", sep="\t", index_label="ID")
    >>> files = prepare_dataset(folder / "genes.tsv", folder / "out", n_test=10, n_valid=10)
    >>> {name: len(read_hdf5(path).y) for name, path in files.items()}
    {'train': 30, 'valid': 10, 'test': 10}
    """
    genes = _read_genes(table, published, log10, species, masked, columns)
    n = len(genes.y)
    if folds is None:
        splits = {"": published_split(n, random_state, n_test, n_valid)}
    else:
        parts = published_folds(n, folds, random_state, n_valid)
        splits = {str(i): part for i, part in enumerate(parts, start=1)}
    out_dir = Path(out_dir)
    plan = {
        prefix: {f"{prefix}{name}": rows for name, rows in _named(parts) if len(rows)}
        for prefix, parts in splits.items()
    }
    files = {name: out_dir / f"{name}.h5" for named in plan.values() for name in named}
    scalings = {prefix: out_dir / f"{prefix}scaling.json" for prefix in plan}
    if not overwrite:
        _check_none_there([*files.values(), *scalings.values()])
    inputs = [table, *([masked] if isinstance(masked, (str, os.PathLike)) else [])]
    # all files appear together, since those of two runs may share genes
    with claimed([*files.values(), *scalings.values()], inputs), contextlib.ExitStack() as stack:
        for prefix, named in plan.items():
            learned_from = np.arange(n) if published else named[f"{prefix}train"]
            scaled, scaling = _scale(genes, learned_from, log10)
            for name, rows in named.items():
                write_arrays(
                    stack.enter_context(replacing(files[name])),
                    genes.promoters[rows],
                    scaled.X.to_numpy()[rows],
                    scaled.X.columns.tolist(),
                    scaled.y[rows],
                    scaled.X.index[rows].tolist(),
                )
            path = stack.enter_context(replacing(scalings[prefix]))
            path.write_text(json.dumps(scaling, indent=2) + "\n")
    return files


def _check_none_there(files: list[Path]) -> None:
    there = [path.name for path in files if path.exists()]
    missing = [path.name for path in files if not path.exists()]
    if there:
        rest = f", but not {quote(missing)}, as if another run had been stopped" if missing else ""
        raise FileExistsError(
            f"{files[0].parent} already has {quote(there)}{rest}; overwrite=True "
            "writes all of them again"
        )


class _Genes(NamedTuple):
    """Encoded promoters, half-life columns with the gene names, and expression."""

    promoters: OneHotMatrix
    X: pd.DataFrame
    y: npt.NDArray[np.float64]


def _named(parts: tuple[Any, ...]) -> list[tuple[str, Any]]:
    return list(zip(("train", "valid", "test"), parts, strict=True))


def _read_genes(
    table: str | os.PathLike[str],
    published: bool,
    log10: bool,
    species: str | None,
    masked: str | os.PathLike[str] | Iterable[str] | None,
    columns: ColumnNames,
) -> _Genes:
    if published and species is None and masked is None:
        warnings.warn(
            "published=True without species= or masked= keeps histone genes, which the "
            "published data sets leave out",
            UserWarning,
            stacklevel=3,
        )
    needed = ["promoter", *(HALF_LIFE_COLUMNS if published else ())]
    X, y, _ = read_genes(
        table, species=species, masked=masked, log10=log10, needed=needed, columns=columns
    )
    X.index = X.index.astype(str)
    features = X.drop(columns="promoter")
    try:
        promoters = encode(X[["promoter"]], covariates=[])
        HalfLifeTransformer().fit(features)
    except ValueError as error:
        raise ValueError(f"{table}: {error}") from error
    return _Genes(promoters, features, y.to_numpy())


def _scale(genes: _Genes, rows: npt.NDArray[np.intp], log10: bool) -> tuple[_Genes, dict[str, Any]]:
    """Turn numbers into z-scores with the means and standard deviations of the given rows."""
    transformer = HalfLifeTransformer().fit(genes.X.iloc[rows])
    mean, spread = float(genes.y[rows].mean()), float(genes.y[rows].std())
    spread = spread if spread > 0 else 1.0
    scaling = {
        name: {"log10": name in LOG_COLUMNS, "mean": float(m), "scale": float(s)}
        for name, m, s in zip(
            transformer.columns_, transformer.mean_, transformer.scale_, strict=True
        )
    }
    scaling["expression"] = {"log10": log10, "mean": mean, "scale": spread}
    scaled = transformer.set_output(transform="default").transform(genes.X)
    return genes._replace(X=scaled, y=(genes.y - mean) / spread), scaling
