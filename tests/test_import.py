"""Imports: nothing heavy by surprise, and pointing down, never in a circle."""

import ast
import json
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import skxpresso

PACKAGE = Path(skxpresso.__file__).parent

#: Bottom to top: a module imports only what stands above it in this list.
LAYERS = (
    {"exceptions", "_published_split"},
    {"onehot"},
    {"_segments", "_table"},
    {"_sequences"},
    {"_promoters"},
    {"encoding", "halflife"},
    {"comparison"},
    {"_encoded", "model_selection"},
    {"composition", "kmers", "shuffling"},
    {"architecture"},
    {"network"},
    {"training"},
    {"_keras_regressor"},
    {"autoencoder", "lstm", "regressor"},
    {"pipeline"},
    {"_saved_state"},
    {"saving"},
    {"pretrained"},
    {"baselines"},
    {"standard_models"},
    {"evaluation"},
    {"demo", "scoring", "table_training"},
    {"cli"},
)
WITHOUT_KERAS = [
    "onehot",
    "metrics",
    "halflife",
    "encoding",
    "datasets",
    "architecture",
    "model_selection",
    "comparison",
    "kmers",
    "scoring",
    "composition",
    "shuffling",
    "zero_halflife",
    "_published_weights",
]
HEAVY = ["hyperopt", "jax", "keras", "matplotlib", "scikeras", "tensorflow", "torch"]

# Imports one after the other and tells which heavy modules are there after each.
PROBE = """
import importlib, json, sys
names, heavy = json.loads(sys.argv[1])
found = {}
for name in names:
    importlib.import_module(name)
    found[name] = [module for module in heavy if module in sys.modules]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def loaded():
    """Heavy modules loaded by a fresh interpreter, after each import."""
    names = ["skxpresso", *(f"skxpresso.{name}" for name in WITHOUT_KERAS)]
    command = [sys.executable, "-c", PROBE, json.dumps([names, HEAVY])]
    environment = {"PYTHONPATH": str(PACKAGE.parent), "PATH": ""}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # nothing is logged on import
    return json.loads(done.stdout)


def test_importing_the_package_loads_nothing_heavy(loaded):
    assert loaded["skxpresso"] == []


@pytest.mark.parametrize("name", WITHOUT_KERAS)
def test_light_modules_load_nothing_heavy(loaded, name):
    assert loaded[f"skxpresso.{name}"] == []


# what the sources say


def module_name(path):
    """Turn a path into the name of its module; datasets counts as one."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return "__init__" if parts == ("__init__",) else parts[0]


def imported_names(tree):
    """Every absolute dotted name that a source imports, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "skxpresso." * bool(node.level) + (node.module or "")
            yield from (f"{base.rstrip('.')}.{alias.name}" for alias in node.names)


@cache
def imports():
    """Module -> all dotted names that it imports."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        names = imported_names(ast.parse(path.read_text(encoding="utf-8")))
        found.setdefault(module_name(path), set()).update(names)
    return found


@cache
def graph():
    """Module -> the modules of the package that it imports."""
    homes = skxpresso._HOMES
    modules = imports().keys()
    edges = {}
    for module, names in imports().items():
        inner = {name.split(".")[1] for name in names if name.startswith("skxpresso.")}
        inner = {homes.get(name, name) for name in inner}  # from skxpresso import OneHotMatrix
        edges[module] = (inner & modules) - {module}
    return edges


def reachable(module):
    """All modules that `module` imports, at first or at second hand."""
    seen, todo = set(), [module]
    while todo:
        new = graph()[todo.pop()] - seen
        seen |= new
        todo += new
    return seen


def importers(package):
    return {
        module
        for module, names in imports().items()
        if any(name.split(".")[0] == package for name in names)
    }


def test_the_sources_are_read():
    assert "onehot" in graph()["encoding"]
    assert "exceptions" in reachable("pipeline")
    assert "encoding" in importers("numpy")


def test_imports_make_no_circle():
    order = list(TopologicalSorter(graph()).static_order())  # CycleError names the circle
    assert order.index("onehot") < order.index("encoding")


@pytest.mark.parametrize("level", range(len(LAYERS)), ids=lambda i: "/".join(sorted(LAYERS[i])))
def test_imports_point_down(level):
    same_or_above = set().union(*LAYERS[level:])
    for module in LAYERS[level] & graph().keys():
        assert not (reachable(module) - {module}) & same_or_above


def test_nobody_imports_the_command():
    assert [module for module in graph() if "cli" in graph()[module]] == []


def test_scikeras_enters_through_the_base_of_the_regressors_only():
    assert importers("scikeras") == {"_keras_regressor"}


def test_hyperopt_enters_through_search_and_spaces_only():
    search = {"search", "spaces"} | {name for name in graph() if name.startswith("_search")}
    assert importers("hyperopt") <= search
    # the private parts of the search belong to it alone
    inner = search - {"search", "spaces"}
    assert [name for name in graph().keys() - search if graph()[name] & inner] == []


@pytest.mark.parametrize("package", ["keras", "tensorflow", "scikeras"])
def test_search_reaches_no_keras(package):
    assert not (reachable("search") | {"search"}) & importers(package)


@pytest.mark.parametrize("name", WITHOUT_KERAS)
@pytest.mark.parametrize("package", ["keras", "tensorflow", "scikeras", "hyperopt"])
def test_light_modules_reach_no_module_that_imports_it(name, package):
    assert not (reachable(name) | {name}) & importers(package)


def test_network_uses_no_tensorflow():
    assert "network" not in importers("tensorflow")


# public names


@pytest.mark.parametrize("name", sorted(set(skxpresso.__all__) - {"__version__", "datasets"}))
def test_public_name_is_defined_where_it_is_said_to_be(name):
    source = (PACKAGE / f"{skxpresso._HOMES[name]}.py").read_text(encoding="utf-8")
    lists = [
        ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    assert name in lists[0]


def test_light_public_names_are_the_same_objects():
    from skxpresso.metrics import pearson_r2_score
    from skxpresso.sequence.encoder import OneHotPromoterEncoder

    assert skxpresso.OneHotPromoterEncoder is OneHotPromoterEncoder
    assert skxpresso.pearson_r2_score is pearson_r2_score
    assert skxpresso.datasets.make_promoters is sys.modules["skxpresso.datasets"].make_promoters


def test_dir_lists_the_public_names():
    assert set(skxpresso.__all__) <= set(dir(skxpresso))


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'skxpresso' has no attribute 'Xpresso'"):
        skxpresso.Xpresso  # noqa: B018


def test_type_checkers_see_every_public_name_in_its_home():
    tree = ast.parse(Path(skxpresso.__file__).read_text())
    seen = {
        alias.name: node.module.removeprefix("skxpresso.")
        for block in ast.walk(tree)
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == skxpresso._HOMES
    assert set(skxpresso.__all__) == {*seen, "__version__", "datasets"}
