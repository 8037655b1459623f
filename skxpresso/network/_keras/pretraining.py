"""Pretrain dense layers, one after the other, as denoising autoencoders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers, ops

from skxpresso._utils.progress import progress
from skxpresso.exceptions import NonFiniteLossError
from skxpresso.network._keras.progress import ShowEpochs
from skxpresso.network.genes import Genes

__all__ = ["MaskedBatches", "pretrain"]

_Read = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.float32]]


class MaskedBatches(keras.utils.PyDataset):
    """Draw batches of a layer's input: masked, and as it is.

    Parameters
    ----------
    read : callable
        Takes row numbers, gives the input of the layer, (n, features).
    n_rows : int
        Number of rows.
    widths : ndarray of int
        Number of neighbouring features that are masked together: 4 for a base.
    noise : float
        Fraction that is masked, which is to say 0.
    batch_size : int
        Rows at a time.
    rng : numpy.random.Generator
        Of order and masks.
    """

    def __init__(
        self,
        read: _Read,
        n_rows: int,
        widths: npt.NDArray[np.int64],
        noise: float,
        batch_size: int,
        rng: np.random.Generator,
    ) -> None:
        super().__init__()
        self.read = read
        self.widths = widths
        self.noise = noise
        self.batch_size = int(batch_size)  # NumPy's small integers overflow in products
        self.rng = rng
        self.order = np.arange(n_rows)
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self.order) // self.batch_size)

    def __getitem__(self, index: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        start = index * self.batch_size
        clean = self.read(self.order[start : start + self.batch_size])
        kept = self.rng.random((len(clean), len(self.widths))) >= self.noise
        return clean * np.repeat(kept, self.widths, axis=1), clean

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch."""
        self.order = self.rng.permutation(len(self.order))


def pretrain(
    model: keras.Model,
    genes: Genes,
    make_optimizer: Callable[[], keras.optimizers.Optimizer],
    *,
    noise: float,
    epochs: int,
    batch_size: int,
    seed: int,
    verbose: int = 0,
) -> tuple[tuple[float, ...], ...]:
    """Let every dense layer learn to restore its input from a masked copy.

    Parameters
    ----------
    model : keras.Model
        From `build_autoencoder_regressor`; its hidden layers are changed in place.
    genes : Genes
        Rows to learn from; y and weights do not count.
    make_optimizer : callable
        Gives a new optimizer for each layer.
    noise : float
        Fraction of the input that is masked.
    epochs, batch_size : int
        Passes over the rows, and rows per step.
    seed : int
        Of masks, order of rows and decoders.
    verbose : int, default=0
        1: a progress bar per layer; 2: a line per epoch.

    Returns
    -------
    tuple of tuple of float
        For each layer, the mean squared error after each epoch.

    Raises
    ------
    NonFiniteLossError
        If the error becomes NaN or infinite.
    """
    hidden = [layer for layer in model.layers if layer.name.startswith("dense")]
    widths = np.repeat([4, 1], [genes.promoter_length, genes.halflife.shape[1]])
    losses = []
    for number, layer in enumerate(hidden if epochs else ()):
        rng = np.random.default_rng((seed, number))
        autoencoder = _autoencoder(layer, int(rng.integers(2**31 - 1)))
        autoencoder.compile(make_optimizer(), "mean_squared_error")
        with progress(epochs, f"pretraining {layer.name}", show=verbose == 1) as advance:
            history = autoencoder.fit(
                MaskedBatches(
                    _reader(model, layer, genes), len(genes), widths, noise, batch_size, rng
                ),
                epochs=epochs,
                shuffle=False,
                callbacks=[ShowEpochs(advance)] if verbose == 1 else [],
                verbose=2 if verbose > 1 else 0,
            ).history["loss"]
        _check_finite(history, layer.name)
        layer.set_weights(autoencoder.get_layer("encoder").get_weights())
        losses.append(tuple(map(float, history)))
        widths = np.ones(layer.units, dtype=np.int64)
    return tuple(losses)


def _reader(model: keras.Model, layer: layers.Dense, genes: Genes) -> _Read:
    """Return a function that computes the layer's input, with the layers below as they are."""
    below = keras.Model(model.inputs, layer.input)
    return lambda rows: ops.convert_to_numpy(below(genes[rows].inputs()))


def _autoencoder(layer: layers.Dense, seed: int) -> keras.Model:
    """Put a linear decoder on a copy of the layer, so that nothing of it stays with the network."""
    n_features, n_units = layer.kernel.shape
    masked = keras.Input((n_features,))
    encoder = layers.Dense(n_units, activation=layer.activation, name="encoder")
    initializer = keras.initializers.GlorotUniform(seed=seed)
    decoder = layers.Dense(n_features, kernel_initializer=initializer, name="decoder")
    model = keras.Model(masked, decoder(encoder(masked)), name="autoencoder")
    encoder.set_weights(layer.get_weights())
    return model


def _check_finite(losses: list[Any], name: str) -> None:
    for epoch, loss in enumerate(losses, start=1):
        if not np.isfinite(loss):
            raise NonFiniteLossError(
                f"loss became non-finite ({loss}) at epoch {epoch} of pretraining {name}: "
                "training diverged; a smaller learning_rate or optimizer__clipnorm=1.0 helps"
            )
