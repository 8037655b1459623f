"""Dense layers over one-hot bases and z-scores of numbers, as a Keras 3 functional model."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers

from skxpresso.network._keras.blocks import (
    compile_regression,
    dense_head,
    promoter_input,
    seed_source,
)
from skxpresso.network._keras.forks import about_to_run
from skxpresso.network._keras.layers import one_hot_bases
from skxpresso.network.architecture import Architecture

__all__ = ["build_autoencoder_regressor", "learn_zscores"]

_ZSCORE = "zscore"


def build_autoencoder_regressor(
    promoter_length: int,
    n_halflife: int,
    settings: Architecture,
    *,
    optimizer: keras.optimizers.Optimizer | None = None,
    seed: int | None = None,
    reads: str = "codes",
    n_outputs: int = 1,
    **compile_options: Any,
) -> keras.Model:
    """Build the network of `DenoisingAutoencoderRegressor`, not pretrained.

    Parameters
    ----------
    promoter_length, n_halflife : int
        Width of the window in nt, and number of other columns; 0 for none.
    settings : Architecture
        Its dense layers count.
    optimizer : keras.optimizers.Optimizer or None, default=None
        For training; without one the network is not compiled.
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
    >>> from skxpresso.network._keras.autoencoder import build_autoencoder_regressor
    >>> from skxpresso.network.architecture import Architecture
    >>> settings = Architecture((), (), (), (), (16,), (0.1,))
    >>> build_autoencoder_regressor(120, 8, settings).get_layer("dense1").output.shape
    (None, 16)
    """
    about_to_run()
    settings.check_fits(promoter_length, n_halflife)
    inputs, features = [], []
    if promoter_length:
        promoter = promoter_input(promoter_length, reads)
        inputs.append(promoter)
        onehot = promoter if reads == "onehot" else one_hot_bases(promoter, "float32")
        features.append(layers.Flatten(name="flatten")(onehot))
    if n_halflife:
        numbers = keras.Input((n_halflife,), name="halflife")
        inputs.append(numbers)
        features.append(_zscores()(numbers))
    output = dense_head(features, settings, seed_source(seed), n_outputs=n_outputs)
    model = keras.Model(inputs, output, name="autoencoder_regressor")
    if optimizer is None:
        return model
    return compile_regression(model, optimizer, **compile_options)


def _zscores() -> layers.Layer:
    """Make Keras' own layer that keeps a mean and a variance; it never trains."""
    # frequencies of long words vary by 1e-5 and less, so epsilon must not matter
    return layers.BatchNormalization(
        center=False, scale=False, epsilon=1e-20, trainable=False, name=_ZSCORE
    )


def learn_zscores(model: keras.Model, numbers: npt.NDArray[np.float32]) -> None:
    """Set mean and variance of the numbers; a constant column becomes 0.

    Parameters
    ----------
    model : keras.Model
        From `build_autoencoder_regressor`; changed in place.
    numbers : ndarray of shape (n, n_halflife), float32
        Training rows.
    """
    if numbers.shape[1]:
        variance = numbers.var(axis=0, dtype=np.float64)
        variance[np.ptp(numbers, axis=0) == 0] = 1
        model.get_layer(_ZSCORE).set_weights([numbers.mean(axis=0, dtype=np.float64), variance])
