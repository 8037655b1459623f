"""Pictures of one gene: its letters as high as they contribute, its window as a track."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skxpresso._utils.table import quote, shorten
from skxpresso.interpret._windows import check_at_least_one
from skxpresso.plots import new_figure

__all__ = ["draw_logo", "draw_track", "one_gene"]

_COLOURS = {"A": "#109648", "C": "#255c99", "G": "#f7b32b", "T": "#d62839"}
_UP, _DOWN = "#2a6f97", "#e07a1f"
_MOST_LETTERS = 500  # more are too narrow to read


def one_gene(attribution: Any, gene: Any, start: int | None, end: int | None) -> Any:
    """Cut positions [start, end) of one gene of an Attribution; None: the only gene, all."""
    if gene is None and len(attribution) != 1:
        names = quote(attribution.names)
        raise ValueError(f"gene must be one of the {len(attribution)} genes, {names}")
    one = attribution if gene is None else attribution[str(gene)]
    first = one.start if start is None else start
    return one.stretch(first, one.start + one.width if end is None else end)


def draw_logo(one: Any, ax: Any) -> Any:
    """Draw the letters of the only gene of an Attribution."""
    try:
        import logomaker
    except ImportError as error:
        raise ImportError(
            "logos need logomaker; pip install '.[interpret]' in a checkout brings it"
        ) from error
    if one.width > _MOST_LETTERS:
        raise ValueError(
            f"start and end must leave at most {_MOST_LETTERS} positions to be read as letters, "
            f"got {one.width}; plot_track draws a whole window"
        )
    onehot = np.eye(5, 4)[one.codes[0]]
    positions = one.start - (one.tss or 0) + np.arange(one.width)
    heights = pd.DataFrame(
        onehot * one.contributions[0][:, None], index=positions, columns=list("ACGT")
    )
    if ax is None:
        ax = new_figure(max(4, min(20, 2 + 0.16 * one.width)), 2.4).subplots()
    logomaker.Logo(heights, ax=ax, color_scheme=_COLOURS, flip_below=False)
    _name_axes(one, ax)
    return ax


def draw_track(one: Any, smooth: int, ax: Any) -> Any:
    """Draw the contributions of the only gene of an Attribution, summed over `smooth` nt."""
    check_at_least_one(smooth=smooth)
    if not 1 <= smooth <= one.width:
        raise ValueError(f"smooth must be 1 to {one.width} nt, got {shorten(smooth)}")
    sums = np.convolve(one.contributions[0], np.ones(smooth), mode="same")
    positions = one.start - (one.tss or 0) + np.arange(one.width)
    if ax is None:
        ax = new_figure(9, 2.6).subplots()
    for part, colour in ((np.maximum(sums, 0), _UP), (np.minimum(sums, 0), _DOWN)):
        ax.fill_between(positions, part, step="mid", color=colour, linewidth=0.4, edgecolor=colour)
    ax.set_xlim(positions[0] - 0.5, positions[-1] + 0.5)
    if one.tss is not None:
        ax.axvline(0, color="0.3", linestyle="--", linewidth=1)
    _name_axes(one, ax)
    if smooth > 1:
        ax.set_ylabel(f"contribution in {smooth} nt")
    return ax


def _name_axes(one: Any, ax: Any) -> None:
    ax.axhline(0, color="0.3", linewidth=0.8)
    where = "position in the window, nt" if one.tss is None else "position from the TSS, nt"
    ax.set(xlabel=where, ylabel="contribution", title=one.names[0])
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
