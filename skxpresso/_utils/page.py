"""One self-contained HTML page of tables and pictures."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

_WORDS = (["what", "value"], ["parameter", "value"])  # columns of tables of words
_STYLE = """
body { font-family: sans-serif; max-width: 75em; margin: 2em auto; padding: 0 1em; color: #222; }
table { border-collapse: collapse; margin: 1em 0; display: block; overflow-x: auto; }
th, td { padding: 0.3em 0.8em; border-bottom: 1px solid #ddd; text-align: right; }
th:first-child, td:first-child { text-align: left; white-space: nowrap; }
.text th, .text td { text-align: left; }
.text td:last-child { overflow-wrap: anywhere; }
img { max-width: 100%; }
.picture { overflow-x: auto; }
"""


_SMALLEST = 60  # pixels for each inch of a picture that is shown

# a number with its interval, 0.12 [0.10, 0.14], which must not be broken
_INTERVAL = re.compile(r"[+-]?[\d.]+ \[[^\]]+\]")


def html_page(title: str, parts: Mapping[str, Any]) -> str:
    """Write a page that opens without the network.

    Parameters
    ----------
    title : str
        Title of the page.
    parts : mapping of str to DataFrame, matplotlib Figure, str or object with _repr_html_
        Headings, and the content below each of them.

    Returns
    -------
    str
        HTML with embedded pictures.

    Examples
    --------
    >>> from skxpresso._utils.page import html_page
    >>> page = html_page("Scores", {"Test genes": "r2 < 1"})
    >>> "<h2>Test genes</h2>" in page, "r2 &lt; 1" in page
    (True, True)
    """
    body = "\n".join(
        f"<h2>{html.escape(heading)}</h2>\n{_to_html(part)}" for heading, part in parts.items()
    )
    title = html.escape(title)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    )


def _unbroken(cell: Any) -> Any:
    """Put spaces into an interval at which no line ends."""
    is_interval = isinstance(cell, str) and _INTERVAL.fullmatch(cell)
    return cell.replace(" ", "\u00a0") if is_interval else cell


def _to_html(part: Any) -> str:
    if isinstance(part, pd.DataFrame):
        return part.map(_unbroken).to_html(
            index=False,
            border=0,
            float_format="{:.4g}".format,
            na_rep="",
            classes="text" if part.columns.tolist() in _WORDS else None,
        )
    if hasattr(part, "savefig"):
        buffer = io.BytesIO()
        part.savefig(buffer, format="png", dpi=110)
        data = base64.b64encode(buffer.getvalue()).decode("ascii")
        # on a narrow screen one scrolls what would shrink so far that nobody could read it
        least = f"min-width: {_SMALLEST * part.get_figwidth():.0f}px"
        image = f'<img alt="" style="{least}" src="data:image/png;base64,{data}">'
        return f'<div class="picture">{image}</div>'
    if hasattr(part, "_repr_html_"):
        return str(part._repr_html_())
    return f"<p>{html.escape(str(part))}</p>"
