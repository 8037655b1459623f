"""Open text, plain or compressed, and keep malicious files from taking too much memory."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import stat
import zlib
from collections.abc import Iterator
from typing import IO, Any, TextIO

from skxpresso._utils.limits import FREE_BYTES, MOST_RATIO

__all__ = ["open_text"]

_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


@contextlib.contextmanager
def open_text(path: str | os.PathLike[str], max_line: int = 1 << 24) -> Iterator[TextIO]:
    """Open UTF-8 text: plain, gzip or bgzip, recognized by the first bytes.

    Parameters
    ----------
    path : path-like
        File or pipe to read.
    max_line : int, default=2**24
        Largest number of bytes in a line.

    Yields
    ------
    text file
        The text, with universal line ends and without a byte order mark.

    Raises
    ------
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
    with open(path, "rb") as file:
        source: Any = file
        if file.peek(2)[:2] == b"\x1f\x8b":
            _check_bgzip_end(file, path)
            source = _Unpacked(file, path)
        try:
            with _as_text(_ShortLines(source, path, max_line)) as text:
                yield text
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(
                f"{path}: the compressed file is damaged or truncated ({error})"
            ) from error
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{path}: the file is not text: byte {error.object[error.start]:#04x} is not UTF-8"
            ) from error


def _as_text(raw: io.RawIOBase) -> TextIO:
    return io.TextIOWrapper(io.BufferedReader(raw, 1 << 17), encoding="utf-8-sig")


def _check_bgzip_end(file: Any, path: str | os.PathLike[str]) -> None:
    """Raise if the last block of a bgzip file is missing; gzip would not notice."""
    status = os.fstat(file.fileno())
    if file.peek(14)[12:14] != b"BC" or not stat.S_ISREG(status.st_mode):
        return
    file.seek(max(status.st_size - len(_BGZF_END), 0))
    end = file.read()
    file.seek(0)
    if end != _BGZF_END:
        raise ValueError(
            f"{path}: the compressed file is truncated (bgzip's last block is missing)"
        )


class _Counted:
    """A binary file that counts what is read from it, pipes included."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.size += len(data)
        return data


class _Unpacked(io.RawIOBase):
    """The content of a gzip file, refused if it becomes too large."""

    def __init__(self, file: IO[bytes], path: str | os.PathLike[str]) -> None:
        self._packed = _Counted(file)
        self._gzip = gzip.GzipFile(fileobj=self._packed, mode="rb")  # type: ignore[call-overload]
        self._path = path
        self._size = 0

    def readinto(self, buffer: Any) -> int:
        n = self._gzip.readinto(buffer)
        self._size += n
        if self._size > FREE_BYTES + MOST_RATIO * self._packed.size:
            raise ValueError(
                f"{self._path}: {self._packed.size:,} bytes unpacked to {self._size:,} and more, "
                f"over {MOST_RATIO} times as many; unpack the file first if it is to be trusted"
            )
        return n


class _ShortLines(io.RawIOBase):
    """A binary file, refused if a line is too long."""

    def __init__(self, source: Any, path: str | os.PathLike[str], max_line: int) -> None:
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
            raise ValueError(f"{self._path}: a line is longer than {self._max_line:,} bytes")
        return n
