"""Fitted LSTMs and autoencoders from plain weights, as files keep them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy.typing as npt

from skxpresso.network._base import PromoterRegressor
from skxpresso.network._fitted import FittedNetwork
from skxpresso.network._inputs import Inputs
from skxpresso.network._targets import Scale
from skxpresso.network.architecture import Architecture, LSTMArchitecture
from skxpresso.network.autoencoder import DenoisingAutoencoderRegressor
from skxpresso.network.lstm import LSTMRegressor
from skxpresso.sequence.encoder import OneHotPromoterEncoder

__all__ = ["SETTINGS", "restore_regressor", "settings_and_weights", "weight_shapes"]

#: The class of the layer settings, by the class of a regressor.
SETTINGS: dict[type, type[Architecture]] = {
    LSTMRegressor: LSTMArchitecture,
    DenoisingAutoencoderRegressor: Architecture,
}


def weight_shapes(
    kind: type, settings: Architecture, promoter_length: int, n_halflife: int
) -> dict[str, tuple[int, ...]]:
    """Name the weights of a network and give their shapes, in the order of Keras.

    Parameters
    ----------
    kind : type
        `LSTMRegressor` or `DenoisingAutoencoderRegressor`.
    settings : Architecture or LSTMArchitecture
        Layer settings.
    promoter_length, n_halflife : int
        Width of the window in nt, and number of half-life features; 0 for none.

    Returns
    -------
    dict of str to tuple of int

    Examples
    --------
    >>> from skxpresso.network import LSTMRegressor
    >>> from skxpresso.network.architecture import LSTMArchitecture
    >>> from skxpresso.network.restoring import weight_shapes
    >>> weight_shapes(LSTMRegressor, LSTMArchitecture(), 120, 0)["lstm1.forward.kernel"]
    (128, 128)
    """
    shapes = settings.weight_shapes(promoter_length, n_halflife)
    if kind is DenoisingAutoencoderRegressor:
        zscores = ("zscore.mean", "zscore.variance") if n_halflife else ()
        return dict.fromkeys(zscores, (n_halflife,)) | shapes
    if promoter_length == 0 or not isinstance(settings, LSTMArchitecture):
        return shapes
    shapes = {name: shape for name, shape in shapes.items() if name.startswith("conv")}
    width = settings.filters[-1] if settings.filters else 4
    directions = ("forward", "backward") if settings.bidirectional else ("forward",)
    for i, units in enumerate(settings.lstm_units, start=1):
        for direction in directions:
            name = f"lstm{i}.{direction}"
            shapes[f"{name}.kernel"] = (width, 4 * units)
            shapes[f"{name}.recurrent"] = (units, 4 * units)
            shapes[f"{name}.bias"] = (4 * units,)
        width = units * len(directions)
    head = Architecture((), (), (), (), settings.dense_units, settings.dropout_rates)
    return shapes | head.weight_shapes(0, width + n_halflife)


def settings_and_weights(
    regressor: PromoterRegressor,
) -> tuple[Any, dict[str, npt.NDArray[Any]]]:
    """Return the layer settings of a fitted regressor, and its weights by name.

    Raises
    ------
    TypeError
        If it holds several networks.
    """
    networks = getattr(regressor._network, "members", [regressor._network])
    if len(networks) > 1:
        raise TypeError(
            f"{len(networks)} networks of a {type(regressor).__name__} cannot be saved without "
            "pickle, only one"
        )
    (network,) = networks
    sizes = network.promoter_length, network.n_halflife
    names = weight_shapes(type(regressor), network.settings, *sizes)
    return network.settings, dict(zip(names, network.weights, strict=True))


def restore_regressor(
    regressor: Any,
    weights: Sequence[npt.NDArray[Any]],
    *,
    settings: Any,
    promoter_length: int,
    n_halflife: int,
    halflife_names: Sequence[str] | None,
    encoder: OneHotPromoterEncoder | None,
    y_mean: float,
    y_scale: float,
    **attributes: Any,
) -> None:
    """Make a regressor a fitted one; Keras is imported when it predicts.

    Parameters
    ----------
    regressor : LSTMRegressor or DenoisingAutoencoderRegressor
        Changed in place.
    weights : sequence of ndarray, float32
        In the order of `weight_shapes`.
    settings, promoter_length, n_halflife, halflife_names, encoder, y_mean, y_scale
        What the fit learned.
    **attributes : dict
        What else it left, such as `history_`.
    """
    names = None if halflife_names is None else tuple(halflife_names)
    builder = _BUILDERS[type(regressor)]
    network = FittedNetwork(settings, promoter_length, n_halflife, list(weights), builder)
    regressor._inputs = Inputs(promoter_length, n_halflife, names, encoder)
    regressor._scale = Scale(y_mean, y_scale)
    regressor.__dict__.update(attributes)
    regressor._network = network


def _build_lstm(*arguments: Any, **options: Any) -> Any:
    from skxpresso.network._keras.lstm import build_lstm

    return build_lstm(*arguments, **options)


def _build_autoencoder(*arguments: Any, **options: Any) -> Any:
    from skxpresso.network._keras.autoencoder import build_autoencoder_regressor

    return build_autoencoder_regressor(*arguments, **options)


_BUILDERS: dict[type, Callable[..., Any]] = {
    LSTMRegressor: _build_lstm,
    DenoisingAutoencoderRegressor: _build_autoencoder,
}
