"""Find every estimator of the package by importing its modules."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from sklearn.base import BaseEstimator

import skxpresso

__all__ = ["all_estimators"]


def all_estimators() -> list[tuple[str, type[BaseEstimator]]]:
    """List the public estimators of the package, as `sklearn.utils.all_estimators` does.

    Every module without an underscore is imported, including those that need Keras.

    Returns
    -------
    estimators : list of (str, class)
        Name and class of each subclass of `sklearn.base.BaseEstimator` that a module or
        subpackage without an underscore defines or exports, and that has no abstract
        methods, sorted by name. Base classes in files with an underscore are not included.

    Examples
    --------
    >>> from skxpresso._utils.discovery import all_estimators
    >>> dict(all_estimators())["HalfLifeTransformer"]
    <class 'skxpresso.halflife.HalfLifeTransformer'>
    """
    return sorted({value.__name__: value for value in _estimators()}.items())


def _public_modules() -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(skxpresso.__path__, "skxpresso."):
        if "._" not in module.name:
            yield importlib.import_module(module.name)


def _estimators() -> Iterator[type[BaseEstimator]]:
    for module in _public_modules():
        for value in _classes_of(module):
            is_public = not value.__name__.startswith("_")
            if is_public and issubclass(value, BaseEstimator) and not inspect.isabstract(value):
                yield value


def _classes_of(module: ModuleType) -> Iterator[type]:
    """Yield the classes that a module defines, and those that it lists in __all__."""
    listed = getattr(module, "__all__", ())
    for name in {*vars(module), *listed}:
        value = getattr(module, name)
        if inspect.isclass(value) and (name in listed or value.__module__ == module.__name__):
            yield value
