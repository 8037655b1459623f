"""Read and write the HDF5 files of the published data sets."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.files import replacing
from skxpresso._utils.hdf5 import open_dataset, open_hdf5, read_attribute
from skxpresso._utils.hdf5_text import read_variable_text
from skxpresso._utils.hdf5_writing import create_hdf5
from skxpresso._utils.naming import shown
from skxpresso._utils.table import numeric_columns, quote, row_labels, shorten
from skxpresso.datasets._names import check_names
from skxpresso.halflife import HALF_LIFE_COLUMNS
from skxpresso.sequence.encoder import encode
from skxpresso.sequence.letters import decode
from skxpresso.sequence.onehot import INVALID, OneHotMatrix, onehot_to_codes

__all__ = ["Hdf5Data", "read_hdf5", "read_hdf5_splits", "write_hdf5"]

_BLOCK_BYTES = 1 << 25  # bytes of one-hot promoters in memory at a time
_NUMBERS = "biuf"


class Hdf5Data(NamedTuple):
    """Content of an HDF5 file: promoters with half-life features, expression, gene names."""

    X: OneHotMatrix | pd.DataFrame
    y: npt.NDArray[np.float64] | pd.Series
    names: list[str]


def read_hdf5(path: str | os.PathLike[str], *, as_frame: bool = False) -> Hdf5Data:
    """Read an HDF5 file of the published layout.

    The numbers are returned unchanged. In the published files they are z-scores of
    logarithms, for half-life and expression alike, so no `HalfLifeTransformer` is needed.

    Parameters
    ----------
    path : path-like
        HDF5 file with the data sets `promoter` (n, length, 4), one-hot in the order A, C,
        G, T, on the gene's strand; `data` (n, n_features), half-life features; `label`
        (n,), expression; `geneName` (n,).
    as_frame : bool, default=False
        Return promoters as text in a DataFrame, which takes somewhat more memory.

    Returns
    -------
    X : OneHotMatrix or DataFrame
        Promoters and features. A position of four zeros is N. Features have the names that
        `write_hdf5` stored with them, or, if there are eight, those of `HALF_LIFE_COLUMNS`.
        A DataFrame has the column `promoter` and those of the features; features without
        names are called x0, x1, ...
    y : ndarray of shape (n,), float64, or Series
        Expression.
    names : list of str
        Names of the genes. They are also the index of a DataFrame.

    Raises
    ------
    OSError
        If the operating system cannot open the file.
    ValueError
        If the file is not HDF5, or is damaged or truncated; if a data set is missing, a
        link to another file, incomplete, of a wrong shape or type, or claims a size that
        the file cannot hold; if a promoter is not one-hot, a number is not finite, or a
        name occurs twice. The message names the file, and the data set and gene where there
        is one.

    Notes
    -----
    Besides the result, reading takes about 0.1 GB of memory; with `as_frame`, also the
    codes of all bases (one byte each).

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skxpresso.datasets import make_promoters, read_hdf5, write_hdf5
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "train.h5"
    >>> data = make_promoters(20, length=30, random_state=0)
    >>> write_hdf5(path, data.data, data.target)
    >>> X, y, names = read_hdf5(path)
    >>> X, y.shape, names[:2]
    (OneHotMatrix(n=20, promoter_length=30, n_covariates=8), (20,), ['gene0', 'gene1'])
    """
    with open_hdf5(path) as file:
        promoter = open_dataset(file, "promoter", (None, None, 4), _NUMBERS)
        n, length, _ = promoter.shape
        if n == 0 or length == 0:
            raise ValueError(f"the data set 'promoter' is empty, its shape is {promoter.shape}")
        data = open_dataset(file, "data", (n, None), _NUMBERS)
        label = open_dataset(file, "label", (n,), _NUMBERS)
        names = _read_names(open_dataset(file, "geneName", (n,), "SO"))
        y = _read_numbers(label, "label", names)
        features = _read_numbers(data, "data", names)
        columns = _feature_names(data)
        codes = _read_codes(promoter, names)
        if not as_frame:
            matrix = OneHotMatrix(codes, features, columns, _read_tss(promoter))
            return Hdf5Data(matrix, y, names)
    index = pd.Index(names, name="gene")
    columns = columns or [f"x{j}" for j in range(features.shape[1])]
    X = pd.DataFrame(features, index=index, columns=columns)
    X.insert(0, "promoter", pd.Series(_decode(codes), index=index, dtype=str))
    return Hdf5Data(X, pd.Series(y, index=index, name="expression"), names)


def read_hdf5_splits(
    folder: str | os.PathLike[str], *, fold: int | str | None = None, as_frame: bool = False
) -> dict[str, Hdf5Data]:
    """Read train.h5, valid.h5 and test.h5 of a folder.

    Parameters
    ----------
    folder : path-like
        Folder that contains the files.
    fold : int, str or None, default=None
        Prefix of the file names, such as 1 for 1train.h5. None means no prefix.
    as_frame : bool, default=False
        As in `read_hdf5`.

    Returns
    -------
    dict
        `train`, `valid` and `test`, each as from `read_hdf5`. The last two are left out if
        there is no such file.

    Raises
    ------
    OSError, ValueError
        As for `read_hdf5`, and if a gene is in two of the files, or they differ in the
        length of promoters or the number of features.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from skxpresso.datasets import make_promoters, read_hdf5_splits, write_hdf5
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> data = make_promoters(20, length=30, random_state=0)
    >>> write_hdf5(folder / "3train.h5", data.data[:15], data.target[:15])
    >>> write_hdf5(folder / "3test.h5", data.data[15:], data.target[15:])
    >>> {name: len(split.y) for name, split in read_hdf5_splits(folder, fold=3).items()}
    {'train': 15, 'test': 5}
    """
    prefix = "" if fold is None else str(fold)
    splits: dict[str, Hdf5Data] = {}
    for name in ("train", "valid", "test"):
        path = Path(folder) / f"{prefix}{name}.h5"
        if name != "train" and not path.exists():
            continue
        splits[name] = read_hdf5(path, as_frame=as_frame)
        for earlier in list(splits)[:-1]:
            _check_same_kind(
                splits[earlier], splits[name], f"{shown(path)} and {prefix}{earlier}.h5"
            )
    return splits


def _check_same_kind(a: Hdf5Data, b: Hdf5Data, files: str) -> None:
    if shared := set(a.names) & set(b.names):
        raise ValueError(f"{files}: gene {quote(sorted(shared))} is in both")
    widths = [(X.shape[1], _promoter_length(X)) for X in (a.X, b.X)]
    if widths[0] != widths[1]:
        raise ValueError(f"{files} disagree in the length of promoters or number of features")


def _promoter_length(X: OneHotMatrix | pd.DataFrame) -> int:
    return X.promoter_length if isinstance(X, OneHotMatrix) else len(X["promoter"].iloc[0])


def write_hdf5(
    path: str | os.PathLike[str],
    X: OneHotMatrix | pd.DataFrame,
    y: npt.ArrayLike,
    names: Sequence[str] | None = None,
) -> None:
    """Write an HDF5 file that the original script can read.

    Parameters
    ----------
    path : path-like
        File to write; it appears complete or not at all, also if the disk is full.
    X : OneHotMatrix or DataFrame
        Promoters of one length, and half-life features. A DataFrame has them in the column
        `promoter` and in numeric columns. Numbers are written unchanged. Features named in
        `HALF_LIFE_COLUMNS` come first and in that order.
    y : array-like of shape (n,)
        Expression.
    names : sequence of str or None, default=None
        Names of the genes. None means the index of X or y, or else the numbers of the rows.

    Raises
    ------
    OSError
        If the file cannot be written.
    ValueError
        If lengths differ, a number is not finite, a name is empty or occurs twice, or a
        promoter cannot be encoded.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import h5py, numpy as np
    >>> from skxpresso import OneHotMatrix
    >>> from skxpresso.datasets import write_hdf5
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "test.h5"
    >>> X = OneHotMatrix(np.array([[0, 1, 4], [3, 2, 1]], dtype=np.uint8), [[0.5], [1.5]])
    >>> write_hdf5(path, X, [1.0, 2.0], names=["ENSG1", "ENSG2"])
    >>> with h5py.File(path) as file:
    ...     {name: file[name].shape for name in file}
    {'data': (2, 1), 'geneName': (2,), 'label': (2,), 'promoter': (2, 3, 4)}
    """
    matrix, features, columns = _matrix_and_features(X)
    labels = np.asarray(y, dtype=np.float64)
    written = _names_to_write(X, y, names)
    with replacing(path) as temporary:
        write_arrays(temporary, matrix, features, columns, labels, written)


def write_arrays(
    path: Path,
    promoters: OneHotMatrix,
    features: npt.NDArray[np.float64],
    columns: Sequence[str] | None,
    y: npt.NDArray[np.float64],
    names: list[str],
) -> None:
    """Write promoters, and features in full precision, which a OneHotMatrix does not keep.

    A file that could not be written is left: `path` is the temporary name of another one.
    """
    if y.shape != (len(names),) or len(promoters) != len(names):
        raise ValueError(
            f"X has {len(promoters)} rows, y has shape {y.shape} and there are {len(names)} names"
        )
    if not names:
        raise ValueError("X is empty: at least one gene is required")
    _check_names(names, "names")
    _check_finite(y[:, np.newaxis], "y", names)
    _check_finite(features, "X", names)
    packed: dict[str, Any] = {"compression": "gzip", "compression_opts": 1}
    with create_hdf5(path) as (file, check):
        data = file.create_dataset("data", data=features, **packed)
        file.create_dataset("label", data=y, **packed)
        file.create_dataset("geneName", data=np.array([g.encode() for g in names]), **packed)
        if columns is not None:
            # not text of variable length, since HDF5 may hang when it reads damaged text
            data.attrs["columns"] = np.bytes_("\t".join(map(str, columns)).encode())
        promoter = _write_promoters(file, promoters, packed, check)
        if promoters.tss is not None:
            promoter.attrs["tss"] = promoters.tss


def _names_to_write(X: Any, y: Any, names: Sequence[str] | None) -> list[str]:
    if names is None:
        names = row_labels(y if isinstance(X, OneHotMatrix) else X)
    return [str(name) for name in names]


def _matrix_and_features(
    X: OneHotMatrix | pd.DataFrame,
) -> tuple[OneHotMatrix, npt.NDArray[np.float64], list[str] | None]:
    if isinstance(X, OneHotMatrix):
        features = X.covariates.astype(np.float64)
        columns = None if X.covariate_names is None else list(X.covariate_names)
        matrix = X
    elif isinstance(X, pd.DataFrame):
        matrix = encode(X, covariates=[])
        columns = [name for name in X.columns if name != "promoter"]
        features = numeric_columns(X, columns)
    else:
        raise TypeError(f"X must be a OneHotMatrix or a DataFrame, got {type(X).__name__}")
    if columns is not None:
        known = [columns.index(name) for name in HALF_LIFE_COLUMNS if name in columns]
        order = known + [j for j in range(len(columns)) if j not in known]
        columns, features = [columns[j] for j in order], features[:, order]
    return matrix, features, columns


def _write_promoters(
    file: h5py.File, X: OneHotMatrix, packed: dict[str, Any], check: Callable[[], None]
) -> h5py.Dataset:
    n, length = len(X), X.promoter_length
    # whole promoters of about 1 MB, which is what HDF5 keeps in its cache
    rows = min(n, max(1, (1 << 20) // (4 * length)))
    shape = (n, length, 4)
    dataset = file.create_dataset("promoter", shape, bool, chunks=(rows, length, 4), **packed)
    for block, _ in _blocks(dataset):
        dataset[block] = X[block].to_onehot(bool)
        check()
    return dataset


def _blocks(promoter: h5py.Dataset) -> Iterator[tuple[slice, slice]]:
    """Cut rows and positions into blocks of bounded size that do not split chunks."""
    n, length, _ = promoter.shape
    row_step, column_step, _ = promoter.chunks or (1, 1, 4)
    most = _BLOCK_BYTES // (4 * promoter.dtype.itemsize)
    columns = min(length, max(most // row_step // column_step, 1) * column_step)
    rows = max(most // columns // row_step, 1) * row_step
    for row in range(0, n, rows):
        for column in range(0, length, columns):
            yield slice(row, min(row + rows, n)), slice(column, min(column + columns, length))


def _read_codes(promoter: h5py.Dataset, names: list[str]) -> npt.NDArray[np.uint8]:
    codes = np.empty(promoter.shape[:2], dtype=np.uint8)
    for rows, columns in _blocks(promoter):
        onehot = promoter[rows, columns]
        block = onehot_to_codes(onehot)
        if (wrong := block == INVALID).any():
            row, column = np.argwhere(wrong)[0]
            raise ValueError(
                f"'promoter' of gene {names[rows.start + row]!r}, position "
                f"{columns.start + column}: expected a one-hot base (one 1, or four zeros for N), "
                f"got {onehot[row, column].tolist()}"
            )
        codes[rows, columns] = block
    return codes


def _read_numbers(dataset: h5py.Dataset, what: str, names: list[str]) -> npt.NDArray[np.float64]:
    with np.errstate(over="ignore"):  # wider floats become infinite, which the check below refuses
        values = dataset[:].astype(np.float64, copy=False)
    _check_finite(values.reshape(len(names), -1), f"'{what}'", names)
    return values


def _check_finite(values: npt.NDArray[np.float64], what: str, names: Sequence[str]) -> None:
    bad = ~np.isfinite(values)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ValueError(
            f"{what} must hold finite numbers, got {values[row, column]} in column {column} of "
            f"gene {shorten(names[row])}"
        )


def _read_names(dataset: h5py.Dataset) -> list[str]:
    kind = h5py.check_string_dtype(dataset.dtype)
    if kind is None:
        raise ValueError(f"the data set 'geneName' must hold text, got {dataset.dtype}")
    texts = read_variable_text(dataset) if kind.length is None else dataset[:].tolist()
    names = [text.decode() for text in texts]
    _check_names(names, "'geneName'")
    return names


def _check_names(names: list[str], what: str) -> None:
    index = pd.Index(names)
    if (index == "").any():
        raise ValueError(f"{what}: the gene of row {names.index('')} has no name")
    check_names(names)
    if not index.is_unique:
        repeated = index[index.duplicated()].unique()
        raise ValueError(f"{what}: gene {quote(repeated)} occurs more than once")


def _read_tss(promoter: h5py.Dataset) -> int | None:
    tss = read_attribute(promoter, "tss", "iu")
    return None if tss is None else int(tss)


def _feature_names(data: h5py.Dataset) -> list[str] | None:
    width = data.shape[1]
    names = (read_attribute(data, "columns", "S") or b"").decode().split("\t")
    if len(names) == len(set(names)) == width and all(names):
        return names
    return list(HALF_LIFE_COLUMNS) if width == len(HALF_LIFE_COLUMNS) else None


def _decode(codes: npt.NDArray[np.uint8]) -> list[str]:
    step = max(1, _BLOCK_BYTES // codes.shape[1])
    return [text for i in range(0, len(codes), step) for text in decode(codes[i : i + step])]
