"""The layer settings of an Xpresso network, checked before anything is built."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Number, Real
from typing import Any

import numpy as np

from skxpresso._utils.table import quote, shorten
from skxpresso.exceptions import NetworkShapeError

__all__ = ["ACTIVATIONS", "Architecture", "LSTMArchitecture", "pooled_lengths"]

ACTIVATIONS = ("elu", "gelu", "leaky_relu", "relu", "selu", "silu", "softplus", "tanh")


_MOST_LAYERS = 100
_MOST_WEIGHTS = 2**31  # 8 GB, and several times as much in training


def pooled_lengths(promoter_length: int, pool_sizes: Sequence[int]) -> list[int]:
    """Count the positions that are left after each pooling.

    Parameters
    ----------
    promoter_length : int
        Width of the window, in nt.
    pool_sizes : sequence of int
        Width of each pooling, which drops a remainder. The convolutions keep the
        length ('same' padding).

    Returns
    -------
    list of int
        Positions after each pooling.

    Raises
    ------
    NetworkShapeError
        If nothing is left; the message shows the arithmetic.

    Examples
    --------
    >>> from skxpresso.network.architecture import pooled_lengths
    >>> pooled_lengths(10_500, (30, 10))
    [350, 35]
    """
    if any(pool < 1 for pool in pool_sizes):
        raise ValueError(f"pool_sizes must be integers of 1 or more, got {shorten(pool_sizes)}")
    lengths: list[int] = []
    steps: list[str] = []
    left = promoter_length
    for i, pool in enumerate(pool_sizes):
        steps.append(f"{left} // pool_sizes[{i}]={pool} = {left // pool}")
        left //= pool
        lengths.append(left)
        if left == 0:
            raise NetworkShapeError(
                f"pool_sizes={shorten(tuple(pool_sizes))} leave no position of a promoter of "
                f"{promoter_length} nt: {', '.join(steps)[-240:]}"
            )
    return lengths


@dataclass(frozen=True)
class Architecture:
    """Layer settings, stored as tuples; see `skxpresso.build_xpresso` for what they mean.

    Examples
    --------
    >>> from skxpresso.network.architecture import Architecture
    >>> Architecture(kernel_sizes=(6,))
    Traceback (most recent call last):
        ...
    ValueError: filters=(128, 32) and kernel_sizes=(6,) must have the same length
    """

    filters: Sequence[int] = (128, 32)
    kernel_sizes: Sequence[int] = (6, 9)
    dilation_rates: Sequence[int] = (1, 1)
    pool_sizes: Sequence[int] = (30, 10)
    dense_units: Sequence[int] = (64, 2)
    dropout_rates: Sequence[float] = (0.00099, 0.01546)
    activation: str = "relu"

    def __post_init__(self) -> None:
        for name in ("filters", "kernel_sizes", "dilation_rates", "pool_sizes", "dense_units"):
            self._set_tuple(name, Integral, "integers of 1 or more", lambda v: v >= 1)
        self._set_tuple("dropout_rates", Real, "numbers in [0, 1)", lambda v: 0 <= v < 1)
        for name in ("kernel_sizes", "dilation_rates", "pool_sizes"):
            self._check_same_length("filters", name)
        self._check_same_length("dense_units", "dropout_rates")
        if self.activation not in ACTIVATIONS:
            raise ValueError(
                f"activation must be one of {quote(ACTIVATIONS, 8)}, got {shorten(self.activation)}"
            )

    def _set_tuple(self, name: str, kind: type, wanted: str, is_good: Any) -> None:
        values = getattr(self, name)
        problem = f"{name} must be a tuple of {wanted}, got {shorten(values)}"
        if isinstance(values, Number):
            raise ValueError(f"{problem}; write ({values!r},) for one layer")
        if not isinstance(values, (tuple, list, np.ndarray)):
            raise ValueError(problem)
        if len(values) > _MOST_LAYERS:
            raise ValueError(f"{name} must name at most {_MOST_LAYERS} layers, got {len(values)}")
        for value in values:
            if not isinstance(value, kind) or isinstance(value, bool) or not is_good(value):
                raise ValueError(problem)
        native = int if kind is Integral else float
        object.__setattr__(self, name, tuple(map(native, values)))

    def _check_same_length(self, first: str, second: str) -> None:
        a, b = getattr(self, first), getattr(self, second)
        if len(a) != len(b):
            raise ValueError(
                f"{first}={shorten(a)} and {second}={shorten(b)} must have the same length"
            )

    def check_fits(self, promoter_length: int, n_halflife: int) -> None:
        """Raise where the network would have nothing to read, or read nothing of a promoter."""
        if promoter_length < 0 or n_halflife < 0:
            raise ValueError(
                "promoter_length and n_halflife must be 0 or more, "
                f"got {promoter_length} and {n_halflife}"
            )
        if promoter_length == 0 and n_halflife == 0:
            raise ValueError("promoter_length=0 and n_halflife=0 leave the network without input")
        if promoter_length:
            pooled_lengths(promoter_length, self.pool_sizes)
        if type(self) is Architecture:
            self._check_size(promoter_length, n_halflife)

    def _check_size(self, promoter_length: int, n_halflife: int) -> None:
        shapes = self._shapes(promoter_length, n_halflife)
        largest = max(shapes, key=lambda name: math.prod(shapes[name]))
        n_weights = sum(map(math.prod, shapes.values()))
        if n_weights > _MOST_WEIGHTS:
            raise ValueError(
                f"filters={shorten(self.filters)} and dense_units={shorten(self.dense_units)} ask "
                f"for {n_weights:,} weights, most of them in {largest}, of shape "
                f"{shapes[largest]}; more than {_MOST_WEIGHTS:,} are not built"
            )

    def weight_shapes(
        self, promoter_length: int, n_halflife: int, n_outputs: int = 1
    ) -> dict[str, tuple[int, ...]]:
        """Name the weights of the network and give their shapes, in the order of Keras.

        Parameters
        ----------
        promoter_length : int
            Width of the promoter window, in nt; 0 without promoters.
        n_halflife : int
            Number of half-life features.
        n_outputs : int, default=1
            Numbers that are predicted for each gene.

        Returns
        -------
        dict of str to tuple of int
            Kernels (kernel_size, channels, filters) or (inputs, units), and biases.

        Examples
        --------
        >>> from skxpresso.network.architecture import Architecture
        >>> Architecture().weight_shapes(10_500, 8)["dense1.kernel"]
        (1128, 64)
        """
        self.check_fits(promoter_length, n_halflife)
        return self._shapes(promoter_length, n_halflife, n_outputs)

    def _shapes(
        self, promoter_length: int, n_halflife: int, n_outputs: int = 1
    ) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        width = n_halflife
        if promoter_length:
            channels = 4
            for i, (filters, size) in enumerate(
                zip(self.filters, self.kernel_sizes, strict=True), start=1
            ):
                shapes[f"conv{i}.kernel"] = (size, channels, filters)
                shapes[f"conv{i}.bias"] = (filters,)
                channels = filters
            positions = [promoter_length, *pooled_lengths(promoter_length, self.pool_sizes)]
            width += positions[-1] * channels
        names = [f"dense{i}" for i in range(1, len(self.dense_units) + 1)]
        for name, units in zip([*names, "expression"], [*self.dense_units, n_outputs], strict=True):
            shapes[f"{name}.kernel"] = (width, units)
            shapes[f"{name}.bias"] = (units,)
            width = units
        return shapes


@dataclass(frozen=True)
class LSTMArchitecture(Architecture):
    """Layer settings, stored as tuples; see `LSTMRegressor` for what they mean.

    Examples
    --------
    >>> from skxpresso.network.architecture import LSTMArchitecture
    >>> LSTMArchitecture(lstm_units=0)
    Traceback (most recent call last):
        ...
    ValueError: lstm_units must be a tuple of integers of 1 or more, got 0; write (0,) for one layer
    """

    filters: Sequence[int] = (128,)
    kernel_sizes: Sequence[int] = (11,)
    dilation_rates: Sequence[int] = (1,)
    pool_sizes: Sequence[int] = (4,)
    dense_units: Sequence[int] = (32,)
    dropout_rates: Sequence[float] = (0.2,)
    lstm_units: Sequence[int] = (32,)
    bidirectional: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set_tuple("lstm_units", Integral, "integers of 1 or more", lambda v: v >= 1)
        if not self.lstm_units:
            raise ValueError("lstm_units must name at least one LSTM, got ()")
