"""One output of a fitted model that predicts several, for what asks about a single number."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline

from skxpresso._utils.table import shorten

__all__ = ["count_outputs", "single_output"]


def count_outputs(model: Any) -> int | None:
    """Count the columns of y that a fitted network, bare or at the end of a pipeline, predicts.

    Parameters
    ----------
    model : estimator
        Fitted.

    Returns
    -------
    int or None
        None for a y of one dimension, and for what is no network regressor.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from skxpresso.network import count_outputs
    >>> count_outputs(Ridge().fit([[0], [1]], [0, 1])) is None
    True
    """
    while hasattr(model, "steps"):
        model = model.steps[-1][1]
    outputs = vars(model).get("_outputs") if hasattr(model, "__dict__") else None
    return getattr(outputs, "n", None)


def single_output(model: Any, output: int | str) -> Any:
    """Return a fitted model that predicts one of several outputs alone.

    Parameters
    ----------
    model : estimator
        A network regressor that was fitted on a y of several columns, or a pipeline that
        ends in one.
    output : int or str
        Number of the column, from 0, or its name.

    Returns
    -------
    estimator
        Of the same class, with the weights of that output; it predicts (n,). The
        transformers of a pipeline are shared, not copied.

    Raises
    ------
    TypeError
        If the model does not end in a network regressor.
    ValueError
        If there is no such output.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso import XpressoRegressor
    >>> from skxpresso.network import single_output
    >>> X = np.random.default_rng(0).normal(size=(40, 3))
    >>> model = XpressoRegressor(
    ...     filters=(), kernel_sizes=(), dilation_rates=(), pool_sizes=(),
    ...     epochs=1, patience=None, promoter_length=0, random_state=0,
    ... ).fit(X, X @ [[1, 2], [2, 1], [3, 3]])
    >>> model.predict(X).shape, single_output(model, 1).predict(X).shape
    ((40, 2), (40,))
    """
    if hasattr(model, "steps"):
        name, last = model.steps[-1]
        return Pipeline([*model.steps[:-1], (name, single_output(last, output))])
    if not hasattr(model, "_as_output"):
        raise TypeError(f"model must end in a network regressor, got {shorten(model)}")
    return model._as_output(output)
