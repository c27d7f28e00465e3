"""Builds a text piece by piece, and records where each leaf of the answer stands in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from paperlib.benchmark.fields import ITEM, Field, Path
from paperlib.benchmark.standard.writing_style import Rendered, WritingStyle
from paperlib.data.examples import Span
from paperlib.data.leaves import json_pointer

Piece = str | Rendered
Line = Sequence[Piece]


@dataclass
class TextBuilder:
    """The pieces written so far, their length in characters, and the spans of the leaves among them."""

    parts: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    length: int = 0

    def write(self, *pieces: Piece) -> None:
        """Appends pieces one behind the other; a rendered leaf adds its span."""
        for piece in pieces:
            if isinstance(piece, str):
                self.parts.append(piece)
                self.length += len(piece)
            else:
                start = self.length + len(piece.before)
                end = start + len(piece.text)
                self.parts += (piece.before, piece.text, piece.after)
                self.length = end + len(piece.after)
                self.spans.append(Span(piece.pointer, start, end, piece.normalise))

    def line(self, *pieces: Piece) -> None:
        """Appends pieces and a line break."""
        self.write(*pieces, "\n")

    @property
    def text(self) -> str:
        """Everything written so far, without line breaks at its end."""
        return "".join(self.parts).rstrip("\n")


@dataclass(frozen=True)
class Leaf:
    """A scalar of a record, or all values of an array of scalars: their JSON pointers and the values themselves."""

    field: Field
    pointers: tuple[str, ...]
    values: tuple[Any, ...]

    def rendered(self, style: WritingStyle, number_words: bool = False) -> list[Rendered]:
        """Each value as the style writes it; with ``number_words`` a small number may be written as a word."""
        pairs = zip(self.pointers, self.values, strict=True)
        return [replace(style.render(value, self.field, number_words), pointer=where) for where, value in pairs]

    def listed(self, style: WritingStyle, number_words: bool = False) -> Line:
        """The values as one enumeration: ``a, b and c`` in prose, ``a, b, c`` elsewhere."""
        return joined(self.rendered(style, number_words), " and " if style.prose else ", ")


def joined(values: Iterable[Rendered], last: str = ", ") -> Line:
    """Values with commas between them, and ``last`` before the last one."""
    line: list[Piece] = []
    for place, value in enumerate(values := list(values)):
        line += [value] if not place else [last if place == len(values) - 1 else ", ", value]
    return line


@dataclass(frozen=True)
class Object:
    """An object of a record that a text describes: the root, or an item of an array of objects.

    ``leaves`` holds its leaves, those of nested objects among them, by their path from it; ``arrays`` the items of its
    arrays of objects, by the scope of the items (see `fields.Field.scope`).
    """

    scope: Path
    leaves: dict[str, Leaf]
    arrays: dict[Path, list["Object"]]


def as_object(record: dict[str, Any], fields: dict[Path, Field], scope: Path = (), where: str = "") -> Object:
    """Divides a record, or the item of it at the JSON pointer ``where``, into leaves and items."""
    found = Object(scope, {}, {})
    _collect(found, record, fields, scope, where)
    return found


def _collect(found: Object, value: dict[str, Any], fields: dict[Path, Field], path: Path, where: str) -> None:
    for key, child in value.items():
        below, here = (*path, key), where + json_pointer(key)
        if isinstance(child, dict):
            _collect(found, child, fields, below, here)
        elif below in fields:
            leaf = fields[below]
            many = isinstance(child, list)
            pointers = tuple(f"{here}/{place}" for place in range(len(child))) if many else (here,)
            found.leaves[leaf.within] = Leaf(leaf, pointers, tuple(child) if many else (child,))
        else:
            scope = (*below, ITEM)
            items = [as_object(item, fields, scope, f"{here}/{place}") for place, item in enumerate(child)]
            found.arrays[scope] = items
