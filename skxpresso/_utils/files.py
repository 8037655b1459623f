"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["replacing"]


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary name beside `path`, and move the file into place on success.

    Parameters
    ----------
    path : path-like
        The final name; its folder must exist.

    Yields
    ------
    pathlib.Path
        The name to write to, with the same ending. It is removed where writing fails.

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
    path = Path(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())  # mkstemp gives a file to its owner alone
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
