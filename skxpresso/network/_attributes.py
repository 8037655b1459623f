"""What a fitted network regressor tells of itself; nothing of it is there before `fit`."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Self

from skxpresso._utils.fitted import forget
from skxpresso._utils.table import shorten
from skxpresso.network._pause import Pause
from skxpresso.network.fitted import FittedNetwork
from skxpresso.network.fitted_ensemble import FittedEnsemble
from skxpresso.network.inputs import Inputs
from skxpresso.network.outputs import Outputs
from skxpresso.network.targets import Scale
from skxpresso.sequence.encoder import OneHotPromoterEncoder

if TYPE_CHECKING:
    import keras

__all__ = ["FittedAttributes"]

# beside the attributes that end with an underscore
_FITTED = ("_inputs", "_network", "_outputs", "_pause", "_scale")


class FittedAttributes:
    """The fitted parts of a network regressor, and the attributes that are read from them."""

    _inputs: Inputs
    _network: FittedNetwork | FittedEnsemble
    _outputs: Outputs
    _pause: Pause | None
    _scale: Scale
    warm_start: bool | str
    n_init: int

    @property
    def model_(self) -> keras.Model:
        """The network, see Attributes."""
        return self._fitted("model_", "_network").keras_model

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose the container of predictions of several named outputs.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"} or None, default=None
            As in scikit-learn's transformers: "default" is an array; None changes nothing.

        Returns
        -------
        self
        """
        if transform not in (None, "default", "pandas", "polars"):
            raise ValueError(
                f"transform must be 'default', 'pandas' or 'polars', got {shorten(transform)}"
            )
        if transform is not None:
            self._sklearn_output_config = {"transform": transform}
        return self

    @property
    def estimators_(self) -> list[Self]:
        """A fitted regressor for each network."""
        members = self._fitted("estimators_", "_network").members
        return [self._as_single(member) for member in members]

    @property
    def promoter_length_(self) -> int:
        """Width of the window in nt."""
        return self._fitted("promoter_length_", "_inputs").promoter_length

    @property
    def n_halflife_(self) -> int:
        """Number of half-life features."""
        return self._fitted("n_halflife_", "_inputs").n_halflife

    @property
    def _halflife_names(self) -> tuple[str, ...] | None:
        return self._inputs.halflife_names

    @property
    def encoder_(self) -> OneHotPromoterEncoder:
        """What encodes sequences, where the regressor was fitted on sequences."""
        encoder = self._fitted("encoder_", "_inputs").encoder
        if encoder is None:
            raise AttributeError("encoder_ exists only after a fit on sequences")
        return encoder

    @property
    def output_names_(self) -> tuple[str, ...]:
        """Names of the outputs, where y had names."""
        names = self._fitted("output_names_", "_outputs").names
        if names is None:
            raise AttributeError("output_names_ exists only after a fit on a y with names")
        return names

    @property
    def y_mean_(self) -> Any:
        """Mean of y on the training rows, or 0."""
        return self._fitted("y_mean_", "_scale").mean

    @property
    def y_scale_(self) -> Any:
        """Standard deviation of y on the training rows, or 1."""
        return self._fitted("y_scale_", "_scale").std

    def _fitted(self, name: str, part: str) -> Any:
        if part not in vars(self):
            raise AttributeError(f"this {type(self).__name__} is not fitted and has no {name}")
        return vars(self)[part]

    def _as_single(self, network: FittedNetwork) -> Self:
        """Return a regressor that predicts with this network alone."""
        single = copy.copy(self)
        single.__dict__.update(network.attributes, n_estimators=1, n_jobs=None, _network=network)
        single._pause = None  # it was that of all
        return single

    def _as_output(self, output: int | str) -> Self:
        """Return a regressor that predicts one output alone, (n,)."""
        place = self._outputs.place(output)
        single = copy.copy(self)
        if self._outputs.n is not None:
            single._scale = Scale(float(self._scale.mean[place]), float(self._scale.std[place]))
            single._outputs = Outputs()
            single._join([member.with_output(place) for member in self._network.members])
        return single

    def _join(self, networks: list[FittedNetwork]) -> None:
        """Become a regressor that predicts with these networks."""
        network = networks[0] if len(networks) == 1 else FittedEnsemble(networks)
        self.__dict__.update(network.attributes)
        self._network = network

    def _as_member(self, number: int) -> Self:
        """Return what trains one network of an ensemble, and goes on from its weights if any."""
        members = self._network.members if self._is_fitted() else []
        single = self._as_single(members[number]) if number < len(members) else copy.copy(self)
        if pause := self._resumed():
            single._pause = pause.of_member(number, int(self.n_init))
        return single

    def _resumed(self) -> Pause | None:
        """Return the training that goes on exactly, if any."""
        return getattr(self, "_pause", None) if self.warm_start == "resume" else None

    def _is_fitted(self) -> bool:
        return "_network" in vars(self)  # set last, so that a fit that fails leaves none

    def __sklearn_is_fitted__(self) -> bool:
        return self._is_fitted()

    def _forget(self) -> None:
        forget(self, _FITTED)
