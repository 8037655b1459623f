"""Download a file from the first of several places that has it complete."""

from __future__ import annotations

import hashlib
import os
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from skxpresso._utils.files import replacing
from skxpresso._utils.naming import shown
from skxpresso._utils.progress import progress
from skxpresso._utils.table import clip

# requests and pooch are imported where something is fetched: a file that is there needs neither

__all__ = ["RemoteFile", "data_folder", "download"]

_PATIENCE = 30.0  # s without an answer, or below the slowest pace
_SLOWEST = 1000  # bytes a second
_CHUNK = 2**18  # bytes
_LARGEST = 2**30  # bytes, where the registry does not say

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
    largest : int, default=2**30
        Bytes; what is larger cannot be the file, and is not taken.
    """

    name: str
    urls: tuple[str, ...]
    md5: str | None = None
    largest: int = _LARGEST


def data_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """Return `folder`, or the folder named by SKXPRESSO_DATA, or one in the user's cache.

    Examples
    --------
    >>> from skxpresso.datasets._download import data_folder
    >>> data_folder("~/data").name
    'data'
    """
    chosen = folder or os.environ.get("SKXPRESSO_DATA") or _cache()
    return Path(chosen).expanduser()


def _cache() -> Path:
    import pooch

    return Path(pooch.os_cache("skxpresso"))


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
        Folder where it is kept. A file that is already there is checked like a new one; one
        that is not the right file is kept under another name once the right one is had.
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

    Warns
    -----
    UserWarning
        If another file had the name, which was renamed.
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
            failures.append(clip(str(error), 200))
    target.parent.mkdir(parents=True, exist_ok=True)
    for url in remote.urls:
        try:
            _fetch(url, target, remote.largest, verify, progressbar)
            return target
        except (OSError, ValueError) as error:  # the exceptions of requests are OSErrors
            failures.append(clip(f"{url}: {error}", 240))
    raise _not_fetched(target, failures)


def _fetch(url: str, target: Path, largest: int, verify: Check, progressbar: bool) -> None:
    with replacing(target) as temporary:
        with (
            progress(None, target.name, show=progressbar, in_bytes=True) as advance,
            open(temporary, "wb") as file,
        ):
            for total, data in _receive(url, largest):
                file.write(data)
                advance(len(data), total=total)
        try:
            verify(temporary)
        except ValueError as error:
            raise ValueError(str(error).replace(f"{temporary}: ", "")) from error
        if target.exists() and not _is_right(target, verify):
            _set_aside(target)


def _is_right(path: Path, verify: Check) -> bool:
    """Tell whether another process has brought the file meanwhile."""
    try:
        verify(path)
    except (OSError, ValueError):
        return False
    return True


def _receive(url: str, largest: int) -> Iterator[tuple[int | None, bytes]]:
    """Yield what a server sends as it comes, with the size of all of it where that is known."""
    import requests
    from urllib3.exceptions import HTTPError

    with requests.get(url, stream=True, timeout=_PATIENCE) as response:
        response.raise_for_status()
        total = int(response.headers.get("Content-Length", 0)) or None
        received, start, at_start = 0, time.monotonic(), 0
        try:
            while data := response.raw.read1(_CHUNK, decode_content=True):
                received += len(data)
                if max(received, total or 0) > largest:
                    raise ValueError(
                        f"it sends {max(received, total or 0):,} bytes or more, but the file has "
                        f"at most {largest:,}"
                    )
                yield total, data
                if (waited := time.monotonic() - start) > _PATIENCE:
                    _check_pace(received - at_start, waited)
                    start, at_start = time.monotonic(), received
        except HTTPError as error:  # those of urllib3 are no OSErrors
            raise OSError(str(error)) from error


def _check_pace(n_bytes: int, seconds: float) -> None:
    if n_bytes < _SLOWEST * seconds:
        raise OSError(f"it is too slow: {n_bytes:,} bytes in {seconds:.0f} s")


def _set_aside(target: Path) -> None:
    """Rename a file that is not the right one; it may be the user's own."""
    number = 1
    while (aside := target.with_name(f"{target.name}.other{number}")).exists():
        number += 1
    target.rename(aside)
    warnings.warn(
        f"{target} was not the published file; it is kept as {aside.name}, and the published one "
        "is in its place",
        UserWarning,
        stacklevel=5,
    )


def _check_sum(path: Path, algorithm: str, wanted: str | None) -> None:
    if wanted is None:
        return
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, algorithm).hexdigest()
    if found != wanted.lower():
        raise ValueError(
            f"{shown(path)}: wrong content: {algorithm} of its {path.stat().st_size} bytes is "
            f"{found}, not {wanted}"
        )


def _not_fetched(target: Path, failures: list[str]) -> OSError:
    """Return the error, with a note for every place that was tried."""
    error = OSError(
        f"{shown(target.name)} could not be fetched; without access to the places below, fetch it "
        f"elsewhere and put it at {shown(target)}; the environment variable SKXPRESSO_DATA, or "
        "folder=, names another folder than the usual one"
    )
    for failure in failures:
        error.add_note(failure)
    return error
