"""Read text of variable length from HDF5 files without the HDF5 library.

The library (1.14.6) loops for ever where a single byte of the heap that holds such text is
damaged, and nothing in Python can stop it.

Source: HDF5 File Format Specification 3.0, "Disk Format: Level 1E - Global Heap".
"""

from __future__ import annotations

import os
import zlib
from typing import IO

import h5py
import numpy as np
import numpy.typing as npt

__all__ = ["read_variable_text"]

_REFERENCE = np.dtype([("length", "<u4"), ("heap", "<u8"), ("index", "<u4")])
_HEADER = 16  # bytes, of a heap and of each object in it


def read_variable_text(dataset: h5py.Dataset) -> list[bytes]:
    """Read a one-dimensional data set of text.

    Parameters
    ----------
    dataset : h5py.Dataset
        Of shape (n,), text of variable length, checked by `open_dataset`.

    Returns
    -------
    list of bytes

    Raises
    ------
    ValueError
        If it is damaged, or stored in a way that h5py does not choose by itself.
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
                # heaps that overlap could be read for ever
                unread -= sum(map(len, heaps[heap].values()))
            text = heaps[heap].get(index, b"")[:length] if length else b""
            if len(text) < length:
                raise ValueError(f"{dataset.name!r}: the text of row {len(texts)} is damaged")
            texts.append(text)
    return texts


def _references(dataset: h5py.Dataset, file: IO[bytes]) -> npt.NDArray[np.void]:
    """Read length and place of every text."""
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


def _read_heap(file: IO[bytes], place: int, most: int) -> dict[int, bytes]:
    """Read the objects of a heap by their number."""
    file.seek(place)
    header = file.read(_HEADER)
    size = int.from_bytes(header[8:], "little")
    if header[:4] != b"GCOL" or size > most:
        raise ValueError("the heap that holds text of variable length is damaged")
    content = file.read(max(size - _HEADER, 0))
    objects = {}
    position = 0
    while position + _HEADER <= len(content):
        index = int.from_bytes(content[position : position + 2], "little")
        length = int.from_bytes(content[position + 8 : position + _HEADER], "little")
        if index == 0:  # free space follows
            break
        position += _HEADER
        objects[index] = content[position : position + length]
        position += -(-length // 8) * 8
    return objects
