"""How many threads the kernels may use, and how work is shared among them.

Numba's own threads are not used: its default layer ends the process when two Python threads
enter it together, and a pool made before a fork hangs in the child. The kernels are serial and
release the GIL instead, and threads live for one call. What a task computes never depends on
which thread runs it.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import joblib
from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

__all__ = ["available_threads", "run_tasks", "spans"]

_VARIABLES = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS")  # loky sets them in its workers


def available_threads() -> int:
    """Return this call's share of the processor, at least 1.

    The least of: the cores that the process may use, what joblib would start here (1 inside a
    threaded `joblib.Parallel`), the limits set with threadpoolctl, and the variables
    ``OMP_NUM_THREADS`` and ``NUMBA_NUM_THREADS``.

    Examples
    --------
    >>> from skxpresso._threads import available_threads
    >>> available_threads() >= 1
    True
    """
    limits = [joblib.cpu_count(), joblib.effective_n_jobs(-1)]
    limits += [library["num_threads"] for library in threadpool_info()]
    limits += [int(value) for name in _VARIABLES if (value := os.environ.get(name, "")).isdigit()]
    return max(1, min(limits))


def spans(n_items: int, step: int) -> list[tuple[int, int]]:
    """Cut 0..n_items into half-open spans of `step` items.

    Examples
    --------
    >>> from skxpresso._threads import spans
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
            task(*span)

    helpers = min(n_threads, len(waiting)) - 1
    if helpers < 1:
        drain()
        return
    with ThreadPoolExecutor(helpers) as pool:
        futures = [pool.submit(drain) for _ in range(helpers)]
        try:
            drain()
        finally:
            waiting.clear()  # after an error nothing new is begun
        for future in futures:
            future.result()
