"""What takes the place of a block of bases: unknown bases, or the block's own, shuffled."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state

from skxpresso._utils.table import shorten
from skxpresso.sequence.onehot import UNKNOWN

__all__ = ["REPLACEMENTS", "check_replacement", "gene_generators", "replaced"]

Codes = npt.NDArray[np.uint8]

#: What may take the place of a block.
REPLACEMENTS = ("unknown", "mononucleotide", "dinucleotide")


def check_replacement(by: Any) -> None:
    """Raise for a replacement that is not there."""
    if by not in REPLACEMENTS:
        known = ", ".join(map(repr, REPLACEMENTS))
        raise ValueError(f"by must be one of {known}, got {shorten(by)}")


def gene_generators(codes: Codes, random_state: Any) -> list[np.random.Generator]:
    """Return a random generator for each promoter, which depends on the seed and its bases.

    Parameters
    ----------
    codes : ndarray of shape (n, length), uint8
        Base codes.
    random_state : int, RandomState or None
        Source of the seed.

    Returns
    -------
    list of numpy.random.Generator
        So that what is random about a gene does not depend on the genes that come with it.
    """
    from skxpresso._kernels.shuffle import hash_rows  # numba takes half a second to import

    seed = int(check_random_state(random_state).randint(0, 2**63, dtype=np.int64))
    hashes = np.empty(len(codes), np.uint64)
    hash_rows(np.ascontiguousarray(codes), np.uint64(seed), hashes)
    return [np.random.default_rng(int(each)) for each in hashes]


def replaced(blocks: Codes, by: str, n_draws: int, rng: np.random.Generator) -> Codes:
    """Return what takes the place of blocks.

    Parameters
    ----------
    blocks : ndarray of shape (n, width), uint8
        Base codes.
    by : {"unknown", "mononucleotide", "dinucleotide"}
        Unknown bases; or the bases in another order, which keeps the counts of bases, or of
        pairs of neighbours.
    n_draws : int
        Number of orders to draw for each block.
    rng : numpy.random.Generator
        Source of the orders.

    Returns
    -------
    ndarray of shape (n * draws, width), uint8
        The draws of a block follow each other; one of unknown bases.
    """
    if by == "unknown":
        return np.full_like(blocks, UNKNOWN)
    from skxpresso._kernels.shuffle import shuffle_rows

    repeated = np.repeat(blocks, n_draws, axis=0)
    seeds = rng.integers(0, 2**64, len(repeated), np.uint64)
    shuffled = np.empty_like(repeated)
    shuffle_rows(repeated, seeds, by == "dinucleotide", shuffled)
    return shuffled
