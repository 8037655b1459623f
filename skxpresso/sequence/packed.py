"""A column of promoters as base codes in one array, which folds and worker processes share."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.extensions import ExtensionArray, ExtensionDtype
from pandas.api.indexers import check_array_indexer
from pandas.util import hash_array

from skxpresso._utils.table import row_labels
from skxpresso.sequence.code_rows import CodeRows, select_rows
from skxpresso.sequence.letters import decode, encode_windows
from skxpresso.sequence.onehot import row_chunks

__all__ = ["PackedPromoters", "pack_promoters", "packed_codes", "shares_codes"]

Codes = npt.NDArray[np.uint8] | CodeRows


class PackedDtype(ExtensionDtype):
    """What a column of packed promoters is to pandas."""

    name = "packed promoters"
    type = str

    @classmethod
    def construct_array_type(cls) -> Any:
        """Return the class of the columns."""
        return PackedPromoters


class PackedPromoters(ExtensionArray):
    """Promoters of one length as a column of pandas: text to whoever looks, base codes inside.

    Rows that are selected share the codes of all; nothing can be written.

    Parameters
    ----------
    codes : ndarray of shape (n, promoter_length), uint8, or CodeRows
        Base codes.
    """

    def __init__(self, codes: Codes) -> None:
        self.codes = codes

    @classmethod
    def _from_sequence(cls, scalars: Any, *, dtype: Any = None, copy: bool = False) -> Self:
        texts = pd.Series(list(scalars), dtype=object)
        length = _length(texts.iloc[0]) if len(texts) else 0
        parts = _encoded(texts, length, range(len(texts)))
        return cls(_together(parts, (len(texts), length), None))

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[Self]) -> Self:
        return cls(np.concatenate([np.asarray(each.codes) for each in to_concat]))

    @property
    def dtype(self) -> PackedDtype:
        """The same for all packed promoters."""
        return PackedDtype()

    @property
    def nbytes(self) -> int:
        """Bytes of the codes."""
        return self.codes.nbytes

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, item: Any) -> Any:
        item = check_array_indexer(self, item)
        if isinstance(item, (int, np.integer)):
            return decode(self.codes[np.array([item])])[0]
        return type(self)(select_rows(self.codes, item))

    def __iter__(self) -> Iterator[str]:
        for rows in row_chunks(*self.codes.shape):
            yield from decode(self.codes[rows])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.array(list(self), dtype=dtype or object)

    def __eq__(self, other: Any) -> Any:
        if isinstance(other, (pd.Series, pd.Index, pd.DataFrame)):
            return NotImplemented  # pandas aligns them first
        return np.asarray(self) == (other if isinstance(other, str) else np.asarray(other, object))

    def isna(self) -> npt.NDArray[np.bool_]:
        """Tell that none is missing."""
        return np.zeros(len(self), bool)

    def take(self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None) -> Self:
        """Select rows by their numbers; none can be missing."""
        rows = np.asarray(indices, np.intp)
        if allow_fill and (rows < 0).any():
            raise ValueError("packed promoters cannot be missing; select rows that there are")
        return type(self)(select_rows(self.codes, rows))

    def copy(self) -> Self:
        """Return the same promoters: nobody can write into them."""
        return type(self)(self.codes)

    def _values_for_factorize(self) -> tuple[npt.NDArray[Any], Any]:
        return np.asarray(self), None

    def _hash_pandas_object(
        self, *, encoding: str, hash_key: str, categorize: bool
    ) -> npt.NDArray[np.uint64]:
        parts = [
            hash_array(np.array(decode(self.codes[rows]), object), encoding, hash_key, categorize)
            for rows in row_chunks(*self.codes.shape)
        ]
        return np.concatenate([np.empty(0, np.uint64), *parts])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.codes,)


def pack_promoters(
    X: pd.DataFrame, column: str = "promoter", file: str | os.PathLike[str] | None = None
) -> pd.DataFrame:
    """Encode the promoters of a table once, so that folds and workers share the codes.

    All estimators of this package read the table as they read its text, and errors name the
    same rows; they are as much faster as encoding takes. Worker processes map the codes into
    their memory where text would be sent to each of them.

    Parameters
    ----------
    X : DataFrame
        A table of pandas.
    column : str, default="promoter"
        The column of sequences.
    file : path-like or None, default=None
        Where to keep the codes, n times promoter_length bytes, to be mapped into memory. It has
        to stay while the table is used. None keeps them in memory, from which joblib makes one
        copy for all workers.

    Returns
    -------
    DataFrame
        X as it is, if promoters differ in length, or are no text of nucleotide letters. Read
        as text, the packed ones are in upper case, with N for ambiguous letters; `.str` of
        pandas wants ``X[column].astype(str)``.

    Raises
    ------
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso import OneHotPromoterEncoder
    >>> from skxpresso.sequence import pack_promoters
    >>> X = pack_promoters(pd.DataFrame({"promoter": ["acgt", "TTRA"]}, index=["g1", "g2"]))
    >>> X.loc["g2", "promoter"]
    'TTNA'
    >>> OneHotPromoterEncoder(upstream=1).fit_transform(X.iloc[[1]]).codes
    array([[3, 4, 0]], dtype=uint8)
    """
    if column not in X.columns or not len(X):
        return X
    length = _length(X[column].iloc[0])
    parts = _encoded(X[column], length, row_labels(X))
    try:
        codes = _together(parts, (len(X), length), file)
    except ValueError:  # the encoder will name the row, if the letter lies in its window
        return X
    return X.assign(**{column: PackedPromoters(codes)})


def _encoded(
    column: pd.Series, length: int, labels: Sequence[Any]
) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield base codes a few hundred promoters at a time; raise where they cannot be packed."""
    for rows in row_chunks(len(column), length):
        texts = column.iloc[rows].tolist()
        if not length or any(_length(text) != length for text in texts):
            raise ValueError("packed promoters must be text of one length")
        yield encode_windows(texts, np.zeros(len(texts), np.int64), length, labels[rows])


def _length(text: Any) -> int:
    return len(text) if isinstance(text, str) else 0


def _together(
    parts: Iterator[npt.NDArray[np.uint8]],
    shape: tuple[int, int],
    file: str | os.PathLike[str] | None,
) -> npt.NDArray[np.uint8]:
    """Put parts into one array, or a file that is mapped into memory."""
    if file is None:
        codes, first = np.empty(shape, np.uint8), 0
        for part in parts:
            codes[first : first + len(part)] = part
            first += len(part)
        return codes
    # written before it is mapped: a disk that is full is an error, not the end of the process
    with open(file, "wb") as out:
        for part in parts:
            out.write(part.data)
    # what is written into the memory of one process stays there
    return np.memmap(file, np.uint8, "c", shape=shape)


def packed_codes(column: Any) -> Codes | None:
    """Return the base codes of a column that is packed; None of any other."""
    values = getattr(column, "array", None)
    return values.codes if isinstance(values, PackedPromoters) else None


def shares_codes(X: Any) -> bool:
    """Tell whether the promoters of X are rows of an array that others use, too.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.sequence.onehot import OneHotMatrix
    >>> from skxpresso.sequence.packed import shares_codes
    >>> X = OneHotMatrix(np.zeros((3, 2), np.uint8))
    >>> shares_codes(X), shares_codes(X[[0, 2]])
    (False, True)
    """
    if isinstance(X, pd.DataFrame):
        return any(isinstance(dtype, PackedDtype) for dtype in X.dtypes)
    return isinstance(getattr(X, "code_rows", None), CodeRows)
