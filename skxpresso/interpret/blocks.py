"""Occlusion: what becomes of the prediction when a block of bases is hidden or shuffled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skxpresso.interpret._editing import effects_by_gene
from skxpresso.interpret._models import Edits, read_model
from skxpresso.interpret._replacing import check_replacement, gene_generators, replaced
from skxpresso.interpret._windows import check_at_least_one, check_stretch, gene_index

__all__ = ["occlusion"]


def occlusion(
    model: Any,
    X: Any,
    *,
    width: int = 10,
    step: int | None = None,
    by: str = "unknown",
    n_draws: int = 10,
    start: int | None = None,
    end: int | None = None,
    batch_size: int = 2048,
    random_state: Any = 0,
    verbose: int = 0,
) -> pd.DataFrame:
    """Hide or shuffle block after block of every promoter, and see what becomes of the prediction.

    Parameters
    ----------
    model : estimator
        Fitted: a pipeline, a regressor, a search; anything that predicts one number
        from promoters.
    X : DataFrame, OneHotMatrix or 1-D sequences
        Genes, as for ``model.predict``.
    width : int, default=10
        Of a block, in nt.
    step : int or None, default=None
        From the start of one block to the next, in nt. None: `width`, so that blocks
        do not overlap.
    by : {"unknown", "mononucleotide", "dinucleotide"}, default="unknown"
        What takes the place of a block: unknown bases, whose one-hot row is zeros; or
        the block's own bases, shuffled with their counts, or those of pairs of
        neighbours, kept.
    n_draws : int, default=10
        Shuffles of each block, whose mean effect is returned.
    start, end : int or None, default=None
        Blocks lie in ``[start, end)`` of the window that the model reads, 0-based, 5'
        to 3' on the gene's strand. None: from its start, to its end.
    batch_size : int, default=2048
        Edited promoters that are predicted at a time where the compiled kernels do not
        apply.
    random_state : int, RandomState or None, default=0
        Seed of the shuffles. Those of a gene depend on the seed and its bases alone.
    verbose : int, default=0
        1 shows a progress bar on the standard error.

    Returns
    -------
    effects : DataFrame of shape (n, blocks), float32
        Prediction without the block minus that of the promoter, in the units of y:
        below zero where the block raises the prediction. Genes as index, as in X;
        columns are the starts of the blocks. A last block that does not fit is left
        out.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If X holds no promoters, or a number is not an integer.
    ValueError
        If the model reads no promoter, the stretch does not lie in the window or is
        shorter than a block, or a parameter is not one of those above.

    See Also
    --------
    saturation_mutagenesis : One base at a time.
    deletions : Takes blocks out, and closes the gap.

    Examples
    --------
    >>> from skxpresso.baselines import kmer_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.interpret import occlusion
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> model = kmer_baseline(k=2).fit(data.data, data.target)
    >>> effects = occlusion(model, data.data[:3], width=8)
    >>> effects.columns.tolist(), effects.index.tolist()
    ([0, 8, 16], ['gene0', 'gene1', 'gene2'])
    """
    check_replacement(by)
    step = width if step is None else step
    check_at_least_one(width=width, step=step, n_draws=n_draws, batch_size=batch_size)
    explained = read_model(model, X)
    first, last = check_stretch(start, end, explained.length)
    starts = np.arange(first, last - width + 1, step)
    if not len(starts):
        raise ValueError(f"width={width} must fit in the stretch of {last - first} nt")
    draws = 1 if by == "unknown" else n_draws
    generators = gene_generators(explained.codes, random_state)
    effects = np.empty((len(generators), len(starts)), np.float32)

    def edits_of(row: int) -> Edits:
        blocks = explained.codes[row][starts[:, None] + np.arange(width)]
        return np.repeat(starts, draws), replaced(blocks, by, draws, generators[row])

    size = len(starts) * draws * width
    for row, values in effects_by_gene(explained, edits_of, size, batch_size, verbose):
        effects[row] = values.reshape(-1, draws).mean(axis=1)
    return pd.DataFrame(effects, index=gene_index(X), columns=pd.Index(starts, name="start"))
