"""plot_locus: genes, tracks and effects of variants along a chromosome, in one picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from skxpresso._utils.table import quote, require_columns, shorten
from skxpresso.genome.chromosomes import simple_name, split_region
from skxpresso.genome.tiling import Track
from skxpresso.plots import new_figure

__all__ = ["plot_locus"]

_COLOURS = {"+": "#2a6f97", "-": "#e07a1f"}
_ARROW, _LETTER = 0.02, 0.012  # lengths of an arrow and of a letter, in widths of the picture


def plot_locus(
    region: str,
    genes: pd.DataFrame,
    *,
    tracks: Track | pd.DataFrame | Mapping[str, Track | pd.DataFrame] | None = None,
    effects: pd.DataFrame | None = None,
    figure: Any = None,
) -> Any:
    """Draw genes, tracks and effects of variants of one stretch of a chromosome.

    Parameters
    ----------
    region : str
        ``chrom:start-end``, 0-based and half-open; chr1 and 1 are the same.
    genes : DataFrame
        As of `genes_from_genome`: `chrom`, `tss`, `strand`, and `start`, `end` of the promoter; the
        index and, where there is one, `gene_name` name them. Promoters are boxes, the TSS an
        arrow in the gene's direction.
    tracks : Track, DataFrame, mapping of str to these, or None, default=None
        From `scan`, or rows of `chrom`, `start`, `end` (0-based, half-open), `value`, such as the
        contributions of bases; the keys of a mapping are the labels.
    effects : DataFrame or None, default=None
        From `variant_effects`: a stem for every variant and gene, in the gene's strand's colour.
    figure : matplotlib.figure.Figure or None, default=None
        Where to draw. None: a new figure.

    Returns
    -------
    matplotlib.figure.Figure
        A row per track, one for effects, and the genes below; the plus strand in blue, the minus
        strand in orange.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    ValueError
        If `region` is not of that form, or a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> from skxpresso.genome import plot_locus
    >>> genes = pd.DataFrame(
    ...     {"chrom": ["chr1"], "start": [100], "end": [200], "tss": [170], "strand": ["+"]}, ["g"]
    ... )
    >>> track = pd.DataFrame({"chrom": "chr1", "start": [0], "end": [300], "value": [0.5]})
    >>> figure = plot_locus("chr1:0-400", genes, tracks={"prediction": track}, figure=Figure())
    >>> [ax.get_ylabel() for ax in figure.axes]
    ['prediction', 'genes']
    """
    chrom, start, end = _read_region(region)
    require_columns(genes, ["chrom", "start", "end", "tss", "strand"], "plot_locus", "genes")
    rows = _named(tracks)
    n_rows = len(rows) + (effects is not None) + 1
    figure = new_figure(9, 1 + 1.5 * n_rows) if figure is None else figure
    axes = np.ravel(figure.subplots(n_rows, 1, sharex=True))
    for ax, (label, track) in zip(axes, rows.items(), strict=False):
        _draw_track(ax, track, label, chrom)
    if effects is not None:
        _draw_effects(axes[-2], effects, chrom)
    _draw_genes(axes[-1], _on(genes, chrom), start, end)
    axes[-1].set(xlim=(start, end), xlabel=f"position on {chrom}, nt")
    axes[-1].xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    return figure


def _read_region(region: str) -> tuple[str, int, int]:
    found = split_region(region) if isinstance(region, str) else None
    if found is None or found[1] >= found[2]:
        raise ValueError(
            "region must be chrom:start-end, such as chr22:100000-200000, 0-based and half-open, "
            f"with at least one position, got {shorten(region)}"
        )
    return found


def _named(tracks: Any) -> dict[str, Track | pd.DataFrame]:
    if tracks is None:
        return {}
    rows = dict(tracks) if isinstance(tracks, Mapping) else {"prediction": tracks}
    for label, track in rows.items():
        if isinstance(track, pd.DataFrame):
            require_columns(track, ["chrom", "start", "end", "value"], "plot_locus", "tracks")
        elif not isinstance(track, Track):
            raise TypeError(
                "tracks must be a Track, a DataFrame, or a mapping of names to these, got "
                f"{type(track).__name__} for {quote([label])}"
            )
    return rows


def _on(table: pd.DataFrame, chrom: str) -> pd.DataFrame:
    """Return the rows on a chromosome, whose name may be written as 1 or chr1."""
    alike = [name for name in table["chrom"].unique() if simple_name(name) == simple_name(chrom)]
    return table[table["chrom"].isin([chrom] if chrom in alike else alike)]


def _draw_track(ax: Any, track: Track | pd.DataFrame, label: str, chrom: str) -> None:
    ax.set_ylabel(label)
    if isinstance(track, pd.DataFrame):
        mine = _on(track, chrom).sort_values("start")
        places = np.column_stack([mine["start"], mine["end"]]).ravel()
        ax.fill_between(places, np.repeat(mine["value"], 2), lw=0, color="0.4")
        ax.axhline(0, color="0.7", lw=0.8, zorder=0)
        return
    for strand, rows in _on(track.to_frame(), chrom).groupby("strand"):
        ax.plot(rows["tss"], rows["prediction"], color=_COLOURS[str(strand)], lw=1, label=strand)
    ax.legend(title="strand", loc="upper right", frameon=False, ncols=2)


def _draw_effects(ax: Any, effects: pd.DataFrame, chrom: str) -> None:
    require_columns(effects, ["chrom", "start", "strand", "delta"], "plot_locus", "effects")
    ax.set_ylabel("effect of variants")
    ax.axhline(0, color="0.7", lw=0.8, zorder=0)
    for strand, rows in _on(effects, chrom).groupby("strand"):
        colour = _COLOURS[str(strand)]
        ax.vlines(rows["start"], 0, rows["delta"], color=colour, lw=1)
        ax.plot(rows["start"], rows["delta"], "o", ms=3, color=colour)


def _draw_genes(ax: Any, genes: pd.DataFrame, start: int, end: int) -> None:
    """Draw promoters in as many levels as it takes that none hides another."""
    seen = genes[(genes["start"] < end) & (genes["end"] > start)].sort_values("start")
    names = seen["gene_name"].fillna("") if "gene_name" in seen else pd.Series("", seen.index)
    names = names.where(names != "", seen.index.astype(str).to_series(index=seen.index))
    free: list[float] = []
    columns = [seen[name].tolist() for name in ("start", "end", "tss", "strand")]
    for name, first, last, tss, strand in zip(names, *columns, strict=True):
        left = max(first, start)
        width = (end - start) * _LETTER * len(name)
        level = next((i for i, place in enumerate(free) if place <= left), len(free))
        free[level : level + 1] = [max(last, left + width)]
        colour, sign = _COLOURS[strand], 1 if strand == "+" else -1
        ax.broken_barh([(first, last - first)], (level, 0.35), color=colour, alpha=0.3)
        ax.plot([tss, tss], [level, level + 0.5], color=colour, lw=1.2)
        head = {"arrowstyle": "->", "color": colour, "shrinkA": 0, "shrinkB": 0}
        point = (tss + sign * _ARROW * (end - start), level + 0.5)
        ax.annotate("", point, (tss, level + 0.5), arrowprops=head, annotation_clip=True)
        ax.text(left, level + 0.6, name, fontsize=8, clip_on=True)
    ax.set(ylim=(-0.2, len(free) + 0.2), yticks=[], ylabel="genes")
