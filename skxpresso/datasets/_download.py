"""Download a file from the first of several places that has it complete."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pooch

from skxpresso._utils.files import replacing
from skxpresso._utils.progress import Advance, progress

__all__ = ["RemoteFile", "data_folder", "download"]

_TIMEOUT = 30  # s without an answer
_CHUNK = 2**18  # bytes

Check = Callable[[Path], None]


@dataclass(frozen=True)
class RemoteFile:
    """A file that can be downloaded.

    Parameters
    ----------
    name : str
        Path in the data folder, with "/" between folders.
    urls : tuple of str
        Addresses of the file, in the order to try.
    md5 : str or None, default=None
        Published checksum, if there is one.
    """

    name: str
    urls: tuple[str, ...]
    md5: str | None = None


def data_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """Return `folder`, or the folder named by SKXPRESSO_DATA, or one in the user's cache.

    Examples
    --------
    >>> from skxpresso.datasets._download import data_folder
    >>> data_folder("~/data").name
    'data'
    """
    chosen = folder or os.environ.get("SKXPRESSO_DATA") or pooch.os_cache("skxpresso")
    return Path(chosen).expanduser()


def download(
    remote: RemoteFile,
    folder: Path,
    *,
    sha256: str | None = None,
    check: Check | None = None,
    progressbar: bool = True,
) -> Path:
    """Return the path of a file, and download it unless it is there.

    Parameters
    ----------
    remote : RemoteFile
        File to download.
    folder : Path
        Folder where it is kept. A file that is already there is checked like a new one.
    sha256 : str, optional
        Checksum given by the user.
    check : callable, optional
        Function that takes a path and raises ValueError for a file of the wrong kind.
    progressbar : bool, default=True
        Whether to show progress on standard error.

    Returns
    -------
    Path

    Raises
    ------
    OSError
        If no place has the right file. The message says what each place had, and what to
        do.
    """
    target = folder / remote.name
    failures = []

    def verify(path: Path) -> None:
        _check_sum(path, "md5", remote.md5)
        _check_sum(path, "sha256", sha256)
        if check is not None:
            check(path)

    if target.exists():
        try:
            verify(target)
            return target
        except (OSError, ValueError) as error:
            failures.append(str(error))
    target.parent.mkdir(parents=True, exist_ok=True)
    for url in remote.urls:
        try:
            _fetch(url, target, verify, progressbar)
            return target
        except (OSError, ValueError) as error:  # the exceptions of requests are OSErrors
            failures.append(f"{url}: {error}")
    raise OSError(_what_to_do(target, failures))


def _fetch(url: str, target: Path, verify: Check, progressbar: bool) -> None:
    with replacing(target) as temporary:
        with progress(None, target.name, show=progressbar, in_bytes=True) as advance:
            bar = _Bar(advance)
            get = pooch.HTTPDownloader(progressbar=bar, chunk_size=_CHUNK, timeout=_TIMEOUT)
            get(url, str(temporary), None)
        try:
            verify(temporary)
        except ValueError as error:
            raise ValueError(str(error).replace(f"{temporary}: ", "")) from error


def _check_sum(path: Path, algorithm: str, wanted: str | None) -> None:
    if wanted is None:
        return
    found = pooch.file_hash(str(path), alg=algorithm)
    if found != wanted.lower():
        raise ValueError(
            f"{path}: wrong content: {algorithm} of its {path.stat().st_size} bytes is {found}, "
            f"not {wanted}"
        )


def _what_to_do(target: Path, failures: list[str]) -> str:
    tried = "\n".join(f"  {failure}" for failure in failures)
    return (
        f"{target.name} could not be fetched:\n{tried}\nWithout access to these places, fetch it "
        f"elsewhere and put it at {target}; the environment variable SKXPRESSO_DATA, or folder=, "
        "names another folder than the usual one."
    )


class _Bar:
    """The progress bar that pooch asks for, so that tqdm is not needed."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._total: int | None = None

    @property
    def total(self) -> int | None:
        return self._total

    @total.setter
    def total(self, n_bytes: int) -> None:
        self._total = n_bytes or None  # 0 if the server did not say
        self._advance(0, total=self._total)

    def update(self, n_bytes: int) -> None:
        self._advance(n_bytes)

    def reset(self) -> None:
        if self._total is not None:  # pooch then fills the bar up to `total`
            self._advance(completed=0)

    def close(self) -> None:
        """Do nothing; the block that opened the bar closes it."""
