"""Candidate spans: every place of a text that could be read as a value of a leaf, found by the schema alone."""

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
_WORD = re.compile(r"\b(?:" + "|".join(datetimes.NUMBER_WORDS) + r")\b")
_DATE = re.compile(rf"(?<!\w)(?:{datetimes.DATE})(?![\w])")
_DATETIME = re.compile(rf"(?<!\w)(?:{datetimes.DATETIME})(?!\w)")
_BOOLEAN = re.compile(r"(?<!\w)(?:yes|no|true|false|on|off)(?![\w'])")
_SOFT = str.maketrans("_-./[]", "      ")
_ZERO = re.compile("0(?:(?<=[a-z]0)|(?=[a-z]))")


class CandidateSpan(NamedTuple):
    """``text[start:end]`` could be read as a value."""

    start: int
    end: int


class CandidateSpans:
    """The candidate spans of one text; each kind of value is searched for once, when it is first asked for."""

    def __init__(self, text: str):
        self.text = text

    @cached_property
    def soft(self) -> str:
        """The text in lower case, with spaces for the punctuation inside names and an o for an OCR's zero: names are
        searched for in it. It has the length of the text."""
        return _ZERO.sub("o", self.lower.translate(_SOFT))

    @cached_property
    def lower(self) -> str:
        """The text in lower case, or as it is where that would change its length."""
        lower = self.text.lower()
        return lower if len(lower) == len(self.text) else self.text

    @cached_property
    def numbers(self) -> list[tuple[Decimal, CandidateSpan]]:
        """Every number in digits, then every number word."""
        found = [(Decimal(m[0].replace(",", "")), CandidateSpan(*m.span())) for m in _NUMBER.finditer(self.text)]
        words = [(Decimal(datetimes.read_integer(m[0])), CandidateSpan(*m.span())) for m in _WORD.finditer(self.lower)]
        return found + words

    @cached_property
    def dates(self) -> list[tuple[str, CandidateSpan]]:
        """Every date, as ISO 8601."""
        return list(_read(_DATE, datetimes.read_date, self.text))

    @cached_property
    def date_times(self) -> list[tuple[str, CandidateSpan]]:
        """Every date with a time of day, as ISO 8601."""
        return list(_read(_DATETIME, datetimes.read_datetime, self.text))

    @cached_property
    def booleans(self) -> list[tuple[bool, CandidateSpan]]:
        """Every yes, no, true, false, on and off."""
        read = datetimes.NORMALISERS["boolean"]
        return [(read(m[0]), CandidateSpan(*m.span())) for m in _BOOLEAN.finditer(self.lower)]

    def like(self, kind: Kind) -> list[int]:
        """Where any value of a kind begins; empty unless the kind is number, date or date-time."""
        if kind == "number":
            return [span.start for _, span in self.numbers]
        if kind in ("date", "date-time"):
            return [span.start for _, span in (*self.dates, *self.date_times)]
        return []

    def of(self, value: Any, field: Field) -> list[CandidateSpan]:
        """Every place that can be read as this value of ``field``: phrases for it first, then the value itself."""
        name = value if isinstance(value, str) else json.dumps(value)
        phrases = [span for phrase in field.phrases.get(name, ()) for span in self._all(phrase.lower(), self.lower)]
        found: list[CandidateSpan] = _FINDERS[field.kind](self, value)
        return phrases + found

    def _number(self, value: Any) -> list[CandidateSpan]:
        wanted = Decimal(str(value))
        return [span for number, span in self.numbers if number == wanted]

    def _date(self, value: str) -> list[CandidateSpan]:
        return [span for date, span in self.dates if date == value]

    def _datetime(self, value: str) -> list[CandidateSpan]:
        return [span for time, span in self.date_times if time == value]

    def _boolean(self, value: bool) -> list[CandidateSpan]:
        return [span for boolean, span in self.booleans if boolean is value]

    def _enum(self, value: str) -> list[CandidateSpan]:
        low = value.lower()
        words = low.replace("_", " ")
        return self._all(low, self.lower) + (self._all(words, self.lower) if words != low else [])

    def _text(self, value: str) -> list[CandidateSpan]:
        """Letter by letter, or else broken over lines."""
        if found := self._all(value, self.text):
            return found
        if " " not in value:
            return []
        pattern = r"\s+".join(map(re.escape, value.split()))
        return [CandidateSpan(*m.span()) for m in re.finditer(pattern, self.text)]

    @staticmethod
    def _all(value: str, text: str) -> list[CandidateSpan]:
        """Occurrences of a string that are not part of a longer word."""
        found, start = [], text.find(value)
        while start >= 0:
            end = start + len(value)
            left = value[:1].isalnum() and text[start - 1 : start].isalnum()
            right = value[-1:].isalnum() and text[end : end + 1].isalnum()
            if not left and not right:
                found.append(CandidateSpan(start, end))
            start = text.find(value, start + 1)
        return found


def _read(pattern: re.Pattern[str], reader: Any, text: str) -> Iterator[tuple[str, CandidateSpan]]:
    for match in pattern.finditer(text):
        try:
            yield reader(match[0]), CandidateSpan(*match.span())
        except (ValueError, KeyError, IndexError):
            continue


_FINDERS: dict[Kind, Any] = {
    "text": CandidateSpans._text,
    "date": CandidateSpans._date,
    "date-time": CandidateSpans._datetime,
    "number": CandidateSpans._number,
    "enum": CandidateSpans._enum,
    "boolean": CandidateSpans._boolean,
}
