"""The plan of the package, made from the code: a picture of its rooms, a table of what they hold.

The site's build writes both into docs/generated/. To see the table: python docs/house.py
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "skxpresso"

WIDTH, HEIGHT, GAP = 760, 50, 8
COLOURS = ("#dfe7ec", "#cfe3ef", "#b9d9e9", "#a3cde1", "#8cc0d8", "#5d9ebd", "#2a6f97")


class Room(NamedTuple):
    """A folder of the package, or a file that stands beside them."""

    name: str
    about: str
    files: int
    lines: int
    longest: int  # lines of its longest file
    functions: int
    imports: tuple[str, ...]


def read_floors(project: Path = HERE.parent / "pyproject.toml") -> list[list[str]]:
    """Read the floors from the contract that import-linter checks, from the ground up."""
    contracts = tomllib.loads(project.read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(each["layers"] for each in contracts["contracts"] if each["type"] == "layers")
    # "a | (b) : c" is one floor; | says that its rooms do not see each other, () that one may lack
    return [re.findall(r"\w+", layer) for layer in reversed(layers)]


def list_rooms(package: Path = PACKAGE) -> list[Room]:
    """List the rooms, by name, with what is in them; `__init__` of the package is none."""
    paths = [
        path
        for path in sorted(package.iterdir())
        if (path / "__init__.py").is_file() or (path.suffix == ".py" and path.stem != "__init__")
    ]
    names = {path.stem for path in paths}
    return [_measure(path, names - {path.stem}, package.name) for path in paths]


def _measure(path: Path, others: set[str], package: str) -> Room:
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    texts = [file.read_text(encoding="utf-8") for file in files]
    trees = [ast.parse(text) for text in texts]
    lengths = [len(text.splitlines()) for text in texts]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    first = trees[files.index(path / "__init__.py") if path.is_dir() else 0]
    used = {name for node in nodes for name in _rooms_of(node, package)}
    return Room(
        name=path.stem,
        about=(ast.get_docstring(first) or "").split("\n")[0].strip(),
        files=len(files),
        lines=sum(lengths),
        longest=max(lengths),
        functions=sum(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in nodes),
        imports=tuple(sorted(used & others)),
    )


def _rooms_of(node: ast.AST, package: str) -> Iterator[str]:
    """Give the rooms that an import names: `package.room...`, or `from package import room`."""
    if isinstance(node, ast.Import):
        dotted = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and not node.level:
        dotted = [f"{node.module}.{alias.name}" for alias in node.names]
    else:
        return
    parts = [name.split(".") for name in dotted]
    yield from (part[1] for part in parts if part[0] == package and len(part) > 1)


def make_table(rooms: list[Room], floors: list[list[str]]) -> str:
    """Write the rooms as a table in Markdown, top floor first, with a line for the sum."""
    order = {name: i for i, floor in enumerate(reversed(floors)) for name in floor}
    rows = [
        f"| `{room.name}` | {room.files} | {room.lines:,} | {room.longest} | {room.functions} "
        f"| {', '.join(f'`{name}`' for name in room.imports)} |"
        for room in sorted(rooms, key=lambda room: (order.get(room.name, -1), room.name))
    ]
    total = [
        sum(column)
        for column in zip(*[(r.files, r.lines, r.functions) for r in rooms], strict=True)
    ]
    return "\n".join(
        [
            "| room | files | lines | longest file | functions | imports from |",
            "|---|---:|---:|---:|---:|---|",
            *rows,
            f"| all | {total[0]} | {total[1]:,} | {max(r.longest for r in rooms)} | {total[2]} | |",
            "",
        ]
    )


def draw(rooms: list[Room], floors: list[list[str]]) -> str:
    """Draw the floors as SVG, cli under the roof; rooms that are not built yet are left out."""
    built = {room.name for room in rooms}
    boxes = []
    for level, floor in enumerate(floors):
        names = [name for name in floor if name in built]
        y = 70 + (len(floors) - 1 - level) * (HEIGHT + GAP)
        width = (WIDTH - GAP * (len(names) - 1)) / max(len(names), 1)
        colour = COLOURS[min(level, len(COLOURS) - 1)]
        ink = "#ffffff" if level >= len(floors) - 2 else "#10242f"
        for i, name in enumerate(names):
            x = 20 + i * (width + GAP)
            boxes.append(
                f'<rect x="{x:.0f}" y="{y}" width="{width:.0f}" height="{HEIGHT}" rx="5" '
                f'fill="{colour}"/>\n<text x="{x + width / 2:.0f}" y="{y + 31}" '
                f'fill="{ink}">{name}</text>'
            )
    bottom = 70 + len(floors) * (HEIGHT + GAP)
    roof = f'<path d="M 10 62 L {20 + WIDTH / 2:.0f} 12 L {WIDTH + 30} 62 Z" fill="#e07a1f"/>'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 40} {bottom + 34}" '
            f'width="{WIDTH + 40}" font-family="sans-serif" font-size="17" text-anchor="middle">',
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            roof,
            *boxes,
            f'<text x="{20 + WIDTH / 2:.0f}" y="{bottom + 18}" fill="#444444" font-size="14">'
            "imports point down</text>",
            "</svg>",
            "",
        ]
    )


def write_plan(folder: Path) -> None:
    """Write `rooms.md` and `house.svg`, where they changed, so that a second build is short."""
    rooms, floors = list_rooms(), read_floors()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {
        "rooms.md": make_table(rooms, floors),
        "house.svg": draw(rooms, floors),
    }.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    print(make_table(list_rooms(), read_floors()))
