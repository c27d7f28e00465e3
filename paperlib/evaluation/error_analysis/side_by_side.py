"""An answer beside the expected JSON, line by line: every wrong leaf stands opposite its partner and says its kind.

Lines follow the expected value: an answer's keys come in its order and its items beside their partners, so what lacks
or is too much leaves the other side of the line empty. Both keep the meaning: of keys no order counts, and that of
items is told where it is wrong.
"""

import html
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice, zip_longest
from typing import Any, NamedTuple

from paperlib.data.leaves import MISSING, align, equal
from paperlib.evaluation.failures import Fault
from paperlib.evaluation.show import visible

MOST = 400  # characters shown of one value
LINES = 300  # lines shown of two values
SIGNS = {"omission": "−", "addition": "+"}  # in the margin; any other wrong leaf has "≠"
BRACKETS: dict[type, tuple[str, str]] = {dict: ("{", "}"), list: ("[", "]")}


class Line(NamedTuple):
    """One line of one side; the mark of a wrong leaf goes around ``value`` alone."""

    before: str
    value: str
    after: str

    def __str__(self) -> str:
        return f"{self.before}{self.value}{self.after}"


@dataclass(frozen=True)
class Row:
    """What stands side by side; None where a side has nothing. ``order`` says how an answer's array is out of order."""

    expected: Line | None
    answer: Line | None
    fault: Fault | None = None
    order: str = ""

    @property
    def sign(self) -> str:
        """What the margin shows: nothing where both sides agree."""
        if self.fault:
            return SIGNS.get(self.fault.kind, "≠")
        if self.order:
            return "≠"
        return "−" if self.answer is None else "+" if self.expected is None else " "


class Side(NamedTuple):
    """A value, MISSING where this side has none, and what stands before and after it."""

    value: Any
    before: str = ""
    after: str = ""


def rows(answer: Any, expected: Any, faults: Sequence[Fault]) -> Iterator[Row]:
    """The lines of both values; ``faults`` are those of :func:`paperlib.evaluation.failures.diagnose` for the same two."""
    return _rows(Side(expected), Side(answer), iter(faults), "")


def table_rows(found: Iterable[Row]) -> str:
    """Rows as those of an HTML table: the expected value on the left, the answer on the right."""
    shown, lines = iter(found), []
    for row in islice(shown, LINES):
        left = _html(row, row.expected, row.answer, "ins", "not expected")
        right = _html(row, row.answer, row.expected, "del", "missing")
        lines.append(f"<tr><td><pre>{left}</pre><td><pre>{right}</pre>")
    rest = _left_out(shown)
    return "\n".join([*lines, *([f"<tr><td colspan=2><pre>{rest}</pre>"] if rest else [])])


def unified(found: Iterable[Row]) -> str:
    """Rows as plain text below each other: ``-`` what was expected, ``+`` what came instead."""
    shown, lines = iter(found), []
    for row in islice(shown, LINES):
        if row.sign == " ":
            lines.append(f"  {row.expected}")
        else:
            lines += [f"{sign} {line}" for sign, line in (("-", row.expected), ("+", row.answer)) if line]
            lines[-1] += f"  ({row.order})" if row.order else ""
    return "\n".join([*lines, *filter(None, [_left_out(shown)])])


def cut(text: str, most: int = MOST, tail: int = 0) -> str:
    """The first ``most`` and the last ``tail`` characters, with the number of those left out between them."""
    if (rest := len(text) - most - tail) <= 0:
        return visible(text)
    return visible(f"{text[:most]}… ({rest:,} characters left out) {text[len(text) - tail :]}".rstrip(" "))


def as_text(value: Any, most: int = MOST, indent: int | None = None) -> str:
    """A value as JSON, cut."""
    return cut(json.dumps(value, ensure_ascii=False, indent=indent), most)


def _rows(left: Side, right: Side, faults: Iterator[Fault], indent: str) -> Iterator[Row]:
    """The recursion of :func:`paperlib.data.leaves.pair_leaves`, in its order, which is that of ``faults``."""
    kind = _container(left.value, right.value)
    if kind is None:
        fault = None if equal(right.value, left.value) else next(faults)
        both = zip_longest(_lines(left, indent), _lines(right, indent))
        yield from (Row(one, other, fault) for one, other in both)
        return
    pairs, order = _children(kind, left.value, right.value)
    opening, closing = BRACKETS[kind]
    yield Row(_bracket(left, left.before, opening), _bracket(right, right.before, opening), order=order)
    for one, other in _sides(pairs, indent + "  "):
        yield from _rows(one, other, faults, indent + "  ")
    yield Row(_bracket(left, indent, closing, left.after), _bracket(right, indent, closing, right.after))


def _container(one: Any, other: Any) -> type | None:
    """dict or list where both values are such, not both empty, or one is with items and the other is missing."""
    given = [value for value in (one, other) if value is not MISSING]
    for kind in BRACKETS:
        if any(given) and all(isinstance(value, kind) for value in given):
            return kind
    return None


def _children(kind: type, expected: Any, answer: Any) -> tuple[list[tuple[str, Any, Any]], str]:
    """Key, expected child and the answer's of two objects or arrays, and how the answer's are out of order."""
    ours, theirs = (kind() if value is MISSING else value for value in (answer, expected))
    if kind is dict:
        keys = [*theirs, *(key for key in ours if key not in theirs)]
        return [(f"{as_text(key)}: ", theirs.get(key, MISSING), ours.get(key, MISSING)) for key in keys], ""
    partner = {j: i for i, j in align(ours, theirs)[0]}
    pairs = [("", item, ours[partner[j]] if j in partner else MISSING) for j, item in enumerate(theirs)]
    surplus = sorted(set(range(len(ours))).difference(partner.values()))
    came = [partner[j] for j in sorted(partner)]
    order = "" if came == sorted(came) else cut(f"order: items {', '.join(str(i + 1) for i in came)}")
    return pairs + [("", MISSING, ours[i]) for i in surplus], order


def _sides(pairs: list[tuple[str, Any, Any]], indent: str) -> Iterator[tuple[Side, Side]]:
    """Children with their keys, and on either side a comma after each but the last."""
    last = [max((i for i, pair in enumerate(pairs) if pair[side] is not MISSING), default=-1) for side in (1, 2)]
    for i, (key, *values) in enumerate(pairs):
        one, other = (Side(v, indent + key, "" if i == end else ",") for v, end in zip(values, last, strict=True))
        yield one, other


def _bracket(side: Side, before: str, bracket: str, after: str = "") -> Line | None:
    return None if side.value is MISSING else Line(before + bracket, "", after)


def _lines(side: Side, indent: str) -> list[Line]:
    """The lines of a leaf, or of an object or array that stands against something else."""
    if side.value is MISSING:
        return []
    first, *rest = as_text(side.value, indent=2).split("\n")
    found = [Line(side.before, first, ""), *(Line(indent, line, "") for line in rest)]
    return [*found[:-1], found[-1]._replace(after=side.after)]


def _html(row: Row, line: Line | None, other: Line | None, tag: str, nothing: str) -> str:
    """One line of one side. The margin, the mark's underline and its title say without colour what is wrong."""
    margin = f"{row.sign} "
    if row.order and tag == "del":
        return f'{margin}{html.escape(str(line))} <del title="order">{html.escape(row.order)}</del>'
    if row.fault is None or (line is None and MISSING not in (row.fault.answer, row.fault.expected)):
        return margin + html.escape(str(line or ""))
    if line is None:
        return f'{margin}<{tag} title="{row.fault.kind}"><i>{nothing}</i></{tag}>'
    value = html.escape(line.value)
    if row.fault.kind == "altered" and other is not None:
        value = _differing(line.value, other.value)
    before, after = html.escape(line.before), html.escape(line.after)
    return f'{margin}{before}<{tag} title="{row.fault.kind}">{value}</{tag}>{after}'


def _differing(text: str, other: str) -> str:
    """A text as HTML, the characters that its altered copy lacks or has otherwise emphasised.

    Ratcliff & Metzener (1988), "Pattern matching: the gestalt approach", as in difflib.
    """
    steps = SequenceMatcher(None, text, other, autojunk=False).get_opcodes()
    pieces = [(step, html.escape(text[start:end])) for step, start, end, _, _ in steps if start < end]
    return "".join(piece if step == "equal" else f"<b>{piece}</b>" for step, piece in pieces)


def _left_out(rest: Iterator[Row]) -> str:
    n = sum(1 for _ in rest)
    return f"  … ({n:,} lines left out)" if n else ""
