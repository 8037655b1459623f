"""Where motifs are: a scan of promoters with position weight matrices, on both strands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.table import require_columns, row_labels, shorten
from skxpresso.interpret._windows import gene_index
from skxpresso.interpret.motifs import Motif, as_motif, check_background
from skxpresso.sequence.letters import check_sequence, encode_windows
from skxpresso.sequence.onehot import OneHotMatrix
from skxpresso.sequence.promoters import as_sequence

__all__ = ["find_in_codes", "find_motifs"]

Codes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.float64]

_STEP = 0.01  # bits; scores are counted in these to find their probabilities
_IMPOSSIBLE = -(2**20)  # steps
_BASES_AT_A_TIME = 2**22


def find_motifs(
    X: Any,
    motifs: Any,
    *,
    p_value: float = 1e-4,
    strands: str = "both",
    background: npt.ArrayLike | None = None,
    sequence_column: str = "promoter",
) -> pd.DataFrame:
    """Find the sites of motifs in promoters.

    Parameters
    ----------
    X : DataFrame, OneHotMatrix or 1-D sequences
        Promoters, 5' to 3' on the gene's strand.
    motifs : Motif, str, motif of Biopython, or a sequence of them
        What to look for; letters are a consensus.
    p_value : float, default=1e-4
        A site counts if a random sequence of the background scores as well with at most
        this probability. Where not even the best of all sites is so rare, as for the six
        letters of a consensus, only the best ones count.
    strands : {"both", "+", "-"}, default="both"
        Strands to look at; "+" is the gene's.
    background : array-like of shape (4,) or None, default=None
        Frequencies of A, C, G and T. None: all equal.
    sequence_column : str, default="promoter"
        The column of sequences, of a DataFrame.

    Returns
    -------
    DataFrame
        A row per site, gene by gene and along the promoter, with the columns `gene`, as in
        the index of X; `motif`; `start` and `end`, 0-based, half-open, in the sequence as
        given; `strand`; `score`, in bits; `p_value` of the score. A place that is a site on
        both strands is listed once, on the better one.

    Raises
    ------
    TypeError
        If X holds no sequences, or a motif is none.
    ValueError
        If `p_value` is not between 0 and 1, or another parameter is not one of those above.

    Notes
    -----
    The score is the sum of log2 odds, and its distribution under the background is computed by
    adding up positions in steps of 0.01 bits (Staden 1989). A stretch with an unknown base is
    no site.

    References
    ----------
    Staden R (1989). Methods for calculating the probabilities of finding patterns in sequences.
    Computer Applications in the Biosciences 5:89-96.

    Examples
    --------
    >>> from skxpresso.interpret import find_motifs
    >>> find_motifs(["TTCGGGTAATTT", "AATTACCCGAAA"], "CGGGTAA").round(1)
       gene    motif  start  end strand  score  p_value
    0     0  CGGGTAA      2    9      +   13.9      0.0
    1     1  CGGGTAA      2    9      -   13.9      0.0
    """
    codes = _codes(X, sequence_column)
    parts = []
    for motif in _as_list(motifs):
        sites = find_in_codes(codes, motif, p_value, strands, background)
        sites.insert(1, "motif", motif.name)
        parts.append(sites)
    found = pd.concat(parts, ignore_index=True)
    found = found.sort_values(["row", "start"], kind="stable", ignore_index=True)
    found.insert(0, "gene", gene_index(X).take(found.pop("row").to_numpy()))
    return found


def find_in_codes(
    codes: Codes,
    motif: Motif,
    p_value: float = 1e-4,
    strands: str = "both",
    background: npt.ArrayLike | None = None,
) -> pd.DataFrame:
    """Find the sites of one motif in base codes (n, length).

    As `find_motifs`; the first column is the `row` in the codes.
    """
    if not 0 < p_value < 1:
        raise ValueError(f"p_value must be between 0 and 1, got {shorten(p_value)}")
    if strands not in ("both", "+", "-"):
        raise ValueError(f"strands must be 'both', '+' or '-', got {shorten(strands)}")
    base = check_background(background)
    parts = []
    for strand in "+-" if strands == "both" else strands:
        turned = motif if strand == "+" else motif.reverse_complement()
        odds = turned.log_odds(base)
        tail = _Tail.of(odds, base)
        row, start, steps = _at_least(codes, tail.steps, tail.threshold(p_value))
        letters = codes[row[:, None], start[:, None] + np.arange(len(motif))]
        scores = np.take_along_axis(odds.T, letters.astype(np.intp), axis=0).sum(axis=1)
        site = {"row": row, "start": start, "end": start + len(motif), "strand": strand}
        parts.append(pd.DataFrame({**site, "score": scores, "p_value": tail.p_value(steps)}))
    found = pd.concat(parts)
    found = found.sort_values("score", ascending=False, kind="stable")
    best = found.drop_duplicates(["row", "start"])
    return best.sort_values(["row", "start"], ignore_index=True)


class _Tail(NamedTuple):
    """How probable it is that a random sequence scores as well, for every score.

    `steps` (width, 5) int64 are the scores of bases in units of `_STEP`, with the fifth
    impossibly low; `tail[k]` is the probability of a sum of `lowest` + k or more.
    """

    steps: npt.NDArray[np.int64]
    lowest: int
    tail: Numbers

    @classmethod
    def of(cls, odds: Numbers, base: Numbers) -> _Tail:
        steps = np.rint(odds / _STEP).astype(np.int64)
        density = np.ones(1)
        for row in steps - steps.min(axis=1, keepdims=True):
            wider = np.zeros(len(density) + row.max())
            for shift, probability in zip(row, base, strict=True):
                wider[shift : shift + len(density)] += probability * density
            density = wider
        unknown = np.full((len(steps), 1), _IMPOSSIBLE)
        lowest = int(steps.min(axis=1).sum())
        return cls(np.hstack([steps, unknown]), lowest, density[::-1].cumsum()[::-1])

    def threshold(self, p_value: float) -> int:
        """Return the least sum of that probability, or the best of all sums."""
        rare = np.flatnonzero(self.tail <= p_value)
        return self.lowest + int(rare[0] if len(rare) else len(self.tail) - 1)

    def p_value(self, sums: npt.NDArray[np.int64]) -> Numbers:
        """Return the probability of sums or more."""
        return self.tail[sums - self.lowest]


def _at_least(
    codes: Codes, steps: npt.NDArray[np.int64], least: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return rows, starts and sums of all places whose sum is `least` or more."""
    n_places = codes.shape[1] - len(steps) + 1
    found = [(np.zeros(0, np.int64),) * 3]
    if n_places > 0:
        at_a_time = max(1, _BASES_AT_A_TIME // codes.shape[1])
        for begin in range(0, len(codes), at_a_time):
            some = codes[begin : begin + at_a_time]
            sums = np.zeros((len(some), n_places), np.int32)
            for place, row in enumerate(steps.astype(np.int32)):
                sums += row[some[:, place : place + n_places]]
            rows, starts = np.nonzero(sums >= least)
            found.append((rows + begin, starts, sums[rows, starts].astype(np.int64)))
    rows, starts, sums_found = map(np.concatenate, zip(*found, strict=True))
    return rows, starts, sums_found


def _codes(X: Any, sequence_column: str) -> Codes:
    """Encode whole sequences; short ones are filled up, with what is no site."""
    if isinstance(X, OneHotMatrix):
        return X.codes
    if isinstance(X, pd.DataFrame):
        require_columns(X, [sequence_column], "find_motifs")
        sequences, labels = X[sequence_column].tolist(), row_labels(X)
    else:
        sequences, labels = as_sequence(X), row_labels(X)
    longest = max(map(check_sequence, sequences, labels), default=0)
    starts = np.zeros(len(sequences), np.int64)
    return encode_windows(sequences, starts, longest, labels)


def _as_list(motifs: Any) -> list[Motif]:
    if isinstance(motifs, Sequence) and not isinstance(motifs, str):
        found = [as_motif(each) for each in motifs]
    else:
        found = [as_motif(motifs)]
    if not found:
        raise ValueError("motifs must hold at least one motif, got none")
    return found
