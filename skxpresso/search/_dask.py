"""One copy of the data per dask worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from joblib import parallel_config
from joblib.parallel import get_active_backend


@contextmanager
def data_on_dask_workers(*data: Any) -> Iterator[None]:
    """Send the data to the workers once; joblib's dask backend would send it with every batch."""
    backend, _ = get_active_backend()
    nothing_sent_yet = getattr(backend, "data_futures", None) == {}
    if not nothing_sent_yet or _on_a_worker():
        yield
        return
    scatter = [part for part in data if part is not None]
    with parallel_config(backend="dask", client=backend.client, scatter=scatter):
        yield


def _on_a_worker() -> bool:
    """Tell whether this code runs in a dask task; sending data from a task can hang."""
    from distributed import get_worker

    try:
        get_worker()
    except ValueError:
        return False
    return True
