"""Open HDF5 files and data sets without trusting what they say about themselves."""

from __future__ import annotations

import contextlib
import math
import os
import zlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from skxpresso._utils.limits import FREE_BYTES, MOST_RATIO
from skxpresso._utils.naming import shown
from skxpresso._utils.table import clip
from skxpresso._utils.text import check_is_there

if TYPE_CHECKING:
    import h5py

__all__ = ["open_dataset", "open_hdf5", "read_attribute"]

_MOST_CHUNK_BYTES = 1 << 27  # HDF5 decompresses a chunk as a whole
# gzip, shuffle, checksum, LZF by their registered numbers: others are rare, and some are plugins
# loaded at run time
_FILTERS = {1, 2, 3, 32000}


@contextlib.contextmanager
def open_hdf5(path: str | os.PathLike[str]) -> Iterator[h5py.File]:
    """Open an HDF5 file to read; errors in the `with` block become ValueErrors with the path.

    Parameters
    ----------
    path : path-like
        The file.

    Yields
    ------
    h5py.File

    Raises
    ------
    OSError
        If the operating system cannot open the file.
    ValueError
        If the file is not HDF5 or is damaged, or a ValueError is raised in the `with`
        block.
    """
    import h5py  # here and below, not above: most who load a model read no HDF5

    check_is_there(path)
    with open(path, "rb"):
        pass  # raises the operating system's own errors: those of h5py do not say what is missing
    try:
        with h5py.File(path, "r") as file:
            yield file
    except ValueError as error:
        raise ValueError(f"{shown(path)}: {clip(str(error), 300)}") from error
    # the errors that h5py raises for damaged files, as fuzzing showed
    except (LookupError, MemoryError, OSError, RuntimeError, TypeError, zlib.error) as error:
        raise ValueError(
            f"{shown(path)}: not an HDF5 file, or damaged or truncated ({clip(str(error), 200)})"
        ) from error


def open_dataset(
    group: h5py.Group, name: str, shape: Sequence[int | None], kinds: str
) -> h5py.Dataset:
    """Open a data set of a file that may be malicious, and check it before anything is read.

    Parameters
    ----------
    group : h5py.Group
        Group that contains it: the file, or a group that was reached only by hard links.
    name : str
        Name of the data set.
    shape : sequence of int or None
        Expected shape; None stands for any number.
    kinds : str
        Allowed kinds of its dtype, as in `numpy.dtype.kind`.

    Returns
    -------
    h5py.Dataset
        The data set. Reading it takes memory in proportion to the size of the file.

    Raises
    ------
    ValueError
        If the data set is missing, is a link or made from other files, has another shape
        or dtype, is incomplete, or is larger than the file can hold.
    """
    import h5py

    link = group.get(name, getlink=True)
    if link is None:
        raise ValueError(f"the data set {name!r} is missing; there is {sorted(group)[:10]}")
    if not isinstance(link, h5py.HardLink):
        raise ValueError(f"{name!r} is a link to somewhere else ({type(link).__name__})")
    dataset = group[name]
    if not isinstance(dataset, h5py.Dataset):
        raise ValueError(f"{name!r} must be a data set, got {type(dataset).__name__}")
    # checked before its shape, since reading the shape opens the files of a virtual data set
    if dataset.is_virtual or dataset.external:
        raise ValueError(f"the data set {name!r} takes its values from other files")
    _check_shape(dataset, name, shape, kinds)
    _check_filters(dataset, name)
    _check_storage(dataset, name, os.path.getsize(group.file.filename))
    return dataset


def read_attribute(dataset: h5py.Dataset, name: str, kinds: str) -> Any:
    """Return an attribute that is a single value of a numpy kind, and None for any other."""
    if name not in dataset.attrs:
        return None
    attribute = dataset.attrs.get_id(name)
    if attribute.shape != () or attribute.dtype.kind not in kinds or attribute.dtype.subdtype:
        return None
    return dataset.attrs[name]


def _check_shape(dataset: h5py.Dataset, name: str, shape: Sequence[int | None], kinds: str) -> None:
    found = dataset.shape or ()
    fits = len(found) == len(shape) and all(
        wanted in (None, size) for wanted, size in zip(shape, found, strict=True)
    )
    if not fits:
        wanted = tuple("any" if size is None else size for size in shape)
        raise ValueError(f"the data set {name!r} must have shape {wanted}, got {dataset.shape}")
    if dataset.dtype.kind not in kinds or dataset.dtype.subdtype is not None:
        raise ValueError(f"the data set {name!r} holds values of the wrong type, {dataset.dtype}")


def _check_filters(dataset: h5py.Dataset, name: str) -> None:
    plist = dataset.id.get_create_plist()
    filters = {plist.get_filter(i)[0] for i in range(plist.get_nfilters())}
    if unknown := filters - _FILTERS:
        raise ValueError(f"the data set {name!r} is packed by unknown filters {sorted(unknown)}")


def _check_storage(dataset: h5py.Dataset, name: str, file_size: int) -> None:
    claimed = math.prod(dataset.shape) * dataset.dtype.itemsize
    stored = min(dataset.id.get_storage_size(), file_size)
    if claimed and not (stored and _has_all_chunks(dataset)):
        raise ValueError(f"the data set {name!r} is incomplete: parts of it were never written")
    if claimed > FREE_BYTES + MOST_RATIO * stored:
        raise ValueError(
            f"the data set {name!r} claims {claimed:,} bytes (shape {dataset.shape}, "
            f"{dataset.dtype}), but the file stores {stored:,} of it"
        )
    if dataset.chunks and (size := _bytes(dataset.chunks, dataset)) > _MOST_CHUNK_BYTES:
        raise ValueError(
            f"the data set {name!r} has chunks of {size:,} bytes, more than {_MOST_CHUNK_BYTES:,}"
        )


def _bytes(shape: Sequence[int], dataset: Any) -> int:
    return math.prod(shape) * dataset.dtype.itemsize


def _has_all_chunks(dataset: h5py.Dataset) -> bool:
    if not dataset.chunks:
        return True
    expected = math.prod(
        -(-size // chunk) for size, chunk in zip(dataset.shape, dataset.chunks, strict=True)
    )
    return dataset.id.get_num_chunks() == expected
