"""A fitted pipeline taken apart: plain weights, the window, the scale of y.

The only place of the room that looks inside of a fitted regressor.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skxpresso._kernels.predict import Network
from skxpresso.network import XpressoRegressor, count_outputs
from skxpresso.network.engines import why_not_fused
from skxpresso.sequence.encoder import OneHotPromoterEncoder

__all__ = ["PlainModel", "plain_model", "window_of"]


@dataclass(frozen=True)
class PlainModel:
    """What predicts: the mean of networks, half-life features at their mean.

    Attributes
    ----------
    networks : tuple of Network
        Of the compiled kernels.
    mean, scale : float
        Of y: a prediction is ``mean + scale *`` what a network gives.
    upstream, downstream : int
        The window around the TSS, in nt.
    """

    networks: tuple[Network, ...]
    mean: float
    scale: float
    upstream: int
    downstream: int

    def to_units(self, raw: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Bring what a network gives to the units of y."""
        return raw.astype(np.float64) * self.scale + self.mean

    def digest(self) -> str:
        """Return the same text for the same numbers."""
        sums = hashlib.blake2b(digest_size=16)
        sums.update(repr((self.mean, self.scale, self.upstream, self.downstream)).encode())
        for network in self.networks:
            layers: list[Any] = [*network.convolutions, *network.dense]
            for layer in layers:
                sums.update(repr(layer[2:]).encode())
                for array in (layer.kernel, layer.bias):
                    sums.update(repr((array.shape, array.dtype)).encode())
                    sums.update(np.ascontiguousarray(array).tobytes())
        return sums.hexdigest()


def _steps(model: Any) -> list[Any]:
    if not isinstance(model, Pipeline):
        return [model]
    return [inner for _, step in model.steps for inner in _steps(step)]


def window_of(model: Any) -> tuple[int, int]:
    """Return the nt before and from the TSS that a fitted pipeline reads.

    Raises
    ------
    ValueError
        If it has no step that cuts a window.
    """
    if (n_outputs := count_outputs(model)) is not None:
        raise ValueError(
            f"model predicts a y of {n_outputs} column(s), but one number is asked for; "
            "skxpresso.network.single_output(model, output) gives a model of one"
        )
    for step in _steps(model):
        if isinstance(step, OneHotPromoterEncoder):
            check_is_fitted(step, "promoter_length_")
            return step.tss_, step.promoter_length_ - step.tss_
    raise ValueError(
        "model must be a fitted pipeline with a OneHotPromoterEncoder, which tells where in a "
        f"promoter the TSS is, got {type(model).__name__}"
    )


def plain_model(model: Any) -> PlainModel:
    """Take a fitted pipeline apart.

    Raises
    ------
    ValueError
        If it does not end in an XpressoRegressor whose layers the kernels compute.
    """
    upstream, downstream = window_of(model)
    regressor = _steps(model)[-1]
    if not isinstance(regressor, XpressoRegressor):
        raise ValueError(
            f"model must end in an XpressoRegressor, got {type(regressor).__name__}: only its "
            "layers can be shared between windows"
        )
    check_is_fitted(regressor, "y_scale_")
    fitted: Any = regressor._network
    obstacle = why_not_fused(fitted.settings, fitted.promoter_length)
    if obstacle:
        raise ValueError(f"model cannot be computed by the compiled kernels: {obstacle}")
    return PlainModel(
        tuple(member.plain() for member in fitted.members),
        float(regressor.y_mean_),
        float(regressor.y_scale_),
        upstream,
        downstream,
    )


def promoter_of(model: Any) -> tuple[str, int, int]:
    """Return the column of promoters that a fitted pipeline reads, and the nt around the TSS.

    The promoter is as long as those seen at fit; the window may be a part of it.
    """
    window_of(model)
    encoder = next(step for step in _steps(model) if isinstance(step, OneHotPromoterEncoder))
    tss = encoder.sequence_length_ // 2 if encoder.tss is None else encoder.tss
    return encoder.sequence_column, tss, encoder.sequence_length_ - tss


def columns_of(model: Any) -> list[str]:
    """Return the columns that a fitted pipeline was trained on; none for sequences alone."""
    return list(getattr(_steps(model)[0], "feature_names_in_", []))
