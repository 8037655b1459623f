"""Names of genes: duplicates in a stream of any length, and what no table can hold."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from skxpresso._utils.table import shorten

__all__ = ["SeenNames", "check_names"]


def check_names(names: Sequence[str]) -> None:
    r"""Raise for a name that holds a tab or a line break: no table of results could hold it.

    Examples
    --------
    >>> from skxpresso.datasets._names import check_names
    >>> check_names(["a", "b\tc"])
    Traceback (most recent call last):
        ...
    ValueError: names of genes must have no tab and no line break, got 'b\tc'
    """
    together = "".join(names)
    if any(letter in together for letter in "\t\n\r"):
        name = next(name for name in names if any(letter in name for letter in "\t\n\r"))
        raise ValueError(f"names of genes must have no tab and no line break, got {shorten(name)}")


class SeenNames:
    """Remember names by a hash of 16 bytes each.

    Ten million names take 0.16 GB, and briefly twice as much.

    Two different names practically never share a hash: among ten million the probability
    is 1e-25.

    Examples
    --------
    >>> from skxpresso.datasets._names import SeenNames
    >>> seen = SeenNames()
    >>> seen.add(["a", "b"]), seen.add(["c", "a"])
    (None, 'a')
    """

    def __init__(self) -> None:
        # sorted arrays, each more than twice as long as the next: few to search, cheap to extend
        self._runs: list[np.ndarray] = []

    def add(self, names: Sequence[str]) -> str | None:
        """Add names, and return the first that was added before or occurs twice among them."""
        hashes = np.array([_hash(name) for name in names], dtype="S16")
        repeated = np.ones(len(hashes), dtype=bool)
        repeated[np.unique(hashes, return_index=True)[1]] = False
        for run in self._runs:
            places = np.searchsorted(run, hashes)
            repeated |= run[np.minimum(places, len(run) - 1)] == hashes
        if repeated.any():
            return names[int(np.argmax(repeated))]
        if len(hashes):
            self._runs.append(np.sort(hashes))
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.sort(np.concatenate([self._runs[-1], last]), kind="stable")
        return None


def _hash(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
