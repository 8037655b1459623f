"""Data that come with the package: bases in two bits each, in files without pickle."""

from __future__ import annotations

import hashlib
import io
from importlib import resources

import numpy as np
import numpy.typing as npt

__all__ = ["pack_bases", "read_description", "read_packed", "unpack_bases"]

Bytes = npt.NDArray[np.uint8]

_FOLDER = resources.files("skxpresso.datasets") / "data"
_SHIFTS = np.array([6, 4, 2, 0], dtype=np.uint8)  # the first of four bases is in the highest bits
# maps a byte to its four base codes
_CODES: Bytes = (np.arange(256, dtype=np.uint8)[:, np.newaxis] >> _SHIFTS) & np.uint8(3)


def pack_bases(codes: Bytes) -> Bytes:
    """Pack base codes, four to a byte.

    Parameters
    ----------
    codes : ndarray of shape (n, length), uint8
        Base codes 0 to 3 for A, C, G, T; the length must be a multiple of 4.

    Returns
    -------
    ndarray of shape (n, length / 4), uint8

    Raises
    ------
    ValueError
        If a code is not 0 to 3, such as the code of N, or the length is not a multiple of
        4.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.datasets._packed import pack_bases
    >>> pack_bases(np.array([[0, 1, 2, 3]], dtype=np.uint8))  # ACGT: 00 01 10 11
    array([[27]], dtype=uint8)
    """
    n, length = codes.shape
    if length % 4:
        raise ValueError(f"the length of packed bases must be a multiple of 4, got {length}")
    if codes.size and codes.max() > 3:
        row = int(np.argmax((codes > 3).any(axis=1)))
        raise ValueError(f"row {row} has an N, or another letter that two bits cannot hold")
    return np.bitwise_or.reduce(codes.reshape(n, length // 4, 4) << _SHIFTS, axis=2)


def unpack_bases(packed: Bytes) -> Bytes:
    """Return the base codes (n, 4 * width), uint8, that `pack_bases` packed to (n, width).

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.datasets._packed import unpack_bases
    >>> unpack_bases(np.array([[27]], dtype=np.uint8))
    array([[0, 1, 2, 3]], dtype=uint8)
    """
    return _CODES[packed].reshape(len(packed), 4 * packed.shape[1])


def read_packed(name: str, sha256: str) -> dict[str, npt.NDArray]:
    """Read the arrays of an `.npz` file of the package.

    Parameters
    ----------
    name : str
        Name of the file, in the folder `data` beside this module.
    sha256 : str
        Checksum of the file.

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    OSError
        If the file is missing, or its checksum is wrong.

    Examples
    --------
    >>> from skxpresso.datasets._packed import read_packed
    >>> read_packed("yeast_promoters.npz", "0" * 64)
    Traceback (most recent call last):
        ...
    OSError: yeast_promoters.npz: sha256 is ..., not 000...; install skxpresso again
    """
    content = (_FOLDER / name).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise OSError(f"{name}: sha256 is {found}, not {sha256}; install skxpresso again")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)


def read_description(name: str) -> str:
    """Read the text that describes a file of the package.

    Examples
    --------
    >>> from skxpresso.datasets._packed import read_description
    >>> read_description("yeast_promoters.md").splitlines()[0]
    '# Native yeast promoter fragments'
    """
    return (_FOLDER / name).read_text(encoding="utf-8")
