"""Derivatives of a network's prediction by its inputs, without the deep-learning framework.

`input_gradient` takes them at promoters, `path_gradient` on a straight path from a reference:
the first convolution is linear, so that a path needs it at its two ends alone, and every place on
it begins with a mixture of the two. Where positions tie, the first has the gradient; a ReLU at
zero passes none.

Axes: codes (rows, positions), uint8, 0-4; derivatives by bases (rows, positions, 4).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.backward import (
    head_gradient,
    path_slopes,
    path_windows,
    soft_values,
    spread_bases,
    spread_inputs,
)
from skxpresso._kernels.geometry import check_codes
from skxpresso._kernels.later_layers import pool_inputs
from skxpresso._kernels.memory import scratch
from skxpresso._kernels.predict import Network
from skxpresso._kernels.processor import BLOCK, LANES
from skxpresso._kernels.threads import run_tasks, spans, threads_for
from skxpresso._kernels.tower import Tower, Trace, all_finite

__all__ = ["Gradient", "input_gradient", "path_gradient"]

PLACES_AT_A_TIME = 16  # of a path: so many share what is read of its two ends


class Gradient(NamedTuple):
    """Predictions, and derivatives: `bases` (rows, positions, 4), `covariates` (rows, columns).

    `values` (rows,); of paths (rows, places), and derivatives are means over the path.
    """

    values: Array
    bases: Array
    covariates: Array

    @classmethod
    def unknown(
        cls, shape: tuple[int, ...], n_positions: int, n_columns: int, dtype: Any
    ) -> Gradient:
        """Return NaN everywhere."""
        shapes = shape, (shape[0], n_positions, 4), (shape[0], n_columns)
        return cls(*(np.full(each, np.nan, dtype) for each in shapes))


def _up_to(multiple: int, n: int) -> int:
    return -(-n // multiple) * multiple


def _filled(array: Array, multiple: int) -> Array:
    """Fill the last axis up with zeros to a multiple."""
    lacking = -array.shape[-1] % multiple
    return np.ascontiguousarray(np.pad(array, [(0, 0)] * (array.ndim - 1) + [(0, lacking)]))


class Backward:
    """A network in the order that its gradient reads it, for promoters of one length."""

    def __init__(self, network: Network, n_positions: int) -> None:
        first, *rest = network.convolutions
        self.tower = Tower(network.convolutions, n_positions)
        self.geometry = first.geometry
        self.n_positions = n_positions
        self.dtype = first.kernel.dtype
        self.kernel = _filled(first.kernel, BLOCK)
        self.bias = _filled(first.bias, BLOCK)
        apart = np.zeros((first.filters, self.geometry.reach + 1, 4), self.dtype)
        apart[:, :: first.dilation_rate] = first.kernel.transpose(2, 0, 1)
        self.by_filter = _filled(apart.reshape(first.filters, -1), LANES)
        self.rest = [_filled(layer.kernel.transpose(2, 0, 1), BLOCK) for layer in rest]
        sizes = [len(network.dense[0].kernel), *(len(layer.bias) for layer in network.dense)]
        self.sizes = np.array(sizes)
        pairs = [np.append(layer.kernel.ravel(), layer.bias) for layer in network.dense]
        self.weights = np.concatenate(pairs)
        self.turned = np.concatenate([layer.kernel.T.ravel() for layer in network.dense])

    def through(self, trace: Trace, covariates: Array) -> tuple[Array, Array, Array]:
        """Go down to the first layer: predictions, derivatives by its maxima and by covariates."""
        features = self.tower.flatten(trace.pooled[-1])
        inputs = np.concatenate([features, covariates.astype(self.dtype)], axis=1)
        values = np.empty(len(inputs), self.dtype)
        gradient = np.empty_like(inputs)
        head_gradient(inputs, self.sizes, self.weights, self.turned, values, gradient)
        n_features = features.shape[1]
        filters = self.tower.convolutions[-1].filters
        above = np.ascontiguousarray(gradient[:, :n_features]).reshape(len(inputs), -1, filters)
        below = self.tower.scratch("derivatives", len(inputs))
        for index in range(len(self.rest) - 1, -1, -1):
            self._spread(index, trace.winners[index + 1], above, below[index])
            above = below[index]
        return values, above, gradient[:, n_features:]

    def add(self, winners: Array, above: Array, weights: Array, bases: Array) -> None:
        """Add derivatives by bases, times the weight of each row, to `bases` of `room`.

        It has as many rows, or one that all share.
        """
        shared = len(above) // len(bases)
        pool = self.geometry.pool_size
        spread_bases(winners, above, self.by_filter, pool, shared, weights, bases)

    def _spread(self, index: int, winners: Array, above: Array, below: Array) -> None:
        geometry = self.tower.convolutions[index + 1].geometry
        n_positions, n_channels = below.shape[1:]
        length = max(n_positions, winners.shape[1] * geometry.pool_size) + geometry.reach
        padded = scratch("padded derivatives", (length, n_channels), self.dtype)
        settings = geometry.left, geometry.dilation_rate, geometry.pool_size
        spread_inputs(winners, above, self.rest[index], *settings, padded, below)

    def room(self, n_rows: int) -> Array:
        """Return zeros for derivatives by bases, with the padding of the first layer."""
        length = max(self.n_positions, self.tower.windows[0] * self.geometry.pool_size)
        bases = scratch("bases", (n_rows, 4 * (length + self.geometry.reach) + LANES), self.dtype)
        bases.fill(0)
        return bases

    def without_padding(self, bases: Array) -> Array:
        """Return (rows, positions, 4) of `room`."""
        begin = 4 * self.geometry.left
        return bases[:, begin : begin + 4 * self.n_positions].reshape(len(bases), -1, 4)

    def ends(self, references: Array, codes: Array) -> tuple[Array, Array]:
        """Convolve both ends of a path: values at the reference, and what must be added to them."""
        n_values = self.tower.windows[0] * self.geometry.pool_size
        length = max(n_values, self.n_positions) + self.geometry.reach
        padded = np.zeros((2, length, 4), self.dtype)
        inside = slice(self.geometry.left, self.geometry.left + self.n_positions)
        padded[0, inside] = references
        padded[1, inside] = np.eye(5, 4, dtype=self.dtype)[codes]
        values = scratch("ends of a path", (2, n_values, len(self.bias)), self.dtype)
        for inputs, outputs in zip(padded, values, strict=True):
            soft_values(inputs, self.kernel, self.bias, self.geometry.dilation_rate, outputs)
        values[1] -= values[0]
        return values[0], values[1]

    def trace_path(self, begin: Array, change: Array, places: Array) -> Trace:
        """Take places of one path through all convolutions."""
        pooled = self.tower.scratch("path", len(places))
        winners = [
            scratch(f"winners of a path {index}", array.shape, np.int16)
            for index, array in enumerate(pooled)
        ]
        pool = self.geometry.pool_size
        path_windows(begin, change, places, pool, pooled[0], winners[0])
        rest = self.tower.convolutions[1:]
        for index, (layer, packed) in enumerate(zip(rest, self.tower.packed, strict=True)):
            pool_inputs(
                pooled[index], packed, layer.geometry, pooled[index + 1], winners[index + 1]
            )
        return Trace(pooled, winners)


def input_gradient(
    network: Network, codes: Array, covariates: Array, *, n_threads: int | None = None
) -> Gradient:
    """Return the derivatives of the prediction by the one-hot promoter and the covariates.

    Parameters
    ----------
    network : Network
        With convolutions.
    codes : ndarray of uint8, shape (rows, positions)
        Base codes: 0-3 for A, C, G, T, 4 for unknown.
    covariates : ndarray, shape (rows, columns)
        Transformed half-life features; maybe of no columns.
    n_threads : int, default=None
        None takes this call's share of the processor. The result does not depend on it.

    Returns
    -------
    Gradient
        NaN everywhere if a weight is NaN or infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso._kernels.input_gradient import input_gradient
    >>> from skxpresso._kernels.predict import Convolution, Dense, Network
    >>> count_c = np.zeros((1, 4, 1), dtype=np.float32)
    >>> count_c[0, 1] = 1  # 1 where the base is a C
    >>> zero = np.zeros(1, dtype=np.float32)
    >>> network = Network(
    ...     (Convolution(count_c, zero),), (Dense(np.ones((2, 1), dtype=np.float32), zero),)
    ... )
    >>> input_gradient(network, np.array([[0, 1]], np.uint8), np.empty((1, 0))).bases
    array([[[0., 0., 0., 0.],
            [0., 1., 0., 0.]]], dtype=float32)
    """
    check_codes(codes)
    n_rows, n_positions = codes.shape
    dtype = network.dense[0].kernel.dtype
    found = Gradient.unknown((n_rows,), n_positions, covariates.shape[1], dtype)
    if not all_finite((*network.convolutions, *network.dense)):
        return found
    backward = Backward(network, n_positions)
    tower = backward.tower

    def task(start: int, stop: int) -> None:
        rows = slice(start, stop)
        pooled = tower.scratch("activations", stop - start)
        winners = [
            scratch(f"winners {index}", array.shape, np.int16) for index, array in enumerate(pooled)
        ]
        tower.fill(tower.words(codes[rows]), pooled, winners)
        trace = Trace(pooled, winners)
        found.values[rows], above, found.covariates[rows] = backward.through(
            trace, covariates[rows]
        )
        bases = backward.room(stop - start)
        backward.add(winners[0], above, np.ones(stop - start, dtype), bases)
        found.bases[rows] = backward.without_padding(bases)

    work = spans(n_rows, tower.rows_per_task)
    run_tasks(task, work, n_threads or threads_for(2 * n_rows * tower.work_per_row))
    return found


def path_gradient(
    network: Network,
    codes: Array,
    covariates: Array,
    references: Array,
    covariate_references: Array,
    places: Array,
    *,
    n_threads: int | None = None,
) -> tuple[Gradient, Array]:
    """Return derivatives on straight paths from references to promoters.

    At one place they are those there. Of several they are the mean from the first place to the
    last: in every step a mixture of the derivatives at its two ends, so that the prediction changes
    by as much as they say, where such a mixture exists. It does where one kink lies between, and
    mostly where several do; so the sum over a path is right with few steps.

    Parameters
    ----------
    network, codes, covariates, n_threads
        As for `input_gradient`.
    references : ndarray, shape (rows, positions, 4)
        Where each row's path begins; one-hot or a mixture of bases.
    covariate_references : ndarray, shape (rows, columns)
        The same of the covariates.
    places : ndarray, shape (rows, places)
        From 0, the reference, to 1, the promoter, in order.

    Returns
    -------
    gradient : Gradient
        NaN everywhere if a weight is NaN or infinite.
    reference_values : ndarray, shape (rows,)
        Predictions of the references.
    """
    check_codes(codes)
    n_rows, n_positions = codes.shape
    n_places = places.shape[1]
    dtype = network.dense[0].kernel.dtype
    found = Gradient.unknown((n_rows, n_places), n_positions, covariates.shape[1], dtype)
    reference_values = np.full(n_rows, np.nan, dtype)
    if not all_finite((*network.convolutions, *network.dense)):
        return found, reference_values
    backward = Backward(network, n_positions)

    def task(row: int, _: int) -> None:
        path = _Path(
            backward, references[row], codes[row], covariate_references[row], covariates[row]
        )
        if n_places == 1 and places[row, 0] != 0:
            reference_values[row] = path.at(np.zeros(1))[0][0]
        bases, by_covariates = backward.room(1), np.zeros(covariates.shape[1])
        for low, high in spans(max(1, n_places - 1), PLACES_AT_A_TIME):
            nodes = places[row, low : high + 1]
            found.values[row, low : high + 1] = path.add(nodes, bases, by_covariates)
        length = places[row, -1] - places[row, 0] if n_places > 1 else 1
        found.bases[row] = backward.without_padding(bases)[0] / length
        found.covariates[row] = by_covariates / length
        if np.isnan(reference_values[row]):
            reference_values[row] = found.values[row, 0]

    work = 2 * n_rows * n_places * backward.tower.work_per_row
    run_tasks(task, spans(n_rows, 1), n_threads or threads_for(work))
    return found, reference_values


class _Path:
    """The straight path of one row, from its reference to its promoter."""

    def __init__(
        self,
        backward: Backward,
        reference: Array,
        codes: Array,
        covariates_begin: Array,
        covariates_end: Array,
    ) -> None:
        self.backward = backward
        self.begin, self.change = backward.ends(reference, codes)
        self.covariates = covariates_begin.astype(np.float64)
        self.step = covariates_end.astype(np.float64) - self.covariates

    def at(self, places: Array) -> tuple[Array, Array, Array, Array]:
        """Return winners of the first layer, and what `Backward.through` gives, at some places."""
        places = places.astype(self.backward.dtype)
        trace = self.backward.trace_path(self.begin, self.change, places)
        numbers = self.covariates + places[:, None] * self.step
        return (*self.backward.through(trace, numbers), trace.winners[0])

    def add(self, places: Array, bases: Array, by_covariates: Array) -> Array:
        """Add the integral from the first of some places to the last; return predictions."""
        values, above, covariates, winners = self.at(places)
        weights = np.ones(1)
        if len(places) > 1:
            slopes = np.empty(len(places), np.float64)
            pool = self.backward.geometry.pool_size
            path_slopes(winners, above, self.change, pool, slopes)
            slopes += covariates @ self.step
            weights = _weights(places.astype(np.float64), values.astype(np.float64), slopes)
        self.backward.add(winners, above, weights.astype(self.backward.dtype), bases)
        by_covariates += weights @ covariates
        return values


def _weights(places: Array, values: Array, slopes: Array) -> Array:
    """Weigh the slopes at both ends of every step to make the change of values between them."""
    steps = np.diff(places)
    before, after = slopes[:-1], slopes[1:]
    apart = before - after
    wanted = np.divide(np.diff(values), steps, where=steps != 0, out=after.copy()) - after
    share = np.divide(wanted, apart, where=apart != 0, out=np.full(len(steps), 0.5))
    share = np.clip(share, 0, 1)
    weights = np.zeros(len(places))
    weights[:-1] += steps * share
    weights[1:] += steps * (1 - share)
    return weights
