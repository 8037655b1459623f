"""What Keras and its backend need to be told: device, share of the cores, silence."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator

import keras

from skxpresso.network._keras.forks import about_to_run

__all__ = ["limit_tensorflow_threads", "running_on", "sees_gpu"]


def sees_gpu() -> bool:
    """Tell whether Keras' backend has a GPU to run on."""
    if keras.backend.backend() == "torch":  # Keras cannot list its devices
        import torch

        return torch.cuda.is_available()
    try:
        return bool(keras.distribution.list_devices("gpu"))
    except RuntimeError:  # JAX's way of saying none
        return False


@contextlib.contextmanager
def running_on(device: str) -> Iterator[None]:
    """Let Keras compute on a device, with its share of the cores, and without idle warnings.

    Parameters
    ----------
    device : {"auto", "cpu", "gpu"}
        "auto" leaves it to Keras.

    Raises
    ------
    RuntimeError
        If "gpu" is asked for and there is none, or the process was forked after TensorFlow ran.
    MemoryError
        If the network or a batch does not fit.
    """
    about_to_run()
    limit_tensorflow_threads()
    with _on_device(device), _quiet_retracing(), _memory_in_words():
        yield


@contextlib.contextmanager
def _memory_in_words() -> Iterator[None]:
    """Say what may be made smaller where memory runs out; the backends name their kernels."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, MemoryError) and type(error).__name__ != "ResourceExhaustedError":
            raise
        raise MemoryError(
            "the network and its batches do not fit into memory; a smaller batch_size, fewer "
            "filters or dense_units, wider pool_sizes or a shorter promoter need less"
        ) from error


def limit_tensorflow_threads() -> None:
    """Apply OMP_NUM_THREADS to TensorFlow, which does not look at it.

    joblib sets the variable in every loky worker (cores over workers), dask does so
    too, and users of clusters do. TF_NUM_INTRAOP_THREADS, TensorFlow's own variable,
    goes first. Once TensorFlow has run an operation its pools are fixed, and nothing
    happens here.
    """
    share = os.environ.get("OMP_NUM_THREADS", "")
    if keras.backend.backend() != "tensorflow" or not share.isdecimal() or int(share) < 1:
        return
    if "TF_NUM_INTRAOP_THREADS" in os.environ:
        return
    from tensorflow import config

    try:
        config.threading.set_intra_op_parallelism_threads(int(share))
        config.threading.set_inter_op_parallelism_threads(int(share))
    except RuntimeError:
        pass  # the pools exist already


@contextlib.contextmanager
def _on_device(device: str) -> Iterator[None]:
    if device == "auto":
        yield
        return
    if device == "gpu" and not sees_gpu():
        raise RuntimeError(
            f"device='gpu' cannot be used, since Keras (backend {keras.backend.backend()!r}) sees "
            "no GPU; on Linux with an NVIDIA driver, pip install '.[gpu]' from a checkout installs "
            "TensorFlow's CUDA libraries, and device='cpu' or 'auto' works without a GPU"
        )
    with keras.device(f"{device}:0"):
        yield


@contextlib.contextmanager
def _quiet_retracing() -> Iterator[None]:
    """Drop TensorFlow's warning of retracing, which every new network of a search sets off."""

    def is_other(record: logging.LogRecord) -> bool:
        return "triggered tf.function retracing" not in record.getMessage()

    logger = logging.getLogger("tensorflow")
    logger.addFilter(is_other)
    try:
        yield
    finally:
        logger.removeFilter(is_other)
