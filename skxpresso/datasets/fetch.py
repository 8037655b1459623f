"""Fetch published weights and data sets, check them, and keep them."""

from __future__ import annotations

import os
from pathlib import Path

from skxpresso._table import quote
from skxpresso.datasets._download import RemoteFile, data_folder, download

__all__ = ["PRETRAINED", "fetch_pretrained"]

_ZENODO = "https://zenodo.org/records/4075690/files/{}?download=1"
_GITHUB = (
    "https://raw.githubusercontent.com/vagarwal87/Xpresso/"
    "ddc90237edc52f1117db10fec677fd34e2b60958/Fig5_S5/{}"
)


def _weights(name: str, md5: str, on_github: str | None = None) -> RemoteFile:
    mirrors = () if on_github is None else (_GITHUB.format(on_github),)
    return RemoteFile(name, (_ZENODO.format(name), *mirrors), md5)


#: The published weights by name: Zenodo record 4075690, and its checksums.
PRETRAINED = {
    "human_median": _weights(
        "humanMedian_trainepoch.11-0.426.h5",
        "9d00a3bc614da81655328b6e278569e2",
        "human_trainepoch.11-0.426.h5",
    ),
    "mouse_median": _weights(
        "mouseMedian_trainepoch.05-0.278.h5",
        "938f5979c90f726b06f4b4e5b1919c16",
        "mouse_trainepoch.05-0.278.h5",
    ),
    "human_K562": _weights(
        "K562_trainepoch.11-0.4917.h5",
        "142990996e762e9a5c6e529a0f294ba6",
    ),
    "human_GM12878": _weights(
        "GM12878_trainepoch.06-0.5062.h5",
        "a4ed48f207408ff99358d9b24cd0b632",
    ),
    "mouse_ESCs": _weights(
        "mESC_trainepoch.10-0.3867.h5",
        "07f21238bff057ae9865fd9bb89565a8",
    ),
}


def fetch_pretrained(
    name: str,
    *,
    folder: str | os.PathLike[str] | None = None,
    progressbar: bool = True,
) -> Path:
    """Fetch the weights of a published network, 1.4 MB, and check them.

    Parameters
    ----------
    name : {"human_median", "mouse_median", "human_K562", "human_GM12878", "mouse_ESCs"}
        Species, and the cells whose expression it learned: the median over many, or one
        kind.
    folder : path-like or None, default=None
        Where files are kept. None: the folder that the environment variable
        SKXPRESSO_DATA names, or `skxpresso` in the user's cache. A file that was put
        there by hand, under the name that it has on Zenodo, is checked and taken.
    progressbar : bool, default=True
        Whether to show progress, on standard error.

    Returns
    -------
    pathlib.Path
        An HDF5 file of Keras 2; its md5 is that of the record.

    Raises
    ------
    ValueError
        If `name` is none of these.
    OSError
        If no place gave the right file. The message tells what each gave, and how to go
        on offline.

    See Also
    --------
    skxpresso.load_pretrained : The network itself.

    References
    ----------
    https://zenodo.org/record/4075690; https://github.com/vagarwal87/Xpresso

    Examples
    --------
    >>> from skxpresso.datasets import fetch_pretrained
    >>> fetch_pretrained("human_median")  # doctest: +SKIP
    PosixPath('.../skxpresso/humanMedian_trainepoch.11-0.426.h5')
    >>> fetch_pretrained("fly")
    Traceback (most recent call last):
        ...
    ValueError: name must be one of 'human_median', 'mouse_median', ..., got 'fly'
    """
    if not isinstance(name, str) or name not in PRETRAINED:
        raise ValueError(f"name must be one of {quote(PRETRAINED)}, got {name!r}")
    return download(PRETRAINED[name], data_folder(folder), progressbar=progressbar)
