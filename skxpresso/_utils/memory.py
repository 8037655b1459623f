"""Memory that is free within the process goes back to the system."""

from __future__ import annotations

import contextlib
import ctypes
import sys

__all__ = ["give_memory_back"]


def give_memory_back() -> None:
    """Return what pyarrow and the C library keep for later, after something large was deleted.

    The text of a human-sized table leaves 0.7 GB behind, which counts as memory of the process.
    Does nothing where the libraries cannot.

    Examples
    --------
    >>> from skxpresso._utils.memory import give_memory_back
    >>> give_memory_back()
    """
    if (arrow := sys.modules.get("pyarrow")) is not None:  # pandas keeps text in it
        arrow.default_memory_pool().release_unused()
    with contextlib.suppress(AttributeError, OSError, TypeError):  # glibc alone has it
        ctypes.CDLL(None).malloc_trim(0)
