"""Silence for what native libraries print past Python."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

__all__ = ["quiet_output", "quiet_standard_error"]


@contextlib.contextmanager
def quiet_standard_error() -> Iterator[None]:
    """Send the process' standard error to nowhere; exceptions still come through."""
    with _to_nowhere(2, sys.stderr):
        yield


@contextlib.contextmanager
def quiet_output() -> Iterator[None]:
    """Send both standard error and standard output of the process to nowhere."""
    with _to_nowhere(1, sys.stdout), _to_nowhere(2, sys.stderr):
        yield


@contextlib.contextmanager
def _to_nowhere(number: int, stream: object) -> Iterator[None]:
    with contextlib.suppress(AttributeError, OSError, ValueError):  # none, broken, or closed
        stream.flush()  # type: ignore[attr-defined]
    try:
        kept = os.dup(number)
    except OSError:  # the process was started without it
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, number)
        yield
    finally:
        os.dup2(kept, number)
        os.close(kept)
        os.close(nowhere)
