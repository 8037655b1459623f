"""What TensorFlow needs to be told: its share of the cores, and silence on expected things."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator

import keras

__all__ = ["limit_tensorflow_threads", "quiet_retracing"]


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
def quiet_retracing() -> Iterator[None]:
    """Drop TensorFlow's warning of retracing, which every new network of a search sets off."""

    def is_other(record: logging.LogRecord) -> bool:
        return "triggered tf.function retracing" not in record.getMessage()

    logger = logging.getLogger("tensorflow")
    logger.addFilter(is_other)
    try:
        yield
    finally:
        logger.removeFilter(is_other)
