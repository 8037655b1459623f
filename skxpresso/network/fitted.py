"""A trained network as plain weights: what an estimator keeps, pickles and predicts with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from skxpresso.network.architecture import Architecture
from skxpresso.network.genes import Genes

if TYPE_CHECKING:
    import keras

    from skxpresso._kernels.predict import Network

__all__ = ["FittedNetwork", "FittedXpresso"]


@dataclass
class FittedNetwork:
    """Weights of a network, and what builds it; its Keras model once somebody asks for it.

    Parameters
    ----------
    settings : Architecture
        Layer settings.
    promoter_length, n_halflife : int
        Width of the window in nt, and number of half-life features.
    weights : list of ndarray
        In the order of `keras.Model.get_weights`.
    builder : callable
        A function of a module, which pickles. It takes the two sizes and the settings by
        position and options by keyword, and gives a network.
    model : keras.Model, optional
        With these weights. It is left out of pickles.
    attributes : dict
        What the fit tells of this network: `history_`, `best_epoch_` and the like.
    """

    settings: Any
    promoter_length: int
    n_halflife: int
    weights: list[npt.NDArray[np.float32]]
    builder: Callable[..., keras.Model] | None = None
    model: keras.Model | None = None
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def n_outputs(self) -> int:
        """Number of outputs: of biases in the last layer."""
        return len(self.weights[-1])

    def with_output(self, output: int) -> Self:
        """Return the network of one output alone."""
        kernel, bias = self.weights[-2:]
        last = [kernel[:, output : output + 1], bias[output : output + 1]]
        return replace(self, weights=[*self.weights[:-2], *last], model=None)

    @property
    def members(self) -> list[FittedNetwork]:
        """Return this network alone; an ensemble has several."""
        return [self]

    def build(self, **options: Any) -> keras.Model:
        """Build a Keras model with these weights; `options` are those of the builder."""
        assert self.builder is not None
        sizes = self.promoter_length, self.n_halflife
        model = self.builder(*sizes, self.settings, n_outputs=self.n_outputs, **options)
        model.set_weights(self.weights)
        return model

    def _build_as_trained(self) -> keras.Model:
        return self.build()

    @property
    def keras_model(self) -> keras.Model:
        """The network on base codes, built when first asked for."""
        if self.model is None:
            from skxpresso.network._keras.backend import limit_tensorflow_threads
            from skxpresso.network._keras.forks import about_to_run

            about_to_run()
            limit_tensorflow_threads()
            self.model = self._build_as_trained()
        return self.model

    def predict(self, genes: Genes, batch_size: int, device: str) -> npt.NDArray[np.float32]:
        """Predict every row, (n,) or (n, n_outputs), in the units that the network was trained in.

        `batch_size` is how many rows Keras takes at a time, and `device` where it runs.
        """
        from skxpresso.network._keras.backend import running_on
        from skxpresso.network._keras.batches import predict_with_keras

        with running_on(device):
            raw = predict_with_keras(self.keras_model, genes, batch_size)
        return raw[:, 0] if raw.shape[1] == 1 else raw

    def predict_each(self, genes: Genes, batch_size: int, device: str) -> npt.NDArray[np.float32]:
        """Predict with every member, which is this network alone: (1, n)."""
        return self.predict_together(self.members, genes, batch_size, device)

    def predict_together(
        self, networks: Sequence[Any], genes: Genes, batch_size: int, device: str
    ) -> npt.NDArray[np.float32]:
        """Predict with several networks that have the settings of this one: (networks, n)."""
        return np.stack([network.predict(genes, batch_size, device) for network in networks])

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"model": None}


@dataclass
class FittedXpresso(FittedNetwork):
    """Weights of the Xpresso network, which predict without Keras where the kernels apply.

    Parameters
    ----------
    engine : {"keras", "fused"}, default="keras"
        What predicts; "fused" does so from the weights, without Keras.
    precision : str, default="float32"
        Of the layers, see `build_xpresso`.

    Examples
    --------
    >>> from skxpresso.network.architecture import Architecture
    >>> from skxpresso.network.fitted import FittedXpresso
    >>> from skxpresso import build_xpresso
    >>> weights = build_xpresso(10_500, 8, seed=0).get_weights()
    >>> FittedXpresso(Architecture(), 10_500, 8, weights).keras_model.count_params()
    112485
    """

    engine: str = "keras"
    precision: str = "float32"

    def _build_as_trained(self) -> keras.Model:
        return self.build(engine=self.engine, precision=self.precision)

    def build(self, **options: Any) -> keras.Model:
        """Build a Keras model with these weights; `options` are those of `build_xpresso`."""
        from skxpresso.network._keras.xpresso import build_xpresso

        options |= asdict(self.settings) | {"n_outputs": self.n_outputs}
        model = build_xpresso(self.promoter_length, self.n_halflife, seed=0, **options)
        model.set_weights(self.weights)
        return model

    def predict(self, genes: Genes, batch_size: int, device: str) -> npt.NDArray[np.float32]:
        """Predict every row, (n,) or (n, n_outputs), in the units of the training."""
        if self.engine == "keras":
            return super().predict(genes, batch_size, device)
        return self.predict_together([self], genes, batch_size, device)[0]

    def predict_together(
        self, networks: Sequence[FittedXpresso], genes: Genes, batch_size: int, device: str
    ) -> npt.NDArray[np.float32]:
        """Predict with several networks that have the settings of this one: (networks, n)."""
        if self.engine == "keras":
            return super().predict_together(networks, genes, batch_size, device)
        from skxpresso._kernels.predict import predict_networks  # numba takes half a second

        plain = [network.plain() for network in networks]
        several = genes.parts()
        parts = [predict_networks(plain, np.asarray(g.codes), g.halflife) for g in several]
        return np.concatenate(parts, axis=1)

    def plain(self) -> Network:
        """Give the layers as the kernels take them."""
        from skxpresso._kernels.predict import Convolution, Dense, Network

        settings: Architecture = self.settings
        pairs = list(zip(self.weights[::2], self.weights[1::2], strict=True))
        depth = len(settings.filters)
        rows = zip(pairs[:depth], settings.dilation_rates, settings.pool_sizes, strict=True)
        return Network(
            tuple(Convolution(*pair, dilation, pool) for pair, dilation, pool in rows),
            tuple(Dense(*pair) for pair in pairs[depth:]),
        )
