"""Read text of variable length from HDF5 files without the HDF5 library.

The library (1.14.6) can loop forever if a single byte of the heap that holds such text is
damaged, and nothing in Python can stop it.

Source: HDF5 File Format Specification 3.0, "Disk Format: Level 1E - Global Heap".
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import h5py

__all__ = ["heaps_are_sound", "read_variable_text"]

_REFERENCE = np.dtype([("length", "<u4"), ("heap", "<u8"), ("index", "<u4")])
_MARK = b"GCOL"  # the first bytes of a heap
_HEADER = 16  # bytes, of a heap and of each object in it
_DAMAGED = "the heap that holds text of variable length is damaged"


def read_variable_text(dataset: h5py.Dataset) -> list[bytes]:
    """Read a one-dimensional data set of text.

    Parameters
    ----------
    dataset : h5py.Dataset
        Data set of shape (n,) with text of variable length, checked by `open_dataset`.

    Returns
    -------
    list of bytes

    Raises
    ------
    ValueError
        If it is damaged, or stored in a way that h5py does not use by default.
    """
    created = dataset.file.id.get_create_plist()
    if created.get_userblock() or created.get_sizes() != (8, 8):
        raise ValueError("text of variable length is not read from a file of such a layout")
    path = dataset.file.filename
    unread = size = os.path.getsize(path)
    heaps: dict[int, dict[int, bytes]] = {}
    texts: list[bytes] = []
    with open(path, "rb") as file:
        for length, heap, index in _references(dataset, file).tolist():
            if length and heap not in heaps:
                heaps[heap] = _read_heap(file, min(heap, size), unread)
                # overlapping heaps could make this loop endless
                unread -= sum(map(len, heaps[heap].values()))
            text = heaps[heap].get(index, b"")[:length] if length else b""
            if len(text) < length:
                raise ValueError(f"{dataset.name!r}: the text of row {len(texts)} is damaged")
            texts.append(text)
    return texts


def _references(dataset: h5py.Dataset, file: IO[bytes]) -> npt.NDArray[np.void]:
    """Read the length and position of every text."""
    (n,) = dataset.shape
    if dataset.chunks is None:
        offset = dataset.id.get_offset()
        file.seek(0 if offset is None else offset)
        return _as_references(b"" if offset is None else file.read(n * _REFERENCE.itemsize), n)
    (step,) = dataset.chunks
    references = np.empty(-(-n // step) * step, dtype=_REFERENCE)
    for i in range(dataset.id.get_num_chunks()):
        (start,) = dataset.id.get_chunk_info(i).chunk_offset
        unfiltered, data = dataset.id.read_direct_chunk((start,))
        if dataset.compression == "gzip" and not unfiltered:
            data = zlib.decompressobj().decompress(data, step * _REFERENCE.itemsize)
        references[start : start + step] = _as_references(data, step)
    return references[:n]


def _as_references(data: bytes, n: int) -> npt.NDArray[np.void]:
    if len(data) != n * _REFERENCE.itemsize:
        raise ValueError("text of variable length is damaged, or packed by other means than gzip")
    return np.frombuffer(data, dtype=_REFERENCE)


def heaps_are_sound(data: bytes) -> bool:
    """Tell whether all heaps of a file can be walked; HDF5 1.14 may loop forever in others.

    Parameters
    ----------
    data : bytes
        Content of the whole file.

    Returns
    -------
    bool

    Examples
    --------
    >>> from skxpresso._utils.hdf5_text import heaps_are_sound
    >>> heaps_are_sound(b"no heap"), heaps_are_sound(b"GCOL" + bytes(20))
    (True, False)
    """
    place = data.find(_MARK)
    try:
        while place >= 0:
            size = _heap_size(data[place : place + _HEADER], len(data) - place)
            for _ in _walk(data[place + _HEADER : place + size]):
                pass
            place = data.find(_MARK, place + len(_MARK))
    except ValueError:
        return False
    return True


def _read_heap(file: IO[bytes], place: int, most: int) -> dict[int, bytes]:
    """Read the objects of a heap by their number."""
    file.seek(place)
    content = file.read(_heap_size(file.read(_HEADER), most) - _HEADER)
    return {number: content[part] for number, part in _walk(content)}


def _heap_size(header: bytes, most: int) -> int:
    """Read how many bytes a heap says it has, header included."""
    size = int.from_bytes(header[8:], "little")
    if header[:4] != _MARK or not _HEADER <= size <= most:
        raise ValueError(_DAMAGED)
    return size


def _walk(content: bytes) -> Iterator[tuple[int, slice]]:
    """Yield the number and position of each object in a heap without its header."""
    place = 0
    while place + _HEADER <= len(content):
        number = int.from_bytes(content[place : place + 2], "little")
        length = int.from_bytes(content[place + 8 : place + _HEADER], "little")
        start = place + _HEADER
        place = start + -(-length // 8) * 8 if number else place + length
        if not start <= place <= len(content):
            raise ValueError(_DAMAGED)
        if number:  # 0: free space
            yield number, slice(start, start + length)
