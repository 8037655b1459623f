"""Saturation mutagenesis: what every other base at every position would do to the prediction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from skxpresso.interpret._editing import effects_by_gene
from skxpresso.interpret._models import Edits, ExplainedModel, read_model
from skxpresso.interpret._windows import check_at_least_one, check_memory, check_stretch

__all__ = ["saturation_mutagenesis", "substitutions"]


def saturation_mutagenesis(
    model: Any,
    X: Any,
    *,
    start: int | None = None,
    end: int | None = None,
    batch_size: int = 2048,
    verbose: int = 0,
) -> npt.NDArray[np.float32]:
    """Change every base of every promoter, and see what becomes of the prediction.

    Parameters
    ----------
    model : estimator
        Fitted: a pipeline, a regressor, a search; anything that predicts one number
        from promoters.
    X : DataFrame, OneHotMatrix or 1-D sequences
        Genes, as for ``model.predict``.
    start, end : int or None, default=None
        The stretch to change: positions ``[start, end)`` of the window that the model
        reads, 0-based, 5' to 3' on the gene's strand. For a model that encodes
        sequences in its own way, such as one of k-mers, the window is the sequence as
        given. None: from its start, to its end.
    batch_size : int, default=2048
        Mutants that are predicted at a time where the compiled kernels do not apply.
    verbose : int, default=0
        1 shows a progress bar on the standard error.

    Returns
    -------
    effects : ndarray of shape (n, end - start, 4), float32
        Prediction of the promoter with A, C, G or T at this position, minus that of
        the promoter; in the units of y, zero at the base that is there. An unknown
        base has an effect in all four columns.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If X holds no promoters.
    ValueError
        If the model reads no promoter, the stretch does not lie in the window, there is
        more than one output, or the result is larger than the memory of this machine.

    Notes
    -----
    For an Xpresso network in float32 with ReLU, only what a substitution reaches is
    computed again, layer by layer, in compiled code; the result is that of predicting
    every mutant, to rounding. Any other model predicts the mutants in batches. The
    result takes ``16 * (end - start)`` bytes for each gene: give genes in parts, or a
    stretch, where this is too much.

    Examples
    --------
    >>> from skxpresso.baselines import kmer_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.interpret import saturation_mutagenesis
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> model = kmer_baseline(k=2).fit(data.data, data.target)
    >>> effects = saturation_mutagenesis(model, data.data[:3], start=10, end=20)
    >>> effects.shape
    (3, 10, 4)
    """
    check_at_least_one(batch_size=batch_size)
    explained = read_model(model, X)
    first, last = check_stretch(start, end, explained.length)
    check_memory(len(explained.codes), last - first, 16)
    effects = np.empty((len(explained.codes), last - first, 4), np.float32)
    of_genes = substitutions(explained, first, last, batch_size, verbose)
    for row, of_gene in enumerate(of_genes):
        effects[row] = of_gene
    return effects


def substitutions(
    explained: ExplainedModel, first: int, last: int, batch_size: int, verbose: int
) -> Iterator[npt.NDArray[np.float32]]:
    """Yield the effects of every base at positions [first, last) of each gene, (positions, 4)."""

    def edits_of(row: int) -> Edits:
        return _others(explained.codes[row], first, last).edits

    size = 4 * (last - first)
    for row, values in effects_by_gene(explained, edits_of, size, batch_size, verbose):
        effects = np.zeros((last - first, 4), np.float32)
        effects[_others(explained.codes[row], first, last).is_other] = values
        yield effects


class _Others(NamedTuple):
    """Where another base can stand, (positions, 4), and the edits that put it there, in order."""

    is_other: npt.NDArray[np.bool_]
    edits: Edits


def _others(codes: npt.NDArray[np.uint8], first: int, last: int) -> _Others:
    is_other = codes[first:last, None] != np.arange(4)
    places, bases = np.nonzero(is_other)
    return _Others(is_other, (places + first, bases.astype(np.uint8)[:, None]))
