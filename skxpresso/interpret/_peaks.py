"""Stretches that contribute more than chance: peaks over a threshold learned from shuffles."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.table import shorten
from skxpresso.interpret._windows import check_at_least_one

__all__ = ["find_peaks", "thresholds"]


def find_peaks(
    attribution: Any, *, width: int, fdr: float, null: Any, random_state: int
) -> pd.DataFrame:
    """Find stretches of every gene; see `Attribution.peaks`."""
    check_at_least_one(width=width)
    if not 1 <= width <= attribution.width:
        raise ValueError(
            f"width must be 1 to {attribution.width}, the positions of the genes, got "
            f"{shorten(width)}"
        )
    if not isinstance(fdr, Real) or not 0 < fdr < 1:
        raise ValueError(f"fdr must lie between 0 and 1, got {shorten(fdr)}")
    contributions = attribution.contributions
    if null is None:
        rng = np.random.default_rng(random_state)
        chance = rng.permuted(contributions, axis=1)
    elif null.width < width:
        raise ValueError(f"null must have at least width={width} positions, got {null.width}")
    else:
        chance = null.contributions
    sums, of_chance = _moving_sums(contributions, width), _moving_sums(chance, width)
    tables = []
    for sign, name in ((1, "+"), (-1, "-")):
        threshold = thresholds(sign * sums, sign * of_chance, fdr)
        tables.append(_stretches(attribution, sign * sums >= threshold, width, name))
    table = pd.concat(tables)
    table = table.sort_values(["row", "start"], kind="stable", ignore_index=True)
    return table.drop(columns="row")


def _moving_sums(values: npt.NDArray[np.floating], width: int) -> npt.NDArray[np.float64]:
    """Return sums of `width` neighbours, (n, W - width + 1)."""
    totals = np.cumsum(np.pad(values.astype(np.float64), ((0, 0), (1, 0))), axis=1)
    return totals[:, width:] - totals[:, :-width]


def thresholds(
    found: npt.NDArray[np.floating], chance: npt.NDArray[np.floating], fdr: float
) -> float:
    """Return the lowest positive value above which chance has at most `fdr` of what is found.

    The share of chance above it, by the share that is found above it; infinity where there is no
    such value.
    """
    values = np.sort(found[found > 0])
    if not len(values):
        return np.inf
    of_chance = np.sort(chance, axis=None)
    above = (len(of_chance) - np.searchsorted(of_chance, values)) / chance.size
    found_above = (len(values) - np.arange(len(values))) / found.size
    good = np.flatnonzero(above <= fdr * found_above)
    return float(values[good[0]]) if len(good) else np.inf


def _stretches(
    attribution: Any, above: npt.NDArray[np.bool_], width: int, sign: str
) -> pd.DataFrame:
    """Join windows above the threshold that overlap, gene by gene."""
    covered = np.zeros((len(above), attribution.width + 2), np.int64)
    rows, starts = np.nonzero(above)
    covered[rows, starts + 1] += 1
    covered[rows, starts + 1 + width] -= 1
    inside = np.cumsum(covered, axis=1) > 0
    edges = np.diff(inside.astype(np.int8), axis=1)
    row, start = np.nonzero(edges == 1)
    end = np.nonzero(edges == -1)[1]
    letters = attribution.sequences()
    table = pd.DataFrame({"row": row, "gene": np.asarray(attribution.names, object)[row]})
    table["start"], table["end"] = start + attribution.start, end + attribution.start
    if attribution.tss is not None:
        table["from_tss"] = table["start"] - attribution.tss
    table["sign"] = sign
    pieces = list(zip(row.tolist(), start.tolist(), end.tolist(), strict=True))
    table["contribution"] = [
        float(attribution.contributions[r, s:e].sum(dtype=np.float64)) for r, s, e in pieces
    ]
    table["sequence"] = [letters[r][s:e] for r, s, e in pieces]
    return table.join(attribution.places_of(row, table["start"], table["end"]))
