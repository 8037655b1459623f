"""Parameters with two underscores in their names, which scikeras routes to Keras."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, Self

from sklearn.base import BaseEstimator

from skxpresso._utils.parameters import ShortMessages
from skxpresso._utils.table import shorten

__all__ = ["RoutedParameters"]

_PREFIXES = ("optimizer__", "compile__", "callbacks__")
_OWN = ("optimizer__learning_rate", "optimizer__momentum", "compile__optimizer")


class RoutedParameters(ShortMessages, BaseEstimator):
    """An estimator that takes routed parameters beside its own, and survives `clone` with them."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters, routed ones included.

        Parameters
        ----------
        deep : bool, default=True
            Has no effect: parameters of an estimator that is a parameter are not ours to set.

        Returns
        -------
        dict
        """
        return super().get_params(deep=False) | self._routed()

    def set_params(self, **params: Any) -> Self:
        """Set parameters, routed ones included.

        Parameters
        ----------
        **params : dict
            Names and values.

        Returns
        -------
        self
        """
        routed = {name: value for name, value in params.items() if "__" in name}
        self._check_routed_names(routed, ValueError)
        plain = {name: value for name, value in params.items() if name not in routed}
        super().set_params(**plain)
        self.__dict__.update(routed)
        return self

    def _routed(self, prefix: str = "") -> dict[str, Any]:
        """Return the routed parameters that begin with `prefix`, without it."""
        return {
            name.removeprefix(prefix): value
            for name, value in vars(self).items()
            if "__" in name and name.startswith(prefix)
        }

    @classmethod
    def _check_routed_names(cls, names: Iterable[str], error: type[Exception] = TypeError) -> None:
        """Raise for parameters that scikeras would take and nobody would read."""
        for name in names:
            if name not in _OWN and (name == "fit__shuffle" or name.startswith(_PREFIXES)):
                continue
            raise error(
                f"{cls.__name__} has no parameter {shorten(name)}{cls._hint(name)} Routed "
                "parameters are "
                "optimizer__<argument>, compile__<argument>, callbacks__<argument> and fit__shuffle"
            )

    @classmethod
    def _hint(cls, name: str) -> str:
        known = cls._get_param_names()
        rest = name.partition("__")[2]
        if rest in known:
            return f"; set {rest!r} itself."
        near = difflib.get_close_matches(name, known, n=1)
        return f"; did you mean {near[0]!r}?" if near else "."
