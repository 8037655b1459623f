"""Genes as a network reads them: base codes, half-life features, y and weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Genes"]


@dataclass(frozen=True)
class Genes:
    """Rows as the network reads them.

    `codes` (n, promoter_length) uint8; `halflife` (n, n_halflife) float32; `y` and
    `weight` (n,) float or None.
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

    def inputs(self) -> dict[str, npt.NDArray[Any]]:
        """Name the inputs that the network has; one of no columns it lacks."""
        named: dict[str, npt.NDArray[Any]] = {"promoter": self.codes, "halflife": self.halflife}
        return {name: values for name, values in named.items() if values.shape[1]}
