"""Fitted models that may be ensembles of networks, through pipelines: whether, and of what."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["is_ensemble", "predict_members"]


def is_ensemble(model: Any) -> bool:
    """Tell whether a fitted model predicts with several networks.

    Parameters
    ----------
    model : estimator
        A fitted network regressor, or a pipeline that ends in one; anything else is no
        ensemble of networks.

    Returns
    -------
    bool
        Whether ``model.predict(X, return_std=True)`` gives mean and spread.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestRegressor
    >>> from skxpresso.network import is_ensemble
    >>> is_ensemble(RandomForestRegressor())
    False
    """
    while hasattr(model, "steps"):
        model = model.steps[-1][1]
    network = vars(model).get("_network") if hasattr(model, "__dict__") else None
    return len(getattr(network, "members", [])) > 1


def predict_members(model: Any, X: Any) -> npt.NDArray[np.float64]:
    """Predict with every network of a fitted model, through the steps of a pipeline.

    Parameters
    ----------
    model : estimator
        Fitted; a network regressor, a pipeline that ends in one, or any other regressor,
        which counts as a single network.
    X : array-like or DataFrame
        What it predicts from.

    Returns
    -------
    ndarray of shape (n_networks, n) or (n_networks, n, n_outputs), float64
        In the units of the y that was fitted.

    See Also
    --------
    XpressoRegressor.predict_members : The method behind it.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from skxpresso.network import predict_members
    >>> predict_members(Ridge(0).fit([[0.0], [1.0]], [0.0, 2.0]), [[3.0]]).round(6)
    array([[6.]])
    """
    while hasattr(model, "steps"):
        if len(model.steps) > 1:
            X = model[:-1].transform(X)
        model = model.steps[-1][1]
    if hasattr(model, "predict_members"):
        return model.predict_members(X)
    return np.asarray(model.predict(X), np.float64)[np.newaxis]
