"""How the kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

__all__ = ["Array", "compiled"]


Array = np.ndarray[Any, Any]


def compiled(function: Callable[..., Any]) -> Any:
    """Compile with numba at the first call; without the GIL; kept on disk where that is possible.

    Numba writes beside the package, or in the user's cache folder, or in ``NUMBA_CACHE_DIR``. With
    none of them writable every process compiles for itself.
    """
    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # "no locator available": no folder can be written
        return numba.njit(nogil=True)(function)
