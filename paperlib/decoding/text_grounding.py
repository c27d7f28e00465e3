"""What a text supports: the strings, numbers, dates and times that an answer about it may hold, as grammar terminals.

- A string is a part of the text, of whole words. Words end where letters meet digits (the ``mg`` of ``400mg``) and, in
  scripts that put no spaces between words, at every character. Line breaks may be written as spaces, and JSON escapes
  in the text (the body of a log line) as the characters that they stand for.
- A number is one that the text can mean (:mod:`paperlib.data.readings.numbers`), in the unit that the field's name
  asks for (:mod:`paperlib.data.readings.units`). Days and years of dates are integers, or numbers in a field called
  year, month or day, but no measurements or amounts. A discount has no minus, if it is not wanted. A field called hour
  or minute may hold that of a time: 20 of 8pm.
- A date or a time, in a field of that format, is one that the text can mean (:mod:`paperlib.data.readings.dates`).

All keywords of the schema hold as well: bounds, lengths, patterns, formats. The values of enums and booleans are
conclusions, not quotations, and are not checked here.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from paperlib.core.strict_json import is_encodable
from paperlib.data.readings.dates import DateOrder, DateReading, date_readings
from paperlib.data.readings.numbers import DecimalMark, NumberReading, number_readings
from paperlib.data.readings.units import CALENDAR, DEDUCTION, HOUR, MINUTE, NO_UNITS, unit_of_number
from paperlib.data.scalars import NO, NOTHING, YES, name_key
from paperlib.data.schema_forms import Node
from paperlib.data.validation import as_ecma, build_validator, matches
from paperlib.decoding.json_values import lengths, literals, number_literals, quoted, regex
from paperlib.decoding.text_tables import NO_VALUE, Row, table_rows
from paperlib.decoding.written_numbers import WrittenNumbers, written_numbers

MOMENTS = ("date", "time", "date-time")
# Scripts without spaces between words, or with endings that are written on to them: Thai, Lao, Tibetan, Myanmar, Khmer,
# Hangul, kana, Han.
UNSPACED = "\u0e00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u318f\u31f0-\u31ff\u3400-\u9fff\ua960-\ua97f"
UNSPACED += "\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
MARKS = (
    "".join(filter(lambda one: unicodedata.category(one)[0] == "M", map(chr, range(0x300, 0x20000)))) + "\u200c\u200d"
)
CHUNK = re.compile(  # marks (accents, vowel signs) belong to the letter before them
    rf"\\u[0-9a-f]{{4}}|\\.|[{UNSPACED}][{MARKS}]*|[^\W\d_{UNSPACED}](?:[^\W\d_{UNSPACED}]|[{MARKS}])*|\d+|.", re.DOTALL
)
# What an address may consist of, and what it does not go on beyond: found in one pass, each as long as it can be.
LETTER = rf"[^\W{UNSPACED}]"
URI = r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"`{}|\\^«»„“”‘’"
ADDRESSES = {
    "email": rf"(?<!{LETTER})(?<![.+%'-])(?:{LETTER}|[.+%'-])+@(?:\[[^\]\s]+\]|(?:{LETTER}|[.-])+)",
    "uri": rf"{URI}{UNSPACED}]+",
    "iri": rf"{URI}]+",
    "uuid": r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f])",
    "hostname": rf"(?:{LETTER}|[.-])+",
    "ipv4": r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?!\.?[0-9])",
    "ipv6": r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]+",
    "duration": r"(?<!\w)P[0-9A-Z.,]+(?!\w)",
}
TRIMMED_OFF = ".,;:!?)]'*_-"  # the end of a sentence, rather than of an address
ESCAPE = re.compile(r'(?:\\u[0-9a-fA-F]{4})+|\\["\\/bfnrt]')
TRIMMED = r"/\S(?s:.*\S)?/ & ~/\\[nrt](?s:.*)/"
ONE_LINE = r"~/(?s:.*)\\[nr](?s:.*)/"
YEAR_OR_MONTH = re.compile(r"[12][0-9]{3}|[^\W\d_]{3}")
LEAF_KEYWORDS = (  # of strings and numbers; others may refer to the rest of the schema, and are left to validation
    *("type", "enum", "const", "minLength", "maxLength", "pattern", "format"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
)
MAX_SPAN = 64  # chunks of a span, where spans are tried one by one
MAX_CHOICES = 50  # spans in one rule of the grammar; more are a terminal of their own
MAX_LITERALS = 500  # spans that are listed; more are described by a regular expression, where llguidance has it


@dataclass(frozen=True)
class Hints:
    """How texts write numbers and dates, where they do not show it themselves."""

    decimal_mark: DecimalMark | None = None
    date_order: DateOrder | None = None


NO_HINTS = Hints()


class Grounding:
    """The terminals for the values of one text; ``lines`` define those that have been asked for."""

    def __init__(self, text: str, hints: Hints = NO_HINTS):
        self.text, self.lines = text, list[str]()
        self._hints = hints
        self._terminals: dict[str, str] = {}

    def value(self, form: Node, unit: str | None = None) -> str | None:
        """A string or number that the text supports and the plain schema ``form`` permits, as the right-hand side of a
        rule; None where there is none. A number in a ``unit`` has no other unit in the text."""
        if form["type"] != "string":
            return self._number(form, unit)
        found = [part for part in (self._moment(form), self._quotation(form)) if part]
        return " | ".join(found) or None

    def table(self, items: Any, root: Node) -> list[Row] | None:
        """The rows of the text's table of objects of the schema ``items``, if it has one (:mod:`.text_tables`)."""
        return table_rows(self.text, items, root, self._cell)

    def _cell(self, start: int, end: int, forms: list[Node], unit: str | None) -> Any:
        """The value of text[start:end] that one of ``forms`` permits, the first that there is; else NO_VALUE."""
        null_first = sorted(forms, key=lambda form: form.get("type") != "null")
        return next((value for form in null_first for value in self._cell_values(start, end, form, unit)), NO_VALUE)

    def _cell_values(self, start: int, end: int, form: Node, unit: str | None) -> Iterator[Any]:
        said, kind = self.text[start:end], form.get("type")
        options: list[Any] = []
        if "enum" in form or "const" in form:
            known = [form["const"]] if "const" in form else form["enum"]
            options = [option for option in known if name_key(str(option)) == name_key(said)]
        elif kind in ("integer", "number"):
            alone = [replace(r, start=r.start + start, end=r.end + start) for r in self._numbers_of(said)]
            for numbers in (self._numbers, alone):  # in the text, a comma that divides cells may seem a decimal one
                known = [one for one in self._in_unit(numbers, unit) if one.whole or kind != "integer"]
                options = options or _whole(start, end, known, _json_number)
        elif form.get("format") in MOMENTS:
            options = _whole(start, end, self._moments, str)
        elif kind in ("string", None) and said:
            options = [said]
        elif kind == "boolean" and said.lower() in YES | NO:
            options = [said.lower() in YES]
        elif kind == "null" and said.lower() in NOTHING:
            options = [None]
        return filter(_permits(form), options)

    def _number(self, form: Node, unit: str | None) -> str | None:
        dated = form["type"] == "integer" or unit == CALENDAR
        found = self._numbers if dated else self._numbers_outside_dates
        values = {one.value for one in self._in_unit(found, unit) if one.whole or form["type"] != "integer"}
        values |= {-value for value in values if value < 0} if unit == DEDUCTION else self._parts_of_times(unit)
        permits = _permits(form)
        permitted = {value for value in values if permits(_json_number(value))}
        written = (_in_parts(how) for how, value in self.written.values.items() if value in permitted)
        numbers = number_literals(permitted, form["type"] == "integer")
        return " | ".join([numbers, *written]) if permitted else None

    def _parts_of_times(self, unit: str | None) -> set[Decimal]:
        """The hours or the minutes of the text's times, for a field called so."""
        part = {HOUR: slice(0, 2), MINUTE: slice(3, 5)}.get(unit or "")
        times = (one.value.rpartition("T")[2] for one in self._moments if one.kind != "date")
        return {Decimal(time[part]) for time in times} if part else set()

    def _numbers_of(self, text: str) -> list[NumberReading]:
        return number_readings(text, self._hints.decimal_mark)

    def _in_unit(self, numbers: list[NumberReading], unit: str | None) -> list[NumberReading]:
        """Those of the numbers that the text gives no other unit."""
        if unit in NO_UNITS:
            return numbers
        return [one for one in numbers if unit_of_number(self.text, one.start, one.end) in (unit, None)]

    def _moment(self, form: Node) -> str | None:
        """A date or time in ISO 8601, where the format asks for it or a pattern permits it."""
        kind = form.get("format")
        if kind not in MOMENTS and "pattern" not in form:
            return None
        values = dict.fromkeys(r.value for r in self._moments if r.kind == kind or kind not in MOMENTS)
        return literals(filter(_permits(form), values)) or None

    def _quotation(self, form: Node) -> str | None:
        """A part of the text that the string keywords of ``form`` permit."""
        if not self._forms or form.get("format") in MOMENTS or form.get("minLength", 0) > len(self.text):
            return None
        terminal = self._span
        kind = str(form.get("format", "")).removeprefix("idn-")
        if "pattern" in form or kind in ADDRESSES:
            spans, most = (self._addresses(kind), None) if kind in ADDRESSES else (self._spans(), MAX_LITERALS + 1)
            found = list(dict.fromkeys(islice(filter(_permits(form), spans), most)))
            if most is None or len(found) < most:
                return self._terminal(literals(found)) if len(found) > MAX_CHOICES else literals(found) or None
            if pattern := regex(as_ecma(form["pattern"])):  # which is held against JSON: a point is no line break there
                terminal = self._terminal(f"{terminal} & {pattern} & {ONE_LINE}")
        if "minLength" in form or "maxLength" in form:
            terminal = self._terminal(f"{terminal} & {lengths(form)}")
        return rf'"\"" {terminal} "\""'

    @cached_property
    def _numbers(self) -> list[NumberReading]:
        return self._numbers_of(self.text)

    @cached_property
    def written(self) -> WrittenNumbers:
        """The numbers that an answer may hold as the text writes them."""
        return written_numbers(self.text, self._numbers)

    @cached_property
    def _numbers_outside_dates(self) -> list[NumberReading]:
        """Without days and years, which are integers or nothing."""
        spans = [
            (one.start, one.end)
            for one in self._moments
            if one.kind == "date" and YEAR_OR_MONTH.search(self.text, one.start, one.end)
        ]
        inside = {place for start, end in spans for place in range(start, end)}
        return [one for one in self._numbers if one.start not in inside or one.end - 1 not in inside]

    @cached_property
    def _moments(self) -> list[DateReading]:
        return date_readings(self.text, self._hints.date_order)

    @cached_property
    def _forms(self) -> list[str]:
        """The text as it is, with its white space as single spaces, and with its JSON escapes decoded."""
        flat = " ".join(self.text.split())
        forms = (self.text, flat, ESCAPE.sub(_unescaped, self.text), ESCAPE.sub(_unescaped, flat))
        return list(dict.fromkeys(forms)) if flat else []

    @cached_property
    def _span(self) -> str:
        """The terminal for any part of the text of whole words, without white space around it."""
        chunks = (CHUNK.findall(json.dumps(form, ensure_ascii=False)[1:-1]) for form in self._forms)
        parts = (f"%regex {json.dumps({'substring_chunks': found}, ensure_ascii=False)}" for found in chunks)
        return self._terminal(f"({' | '.join(map(self._terminal, parts))}) & {TRIMMED}")

    def _spans(self) -> Iterator[str]:
        """The parts of the text of at most MAX_SPAN chunks, each once, after what has more of them without a space."""
        seen = set()
        for form in self._forms:
            for word in form.split():
                if len(word) > MAX_SPAN and len(CHUNK.findall(word)) > MAX_SPAN:  # no chunk is empty
                    yield from (word, word.rstrip(TRIMMED_OFF))
            ends = [*(chunk.start() for chunk in CHUNK.finditer(form)), len(form)]
            for place, start in enumerate(ends):
                for end in ends[place + 1 : place + 1 + MAX_SPAN]:
                    if (span := form[start:end]) == span.strip() and span not in seen:
                        seen.add(span)
                        yield span

    def _addresses(self, kind: str) -> Iterator[str]:
        """The addresses of a kind, as they stand in the text and without the marks that a sentence puts around them."""
        for form in self._forms:
            for found in re.finditer(ADDRESSES[kind], form):
                address = found[0]
                while address:
                    yield from (address, address.lstrip("'_.-"))
                    address = address[:-1] if address[-1] in TRIMMED_OFF else ""

    def _terminal(self, body: str) -> str:
        if body not in self._terminals:
            self._terminals[body] = name = f"TEXT_{len(self._terminals)}"
            self.lines.append(f"{name}: {body}")
        return self._terminals[body]


@lru_cache(maxsize=4096)
def _validator(form: str) -> Any:
    return build_validator(json.loads(form))


def _in_parts(written: str) -> str:
    """A number as a text writes it, cut before its commas: of the longest lexeme that has begun the lexer takes no byte
    back, so that ``3,17`` in one would rule out a 3 that a comma follows."""
    return " ".join(quoted(part) for part in re.findall(",?[^,]+|,", written))


def _permits(form: Node) -> Callable[[Any], bool]:
    """Whether the plain schema ``form`` permits a value: its pattern first, as that is quick to tell."""
    pattern = form.get("pattern")
    valid = _validator(json.dumps({key: form[key] for key in LEAF_KEYWORDS if key in form})).is_valid

    def permits(value: Any) -> bool:
        return (pattern is None or not isinstance(value, str) or matches(pattern, value)) and bool(valid(value))

    return permits


def _whole(start: int, end: int, readings: Sequence[Any], convert: Callable[[Any], Any]) -> list[Any]:
    """What the readings of text[start:end] mean that have no other digits beside them; none if they disagree."""
    inside = [reading for reading in readings if start <= reading.start and reading.end <= end]
    widest = [one for one in inside if all(one.start <= other.start and other.end <= one.end for other in inside)]
    return [convert(widest[0].value)] if len({one.value for one in widest}) == 1 else []


def _json_number(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


def _unescaped(escape: re.Match[str]) -> str:
    character = str(json.loads(f'"{escape[0]}"'))
    return character if is_encodable(character) else escape[0]
