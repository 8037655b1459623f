"""Fitted pipelines in one file without pickle: parameters as JSON, arrays as safetensors."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy.typing as npt

from skxpresso import __version__
from skxpresso._utils.sealed import SealedFile, open_sealed, write_sealed
from skxpresso._utils.table import quote, shorten
from skxpresso._utils.versions import versions_of, warn_of_other_versions
from skxpresso.saving._nested import from_state, to_state

__all__ = ["FORMAT_VERSION", "load_pipeline", "save_pipeline"]

#: Format version of the files that `save_pipeline` writes.
FORMAT_VERSION = 2  # 1, of skxpresso 0.1, has no digests

_KEY = "skxpresso"  # key of our JSON in the metadata
_PACKAGES = ("keras", "scikit-learn")


def save_pipeline(pipeline: Any, path: str | os.PathLike[str]) -> None:
    """Write a fitted pipeline to one file, without pickle.

    Parameters
    ----------
    pipeline : Pipeline or estimator
        A fitted estimator of this package, or one of scikit-learn whose parts are in
        `TRUSTED_TYPES`, such as a pipeline, a ridge regression, or a
        `TransformedTargetRegressor` around a network. Of a `HyperoptSearchCV`, its
        ``best_estimator_``.
    path : path-like
        File to write; it appears complete or not at all. Its folder must exist.

    Raises
    ------
    TypeError
        If a part is of another class, or a parameter is not made of numbers and text, such
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
    classes, parameters, fitted attributes, the versions of skxpresso, Keras and
    scikit-learn, and digests of the text and of every array, by which damage is noticed.
    Parameters given as arrays are loaded as lists. Estimators of scikit-learn are
    described by skops, whose bytes are one of the arrays.

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
        "versions": versions_of(*_PACKAGES),
        "estimator": to_state(pipeline, arrays),
    }
    write_sealed(path, _KEY, content, arrays)


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

    Warns
    -----
    SavedVersionWarning
        If other versions of skxpresso, Keras or scikit-learn wrote the file.

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
    with open_sealed(path, _KEY, "a file of save_pipeline") as file:
        content = _checked_content(file)
        estimator = from_state(content["estimator"], file)
        file.check_all_taken()
    warn_of_other_versions(str(path), content["versions"], versions_of(*_PACKAGES))
    return estimator


def _checked_content(file: SealedFile) -> dict[str, Any]:
    content = file.content
    if "format_version" not in content:
        raise ValueError("not a file of save_pipeline: no format version")
    found = content["format_version"]
    # files of version 0.1 have format 1 and no digests; without them nothing else is trusted
    if found != (FORMAT_VERSION if file.is_sealed else 1):
        raise ValueError(
            f"format version {shorten(found)}, written by versions "
            f"{shorten(content.get('versions'), 120)}; skxpresso {__version__} reads versions 1 "
            f"to {FORMAT_VERSION}, the latter with digests"
        )
    if unknown := content.keys() - {"format_version", "versions", "estimator"}:
        raise ValueError(f"unknown content {quote(sorted(unknown))}")
    if missing := {"versions", "estimator"} - content.keys():
        raise ValueError(f"no {' and no '.join(sorted(missing))} in it")
    return content
