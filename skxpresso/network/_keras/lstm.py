"""Convolutions, then LSTMs over the positions they leave: a Keras 3 functional model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from skxpresso.network._keras.blocks import (
    compile_regression,
    convolutions,
    dense_head,
    glorot_uniform,
    promoter_input,
    seed_source,
)
from skxpresso.network._keras.forks import about_to_run
from skxpresso.network._keras.layers import one_hot_bases
from skxpresso.network.architecture import LSTMArchitecture

__all__ = ["build_lstm"]


def build_lstm(
    promoter_length: int,
    n_halflife: int,
    settings: LSTMArchitecture,
    *,
    optimizer: keras.optimizers.Optimizer | None = None,
    seed: int | None = None,
    reads: str = "codes",
    n_outputs: int = 1,
    **compile_options: Any,
) -> keras.Model:
    """Build the network of `LSTMRegressor`; without an optimizer it is not compiled.

    Parameters
    ----------
    promoter_length, n_halflife : int
        Width of the window in nt, and number of half-life features; 0 for none.
    settings : LSTMArchitecture
        Layer settings.
    optimizer : keras.optimizers.Optimizer or None, default=None
        For training.
    seed : int or None, default=None
        Of initial weights and dropout.
    reads : {"codes", "onehot"}, default="codes"
        What the input `promoter` is: (n, promoter_length) uint8, or
        (n, promoter_length, 4) float32.
    n_outputs : int, default=1
        Numbers that are predicted for each gene.
    **compile_options
        Passed to `keras.Model.compile`.

    Returns
    -------
    keras.Model
        Inputs `promoter` and `halflife`; output (n, n_outputs).

    Examples
    --------
    >>> from skxpresso.network.architecture import LSTMArchitecture
    >>> from skxpresso.network._keras.lstm import build_lstm
    >>> model = build_lstm(120, 0, LSTMArchitecture())
    >>> model.get_layer("lstm1").output.shape
    (None, 64)
    """
    settings.check_fits(promoter_length, n_halflife)
    about_to_run()
    seeds = seed_source(seed)
    inputs, features = [], []
    if promoter_length:
        promoter = promoter_input(promoter_length, reads)
        inputs.append(promoter)
        x = promoter if reads == "onehot" else one_hot_bases(promoter, "float32")
        features.append(_lstms(convolutions(x, settings, seeds), settings, seeds))
    if n_halflife:
        halflife = keras.Input((n_halflife,), name="halflife")
        inputs.append(halflife)
        features.append(halflife)
    model = keras.Model(
        inputs, dense_head(features, settings, seeds, n_outputs=n_outputs), name="lstm"
    )
    if optimizer is None:
        return model
    return compile_regression(model, optimizer, **compile_options)


def _lstms(x: Any, settings: LSTMArchitecture, seeds: Callable[[], int]) -> Any:
    """Read the positions in order; all layers but the last hand on a state per position."""
    for i, units in enumerate(settings.lstm_units, start=1):
        goes_on = i < len(settings.lstm_units)
        layer = _lstm(units, seeds, goes_on, name=f"lstm{i}")
        if settings.bidirectional:
            # Keras' copy of the forward layer would copy its seeds, and so its weights
            backward = _lstm(units, seeds, goes_on, go_backwards=True, name=f"backward{i}")
            layer = layers.Bidirectional(layer, backward_layer=backward, name=f"lstm{i}")
        x = layer(x)
    return x


def _lstm(units: int, seeds: Callable[[], int], goes_on: bool, **options: Any) -> layers.LSTM:
    return layers.LSTM(
        units,
        return_sequences=goes_on,
        kernel_initializer=glorot_uniform(seeds),
        recurrent_initializer=keras.initializers.Orthogonal(seed=seeds()),
        seed=seeds(),
        **options,
    )
