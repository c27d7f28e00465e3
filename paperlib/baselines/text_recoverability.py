"""The text-recoverability bound: the answer that the best possible model could give, as far as its text states it.

A leaf is recoverable if the text shows its value, after these normalisations and no others: case, white space,
Unicode compatibility forms, underscores and hyphens as spaces; numbers with thousands separators, decimal commas,
units, and percentages as fractions; Yes, True, On ... for booleans; ISO dates in the forms of DATES, with or without
the time. A number that the text does not show is recoverable too if one step of arithmetic gives it from numbers of
the same record that it does show. An empty object or array is recoverable if its own label heads a line with nothing
after it; as an item of an array it has no label, so it leaves no trace. A null needs none, nor does an answer that is
empty as a whole: nothing was given.

The bound is meant as an upper one. It over-counts: a value may stand in the text by chance or under another label,
one mention serves any number of leaves, a boolean needs only one such word anywhere, which leaves belong to which item
of an array is not asked, nor whether the text states more than the answer does. It under-counts where a text says in
words what the answer says in numbers ("twice"), abbreviates, or leaves a value to two steps of arithmetic or to common
knowledge; and it says nothing of answers that classify, whose labels need not stand in their texts.
"""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property, reduce
from operator import getitem
from typing import Any, Literal

from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.leaves import Path, json_pointer, leaves
from paperlib.data.scalars import NO, YES, name_key, numbers_in

Why = Literal["not in the text", "leaves no trace"]
DATES = ("%d %B %Y", "%B %d %Y", "%d %b %Y", "%b %d %Y", "%d %m %Y", "%m %d %Y", "%Y %m %d", "%d %m %y", "%m %d %y")
BARE_ITEMS = frozenset(("-", "*", "•", "{}", "[]", "- {}", "- []"))
LARGE = 1e12
LABEL = 80  # characters that a heading may have
ROUNDING = 0.005001  # half a cent, and the error of binary fractions


def recoverable_answer(example: Example) -> Any:
    """The answer without the leaves that the text does not state. Raises PaperlibError as below."""
    return _without(example.answer, set(unrecoverable_leaves(example)))


def unrecoverable_leaves(example: Example) -> dict[str, Why]:
    """The leaves of the answer that the text does not state, as JSON pointers, each with the reason.

    Raises PaperlibError naming an example that holds no answer.
    """
    if example.answer is None:
        raise PaperlibError(f"example {example.id!r} holds no answer, so nothing of it can be looked for in its text")
    text = IndexedText(example.text)
    headings: Counter[str] = Counter()
    lost: dict[str, Why] = {}
    for path, value in leaves(example.answer):
        if value == {} or value == []:
            label = name_key(path[-1]) if path and isinstance(path[-1], str) else ""
            headings[label] += 1  # every empty one needs a heading of its own
            if path and headings[label] > text.headings[label]:
                lost[json_pointer(*path)] = "leaves no trace"
        elif not text.shows(value) and not _derived(value, path, example.answer, text):
            lost[json_pointer(*path)] = "not in the text"
    return lost


def _without(value: Any, lost: set[str], path: Path = ()) -> Any:
    if isinstance(value, dict):
        kept = {key: (*path, key) for key in value if json_pointer(*path, key) not in lost}
        return {key: _without(value[key], lost, below) for key, below in kept.items()}
    if isinstance(value, list):
        places = [place for place in range(len(value)) if json_pointer(*path, place) not in lost]
        return [_without(value[place], lost, (*path, place)) for place in places]
    return None if json_pointer(*path) in lost else value


class IndexedText:
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
        found = Counter(name_key(line) for line in lines if len(line) <= LABEL and ":" not in line.rstrip(":* "))
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


def _derived(value: Any, path: Path, answer: Any, text: IndexedText) -> bool:
    """Whether a number is one step of arithmetic from others of the object it stands in."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not path or not isinstance(path[-1], str):
        return False
    beside = reduce(getitem, path[:-1], answer)
    others = {key: child for key, child in beside.items() if key != path[-1]}
    return _any_near(value, _results(others, text), ROUNDING)


def _any_near(value: int | float, numbers: Iterable[int | float], distance: float) -> bool:
    """Never for values of LARGE and more, whose binary fractions are too coarse."""
    return abs(value) < LARGE and any(abs(value - number) < distance for number in numbers if abs(number) < LARGE)


def _results(record: dict[str, Any], text: IndexedText) -> Iterator[float]:
    """Sums, differences, products and quotients of two numbers of ``record`` that the text shows; and of its lists the
    length, and the sum of one column or of the products of two."""
    for one, other in itertools.permutations(_numbers(record, text).values(), 2):
        yield from (one + other, one - other, one * other)
        if other:
            yield one / other
    for rows in record.values():
        if not isinstance(rows, list):
            continue
        yield len(rows)
        columns = [_numbers(row, text) for row in rows if isinstance(row, dict)]
        if columns and len(columns) == len(rows):
            names = sorted(set.intersection(*(set(column) for column in columns)))
            for name in names:
                yield sum(column[name] for column in columns)
            for one_name, other_name in itertools.combinations(names, 2):
                yield sum(column[one_name] * column[other_name] for column in columns)


def _numbers(record: dict[str, Any], text: IndexedText) -> dict[str, float]:
    return {
        key: value
        for key, value in record.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGE and text.shows(value)
    }
