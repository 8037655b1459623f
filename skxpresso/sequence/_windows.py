"""Windows of encoded promoters: whether sequences fill them, and how they are cut."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from skxpresso._utils.table import shorten
from skxpresso.sequence.onehot import UNKNOWN, OneHotMatrix, row_chunks
from skxpresso.sequence.promoters import Promoters

__all__ = ["check_long_enough", "cut"]


def check_long_enough(
    promoters: Promoters, starts: npt.NDArray[np.int64], before: int, after: int
) -> None:
    """Raise for the first sequence that does not fill [start, start + before + after)."""
    upstream = np.maximum(-starts, 0)
    downstream = np.maximum(starts + before + after - promoters.lengths, 0)
    lacking = upstream + downstream > 0
    if lacking.any():
        row = int(np.argmax(lacking))
        advice = "Set tss if the TSS lies elsewhere, or short='pad' to fill with N."
        if (promoters.lengths == before + after).all():
            advice = f"Set tss={before} if the sequences are cut to this window already."
        raise ValueError(
            f"row {shorten(promoters.labels[row])}: the sequence of {promoters.lengths[row]} "
            f"nt is too short for the window of {before} nt upstream and {after} nt downstream "
            f"of the TSS at {starts[row] + before}; {upstream[row]} nt are missing upstream "
            f"and {downstream[row]} nt downstream. {advice}"
        )


def cut(X: OneHotMatrix, start: int, length: int) -> OneHotMatrix:
    """Cut [start, start + length), as a view where X covers it, else filled up with N."""
    stop = start + length
    if start >= 0 and stop <= X.promoter_length:
        return X.window(start, stop)
    codes = np.full((len(X), length), UNKNOWN, dtype=np.uint8)
    first, last = max(start, 0), max(min(stop, X.promoter_length), 0)
    if first < last:
        there = X.window(first, last)
        for rows in row_chunks(len(X), length):
            codes[rows, first - start : last - start] = there[rows].codes
    tss = None if X.tss is None else X.tss - start
    return OneHotMatrix(codes, X.covariates, X.covariate_names, tss)
