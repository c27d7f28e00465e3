"""The label ceiling: the share of a dataset's answers that their texts still tell, however good the reader.

A leaf is recoverable if the text shows its value, after these normalisations and no others: case, white space,
Unicode compatibility forms, underscores and hyphens as spaces; numbers with signs of thousands, decimal commas,
units, and percentages as fractions; Yes, True, On ... for booleans; ISO dates in the forms of DATES, with or without
the time. A number that the text does not show is recoverable too if one step of arithmetic gives it from numbers of
the same record that it does show. An empty object or array is recoverable if its own label heads a line with nothing
after it; as an item of an array it has no label, so it leaves no trace. A null needs none, nor does an answer that is
empty as a whole: nothing was given.

The share is meant as an upper bound. It over-counts: a value may stand in the text by chance or under another label,
one mention serves any number of leaves, a boolean needs only one such word anywhere, which leaves belong to which item
of an array is not asked, nor whether the text tells more than the answer does. It under-counts where a text says in
words what the answer says in numbers ("twice"), abbreviates, or leaves a value to two steps of arithmetic or to common
knowledge; and it says nothing of answers that classify, whose labels need not stand in their texts.
"""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example, pointer
from paperlib.data.scalars import NO, YES, numbers_in, squash

Why = Literal["not in the text", "leaves no trace"]
DATES = ("%d %B %Y", "%B %d %Y", "%d %b %Y", "%b %d %Y", "%d %m %Y", "%m %d %Y", "%Y %m %d", "%d %m %y", "%m %d %y")
BARE_ITEMS = frozenset(("-", "*", "•", "{}", "[]", "- {}", "- []"))
LARGE = 1e12
LABEL = 80  # characters that a heading may have
ROUNDING = 0.005001  # half a cent, and the error of binary fractions


@dataclass(frozen=True)
class Lost:
    """One leaf that the text does not tell."""

    pointer: str  # JSON pointer (RFC 6901) into the answer
    value: Any
    why: Why


@dataclass(frozen=True)
class Recovery:
    """What of one answer its text tells."""

    id: str
    schema_id: str
    tier: str | None
    n_leaves: int  # empty objects and arrays counted
    lost: tuple[Lost, ...]

    @property
    def recoverable(self) -> bool:
        return not self.lost


def ceiling(examples: Sequence[Example]) -> list[Recovery]:
    """One Recovery an example, in order. Raises PaperlibError naming examples that hold no answer."""
    if blind := [e.id for e in examples if e.answer is None]:
        raise PaperlibError(f"{len(blind)} examples hold no answer ({', '.join(blind[:5])}), so they have no ceiling")
    return [recovery(example) for example in examples]


def recovery(example: Example) -> Recovery:
    page = Page(example.text)
    leaves = list(_leaves(example.answer))
    headings: Counter[str] = Counter()
    lost: list[Lost] = []
    for leaf in leaves:
        if leaf.value == {} or leaf.value == []:
            label = squash(leaf.key)
            headings[label] += 1  # every empty one needs a heading of its own
            if leaf.pointer and headings[label] > page.headings[label]:
                lost.append(Lost(leaf.pointer, leaf.value, "leaves no trace"))
        elif not page.shows(leaf.value) and not _derived(leaf, page):
            lost.append(Lost(leaf.pointer, leaf.value, "not in the text"))
    return Recovery(example.id, example.schema_id, example.tier, len(leaves), tuple(lost))


def told(example: Example) -> Any:
    """The answer without the leaves that the text does not tell: the best that any reader of the text could give."""
    return _without(example.answer, {leaf.pointer for leaf in recovery(example).lost})


def _without(value: Any, lost: set[str], above: str = "") -> Any:
    if isinstance(value, dict):
        below = {key: above + pointer(key) for key in value}
        return {key: _without(value[key], lost, at) for key, at in below.items() if at not in lost}
    if isinstance(value, list):
        items = [(item, above + pointer(place)) for place, item in enumerate(value)]
        return [_without(item, lost, at) for item, at in items if at not in lost]
    return None if above in lost else value


class Page:
    """A text, prepared once for many look-ups."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def plain(self) -> str:
        return _plain(self.text)

    @cached_property
    def words(self) -> str:
        """The text as words only, in which dates are looked for whatever divides their parts."""
        return _words(self.text)

    @cached_property
    def numbers(self) -> set[int | float]:
        return numbers_in(self.text)

    @cached_property
    def headings(self) -> Counter[str]:
        """How often each squashed label heads a line with nothing after it; "" counts bare items of a list."""
        lines = [line.strip() for line in self.text.split("\n")]
        found = Counter(squash(line) for line in lines if len(line) <= LABEL and ":" not in line.rstrip(":* "))
        found[""] = sum(line in BARE_ITEMS for line in lines)
        return found

    def shows(self, value: Any) -> bool:
        """Whether the text shows a scalar."""
        if value is None:
            return True
        if isinstance(value, bool):
            return not (YES if value else NO).isdisjoint(self.words.split())
        if isinstance(value, int | float):
            return value in self.numbers or _any_near(value * 100, self._percentages, 1e-9)
        return self._holds(_plain(value), self.plain) or self._shows_date(value)

    @cached_property
    def _percentages(self) -> set[int | float]:
        parts = re.findall(r"[-−]?[0-9][0-9.,]*\s*(?:%|percent|per cent)", self.text)
        return {number for part in parts for number in numbers_in(part)}

    def _shows_date(self, value: str) -> bool:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return False
        forms = {re.sub(r"\b0(?=\d)", "", _words(moment.strftime(form))) for form in DATES}
        words = re.sub(r"\b0(?=\d)", "", self.words)
        if not any(self._holds(form, words) for form in forms):
            return False
        return len(value) <= len("2020-01-31") or self._shows_time(moment)

    def _shows_time(self, moment: datetime) -> bool:
        clocks = ("%H:%M:%S",) if moment.second else ("%H:%M", "%I:%M %p", "%I:%M%p")
        return any(_plain(moment.strftime(clock)).lstrip("0") in self.plain for clock in clocks)

    @staticmethod
    def _holds(part: str, whole: str) -> bool:
        """Whether ``part`` stands in ``whole`` and is not the inside of a longer word."""
        return bool(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", whole))


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[_\-‐‑–]", " ", text).split())


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", _plain(text)))


@dataclass(frozen=True)
class _Leaf:
    pointer: str
    key: str  # "" for an item of an array
    value: Any  # a scalar, or an empty object or array
    beside: Any  # the object or array it stands in


def _leaves(value: Any, above: str = "", key: str = "", beside: Any = None) -> Iterator[_Leaf]:
    if isinstance(value, dict) and value:
        for name, child in value.items():
            yield from _leaves(child, above + pointer(name), name, value)
    elif isinstance(value, list) and value:
        for place, child in enumerate(value):
            yield from _leaves(child, above + pointer(place), "", value)
    else:
        yield _Leaf(above, key, value, beside)


def _derived(leaf: _Leaf, page: Page) -> bool:
    """Whether a number is one step of arithmetic from others of the object it stands in."""
    value, beside = leaf.value, leaf.beside
    if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(beside, dict):
        return False
    others = {key: child for key, child in beside.items() if key != leaf.key}
    return _any_near(value, _results(others, page), ROUNDING)


def _any_near(value: int | float, numbers: Iterable[int | float], distance: float) -> bool:
    """Never for values of LARGE and more, whose binary fractions are too coarse."""
    return abs(value) < LARGE and any(abs(value - number) < distance for number in numbers if abs(number) < LARGE)


def _results(record: dict[str, Any], page: Page) -> Iterator[float]:
    """Sums, differences, products and quotients of two numbers of ``record`` that the text shows; and of its lists the
    length, and the sum of a column or of the products of two."""
    for one, other in itertools.permutations(_numbers(record, page).values(), 2):
        yield from (one + other, one - other, one * other)
        if other:
            yield one / other
    for rows in record.values():
        if not isinstance(rows, list):
            continue
        yield len(rows)
        columns = [_numbers(row, page) for row in rows if isinstance(row, dict)]
        if columns and len(columns) == len(rows):
            names = sorted(set.intersection(*(set(column) for column in columns)))
            for name in names:
                yield sum(column[name] for column in columns)
            for one_name, other_name in itertools.combinations(names, 2):
                yield sum(column[one_name] * column[other_name] for column in columns)


def _numbers(record: dict[str, Any], page: Page) -> dict[str, float]:
    return {
        key: value
        for key, value in record.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGE and page.shows(value)
    }
