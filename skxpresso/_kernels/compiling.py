"""How the kernels are compiled: at the first call, with a word where it takes over a second."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numba
from numba.core import event

__all__ = ["announced", "compiled"]

PATIENCE = 1.0  # seconds of compiling, in all, after which the user is told

MESSAGE = (
    "skxpresso compiles its kernels for this processor. Later processes load them, where numba "
    "can write beside the package, in the user's cache folder or in NUMBA_CACHE_DIR."
)


class _Announcer(event.Listener):
    """Tell on stderr, once in a process, that kernels are being compiled; loading them is none."""

    def __init__(self) -> None:
        self.left = PATIENCE
        self.depth = 0  # one kernel compiles those that it calls; numba holds a lock
        self.begun = 0.0
        self.timer: threading.Timer | None = None

    def on_start(self, event: Any) -> None:
        if self._is_ours(event):
            self.begin()

    def on_end(self, event: Any) -> None:
        if self._is_ours(event):
            self.finish()

    def begin(self) -> None:
        self.depth += 1
        if self.depth == 1 and self.left > 0:
            self.begun = time.monotonic()
            self.timer = threading.Timer(self.left, self._tell)
            self.timer.daemon = True
            self.timer.start()

    def finish(self) -> None:
        self.depth -= 1
        if self.depth == 0 and self.timer is not None:
            self.timer.cancel()
            self.timer = None
            self.left -= time.monotonic() - self.begun

    def _is_ours(self, event: Any) -> bool:
        return event.data["dispatcher"].py_func.__module__.startswith(__package__)

    def _tell(self) -> None:
        self.left = 0
        print(MESSAGE, file=sys.stderr, flush=True)


_announcer = _Announcer()
event.register("numba:compile", _announcer)


@contextmanager
def announced() -> Iterator[None]:
    """Count what is done meanwhile as compiling."""
    _announcer.begin()
    try:
        yield
    finally:
        _announcer.finish()


def compiled(function: Callable[..., Any]) -> Any:
    """Compile with numba at the first call; without the GIL; kept on disk where that is possible.

    Numba writes beside the package, or in the user's cache folder, or in ``NUMBA_CACHE_DIR``. With
    none of them writable every process compiles for itself.
    """
    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # "no locator available": no folder can be written
        return numba.njit(nogil=True)(function)
