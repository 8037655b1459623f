"""The network that training starts from: a name, a file or a fitted estimator, as weights."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from skxpresso._utils.table import shorten
from skxpresso.network.architecture import Architecture
from skxpresso.network.fitted import FittedXpresso
from skxpresso.network.inputs import Inputs

__all__ = ["Start"]

#: Where estimators that hold another keep the fitted one.
_INSIDE = ("best_estimator_", "regressor_", "estimator")


@dataclass(frozen=True)
class Start:
    """A trained network, whose weights others start from.

    Parameters
    ----------
    network : FittedXpresso
        Layer settings and weights.
    halflife_names : tuple of str or None
        Names of its half-life features, where they are known.
    """

    network: FittedXpresso
    halflife_names: tuple[str, ...] | None = None

    @classmethod
    def read(cls, init: Any) -> Self:
        """Read `init`: what `load_pretrained` takes, or a fitted `XpressoRegressor`, bare or held.

        Raises
        ------
        OSError
            If a file cannot be read or downloaded.
        TypeError
            If the estimator holds no Xpresso network.
        ValueError
            If a file is damaged, or the estimator is not fitted.
        """
        if isinstance(init, (str, os.PathLike)):
            # The one call that goes up: a name is a file, and files are read upstairs. It leaves
            # by the front door, like that of a user, and only where a name was given
            from skxpresso import load_pretrained

            init = load_pretrained(init)
        regressor = _innermost(init)
        network = getattr(regressor, "_network", None)
        if network is None and hasattr(regressor, "freeze_convolutions"):
            raise ValueError(f"init must be fitted, but {type(init).__name__} is not")
        if len(getattr(network, "members", [])) > 1:
            raise TypeError(
                "init must be one network, but it is an ensemble; give one of its estimators_"
            )
        if not isinstance(network, FittedXpresso):
            raise TypeError(
                "init must be the name or the file of a network, or a fitted estimator that ends "
                f"in an XpressoRegressor, got {shorten(init)}"
            )
        return cls(network, regressor._halflife_names)

    @property
    def settings(self) -> Architecture:
        """Layer settings."""
        settings: Architecture = self.network.settings
        return settings

    def weights_for(self, inputs: Inputs) -> list[npt.NDArray[np.float32]]:
        """Give the weights for a network that reads `inputs`.

        Half-life features that both have keep their weights. Others start with weights of
        zero: as long as nothing is learned of them, they change nothing.
        """
        width = self.network.promoter_length
        if inputs.promoter_length != width:
            raise ValueError(
                f"init was trained on promoters of {width} nt, but X has "
                f"{inputs.promoter_length} nt; cut the window that it reads (7,000 nt before and "
                "3,500 nt from the TSS for the published networks)"
            )
        weights = self.network.weights
        first_dense = 2 * len(self.settings.filters)
        kernel = weights[first_dense]
        n_sequence = len(kernel) - self.network.n_halflife
        halflife = np.zeros((inputs.n_halflife, kernel.shape[1]), kernel.dtype)
        for new, old in self._shared(inputs):
            halflife[new] = kernel[n_sequence + old]
        kernel = np.concatenate([kernel[:n_sequence], halflife])
        return [*weights[:first_dense], kernel, *weights[first_dense + 1 :]]

    def _shared(self, inputs: Inputs) -> list[tuple[int, int]]:
        """Pair the half-life features of `inputs` with our own: by name, or else by place."""
        old, new = self.halflife_names, inputs.halflife_names
        if old is None or new is None:
            same = self.network.n_halflife == inputs.n_halflife
            return [(i, i) for i in range(inputs.n_halflife)] if same else []
        return [(i, old.index(name)) for i, name in enumerate(new) if name in old]

    def settings_for(self, asked: Architecture, replace_head: bool) -> Architecture:
        """Give the layer settings of a network that starts here, with other dense layers if asked.

        Raises
        ------
        ValueError
            If layer settings were asked for that are neither defaults nor ours.
        """
        if not replace_head:
            self.check_layers(asked)
            return self.settings
        head: dict[str, Any] = {
            "dense_units": asked.dense_units,
            "dropout_rates": asked.dropout_rates,
        }
        self.check_layers(replace(asked, **{name: vars(self.settings)[name] for name in head}))
        return replace(self.settings, **head)

    def check_layers(self, asked: Architecture) -> None:
        """Raise where layer settings were asked for that are neither defaults nor ours."""
        usual = vars(Architecture())
        differing = {
            name: value
            for name, value in vars(asked).items()
            if value not in (usual[name], vars(self.settings)[name])
        }
        if differing:
            listed = ", ".join(f"{name}={shorten(value)}" for name, value in differing.items())
            ours = ", ".join(f"{name}={shorten(vars(self.settings)[name])}" for name in differing)
            raise ValueError(
                f"{listed[:200]} differ from the layers of init, {ours[:200]}; layer settings "
                "come from init, leave them out"
            )


def _innermost(estimator: Any) -> Any:
    """Return what a search, a pipeline and the like hold, from the outside inwards."""
    for _ in range(10):
        if hasattr(estimator, "steps"):
            estimator = estimator.steps[-1][1]
            continue
        name = next((name for name in _INSIDE if hasattr(estimator, name)), None)
        if name is None:
            break
        estimator = getattr(estimator, name)
    return estimator
