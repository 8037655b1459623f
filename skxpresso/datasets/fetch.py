"""Download published weights and data sets, check them, and keep them."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NoReturn

from skxpresso._utils.hdf5 import open_dataset, open_hdf5
from skxpresso._utils.naming import shown
from skxpresso._utils.table import quote
from skxpresso.datasets._download import RemoteFile, data_folder, download
from skxpresso.datasets.roadmap import read_roadmap
from skxpresso.halflife import HALF_LIFE_COLUMNS

__all__ = ["PRETRAINED", "fetch_dataset", "fetch_pretrained", "fetch_roadmap"]

_ZENODO = "https://zenodo.org/records/4075690/files/{}?download=1"
_GITHUB = (
    "https://raw.githubusercontent.com/vagarwal87/Xpresso/"
    "ddc90237edc52f1117db10fec677fd34e2b60958/Fig5_S5/{}"
)


def _weights(name: str, md5: str, on_github: str | None = None) -> RemoteFile:
    mirrors = () if on_github is None else (_GITHUB.format(on_github),)
    return RemoteFile(name, (_ZENODO.format(name), *mirrors), md5, largest=2**21)


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


_DATASETS = "https://krishna.gs.washington.edu/content/members/vagar/Xpresso/data/datasets/{}"
_ROADMAP = "https://egg2.wustl.edu/roadmap/data/byDataType/rna/expression/57epigenomes.RPKM.pc.gz"
_ARCHIVE = "https://web.archive.org/web/2id_/{}"  # 2id_: the last copy, unmodified


def _archived(name: str, url: str, largest: int) -> RemoteFile:
    return RemoteFile(name, (url, _ARCHIVE.format(url)), largest=largest)


_FOLDERS = {"human": "pM10Kb_1KTest", "mouse": "pM10Kb_1KTest_Mouse"}
_ROWS = {
    "human": {"train": 16_377, "valid": 1_000, "test": 1_000},
    "mouse": {"train": 19_856, "valid": 1_000, "test": 1_000},
}
_SEQUENCE = 20_000  # nt
_NUMBERS, _TEXT = "biuf", "SO"  # kinds of dtype
_ROADMAP_FILE = _archived("57epigenomes.RPKM.pc.gz", _ROADMAP, 2**26)
_DATASET_FILES = {
    name: {
        split: _archived(f"{folder}/{split}.h5", _DATASETS.format(f"{folder}/{split}.h5"), 2**32)
        for split in _ROWS[name]
    }
    for name, folder in _FOLDERS.items()
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
        Species, and cells whose expression the network learned: the median over many cell
        types, or one cell type.
    folder : path-like or None, default=None
        Folder where files are kept. None means the folder that the environment variable
        SKXPRESSO_DATA names, or `skxpresso` in the user's cache. A file that you put there
        yourself, under its name on Zenodo, is checked and used.
    progressbar : bool, default=True
        Whether to show progress on standard error.

    Returns
    -------
    pathlib.Path
        An HDF5 file of Keras 2, whose md5 is that of the Zenodo record.

    Raises
    ------
    ValueError
        If `name` is not one of these.
    OSError
        If no place had the right file. The message says what each place had, and how to
        continue offline.

    See Also
    --------
    skxpresso.load_pretrained : Loads the network itself.

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
        _refuse(name, PRETRAINED)
    return download(PRETRAINED[name], data_folder(folder), progressbar=progressbar)


def fetch_dataset(
    name: str,
    *,
    folder: str | os.PathLike[str] | None = None,
    sha256: Mapping[str, str] | None = None,
    progressbar: bool = True,
) -> dict[str, Path]:
    """Fetch the published training, validation and test genes, about 1 GB, as HDF5.

    No checksum of these files is published. The names, shapes and types of their data sets
    are checked, and a warning says that their content is not checked.

    Parameters
    ----------
    name : {"human", "mouse"}
        Species.
    folder : path-like or None, default=None
        As in `fetch_pretrained`; the files are in its subfolder `pM10Kb_1KTest` or
        `pM10Kb_1KTest_Mouse`, as on the server.
    sha256 : mapping of str to str, optional
        Checksums that you know, for "train", "valid" and "test" or some of them.
    progressbar : bool, default=True
        Whether to show progress on standard error.

    Returns
    -------
    dict of str to pathlib.Path
        The files "train", "valid" and "test", for `read_hdf5`.

    Raises
    ------
    ValueError
        If `name` is not one of these, or `sha256` names another file.
    OSError
        If no place had such a file. The message says what each place had, and how to
        continue offline.

    Warns
    -----
    UserWarning
        If files have no checksum.

    See Also
    --------
    read_hdf5 : Reads such a file.
    prepare_dataset : Makes such files from a table.

    References
    ----------
    https://github.com/vagarwal87/Xpresso

    Examples
    --------
    >>> from skxpresso.datasets import fetch_dataset, read_hdf5
    >>> files = fetch_dataset("human")  # doctest: +SKIP
    >>> X, y, names = read_hdf5(files["test"])  # doctest: +SKIP
    >>> fetch_dataset("fly")
    Traceback (most recent call last):
        ...
    ValueError: name must be one of 'human', 'mouse', got 'fly'
    """
    if not isinstance(name, str) or name not in _DATASET_FILES:
        _refuse(name, _DATASET_FILES)
    sums = dict(sha256 or {})
    files = _DATASET_FILES[name]
    if not sums.keys() <= files.keys():
        raise ValueError(f"sha256 must be for {quote(files)}, got {quote(sums)}")
    found = {
        split: download(
            remote,
            data_folder(folder),
            sha256=sums.get(split),
            check=partial(_check_genes, n=_ROWS[name][split]),
            progressbar=progressbar,
        )
        for split, remote in files.items()
    }
    _warn_of_unverified([path for split, path in found.items() if split not in sums])
    return found


def fetch_roadmap(
    *,
    folder: str | os.PathLike[str] | None = None,
    sha256: str | None = None,
    progressbar: bool = True,
) -> Path:
    """Fetch expression in the Roadmap Epigenomics cell types, 57epigenomes.RPKM.pc.gz.

    No checksum is published. The table is read and its columns and rows are checked, and a
    warning says that its content is not verified.

    Parameters
    ----------
    folder : path-like or None, default=None
        As in `fetch_pretrained`.
    sha256 : str, optional
        Checksum that you know.
    progressbar : bool, default=True
        Whether to show progress on standard error.

    Returns
    -------
    pathlib.Path
        The file, for `read_roadmap`.

    Raises
    ------
    OSError
        If no place had such a file. The message says what each place had, and how to
        continue offline.

    Warns
    -----
    UserWarning
        If no checksum is given.

    See Also
    --------
    read_roadmap : Reads the file.

    References
    ----------
    Roadmap Epigenomics Consortium (2015). Integrative analysis of 111 reference human
    epigenomes. Nature 518:317-330.

    Examples
    --------
    >>> from skxpresso.datasets import fetch_roadmap, read_roadmap
    >>> matrix = read_roadmap(fetch_roadmap())  # doctest: +SKIP
    """
    path = download(
        _ROADMAP_FILE,
        data_folder(folder),
        sha256=sha256,
        check=_check_roadmap,
        progressbar=progressbar,
    )
    if sha256 is None:
        _warn_of_unverified([path])
    return path


def _refuse(name: object, known: Mapping[str, object]) -> NoReturn:
    raise ValueError(f"name must be one of {quote(known)}, got {name!r}")


def _check_genes(path: Path, n: int) -> None:
    """Raise if a file does not have the published layout and size."""
    with open_hdf5(path) as file:
        open_dataset(file, "promoter", (n, _SEQUENCE, 4), _NUMBERS)
        open_dataset(file, "data", (n, len(HALF_LIFE_COLUMNS)), _NUMBERS)
        open_dataset(file, "label", (n,), _NUMBERS)
        open_dataset(file, "geneName", (n,), _TEXT)


def _check_roadmap(path: Path) -> None:
    matrix = read_roadmap(path)
    cells = [name for name in matrix.columns if re.fullmatch(r"E\d{3}", str(name))]
    if len(cells) < matrix.shape[1] or len(cells) < 50 or "E000" not in cells:
        raise ValueError(
            f"{shown(path)}: columns must be E000 and some 56 cell types more, got "
            f"{quote(matrix.columns)}"
        )
    if not 15_000 <= len(matrix) <= 25_000:
        raise ValueError(f"{shown(path)}: some 20,000 genes are expected, got {len(matrix)}")


def _warn_of_unverified(paths: list[Path]) -> None:
    if paths:
        warnings.warn(
            f"no checksum is published of {quote(path.name for path in paths)} in "
            f"{paths[0].parent}: the structure is as it should be, the content is unverified. "
            "sha256= compares it with a checksum of yours",
            UserWarning,
            stacklevel=3,
        )
