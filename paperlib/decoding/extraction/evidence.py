"""Where in a text the leaves of an answer come from, and which of them the text leaves open."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from paperlib.data.leaves import json_pointer, leaves
from paperlib.data.readings.dates import DateReading, date_readings
from paperlib.data.readings.numbers import NumberReading, number_readings
from paperlib.decoding.text_grounding import Hints

Place = tuple[int, int]  # offsets in a text: the first character, and one past the last


class Evidence:
    """The places in one text that support the leaves of answers to it."""

    def __init__(self, text: str, hints: Hints):
        self._text = text
        self._numbers = number_readings(text, hints.decimal_mark)
        self._dates = date_readings(text, hints.date_order)

    def places(self, answer: Any) -> dict[str, Place]:
        """The place of every string and number of ``answer`` that the text supports, by JSON pointer.

        Of several places that say the same, a leaf gets the first after that of the leaf before it, or else the first
        of all: records tend to follow the order of their text.
        """
        found, at = dict[str, Place](), 0
        for path, value in leaves(answer):
            if candidates := list(self._candidates(value)):
                place = next((one for one in candidates if one[0] >= at), candidates[0])
                found[json_pointer(*path)], at = place, place[0]
        return found

    def open_reading(self, value: Any) -> str | None:
        """What the text says in place of ``value``, a number or date, if it can mean something else as well."""
        readings = self._readings(value)
        if not readings or not all(reading.ambiguous for reading in readings):
            return None
        return self._text[readings[0].start : readings[0].end]

    def _candidates(self, value: Any) -> Iterator[Place]:
        if isinstance(value, str) and value.strip():
            words = r"\s+".join(map(re.escape, value.split()))
            yield from (match.span() for match in re.finditer(words, self._text))
        yield from ((reading.start, reading.end) for reading in self._readings(value))

    def _readings(self, value: Any) -> list[NumberReading] | list[DateReading]:
        if isinstance(value, str):
            return [reading for reading in self._dates if reading.value == value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return [reading for reading in self._numbers if reading.value == Decimal(str(value))]
        return []
