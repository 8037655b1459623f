"""Effects of many edits of many genes, a group of genes at a time, under one bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from skxpresso._utils.progress import progress
from skxpresso.interpret._models import Edits, ExplainedModel

__all__ = ["effects_by_gene"]

LETTERS_AT_A_TIME = 2**22  # in the edits of the genes that are worked on together


def effects_by_gene(
    explained: ExplainedModel,
    edits_of: Callable[[int], Edits],
    n_letters: int,
    batch_size: int,
    verbose: int,
) -> Iterator[tuple[int, npt.NDArray[np.float64]]]:
    """Yield the effects of the edits of each gene in turn.

    Parameters
    ----------
    explained : ExplainedModel
        The model and the promoters.
    edits_of : callable
        Gives the edits of a gene from its row.
    n_letters : int
        How many letters the edits of a gene have, about: memory for some genes is used at once.
    batch_size : int
        Edited promoters that are predicted at a time where the compiled kernels do not apply.
    verbose : int
        1 shows a bar.

    Yields
    ------
    row : int
    effects : ndarray of shape (edits,), float64
        Prediction of the edited promoter minus that of the promoter.
    """
    n_genes = len(explained.codes)
    at_a_time = max(1, LETTERS_AT_A_TIME // max(1, n_letters))
    with progress(n_genes, "genes", show=bool(verbose)) as advance:
        for begin in range(0, n_genes, at_a_time):
            rows = range(begin, min(begin + at_a_time, n_genes))
            found = explained.effects([edits_of(row) for row in rows], batch_size, begin)
            yield from zip(rows, found, strict=True)
            advance(len(rows))
