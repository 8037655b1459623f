"""Predictions of a trained network from its weights alone, without the deep-learning framework.

Every row is computed by itself, in one order of summation, so that a prediction has the same bits
whichever rows come with it and however many threads share the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.geometry import check_codes
from skxpresso._kernels.machine_code import run
from skxpresso._kernels.threads import run_tasks, spans, threads_for
from skxpresso._kernels.tower import Convolution, Tower, all_finite

__all__ = ["Convolution", "Dense", "Network", "predict_network", "predict_networks"]

ROWS_PER_TASK = 1024  # where no promoter is read: little work, for one thread


class Dense(NamedTuple):
    """Weights of a dense layer: `kernel` (inputs, units) and `bias` (units,)."""

    kernel: Array
    bias: Array


class Network(NamedTuple):
    """A trained network: convolutions over the promoter, then dense layers over all features.

    Every convolution has a ReLU and a max-pool. The half-life covariates join after the flattened
    promoter features. Every dense layer but the last has a ReLU; the last has a unit per output.
    """

    convolutions: tuple[Convolution, ...]
    dense: tuple[Dense, ...]


def predict_network(
    network: Network,
    codes: Array | None = None,
    covariates: Array | None = None,
    *,
    n_threads: int | None = None,
) -> Array:
    """Predict every row.

    Parameters
    ----------
    network : Network
        Weights of one float dtype; it is the result's.
    codes : ndarray of uint8, shape (rows, positions), or None
        Base codes: 0-3 for A, C, G, T, 4 for unknown. None for a network without convolutions.
    covariates : ndarray, shape (rows, columns), or None
        Transformed half-life features. None for a network without them.
    n_threads : int, default=None
        None takes this call's share of the processor. The result does not depend on it.

    Returns
    -------
    predictions : ndarray, shape (rows,), or (rows, outputs) for several units in the last layer
        NaN everywhere if a weight of the network is NaN or infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso._kernels.predict import Convolution, Dense, Network, predict_network
    >>> count_c = np.zeros((1, 4, 1), dtype=np.float32)
    >>> count_c[0, 1] = 1  # 1 where the base is a C
    >>> zero = np.zeros(1, dtype=np.float32)
    >>> network = Network(
    ...     (Convolution(count_c, zero),), (Dense(np.ones((4, 1), dtype=np.float32), zero),)
    ... )
    >>> predict_network(network, np.array([[0, 1, 1, 4], [2, 3, 2, 1]], dtype=np.uint8))
    array([2., 1.], dtype=float32)
    """
    return predict_networks([network], codes, covariates, n_threads=n_threads)[0]


def predict_networks(
    networks: Sequence[Network],
    codes: Array | None = None,
    covariates: Array | None = None,
    *,
    n_threads: int | None = None,
) -> Array:
    """Predict every row with several networks of the same sizes, which read the codes once.

    Parameters
    ----------
    networks : sequence of Network
        Of one architecture; at least one.
    codes, covariates, n_threads
        As for `predict_network`.

    Returns
    -------
    predictions : ndarray, shape (networks, rows) or (networks, rows, outputs)
        Of every network what `predict_network` gives, to the last bit.
    """
    first = networks[0]
    n_rows = _count_rows(first, codes, covariates)
    towers: list[Tower] = []
    if first.convolutions:
        assert codes is not None
        check_codes(codes)
        towers = [Tower(network.convolutions, codes.shape[1]) for network in networks]
    _check_features(first, towers, covariates)
    last = first.dense[-1]
    dtype = last.kernel.dtype
    predictions = np.full((len(networks), n_rows, len(last.bias)), np.nan, dtype)
    finite = [i for i, each in enumerate(networks) if all_finite((*each.convolutions, *each.dense))]

    def task(start: int, stop: int) -> None:
        words = towers[0].words(codes[start:stop]) if towers and codes is not None else None
        halflife = [] if covariates is None else [covariates[start:stop].astype(dtype)]
        for i in finite:
            promoter = [] if words is None else [towers[i].features(words)]
            features = np.concatenate([*promoter, *halflife], axis=1)
            predictions[i, start:stop] = _head(features, networks[i].dense)

    if finite:
        rows_per_task = towers[0].rows_per_task if towers else ROWS_PER_TASK
        work = n_rows * sum(tower.work_per_row for tower in towers)
        run_tasks(task, spans(n_rows, rows_per_task), n_threads or threads_for(work))
    return predictions[:, :, 0] if len(last.bias) == 1 else predictions


def _head(activations: Array, layers: tuple[Dense, ...]) -> Array:
    for layer in layers:
        outputs = np.empty((len(activations), len(layer.bias)), activations.dtype)
        kernel, bias = map(np.ascontiguousarray, layer)  # one of several outputs is cut out
        arguments = activations, kernel, bias, outputs
        if not run("dense", *arguments):
            from skxpresso._kernels.dense_loops import dense

            dense(*arguments)
        activations = np.maximum(outputs, 0)  # keeps a NaN
    return outputs


def _count_rows(network: Network, codes: Array | None, covariates: Array | None) -> int:
    if bool(network.convolutions) != (codes is not None):
        raise ValueError(
            f"codes must be given exactly if the network has convolutions; it has "
            f"{len(network.convolutions)}, codes is {'None' if codes is None else 'given'}"
        )
    lengths = [len(array) for array in (codes, covariates) if array is not None]
    if not lengths:
        raise ValueError("codes or covariates must be given, got neither")
    if len(set(lengths)) > 1:
        raise ValueError(
            f"codes and covariates must have equally many rows, got {lengths[0]} and {lengths[1]}"
        )
    return lengths[0]


def _check_features(network: Network, towers: list[Tower], covariates: Array | None) -> None:
    promoter = towers[0].n_features if towers else 0
    halflife = 0 if covariates is None else covariates.shape[1]
    expected = network.dense[0].kernel.shape[0]
    if promoter + halflife != expected:
        raise ValueError(
            f"codes and covariates must make {expected} features for the first dense layer, got "
            f"{promoter} from the promoter and {halflife} covariates"
        )
