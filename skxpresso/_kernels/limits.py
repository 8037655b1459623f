"""What the compiled kernels can take; without numba, so that asking costs nothing."""

from __future__ import annotations

__all__ = ["LARGEST_POOL", "LONGEST_KERNEL"]

#: Positions of a convolution's kernel.
LONGEST_KERNEL = 25
#: Positions of a pooling window: that of the winner is an int16.
LARGEST_POOL = 2**15 - 1
