"""Effects of edits to a promoter, exactly, by computing again only what an edit reaches.

An edit replaces the bases of a short stretch. It reaches at most kernel_size positions more of the
first convolution, these a few pooling windows, these a few positions of the next convolution, and
so on; everything else is shared with the reference. The sums start from the reference's own, so
that an effect differs from the difference of two predictions by rounding, and an edit that changes
no maximum has the effect zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.edits import (
    edit_first,
    edit_head,
    edit_later,
    first_values,
    later_values,
    pool_values,
)
from skxpresso._kernels.geometry import Geometry, check_codes, check_geometry, layer_windows
from skxpresso._kernels.predict import Dense, Network
from skxpresso._kernels.processor import LANES
from skxpresso._kernels.threads import run_tasks, threads_for
from skxpresso._kernels.tower import all_finite

__all__ = ["Mutator", "edit_effects", "substitution_effects"]

EDITS_AT_A_TIME = 512  # what they change in the first layer stays in the second-level cache
GROUP_BYTES = 2**27  # references of the genes that threads work on together


class Reference(NamedTuple):
    """Everything of one promoter that an edit leaves alone, layer by layer."""

    codes: Array
    values: list[Array]
    pooled: list[Array]
    hidden: Array


def _filled_up(array: Array) -> Array:
    """Fill the last axis up with zeros to a multiple of LANES."""
    lacking = -array.shape[-1] % LANES
    return np.ascontiguousarray(np.pad(array, [(0, 0)] * (array.ndim - 1) + [(0, lacking)]))


class Mutator:
    """A network in the order that edits read it.

    Parameters
    ----------
    network : Network
        With at least one convolution; the last dense layer has one unit.
    n_positions : int
        Length of every promoter, in nt.
    """

    def __init__(self, network: Network, n_positions: int) -> None:
        first, *rest = network.convolutions
        self.geometries = [layer.geometry for layer in network.convolutions]
        for geometry in self.geometries:
            check_geometry(geometry)
        self.windows = layer_windows(n_positions, self.geometries)
        letters = np.pad(first.kernel, ((0, 0), (0, 1), (0, 0)))  # the fifth adds nothing
        self.kernels = [_filled_up(letters)]
        self.kernels += [_filled_up(layer.kernel.transpose(1, 0, 2)) for layer in rest]
        self.biases = [_filled_up(layer.bias) for layer in network.convolutions]
        self.n_filters = network.convolutions[-1].filters
        self.n_features = self.windows[-1] * self.n_filters
        self._pack_head(network.dense)

    def _pack_head(self, layers: tuple[Dense, ...]) -> None:
        self.first_dense = layers[0]
        self.first_kernel = _filled_up(layers[0].kernel[: self.n_features])
        self.sizes = np.array([len(layer.bias) for layer in layers])
        parts = [np.append(layer.kernel.ravel(), layer.bias) for layer in layers[1:]]
        self.weights = np.concatenate([np.zeros(0, self.first_kernel.dtype), *parts])

    @property
    def bytes_per_reference(self) -> int:
        """How much memory one `Reference` takes."""
        numbers = [
            n_windows * (geometry.pool_size + 1) * len(bias)
            for n_windows, geometry, bias in zip(
                self.windows, self.geometries, self.biases, strict=True
            )
        ]
        return sum(numbers) * self.first_kernel.dtype.itemsize

    def work_of(self, n_edits: int) -> int:
        """Estimate the work of edits in the units of `threads_for`."""
        return n_edits * 2 * self.geometries[0].pool_size * len(self.biases[0])

    def reference(self, codes: Array, covariates: Array) -> Reference:
        """Take one promoter (positions,) and its covariates (columns,) through the network."""
        dtype = self.first_kernel.dtype
        values: list[Array] = []
        pooled: list[Array] = []
        for index, (geometry, n_windows) in enumerate(
            zip(self.geometries, self.windows, strict=True)
        ):
            kernel, bias = self.kernels[index], self.biases[index]
            before = np.empty((n_windows * geometry.pool_size, len(bias)), dtype)
            if index == 0:
                padded = _padded_codes(codes, len(before), geometry)
                first_values(padded, kernel, bias, geometry.dilation_rate, before)
            else:
                left, dilation = geometry.left, geometry.dilation_rate
                later_values(pooled[-1], kernel, bias, left, dilation, before)
            after = np.empty((n_windows, len(bias)), dtype)
            pool_values(before, geometry.pool_size, after)
            values.append(before)
            pooled.append(after)
        features = pooled[-1][:, : self.n_filters].reshape(-1)
        inputs = np.concatenate([features, covariates.astype(dtype)])
        hidden = _filled_up(inputs @ self.first_dense.kernel + self.first_dense.bias)
        return Reference(np.ascontiguousarray(codes), values, pooled, hidden)

    def effects(self, reference: Reference, starts: Array, letters: Array) -> Array:
        """Return the change of the prediction for each edit, in the caller's thread.

        Parameters
        ----------
        reference : Reference
            Of the promoter that is edited.
        starts : ndarray of int64, shape (edits,)
            0-based place of the first letter.
        letters : ndarray of uint8, shape (edits, width)
            The new bases, 0-4; they end where the promoter ends, or before.

        Returns
        -------
        effects : ndarray, shape (edits,)
        """
        effects = np.empty(len(starts), self.first_kernel.dtype)
        for begin in range(0, len(starts), EDITS_AT_A_TIME):
            some = slice(begin, begin + EDITS_AT_A_TIME)
            self._fill(reference, starts[some], letters[some], effects[some])
        return effects

    def _fill(self, reference: Reference, starts: Array, letters: Array, effects: Array) -> None:
        n_edits = len(starts)
        n_changed = letters.shape[1]
        below: tuple[Array, Array, Array] | None = None
        for index, geometry in enumerate(self.geometries):
            # a run of changed positions, and in how many windows it can lie
            span = n_changed + geometry.reach
            n_changed = min(
                self.windows[index], (span + geometry.pool_size - 2) // geometry.pool_size + 1
            )
            first, count = np.empty((2, n_edits), np.int64)
            delta = np.empty((n_edits, n_changed, len(self.biases[index])), effects.dtype)
            about = (
                self.kernels[index],
                geometry.left,
                geometry.dilation_rate,
                geometry.pool_size,
                reference.values[index],
                reference.pooled[index],
                first,
                count,
                delta,
            )
            if below is None:
                edit_first(reference.codes, starts, letters, *about)
            else:
                edit_later(*below, *about)
            below = first, count, delta
        assert below is not None
        head = self.first_kernel, reference.hidden, self.sizes, self.weights
        edit_head(*below, self.n_filters, *head, effects)


def _padded_codes(codes: Array, n_positions: int, geometry: Geometry) -> Array:
    padded = np.full(max(n_positions, len(codes)) + geometry.reach, 4, np.uint8)
    padded[geometry.left : geometry.left + len(codes)] = codes
    return padded


def substitution_effects(
    network: Network,
    codes: Array,
    covariates: Array,
    start: int,
    stop: int,
    *,
    n_threads: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Array:
    """Return the change of the prediction for every base at every position of a stretch.

    Parameters
    ----------
    network : Network
        With convolutions.
    codes : ndarray of uint8, shape (rows, positions)
        Base codes: 0-3 for A, C, G, T, 4 for unknown.
    covariates : ndarray, shape (rows, columns)
        Transformed half-life features; maybe of no columns.
    start, stop : int
        The stretch, 0-based and half-open.
    n_threads : int, default=None
        None takes this call's share of the processor. The result does not depend on it.
    on_progress : callable, default=None
        Called with the number of rows that are done.

    Returns
    -------
    effects : ndarray, shape (rows, stop - start, 4)
        Zero at the base that is there; NaN everywhere if a weight is NaN or infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso._kernels.mutate import substitution_effects
    >>> from skxpresso._kernels.predict import Convolution, Dense, Network
    >>> count_c = np.zeros((1, 4, 1), dtype=np.float32)
    >>> count_c[0, 1] = 1  # 1 where the base is a C
    >>> zero = np.zeros(1, dtype=np.float32)
    >>> network = Network(
    ...     (Convolution(count_c, zero),), (Dense(np.ones((2, 1), dtype=np.float32), zero),)
    ... )
    >>> substitution_effects(network, np.array([[0, 1]], np.uint8), np.empty((1, 0)), 0, 2)
    array([[[ 0.,  1.,  0.,  0.],
            [-1.,  0., -1., -1.]]], dtype=float32)
    """
    places = np.repeat(np.arange(start, stop), 4)
    letters = np.tile(np.arange(4, dtype=np.uint8), stop - start)[:, None]
    n_edits = len(places)
    effects = edit_effects(
        network,
        codes,
        covariates,
        [(places, letters)] * len(codes),
        n_threads=n_threads,
        on_progress=on_progress,
    )
    return np.stack(effects).reshape(len(codes), n_edits // 4, 4)


def edit_effects(
    network: Network,
    codes: Array,
    covariates: Array,
    edits: Sequence[tuple[Array, Array]],
    *,
    n_threads: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> list[Array]:
    """Return the change of the prediction for every edit of every row.

    Parameters
    ----------
    network, codes, covariates, n_threads, on_progress
        As for `substitution_effects`.
    edits : sequence of (starts, letters), one for each row
        `starts` (edits,) int64, 0-based; `letters` (edits, width) uint8: the bases from there on.

    Returns
    -------
    effects : list of ndarray, shape (edits,)
    """
    check_codes(codes)
    for starts, letters in edits:
        check_codes(letters)
        if (
            len(starts)
            and not 0 <= starts.min() <= starts.max() + letters.shape[1] <= codes.shape[1]
        ):
            raise ValueError(
                f"edits must lie in positions 0 to {codes.shape[1]}, got starts from "
                f"{starts.min()} to {starts.max()} and {letters.shape[1]} letter(s)"
            )
    dtype = network.dense[0].kernel.dtype
    effects = [np.full(len(starts), np.nan, dtype) for starts, _ in edits]
    if not all_finite((*network.convolutions, *network.dense)):
        return effects
    mutator = Mutator(network, codes.shape[1])
    group = max(1, GROUP_BYTES // max(1, mutator.bytes_per_reference))
    for begin in range(0, len(codes), group):
        rows = range(begin, min(begin + group, len(codes)))
        _fill_group(mutator, codes, covariates, edits, effects, rows, n_threads)
        if on_progress is not None:
            on_progress(rows.stop)
    return effects


def _fill_group(
    mutator: Mutator,
    codes: Array,
    covariates: Array,
    edits: Sequence[tuple[Array, Array]],
    effects: list[Array],
    rows: range,
    n_threads: int | None,
) -> None:
    """Work on a few rows: first their references, then stretches of their edits."""
    references: dict[int, Reference] = {}

    def refer(row: int, _: int) -> None:
        references[row] = mutator.reference(codes[row], covariates[row])

    def edit(row: int, begin: int) -> None:
        some = slice(begin, begin + EDITS_AT_A_TIME)
        starts, letters = edits[row]
        effects[row][some] = mutator.effects(references[row], starts[some], letters[some])

    work = [(row, begin) for row in rows for begin in range(0, len(effects[row]), EDITS_AT_A_TIME)]
    n_edits = sum(len(effects[row]) for row in rows)
    threads = n_threads or threads_for(mutator.work_of(n_edits))
    run_tasks(refer, [(row, 0) for row in rows], threads)
    run_tasks(edit, work, threads)
