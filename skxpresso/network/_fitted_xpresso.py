"""A trained network as plain weights: what an estimator keeps, pickles and predicts with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from skxpresso._kernels.predict import Convolution, Dense, Network, predict_network
from skxpresso.network._fitted import TrainedWeights
from skxpresso.network._keras.xpresso import build_xpresso
from skxpresso.network.architecture import Architecture
from skxpresso.network.genes import Genes

__all__ = ["FittedNetwork"]


@dataclass
class FittedNetwork(TrainedWeights):
    """Weights and settings of a network; its Keras model once somebody asks for it.

    Parameters
    ----------
    settings : Architecture
        Layer settings.
    promoter_length, n_halflife : int
        Width of the window in nt, and number of half-life features.
    weights : list of ndarray
        Kernel and bias of every layer, in the order of `keras.Model.get_weights`.
    engine : {"keras", "fused"}, default="keras"
        What predicts; "fused" does so from the weights, without Keras.
    precision : str, default="float32"
        Of the layers, see `build_xpresso`.
    model : keras.Model, optional
        With these weights. It is left out of pickles.

    Examples
    --------
    >>> from skxpresso.network.architecture import Architecture
    >>> from skxpresso.network._fitted_xpresso import FittedNetwork
    >>> from skxpresso.network._keras.xpresso import build_xpresso
    >>> weights = build_xpresso(10_500, 8, seed=0).get_weights()
    >>> FittedNetwork(Architecture(), 10_500, 8, weights).keras_model.count_params()
    112485
    """

    settings: Architecture
    promoter_length: int
    n_halflife: int
    weights: list[npt.NDArray[np.float32]]
    engine: str = "keras"
    precision: str = "float32"
    model: keras.Model | None = None

    def _build_as_trained(self) -> keras.Model:
        return self.build(engine=self.engine, precision=self.precision)

    def build(self, **options: Any) -> keras.Model:
        """Build a Keras model with these weights; `options` are those of `build_xpresso`."""
        settings = asdict(self.settings)
        model = build_xpresso(self.promoter_length, self.n_halflife, **settings, seed=0, **options)
        model.set_weights(self.weights)
        return model

    def predict(self, genes: Genes, batch_size: int) -> npt.NDArray[np.float32]:
        """Predict one number for each row, in the units that the network was trained in.

        `batch_size` is how many rows Keras takes at a time; "fused" needs no telling.
        """
        if self.engine == "keras":
            return super().predict(genes, batch_size)
        return predict_network(self._plain(), genes.codes, genes.halflife)

    def _plain(self) -> Network:
        pairs = list(zip(self.weights[::2], self.weights[1::2], strict=True))
        depth = len(self.settings.filters)
        rows = zip(
            pairs[:depth], self.settings.dilation_rates, self.settings.pool_sizes, strict=True
        )
        return Network(
            tuple(Convolution(*pair, dilation, pool) for pair, dilation, pool in rows),
            tuple(Dense(*pair) for pair in pairs[depth:]),
        )
