"""Forget what a fit learned, before the next fit begins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["forget"]


def forget(estimator: Any, also: Iterable[str] = ()) -> None:
    """Delete the fitted attributes, so that a fit that fails leaves nothing half old, half new.

    Parameters
    ----------
    estimator : estimator
        Whose attributes that end with an underscore, and begin with none, are deleted.
    also : iterable of str
        Names of others.

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skxpresso._utils.fitted import forget
    >>> scaler = StandardScaler().fit([[1.0], [2.0]])
    >>> forget(scaler)
    >>> sorted(vars(scaler))
    ['copy', 'with_mean', 'with_std']
    """
    fitted = [name for name in vars(estimator) if name.endswith("_") and name[0] != "_"]
    for name in [*fitted, *also]:
        vars(estimator).pop(name, None)
