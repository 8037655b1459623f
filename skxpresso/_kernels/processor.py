"""The processor's vector registers, and what the kernels make of them."""

from __future__ import annotations

import os
from typing import NamedTuple

import llvmlite.binding as llvm

__all__ = ["BLOCK", "TILE", "Registers", "registers", "tile_for"]

BLOCK = 32  # filters worked on together


class Registers(NamedTuple):
    """The vector registers of a processor: how many, and how many float32 one holds."""

    number: int
    floats: int


def registers(features: dict[str, bool] | None = None) -> Registers:
    """Return the vector registers that LLVM may use.

    Parameters
    ----------
    features : dict of str to bool, default=None
        LLVM's names of what the processor can do. None asks LLVM about this processor, or takes
        ``NUMBA_CPU_FEATURES`` where that is set, as numba does.

    Examples
    --------
    >>> from skxpresso._kernels.processor import registers
    >>> registers({"avx": True, "avx2": True}), registers({"neon": True})
    (Registers(number=16, floats=8), Registers(number=32, floats=4))
    """
    chosen = os.environ.get("NUMBA_CPU_FEATURES")
    if features is None and chosen is not None:
        named = chosen.split(",")
        features = {name[1:]: name.startswith("+") for name in named if name}
    elif features is None:
        features = dict(llvm.get_host_cpu_features())
    if features.get("avx512f"):
        return Registers(32, 16)
    if features.get("avx"):
        return Registers(16, 8)
    return Registers(32 if features.get("neon") else 16, 4)


def tile_for(available: Registers) -> int:
    """Return how many positions times `BLOCK` filters fit the registers: 4, 2 or 1.

    Sums, one position's input and the weights stay in registers; a sum that does not fit goes to
    memory and back at every step, which takes three times as long. Measured: two with AVX2, at
    the rate of a matrix product; four with AVX-512.

    Examples
    --------
    >>> from skxpresso._kernels.processor import Registers, tile_for
    >>> tile_for(Registers(16, 8)), tile_for(Registers(32, 16)), tile_for(Registers(32, 4))
    (2, 4, 2)
    """
    per_position = BLOCK // available.floats
    fitting = (available.number - 1 - per_position) // per_position
    return max(size for size in (1, 2, 4) if size == 1 or size <= fitting)


TILE = tile_for(registers())
