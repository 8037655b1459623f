"""The progress bar of a search: best score, trial, failures, time left."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from skxpresso.search._history import History


@contextmanager
def progress_bar(
    n_iter: int, timeout: float | None, *, show: bool
) -> Iterator[Callable[[History], None]]:
    """Show a bar while the block runs; call the function that it yields after every batch."""
    if not show:
        yield lambda history: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    started = time.monotonic()
    columns = [
        TextColumn("trial"),
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[limit]}"),
    ]
    with Progress(*columns) as progress:
        task = progress.add_task("best: none yet", total=n_iter, limit="")

        def show_state(history: History) -> None:
            limit = (
                "" if timeout is None else f"(at most {timeout - time.monotonic() + started:.0f} s)"
            )
            progress.update(
                task, completed=len(history.outcomes), description=_state(history), limit=limit
            )

        yield show_state


def _state(history: History) -> str:
    if history.best is None:
        return f"best: none yet, {history.n_failed} failed"
    score = history.outcomes[history.best].score
    return f"best: {score:.5g} (trial {history.best}), {history.n_failed} failed"
