"""Files that appear complete or not at all."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextvars import ContextVar
from hashlib import blake2b
from pathlib import Path

from skxpresso._utils.naming import shown
from skxpresso._utils.table import shorten

__all__ = ["final_place", "put_in_place", "replacing", "together"]

_LONGEST_STEM = 40  # characters; with what is added a name must stay below 255 bytes
_TEMPORARY = re.compile(
    r"\..*\.skx-(?P<host>[0-9a-f]{6})-(?P<process>[0-9]{1,9})-[a-z0-9_]{8}(\..*)?"
)
#: Complete files of a `together` block and the names they are to have.
_waiting: ContextVar[list[tuple[Path, Path]] | None] = ContextVar("_waiting", default=None)
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
)


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary name beside `path`, and move the file into place on success.

    Parameters
    ----------
    path : path-like
        The final name; its folder must exist. A symlink is followed, and the file that it
        points to is replaced. A replaced file keeps its mode.

    Yields
    ------
    pathlib.Path
        The name to write to, with the same ending. The file is removed if writing fails; if
        the process is killed, by the next process that writes to the folder.

    Raises
    ------
    OSError
        If `path` exists and is not a regular file, or no file can be written to the folder.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso._utils.files import replacing
    >>> folder = Path(tempfile.mkdtemp())
    >>> with replacing(folder / "a.txt") as name:
    ...     _ = name.write_text("done")
    >>> [file.name for file in folder.iterdir()]
    ['a.txt']
    """
    place = final_place(path)
    _sweep(place.parent)
    prefix = f".{place.stem[:_LONGEST_STEM]}.skx-{_host()}-{os.getpid()}-"
    if not place.parent.is_dir():
        raise FileNotFoundError(
            f"there is no folder {shown(place.parent)}, and so no place for {shown(path)}"
        )
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=place.suffix, dir=place.parent)
    os.close(handle)
    temporary, waiting = Path(name), _waiting.get()
    try:
        yield temporary
        if waiting is None:
            put_in_place(temporary, place)
        else:
            waiting.append((temporary, place))
    except OSError as error:
        if error.errno is not None and error.filename is None:  # such as a full disk
            error.filename = os.fspath(path)
        raise
    finally:
        if not waiting or waiting[-1][0] != temporary:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Let files that `replacing` makes in the block wait, and move them into place at its end.

    The files of one run then take the place of those of another within a moment, and none does
    if anything fails before. They are moved in the order in which they were written: one that
    is written last is newer than the others, which tells that they belong to it.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso._utils.files import replacing, together
    >>> folder = Path(tempfile.mkdtemp())
    >>> with together():
    ...     for name in ("table.tsv", "report.html"):
    ...         with replacing(folder / name) as temporary:
    ...             _ = temporary.write_text("done")
    ...     (folder / "table.tsv").exists()
    False
    >>> sorted(file.name for file in folder.iterdir())
    ['report.html', 'table.tsv']
    """
    if _waiting.get() is not None:  # the outer block moves them
        yield
        return
    waiting: list[tuple[Path, Path]] = []
    token = _waiting.set(waiting)
    try:
        yield
        for temporary, place in waiting:
            put_in_place(temporary, place)
    finally:
        _waiting.reset(token)
        for temporary, _ in waiting:
            temporary.unlink(missing_ok=True)


def final_place(path: str | os.PathLike[str]) -> Path:
    """Follow symlinks to the final location of a file; raise if it is not a regular file.

    Parameters
    ----------
    path : path-like
        The name that the user gave.

    Returns
    -------
    pathlib.Path
        Absolute, without symlinks.

    Raises
    ------
    OSError
        If a folder, a device or the like has that name, or symlinks form a loop.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso._utils.files import final_place
    >>> final_place(tempfile.mkdtemp())
    Traceback (most recent call last):
        ...
    OSError: ... is a folder, but the output must be a regular file
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"the name of an output must be a str or path-like, got {shorten(path)}")
    if os.fspath(path) == "":
        raise ValueError("the name of an output must not be empty")
    place = Path(path).resolve()
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        return place
    if not stat.S_ISREG(mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "a device")
        raise OSError(f"{shown(path)} is {kind}, but the output must be a regular file")
    return place


@functools.cache
def _host() -> str:
    """Return a name of this machine that file names can hold."""
    return blake2b(socket.gethostname().encode(), digest_size=3).hexdigest()


@functools.cache  # once for each folder: a job may write thousands of files to it
def _sweep(folder: Path) -> None:
    """Remove what killed processes of this machine left in a folder."""
    if os.name == "nt":  # where to ask whether a process lives is to end it
        return
    with contextlib.suppress(OSError):  # no folder, or not ours to read: writing will tell
        for path in folder.iterdir():
            found = _TEMPORARY.fullmatch(path.name)
            if found and found["host"] == _host() and not _is_alive(int(found["process"])):
                path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # of another user
        return True
    return True


def put_in_place(temporary: Path, place: Path) -> None:
    """Move a complete file to its final name, with the mode of the file that was there."""
    try:
        mode = stat.S_IMODE(place.stat().st_mode)
    except FileNotFoundError:
        mode = 0o666 & ~_umask()  # mkstemp lets only the owner read a file
    temporary.chmod(mode)
    temporary.replace(place)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
