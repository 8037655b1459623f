"""Every example in a docstring runs and shows what it says."""

import doctest
import importlib
import pkgutil

import pytest

import skxpresso

MODULES = ["skxpresso"] + [
    module.name for module in pkgutil.walk_packages(skxpresso.__path__, "skxpresso.")
]


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    module = importlib.import_module(name)
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.testmod(module, optionflags=options).failed == 0


def test_public_objects_have_an_example():
    for name in skxpresso.__all__:
        value = getattr(skxpresso, name)
        if callable(value) and isinstance(value.__doc__, str) and name != "pearson_r2_scorer":
            assert ">>>" in value.__doc__, name
