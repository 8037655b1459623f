"""OneHotMatrix: a matrix of one-hot promoters and covariates that stores one byte per base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils._set_output import _get_output_config

from skxpresso._utils.frames import as_polars
from skxpresso.sequence.code_rows import CodeRows, select_rows

__all__ = ["UNKNOWN", "OneHotMatrix", "dense_if_asked"]

#: The code of a base that is none of A, C, G, T (codes 0 to 3); its one-hot row is zeros.
UNKNOWN = 4

#: What `onehot_to_codes` gives for four values that are no one-hot base.
INVALID = 255

_ONE_HOT = np.vstack([np.eye(4), np.zeros((1, 4))]).astype(np.float32)
_CHUNK_BASES = 1 << 22  # bases converted at a time, so that temporaries stay at some 50 MB


class OneHotMatrix:
    """Store base codes, but behave like a dense one-hot matrix.

    The matrix has one row per gene. Its first ``4 * promoter_length`` columns are
    the one-hot promoter, position by position, four columns (A, C, G, T) each; the
    remaining columns are the covariates (half-life features). The dense form is made
    only on request, by `numpy.asarray` or `to_onehot`.

    Parameters
    ----------
    codes : ndarray of shape (n, promoter_length), uint8
        0 to 3 for A, C, G, T and 4 for an unknown base. Not copied. The sequence
        runs 5' to 3' on the transcribed gene's strand.
    covariates : array-like of shape (n, n_covariates), optional
        Stored as float32. None: no covariates.
    covariate_names : sequence of str, optional
        Names of the covariates.
    tss : int, optional
        0-based index of the transcription start site in `codes`, if known. It
        may lie outside the stored window.

    Attributes
    ----------
    shape : tuple of int
        ``(n, 4 * promoter_length + n_covariates)``.
    dtype : numpy.dtype
        float32, what `numpy.asarray` gives.

    Raises
    ------
    TypeError
        If `codes` is not an array of uint8.
    ValueError
        If shapes disagree, or a code is above 4.

    Notes
    -----
    Rows are selected by slice, integer array or boolean mask, which gives a
    OneHotMatrix; any other selection gives a dense array. Selected rows share the codes
    of the whole matrix: they are copied, and then kept, when `codes` is first read or the
    selection is pickled. Encoders and networks read them a few at a time.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.sequence.onehot import OneHotMatrix
    >>> X = OneHotMatrix(np.array([[0, 3], [4, 2]], dtype=np.uint8), [[0.5], [1.5]])
    >>> X
    OneHotMatrix(n=2, promoter_length=2, n_covariates=1)
    >>> np.asarray(X)
    array([[1. , 0. , 0. , 0. , 0. , 0. , 0. , 1. , 0.5],
           [0. , 0. , 0. , 0. , 0. , 0. , 1. , 0. , 1.5]], dtype=float32)
    >>> X[[1]].codes
    array([[4, 2]], dtype=uint8)
    """

    ndim = 2
    dtype = np.dtype(np.float32)

    def __init__(
        self,
        codes: npt.NDArray[np.uint8],
        covariates: npt.ArrayLike | None = None,
        covariate_names: Sequence[str] | None = None,
        tss: int | None = None,
    ) -> None:
        if not isinstance(codes, np.ndarray) or codes.dtype != np.uint8:
            raise TypeError(f"codes must be an ndarray of uint8, got {_describe(codes)}")
        if codes.ndim != 2:
            raise ValueError(f"codes must have 2 dimensions, got shape {codes.shape}")
        if codes.size and (largest := int(codes.max())) > UNKNOWN:
            raise ValueError(f"codes must be 0 to {UNKNOWN}, got {largest}")
        values = _read_covariates(covariates, covariate_names, len(codes))
        self._set(codes, values, covariate_names, tss)

    def _set(
        self,
        codes: npt.NDArray[np.uint8] | CodeRows,
        covariates: npt.NDArray[np.float32],
        names: Sequence[str] | None,
        tss: int | None,
    ) -> None:
        self._codes = codes
        self.covariates = covariates
        self.covariate_names = None if names is None else tuple(names)
        self.tss = tss

    def _derive(self, codes: Any, covariates: Any, tss: int | None) -> OneHotMatrix:
        """Build from parts of a checked matrix without checking them again."""
        new = object.__new__(type(self))
        new._set(codes, covariates, self.covariate_names, tss)
        return new

    @classmethod
    def of_codes(cls, codes: npt.NDArray[np.uint8] | CodeRows) -> OneHotMatrix:
        """Make a matrix of codes that are known to be right, or of rows of them."""
        new = object.__new__(cls)
        new._set(codes, np.empty((len(codes), 0), np.float32), None, None)
        return new

    @classmethod
    def from_dense(
        cls,
        onehot: npt.ArrayLike,
        covariates: npt.ArrayLike | None = None,
        covariate_names: Sequence[str] | None = None,
        tss: int | None = None,
    ) -> OneHotMatrix:
        """Read a dense one-hot array.

        Parameters
        ----------
        onehot : array-like of shape (n, promoter_length, 4)
            Exactly one 1 per position for A, C, G, T in this order, or four zeros
            for an unknown base.
        covariates, covariate_names, tss
            As in the class.

        Returns
        -------
        OneHotMatrix

        Raises
        ------
        ValueError
            If a position holds anything else; the message names row and position.

        Examples
        --------
        >>> OneHotMatrix.from_dense([[[0, 1, 0, 0], [0, 0, 0, 0]]]).codes
        array([[1, 4]], dtype=uint8)
        """
        onehot = np.asarray(onehot)
        if onehot.ndim != 3 or onehot.shape[2] != 4:
            raise ValueError(
                f"a one-hot array must have shape (n, promoter_length, 4), got {onehot.shape}"
            )
        n, length, _ = onehot.shape
        codes = np.empty((n, length), dtype=np.uint8)
        for rows in row_chunks(n, length):
            codes[rows] = _dense_to_codes(onehot[rows], rows.start)
        return cls(codes, covariates, covariate_names, tss)

    @property
    def codes(self) -> npt.NDArray[np.uint8]:
        """Base codes (n, promoter_length); those of selected rows are copied when first read."""
        if isinstance(self._codes, CodeRows):
            self._codes = np.asarray(self._codes)
        return self._codes

    @property
    def code_rows(self) -> npt.NDArray[np.uint8] | CodeRows:
        """`codes`, or what copies those of selected rows a few at a time, by its index."""
        return self._codes

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the dense matrix."""
        return len(self), 4 * self.promoter_length + self.n_covariates

    @property
    def promoter_length(self) -> int:
        """Number of positions of each promoter, in nt."""
        return int(self._codes.shape[1])

    @property
    def n_covariates(self) -> int:
        """Number of covariate columns."""
        return int(self.covariates.shape[1])

    @property
    def nbytes(self) -> int:
        """Bytes that codes and covariates take."""
        return int(self._codes.nbytes + self.covariates.nbytes)

    def window(self, start: int, stop: int) -> OneHotMatrix:
        """Cut positions [start, stop) out of every promoter, as a view.

        Parameters
        ----------
        start, stop : int
            0-based, half-open, ``0 <= start < stop <= promoter_length``.

        Returns
        -------
        OneHotMatrix
            Shares memory with this one.

        Examples
        --------
        >>> X = OneHotMatrix(np.array([[0, 1, 2, 3]], dtype=np.uint8), tss=2)
        >>> X.window(1, 3).codes, X.window(1, 3).tss
        (array([[1, 2]], dtype=uint8), 1)
        """
        if not 0 <= start < stop <= self.promoter_length:
            raise ValueError(
                f"the window [{start}, {stop}) does not lie within promoters of "
                f"{self.promoter_length} nt"
            )
        tss = None if self.tss is None else self.tss - start
        codes = self._codes
        cut = codes.window(start, stop) if isinstance(codes, CodeRows) else codes[:, start:stop]
        return self._derive(cut, self.covariates, tss)

    def with_covariates(
        self, covariates: npt.ArrayLike, covariate_names: Sequence[str] | None = None
    ) -> OneHotMatrix:
        """Return the same promoters with other covariates.

        Parameters
        ----------
        covariates : array-like of shape (n, n_covariates)
            The new covariates.
        covariate_names : sequence of str, optional
            Their names.

        Returns
        -------
        OneHotMatrix
            Shares the codes with this one.

        Examples
        --------
        >>> X = OneHotMatrix(np.array([[0, 1]], dtype=np.uint8))
        >>> X.with_covariates([[0.25]], ["UTR5GC"]).covariate_names
        ('UTR5GC',)
        """
        values = _read_covariates(covariates, covariate_names, len(self))
        new = self._derive(self._codes, values, self.tss)
        new.covariate_names = None if covariate_names is None else tuple(covariate_names)
        return new

    def to_onehot(self, dtype: npt.DTypeLike = np.float32) -> npt.NDArray[Any]:
        """Return the promoters as a dense array.

        Parameters
        ----------
        dtype : dtype, default=float32
            Type of the result.

        Returns
        -------
        ndarray of shape (n, promoter_length, 4)
            Columns A, C, G, T; zeros where the base is unknown.

        Examples
        --------
        >>> OneHotMatrix(np.array([[2, 4]], dtype=np.uint8)).to_onehot(int)
        array([[[0, 0, 1, 0],
                [0, 0, 0, 0]]])
        """
        return _ONE_HOT.astype(dtype, copy=False)[np.asarray(self._codes)]

    def __len__(self) -> int:
        return len(self._codes)

    def __getitem__(self, key: Any) -> Any:
        if not _selects_rows(key):
            return np.asarray(self)[key]
        rows = key[0] if isinstance(key, tuple) else key
        if rows is Ellipsis:
            rows = slice(None)
        if not isinstance(rows, slice):
            rows = np.asarray(rows)
            if rows.ndim == 0:
                return np.asarray(self[rows.reshape(1)])[0]
            if rows.ndim > 1:
                raise IndexError(
                    f"rows must be selected in one dimension, got {rows.ndim} dimensions"
                )
            if rows.size == 0 and rows.dtype != bool:
                rows = rows.astype(np.intp)  # an empty list is float64 to numpy
        return self._derive(select_rows(self._codes, rows), self.covariates[rows], self.tss)

    def __iter__(self) -> Iterator[npt.NDArray[np.float32]]:
        return (self[i] for i in range(len(self)))

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("a OneHotMatrix stores base codes, so a dense array is always a copy")
        n, width = self.shape
        dense = np.empty((n, width), dtype=self.dtype if dtype is None else dtype)
        boundary = 4 * self.promoter_length
        for rows in row_chunks(n, self.promoter_length):
            onehot = _ONE_HOT[self._codes[rows]]
            dense[rows, :boundary] = onehot.reshape(len(onehot), boundary)
        dense[:, boundary:] = self.covariates
        return dense

    def __copy__(self) -> OneHotMatrix:
        new = object.__new__(type(self))
        new.__dict__.update(vars(self))
        return new

    def __getstate__(self) -> dict[str, Any]:
        state = vars(self) | {"codes": self.codes}
        del state["_codes"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        self._codes = state.pop("codes")
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(n={len(self)}, promoter_length={self.promoter_length}, "
            f"n_covariates={self.n_covariates})"
        )


def _read_covariates(
    covariates: npt.ArrayLike | None, names: Sequence[str] | None, n: int
) -> npt.NDArray[np.float32]:
    """Check covariates of n rows, and give them as float32."""
    given = np.asarray(np.empty((n, 0)) if covariates is None else covariates)
    with np.errstate(over="ignore"):
        values = given.astype(np.float32, copy=False)
    too_large = np.isinf(values) & np.isfinite(given)
    if too_large.any():
        row = int(np.argwhere(too_large)[0][0])
        raise ValueError(f"covariates must fit float32, got {given[too_large][0]} in row {row}")
    if values.ndim != 2 or len(values) != n:
        raise ValueError(f"covariates must have shape ({n}, n_covariates), got {values.shape}")
    if names is not None and len(names) != values.shape[1]:
        raise ValueError(f"covariate_names has {len(names)} names for {values.shape[1]} columns")
    return values


def _selects_rows(key: Any) -> bool:
    """Tell X[rows], X[rows, :] and X[rows, ...] from selections of columns, which are dense."""
    if not isinstance(key, tuple):
        return key is not None
    rest = [part for part in key[1:] if part is not Ellipsis]
    takes_all = all(isinstance(part, slice) and part == slice(None) for part in rest)
    return len(key) > 0 and key[0] is not None and len(rest) < 2 and takes_all


def row_chunks(n: int, length: int, multiple: int = 1) -> Iterator[slice]:
    """Cut n rows of `length` bases in slices of a bounded number of bases.

    The rows of a slice, but the last, are a multiple of a number, if need be of more bases.
    """
    step = max(1, _CHUNK_BASES // max(length, 1) // multiple) * multiple
    return (slice(start, min(start + step, n)) for start in range(0, n, step))


def onehot_to_codes(onehot: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Turn a dense one-hot array into base codes.

    Parameters
    ----------
    onehot : ndarray of shape (n, W, 4)
        Numbers; columns A, C, G, T.

    Returns
    -------
    ndarray of shape (n, W), uint8
        0 to 4, and `INVALID` where there is neither a single 1 nor four zeros.
    """
    if onehot.dtype.itemsize == 1:
        # the four bytes of a base as one number: five comparisons instead of twenty
        packed = np.ascontiguousarray(onehot).view("<u4")[..., 0]
        is_base = [packed == 1 << 8 * base for base in range(4)]
        is_unknown = packed == 0
    else:
        ones, zeros = onehot == 1, onehot == 0
        is_zero = zeros.sum(axis=2)
        is_base = [ones[..., base] & (is_zero == 3) for base in range(4)]
        is_unknown = is_zero == 4
    codes = np.full(onehot.shape[:2], INVALID, dtype=np.uint8)
    codes[is_unknown] = UNKNOWN
    for base in range(4):
        codes[is_base[base]] = base
    return codes


def _dense_to_codes(onehot: npt.NDArray[Any], first_row: int) -> npt.NDArray[np.uint8]:
    """Turn (n, W, 4) of 0 and 1 into codes (n, W)."""
    codes = onehot_to_codes(onehot)
    if (codes == INVALID).any():
        row, position = np.argwhere(codes == INVALID)[0]
        raise ValueError(
            f"row {first_row + row}, position {position}: expected a one-hot base "
            f"(one 1, or four zeros for an unknown base), got {onehot[row, position].tolist()}"
        )
    return codes


def _describe(value: Any) -> str:
    dtype = getattr(value, "dtype", None)
    return type(value).__name__ if dtype is None else f"{type(value).__name__} of {dtype}"


def dense_if_asked(X: Any, transformer: Any) -> Any:
    """Turn a OneHotMatrix or a table of pandas into what `set_output` can read as it was asked.

    Parameters
    ----------
    X : OneHotMatrix or object
        What a transformer has made.
    transformer : estimator
        The transformer, or the configuration, says what becomes of it.

    Returns
    -------
    OneHotMatrix, ndarray, DataFrame or X
        pandas reads a OneHotMatrix by itself, and polars no text of pandas.
    """
    container = _get_output_config("transform", transformer)["dense"]
    if isinstance(X, pd.DataFrame):
        return as_polars(X) if container == "polars" else X
    if isinstance(X, OneHotMatrix) and container not in ("default", "pandas"):
        return np.asarray(X)
    return X
