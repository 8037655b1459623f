"""Tell how a file is packed, and whether its end is missing."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from skxpresso._utils.naming import shown
from skxpresso._utils.text import check_is_there

__all__ = ["check_whole", "is_bgzip", "is_packed", "read_pieces"]

_LAST_BLOCK = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def is_packed(path: Path) -> bool:
    """Whether the file begins as gzip does, bgzip included."""
    with open(path, "rb") as file:
        return file.read(2) == b"\x1f\x8b"


def is_bgzip(path: Path) -> bool:
    """Whether the file is packed in blocks that can be read one by one."""
    with open(path, "rb") as file:
        start = file.read(14)
    return start[:2] == b"\x1f\x8b" and start[12:14] == b"BC"


def check_whole(path: Path) -> None:
    """Raise where the last block of a bgzip file is missing: a reader would not notice."""
    check_is_there(path)
    if not is_bgzip(path):
        return
    with open(path, "rb") as file:
        file.seek(max(path.stat().st_size - len(_LAST_BLOCK), 0))
        if file.read() != _LAST_BLOCK:
            raise ValueError(
                f"{shown(path)}: the compressed file is truncated: bgzip's last block is missing "
                f"after {path.stat().st_size:,} bytes"
            )


def read_pieces(path: Path, size: int = 1 << 26) -> Iterator[bytes]:
    """Read a text file, plain or packed, in pieces of whole lines.

    Parameters
    ----------
    path : Path
        Plain, gzip or bgzip.
    size : int, default=2**26
        Bytes of a piece, about.

    Yields
    ------
    bytes

    Raises
    ------
    ValueError
        If the file is damaged, cut short, or a line is longer than a piece.
    """
    check_whole(path)
    rest = b""
    with gzip.open(path) if is_packed(path) else open(path, "rb") as file:
        try:
            while piece := file.read(size):
                end = piece.rfind(b"\n") + 1
                if end == 0 and len(piece) == size:
                    raise ValueError(f"{shown(path)}: a line is longer than {size:,} bytes")
                if end:
                    yield rest + piece[:end]
                    rest = b""
                rest += piece[end:]
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(
                f"{shown(path)}: the compressed file is damaged or truncated ({error})"
            ) from error
    if rest:
        yield rest
