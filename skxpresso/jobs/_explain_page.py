"""The page of `explain`: where contributions stand, of bases and of half-life numbers."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from skxpresso._utils.page import html_page
from skxpresso.interpret import Attribution

__all__ = ["explanation_page"]

_STYLE = """
.track { margin: 1em 0 2em; }
.track canvas { width: 100%; height: 190px; touch-action: pan-y; cursor: grab; display: block; }
.track canvas:focus-visible { outline: 2px solid #36c; }
.track .remark { margin: 0.3em 0; min-height: 1.3em; color: #555; }
.track button { font: inherit; padding: 0.15em 0.7em; margin: 0 0.2em 0.3em 0; }
.track button.stretch { font-family: monospace; }
div.wide { overflow-x: auto; }
"""
_BUTTONS = {"in": "zoom in", "out": "zoom out", "all": "all", "left": "←", "right": "→"}
_USE = (
    "Contributions of all bases of a window, 5' to 3' on the gene's strand. Drag to move, click "
    "twice to zoom in, spread two fingers, or turn the wheel while holding Ctrl; near enough, "
    "bases are letters. A stretch leads there when it is clicked. The dashed line is the TSS."
)
_LARGEST = 2**15 - 1


class _Raw(str):
    """HTML that stands on the page as it is."""

    def _repr_html_(self) -> str:
        return str(self)


def explanation_page(
    title: str,
    remarks: str,
    overview: dict[str, Any],
    genes: Iterable[tuple[Attribution, pd.DataFrame]],
) -> str:
    """Write the page, which opens without the network.

    Parameters
    ----------
    title, remarks : str
        What was explained, and how.
    overview : dict of str to DataFrame or matplotlib Figure
        Headings and what stands below them: about all genes.
    genes : iterable of (Attribution, DataFrame)
        Genes to show, each alone, with its strongest stretches.

    Returns
    -------
    str
        HTML.
    """
    genes = list(genes)
    parts: dict[str, Any] = {"What this is": _Raw(f"<p>{html.escape(remarks)}</p>"), **overview}
    parts["Genes"] = _Raw(
        f"<p>{_USE}</p>" + "".join(_of_gene(*each) for each in genes) + _program(genes)
    )
    return html_page(title, parts)


def _of_gene(gene: Attribution, stretches: pd.DataFrame) -> str:
    name = html.escape(gene.names[0])
    moves = "".join(f'<button data-do="{do}">{text}</button>' for do, text in _BUTTONS.items())
    looks = "".join(
        f'<button class="stretch" data-from="{start - gene.start}" data-to="{end - gene.start}" '
        f'title="contributions sum to {total:+.3g}">{_place(start, gene)} {letters}</button>'
        for start, end, letters, total in zip(
            *(stretches[name].tolist() for name in ("start", "end", "letters", "sum")), strict=True
        )
    )
    return (
        f'<div class="track"><h3>{name}, predicted {gene.predictions[0]:.4g}</h3>{moves}'
        f'<canvas tabindex="0" aria-label="Contribution of every base of {name}"></canvas>'
        f'<p class="remark"></p><p>Strongest stretches: {looks or "none"}</p>'
        f"{_halflife(gene)}</div>\n"
    )


def _place(start: int, gene: Attribution) -> str:
    return f"{start}" if gene.tss is None else f"{start - gene.tss:+d}"


def _halflife(gene: Attribution) -> str:
    if not gene.halflife.to_numpy().any():
        return ""
    table = pd.DataFrame({"half-life number": gene.halflife.columns})
    table["contribution"] = gene.halflife.to_numpy()[0]
    if gene.halflife_per_unit is not None:
        table["per unit"] = gene.halflife_per_unit.to_numpy()[0]
    text = table.to_html(index=False, border=0, float_format="{:+.3g}".format, na_rep="")
    return f'<div class="wide">{text}</div>'


def _program(genes: list[tuple[Attribution, pd.DataFrame]]) -> str:
    data = json.dumps([_packed(gene) for gene, _ in genes]).replace("<", "\\u003c")
    code = (files("skxpresso.jobs") / "_explain_track.js").read_text(encoding="utf-8")
    return (
        f"<style>{_STYLE}</style><noscript><p>The tracks need JavaScript.</p></noscript>"
        f'<script type="application/json" id="genes">{data}</script><script>{code}</script>'
    )


def _packed(gene: Attribution) -> dict[str, Any]:
    """Give what the script reads: letters, and contributions as 16-bit integers in base64."""
    values = np.nan_to_num(gene.contributions[0].astype(np.float64))
    unit = float(np.abs(values).max(initial=0)) / _LARGEST or 1.0
    steps = np.rint(values / unit).astype("<i2")
    return {
        "letters": gene.sequences()[0],
        "values": base64.b64encode(steps.tobytes()).decode("ascii"),
        "unit": unit,
        "start": gene.start,
        "tss": gene.tss,
    }
