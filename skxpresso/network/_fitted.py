"""Trained networks as plain weights: what they have in common, and any of Keras' operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skxpresso.network._keras.batches import predict_with_keras
from skxpresso.network._keras.tensorflow import limit_tensorflow_threads
from skxpresso.network.genes import Genes

__all__ = ["KerasWeights", "TrainedWeights"]


class TrainedWeights:
    """Weights that know how to become a Keras model, and do once somebody asks for it.

    A subclass has a field `model`, left out of pickles, and fills in `build(**options)`.
    """

    model: keras.Model | None

    def build(self, **options: Any) -> keras.Model:
        """Build a Keras model with these weights."""
        raise NotImplementedError

    def _build_as_trained(self) -> keras.Model:
        return self.build()

    @property
    def keras_model(self) -> keras.Model:
        """The network on base codes, built when first asked for."""
        if self.model is None:
            limit_tensorflow_threads()
            self.model = self._build_as_trained()
        return self.model

    def predict(self, genes: Genes, batch_size: int) -> npt.NDArray[np.float32]:
        """Predict one number for each row, in the units that the network was trained in."""
        return predict_with_keras(self.keras_model, genes, batch_size)[:, 0]

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"model": None}


@dataclass
class KerasWeights(TrainedWeights):
    """Weights of a network, and what builds it; its Keras model once somebody asks for it.

    Parameters
    ----------
    builder : callable
        A function of a module, which pickles. It takes the following three by position
        and options by keyword, and gives a network.
    promoter_length, n_halflife : int
        Width of the window in nt, and number of half-life features.
    settings : Architecture
        Layer settings.
    weights : list of ndarray
        In the order of `keras.Model.get_weights`.
    model : keras.Model, optional
        With these weights. It is left out of pickles.
    """

    builder: Callable[..., keras.Model]
    promoter_length: int
    n_halflife: int
    settings: Any
    weights: list[npt.NDArray[np.float32]]
    model: keras.Model | None = None

    def build(self, **options: Any) -> keras.Model:
        """Build a Keras model with these weights; `options` are those of the builder."""
        model = self.builder(self.promoter_length, self.n_halflife, self.settings, **options)
        model.set_weights(self.weights)
        return model
