"""Logos of the strongest stretches of some genes, in one picture."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pandas as pd

from skxpresso.interpret import Attribution

__all__ = ["draw_logos", "require_logomaker"]

_FLANK = 10  # nt beside a stretch
_COLUMNS = 2


def require_logomaker() -> None:
    """Raise where logomaker is missing, before work begins."""
    if find_spec("logomaker") is None:
        raise ImportError(
            "logos are drawn with logomaker, which is not installed; pip install logomaker, or "
            '".[interpret]" from a checkout'
        )


def draw_logos(genes: list[tuple[Attribution, pd.DataFrame]]) -> Any:
    """Draw contributions as letters, around the strongest stretch of each gene.

    Parameters
    ----------
    genes : list of (Attribution, DataFrame)
        Genes, each alone, with its stretches.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib.pyplot as plt

    genes = [(gene, stretches) for gene, stretches in genes if len(stretches)]
    n_rows = max(1, -(-len(genes) // _COLUMNS))
    figure, axes = plt.subplots(
        n_rows, _COLUMNS, figsize=(11, 1.7 * n_rows), squeeze=False, layout="constrained"
    )
    knows_tss = all(gene.tss is not None for gene, _ in genes)
    figure.supxlabel("nt from the TSS" if knows_tss else "position in the window", fontsize=9)
    figure.supylabel("contribution", fontsize=9)
    for ax in axes.flat[len(genes) :]:
        ax.set_axis_off()
    for ax, (gene, stretches) in zip(axes.flat, genes, strict=False):
        _draw(ax, gene, stretches.iloc[0])
    plt.close(figure)
    return figure


def _draw(ax: Any, gene: Attribution, best: pd.Series) -> None:
    low = max(gene.start, int(best["start"]) - _FLANK)
    high = min(gene.start + gene.width, int(best["end"]) + _FLANK)
    gene.plot_logo(start=low, end=high, ax=ax)
    ax.set(xlabel="", ylabel="", title="")
    ax.set_title(gene.names[0], fontsize=9, loc="left")
    ax.tick_params(labelsize=8)
