"""Deletions and insertions: what becomes of the prediction when distances change."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.progress import progress
from skxpresso._utils.table import shorten
from skxpresso.interpret._models import ExplainedModel, read_model
from skxpresso.interpret._windows import (
    bases_beside,
    check_at_least_one,
    check_stretch,
    gene_index,
    tss_of,
)
from skxpresso.sequence.letters import encode_windows
from skxpresso.sequence.onehot import UNKNOWN

__all__ = ["deletions", "insertions"]

Codes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]

BASES_AT_A_TIME = 2**24  # of edited windows

_ANCHORS = ("tss", "end")


def deletions(
    model: Any,
    X: Any,
    *,
    width: int = 1,
    step: int = 1,
    start: int | None = None,
    end: int | None = None,
    anchor: str = "tss",
    batch_size: int = 2048,
    verbose: int = 0,
) -> pd.DataFrame:
    """Take out stretch after stretch of every promoter, and see what becomes of the prediction.

    Parameters
    ----------
    model : estimator
        Fitted: a pipeline, a regressor, a search; anything that predicts one number
        from promoters.
    X : DataFrame, OneHotMatrix or 1-D sequences
        Genes, as for ``model.predict``.
    width : int, default=1
        Of a deletion, in nt.
    step : int, default=1
        From the start of one deletion to the next, in nt.
    start, end : int or None, default=None
        Deletions lie in ``[start, end)`` of the window that the model reads, 0-based, 5'
        to 3' on the gene's strand. None: from its start, to its end.
    anchor : {"tss", "end"}, default="tss"
        What keeps its place, as in `skxpresso.genome.variant_effects`. "tss": the TSS;
        bases on the far side of the deletion move towards it. "end": the end of the
        window on the deletion's side; what lies between the deletion and the other end
        moves, the TSS too.
    batch_size : int, default=2048
        Edited promoters that are predicted at a time.
    verbose : int, default=0
        1 shows a progress bar on the standard error.

    Returns
    -------
    effects : DataFrame of shape (n, deletions), float32
        Prediction without the stretch minus that of the promoter, in the units of y.
        Genes as index, as in X; columns are the starts of the deletions.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If X holds no promoters, or a number is not an integer.
    ValueError
        If the model reads no promoter, the stretch does not lie in the window or is
        shorter than a deletion, or a parameter is not one of those above.

    See Also
    --------
    occlusion : Hides stretches, and moves nothing.
    skxpresso.genome.variant_effects : Effects of known variants.

    Notes
    -----
    What moves in at the end of the window are the bases that the sequence has there, if it is
    longer than the window, and unknown bases else. A deletion over the TSS takes from either
    side what it takes away there. The TSS is that of the encoder; where nothing tells it, it is
    the middle.

    Examples
    --------
    >>> from skxpresso.baselines import kmer_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.interpret import deletions
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> model = kmer_baseline(k=2).fit(data.data, data.target)
    >>> deletions(model, data.data[:2], width=5, step=5, start=10).shape
    (2, 4)
    """
    check_at_least_one(width=width, step=step, batch_size=batch_size)
    _check_anchor(anchor)
    explained = read_model(model, X)
    first, last = check_stretch(start, end, explained.length)
    starts = np.arange(first, last - width + 1, step)
    if not len(starts):
        raise ValueError(f"width={width} must fit in the stretch of {last - first} nt")
    before, behind = bases_beside(model, X, explained.codes.shape, width)
    longer = np.hstack([before, explained.codes, behind])
    tss = tss_of(model, X, explained.length)

    def edited(row: int, start: int) -> Codes:
        from_left = min(max(0, tss - start), width)
        if anchor == "end":
            from_left = 0 if start < tss else width
        gap, end = width + start, width - from_left + explained.length + width
        return np.concatenate(
            [longer[row, width - from_left : gap], longer[row, gap + width : end]]
        )

    return _effects(explained, X, starts, edited, batch_size, verbose)


def insertions(
    model: Any,
    X: Any,
    insert: str | int = 1,
    *,
    step: int = 1,
    start: int | None = None,
    end: int | None = None,
    anchor: str = "tss",
    batch_size: int = 2048,
    verbose: int = 0,
) -> pd.DataFrame:
    """Put bases between those of every promoter, and see what becomes of the prediction.

    Parameters
    ----------
    model : estimator
        Fitted: a pipeline, a regressor, a search; anything that predicts one number
        from promoters.
    X : DataFrame, OneHotMatrix or 1-D sequences
        Genes, as for ``model.predict``.
    insert : str or int, default=1
        Letters to insert, on the gene's strand; or a number of unknown bases, which
        change nothing but distances.
    step : int, default=1
        From one insertion to the next, in nt.
    start, end : int or None, default=None
        Bases are inserted before the positions ``[start, end)`` of the window that the
        model reads, 0-based, 5' to 3' on the gene's strand. None: from its start, to its
        end.
    anchor : {"tss", "end"}, default="tss"
        What keeps its place, as in `deletions`. "tss": bases on the far side of the
        insertion move away from the TSS, and out of the window.
    batch_size : int, default=2048
        Edited promoters that are predicted at a time.
    verbose : int, default=0
        1 shows a progress bar on the standard error.

    Returns
    -------
    effects : DataFrame of shape (n, insertions), float32
        Prediction with the insert minus that of the promoter, in the units of y. Genes as
        index, as in X; columns are the positions before which the insert stands.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If X holds no promoters, or a number is not an integer.
    ValueError
        If the model reads no promoter, the stretch does not lie in the window, the insert
        is empty, longer than the window or no DNA, or a parameter is not one of those
        above.

    See Also
    --------
    plant : Puts a motif in the place of other bases, so that nothing moves.

    Examples
    --------
    >>> from skxpresso.baselines import kmer_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.interpret import insertions
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> model = kmer_baseline(k=2).fit(data.data, data.target)
    >>> insertions(model, data.data[:2], "TATA", start=10, end=20).shape
    (2, 10)
    """
    check_at_least_one(step=step, batch_size=batch_size)
    _check_anchor(anchor)
    letters = _letters(insert)
    explained = read_model(model, X)
    first, last = check_stretch(start, end, explained.length)
    length, n = explained.length, len(letters)
    if n > length:
        raise ValueError(f"insert must be no longer than the window of {length} nt, got {n} nt")
    places = np.arange(first, last, step)
    tss = tss_of(model, X, length)

    def edited(row: int, place: int) -> Codes:
        codes = explained.codes[row]
        longer = np.concatenate([codes[:place], letters, codes[place:]])
        moves_left = (place <= tss) == (anchor == "tss")
        return longer[n:] if moves_left else longer[:length]

    return _effects(explained, X, places, edited, batch_size, verbose)


def _letters(insert: Any) -> Codes:
    if isinstance(insert, str):
        if not insert:
            raise ValueError("insert must have at least one letter, got ''")
        return encode_windows([insert], np.zeros(1, np.int64), len(insert), ["insert"])[0]
    if not isinstance(insert, Integral) or isinstance(insert, bool):
        raise TypeError(
            f"insert must be letters of DNA or a number of bases, got {shorten(insert)}"
        )
    check_at_least_one(insert=insert)
    return np.full(int(insert), UNKNOWN, np.uint8)


def _check_anchor(anchor: Any) -> None:
    if anchor not in _ANCHORS:
        raise ValueError(f"anchor must be 'tss' or 'end', got {shorten(anchor)}")


def _effects(
    explained: ExplainedModel,
    X: Any,
    places: Places,
    edited: Callable[[int, int], Codes],
    batch_size: int,
    verbose: int,
) -> pd.DataFrame:
    """Predict the edited windows; `edited` makes one from a row and a place."""
    effects = np.empty((len(explained.codes), len(places)), np.float32)
    at_a_time = min(batch_size, max(1, BASES_AT_A_TIME // explained.length))
    with progress(effects.size, "edits", show=bool(verbose)) as advance:
        for begin in range(0, effects.size, at_a_time):
            some = np.arange(begin, min(begin + at_a_time, effects.size))
            rows, columns = np.divmod(some, len(places))
            genes = np.arange(rows[0], rows[-1] + 1)
            references = explained.predict(explained.codes[genes], genes)
            pairs = zip(rows.tolist(), places[columns].tolist(), strict=True)
            windows = np.stack([edited(row, place) for row, place in pairs])
            predicted = explained.predict(windows, rows)
            effects[rows, columns] = predicted - references[rows - rows[0]]
            advance(len(rows))
    index = pd.Index(places, name="start")
    return pd.DataFrame(effects, index=gene_index(X), columns=index)
