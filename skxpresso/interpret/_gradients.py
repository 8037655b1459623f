"""Contributions from derivatives of the compiled network, gene by gene."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from skxpresso._kernels.input_gradient import input_gradient, path_gradient
from skxpresso._kernels.shuffle import hash_rows
from skxpresso.interpret._models import ExplainedModel
from skxpresso.interpret._references import References

__all__ = ["Part", "contributions_of", "derivatives", "path_contributions"]

_ROWS_AT_A_TIME = 64  # genes, or genes and references, that threads work on together
_ONE_HOT = np.eye(5, 4, dtype=np.float32)

Array = npt.NDArray[np.floating]


class Part(NamedTuple):
    """Of one gene: `hypothetical` (W, 4), `contributions` (W,), `halflife` (h,).

    `reference` is the prediction of what the gene is compared with.
    """

    hypothetical: Array
    contributions: Array
    halflife: Array
    reference: float = np.nan


def derivatives(explained: ExplainedModel) -> Iterator[tuple[Array, Array]]:
    """Give the derivatives of every gene, (W, 4) and (h,), in the units of y."""
    for begin in range(0, len(explained.codes), _ROWS_AT_A_TIME):
        rows = slice(begin, begin + _ROWS_AT_A_TIME)
        halflife = explained.halflife[rows]
        each = [
            input_gradient(network, explained.codes[rows], halflife)
            for network in explained.networks
        ]
        bases = np.mean([found.bases for found in each], axis=0) * explained.scale
        covariates = np.mean([found.covariates for found in each], axis=0) * explained.scale
        yield from zip(bases, covariates, strict=True)


def contributions_of(
    codes: npt.NDArray[np.uint8], slopes: Array, references: Array
) -> tuple[Array, Array]:
    """Multiply slopes (r, W, 4) by the distance from references (r, W, 4), averaged over them.

    Returns
    -------
    hypothetical : ndarray of shape (W, 4)
        For each base in the place of the one that is there.
    contributions : ndarray of shape (W,)
    """
    of_references = np.einsum("rpb,rpb->p", references, slopes) / len(references)
    mean = slopes.mean(axis=0)
    present = np.einsum("pb,pb->p", _ONE_HOT[codes], mean)
    return mean - of_references[:, None], present - of_references


def path_contributions(
    explained: ExplainedModel,
    references: References,
    halflife_reference: Array,
    n_steps: int | None,
    n_draws: int,
    seed: int,
) -> Iterator[Part]:
    """Integrate derivatives along straight paths from references to every gene.

    Parameters
    ----------
    explained : ExplainedModel
        With networks.
    references : References
        Where paths begin.
    halflife_reference : ndarray of shape (h,)
        As the network reads the numbers.
    n_steps : int or None
        Steps of each path, all of one length. None: one place, drawn at random, on
        each of `n_draws` paths.
    n_draws, seed : int
        See `n_steps`.
    """
    begins = halflife_reference.astype(np.float32)
    for codes, halflife in zip(explained.codes, explained.halflife, strict=True):
        starts = references.of(codes)
        if n_steps is None:
            starts = starts[np.arange(n_draws) % len(starts)]
            places = _drawn_places(codes, n_draws, seed)[:, None]
        else:
            places = np.tile(np.arange(n_steps + 1) / n_steps, (len(starts), 1))
        n = len(starts)
        ends = (
            np.broadcast_to(codes, (n, len(codes))),
            np.broadcast_to(halflife, (n, len(halflife))),
            starts,
            np.broadcast_to(begins, (n, len(begins))),
        )
        each = [path_gradient(network, *ends, places) for network in explained.networks]
        bases = np.mean([found.bases for found, _ in each], axis=0)
        slopes = np.mean([found.covariates for found, _ in each], axis=(0, 1))
        reference = np.mean([values for _, values in each], dtype=np.float64)
        hypothetical, contributions = contributions_of(codes, bases, starts)
        yield Part(
            hypothetical * explained.scale,
            contributions * explained.scale,
            (halflife - begins) * slopes * explained.scale,
            explained.mean + explained.scale * float(reference),
        )


def _drawn_places(codes: npt.NDArray[np.uint8], n: int, seed: int) -> npt.NDArray[np.float64]:
    """Draw a place in each of n equal parts of the way, in random order; the same for a gene."""
    hashes = np.empty(1, np.uint64)
    hash_rows(codes[None], np.uint64(seed), hashes)
    rng = np.random.default_rng(hashes)
    return (rng.permutation(n) + rng.random(n)) / n
