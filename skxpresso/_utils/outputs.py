"""Compare outputs with all inputs, and lock them, before work begins."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from skxpresso._utils.files import final_place
from skxpresso._utils.naming import shown
from skxpresso._utils.table import clip

__all__ = ["claimed"]

Name = str | os.PathLike[str]


@contextlib.contextmanager
def claimed(
    outputs: Iterable[Name], inputs: Iterable[Name] = (), *, locked_inside: Iterable[Name] = ()
) -> Iterator[None]:
    """Reserve the files that a job writes for this job, while the block runs.

    Every output has a lock of its own, so jobs that share any file exclude each other.

    Parameters
    ----------
    outputs : iterable of path-like
        All files that will be written, including unfinished ones and those beside the main
        one. Missing folders are made, and removed if they stay empty.
    inputs : iterable of path-like
        All files that are read; anything that is not a file is ignored.
    locked_inside : iterable of path-like
        Further outputs, which are checked like the others, and locked by what is called in
        the block.

    Raises
    ------
    OSError
        If an output is not a regular file or its folder is not writable, or another
        process is writing there.
    ValueError
        If an output is the same file as an input or another output, also through links.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso._utils.outputs import claimed
    >>> table = Path(tempfile.mkdtemp()) / "genes.tsv"
    >>> _ = table.write_text("ID")
    >>> with claimed([table.with_name("a.tsv"), table], inputs=[table]):
    ...     pass
    Traceback (most recent call last):
        ...
    ValueError: ...genes.tsv is an input, which would be lost; write to another name
    """
    outputs = list(outputs)
    to_lock = sorted({final_place(output) for output in outputs})
    outputs = [*outputs, *locked_inside]
    places = [final_place(output) for output in outputs]
    read = [Path(name) for name in inputs if _is_file(name)]
    for i, (output, place) in enumerate(zip(outputs, places, strict=True)):
        if any(_are_same(place, source) for source in read):
            raise ValueError(
                f"{shown(output)} is an input, which would be lost; write to another name"
            )
        if any(_are_same(place, other) for other in places[:i]):
            raise ValueError(f"{shown(output)} would be written twice; write to another name")
    made = [folder for place in places for folder in _make_folders(place.parent)]
    try:
        for output, place in zip(outputs, places, strict=True):
            if not os.access(place.parent, os.W_OK):  # better said before the work than after
                raise PermissionError(f"{shown(output)}: nothing can be written to its folder")
        with contextlib.ExitStack() as locks:
            for place in to_lock:
                locks.enter_context(_locked(place))
            yield
    finally:
        for folder in reversed(made):
            with contextlib.suppress(OSError):  # not empty, which is the normal case
                folder.rmdir()


def _is_file(name: Any) -> bool:
    return isinstance(name, str | os.PathLike) and os.path.isfile(name)


def _are_same(one: Path, other: Path) -> bool:
    if one == other.resolve():
        return True
    return one.exists() and other.exists() and one.samefile(other)  # a hard link


def _make_folders(folder: Path) -> list[Path]:
    """Make the missing folders of a path, and return them from the top down."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()][::-1]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


@contextlib.contextmanager
def _locked(place: Path) -> Iterator[None]:
    """Hold a lock, which ends with the process and names its holder."""
    path = place.with_name(f".{place.name}.lock")
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        if not path.exists():  # no lock can be made there
            raise PermissionError(
                f"{shown(place)}: nothing can be written to its folder"
            ) from error
        holder = ""
        with contextlib.suppress(OSError):
            holder = path.read_text(encoding="utf-8").strip()
        raise BlockingIOError(
            f"{shown(place)} is being written by {clip(holder, 100) or 'another process'}; wait "
            "for it, or write to another name"
        ) from error
    try:
        path.write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows cannot remove an open file
            path.unlink()
        lock.release()
        if os.name == "nt":
            with contextlib.suppress(OSError):
                path.unlink()
