"""What a fit leaves: forgotten before the next, and no longer used once its settings change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from skxpresso._utils.table import clip

__all__ = ["check_settings", "forget", "note_settings"]

_NOTED = "_fitted_with"


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
    for name in [*fitted, *also, _NOTED]:
        vars(estimator).pop(name, None)


def note_settings(estimator: Any, *names: str) -> None:
    """Keep the parameters with which an estimator was fitted, and which its results depend on."""
    vars(estimator)[_NOTED] = {name: repr(getattr(estimator, name)) for name in names}


def check_settings(estimator: Any) -> None:
    """Raise if a parameter was set after `fit`, which would change what the fit meant.

    Examples
    --------
    >>> from skxpresso import KmerCountEncoder
    >>> encoder = KmerCountEncoder(2).fit(["ACGT", "TTTT"])
    >>> encoder.set_params(reverse_complement=True).transform(["ACGT"])
    Traceback (most recent call last):
        ...
    ValueError: KmerCountEncoder was fitted with reverse_complement=False, and now has \
reverse_complement=True; fit it again
    """
    for name, fitted in vars(estimator).get(_NOTED, {}).items():
        now = repr(getattr(estimator, name))
        if now != fitted:
            raise ValueError(
                f"{type(estimator).__name__} was fitted with {name}={clip(fitted, 60)}, and now "
                f"has {name}={clip(now, 60)}; fit it again"
            )
