"""Import Keras without the greeting of TensorFlow, and without its error about a missing GPU."""

from __future__ import annotations

import os
import sys

from skxpresso._utils.quiet import quiet_standard_error

__all__ = ["load_keras"]

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"


def load_keras() -> None:
    """Import Keras if it is not imported yet; TensorFlow then logs nothing but fatal errors.

    TensorFlow writes a dozen lines past Python when it is imported, and later, where there is
    no GPU, that a call to CUDA failed. It reads the level of its own log once, at import. A
    level that the user has set is left alone, as is TensorFlow where it is imported already,
    and Python's `logging` in any case.

    Examples
    --------
    >>> from skxpresso.network._loading import load_keras
    >>> load_keras()
    >>> "keras" in sys.modules
    True
    """
    if "keras" in sys.modules:
        return
    chosen = os.environ.get(_LEVEL)
    os.environ.setdefault(_LEVEL, "3")
    try:
        with quiet_standard_error():
            import keras  # noqa: F401
    finally:
        if chosen is None:
            del os.environ[_LEVEL]
