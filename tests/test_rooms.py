"""The rooms of paperlib: at most twelve, none imports a higher one, and the README's map names them all."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from paperlib.core.paths import ROOT

PACKAGE = ROOT / "paperlib"
# From the lowest; baselines and training stand side by side, and so do evaluation and teacher.
ORDER = (
    ("core",),
    ("data",),
    ("benchmark",),
    ("baselines",),
    ("training",),
    ("decoding",),
    ("evaluation", "teacher"),
    ("claims",),
    ("paper",),
    ("workflow",),
    ("cli",),
)
FLOOR = {room: floor for floor, rooms in enumerate(ORDER) for room in rooms}
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)
ALIKE = ("__init__.py", "__main__.py", "command.py")  # do the same thing wherever they lie


def rooms() -> set[str]:
    """Folders with code, and modules, on the first level of the package."""
    found = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in PACKAGE.rglob("*.py")}
    return found - {"__init__"}


def imported_rooms(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: a relative import"
            names = [f"{node.module}.{name}" for name in names]
        yield from (name.split(".")[1] for name in names if name.startswith("paperlib."))


def test_there_are_at_most_twelve_rooms_and_each_has_its_place() -> None:
    assert rooms() == set(FLOOR)
    assert len(FLOOR) <= 12


@pytest.mark.parametrize("room", sorted(rooms()))
def test_no_room_imports_a_higher_one_or_one_beside_it(room: str) -> None:
    modules = [PACKAGE / path for path in MODULES if path.parts[0] == room] or [PACKAGE / f"{room}.py"]
    higher = {
        f"{module.relative_to(ROOT)} imports {other}"
        for module in modules
        for other in imported_rooms(module)
        if other != room and FLOOR[other] >= FLOOR[room]
    }
    assert not higher


def test_no_two_modules_share_a_name() -> None:
    names = Counter(path.name for path in MODULES if path.name not in ALIKE)
    assert {name: n for name, n in names.items() if n > 1} == {}


def test_the_readme_maps_all_rooms_from_the_lowest() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = {room: re.search(rf"^\W*(?:paperlib/)?{room}(?:/|\.py)\W.*\w", text, re.M) for room in FLOOR}
    assert [room for room, line in lines.items() if not line] == []
    mapped = sorted(FLOOR, key=lambda room: line.start() if (line := lines[room]) else 0)
    assert [FLOOR[room] for room in mapped] == sorted(FLOOR.values())
