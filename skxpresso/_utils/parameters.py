"""Errors about parameters that stay short, however long the value is that came."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Self

from skxpresso._utils.table import clip

__all__ = ["ShortMessages"]


class ShortMessages:
    """A mixin before `BaseEstimator`, whose messages repeat any value and any name whole."""

    def _validate_params(self) -> None:
        with _clipped():
            super()._validate_params()  # type: ignore[misc]

    def set_params(self, **params: Any) -> Self:
        """Set the parameters of this estimator.

        Parameters
        ----------
        **params : dict
            Names and values; ``<step>__<parameter>`` reaches into a nested estimator.

        Returns
        -------
        self
        """
        with _clipped():
            return super().set_params(**params)  # type: ignore[misc]


@contextlib.contextmanager
def _clipped() -> Iterator[None]:
    try:
        yield
    except (TypeError, ValueError) as error:
        error.args = (clip(str(error)),)
        raise
