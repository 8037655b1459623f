"""The rules of the house that import-linter cannot say; the others stand in pyproject.toml."""

import ast
from pathlib import Path

import grimp
import pytest

import skxpresso

PACKAGE = Path(skxpresso.__file__).parent
BASEMENT = {"_kernels", "_utils"}  # open to every room
#: Beside the rooms, `__init__.py` and its stub of public names included; py.typed is a marker.
BESIDE_THE_ROOMS = 8
LONGEST_FILE = 450  # lines


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("skxpresso", exclude_type_checking_imports=True, cache_dir=None)


def owner_of(module):
    """Return the room, or the folder in it, that a private file belongs to; None for others."""
    parts = module.split(".")
    if len(parts) < 3 or parts[1] in BASEMENT:
        return None
    private = next((i for i, part in enumerate(parts) if i > 1 and part.startswith("_")), None)
    return None if private is None else ".".join(parts[:private])


def test_private_files_are_known_as_such():
    assert owner_of("skxpresso.network._keras.xpresso") == "skxpresso.network"
    assert owner_of("skxpresso.search._space") == "skxpresso.search"
    assert owner_of("skxpresso.network.xpresso") is None
    assert owner_of("skxpresso._utils.files") is None


def test_nobody_imports_a_private_file_of_another_room(graph):
    assert graph.find_modules_directly_imported_by("skxpresso.search._search")
    strangers = [
        f"{module} -> {imported}"
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if (owner := owner_of(imported)) and not f"{module}.".startswith(f"{owner}.")
    ]
    assert strangers == []


def imports_from_the_front_door(path):
    tree = ast.parse(path.read_text("utf-8"))
    named = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module == "skxpresso"]
    return {alias.name for node in named for alias in node.names} - {"__version__", "jobs"}


def test_only_a_start_by_name_leaves_by_the_front_door():
    """The linter does not see through the lazy names of the package."""
    files = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")]
    users = {str(path): names for path in files if path.parts[0] != "cli"
             and (names := imports_from_the_front_door(PACKAGE / path))}  # fmt: skip
    assert users == {str(Path("network", "_start.py")): {"load_pretrained"}}


def test_few_files_lie_beside_the_rooms():
    files = [path.name for path in PACKAGE.iterdir() if path.suffix in (".py", ".pyi")]
    assert len(files) <= BESIDE_THE_ROOMS, files


def test_no_file_is_long():
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {str(path): n for path, n in lengths.items() if n > LONGEST_FILE} == {}
