"""JSON and arrays in one file without code, with digests that notice damage: safetensors."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from skxpresso._utils.files import replacing
from skxpresso._utils.naming import shown
from skxpresso._utils.table import clip, quote
from skxpresso._utils.text import check_is_there

__all__ = ["SealedFile", "open_sealed", "write_sealed"]

_LARGEST_HEADER = 2**24  # bytes; column names can make a header long
_SEAL = re.compile(r', "digest": "([0-9a-f]{32})"}$')  # ends the JSON
_TYPES = {"float32": "F32", "float64": "F64", "uint8": "U8", "int64": "I64", "bool": "BOOL"}


def write_sealed(
    path: str | os.PathLike[str],
    key: str,
    content: Mapping[str, Any],
    arrays: Mapping[str, npt.NDArray[Any]],
) -> None:
    """Write one file, with a digest of the text and of each array.

    Parameters
    ----------
    path : path-like
        File to write; it appears complete or not at all.
    key : str
        Name of the text, which tells the kind of the file.
    content : mapping
        What `json` can write; the names `digests` and `digest` are added.
    arrays : mapping of str to ndarray
        float32, float64, uint8, int64 or bool.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from skxpresso._utils.sealed import open_sealed, write_sealed
    >>> path = Path(tempfile.mkdtemp()) / "a.safetensors"
    >>> write_sealed(path, "example", {"format_version": 1}, {"x": np.arange(3.0)})
    >>> with open_sealed(path, "example", "an example") as file:
    ...     file.content, file.take("x", (3,), "float64")
    ({'format_version': 1}, array([0., 1., 2.]))
    """
    whole = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    digests = {name: _digest_of(array) for name, array in whole.items()}
    text = json.dumps({**content, "digests": digests})
    seal = f', "digest": "{_digest_of_text(text[:-1])}"}}'
    # not `save_file`: it does not tell a full disk from other errors
    data = save(whole, {key: text[:-1] + seal})
    with replacing(path) as name, open(name, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def open_sealed(path: str | os.PathLike[str], key: str, what: str) -> Iterator[SealedFile]:
    """Open a file of `write_sealed`; `what` says in errors what it should be.

    Raises
    ------
    OSError
        If it cannot be opened.
    ValueError
        If it is of another kind or damaged, also while the block runs. All messages name
        the file.
    """
    check_is_there(path)
    path = Path(path)
    _check_header_size(path, what)
    try:
        with safe_open(path, framework="np") as file:
            yield SealedFile(file, key, what)
    except SafetensorError as error:
        raise ValueError(
            f"{shown(path)}: not {what}, or damaged ({clip(str(error), 200)})"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{shown(path)}: {clip(str(error), 300)}") from error


def _check_header_size(path: Path, what: str) -> None:
    """Raise if the header, which starts with its size, would take much memory to parse."""
    with path.open("rb") as file:
        declared = int.from_bytes(file.read(8), "little")
    problem = f"{shown(path)}: not {what}, or damaged"
    size = path.stat().st_size
    if declared > size - 8:
        raise ValueError(f"{problem} (a header of {declared} bytes in a file of {size})")
    if declared > _LARGEST_HEADER:
        raise ValueError(f"{problem} (a header of {declared} bytes, over {_LARGEST_HEADER})")


class SealedFile:
    """An open file: its JSON, and arrays that are compared with what is expected and read.

    Parameters
    ----------
    file : safetensors.safe_open
        Open file.
    key : str
        Name of the text.
    what : str
        What the file should be, for errors.

    Attributes
    ----------
    content : dict
        The JSON, without the digests.
    is_sealed : bool
        Whether there are digests; files of version 0.1 have none.
    """

    def __init__(self, file: Any, key: str, what: str) -> None:
        metadata = file.metadata()
        if not metadata or key not in metadata:
            raise ValueError(f"not {what}: safetensors of something else")
        if len(metadata) > 1:
            raise ValueError(f"unknown content {quote(sorted(metadata.keys() - {key}))}")
        self._file = file
        self._left = set(file.keys())
        text = metadata[key]
        seal = _SEAL.search(text)
        self.is_sealed = seal is not None
        if seal and seal[1] != _digest_of_text(text[: seal.start()]):
            raise ValueError("damaged: its text does not have the digest that was written with it")
        self.content = json.loads(text)
        if not isinstance(self.content, dict):
            raise ValueError(f"not {what}: no format version")
        self._digests: dict[str, Any] = {}
        if seal:
            del self.content["digest"]
            self._digests = self.content.pop("digests")

    def take(self, name: str, shape: tuple[int, ...] | None, dtype: str) -> npt.NDArray[Any]:
        """Read an array of this shape (None: any in one dimension) and dtype, finite numbers.

        Raises
        ------
        ValueError
            If there is none, or it has changed since it was written.
        """
        if name not in self._left:
            raise ValueError(f"the array {name!r} is missing")
        self._left.remove(name)
        header = self._file.get_slice(name)
        found = tuple(header.get_shape())
        fits = len(found) == 1 if shape is None else found == shape
        if not fits or header.get_dtype() != _TYPES[dtype]:
            raise ValueError(
                f"the array {name!r} must be {dtype} of shape {shape or '(n,)'}, got "
                f"{header.get_dtype()} of shape {found}"
            )
        array = self._file.get_tensor(name)
        if not np.isfinite(array).all():
            raise ValueError(f"the array {name!r} holds numbers that are not finite")
        if self.is_sealed and self._digests.get(name) != _digest_of(array):
            raise ValueError(
                f"damaged: the array {name!r} does not have the digest that was written with it"
            )
        return array

    def check_all_taken(self) -> None:
        """Raise if there are arrays that nobody asked for."""
        if self._left:
            raise ValueError(f"unknown content: array(s) {quote(sorted(self._left))}")


def _digest_of_text(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _digest_of(array: npt.NDArray[Any]) -> str:
    sums = blake2b(f"{array.dtype.str} {array.shape}".encode(), digest_size=16)
    sums.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return sums.hexdigest()
