"""A text in the making: pieces that are written one after another, and the spans of the leaves among them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from paperlib.benchmark.fields import ITEM, Field, Path
from paperlib.benchmark.standard.habits import Habits, Shown
from paperlib.data.examples import Span, pointer


@dataclass(frozen=True)
class Cell:
    """A leaf as it is shown."""

    pointer: str
    shown: Shown

    def __len__(self) -> int:
        return len(self.shown.before) + len(self.shown.text) + len(self.shown.after)


Piece = str | Cell
Line = Sequence[Piece]


@dataclass
class Page:
    """What is written, and where the leaves stand in it."""

    parts: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    length: int = 0

    def write(self, *pieces: Piece) -> None:
        for piece in pieces:
            if isinstance(piece, str):
                self.parts.append(piece)
                self.length += len(piece)
            else:
                shown = piece.shown
                start = self.length + len(shown.before)
                end = start + len(shown.text)
                self.parts += (shown.before, shown.text, shown.after)
                self.length = end + len(shown.after)
                self.spans.append(Span(piece.pointer, start, end, shown.normalise))

    def line(self, *pieces: Piece) -> None:
        self.write(*pieces, "\n")

    @property
    def text(self) -> str:
        return "".join(self.parts).rstrip("\n")


@dataclass(frozen=True)
class Leaf:
    """A scalar of a record, or all of an array of scalars."""

    field: Field
    pointers: tuple[str, ...]
    values: tuple[Any, ...]

    def cells(self, habits: Habits, words: bool = False) -> list[Cell]:
        pairs = zip(self.pointers, self.values, strict=True)
        return [Cell(where, habits.show(value, self.field, words)) for where, value in pairs]

    def listed(self, habits: Habits, words: bool = False) -> Line:
        """``a, b and c`` in running text, ``a, b, c`` elsewhere."""
        return joined(self.cells(habits, words), " and " if habits.spoken else ", ")


def joined(cells: Iterable[Cell], last: str = ", ") -> Line:
    line: list[Piece] = []
    for place, cell in enumerate(cells := list(cells)):
        line += [cell] if not place else [last if place == len(cells) - 1 else ", ", cell]
    return line


@dataclass(frozen=True)
class Object:
    """One object that a text tells of, the root or an item of an array: its leaves by their path from it, those of
    nested objects among them, and the items of its arrays of objects by the arrays' scope."""

    scope: Path
    leaves: dict[str, Leaf]
    arrays: dict[Path, list["Object"]]


def as_object(record: dict[str, Any], fields: dict[Path, Field], scope: Path = (), where: str = "") -> Object:
    """A record, or an item of it, taken apart."""
    found = Object(scope, {}, {})
    _take(found, record, fields, scope, where)
    return found


def _take(found: Object, value: dict[str, Any], fields: dict[Path, Field], path: Path, where: str) -> None:
    for key, child in value.items():
        below, here = (*path, key), where + pointer(key)
        if isinstance(child, dict):
            _take(found, child, fields, below, here)
        elif below in fields:
            leaf = fields[below]
            many = isinstance(child, list)
            pointers = tuple(f"{here}/{place}" for place in range(len(child))) if many else (here,)
            found.leaves[leaf.within] = Leaf(leaf, pointers, tuple(child) if many else (child,))
        else:
            scope = (*below, ITEM)
            items = [as_object(item, fields, scope, f"{here}/{place}") for place, item in enumerate(child)]
            found.arrays[scope] = items
