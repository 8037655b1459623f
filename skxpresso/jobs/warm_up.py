"""Compile what predictions and explanations need, before anybody waits for it."""

from __future__ import annotations

import numpy as np

from skxpresso._kernels.mutate import edit_effects
from skxpresso._kernels.predict import Convolution, Dense, Network, predict_network

__all__ = ["warm_up"]

_WIDTH = 120  # nt, enough for two layers


def warm_up() -> None:
    """Compile the kernels that predict, score variants and explain, and keep them on disk.

    Once for every processor and version of the package. They stand beside the package, in the
    user's cache folder, or in ``NUMBA_CACHE_DIR``, whichever numba can write first. Kernels of
    training are compiled by the first fit.

    Examples
    --------
    >>> from skxpresso.jobs.warm_up import warm_up
    >>> warm_up()
    """
    network = _small_network()
    codes = np.zeros((1, _WIDTH), np.uint8)
    halflife = np.zeros((1, 1), np.float32)
    predict_network(network, codes, halflife)
    starts, letters = np.zeros(1, np.int64), np.ones((1, 1), np.uint8)
    edit_effects(network, codes, halflife, [(starts, letters)])


def _small_network() -> Network:
    """Return a network of two convolutions, so that first and later layers are compiled."""
    first = Convolution(_zeros(5, 4, 8), _zeros(8))
    second = Convolution(_zeros(3, 8, 8), _zeros(8))
    n_features = _WIDTH * 8 + 1
    return Network(
        (first, second),
        (Dense(_zeros(n_features, 4), _zeros(4)), Dense(_zeros(4, 1), _zeros(1))),
    )


def _zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)
