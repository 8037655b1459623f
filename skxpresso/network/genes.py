"""Genes as a network reads them: base codes, half-life features, y and weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from skxpresso.sequence.code_rows import CodeRows, select_rows
from skxpresso.sequence.letters import reverse_complement
from skxpresso.sequence.onehot import row_chunks

__all__ = ["Genes"]


@dataclass(frozen=True)
class Genes:
    """Rows as the network reads them.

    `codes` (n, promoter_length) uint8, an array or rows of one; `halflife` (n, n_halflife)
    float32; `y` (n,) or (n, n_outputs), with NaN where a gene lacks an output, and `weight`
    (n,) float or None. Indexing gives rows with their codes, as `numpy` does; `select` gives
    rows that share one array of promoters, as folds and the networks of an ensemble do.
    """

    codes: npt.NDArray[np.uint8] | CodeRows
    halflife: npt.NDArray[np.float32]
    y: npt.NDArray[np.floating] | None = None
    weight: npt.NDArray[np.floating] | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: Any) -> Genes:
        return self._with_codes(self.codes[rows], rows)

    def select(self, rows: Any) -> Genes:
        """Select rows whose codes are copied only where they are read."""
        return self._with_codes(select_rows(self.codes, rows), rows)

    def _with_codes(self, codes: Any, rows: Any) -> Genes:
        y = None if self.y is None else self.y[rows]
        weight = None if self.weight is None else self.weight[rows]
        return Genes(codes, self.halflife[rows], y, weight)

    def turned(self, rows: npt.NDArray[np.bool_]) -> Genes:
        """Read the promoters of some rows from the other strand."""
        codes = np.array(self.codes)
        codes[rows] = reverse_complement(codes[rows])
        return replace(self, codes=codes)

    def parts(self, multiple: int = 1) -> Iterator[Genes]:
        """Yield all rows in turn, so many at a time that few codes are copied.

        Those of every part but the last are a multiple of a number. Codes that lie in one array
        are one part.
        """
        if not isinstance(self.codes, CodeRows):
            yield self
            return
        for rows in row_chunks(len(self), self.promoter_length, multiple):
            yield self[rows]

    @property
    def promoter_length(self) -> int:
        """Width of the window in nt."""
        return self.codes.shape[1]

    @property
    def n_outputs(self) -> int:
        """Numbers that are predicted for each gene."""
        assert self.y is not None
        return 1 if self.y.ndim == 1 else int(self.y.shape[1])

    @property
    def lacks_values(self) -> bool:
        """Whether some gene lacks an output."""
        assert self.y is not None
        return bool(np.isnan(self.y).any())

    def inputs(self) -> dict[str, npt.NDArray[Any]]:
        """Name the inputs that the network has; one of no columns it lacks."""
        codes = np.asarray(self.codes)
        named: dict[str, npt.NDArray[Any]] = {"promoter": codes, "halflife": self.halflife}
        return {name: values for name, values in named.items() if values.shape[1]}
