"""Keras layers that read base codes: convolution + ReLU + max-pool in one operation.

On a CPU with the TensorFlow backend they run the compiled kernels. Elsewhere (GPU, JAX, PyTorch,
half precision, ``fused=False``) they are one-hot + Conv1D + ReLU + MaxPooling1D in Keras ops. The
weights are the same in both.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from skxpresso._kernels.arrays import Array
from skxpresso._kernels.geometry import Geometry, check_geometry, layer_windows
from skxpresso._kernels.tower import Convolution, Trace, tower_features
from skxpresso._kernels.tower_gradient import tower_gradient
from skxpresso.network._keras.backend import sees_gpu

__all__ = ["PromoterConv1D", "PromoterTower"]


def one_hot_bases(codes: Any, dtype: str) -> Any:
    """Return (rows, positions, 4) of (rows, positions) base codes; zeros for an unknown base."""
    # five classes, so that the code of an unknown base is legal; its column is dropped
    return ops.one_hot(codes, 5, dtype=dtype)[:, :, :4]


def _convolve_and_pool(x: Any, kernel: Any, bias: Any, geometry: Geometry) -> Any:
    x = ops.conv(
        x,
        kernel,
        padding=geometry.padding,
        data_format="channels_last",
        dilation_rate=geometry.dilation_rate,
    )
    x = ops.relu(x + bias)
    size = geometry.pool_size
    # strides are given since Keras 3.15 makes wrong ones of None on JAX
    return ops.max_pool(x, size, strides=size, padding="valid", data_format="channels_last")


def _with_keras_ops(codes: Any, weights: list[Any], geometries: list[Geometry]) -> Any:
    x = one_hot_bases(codes, keras.backend.standardize_dtype(weights[0].dtype))
    for kernel, bias, geometry in zip(weights[::2], weights[1::2], geometries, strict=True):
        x = _convolve_and_pool(x, kernel, bias, geometry)
    return x


def _layers_of(weights: tuple[Array, ...], geometries: list[Geometry]) -> tuple[Convolution, ...]:
    return tuple(
        Convolution(kernel, bias, *geometry[1:])
        for kernel, bias, geometry in zip(weights[::2], weights[1::2], geometries, strict=True)
    )


class _HeldTrace:
    """Holds what the gradient needs from forward to backward, and its memory for the next batch.

    Through the graph it would be copied out and in, and every batch would take fresh memory. A
    trace belongs to its last forward call; for an earlier one the caller computes it again.
    """

    def __init__(self) -> None:
        self._tokens = itertools.count()
        self._held: tuple[int, Trace] | None = None
        self._lock = threading.Lock()

    def put(self, trace: Trace) -> int:
        """Hold a trace, and return the token that gets it back."""
        with self._lock:
            token = next(self._tokens)
            self._held = token, trace
        return token

    def take(self, token: int | None = None) -> Trace | None:
        """Give the trace away; None if `token` is not its own. Without a token: the memory."""
        with self._lock:
            if self._held is None or token not in (None, self._held[0]):
                return None
            trace, self._held = self._held[1], None
        return trace


def _with_kernels(codes: Any, weights: list[Any], geometries: list[Geometry]) -> Any:
    """Run the compiled kernels inside a TensorFlow graph."""
    import tensorflow as tf

    dtype = weights[0].dtype
    holder = _HeldTrace()

    def forward(codes: Array, *weights: Array) -> tuple[Array, np.int64]:
        layers = _layers_of(weights, geometries)
        _, trace = tower_features(codes, layers, room=holder.take())
        pooled = trace.pooled[-1][: len(codes), :, : weights[-1].shape[0]]
        return np.ascontiguousarray(pooled), np.int64(holder.put(trace))

    def backward(codes: Array, token: np.int64, gradient: Array, *weights: Array) -> list[Array]:
        layers = _layers_of(weights, geometries)
        trace = holder.take(int(token))
        if trace is None:
            _, trace = tower_features(codes, layers)
        by_layer = tower_gradient(codes, layers, trace, gradient)
        holder.put(trace)
        return [array for pair in by_layer for array in pair]

    @tf.custom_gradient
    def run(codes: Any, *weights: Any) -> Any:
        pooled, token = tf.numpy_function(forward, [codes, *weights], [dtype, tf.int64])

        def gradient(upstream: Any) -> tuple[Any, ...]:
            arguments = [codes, token, upstream, *weights]
            result = tf.numpy_function(backward, arguments, [dtype] * len(weights))
            for array, weight in zip(result, weights, strict=True):
                array.set_shape(weight.shape)
            return (None, *result)

        return pooled, gradient

    result = run(tf.cast(codes, tf.uint8), *[tf.convert_to_tensor(weight) for weight in weights])
    n_windows = None if codes.shape[1] is None else layer_windows(codes.shape[1], geometries)[-1]
    result.set_shape((codes.shape[0], n_windows, weights[-1].shape[0]))
    return result


def _kernels_apply(dtype: str) -> bool:
    """Whether the compiled kernels can run: with TensorFlow, in full precision."""
    return keras.backend.backend() == "tensorflow" and dtype in ("float32", "float64")


@keras.saving.register_keras_serializable(package="skxpresso")
class PromoterTower(keras.layers.Layer):
    """Convolutions from base codes on, each with a ReLU and a max-pool, as one operation.

    It computes what one-hot encoding, then for every entry of the tuples ``Conv1D(...,
    activation="relu")`` and ``MaxPooling1D``, compute, and holds their weights in their order and
    shapes. Input: (rows, positions) of integers, 0-3 for A, C, G, T and 4 for an unknown base.
    Output: (rows, windows, filters of the last convolution).

    Parameters
    ----------
    filters : tuple of int
        Number of filters of each convolution.
    kernel_sizes : tuple of int
        Length of each kernel, 1 to 25 in the first.
    dilation_rates : tuple of int, default=None
        Distance of a kernel's taps. None is 1 everywhere.
    pool_sizes : tuple of int, default=None
        Positions of a pooling window; an incomplete last window is dropped. None is 1 everywhere.
    padding : {"same", "valid"}, default="same"
        Padding of the convolutions. Pooling is always "valid".
    fused : bool or None, default=None
        Whether to use the compiled kernels, which can run with TensorFlow, in single or double
        precision, and cannot be part of an XLA computation. None: unless there is a GPU.
    kernel_initializer : str, Initializer or tuple of them, default="glorot_normal"
        Of all convolutions, or of each.
    **kwargs
        Passed on to `keras.layers.Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.network._keras.layers import PromoterTower
    >>> tower = PromoterTower((8, 4), (6, 9), pool_sizes=(30, 10))
    >>> tower(np.zeros((2, 3000), dtype=np.uint8)).shape
    TensorShape([2, 10, 4])
    """

    def __init__(
        self,
        filters: Sequence[int],
        kernel_sizes: Sequence[int],
        dilation_rates: Sequence[int] | None = None,
        pool_sizes: Sequence[int] | None = None,
        padding: str = "same",
        fused: bool | None = None,
        kernel_initializer: Any = "glorot_normal",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        ones = (1,) * len(filters)
        self.filters = tuple(filters)
        self.kernel_sizes = tuple(kernel_sizes)
        self.dilation_rates = ones if dilation_rates is None else tuple(dilation_rates)
        self.pool_sizes = ones if pool_sizes is None else tuple(pool_sizes)
        self.padding = padding
        self.fused = fused
        self.supports_jit = fused is False  # XLA cannot compile a call back to Python
        several = isinstance(kernel_initializer, (list, tuple))
        chosen = kernel_initializer if several else (kernel_initializer,) * len(ones)
        self.kernel_initializer = [keras.initializers.get(each) for each in chosen]
        self._check_lengths()

    def _check_lengths(self) -> None:
        names = ("kernel_sizes", "dilation_rates", "pool_sizes", "kernel_initializer")
        for name in names:
            if len(getattr(self, name)) != len(self.filters):
                raise ValueError(
                    f"filters and {name} must have the same length, got {len(self.filters)} and "
                    f"{len(getattr(self, name))}"
                )
        if not self.filters:
            raise ValueError("filters must name at least one convolution, got ()")
        for geometry in self._geometries():
            check_geometry(geometry)

    def _geometries(self) -> list[Geometry]:
        settings = zip(self.kernel_sizes, self.dilation_rates, self.pool_sizes, strict=True)
        return [Geometry(*setting, self.padding) for setting in settings]

    def _weight_name(self, index: int, kind: str) -> str:
        return f"{kind}_{index}"

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create kernel and bias of every convolution."""
        self._weights = []
        channels = 4
        for index, (filters, size) in enumerate(zip(self.filters, self.kernel_sizes, strict=True)):
            kernel = self.add_weight(
                shape=(size, channels, filters),
                initializer=self.kernel_initializer[index],
                name=self._weight_name(index, "kernel"),
            )
            bias = self.add_weight(
                shape=(filters,), initializer="zeros", name=self._weight_name(index, "bias")
            )
            self._weights += [kernel, bias]
            channels = filters

    def call(self, inputs: Any) -> Any:
        """Compute the pooled activations of the last convolution."""
        weights = [ops.convert_to_tensor(weight) for weight in self._weights]
        engine = _with_kernels if self._takes_kernels() else _with_keras_ops
        return engine(inputs, weights, self._geometries())

    def _takes_kernels(self) -> bool:
        if self.fused is False or not _kernels_apply(self.compute_dtype):
            return False
        return self.fused or not sees_gpu()

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return (rows, windows, filters)."""
        n_rows, n_positions = input_shape
        windows = None
        if n_positions is not None:
            windows = layer_windows(n_positions, self._geometries())[-1]
        return n_rows, windows, self.filters[-1]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's parameters."""
        initializers = [keras.initializers.serialize(each) for each in self.kernel_initializer]
        return super().get_config() | {
            "filters": self.filters,
            "kernel_sizes": self.kernel_sizes,
            "dilation_rates": self.dilation_rates,
            "pool_sizes": self.pool_sizes,
            "padding": self.padding,
            "fused": self.fused,
            "kernel_initializer": initializers,
        }


@keras.saving.register_keras_serializable(package="skxpresso")
class PromoterConv1D(PromoterTower):
    """One convolution over base codes with ReLU and max-pool.

    The weights are called and shaped as in ``Conv1D``: kernel (kernel_size, 4, filters) and bias
    (filters,). Input: (rows, positions) of integers, 0-3 for A, C, G, T and 4 for an unknown
    base. Output: (rows, windows, filters).

    Parameters
    ----------
    filters : int
        Number of filters.
    kernel_size : int
        Length of the kernel in bases, 1 to 25.
    dilation_rate : int, default=1
        Distance of the kernel's taps.
    pool_size : int, default=1
        Positions of a pooling window; an incomplete last window is dropped.
    padding : {"same", "valid"}, default="same"
        Padding of the convolution.
    fused : bool or None, default=None
        Whether to use the compiled kernels, see `PromoterTower`.
    kernel_initializer : str or Initializer, default="glorot_normal"
        Of the kernel.
    **kwargs
        Passed on to `keras.layers.Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.network._keras.layers import PromoterConv1D
    >>> layer = PromoterConv1D(128, 6, pool_size=30)
    >>> layer(np.zeros((2, 10_500), dtype=np.uint8)).shape
    TensorShape([2, 350, 128])
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        dilation_rate: int = 1,
        pool_size: int = 1,
        padding: str = "same",
        fused: bool | None = None,
        kernel_initializer: Any = "glorot_normal",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            (filters,),
            (kernel_size,),
            (dilation_rate,),
            (pool_size,),
            padding,
            fused,
            (kernel_initializer,),
            **kwargs,
        )

    def _weight_name(self, index: int, kind: str) -> str:
        return kind

    @property
    def kernel(self) -> Any:
        """The variable (kernel_size, 4, filters)."""
        return self._weights[0]

    @property
    def bias(self) -> Any:
        """The variable (filters,)."""
        return self._weights[1]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's parameters."""
        config = super().get_config()
        names = {
            "filters": "filters",
            "kernel_sizes": "kernel_size",
            "dilation_rates": "dilation_rate",
            "pool_sizes": "pool_size",
            "kernel_initializer": "kernel_initializer",
        }
        values = {single: config.pop(several)[0] for several, single in names.items()}
        return config | values
