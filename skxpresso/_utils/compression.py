"""Unpack gzip, bzip2, xz and Zstandard as a stream, recognized by the first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
from collections.abc import Callable
from typing import IO, Any

from skxpresso._utils.limits import FREE_BYTES, MOST_RATIO
from skxpresso._utils.naming import shown

__all__ = ["unpacked"]

Path = str | os.PathLike[str]


def unpacked(file: io.BufferedReader, path: Path) -> Any:
    """Return the content of a file as a raw stream, unpacked if it is compressed.

    Parameters
    ----------
    file : BufferedReader
        The file, at its beginning.
    path : path-like
        Its name, for messages.

    Returns
    -------
    raw stream
        The file itself if it is not compressed.

    Raises
    ------
    ImportError
        If it is compressed with Zstandard and there is no library for it.
    ValueError
        If it is an archive of files; or, when read, if it is damaged or truncated, or
        unpacks to more than 500 times its size.

    Examples
    --------
    >>> from skxpresso._utils.compression import unpacked
    >>> packed = io.BufferedReader(io.BytesIO(bz2.compress(b"ACGT")))
    >>> io.BufferedReader(unpacked(packed, "a.txt")).read()
    b'ACGT'
    """
    start = file.peek(6)[:6]
    for magic, name in _ARCHIVES.items():
        if start.startswith(magic):
            raise ValueError(f"{shown(path)}: the file is {name}")
    for magic, unpack in _UNPACKERS.items():
        if start.startswith(magic):
            return _Unpacked(file, path, unpack)
    return file


def _open_zstd(file: Any) -> Any:
    try:
        from compression import zstd  # type: ignore[import-not-found]  # from Python 3.14 on
    except ImportError:
        try:
            from backports import zstd
        except ImportError as error:
            raise ImportError(
                "the file is compressed with Zstandard, which needs the package backports.zstd "
                "(pip install '.[tables]', from a checkout); or unpack it with zstd -d"
            ) from error
    return zstd.ZstdFile(file, "rb")


_ARCHIVES = {
    b"PK\x03\x04": "a zip archive or an Excel workbook; unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an Excel workbook; save the sheet as CSV",
    b"PAR1": "parquet, which is read as a table only, and from a file, not a pipe",
}
_UNPACKERS: dict[bytes, Callable[[Any], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file, mode="rb"),
    b"BZh": lambda file: bz2.BZ2File(file, "rb"),
    b"\xfd7zXZ\x00": lambda file: lzma.LZMAFile(file, "rb"),  # noqa: SIM115
    b"\x28\xb5\x2f\xfd": _open_zstd,
}


class _Counted:
    """A binary file that counts what is read from it, pipes included."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.size += len(data)
        return data

    def seekable(self) -> bool:
        return False


class _Unpacked(io.RawIOBase):
    """The content of a compressed file, refused if it becomes too large."""

    def __init__(self, file: IO[bytes], path: Path, unpack: Callable[[Any], Any]) -> None:
        self._packed = _Counted(file)
        self._content = unpack(self._packed)
        self._path = path
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            n = int(self._content.readinto(buffer))
        except Exception as error:  # each library has errors of its own for damage
            is_of_the_system = isinstance(error, OSError) and error.errno is not None
            if is_of_the_system or isinstance(error, MemoryError):
                raise
            raise ValueError(
                f"{shown(self._path)}: the compressed file is damaged or truncated ({error})"
            ) from error
        self._size += n
        if self._size > FREE_BYTES + MOST_RATIO * self._packed.size:
            raise ValueError(
                f"{shown(self._path)}: {self._packed.size:,} bytes unpacked to {self._size:,} and "
                f"more, over {MOST_RATIO} times as many; unpack the file first if it is to be "
                "trusted"
            )
        return n
