"""Open text, plain or compressed, and keep malicious files from taking too much memory."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from skxpresso._utils.compression import unpacked
from skxpresso._utils.naming import Path, is_standard_input, shown

__all__ = ["check_is_there", "open_bytes", "open_text"]

_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def check_is_there(path: Path) -> None:
    """Raise OSError, in a sentence, if there is nothing to read under a name, or a folder.

    Examples
    --------
    >>> from skxpresso._utils.text import check_is_there
    >>> check_is_there("nowhere/genes.tsv")
    Traceback (most recent call last):
        ...
    FileNotFoundError: there is no folder nowhere, and so no file nowhere/genes.tsv
    """
    if is_standard_input(path):
        return
    if os.path.isdir(path):
        raise IsADirectoryError(f"{shown(path)} must be a file, but is a folder")
    if not os.path.exists(path):
        folder = os.path.dirname(path)
        missing = (
            f"folder {shown(folder)}, and so no " if folder and not os.path.isdir(folder) else ""
        )
        raise FileNotFoundError(f"there is no {missing}file {shown(path)}")


@contextlib.contextmanager
def open_bytes(path: Path) -> Iterator[io.BufferedReader]:
    """Open a file, a pipe, or with "-" standard input, which stays open."""
    if not is_standard_input(path):
        check_is_there(path)
        with open(path, "rb") as file:
            yield file
        return
    if sys.stdin is None:
        raise OSError("standard input was named, but is closed")
    source: Any = sys.stdin.buffer
    if hasattr(source, "peek"):
        yield source
        return
    reader = io.BufferedReader(source)
    try:
        yield reader
    finally:
        reader.detach()  # which would close standard input


@contextlib.contextmanager
def open_text(path: Path, max_line: int = 1 << 24) -> Iterator[TextIO]:
    """Open UTF-8 text: plain, gzip, bgzip, bzip2, xz or Zstandard, known by the first bytes.

    Parameters
    ----------
    path : path-like
        File or pipe to read; "-" is standard input.
    max_line : int, default=2**24
        Largest number of bytes in a line.

    Yields
    ------
    text file
        The text, with universal line ends and without a byte order mark.

    Raises
    ------
    ImportError
        If it is compressed with Zstandard and there is no library for it.
    OSError
        If the file cannot be read.
    ValueError
        If, inside the `with` block, the file turns out to be damaged or truncated, is not
        text, has a line that is too long, or decompresses to more than 500 times its size.
        The message names the file.

    Examples
    --------
    >>> import gzip, pathlib, tempfile
    >>> from skxpresso._utils.text import open_text
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "a.txt"
    >>> _ = path.write_bytes(gzip.compress(b"one line"))
    >>> with open_text(path) as text:
    ...     text.read()
    'one line'
    """
    where = shown(path)
    with open_bytes(path) as file:
        _check_bgzip_end(file, where)
        source = unpacked(file, where)
        try:
            with _as_text(_ShortLines(source, where, max_line)) as text:
                yield text
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{where}: the file is not text: byte {error.object[error.start]:#04x} is not UTF-8"
            ) from error


def _as_text(raw: io.RawIOBase) -> TextIO:
    return io.TextIOWrapper(io.BufferedReader(raw, 1 << 17), encoding="utf-8-sig")


def _check_bgzip_end(file: Any, path: Path) -> None:
    """Raise if the last block of a bgzip file is missing; gzip would not notice."""
    start = file.peek(14)
    if start[:2] != b"\x1f\x8b" or start[12:14] != b"BC":
        return
    try:
        status = os.fstat(file.fileno())
    except OSError:  # not a file of the system
        return
    if not stat.S_ISREG(status.st_mode) or file.tell() != 0:
        return
    file.seek(max(status.st_size - len(_BGZF_END), 0))
    end = file.read()
    file.seek(0)
    if end != _BGZF_END:
        raise ValueError(
            f"{shown(path)}: the compressed file is truncated (bgzip's last block is missing)"
        )


class _ShortLines(io.RawIOBase):
    """A binary file, refused if a line is too long."""

    def __init__(self, source: Any, path: Path, max_line: int) -> None:
        self._source = source
        self._path = path
        self._max_line = max_line
        self._open_line = 0  # bytes since the last line end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        n = self._source.readinto(buffer)
        data = bytes(buffer[:n])
        end = max(data.rfind(b"\n"), data.rfind(b"\r"))
        self._open_line = self._open_line + n if end < 0 else n - end - 1
        if self._open_line > self._max_line:
            raise ValueError(f"{shown(self._path)}: a line is longer than {self._max_line:,} bytes")
        return n
