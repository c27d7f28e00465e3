"""Grounding: whether an answer follows from its text, decided from text and schema alone, whoever wrote the text.

Every leaf needs a span of its own in the text that can be read as its value, with a name of the field beside it, and
the items of an array stand in their order. Where the same name occurs again beside something that is not a leaf, the
text is ambiguous. So a changed value, two exchanged values, and a second value under an equal name are all faults.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from paperlib.benchmark.fields import ITEM, Field, Path, fields_of
from paperlib.benchmark.standard.candidate_spans import CandidateSpan, CandidateSpans
from paperlib.benchmark.standard.text_segments import TextSegments
from paperlib.data.examples import Example
from paperlib.data.leaves import json_pointer
from paperlib.data.schemas import Schema

_LABEL = re.compile(r"[:=|;\t,][\"“']?$| -$|\b(?:is|are|was|says|reads):?(?: [\"“'])?$")
_FILLED = re.compile(r"(?:\.\.|  |\. \.)[ .]*$")
_LEADERS = re.compile(r"(?: (?:is|are|was|says|reads))?[\s.:=|;,\"“'-]*$")  # between a name and its value
_JOINT = re.compile(
    r"[\"”]?\.?(?:(?: ?[:=|;,\t]| - )[\s.]*[\"“']?|(?: (?:is|are|was|says|reads):?)(?: [\"“']?)"
    r"|[ .]*(?:\.\.|  |\. \.)[ .]*|\n)"
)
_SYMBOL = 4  # characters of a currency's symbol or code
_NEAR = 60  # characters searched for a name while spans are still being assigned


@dataclass
class Leaf:
    """A leaf of the answer, the spans at which it may stand, and the one that it is assigned."""

    pointer: str
    field: Field
    index: tuple[int, ...]  # of the items around it, outermost first, and its own in an array of scalars
    candidates: list[CandidateSpan]
    item: str  # pointer of the item of the innermost array of objects around it
    at: CandidateSpan | None = None


def faults(example: Example, schema: Schema) -> list[str]:
    """One sentence for each leaf of the answer that does not follow from the text, and for each table row that states
    none; no sentence where the answer is grounded."""
    return list(_Grounding(example.text, example.answer, schema).faults())


@cache
def _patterns(schema: Schema) -> dict[Path, tuple[Field, re.Pattern[str]]]:
    """The fields of a schema, each with a pattern of its names, to be searched for in `CandidateSpans.soft`."""
    found = {}
    for path, leaf in fields_of(schema).items():
        names = sorted({_soft(cue) for cue in leaf.cues} | {_soft(label.lower()) for label in leaf.labels}, key=len)
        choice = "|".join(re.escape(name).replace(r"\ ", " +") for name in reversed(names) if name)
        found[path] = leaf, re.compile(rf"(?<![a-z0-9])(?:{choice})s?(?![a-z0-9])")
    return found


def _soft(name: str) -> str:
    return re.sub(r"[_\-./\[\]]", " ", name).strip()


@dataclass
class _Grounding:
    """The check of one answer against one text."""

    raw: str
    answer: Any
    schema: Schema
    leaves: list[Leaf] = field(default_factory=list)

    def faults(self) -> Iterator[str]:
        self.spans = CandidateSpans(self.raw)
        self.fields = _patterns(self.schema)
        self.segments = TextSegments(self.raw)
        unknown = [*self._collect(self.answer, (), (), "", "")]
        if unknown:
            yield from unknown
            return
        self._assign()
        for leaf in self.leaves:
            if leaf.at is None:
                yield f"{leaf.pointer}: nothing in the text can be read as its value, or another leaf needs it"
        if all(leaf.at for leaf in self.leaves):
            self.taken = sorted((leaf.at.start, leaf.at.end) for leaf in self.leaves if leaf.at)
            self.starts = [start for start, _ in self.taken]
            yield from self._out_of_order()
            for leaf in self.leaves:
                yield from self._named(leaf)
            yield from (f"a table row states no leaf: {row}" for row in self.segments.rows_without(self.starts))

    # -- the leaves and where they may stand
    def _collect(self, value: Any, path: Path, index: tuple[int, ...], where: str, item: str) -> Iterator[str]:
        if isinstance(value, dict):
            for key, child in value.items():
                yield from self._collect(child, (*path, key), index, where + json_pointer(key), item)
        elif path in self.fields:
            leaf, _ = self.fields[path]
            if not leaf.many:
                self.leaves.append(Leaf(where, leaf, index, self.spans.of(value, leaf), item))
            for place, each in enumerate(value if leaf.many else ()):
                self.leaves.append(Leaf(f"{where}/{place}", leaf, (*index, place), self.spans.of(each, leaf), item))
        elif isinstance(value, list):
            for place, each in enumerate(value):
                here = f"{where}/{place}"
                yield from self._collect(each, (*path, ITEM), (*index, place), here, here)
        else:
            yield f"{where}: the schema has no such leaf"

    # -- a span for each
    def _assign(self) -> None:
        """Leaves with the fewest candidates come first; of several candidates each takes the best: near a name of the
        field, near the other leaves of its object, in the order of the items."""
        used = bytearray(len(self.raw))  # 1 where a leaf stands
        for leaf in sorted(self.leaves, key=_certainty):
            low, high = self._window(leaf) if leaf.index else (0, len(self.raw))
            near = [span for span in leaf.candidates if low <= span.start < high]
            free = [span for span in near if not any(used[span.start : span.end])]
            if free:
                leaf.at = free[0] if len(free) == 1 else min(free, key=lambda span: self._cost(leaf, span))
                used[leaf.at.start : leaf.at.end] = b"\1" * (leaf.at.end - leaf.at.start)

    def _window(self, leaf: Leaf) -> tuple[int, int]:
        """The range between the same field of the preceding items and that of the following ones."""
        low, high = 0, len(self.raw)
        for other in self.leaves:
            if other.at and other.field is leaf.field and other is not leaf:
                if other.index < leaf.index:
                    low = max(low, other.at.end)
                else:
                    high = min(high, other.at.start)
        return low, high

    def _cost(self, leaf: Leaf, span: CandidateSpan) -> tuple[int, int, int]:
        """How bad a candidate is: the smaller, the better."""
        beside = [o.at.start for o in self.leaves if o.at and o.item == leaf.item]
        distance = min((abs(start - span.start) for start in beside), default=0)
        return self._distance_of_name(leaf, span), distance, span.start

    def _distance_of_name(self, leaf: Leaf, span: CandidateSpan) -> int:
        """0 where a name of the field stands before the span, 1 where behind it or heading its column, else 2."""
        pattern = self.fields[leaf.field.path][1]
        begin, end = self.segments.sentence(span.start, span.end)
        if pattern.search(self.spans.soft, max(begin, span.start - _NEAR), span.start):
            return 0
        near = pattern.search(self.spans.soft, span.end, min(end, span.end + _NEAR // 2))
        return 1 if near or self._in_named_column(leaf, span) else 2

    def _in_named_column(self, leaf: Leaf, span: CandidateSpan) -> bool:
        """Whether a name of the field heads the table column of a span."""
        head = self.segments.head(span.start)
        return head is not None and bool(self.fields[leaf.field.path][1].search(self.spans.soft, *head))

    # -- what must hold of the assigned spans
    def _out_of_order(self) -> Iterator[str]:
        last: dict[Path, Leaf] = {}
        for leaf in self.leaves:
            before = last.get(leaf.field.path)
            if before and before.at and leaf.at and before.at.start > leaf.at.start and leaf.index:
                yield f"{leaf.pointer}: stands before {before.pointer} in the text"
            last[leaf.field.path] = leaf

    def _named(self, leaf: Leaf) -> Iterator[str]:
        """A name must stand beside the value, and nothing else beside that name."""
        assert leaf.at
        pattern = self.fields[leaf.field.path][1]
        begin, end = self.segments.sentence(leaf.at.start, leaf.at.end)
        place = bisect_left(self.starts, leaf.at.start)
        left = max(begin, self.taken[place - 1][1] if place else 0)
        right = min(end, self.taken[place + 1][0] if place + 1 < len(self.taken) else len(self.raw))
        before = list(pattern.finditer(self.spans.soft, left, leaf.at.start))
        if before:
            yield from self._again(leaf, self.raw[before[-1].start() : leaf.at.start])
        elif behind := pattern.search(self.spans.soft, leaf.at.end, right):
            yield from self._again_behind(leaf, self.raw[leaf.at.end : behind.end()])
        elif not (
            self._alone(leaf, begin, end)
            or self._above(leaf, begin)
            or self._in_named_column(leaf, leaf.at)
            or self._in_list(leaf, place)
        ):
            yield f"{leaf.pointer}: no name of the field stands beside its value"

    def _again(self, leaf: Leaf, name: str) -> Iterator[str]:
        """A fault where ``name``, the text from a name's first letter up to the value, stands elsewhere too: as a label
        beside anything, or in a sentence beside another possible value of the field."""
        bare = _LEADERS.sub("", name)
        label = _LABEL.search(name.rstrip(" .\n")) or _FILLED.search(name)
        for _, end in self._others(bare):
            joint = _JOINT.match(self.raw, end) if label else None
            if label and not joint:
                continue  # the words alone, not as a label
            end = joint.end() if joint else end + (self.raw[end : end + 1] == " ")
            if not self._taken(end) and (label or self._like(leaf, end)):
                yield f"{leaf.pointer}: {bare!r} also stands beside something else"
                return

    def _again_behind(self, leaf: Leaf, name: str) -> Iterator[str]:
        """A fault where ``name``, the text from the value's end to the end of a name, also stands behind another number
        or date."""
        ends = {end for _, end in self.taken}
        numbers = self.spans.like(leaf.field.kind)
        for start, _ in self._others(name):
            before = re.search(r"[^\s,.;:]+$", self.raw[max(0, start - _NEAR) : start])
            if before and start not in ends and start - len(before[0]) in numbers:
                yield f"{leaf.pointer}: {name.strip()!r} also stands behind something else"
                return

    def _others(self, name: str) -> Iterator[tuple[int, int]]:
        """All places of ``name`` in the text, except at the end of a longer word."""
        start = self.raw.find(name)
        while start >= 0:
            if not (name[0].isalnum() and self.raw[start - 1 : start].isalnum()):
                yield start, start + len(name)
            start = self.raw.find(name, start + 1)

    def _like(self, leaf: Leaf, place: int) -> bool:
        """Whether a possible value of the leaf's field begins at a place: a number, a date, a name, a code."""
        if leaf.field.kind in ("number", "date", "date-time"):
            return any(place <= other <= place + _SYMBOL for other in self.spans.like(leaf.field.kind))
        assert leaf.at
        value, other = self.raw[leaf.at.start : leaf.at.end], self.raw[place : place + leaf.at.end - leaf.at.start]
        shape = _shape(value.split()[0])
        return leaf.field.kind == "text" and shape != "aa" and shape == _shape((other.split() or [""])[0])

    def _taken(self, end: int) -> bool:
        """Whether a leaf begins at a place, or right behind a currency there."""
        place = bisect_left(self.starts, end)
        return place < len(self.starts) and self.starts[place] <= end + _SYMBOL

    def _alone(self, leaf: Leaf, begin: int, end: int) -> bool:
        """Whether a sentence that holds a name of the field has no other field's value of the same kind."""
        same_kind = (o for o in self.leaves if o.field.kind == leaf.field.kind and o.field is not leaf.field)
        if any(o.at and begin <= o.at.start < end for o in same_kind):
            return False
        return bool(self.fields[leaf.field.path][1].search(self.spans.soft, begin, end))

    def _in_list(self, leaf: Leaf, place: int) -> bool:
        """Whether a value of an array of scalars stands right behind another one of that array."""
        if not leaf.field.many or not place or not leaf.index[-1]:
            return False
        before = self.taken[place - 1]
        return any(
            o.field is leaf.field and o.at and (o.at.start, o.at.end) == before and o.index[:-1] == leaf.index[:-1]
            for o in self.leaves
        )

    def _above(self, leaf: Leaf, begin: int) -> bool:
        """Whether a value at the beginning of a line has a name on the line before, as the answer to a question has."""
        assert leaf.at
        start = self.raw.rfind("\n", 0, leaf.at.start) + 1
        if re.search(r"\w{4,} \w+ \w+", self.raw[start : leaf.at.start].split(":")[-1]):
            return False
        above = self.raw.rfind("\n", 0, max(start - 1, 0)) + 1
        return bool(self.fields[leaf.field.path][1].search(self.spans.soft, above, start))


def _certainty(leaf: Leaf) -> tuple[int, int]:
    """The order of assignment: the fewer candidates and the longer the value, the earlier."""
    first = leaf.candidates[0] if leaf.candidates else CandidateSpan(0, 0)
    return len(leaf.candidates), first.start - first.end


def _shape(word: str) -> str:
    """What a word looks like: ``TCK-19731`` -> ``AA-00``, ``Ana`` -> ``Aa``, ``a.b@example.com`` -> ``a@a``."""
    if "@" in word:
        return "a@a"
    kinds = "".join(
        "0" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else c for c in word.rstrip(".,;:")
    )
    return re.sub(r"(.)\1+", r"\1\1", kinds)
