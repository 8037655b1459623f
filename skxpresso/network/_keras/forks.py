"""Refuse to run TensorFlow in a process that was forked after it ran: it would hang for ever."""

from __future__ import annotations

import os

import keras

__all__ = ["about_to_run"]


class _Process:
    """What this process inherited: whether a backend with threads of its own ran before the fork.

    The threads do not live on in the child, and what waits for them waits for ever.
    """

    def __init__(self) -> None:
        self.ran_here = False
        self.ran_before_fork = False

    def forked(self) -> None:
        self.ran_before_fork = self.ran_before_fork or self.ran_here


_process = _Process()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_process.forked)


def about_to_run() -> None:
    """Note that Keras is about to run in this process; raise if it cannot.

    Raises
    ------
    RuntimeError
        If the process was forked from one in which TensorFlow, or JAX, had run.
    """
    backend = keras.backend.backend()
    if backend not in ("tensorflow", "jax"):
        return
    if _process.ran_before_fork:
        name = {"tensorflow": "TensorFlow", "jax": "JAX"}[backend]
        raise RuntimeError(
            f"{name} ran in the process from which this one was forked, and would hang here for "
            "ever; start workers with joblib's 'loky' or with multiprocessing's 'spawn' or "
            "'forkserver', fork before the first fit, or, to predict alone, use a network of "
            "engine='fused', which needs no Keras"
        )
    _process.ran_here = True
