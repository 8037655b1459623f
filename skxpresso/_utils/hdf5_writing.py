"""Write HDF5 files so that a full disk is an error, not the end of the process.

The library (1.14.6) crashes with a segmentation fault if it cannot write what it keeps in its
cache. It therefore writes to a file that never fails, and remembers the first error for us.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py

__all__ = ["create_hdf5"]


@contextlib.contextmanager
def create_hdf5(path: Path) -> Iterator[tuple[h5py.File, Callable[[], None]]]:
    """Create a file, and raise what the operating system said when all is closed.

    Parameters
    ----------
    path : pathlib.Path
        File to write.

    Yields
    ------
    file : h5py.File
        The file.
    check : callable
        Raises if something could not be written so far, in the middle of long work.

    Raises
    ------
    OSError
        If the file cannot be written, for instance on a full disk.
    """
    with open(path, "w+b", buffering=0) as raw:
        patient = _Patient(raw)
        try:
            with h5py.File(patient, "w") as file:
                yield file, patient.check
        finally:
            patient.check()  # what HDF5 says about it is less clear
        os.fsync(raw.fileno())


class _Patient:
    """A file that takes everything; after an error it writes nothing more."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._error: OSError | None = None

    def check(self) -> None:
        if self._error is not None:
            raise self._error

    def _try(self, action: Callable[..., int], *arguments: Any) -> int | None:
        if self._error is not None:
            return None
        try:
            return action(*arguments)
        except OSError as error:
            self._error = error
            return None

    def write(self, data: Any) -> int:
        left = memoryview(data)
        while left.nbytes and (n := self._try(self._raw.write, left)) is not None:
            left = left[n:]
        return memoryview(data).nbytes

    def read(self, size: int = -1) -> bytes:
        """Read, which h5py never does: by this method it knows a file."""
        return self._raw.read(size)

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        n = self._try(self._raw.readinto, view) or 0
        view[n:] = bytes(view.nbytes - n)
        return view.nbytes

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        return self._try(self._raw.seek, position, whence) or 0

    def tell(self) -> int:
        return self._raw.tell()

    def truncate(self, size: int) -> int:
        return self._try(self._raw.truncate, size) or size

    def flush(self) -> None:
        """Write nothing: there is no buffer."""
