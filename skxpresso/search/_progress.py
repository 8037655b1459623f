"""The progress bar of a search: trials, best score, failures, time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from skxpresso._utils.progress import progress
from skxpresso.search._history import History


@contextmanager
def progress_bar(
    n_iter: int, timeout: float | None, *, show: bool
) -> Iterator[Callable[[History], None]]:
    """Show a bar while the block runs; call the function that it yields after every batch."""
    started = time.monotonic()
    with progress(n_iter, "trials, best: none yet", show=show) as advance:

        def show_state(history: History) -> None:
            left = None if timeout is None else timeout - time.monotonic() + started
            advance(completed=len(history.trials), description=_state(history, left))

        yield show_state


def _state(history: History, left: float | None) -> str:
    best = "none yet"
    if history.best is not None:
        score = history.outcomes[history.best].score
        best = f"{score:.5g} (trial {history.trial_of(history.best)})"
    limit = "" if left is None else f", at most {left:.0f} s left"
    last = history.outcomes[-1].rung if history.outcomes else None
    rung = "" if last is None else f", bracket {last.bracket}, {last.n_resources} each"
    return f"trials, best: {best}, {history.n_failed} failed{rung}{limit}"


@contextmanager
def no_headline(search: Any) -> Iterator[None]:
    """Keep scikit-learn from printing 'Fitting ... folds' for every batch, below the bar."""
    verbose, search.verbose = search.verbose, 0 if search.verbose == 1 else search.verbose
    try:
        yield
    finally:
        search.verbose = verbose
