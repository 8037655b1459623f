"""The progress bar of the package: on standard error, and only if it is displayed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Advance", "progress"]

#: What `progress` yields: called with a number of steps and with other changes for rich.
Advance = Callable[..., None]


@contextlib.contextmanager
def progress(
    total: float | None, description: str, *, show: bool = True, in_bytes: bool = False
) -> Iterator[Advance]:
    """Show a bar while the block runs, if a terminal or a notebook shows standard error.

    Parameters
    ----------
    total : float or None
        Total number of steps; None if unknown.
    description : str
        Text in front of the bar.
    show : bool, default=True
        False shows nothing.
    in_bytes : bool, default=False
        Whether a step is a byte; size and speed are then shown beside the bar.

    Yields
    ------
    callable
        ``advance(n=1, **changes)`` advances the bar by n steps; `description`, `total` and
        `completed` replace those values.

    Notes
    -----
    rich is only imported if there is something to show.

    Examples
    --------
    >>> from skxpresso._utils.progress import progress
    >>> with progress(3, "genes", show=False) as advance:
    ...     for gene in range(3):
    ...         advance()
    """
    if not show:
        yield _advance_nothing
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not (console.is_terminal or console.is_jupyter):
        yield _advance_nothing
        return
    with Progress(*_columns(in_bytes), console=console) as bar:
        task = bar.add_task(description, total=total)

        def advance(n: float = 1, **changes: Any) -> None:
            bar.update(task, advance=None if "completed" in changes else n, **changes)

        yield advance


def _advance_nothing(n: float = 1, **changes: Any) -> None:
    """Replace a bar that is not shown."""


def _columns(in_bytes: bool) -> list[Any]:
    from rich import progress as rich_progress

    text = rich_progress.TextColumn("{task.description}", markup=False)
    bar, left = rich_progress.BarColumn(), rich_progress.TimeRemainingColumn()
    if in_bytes:
        size, speed = rich_progress.DownloadColumn(), rich_progress.TransferSpeedColumn()
        return [text, bar, size, speed, left]
    return [
        text,
        bar,
        rich_progress.MofNCompleteColumn(),
        rich_progress.TimeElapsedColumn(),
        left,
    ]
