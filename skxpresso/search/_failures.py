"""Describe what went wrong in a search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skxpresso._utils.table import clip, shorten

if TYPE_CHECKING:
    from skxpresso.search._history import History


def errors_in_report(report: str) -> str:
    """Name the distinct errors in scikit-learn's report on a batch in which every fit failed."""
    parts = report.split("fits failed with the following error:\n")[1:]
    lines = [last_error(part.split("\n" + "-" * 80)[0]) for part in parts]
    return " / ".join(dict.fromkeys(lines))


def last_error(traceback: str) -> str:
    """Cut a traceback down to its last error, on one line."""
    lines = traceback.strip().splitlines()
    frames = [i for i, line in enumerate(lines) if line.startswith("  File ")]
    after = lines[frames[-1] + 1 :] if frames else lines
    while len(after) > 1 and after[0].startswith(" "):  # the source line and the marks below it
        after = after[1:]
    return " ".join(" ".join(after).split())


def nothing_worked(history: History) -> str:
    """List the reasons of the first failures."""
    first = [
        f"  trial {i}, {shorten(o.params)}: {(o.failure or '')[:100]}"
        for i, o in enumerate(history.outcomes)
    ]
    listed = "\n".join(first[:3])
    return clip(f"none of the {len(first)} trials worked; the first errors:\n{listed}")
