"""Every example in a docstring runs and shows what it says; every public name has one."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import skxpresso

MODULES = ["skxpresso"] + [
    module.name for module in pkgutil.walk_packages(skxpresso.__path__, "skxpresso.")
]
#: Rooms and files with names of their own; the command has options, and jobs stand behind it.
ROOMS = ["skxpresso"] + [
    f"skxpresso.{module.name}"
    for module in pkgutil.iter_modules(skxpresso.__path__)
    if not module.name.startswith("_") and module.name not in {"cli", "jobs"}
]


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    module = importlib.import_module(name)
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.testmod(module, optionflags=options).failed == 0


@pytest.mark.parametrize("room", ROOMS)
def test_public_names_have_an_example(room):
    """Classes, functions and exceptions; data, such as a list of columns, has no docstring."""
    module = importlib.import_module(room)
    values = {name: getattr(module, name) for name in module.__all__}
    documented = {
        name: value.__doc__ or ""
        for name, value in values.items()
        if inspect.isclass(value) or inspect.isroutine(value)
    }
    assert documented
    assert [name for name, text in documented.items() if ">>>" not in text] == []
