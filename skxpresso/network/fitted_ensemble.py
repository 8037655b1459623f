"""Several trained networks as one: what an ensemble keeps, pickles and predicts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from skxpresso.network.fitted import FittedNetwork
from skxpresso.network.genes import Genes

if TYPE_CHECKING:
    import keras

__all__ = ["FittedEnsemble"]


@dataclass
class FittedEnsemble:
    """Networks of one architecture, of which the mean is predicted.

    Parameters
    ----------
    members : list of FittedNetwork
        Two or more, all with the same settings and sizes.
    model : keras.Model, optional
        The mean of their Keras models. It is left out of pickles.
    """

    members: list[FittedNetwork]
    model: keras.Model | None = None

    @property
    def settings(self) -> Any:
        """Layer settings."""
        return self.members[0].settings

    @property
    def promoter_length(self) -> int:
        """Width of the window in nt."""
        return self.members[0].promoter_length

    @property
    def n_halflife(self) -> int:
        """Number of half-life features."""
        return self.members[0].n_halflife

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return self.members[0].n_outputs

    @property
    def engine(self) -> str:
        """What predicts, where there is a choice."""
        return self.members[0].engine  # type: ignore[attr-defined]

    @property
    def attributes(self) -> dict[str, Any]:
        """Those of the first network, with the sums of dead networks and units."""
        each = [member.attributes for member in self.members]
        sums = {name: sum(one[name] for one in each) for name in ("n_restarts_", "n_dead_units_")}
        return each[0] | sums

    @property
    def keras_model(self) -> keras.Model:
        """The networks on base codes and their mean, built when first asked for."""
        if self.model is None:
            self.model = _mean_of([member.keras_model for member in self.members])
        return self.model

    def build(self, **options: Any) -> keras.Model:
        """Build a Keras model of the mean; `options` are those of the networks' builder."""
        return _mean_of([member.build(**options) for member in self.members])

    def predict_each(self, genes: Genes, batch_size: int, device: str) -> npt.NDArray[np.float32]:
        """Predict with every network, in the units that they were trained in: (networks, n)."""
        return self.members[0].predict_together(self.members, genes, batch_size, device)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"model": None}


def _mean_of(models: list[keras.Model]) -> keras.Model:
    """Put an averaging layer on networks that read the same inputs."""
    import keras

    inputs = [
        keras.Input(each.shape[1:], dtype=each.dtype, name=each.name) for each in models[0].inputs
    ]
    # layers of one model need names of their own
    named = [
        keras.Model(model.inputs, model.outputs[0], name=f"network{i}")
        for i, model in enumerate(models, start=1)
    ]
    mean = keras.layers.Average(name="mean")([model(inputs) for model in named])
    return keras.Model(inputs, mean, name="ensemble")
