"""Rows of an array of base codes by their numbers, copied only where they are read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["CodeRows", "select_rows"]


@dataclass(frozen=True, eq=False)
class CodeRows:
    """Some rows of an array, which folds, windows and networks share.

    Indexing copies the rows that it names; `numpy.asarray` copies all.

    Parameters
    ----------
    base : ndarray of shape (n_base, promoter_length), uint8
        Base codes; may lie in a file.
    rows : ndarray of shape (n,), intp
        Numbers of the rows, 0 or more.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.sequence.code_rows import CodeRows
    >>> few = CodeRows(np.array([[0, 1], [2, 3], [4, 4]], np.uint8), np.array([2, 0]))
    >>> few.shape, few[1:], few.window(1, 2)[:]
    ((2, 2), array([[0, 1]], dtype=uint8), array([[4],
           [1]], dtype=uint8))
    """

    base: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.intp]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows, and nt of each."""
        return len(self.rows), self.base.shape[1]

    @property
    def nbytes(self) -> int:
        """Bytes that the rows take once they are copied."""
        return len(self.rows) * self.base.shape[1]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Any) -> npt.NDArray[np.uint8]:
        return self.base[self.rows[rows]]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("rows are named by their numbers, so an array of them is a copy")
        return self.base[self.rows].astype(dtype or self.base.dtype, copy=False)

    def select(self, rows: Any) -> CodeRows:
        """Select among the rows, without a copy."""
        return CodeRows(self.base, self.rows[rows])

    def window(self, start: int, stop: int) -> CodeRows:
        """Cut positions [start, stop) out of every row, without a copy."""
        return CodeRows(self.base[:, start:stop], self.rows)

    @cached_property
    def _copied(self) -> npt.NDArray[np.uint8]:
        return self.base[self.rows]

    def __reduce__(self) -> tuple[Any, ...]:
        # a worker maps the base once for all; few rows of it do not drag it along
        if 2 * len(self.rows) < len(self.base):
            return CodeRows, (self._copied, np.arange(len(self.rows)))
        return CodeRows, (self.base, self.rows)


def select_rows(codes: npt.NDArray[np.uint8] | CodeRows, rows: Any) -> Any:
    """Select rows of codes: a view for a slice of an array, else without a copy of their bases.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.sequence.code_rows import select_rows
    >>> codes = np.array([[0, 1], [2, 3]], np.uint8)
    >>> select_rows(codes, slice(1)).base is codes, select_rows(codes, [True, False]).rows
    (True, array([0]))
    """
    if isinstance(codes, CodeRows):
        return codes.select(rows)
    return codes[rows] if isinstance(rows, slice) else CodeRows(codes, np.arange(len(codes))[rows])
