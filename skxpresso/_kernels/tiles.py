"""Predictions of windows that overlap at a steady step: what their layers share is computed once.

Inside of a window an activation depends on letters alone, not on where the window begins, so that
neighbours share all but those that see a padded edge. Output x of layer l (x: the letter at which
its pooling begins) is needed at the starts of windows and, from there on, every S = pool_1 ...
pool_l letters: on the grid of gcd(step, S) letters. Each layer is computed once on its grid; then
for every window the positions that see its edges are computed again, with padding, and stand in
place of the shared ones. The first layer is that of the other kernels, for the later ones see
`tile_layers`, the dense layers are matrix products.

Axes: codes (letters,), uint8; shared activations (places on the grid, filters); a window's own
(positions, windows, filters), so that a product reads what lies together. Filters are padded to
a multiple of BLOCK. Activations lie in the thread's memory.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from threadpoolctl import threadpool_limits

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.first_layer import Tables, pool_words, words_of
from skxpresso._kernels.geometry import Geometry, check_codes, check_geometry
from skxpresso._kernels.memory import scratch
from skxpresso._kernels.predict import Network
from skxpresso._kernels.processor import BLOCK
from skxpresso._kernels.threads import available_threads, run_tasks, spans
from skxpresso._kernels.tile_layers import Level, all_taps, gather, later_layer, running_maximum
from skxpresso._kernels.tower import Convolution, all_finite

__all__ = ["Tiler"]

PLACES_PER_TASK = 2**14  # on the first layer's grid: more leaves the cache
LETTERS_PER_TASK = 2**16, 2**17  # at least, at most: less repeats more of the ends
MOST_PER_TASK = 4096  # windows


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
        level = Level(geometry, n_inputs, n_outputs, spacing, grid, out_grid, first, last, own)
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
        self.weights = [all_taps(layer.kernel, layer.bias) for layer in network.convolutions[1:]]
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
        least, most = LETTERS_PER_TASK
        letters_per_task = min(max(PLACES_PER_TASK * self.levels[0].grid, least), most)
        per_task = max(1, min(MOST_PER_TASK, letters_per_task // self.step))

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
        for number, level in enumerate(self.levels[1:]):
            shared, own = later_layer(
                f"tile layer {number}", level, self.weights[number], shared, own, self.step
            )
        last, filters = self.levels[-1], self.network.convolutions[-1].filters
        features = scratch("tile features", (n, last.n_outputs * filters), shared.dtype)
        gather(last, shared, own, self.step, features)
        return self._head(features)

    def _head(self, activations: Array) -> Array:
        for i, layer in enumerate(self.network.dense):
            if i:
                np.maximum(activations, 0, out=activations)
            activations = activations @ layer.kernel[: activations.shape[1]] + layer.bias
        return activations[:, 0]

    def _first(self, codes: Array, n: int) -> tuple[Array, tuple[Array, Array]]:
        """Pool the first layer: on its grid, and at the ends of every window."""
        level = self.levels[0]
        geometry, pool = level.geometry, level.geometry.pool_size
        # the ends first: words of letters lie in the same memory
        letters = sliding_window_view(codes, self.length)[:: self.step]
        n_left, n_right = level.own
        left = self._pool("left", letters[:, : pool * n_left + geometry.reach], pool, 0, n_left)
        # the outputs before are there to give context, and dropped
        begin = level.n_outputs - n_right
        context = min(math.ceil(geometry.left / pool), begin)
        last = letters[:, pool * (begin - context) :]
        right = self._pool("right", last, pool, context, n_right)
        width = pool // level.grid
        n_places = Geometry(1, 1, level.grid).windows(len(codes))
        blocks = self._pool("grid", codes[None], level.grid, 0, n_places)[0]
        running_maximum(blocks, width)
        return blocks[: n_places - width + 1], (_by_place(left), _by_place(right))

    def _pool(self, name: str, codes: Array, pool: int, first: int, count: int) -> Array:
        """Convolve rows of codes and pool by `pool`: (rows, count, filters), from `first` on."""
        layer = self.network.convolutions[0]
        geometry = Geometry(layer.kernel.shape[0], layer.dilation_rate, pool)
        words = np.ascontiguousarray(words_of(codes, geometry)[:, :, first * pool :])
        padded = -(-layer.filters // BLOCK) * BLOCK
        shape = (len(codes), count, padded)
        pooled = scratch(f"tile first {name}", shape, layer.kernel.dtype)
        pool_words(words, self.tables, geometry, pooled, None)
        return pooled


def _by_place(pooled: Array) -> Array:
    return np.ascontiguousarray(pooled.transpose(1, 0, 2))
