"""The site: every public name and every room has its place, and the plan counts right."""

import importlib.util
import re
from itertools import pairwise
from pathlib import Path

import pytest

import skxpresso

ROOT = Path(__file__).parents[1]
PACKAGE = Path(skxpresso.__file__).parent
DOCS = ROOT / "docs"
API = (DOCS / "api.md").read_text(encoding="utf-8")
# names that others are made of, which have no page
UNLISTED = {
    *(
        "ACTIVATIONS",
        "FORMAT_VERSION",
        "OPTIMIZERS",
        "OWN_TYPES",
        "TRUSTED_TYPES",
        "datasets",
        "pearson_r2_scorer",
    )
}


@pytest.fixture(scope="module")
def house():
    spec = importlib.util.spec_from_file_location("house", DOCS / "house.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("stub", sorted(PACKAGE.rglob("__init__.pyi")), ids=lambda p: p.parent.name)
def test_every_public_name_is_on_the_api_page(stub):
    public = set(re.findall(r"^from .* import \w+ as (\w+)$", stub.read_text(), re.M))
    listed = set(re.findall(r"^   (\w+)$", API, re.M))
    assert public
    assert public - listed - UNLISTED == set()


def test_every_room_is_in_the_plan_and_on_a_floor(house):
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rooms = {room.name for room in house.list_rooms()}
    assert {"sequence", "network", "metrics", "_kernels"} <= rooms
    assert {room for room in rooms if f"\n`{room}`" not in page} == set()
    assert rooms - {room for floor in house.read_floors() for room in floor} == set()


def test_files_that_the_plan_names_are_there():
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:[\w.]+/)+[\w.]+\.pyi?)`", page)
    assert len(named) > 20
    roots = [ROOT, PACKAGE]
    assert [name for name in named if not any((root / name).is_file() for root in roots)] == []


def test_the_plan_counts(house, tmp_path):
    (tmp_path / "room").mkdir()
    (tmp_path / "__init__.py").write_text('"""A package."""\n')
    (tmp_path / "room/__init__.py").write_text('"""What it holds.\n\nMore."""\n')
    (tmp_path / "room/part.py").write_text(
        "import os\n\nfrom toy.hall import a\nfrom toy.room import b\n\n\n"
        "class A:\n    def f(self):\n        def g(): ...\n"
    )
    (tmp_path / "hall.py").write_text('"""A hall."""\n\n\ndef a(): ...\n')
    tree = tmp_path.rename(tmp_path.parent / "toy")
    hall, room = house.list_rooms(tree)
    assert room == ("room", "What it holds.", 2, 12, 9, 2, ("hall",))
    assert hall == ("hall", "A hall.", 1, 4, 4, 1, ())
    table = house.make_table([hall, room], [["hall"], ["room"]]).splitlines()
    assert table[2].startswith("| `room` | 2 | 12 | 9 | 2 | `hall` |")
    assert table[-1] == "| all | 3 | 16 | 9 | 3 | |"


def test_the_picture_leaves_out_what_is_not_built(house):
    rooms = [room for room in house.list_rooms() if room.name != "plots"]
    picture = house.draw(rooms, house.read_floors())
    assert ">sequence<" in picture
    assert ">plots<" not in picture


@pytest.mark.parametrize("page", [ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
def test_links_of_the_readme_lead_somewhere(page):
    links = re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_gallery_shows_at_least_eleven_pictures():
    examples = sorted((ROOT / "examples/gallery").glob("plot_*.py"))
    assert len(examples) >= 11
    for example in examples:
        assert "plt.subplots" in example.read_text(encoding="utf-8"), example.name


def test_tests_that_hold_promises_are_there():
    """Of `docs/reliability.md`: files, and functions, also those of the file named before."""
    tests = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    page = (DOCS / "reliability.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ") and "held by" not in line]
    assert len(rows) > 45
    for row in rows:
        *_, held, _ = row.split("|")
        named, files = re.findall(r"`([\w/.]*)(?:::(\w+))?`", held), []
        assert named, row
        for file, function in named:
            if file:
                files = [path for path in tests if path.as_posix().endswith(f"/{file}")]
            assert files, (row, file)
            assert not function or any(f"\ndef {function}(" in tests[path] for path in files), row


def test_tables_of_pages_end_in_an_empty_line():
    """What follows at once would become a row."""
    pages = [*ROOT.glob("*.md"), *DOCS.glob("*.md")]
    assert len(pages) > 20
    for page in pages:
        lines = page.read_text(encoding="utf-8").splitlines()
        for line, following in pairwise(lines):
            assert not line.startswith("|") or following.startswith("|") or not following, line
