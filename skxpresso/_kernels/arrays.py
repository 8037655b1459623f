"""The type of the arrays that kernels take; without numba, so that naming it costs nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Array"]

Array = np.ndarray[Any, Any]
