"""Builds a record from an outline: headings, item markers, and labels with values, in whatever indentation.

The lines say where in the schema's tree each label stands; :mod:`paperlib.baselines.field_matching` says which field it
means.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Literal

from paperlib.baselines.field_matching import Pair, assign_fields, holds_fields, properties, schema_leaves
from paperlib.baselines.value_formats import Node
from paperlib.data.scalars import name_key, name_words


@dataclass(frozen=True)
class Entry:
    """One line: the heading of an object or array, the marker of an item (its number as label), or label and value."""

    kind: Literal["heading", "item", "pair"]
    label: str
    value: str = ""
    indent: int = 0


@dataclass
class Part:
    """An object of the record, or with ``rows`` an array of objects, as far as it has been read."""

    node: Node
    pairs: list[Pair] = field(default_factory=list)
    parts: dict[str, "Part"] = field(default_factory=dict)
    rows: list["Part"] | None = None
    numbered: dict[int, "Part"] = field(default_factory=dict)
    indent: int | None = None  # of its first line

    def child(self, name: str) -> "Part":
        if name not in self.parts:
            node = properties(self.node)[name]
            array = not properties(node)
            self.parts[name] = Part(node["items"] if array else node, rows=[] if array else None)
        return self.parts[name]

    def row(self, number: int | None = None) -> "Part":
        """The item of an array that has this number, from wherever they count; a new one where there is none."""
        if number is not None and number in self.numbered:
            return self.numbered[number]
        row = Part(self.node)
        if number is not None:
            self.numbered[number] = row
        self.rows = [*(self.rows or []), row]
        return row

    def add(self, label: str, value: str) -> None:
        """A labelled value: of this object, or where its label begins with the names of objects in it, of theirs."""
        part, rest = self, name_words(label)
        while name_key("".join(rest)) not in part._names():
            step = part._step(rest)
            if step is None or step[1] >= len(rest):
                break
            names, used = step
            for name in names:
                part = part.child(name)
            rest = rest[used:]
            if part.rows is not None:
                part, rest = part.row(int(rest[0])), rest[1:]
        part.pairs.append(Pair(" ".join(rest), value))

    def _names(self) -> set[str]:
        return {name_key(leaf.path[-1]) for leaf in schema_leaves(self.node, deep=False)}

    def _step(self, label: Sequence[str]) -> tuple[tuple[str, ...], int] | None:
        """The object or array that the label begins with, the longest, and of how many words its name is; an array
        only where a number follows. The names of the objects that hold it may be left out."""
        found = []
        for path, array in holders(self.node):
            used = len(name_words(path[-1]))
            begins = name_key("".join(label[:used]))
            if array and len(label) > used + 1 and label[used].isdecimal():
                fit = begins in (name_key(path[-1]), name_key(path[-1]).removesuffix("s"))
            else:
                fit = not array and begins == name_key(path[-1])
            if fit:
                found.append((path, used))
        return max(found, key=lambda one: (one[1], -len(one[0])), default=None)

    def under(self, heading: str) -> "list[Part] | None":
        """The objects from here down to the one that ``heading`` names, by a path of names; None if none."""
        part, rest, found = self, name_words(heading), []
        while rest:
            holders = [name for name, child in properties(part.node).items() if holds_fields(child)]
            fit = (
                [n for n in holders if name_key("".join(rest[: len(name_words(n))])) == name_key(n)]
                if part.rows is None
                else []
            )
            if not fit:
                return self._deeper(heading)
            name = max(fit, key=len)
            part, rest = part.child(name), rest[len(name_words(name)) :]
            found.append(part)
        return found or None

    def _deeper(self, heading: str) -> "list[Part] | None":
        """An object or array that an object below holds, which has no heading of its own."""
        for name, child in properties(self.node).items():
            if properties(child) and self.rows is None and heading_in(child, heading):
                part = self.child(name)
                return [part, *(part.under(heading) or [])]
        return None

    def record(self) -> dict[str, Any]:
        found = assign_fields(self.pairs, self.node)
        for name, part in self.parts.items():
            value = part.record() if part.rows is None else [row.record() for row in part.rows]
            if value:
                found[name] = value
        return found


def holders(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Paths of the objects and arrays of objects below a node, down to arrays; and whether they are arrays."""
    for name, child in properties(node).items():
        if holds_fields(child):
            yield (*path, name), not properties(child)
            yield from holders(child, (*path, name))


def heading_in(node: Node, heading: str) -> bool:
    """Whether an object holds, at any depth, an object or array of that name."""
    for name, child in properties(node).items():
        if holds_fields(child):
            inner = child if properties(child) else child["items"]
            if name_key(name) == name_key(heading) or heading_in(inner, heading):
                return True
    return False


def parse_outline(entries: Sequence[Entry], schema: Node) -> dict[str, Any]:
    """The record that the lines of a text state, as far as ``schema`` describes it."""
    root = Part(schema)
    open_parts = [root]
    for place, entry in enumerate(entries):
        _close(open_parts, entry)
        if entry.kind == "pair":
            part = next(part for part in reversed(open_parts) if part.rows is None)
            part.add(entry.label, entry.value)
        elif entry.kind == "heading":
            _open_heading(open_parts, entry)
        else:
            _open_item(open_parts, entry, entries[place + 1 :])
        if open_parts[-1].indent is None and entry.kind == "pair":
            open_parts[-1].indent = entry.indent
    return root.record()


def _close(open_parts: list[Part], entry: Entry) -> None:
    """Ends what is indented further than the line."""
    while len(open_parts) > 1 and open_parts[-1].indent is not None and entry.indent < (open_parts[-1].indent or 0):
        open_parts.pop()


def _open_heading(open_parts: list[Part], entry: Entry) -> None:
    """Goes to the innermost open object that holds what the heading names; a heading that names nothing is passed."""
    for depth in range(len(open_parts), 0, -1):
        below = open_parts[depth - 1].under(entry.label) if open_parts[depth - 1].rows is None else None
        if below:
            open_parts[depth:] = below
            return


def _open_item(open_parts: list[Part], entry: Entry, rest: Sequence[Entry]) -> None:
    """Begins an item of that open array which the mark's indentation, its number and the labels after it suit best."""
    labels = [name_key(after.label) for after in takewhile(lambda after: after.kind == "pair", rest)]
    number = int(entry.label) if entry.label.isdigit() else None

    def suits(depth: int) -> tuple[bool, bool, int, int]:
        array = open_parts[depth]
        names = {name_key(leaf.path[-1]) for leaf in schema_leaves(array.node, deep=True)}
        at_place = array.indent is None or array.indent == entry.indent
        return at_place, number in (None, len(array.rows or []) + 1), sum(label in names for label in labels), depth

    arrays = [depth for depth, part in enumerate(open_parts) if part.rows is not None]
    if arrays:
        depth = max(arrays, key=suits)
        array = open_parts[depth]
        array.indent = entry.indent
        open_parts[depth + 1 :] = [array.row()]
