"""Silence for what native libraries print past Python."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator

__all__ = ["caught_standard_error", "quiet_output", "quiet_standard_error"]


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
def caught_standard_error() -> Iterator[Callable[[], str]]:
    r"""Keep what is printed to the process' standard error; what is yielded returns it.

    Examples
    --------
    >>> import os
    >>> from skxpresso._utils.quiet import caught_standard_error
    >>> with caught_standard_error() as said:
    ...     _ = os.write(2, b"a remark\n")
    ...     said()
    'a remark'
    """
    with tempfile.TemporaryFile() as file:

        def said() -> str:
            file.seek(0)
            return " ".join(file.read().decode("utf-8", "replace").split())

        with _diverted(2, sys.stderr, file.fileno()):
            yield said


@contextlib.contextmanager
def _to_nowhere(number: int, stream: object) -> Iterator[None]:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        with _diverted(number, stream, nowhere):
            yield
    finally:
        os.close(nowhere)


@contextlib.contextmanager
def _diverted(number: int, stream: object, place: int) -> Iterator[None]:
    with contextlib.suppress(AttributeError, OSError, ValueError):  # none, broken, or closed
        stream.flush()  # type: ignore[attr-defined]
    try:
        kept = os.dup(number)
    except OSError:  # the process was started without it
        yield
        return
    try:
        os.dup2(place, number)
        yield
    finally:
        os.dup2(kept, number)
        os.close(kept)
