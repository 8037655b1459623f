"""The processor's vector registers, and what the kernels make of them."""

from __future__ import annotations

import os
from typing import NamedTuple

import llvmlite.binding as llvm

__all__ = ["BLOCK", "LANES", "TAPS", "TILE", "Registers", "registers", "taps_for", "tile_for"]

BLOCK = 32  # filters worked on together
LANES = 16  # numbers of a vector, which LLVM splits where registers are narrower


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
    """Return how many positions times `BLOCK` filters fit the registers: 8, 4, 2 or 1.

    Sums, one position's input and the weights stay in registers; a sum that does not fit goes to
    memory and back at every step, which takes three times as long. Measured: two with AVX2, at
    the rate of a matrix product; eight with AVX-512, where four read the weights as fast as the
    second-level cache gives them.

    Examples
    --------
    >>> from skxpresso._kernels.processor import Registers, tile_for
    >>> tile_for(Registers(16, 8)), tile_for(Registers(32, 16)), tile_for(Registers(32, 4))
    (2, 8, 2)
    """
    per_position = BLOCK // available.floats
    fitting = (available.number - 1 - per_position) // per_position
    return max(size for size in (1, 2, 4, 8) if size == 1 or size <= fitting)


def taps_for(available: Registers) -> int:
    """Return how many taps of a kernel a gradient takes at once: 3, or as many as fit, at least 1.

    Their weights and sums stay in registers, beside a winner's gradient and what it adds to.
    Measured with AVX-512: nine are no faster than three.

    Examples
    --------
    >>> from skxpresso._kernels.processor import Registers, taps_for
    >>> taps_for(Registers(32, 16)), taps_for(Registers(16, 8)), taps_for(Registers(16, 4))
    (3, 3, 1)
    """
    per_vector = LANES // available.floats
    return max(1, min(3, (available.number - 1 - per_vector) // (2 * per_vector)))


TILE = tile_for(registers())
TAPS = taps_for(registers())
