"""Fitted pipelines in one file without pickle: parameters as JSON, arrays as safetensors."""

from __future__ import annotations

import json
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from skxpresso import __version__
from skxpresso._utils.files import replacing
from skxpresso._utils.table import quote
from skxpresso.saving._state import from_state, to_state

__all__ = ["FORMAT_VERSION", "load_pipeline", "save_pipeline"]

#: Format version of the files that `save_pipeline` writes.
FORMAT_VERSION = 1

_KEY = "skxpresso"  # key of our JSON in the metadata
_LARGEST_HEADER = 2**24  # bytes; column names can make a header long


def save_pipeline(pipeline: Any, path: str | os.PathLike[str]) -> None:
    """Write a fitted pipeline to one file, without pickle.

    Parameters
    ----------
    pipeline : Pipeline, XpressoRegressor, OneHotPromoterEncoder or HalfLifeTransformer
        A fitted estimator of one of these classes, or a fitted pipeline of them.
    path : path-like
        File to write; it appears complete or not at all. Its folder must exist.

    Raises
    ------
    TypeError
        If a step is of another class, or a parameter is not made of numbers and text, such
        as a callback or a `RandomState`.
    NotFittedError
        If the pipeline is not fitted.

    See Also
    --------
    load_pipeline : Reads the file.
    XpressoRegressor.to_keras : Returns the network alone, for use without this package.

    Notes
    -----
    The file is in the safetensors format: uncompressed arrays, and text. The text is JSON:
    classes, parameters, fitted attributes, and the versions of skxpresso, Keras and
    scikit-learn. Parameters given as arrays are loaded as lists.

    The file does not keep the pipeline's `memory` and `verbose`, which belong to a machine
    and a session, the effects of `set_output` and `set_fit_request`, or the state of the
    optimizer. An `init` that was a fitted estimator becomes None: the network keeps what it
    learned, and another `fit` would start from scratch.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso import load_pipeline, make_xpresso_pipeline, save_pipeline
    >>> from skxpresso.datasets import make_promoters
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> pipeline = make_xpresso_pipeline(
    ...     filters=(4,), kernel_sizes=(5,), dilation_rates=(1,), pool_sizes=(10,),
    ...     epochs=2, random_state=0,
    ... ).fit(data.data, data.target)
    >>> path = Path(tempfile.mkdtemp()) / "model.safetensors"
    >>> save_pipeline(pipeline, path)
    >>> again = load_pipeline(path)
    >>> (again.predict(data.data) == pipeline.predict(data.data)).all()
    np.True_
    """
    arrays: dict[str, npt.NDArray[Any]] = {}
    content = {
        "format_version": FORMAT_VERSION,
        "versions": {
            "skxpresso": __version__,
            "keras": version("keras"),
            "scikit-learn": version("scikit-learn"),
        },
        "estimator": to_state(pipeline, arrays),
    }
    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    with replacing(path) as name:
        save_file(tensors, name, {_KEY: json.dumps(content)})


def load_pipeline(path: str | os.PathLike[str]) -> Any:
    """Read a pipeline that `save_pipeline` wrote, without running code from the file.

    Parameters
    ----------
    path : path-like
        File to read.

    Returns
    -------
    Pipeline or estimator
        The fitted pipeline or estimator, as it was saved.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If the file is damaged, has a later format, or contains anything unknown, or if
        weights do not fit the network or are not finite. The message names the file and the
        part.

    See Also
    --------
    save_pipeline : Writes the file; has an example.
    load_pretrained : Loads the published networks, and these files too.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso import load_pipeline
    >>> path = Path(tempfile.mkdtemp()) / "other.txt"
    >>> _ = path.write_text("something else")
    >>> load_pipeline(path)
    Traceback (most recent call last):
        ...
    ValueError: .../other.txt: not a file of save_pipeline, or damaged (...)
    """
    path = Path(path)
    _check_header_size(path)
    try:
        with safe_open(path, framework="np") as file:
            content = _read_content(file.metadata())
            arrays = _CheckedArrays(file)
            estimator = from_state(content["estimator"], arrays)
            arrays.check_all_taken()
    except SafetensorError as error:
        raise ValueError(f"{path}: not a file of save_pipeline, or damaged ({error})") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: {error}") from error
    return estimator


def _check_header_size(path: Path) -> None:
    """Raise if the header, which starts with its size, would take much memory to parse."""
    with path.open("rb") as file:
        declared = int.from_bytes(file.read(8), "little")
    problem = f"{path}: not a file of save_pipeline, or damaged"
    size = path.stat().st_size
    if declared > size - 8:
        raise ValueError(f"{problem} (a header of {declared} bytes in a file of {size})")
    if declared > _LARGEST_HEADER:
        raise ValueError(f"{problem} (a header of {declared} bytes, over {_LARGEST_HEADER})")


def _read_content(metadata: dict[str, str] | None) -> dict[str, Any]:
    if not metadata or _KEY not in metadata:
        raise ValueError("not a file of save_pipeline: safetensors of something else")
    content = json.loads(metadata[_KEY])
    if not isinstance(content, dict) or "format_version" not in content:
        raise ValueError("not a file of save_pipeline: no format version")
    if content["format_version"] != FORMAT_VERSION:
        raise ValueError(
            f"format version {content['format_version']!r}, written by versions "
            f"{content.get('versions')}; skxpresso {__version__} reads version {FORMAT_VERSION}"
        )
    unknown = content.keys() - {"format_version", "versions", "estimator"}
    if unknown or "estimator" not in content or len(metadata) > 1:
        names = [*sorted(unknown), *sorted(metadata.keys() - {_KEY})]
        raise ValueError(f"unknown content {quote(names)}" if names else "no estimator in it")
    return content


class _CheckedArrays:
    """Arrays of an open file, each compared with what is expected before it is read."""

    _TYPES = {"float32": "F32", "float64": "F64"}  # noqa: RUF012

    def __init__(self, file: Any) -> None:
        self.file = file
        self.left = set(file.keys())

    def take(self, name: str, shape: tuple[int, ...], dtype: str) -> npt.NDArray[Any]:
        if name not in self.left:
            raise ValueError(f"the array {name!r} is missing")
        self.left.remove(name)
        header = self.file.get_slice(name)
        found = tuple(header.get_shape())
        if found != shape or header.get_dtype() != self._TYPES[dtype]:
            raise ValueError(
                f"the array {name!r} must be {dtype} of shape {shape}, got "
                f"{header.get_dtype()} of shape {found}"
            )
        array = self.file.get_tensor(name)
        if not np.isfinite(array).all():
            raise ValueError(f"the array {name!r} holds numbers that are not finite")
        return array

    def check_all_taken(self) -> None:
        if self.left:
            raise ValueError(f"unknown content: array(s) {quote(sorted(self.left))}")
