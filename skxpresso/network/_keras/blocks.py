"""Parts that the networks share: inputs, convolutions, dense layers, optimizer, seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import layers

from skxpresso.network._keras.layers import one_hot_bases
from skxpresso.network.architecture import Architecture

__all__ = [
    "compile_regression",
    "convolutions",
    "dense_head",
    "glorot_uniform",
    "promoter_input",
    "seed_source",
]


def compile_regression(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, **options: Any
) -> keras.Model:
    """Compile, with the mean squared error unless told, and give the optimizer its variables."""
    model.compile(optimizer=optimizer, **({"loss": "mean_squared_error"} | options))
    model.optimizer.build(model.trainable_variables)  # else a saved network does not load
    return model


def seed_source(seed: int | None) -> Callable[[], int]:
    """Give every layer a seed of its own, since Keras' global one is shared by all threads."""
    rng = np.random.default_rng(seed)
    return lambda: int(rng.integers(2**31 - 1))


def glorot_uniform(seeds: Callable[[], int]) -> keras.initializers.Initializer:
    """Initialize dense kernels, with the next seed."""
    return keras.initializers.GlorotUniform(seed=seeds())


def _glorot_normal(seeds: Callable[[], int]) -> keras.initializers.Initializer:
    return keras.initializers.GlorotNormal(seed=seeds())


def promoter_input(length: int, reads: str) -> Any:
    """Make the input `promoter`, of base codes or one-hot."""
    if reads == "onehot":
        return keras.Input((length, 4), name="promoter")
    return keras.Input((length,), dtype="uint8", name="promoter")


def convolutions(
    x: Any, settings: Architecture, seeds: Callable[[], int], precision: str = "float32"
) -> Any:
    """Convolve base codes, or one-hot bases, with Keras' own layers."""
    if len(x.shape) == 2:
        x = one_hot_bases(x, keras.DTypePolicy(precision).compute_dtype)
    rows = zip(
        settings.filters,
        settings.kernel_sizes,
        settings.dilation_rates,
        settings.pool_sizes,
        strict=True,
    )
    for i, (filters, kernel_size, dilation_rate, pool_size) in enumerate(rows, start=1):
        x = layers.Conv1D(
            filters,
            kernel_size,
            dilation_rate=dilation_rate,
            padding="same",
            activation=settings.activation,
            kernel_initializer=_glorot_normal(seeds),
            name=f"conv{i}",
            dtype=precision,
        )(x)
        x = layers.MaxPooling1D(pool_size, name=f"pool{i}", dtype=precision)(x)
    return x


def dense_head(
    features: Sequence[Any],
    settings: Architecture,
    seeds: Callable[[], int],
    precision: str = "float32",
    n_outputs: int = 1,
) -> Any:
    """Join the features and put dense layers with dropout and the linear outputs on them."""
    join = layers.Concatenate(name="features", dtype=precision)
    x = join(features) if len(features) > 1 else features[0]
    rows = zip(settings.dense_units, settings.dropout_rates, strict=True)
    for i, (units, rate) in enumerate(rows, start=1):
        x = layers.Dense(
            units,
            activation=settings.activation,
            kernel_initializer=glorot_uniform(seeds),
            name=f"dense{i}",
            dtype=precision,
        )(x)
        if rate > 0:
            x = layers.Dropout(rate, seed=seeds(), name=f"dropout{i}", dtype=precision)(x)
    return layers.Dense(
        n_outputs, kernel_initializer=glorot_uniform(seeds), name="expression", dtype="float32"
    )(x)
