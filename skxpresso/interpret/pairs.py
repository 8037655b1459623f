"""Epistasis: what two substitutions do together beyond what each of them does alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from skxpresso._utils.progress import progress
from skxpresso.interpret._models import ExplainedModel, read_model
from skxpresso.interpret._windows import check_at_least_one, check_stretch

__all__ = ["dependency_map", "epistasis"]

MOST_BYTES = 2**31  # of the result
LETTERS_AT_A_TIME = 2**22


def epistasis(
    model: Any,
    X: Any,
    *,
    start: int,
    end: int,
    batch_size: int = 2048,
    verbose: int = 0,
) -> npt.NDArray[np.float32]:
    """Change all pairs of bases in a stretch, and see which do not simply add up.

    Parameters
    ----------
    model : estimator
        Fitted: a pipeline, a regressor, a search; anything that predicts one number
        from promoters.
    X : DataFrame, OneHotMatrix or 1-D sequences
        Genes, as for ``model.predict``.
    start, end : int
        The stretch: positions ``[start, end)`` of the window that the model reads,
        0-based, 5' to 3' on the gene's strand.
    batch_size : int, default=2048
        Mutants that are predicted at a time where the compiled kernels do not apply.
    verbose : int, default=0
        1 shows a progress bar on the standard error.

    Returns
    -------
    interactions : ndarray of shape (n, end - start, 4, end - start, 4), float32
        ``[gene, i, a, j, b]`` is the change of the prediction by base a at i and base b
        at j together, minus those by either alone, in the units of y. It is symmetric, and
        zero where a or b is the base that is there, or i is j.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If X holds no promoters.
    ValueError
        If the model reads no promoter, the stretch does not lie in the window, or the
        result would take more than 2 GiB.

    See Also
    --------
    dependency_map : One number for each pair of positions.
    saturation_mutagenesis : Single substitutions.

    Notes
    -----
    A stretch of L nt has 9 L (L - 1) / 2 double mutants, all of which are computed: by local
    recomputation for an Xpresso network in float32 with ReLU, else in batches.

    Examples
    --------
    >>> from skxpresso.baselines import kmer_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.interpret import dependency_map, epistasis
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> model = kmer_baseline(k=2).fit(data.data, data.target)
    >>> interactions = epistasis(model, data.data[:1], start=10, end=15)
    >>> interactions.shape
    (1, 5, 4, 5, 4)

    Words of two bases see neighbours alone:

    >>> (dependency_map(interactions)[0] > 1e-6).astype(int)
    array([[0, 1, 0, 0, 0],
           [1, 0, 1, 0, 0],
           [0, 1, 0, 1, 0],
           [0, 0, 1, 0, 1],
           [0, 0, 0, 1, 0]])
    """
    check_at_least_one(batch_size=batch_size)
    explained = read_model(model, X)
    first, last = check_stretch(start, end, explained.length)
    n_genes, width = len(explained.codes), last - first
    if (size := 4 * n_genes * (4 * width) ** 2) > MOST_BYTES:
        raise ValueError(
            f"all pairs of {width} positions in {n_genes} gene(s) would take {size / 2**30:,.1f} "
            "GiB; take a shorter stretch or fewer genes"
        )
    interactions = np.zeros((n_genes, 4 * width, 4 * width), np.float32)
    with progress(n_genes, "genes", show=bool(verbose)) as advance:
        for row in range(n_genes):
            _fill(interactions[row], explained, row, first, batch_size)
            advance()
    return interactions.reshape(n_genes, width, 4, width, 4)


def dependency_map(interactions: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Reduce interactions to the strongest of each pair of positions.

    Parameters
    ----------
    interactions : ndarray of shape (n, length, 4, length, 4)
        From `epistasis`.

    Returns
    -------
    ndarray of shape (n, length, length)
        The largest absolute interaction of any two bases; zero on the diagonal.

    Raises
    ------
    ValueError
        If the shape is another.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.interpret import dependency_map
    >>> interactions = np.zeros((1, 2, 4, 2, 4))
    >>> interactions[0, 0, 3, 1, 2] = -0.5  # T and G together
    >>> dependency_map(interactions)
    array([[[0. , 0.5],
            [0. , 0. ]]])
    """
    shape = np.shape(interactions)
    if len(shape) != 5 or shape[2::2] != (4, 4) or shape[1] != shape[3]:
        raise ValueError(
            f"interactions must have shape (n, length, 4, length, 4), got {shape}; see epistasis"
        )
    return np.abs(interactions).max(axis=(2, 4))


def _fill(
    table: npt.NDArray[np.float32],
    explained: ExplainedModel,
    row: int,
    first: int,
    batch_size: int,
) -> None:
    """Fill the table of one gene, (4 * width, 4 * width); a substitution is 4 * place + base."""
    here = explained.codes[row, first : first + len(table) // 4]

    def effects_of(substitutions: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        letters = np.repeat(here[None], len(substitutions), axis=0)
        np.put_along_axis(letters, substitutions // 4, (substitutions % 4).astype(np.uint8), axis=1)
        edits = np.full(len(letters), first), letters
        return explained.effects([edits], batch_size, row)[0]

    others = np.flatnonzero((here[:, None] != np.arange(4)).ravel())
    alone = np.zeros(len(table))
    alone[others] = effects_of(others[:, None])
    for one, two in _pairs(others, len(here)):
        both = effects_of(np.stack([one, two], axis=1))
        table[one, two] = table[two, one] = both - alone[one] - alone[two]


def _pairs(
    substitutions: npt.NDArray[np.intp], width: int
) -> Iterator[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Yield all pairs at two places, near ones first, some at a time."""
    one, two = np.triu_indices(len(substitutions), 1)
    one, two = substitutions[one], substitutions[two]
    apart = two // 4 - one // 4
    order = np.argsort(apart, kind="stable")[np.count_nonzero(apart == 0) :]
    at_a_time = max(1, LETTERS_AT_A_TIME // width)
    for begin in range(0, len(order), at_a_time):
        some = order[begin : begin + at_a_time]
        yield one[some], two[some]
