"""Predictions of windows that overlap at a steady step: what their layers share is computed once.

Inside of a window an activation depends on letters alone, not on where the window begins, so that
neighbours share all but those that see a padded edge. Output x of layer l (x: the letter at which
its pooling begins) is needed at the starts of windows and, from there on, every S = pool_1 ...
pool_l letters: on the grid of gcd(step, S) letters. Each layer is computed once on its grid; then
for every window the positions that see its edges are computed again, with padding, and stand in
place of the shared ones. The first layer is that of the other kernels, the later ones and the
dense layers are matrix products.

Axes: codes (letters,), uint8; shared activations (places on the grid, filters); a window's own
(positions, windows, filters), so that a product reads what lies together.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.linalg import get_blas_funcs
from threadpoolctl import threadpool_limits

from skxpresso._kernels.compiling import Array
from skxpresso._kernels.first_layer import BLOCK, Tables, pool_rows
from skxpresso._kernels.geometry import Geometry, check_codes, check_geometry
from skxpresso._kernels.predict import Network
from skxpresso._kernels.threads import available_threads, run_tasks, spans
from skxpresso._kernels.tower import Convolution, all_finite

__all__ = ["Tiler"]

LETTERS_PER_TASK = 2**16  # more leaves the cache, less repeats more of the ends
MOST_PER_TASK = 4096  # windows


class Level(NamedTuple):
    """How one layer lies in a window: sizes in inputs or outputs, spacings in letters.

    `first` and `last`: positions of the convolution below `first`, or from `last` on, see an
    edge of the window, themselves or through the layers before. `own`: so many outputs at the
    left and at the right end are therefore the window's own.
    """

    layer: Convolution
    n_inputs: int
    n_outputs: int
    input_spacing: int
    input_grid: int
    grid: int
    first: int
    last: int
    own: tuple[int, int]

    @property
    def spacing(self) -> int:
        """From one output of a window to the next."""
        return self.input_spacing * self.layer.pool_size


def _levels(convolutions: tuple[Convolution, ...], length: int, step: int) -> list[Level]:
    levels: list[Level] = []
    n_inputs, spacing, grid, own = length, 1, 1, (0, 0)
    for layer in convolutions:
        geometry = layer.geometry
        check_geometry(geometry)
        if geometry.padding != "same":
            raise ValueError(f"padding must be 'same' for tiles, got {geometry.padding!r}")
        pool = layer.pool_size
        n_outputs = geometry.windows(n_inputs)
        first = min(own[0] + geometry.left, n_inputs)
        last = max(n_inputs - own[1] - (geometry.reach - geometry.left), 0)
        left = min(math.ceil(first / pool), n_outputs)
        right = min(n_outputs - min(last // pool, n_outputs), n_outputs - left)
        out_grid = math.gcd(step, spacing * pool)
        own = (left, right)
        level = Level(layer, n_inputs, n_outputs, spacing, grid, out_grid, first, last, own)
        levels.append(level)
        n_inputs, spacing, grid = n_outputs, level.spacing, out_grid
    return levels


class Tiler:
    """A network, ready for windows of one length at one step.

    Parameters
    ----------
    network : Network
        With convolutions, padding 'same'.
    length : int
        Of every window, in letters.
    step : int
        From one window's start to the next, in letters.

    Raises
    ------
    ValueError
        If `step` is below 1, or the network has no convolution or another length.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso._kernels.predict import Convolution, Dense, Network
    >>> from skxpresso._kernels.tiles import Tiler
    >>> count_c = np.zeros((1, 4, 1), dtype=np.float32)
    >>> count_c[0, 1] = 1  # 1 where the base is a C
    >>> zero = np.zeros(1, dtype=np.float32)
    >>> network = Network(
    ...     (Convolution(count_c, zero),), (Dense(np.ones((4, 1), dtype=np.float32), zero),)
    ... )
    >>> codes = np.array([0, 1, 1, 4, 2, 1, 1, 1], dtype=np.uint8)
    >>> Tiler(network, length=4, step=2).predict(codes)
    array([2., 2., 3.], dtype=float32)
    """

    def __init__(self, network: Network, length: int, step: int) -> None:
        if step < 1:
            raise ValueError(f"step must be at least 1 nt, got {step}")
        if not network.convolutions:
            raise ValueError("the network has no convolution: it reads no sequence")
        self.network = network
        self.length = length
        self.step = step
        self.levels = _levels(network.convolutions, length, step)
        self.n_features = self.levels[-1].n_outputs * network.convolutions[-1].filters
        if self.n_features > network.dense[0].kernel.shape[0]:
            raise ValueError(
                f"windows of {length} nt make {self.n_features} features, but the first dense "
                f"layer has {network.dense[0].kernel.shape[0]} inputs"
            )
        first = network.convolutions[0]
        self.tables = Tables.build(first.kernel, first.bias)
        self.is_finite = all_finite((*network.convolutions, *network.dense))

    def predict(self, codes: Array, *, n_threads: int | None = None) -> Array:
        """Predict every window, its half-life features at 0.

        Parameters
        ----------
        codes : ndarray of uint8, shape (letters,)
            0-3 for A, C, G, T, 4 for unknown. The first window begins at the first letter, the
            last one is the last that fits.
        n_threads : int, default=None
            None takes this call's share of the processor.

        Returns
        -------
        ndarray, shape (windows,)
            As `predict_network` gives for each window alone, but for rounding.
        """
        check_codes(codes[None])
        n_windows = max(0, (len(codes) - self.length) // self.step + 1)
        predictions = np.full(n_windows, np.nan, self.network.dense[-1].kernel.dtype)
        if not self.is_finite:
            return predictions
        per_task = max(1, min(MOST_PER_TASK, LETTERS_PER_TASK // self.step))

        def task(start: int, stop: int) -> None:
            letters = slice(start * self.step, (stop - 1) * self.step + self.length)
            predictions[start:stop] = self._few(codes[letters], stop - start)

        threads = n_threads or available_threads()
        with threadpool_limits(1, "blas"):  # one for every task
            run_tasks(task, spans(n_windows, per_task), threads)
        return predictions

    def _few(self, codes: Array, n: int) -> Array:
        """Work on n windows in the caller's thread."""
        shared, own = self._first(codes, n)
        for below, level in zip(self.levels, self.levels[1:], strict=False):
            read = self._reader(below, shared, own, n)
            shared, own = _later(level, shared, read, n, self.step)
        last = self.levels[-1]
        read = self._reader(last, shared, own, n)
        features = np.empty((n, last.n_outputs, last.layer.filters), shared.dtype)
        for place in range(last.n_outputs):
            features[:, place] = read(place)
        return self._head(features.reshape(n, -1))

    def _head(self, activations: Array) -> Array:
        for i, layer in enumerate(self.network.dense):
            if i:
                np.maximum(activations, 0, out=activations)
            activations = activations @ layer.kernel[: activations.shape[1]] + layer.bias
        return activations[:, 0]

    def _reader(
        self, level: Level, shared: Array, own: tuple[Array, Array], n: int
    ) -> Callable[[int], Array]:
        """Return what gives output `place` of every window: (windows, filters)."""
        left, right = own
        stride = self.step // level.grid

        def read(place: int) -> Array:
            if place < level.own[0]:
                return left[place]
            behind = place - (level.n_outputs - level.own[1])
            if behind >= 0:
                return right[behind]
            start = place * level.spacing // level.grid
            return shared[start : start + (n - 1) * stride + 1 : stride]

        return read

    def _first(self, codes: Array, n: int) -> tuple[Array, tuple[Array, Array]]:
        """Pool the first layer: on its grid, and at the ends of every window."""
        level = self.levels[0]
        pool = level.layer.pool_size
        blocks = self._pool(codes[None], level.grid)[0]
        shared = _running_maximum(blocks, pool // level.grid)
        letters = sliding_window_view(codes, self.length)[:: self.step]
        n_left, n_right = level.own
        geometry = level.layer.geometry
        left = self._pool(letters[:, : pool * n_left + geometry.reach], pool)[:, :n_left]
        # the windows before are there to give context, and dropped
        begin = level.n_outputs - n_right
        context = min(math.ceil(geometry.left / pool), begin)
        right = self._pool(letters[:, pool * (begin - context) :], pool)
        right = right[:, context : context + n_right]
        return shared, (_by_place(left), _by_place(right))

    def _pool(self, codes: Array, pool: int) -> Array:
        """Convolve and pool rows of codes by `pool`: (rows, outputs, filters)."""
        layer = self.network.convolutions[0]
        geometry = Geometry(layer.kernel.shape[0], layer.dilation_rate, pool)
        padded = -(-layer.filters // BLOCK) * BLOCK
        shape = (len(codes), geometry.windows(codes.shape[1]), padded)
        pooled = np.empty(shape, layer.kernel.dtype)
        pool_rows(codes, self.tables, geometry, pooled)
        return pooled[..., : layer.filters]


def _by_place(pooled: Array) -> Array:
    return np.ascontiguousarray(pooled.transpose(1, 0, 2))


def _running_maximum(values: Array, width: int) -> Array:
    """Return the maximum of `width` neighbours along the first axis, doubling the reach."""
    done = 1
    while 2 * done <= width:
        values = np.maximum(values[:-done], values[done:])
        done *= 2
    rest = width - done
    return np.maximum(values[:-rest], values[rest:]) if rest else np.ascontiguousarray(values)


def _later(
    level: Level, inputs: Array, read: Callable[[int], Array], n: int, step: int
) -> tuple[Array, tuple[Array, Array]]:
    """Compute a layer after the first: on its grid, and at the ends of every window."""
    values = _convolve_grid(level, inputs)
    jump = level.input_spacing // level.input_grid
    stride = level.grid // level.input_grid
    pool = level.layer.pool_size
    n_places = max(0, (len(values) - 1 - jump * (pool - 1)) // stride + 1)
    end = (n_places - 1) * stride + 1
    shared = np.zeros((n_places, level.layer.filters), values.dtype)  # zeros: the ReLU
    for tap in range(pool):
        np.maximum(shared, values[tap * jump : tap * jump + end : stride], out=shared)
    ends = [
        _own_outputs(level, values, read, n, step, first, count)
        for first, count in ((0, level.own[0]), (level.n_outputs - level.own[1], level.own[1]))
    ]
    return shared, (ends[0], ends[1])


def _convolve_grid(level: Level, inputs: Array) -> Array:
    """Convolve activations on their grid; places near its ends are right for no window to read."""
    kernel, bias = level.layer.kernel, level.layer.bias
    jump = level.input_spacing // level.input_grid
    values = np.empty((len(inputs), len(bias)), kernel.dtype)
    values[:] = bias
    for tap in range(len(kernel)):
        shift = (tap * level.layer.dilation_rate - level.layer.geometry.left) * jump
        low, high = max(0, -shift), min(len(inputs), len(inputs) - shift)
        if low < high:
            _add_product(inputs[low + shift : high + shift], kernel[tap], values[low:high])
    return values


def _own_outputs(
    level: Level,
    values: Array,
    read: Callable[[int], Array],
    n: int,
    step: int,
    first: int,
    count: int,
) -> Array:
    """Pool `count` outputs of every window, from `first` on: (count, windows, filters).

    Positions that see no edge are those of the grid.
    """
    pool = level.layer.pool_size
    jump = level.input_spacing // level.input_grid
    stride = step // level.input_grid
    positions = range(first * pool, (first + count) * pool)
    edge = [p for p in positions if p < level.first or p >= level.last]
    own = _convolve_windows(level, read, n, edge[0], edge[-1] + 1) if edge else None
    pooled = np.zeros((count, n, level.layer.filters), values.dtype)
    for p in positions:
        if own is not None and edge[0] <= p <= edge[-1]:
            value = own[p - edge[0]]
        else:
            value = values[p * jump : p * jump + (n - 1) * stride + 1 : stride]
        target = pooled[(p - positions[0]) // pool]
        np.maximum(target, value, out=target)
    return pooled


def _convolve_windows(
    level: Level, read: Callable[[int], Array], n: int, start: int, stop: int
) -> Array:
    """Convolve positions [start, stop) of every window, with its own padding."""
    geometry = level.layer.geometry
    kernel, bias = level.layer.kernel, level.layer.bias
    places = range(start - geometry.left, stop + geometry.reach - geometry.left)
    first, end = max(places[0], 0), min(places[-1] + 1, level.n_inputs)
    inputs = np.empty((end - first, n, kernel.shape[1]), kernel.dtype)
    for place in range(first, end):
        inputs[place - first] = read(place)
    values = np.empty((stop - start, n, len(bias)), kernel.dtype)
    values[:] = bias
    for tap in range(len(kernel)):
        shift = tap * level.layer.dilation_rate - geometry.left
        low, high = max(start, first - shift), min(stop, end - shift)  # the rest is padding
        if low < high:
            below = inputs[low + shift - first : high + shift - first]
            above = values[low - start : high - start]
            _add_product(_flat(below), kernel[tap], _flat(above))
    return values


def _flat(activations: Array) -> Array:
    return activations.reshape(-1, activations.shape[-1])


def _add_product(inputs: Array, kernel: Array, values: Array) -> None:
    """Add inputs @ kernel to values in place, all C-contiguous."""
    multiply = get_blas_funcs("gemm", dtype=values.dtype)
    # BLAS counts columns first: what it sees is the product of the transposed
    multiply(1.0, kernel.T, inputs.T, beta=1.0, c=values.T, overwrite_c=True)
