"""`skxpresso warm-up`: compile the kernels of predictions now."""

from __future__ import annotations

import time


def warm_up() -> None:
    """Compile what predictions need, so that the first one does not wait for it.

    Takes some seconds once, for every processor and version of the package, and next to nothing
    afterwards. In a container image, set NUMBA_CACHE_DIR to a folder of the image.

    Example: skxpresso warm-up
    """
    from skxpresso.jobs.warm_up import warm_up as compile_kernels

    start = time.monotonic()
    compile_kernels()
    print(f"the kernels of predictions are compiled: {time.monotonic() - start:.1f} s")
