"""What a text says, found by schema alone: every place that could be read as a value of a leaf."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from paperlib.benchmark.fields import Field, Kind
from paperlib.benchmark.standard import datetimes

_NUMBER = re.compile(
    rf"(?:(?<![\w/#])(?<!\d[.,:-])|(?<=[$€£]))(?<![.]\w){datetimes.NUMBER}(?!\d|/\d\d|[.,:]\d|-\d|[a-zA-Z]+\d)"
)
_WORD = re.compile(r"\b(?:" + "|".join(datetimes.WORDS) + r")\b")
_DAY = re.compile(rf"(?<!\w)(?:{datetimes.DAY})(?![\w])")
_MOMENT = re.compile(rf"(?<!\w)(?:{datetimes.MOMENT})(?!\w)")
_TRUTH = re.compile(r"(?<!\w)(?:yes|no|true|false|on|off)(?![\w'])")
_SOFT = str.maketrans("_-./[]", "      ")
_ZERO = re.compile("0(?:(?<=[a-z]0)|(?=[a-z]))")


class Mention(NamedTuple):
    """``text[start:end]`` could be read as a value."""

    start: int
    end: int


class Text:
    """A text and what is found in it, each kind looked for once and only when asked for."""

    def __init__(self, text: str):
        self.text = text

    @cached_property
    def soft(self) -> str:
        """In lower case, of the same length, marks inside names as spaces and an OCR's zeros as letters: for names."""
        return _ZERO.sub("o", self.lower.translate(_SOFT))

    @cached_property
    def lower(self) -> str:
        lower = self.text.lower()
        return lower if len(lower) == len(self.text) else self.text

    @cached_property
    def numbers(self) -> list[tuple[Decimal, Mention]]:
        found = [(Decimal(m[0].replace(",", "")), Mention(*m.span())) for m in _NUMBER.finditer(self.text)]
        words = [(Decimal(datetimes.read_integer(m[0])), Mention(*m.span())) for m in _WORD.finditer(self.lower)]
        return found + words

    @cached_property
    def days(self) -> list[tuple[str, Mention]]:
        return list(_read(_DAY, datetimes.read_day, self.text))

    @cached_property
    def moments(self) -> list[tuple[str, Mention]]:
        return list(_read(_MOMENT, datetimes.read_moment, self.text))

    @cached_property
    def truths(self) -> list[tuple[bool, Mention]]:
        read = datetimes.NORMALISERS["boolean"]
        return [(read(m[0]), Mention(*m.span())) for m in _TRUTH.finditer(self.lower)]

    def like(self, kind: Kind) -> list[int]:
        """Where something that could be a value of the kind begins: numbers, days and moments only."""
        if kind == "number":
            return [mention.start for _, mention in self.numbers]
        if kind in ("date", "date-time"):
            return [mention.start for _, mention in (*self.days, *self.moments)]
        return []

    def of(self, value: Any, field: Field) -> list[Mention]:
        """Every place that can be read as ``value`` of ``field``."""
        name = value if isinstance(value, str) else json.dumps(value)
        said = [m for phrase in field.phrases.get(name, ()) for m in self._all(phrase.lower(), self.lower)]
        found: list[Mention] = _READERS[field.kind](self, value)
        return said + found

    def _number(self, value: Any) -> list[Mention]:
        wanted = Decimal(str(value))
        return [mention for number, mention in self.numbers if number == wanted]

    def _date(self, value: str) -> list[Mention]:
        return [mention for day, mention in self.days if day == value]

    def _moment(self, value: str) -> list[Mention]:
        return [mention for moment, mention in self.moments if moment == value]

    def _boolean(self, value: bool) -> list[Mention]:
        return [mention for truth, mention in self.truths if truth is value]

    def _enum(self, value: str) -> list[Mention]:
        low = value.lower()
        words = low.replace("_", " ")
        return self._all(low, self.lower) + (self._all(words, self.lower) if words != low else [])

    def _text(self, value: str) -> list[Mention]:
        """Letter for letter, or run over lines."""
        if found := self._all(value, self.text):
            return found
        if " " not in value:
            return []
        pattern = r"\s*\n?\s*".join(re.escape(word) for word in value.split()).replace(r"\s*\n?\s*", r"\s+")
        return [Mention(*m.span()) for m in re.finditer(pattern, self.text)]

    @staticmethod
    def _all(value: str, text: str) -> list[Mention]:
        """Occurrences of a value that are no part of a longer word."""
        found, start = [], text.find(value)
        while start >= 0:
            end = start + len(value)
            inside = (value[:1].isalnum() and text[start - 1 : start].isalnum()) or (
                value[-1:].isalnum() and text[end : end + 1].isalnum()
            )
            if not inside:
                found.append(Mention(start, end))
            start = text.find(value, start + 1)
        return found


def _read(pattern: re.Pattern[str], reader: Any, text: str) -> Iterator[tuple[str, Mention]]:
    for match in pattern.finditer(text):
        try:
            yield reader(match[0]), Mention(*match.span())
        except (ValueError, KeyError, IndexError):
            continue


_READERS: dict[Kind, Any] = {
    "text": Text._text,
    "date": Text._date,
    "date-time": Text._moment,
    "number": Text._number,
    "enum": Text._enum,
    "boolean": Text._boolean,
}
