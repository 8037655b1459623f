"""The Xpresso network as a Keras 3 functional model, on any Keras backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers, ops

from skxpresso.network._keras.blocks import (
    _glorot_normal,
    compile_regression,
    convolutions,
    dense_head,
    promoter_input,
    seed_source,
)
from skxpresso.network._keras.forks import about_to_run
from skxpresso.network._keras.layers import PromoterTower
from skxpresso.network._keras.optimizers import make_optimizer
from skxpresso.network.architecture import Architecture
from skxpresso.network.engines import PRECISIONS, choose_engine, why_not_fused

__all__ = ["build_xpresso"]


def build_xpresso(
    promoter_length: int,
    n_halflife: int = 0,
    *,
    filters: Sequence[int] = Architecture.filters,
    kernel_sizes: Sequence[int] = Architecture.kernel_sizes,
    dilation_rates: Sequence[int] = Architecture.dilation_rates,
    pool_sizes: Sequence[int] = Architecture.pool_sizes,
    dense_units: Sequence[int] = Architecture.dense_units,
    dropout_rates: Sequence[float] = Architecture.dropout_rates,
    activation: str = Architecture.activation,
    optimizer: str | keras.optimizers.Optimizer = "sgd",
    learning_rate: float = 5e-4,
    momentum: float = 0.9,
    seed: int | None = None,
    reads: str = "codes",
    engine: str = "keras",
    precision: str = "float32",
    freeze_convolutions: bool = False,
    n_outputs: int = 1,
    **compile_options: Any,
) -> keras.Model:
    """Build and compile the network of Agarwal & Shendure (2020).

    Convolution, activation and max-pooling, as often as `filters` is long; flatten;
    concatenate the half-life features; dense layers with dropout; one linear output.

    Parameters
    ----------
    promoter_length : int
        Width of the promoter window, in nt. 0: a network of half-life features alone.
    n_halflife : int, default=0
        Number of half-life features. 0: a network of promoters alone.
    filters, kernel_sizes, dilation_rates, pool_sizes : tuple of int
        One entry per convolution: number of filters, width and dilation of the
        kernel ('same' padding), width of the max-pooling behind it, which drops a
        remainder.
    dense_units, dropout_rates : tuple
        One entry per dense layer: number of units, and fraction of them that is
        dropped in training.
    activation : str, default="relu"
        Of convolutions and dense layers; one of `skxpresso.network.architecture.ACTIVATIONS`.
    optimizer : str or keras.optimizers.Optimizer, default="sgd"
        One of `skxpresso.network.OPTIMIZERS`. An instance brings its own settings.
    learning_rate : float, default=5e-4
        Of the optimizer.
    momentum : float, default=0.9
        Of "sgd".
    seed : int or None, default=None
        Of initial weights and dropout; the same seed gives the same network.
    reads : {"codes", "onehot"}, default="codes"
        Whether the input `promoter` is base codes (n, promoter_length), uint8, 4 for
        an unknown base, or one-hot (n, promoter_length, 4), float32.
    engine : {"keras", "fused"}, default="keras"
        Whether the convolutions are Keras' own layers or one `PromoterTower`, which reads
        codes and is several times faster on a CPU. The weights are the same, and in the same order.
    precision : {"float32", "mixed_bfloat16", "mixed_float16"}, default="float32"
        Of the layers; the mixed ones keep weights and output in float32.
    freeze_convolutions : bool, default=False
        Whether training leaves the convolutions as they are.
    n_outputs : int, default=1
        Numbers that are predicted for each gene.
    **compile_options
        Passed to `keras.Model.compile`, for instance ``jit_compile=True``.

    Returns
    -------
    keras.Model
        Compiled with the mean squared error. Inputs `promoter` and `halflife`
        (n, n_halflife), float32; output (n, n_outputs).

    Raises
    ------
    NetworkShapeError
        If the poolings leave nothing of the promoter.
    ValueError
        If a setting is out of range, or tuples that belong together differ in length.

    References
    ----------
    Agarwal V, Shendure J (2020). Predicting mRNA abundance directly from genomic
    sequence using deep convolutional neural networks. Cell Reports 31:107663.

    Examples
    --------
    The published network:

    >>> from skxpresso import build_xpresso
    >>> build_xpresso(10_500, n_halflife=8).count_params()
    112485
    """
    settings = Architecture(
        filters, kernel_sizes, dilation_rates, pool_sizes, dense_units, dropout_rates, activation
    )
    settings.check_fits(promoter_length, n_halflife)
    _check_engine(settings, promoter_length, reads, engine, precision)
    about_to_run()
    seeds = seed_source(seed)
    inputs, features = [], []
    if promoter_length:
        promoter = promoter_input(promoter_length, reads)
        inputs.append(promoter)
        convolve = _tower if engine == "fused" else convolutions
        x = convolve(promoter, settings, seeds, precision)
        if freeze_convolutions:
            x = ops.stop_gradient(x)  # else their gradient is computed, for nobody
        features.append(layers.Flatten(name="flatten", dtype=precision)(x))
    if n_halflife:
        halflife = keras.Input((n_halflife,), name="halflife")
        inputs.append(halflife)
        features.append(halflife)
    output = dense_head(features, settings, seeds, precision, n_outputs)
    model = keras.Model(inputs, output, name="xpresso")
    if freeze_convolutions:
        for layer in model.layers:
            layer.trainable = not layer.name.startswith("conv")
    if isinstance(optimizer, str):
        optimizer = make_optimizer(optimizer, learning_rate, momentum)
    if precision == "mixed_float16":  # its small gradients would become 0
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    return compile_regression(model, optimizer, **compile_options)


def _check_engine(
    settings: Architecture, promoter_length: int, reads: str, engine: str, precision: str
) -> None:
    if reads not in ("codes", "onehot"):
        raise ValueError(f"reads must be 'codes' or 'onehot', got {reads!r}")
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, got {precision!r}")
    if engine not in ("keras", "fused"):
        raise ValueError(f"engine must be 'keras' or 'fused', got {engine!r}")
    if engine == "fused":
        # the layer itself does without its kernels on other backends
        choose_engine(engine, why_not_fused(settings, promoter_length, precision=precision))
        if reads != "codes":
            raise ValueError(f"engine='fused' reads 'codes', got reads={reads!r}")


def _tower(promoter: Any, settings: Architecture, seeds: Callable[[], int], precision: str) -> Any:
    """Compute what `convolutions` computes, from the same initial weights."""
    return PromoterTower(
        settings.filters,
        settings.kernel_sizes,
        settings.dilation_rates,
        settings.pool_sizes,
        fused=True,
        kernel_initializer=[_glorot_normal(seeds) for _ in settings.filters],
        dtype=precision,
        name="convolutions",
    )(promoter)
