"""Reach into an HDF5 file that may come from anywhere, without leaving it."""

from __future__ import annotations

from typing import Any

import h5py

__all__ = ["plain_dataset"]


def plain_dataset(file: h5py.File, name: str) -> h5py.Dataset:
    """Find a data set whose values lie in this file, and nowhere else.

    Parameters
    ----------
    file : h5py.File
        Open for reading.
    name : str
        Path in the file, with "/" between its parts.

    Returns
    -------
    h5py.Dataset
        Nothing of it is read yet.

    Raises
    ------
    ValueError
        If it is not there, or a part of the path is a soft or an external link, or the
        data set is virtual, or stored in other files.

    Examples
    --------
    >>> import h5py, tempfile, pathlib
    >>> from skxpresso._hdf5 import plain_dataset
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "a.h5"
    >>> with h5py.File(path, "w") as file:
    ...     file["group/values"] = [1, 2]
    ...     file["link"] = h5py.ExternalLink("/etc/passwd", "values")
    ...     plain_dataset(file, "group/values").shape
    ...     plain_dataset(file, "link")
    Traceback (most recent call last):
        ...
    ValueError: 'link' is an ExternalLink, which is not followed
    """
    found: Any = file
    for part in name.split("/"):
        if not isinstance(found, h5py.Group) or part not in found:
            raise ValueError(f"there is no data set {name!r}")
        link = found.get(part, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"{name!r} is an {type(link).__name__}, which is not followed")
        found = found[part]
    if not isinstance(found, h5py.Dataset):
        raise ValueError(f"{name!r} is no data set")
    if found.is_virtual or found.external:
        raise ValueError(f"the values of {name!r} lie in other files, which are not opened")
    return found
