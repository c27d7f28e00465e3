"""Texts longer than a model's context: overlapping windows, whose answers are merged by where they stand in the text.

Each window reads more than it answers for: its core, OVERLAP of its length on either side, so that no record is cut by
an edge, and the head of a table that began before. An item of an array is kept from the window in whose core it stands;
of a field that several windows fill, the most probable value is kept.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from statistics import median_low
from typing import Any

from paperlib.data.leaves import Path, json_among, json_pointer
from paperlib.data.schema_forms import Node, forms_at
from paperlib.decoding.extraction.evidence import Place
from paperlib.decoding.text_tables import table_head

OVERLAP = 0.15  # of a core's length, on either side
BREAKS = (r"\n\s*\n", r"\n", r"(?<=[.!?])\s+", r"\s+")  # where a core may end, the best first


@dataclass(frozen=True)
class Window:
    """The part ``text[start:end]`` of a text, its core ``text[begin:until]``, and the place of a table's head."""

    start: int
    end: int
    begin: int
    until: int
    head: Place | None = None

    def part(self, text: str) -> str:
        """What a model reads: the head, and the part."""
        return (text[slice(*self.head)] if self.head else "") + text[self.start : self.end]

    def place(self, inside: Place) -> Place:
        """A place in that as one in the whole text."""
        length = self.head[1] - self.head[0] if self.head else 0
        offset = self.start - length if inside[0] >= length or not self.head else self.head[0]
        return inside[0] + offset, inside[1] + offset


@dataclass(frozen=True)
class Leaf:
    """A leaf of an answer, its place in the whole text where that is known, and its probability under the model."""

    value: Any
    place: Place | None
    probability: float
    open_reading: str | None = None  # what the text says in its place, if that can mean something else as well
    presence: float = 1.0  # the probability of its first tokens: how sure the model was to fill the field


Annotated = dict[str, Any] | list[Any] | Leaf  # a JSON value with Leaf in place of its scalars


def windows(text: str, fits: Callable[[str], bool]) -> list[Window]:
    """Nearly as few windows as ``fits`` accepts, with cores of about equal length.

    Raises ValueError where parts of fewer than 50 characters would be needed.
    """
    n = 1
    while n < max(2, len(text) // 50):
        found = list(_windows(text, n))
        if all(fits(window.part(text)) for window in found):
            return found
        n += max(1, n // 4)
    raise ValueError("not even short parts of the text fit the model's context")


def halves(text: str, window: Window) -> list[Window]:
    """Two windows in place of one; the one itself where it is shorter than 200 characters."""
    length = (window.until - window.begin) // 2
    if length < 100:
        return [window]
    middle = _near_break(text, window.begin + length, length // 4)
    margin = round(OVERLAP * length)
    first, second = (_near_break(text, middle + side * margin, margin) for side in (1, -1))
    return [
        Window(window.start, first, window.begin, middle, window.head),
        Window(second, window.end, middle, window.until, table_head(text, second)),
    ]


def merge(answers: Sequence[tuple[Window, Annotated]]) -> Annotated:
    """One answer from those to the windows of a text, which come in order; at least one."""
    nodes = [node for _, node in answers]
    if objects := [(window, node) for window, node in answers if isinstance(node, dict)]:
        keys = dict.fromkeys(key for _, node in objects for key in node)
        return {key: merge([(window, node[key]) for window, node in objects if key in node]) for key in keys}
    if arrays := [(window, node) for window, node in answers if isinstance(node, list)]:
        return _merge_items(arrays)
    found = [node for node in nodes if isinstance(node, Leaf)]
    return max(found, key=lambda leaf: (leaf.value is not None, leaf.probability))


def unwrap(node: Annotated) -> tuple[Any, dict[str, Leaf]]:
    """The JSON value of an annotated answer, and its leaves by JSON pointer."""
    return _plain(node), {json_pointer(*path): leaf for path, leaf in annotated_leaves(node)}


def annotated_leaves(node: Annotated, path: Path = ()) -> Iterator[tuple[Path, Leaf]]:
    """The leaves of an annotated answer with their paths, in order."""
    if isinstance(node, Leaf):
        yield path, node
        return
    for key, child in node.items() if isinstance(node, dict) else enumerate(node):
        yield from annotated_leaves(child, (*path, key))


def at_path(node: Annotated, path: Path) -> Any:
    """What stands at ``path`` of an annotated answer."""
    return reduce(getitem, path, node)  # type: ignore[arg-type]


def with_change(node: Annotated, path: Path, change: Annotated | None) -> Annotated:
    """A copy of an annotated answer with ``change`` at ``path`` or, if that is None, without what stands there."""
    if not path:
        return node if change is None else change
    copy: Any = dict(node) if isinstance(node, dict) else list(node) if isinstance(node, list) else node
    if change is None and len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = with_change(copy[path[0]], path[1:], change)
    return copy  # type: ignore[no-any-return]


def without_repeats(node: Annotated, path: Path) -> Annotated:
    """A copy of an annotated answer whose array at ``path`` holds equal items once."""
    kept, seen = list[Annotated](), list[Any]()
    for item in at_path(node, path):
        if not json_among(plain := _plain(item), seen):
            seen.append(plain)
            kept.append(item)
    return with_change(node, path, kept)


def within_limits(node: Annotated, schema: Node, path: Path = ()) -> Annotated:
    """A merged answer whose arrays hold no more items than ``schema`` permits: of a tuple the first, else the most
    probable ones, in their order."""
    if isinstance(node, dict):
        return {key: within_limits(child, schema, (*path, key)) for key, child in node.items()}
    if not isinstance(node, list):
        return node
    forms = [form for form in forms_at(schema, path) if form.get("type", "array") == "array"]
    most = max((int(form.get("maxItems", _tuple_length(form) or len(node))) for form in forms), default=len(node))
    kept = list(range(len(node)))
    if most < len(node) and not all(map(_tuple_length, forms)):
        kept.sort(key=lambda number: -min((leaf.probability for _, leaf in annotated_leaves(node[number])), default=0))
    return [within_limits(node[number], schema, (*path, number)) for number in sorted(kept[:most])]


def _tuple_length(form: Node) -> int | None:
    """How many items a form names one by one where it permits no others."""
    return len(form["prefixItems"]) if form.get("items") is False and "prefixItems" in form else None


def _windows(text: str, n: int) -> Iterator[Window]:
    length = len(text) / n
    edges = [0, *(_near_break(text, round(length * i), round(length / 4)) for i in range(1, n)), len(text)]
    for begin, until in itertools.pairwise(edges):
        margin = round(OVERLAP * length)
        start = _near_break(text, begin - margin, margin) if begin else 0
        end = _near_break(text, until + margin, margin) if until < len(text) else until
        yield Window(start, end, begin, until, table_head(text, start))


def _near_break(text: str, at: int, reach: int) -> int:
    """The end of the best break within ``reach`` characters of ``at``, or ``at`` itself; inside the text."""
    at = min(max(at, 0), len(text))
    low = max(0, at - reach)
    for pattern in BREAKS:
        ends = [low + found.end() for found in re.finditer(pattern, text[low : at + reach])]
        if ends:
            return min(ends, key=lambda end: abs(end - at))
    return at


def _merge_items(arrays: Sequence[tuple[Window, list[Any]]]) -> list[Annotated]:
    """The items that stand in the core of their window, by the median of their leaves: one leaf may repeat what the
    text says elsewhere, or a table's head. Items without a place are kept once each."""
    kept, seen = list[Annotated](), list[Any]()
    for window, items in arrays:
        for item in items:
            places = [leaf.place[0] for _, leaf in annotated_leaves(item) if leaf.place]
            starts = [start for start in places if start >= window.start]
            if starts and window.begin <= median_low(starts) < window.until:
                kept.append(item)
            elif not places and not json_among(plain := _plain(item), seen):
                seen.append(plain)
                kept.append(item)
    return kept


def _plain(node: Annotated) -> Any:
    if isinstance(node, Leaf):
        return node.value
    if isinstance(node, dict):
        return {key: _plain(child) for key, child in node.items()}
    return [_plain(child) for child in node]
