"""What promoters are compared with: shuffled ones, mixtures of bases, or given ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from skxpresso._kernels.shuffle import hash_rows, shuffle_rows
from skxpresso._utils.table import quote, shorten
from skxpresso.sequence.encoder import encode
from skxpresso.sequence.onehot import OneHotMatrix
from skxpresso.sequence.promoters import holds_sequences

__all__ = ["PUBLISHED_COMPOSITION", "References", "shuffles"]

#: A, C, G, T of silent genes, the reference of the paper.
PUBLISHED_COMPOSITION = (0.2617064, 0.2335449, 0.2379253, 0.2668234)

_KINDS = ("dinucleotide", "uniform", "composition", "published", "zeros")
_ONE_HOT = np.eye(5, 4, dtype=np.float32)


def shuffles(codes: npt.NDArray[np.uint8], n: int, seed: int) -> npt.NDArray[np.uint8]:
    """Shuffle one promoter n times, pairs of neighbours kept.

    Parameters
    ----------
    codes : ndarray of shape (W,), uint8
    n : int
        How many.
    seed : int
        A shuffle depends on it and on the bases, not on other promoters.

    Returns
    -------
    ndarray of shape (n, W), uint8
    """
    repeated = np.repeat(codes[None], n, axis=0)
    seeds, start = np.empty(n, np.uint64), np.empty(1, np.uint64)
    hash_rows(codes[None], np.uint64(seed), start)
    with np.errstate(over="ignore"):
        seeds[:] = start + np.arange(n, dtype=np.uint64) * np.uint64(0xD1342543DE82EF95)
    shuffled = np.empty_like(repeated)
    shuffle_rows(repeated, seeds, True, shuffled)
    return shuffled


class References:
    """What each promoter is compared with.

    Parameters
    ----------
    reference : str or array-like
        Of `attribute`.
    length : int
        Of the window, in nt.
    n : int
        How many, where they are drawn.
    seed : int
        Of the shuffles.
    """

    def __init__(self, reference: Any, length: int, n: int, seed: int) -> None:
        self._kind, self._n, self._seed = reference, n, seed
        self._shared: npt.NDArray[np.float32] | None = None
        if not isinstance(reference, str):
            self._shared = _read_given(reference, length)
        elif reference not in _KINDS:
            raise ValueError(
                f"reference must be one of {quote(_KINDS)}, or promoters of {length} nt, got "
                f"{shorten(reference)}"
            )
        elif reference in ("uniform", "published", "zeros"):
            mixtures = {"uniform": (0.25,) * 4, "published": PUBLISHED_COMPOSITION}
            mixture = np.asarray(mixtures.get(reference, (0.0,) * 4), np.float32)
            self._shared = np.broadcast_to(mixture, (1, length, 4))

    def of(self, codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the references of one promoter (W,): (references, W, 4), float32."""
        if self._shared is not None:
            return self._shared
        if self._kind == "composition":
            counts = np.bincount(codes, minlength=5)[:4]
            mixture = (counts / max(counts.sum(), 1)).astype(np.float32)
            return np.broadcast_to(mixture, (1, len(codes), 4))
        return _ONE_HOT[shuffles(codes, self._n, self._seed)]

    @property
    def are_drawn(self) -> bool:
        """Whether `n` of them are drawn for every promoter."""
        return self._shared is None and self._kind == "dinucleotide"


def _read_given(reference: Any, length: int) -> npt.NDArray[np.float32]:
    if holds_sequences(reference):
        reference = encode(reference)
    if isinstance(reference, OneHotMatrix):
        reference = _ONE_HOT[reference.codes]
    array = np.asarray(reference, dtype=np.float32)
    array = array[None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[1:] != (length, 4) or not len(array):
        raise ValueError(
            f"reference must have shape (references, {length}, 4), the window that the model "
            f"reads, got {np.shape(array)}"
        )
    if not np.isfinite(array).all():
        raise ValueError("reference must hold finite numbers, got NaN or infinity")
    return array
