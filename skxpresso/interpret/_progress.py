"""A progress bar over genes, on the standard error."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

__all__ = ["gene_bar"]


@contextlib.contextmanager
def gene_bar(n_genes: int, verbose: int) -> Iterator[Callable[[int], None]]:
    """Give a function that shows how many genes are done; without `verbose` it shows nothing."""
    columns = BarColumn(), MofNCompleteColumn(), "genes", TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), disable=not verbose) as bar:
        task = bar.add_task("", total=n_genes)
        yield lambda n_done: bar.update(task, completed=n_done)
