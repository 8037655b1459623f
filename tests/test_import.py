"""Imports: quick, nothing heavy by surprise, and the names that the stubs promise.

Who may import whom is a contract in pyproject.toml, which `lint-imports` checks.
"""

import ast
import importlib
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import skxpresso

PACKAGE = Path(skxpresso.__file__).parent
HEAVY = ["hyperopt", "jax", "keras", "matplotlib", "scikeras", "tensorflow", "torch"]
#: What may load something heavy when it is imported: what fits networks, and the search.
MAY_BE_HEAVY = (
    "skxpresso.jobs._tuning_space",
    "skxpresso.jobs.tune",
    "skxpresso.network._keras",
    "skxpresso.network._scikeras",
    "skxpresso.search.",
)

# Imports one after the other; tells the first that brought something heavy, and the seconds.
PROBE = """
import importlib, json, sys, time
names, heavy = json.loads(sys.argv[1])
started, found = time.process_time(), {}
importlib.import_module("skxpresso")
seconds = time.process_time() - started
for name in names:
    importlib.import_module(name)
    found[name] = [module for module in heavy if module in sys.modules]
print(json.dumps([seconds, found]))
"""


def every_module():
    """Names of all modules, without importing one that is heavy."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__")


LIGHT = [name for name in every_module() if not name.startswith(MAY_BE_HEAVY)]


@pytest.fixture(scope="module")
def probed():
    """Seconds that the import took in a fresh interpreter, and heavy modules after each."""
    command = [sys.executable, "-c", PROBE, json.dumps([LIGHT, HEAVY])]
    environment = {"PYTHONPATH": str(PACKAGE.parent), "PATH": ""}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # nothing is logged on import
    return json.loads(done.stdout)


def test_importing_the_package_takes_a_moment(probed):
    assert probed[0] < 0.5  # seconds of computing; Keras alone takes several


@pytest.mark.parametrize("name", LIGHT)
def test_module_loads_nothing_heavy(probed, name):
    assert probed[1][name] == []


def test_the_modules_are_found():
    assert {"skxpresso", "skxpresso.halflife", "skxpresso.network.xpresso"} <= set(LIGHT)
    assert "skxpresso.search._search" not in LIGHT


# public names

ROOMS = ["skxpresso"] + [
    f"skxpresso.{module.name}"
    for module in pkgutil.iter_modules(skxpresso.__path__)
    if (PACKAGE / module.name / "__init__.pyi").exists()
]


def names_of_stub(room):
    """Return name -> home, as the stub of a room says; each is handed out under its own name."""
    path = PACKAGE.parent.joinpath(*room.split("."), "__init__.pyi")
    imports = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.ImportFrom)]
    assert all(node.level == 1 for node in imports)
    aliases = [(alias, node.module) for node in imports for alias in node.names]
    assert all(alias.asname == alias.name for alias, _ in aliases)
    return {alias.name: module for alias, module in aliases}


@pytest.mark.parametrize("room", ROOMS)
def test_names_are_those_of_the_stub(room):
    module, names = importlib.import_module(room), names_of_stub(room)
    assert names
    assert {*module.__all__} - {"__version__"} == names.keys()
    assert names.keys() <= set(dir(module))
    for name, home in names.items():
        assert getattr(module, name) is not None
        if home is not None:  # from . import datasets
            defined = importlib.import_module(f"{room}.{home}")
            assert name in defined.__all__
            assert getattr(module, name) is getattr(defined, name)


def test_rooms_are_found():
    assert {"skxpresso", "skxpresso.sequence", "skxpresso.datasets"} <= set(ROOMS)


def test_public_names_are_the_same_objects():
    from skxpresso.metrics import pearson_r2_score
    from skxpresso.sequence.encoder import OneHotPromoterEncoder

    assert skxpresso.OneHotPromoterEncoder is OneHotPromoterEncoder
    assert skxpresso.pearson_r2_score is pearson_r2_score
    assert skxpresso.datasets.make_promoters is sys.modules["skxpresso.datasets"].make_promoters


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="skxpresso.* attribute '?Xpresso"):
        skxpresso.Xpresso  # noqa: B018
