"""Where kernels and poolings lie along a promoter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.limits import LARGEST_POOL, LONGEST_KERNEL

__all__ = ["Geometry", "check_codes", "check_geometry", "layer_windows"]


class Geometry(NamedTuple):
    """Where a convolution with max-pool reads: sizes in positions.

    Examples
    --------
    >>> from skxpresso._kernels.geometry import Geometry
    >>> Geometry(kernel_size=6, dilation_rate=1, pool_size=30, padding="same").windows(10_500)
    350
    """

    kernel_size: int
    dilation_rate: int = 1
    pool_size: int = 1
    padding: str = "same"

    @property
    def reach(self) -> int:
        """Distance from the first to the last position that one output reads."""
        return self.dilation_rate * (self.kernel_size - 1)

    @property
    def left(self) -> int:
        """Positions of padding in front, as Keras' Conv1D has it."""
        return self.reach // 2 if self.padding == "same" else 0

    def windows(self, n_positions: int) -> int:
        """Return the number of pooling windows; a remainder is dropped."""
        lost = 0 if self.padding == "same" else self.reach
        return max(0, n_positions - lost) // self.pool_size


def check_codes(codes: Array) -> None:
    if codes.dtype != np.uint8 or codes.ndim != 2:
        raise ValueError(
            f"codes must be uint8 with axes (rows, positions), got {codes.dtype} {codes.shape}"
        )
    if codes.size and codes.max() > 4:  # would read beyond the tables
        raise ValueError(f"codes must be 0 to 4, got {codes.max()}")


def check_geometry(geometry: Geometry) -> None:
    if not 1 <= geometry.kernel_size <= LONGEST_KERNEL:
        raise ValueError(f"kernel_size must be 1 to {LONGEST_KERNEL}, got {geometry.kernel_size}")
    if not 1 <= geometry.pool_size <= LARGEST_POOL:
        raise ValueError(f"pool_size must be 1 to {LARGEST_POOL}, got {geometry.pool_size}")
    if geometry.dilation_rate < 1:
        raise ValueError(f"dilation_rate must be at least 1, got {geometry.dilation_rate}")
    if geometry.padding not in ("same", "valid"):
        raise ValueError(f"padding must be 'same' or 'valid', got {geometry.padding!r}")


def layer_windows(n_positions: int, geometries: Iterable[Geometry]) -> list[int]:
    """Return how many windows each layer leaves of `n_positions`."""
    windows = []
    for geometry in geometries:
        n_positions = geometry.windows(n_positions)
        windows.append(n_positions)
    return windows
