"""Where in a text the leaves of an answer come from, and which of them the text leaves open."""

import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any

from paperlib.data.leaves import json_pointer, leaves
from paperlib.data.readings.dates import DateReading, date_readings
from paperlib.data.readings.numbers import NumberReading, number_readings
from paperlib.decoding.text_grounding import CHUNK, Hints

Place = tuple[int, int]  # offsets in a text: the first character, and one past the last


class Evidence:
    """The places in one text that support the leaves of answers to it."""

    def __init__(self, text: str, hints: Hints):
        self._text = text
        self._readings: dict[Decimal | str, list[NumberReading | DateReading]] = defaultdict(list)
        for number in number_readings(text, hints.decimal_mark):
            self._readings[number.value].append(number)
        for date in date_readings(text, hints.date_order):
            self._readings[date.value].append(date)

    def places(self, answer: Any) -> dict[str, Place]:
        """The place of every string and number of ``answer`` that the text supports, by JSON pointer.

        Of several places that say the same, a leaf gets the first after that of the leaf before it which no leaf has
        yet, or else the first after it, or of all: records tend to follow the order of their text.
        """
        found, taken, at = dict[str, Place](), set[Place](), 0
        for path, value in leaves(answer):
            if candidates := list(self._candidates(value)):
                after = [one for one in candidates if one[0] >= at] or candidates[:1]
                place = next((one for one in after if one not in taken), after[0])
                found[json_pointer(*path)], at = place, place[0]
                taken.add(place)
        return found

    @cached_property
    def _ends(self) -> set[int]:
        """Where words begin and end: between these places a text is not divided."""
        return {0, *(chunk.end() for chunk in CHUNK.finditer(self._text))}

    def open_reading(self, value: Any) -> str | None:
        """What the text says in place of ``value``, a number or date, if it can mean something else as well."""
        readings = self._readings_of(value)
        if not readings or not all(reading.ambiguous for reading in readings):
            return None
        return self._text[readings[0].start : readings[0].end]

    def _candidates(self, value: Any) -> Iterator[Place]:
        if isinstance(value, str) and value.strip():
            words = r"\s+".join(map(re.escape, value.split()))
            whole = [match.span() for match in re.finditer(rf"(?<![^\W_]){words}(?![^\W_])", self._text)]
            yield from whole or (one.span() for one in re.finditer(words, self._text) if {*one.span()} <= self._ends)
        yield from ((reading.start, reading.end) for reading in self._readings_of(value))

    def _readings_of(self, value: Any) -> list[NumberReading | DateReading]:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return []
        return self._readings.get(value if isinstance(value, str) else Decimal(str(value)).normalize(), [])
