"""The strongest stretches of an attribution: where most is contributed within a few bases."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso.interpret import Attribution

__all__ = ["strongest_stretches"]

_ROUNDING = 1e-9  # of a prediction: less is no contribution
_COLUMNS = ["gene", "rank", "start", "end", "from_tss", "letters", "sum", "strength"]


def strongest_stretches(
    attribution: Attribution, *, width: int = 12, n_stretches: int = 5
) -> pd.DataFrame:
    """Find the stretches of each gene that contribute most, of either sign.

    Parameters
    ----------
    attribution : Attribution
        Of some genes.
    width : int, default=12
        Of a stretch, in nt.
    n_stretches : int, default=5
        How many of each gene, none of which overlap.

    Returns
    -------
    DataFrame
        `gene`, `rank` from 1, `start` and `end` in the window, `from_tss` of the start, where
        the TSS is known; `letters`; `sum`, of contributions; `strength`, of their sizes; where
        places are known also `chrom`, `chrom_start`, `chrom_end` and `strand`.
    """
    width = min(width, attribution.width)
    sizes = np.abs(attribution.contributions.astype(np.float64))
    sums = np.cumsum(np.pad(sizes, ((0, 0), (1, 0))), axis=1)
    strength = sums[:, width:] - sums[:, :-width]
    letters = attribution.sequences()
    rows = []
    for gene, name in enumerate(attribution.names):
        least = _ROUNDING * abs(attribution.predictions[gene])
        for rank, at in enumerate(_apart(strength[gene], width, n_stretches, least), 1):
            start = at + attribution.start
            rows.append(
                {
                    "row": gene,
                    "gene": name,
                    "rank": rank,
                    "start": start,
                    "end": start + width,
                    "from_tss": None if attribution.tss is None else start - attribution.tss,
                    "letters": letters[gene][at : at + width],
                    "sum": float(attribution.contributions[gene, at : at + width].sum()),
                    "strength": float(strength[gene, at]),
                }
            )
    table = pd.DataFrame(rows, columns=["row", *_COLUMNS])
    if attribution.tss is None:
        table = table.drop(columns="from_tss")
    places = attribution.places_of(table.pop("row"), table["start"], table["end"])
    return table.join(places)


def _apart(strength: npt.NDArray[np.float64], width: int, n: int, least: float) -> list[int]:
    """Return places of the largest strengths above `least`, `width` or more from each other."""
    left = strength.copy()
    found: list[int] = []
    while len(found) < n:
        at = int(left.argmax())
        if not left[at] > least:  # nothing, or NaN
            break
        found.append(at)
        left[max(0, at - width + 1) : at + width] = -np.inf
    return found
