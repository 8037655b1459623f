"""How many threads the kernels may use, and how work is shared among them.

Numba's own threads are not used: its default layer ends the process when two Python threads
enter it together, and a pool made before a fork hangs in the child. The kernels are serial and
release the GIL instead, and threads live for one call. What a task computes never depends on
which thread runs it. Calls from several Python threads at once share the cores: there is one
helper for every core but one in the whole process.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import joblib
from threadpoolctl import ThreadpoolController

from skxpresso._kernels.memory import borrowed_memory

__all__ = ["available_threads", "run_tasks", "shares", "spans", "threads_for"]

# work is counted in positions x filters of the first layer; below this, handing it to another
# thread takes longer than doing it
WORTH_SHARING = 2**20

_VARIABLES = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS")


class _Helpers:
    """The free helpers of this process; a forked child starts with all of them."""

    def __init__(self) -> None:
        self.free = threading.Semaphore(joblib.cpu_count() - 1)

    def take(self, wanted: int) -> int:
        return sum(self.free.acquire(blocking=False) for _ in range(wanted))

    def give_back(self, taken: int) -> None:
        for _ in range(taken):
            self.free.release()


_helpers = _Helpers()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_helpers.__init__)  # type: ignore[misc]


@cache
def _libraries() -> ThreadpoolController:
    """Find the libraries with threads of their own once: looking takes milliseconds."""
    return ThreadpoolController()


def available_threads() -> int:
    """Return this call's share of the processor, at least 1.

    The least of: the cores that the process may use, as joblib counts them (affinity, container
    and ``LOKY_MAX_CPU_COUNT`` included); the limits set with threadpoolctl; and the variables
    ``OMP_NUM_THREADS`` and ``NUMBA_NUM_THREADS``, which joblib sets in its worker processes.

    Examples
    --------
    >>> from skxpresso._kernels.threads import available_threads
    >>> available_threads() >= 1
    True
    """
    limits = [joblib.cpu_count()]
    limits += [library.num_threads for library in _libraries().lib_controllers]
    limits += [int(value) for name in _VARIABLES if (value := os.environ.get(name, "")).isdigit()]
    return max(1, min(limits))


def shares(work: int) -> int:
    """Return in how many parts `work` is worth being cut."""
    return 1 + work // WORTH_SHARING


def threads_for(work: int) -> int:
    """Return how many threads to use, without asking for the limits where one is enough."""
    wanted = shares(work)
    return wanted if wanted == 1 else min(wanted, available_threads())


def spans(n_items: int, step: int) -> list[tuple[int, int]]:
    """Cut 0..n_items into half-open spans of `step` items.

    Examples
    --------
    >>> from skxpresso._kernels.threads import spans
    >>> spans(5, 2)
    [(0, 2), (2, 4), (4, 5)]
    """
    return [(start, min(start + step, n_items)) for start in range(0, n_items, step)]


def run_tasks(
    task: Callable[[int, int], None], work: Iterable[tuple[int, int]], n_threads: int
) -> None:
    """Call ``task(start, stop)`` for every span of `work`, the caller's thread taking part."""
    waiting = deque(work)

    def drain() -> None:
        while True:
            try:
                span = waiting.popleft()
            except IndexError:
                return
            try:
                task(*span)
            except BaseException:
                waiting.clear()  # begin nothing new
                raise

    helpers = _helpers.take(min(n_threads, len(waiting)) - 1)
    try:
        _drain_together(drain, helpers)
    finally:
        _helpers.give_back(helpers)


def _drain_together(drain: Callable[[], None], helpers: int) -> None:
    if not helpers:
        drain()
        return

    def help_out() -> None:
        with borrowed_memory():
            drain()

    with ThreadPoolExecutor(helpers) as pool:
        futures = [pool.submit(help_out) for _ in range(helpers)]
        drain()
    for future in futures:
        future.result()
