"""Fitted regressors from plain weights, as files keep them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from skxpresso.network.architecture import Architecture, LSTMArchitecture
from skxpresso.network.autoencoder import DenoisingAutoencoderRegressor
from skxpresso.network.fitted import FittedNetwork
from skxpresso.network.inputs import Inputs
from skxpresso.network.lstm import LSTMRegressor
from skxpresso.network.outputs import Outputs
from skxpresso.network.targets import Scale
from skxpresso.network.xpresso import XpressoRegressor
from skxpresso.sequence.encoder import OneHotPromoterEncoder

__all__ = ["SETTINGS", "restorer_of", "weight_shapes"]

#: The class of the layer settings, by the class of a regressor.
SETTINGS: dict[type, type[Architecture]] = {
    XpressoRegressor: Architecture,
    LSTMRegressor: LSTMArchitecture,
    DenoisingAutoencoderRegressor: Architecture,
}


def weight_shapes(
    kind: type,
    settings: Architecture,
    promoter_length: int,
    n_halflife: int,
    n_outputs: int = 1,
) -> dict[str, tuple[int, ...]]:
    """Name the weights of a network and give their shapes, in the order of Keras.

    Parameters
    ----------
    kind : type
        Of a regressor, one of `SETTINGS`.
    settings : Architecture or LSTMArchitecture
        Layer settings.
    promoter_length, n_halflife : int
        Width of the window in nt, and number of half-life features; 0 for none.
    n_outputs : int, default=1
        Numbers that are predicted for each gene.

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
    shapes = settings.weight_shapes(promoter_length, n_halflife, n_outputs)
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
    return shapes | head.weight_shapes(0, width + n_halflife, n_outputs)


def restorer_of(regressor: Any) -> Callable[..., Any]:
    """Return what makes a regressor a fitted one with one network.

    Parameters
    ----------
    regressor : XpressoRegressor, LSTMRegressor or DenoisingAutoencoderRegressor
        Changed in place.

    Returns
    -------
    callable
        Takes the weights in the order of `weight_shapes`, and by name what
        `XpressoRegressor._restore` takes. Keras is imported when the regressor predicts.
    """
    if isinstance(regressor, XpressoRegressor):
        return regressor._restore
    return functools.partial(_restore, regressor)


def _restore(
    regressor: Any,
    weights: Sequence[npt.NDArray[Any]],
    *,
    settings: Any,
    promoter_length: int,
    n_halflife: int,
    halflife_names: Sequence[str] | None,
    encoder: OneHotPromoterEncoder | None,
    y_mean: Any,
    y_scale: Any,
    output_names: Sequence[str] | None = None,
    **attributes: Any,
) -> None:
    names = None if halflife_names is None else tuple(halflife_names)
    regressor._inputs = Inputs(promoter_length, n_halflife, names, encoder)
    regressor._scale, regressor._outputs = Scale(y_mean, y_scale), Outputs()
    if isinstance(y_mean, list):  # a y of several columns
        regressor._scale = Scale(np.array(y_mean, np.float64), np.array(y_scale, np.float64))
        called = None if output_names is None else tuple(output_names)
        regressor._outputs = Outputs(len(y_mean), called)
    builder = _BUILDERS[type(regressor)]
    sizes = promoter_length, n_halflife
    network = FittedNetwork(settings, *sizes, list(weights), builder, attributes=attributes)
    regressor._join([network])


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
