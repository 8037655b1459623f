"""Genes as a network reads them: base codes, half-life features, y and weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["GeneRows", "Genes"]


class _WithTarget:
    """What follows from y alone."""

    y: Any

    @property
    def n_outputs(self) -> int:
        """Numbers that are predicted for each gene."""
        return 1 if self.y.ndim == 1 else int(self.y.shape[1])

    @property
    def lacks_values(self) -> bool:
        """Whether some gene lacks an output."""
        return bool(np.isnan(self.y).any())


@dataclass(frozen=True)
class Genes(_WithTarget):
    """Rows as the network reads them.

    `codes` (n, promoter_length) uint8; `halflife` (n, n_halflife) float32; `y` (n,) or
    (n, n_outputs), with NaN where a gene lacks an output, and `weight` (n,) float or None.
    """

    codes: npt.NDArray[np.uint8]
    halflife: npt.NDArray[np.float32]
    y: npt.NDArray[np.floating] | None = None
    weight: npt.NDArray[np.floating] | None = None

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: Any) -> Genes:
        y = None if self.y is None else self.y[rows]
        weight = None if self.weight is None else self.weight[rows]
        return Genes(self.codes[rows], self.halflife[rows], y, weight)

    @property
    def promoter_length(self) -> int:
        """Width of the window in nt."""
        return self.codes.shape[1]

    def inputs(self) -> dict[str, npt.NDArray[Any]]:
        """Name the inputs that the network has; one of no columns it lacks."""
        named: dict[str, npt.NDArray[Any]] = {"promoter": self.codes, "halflife": self.halflife}
        return {name: values for name, values in named.items() if values.shape[1]}


@dataclass(frozen=True)
class GeneRows(_WithTarget):
    """Some rows of `Genes`, by their numbers `rows`: codes are copied only where they are read.

    Networks of an ensemble train on different rows, and share one array of promoters.
    """

    genes: Genes
    rows: npt.NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Any) -> Genes:
        return self.genes[self.rows[rows]]

    @property
    def promoter_length(self) -> int:
        """Width of the window in nt."""
        return self.genes.promoter_length

    @property
    def halflife(self) -> npt.NDArray[np.float32]:
        """Half-life features (n, n_halflife)."""
        return self.genes.halflife[self.rows]

    @property
    def y(self) -> npt.NDArray[np.floating] | None:
        """Target of the rows."""
        return None if self.genes.y is None else self.genes.y[self.rows]

    @property
    def weight(self) -> npt.NDArray[np.floating] | None:
        """Weight of the rows."""
        return None if self.genes.weight is None else self.genes.weight[self.rows]
