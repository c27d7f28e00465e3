"""Every ISO 8601 date, time and date-time that a text supports, and where: ``2:05 pm`` supports ``14:05:00``.

:mod:`paperlib.data.readings.days` finds the dates, :mod:`paperlib.data.readings.clock_times` the times, each by its own
rules. Here they are combined to date-times:

- A time belongs to the date that it follows directly, else to the last date before it in its line and to a date that
  begins within 20 characters after it.
- If a text names one date only, each of its first 32 times may belong to it.
- A date-time has every form that its time has, and the text's own form besides, if that is ISO 8601 but for a space.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from paperlib.data.readings.clock_times import ClockSpan, clock_spans
from paperlib.data.readings.days import DateOrder, DaySpan, day_spans
from paperlib.data.readings.months import FOLD

__all__ = ["DateOrder", "DateReading", "date_readings"]

MOST_TIMES = 32  # that are combined with the only date of a text
_NEAR = 20  # characters between a date and a time that belong together, such as a label
# What the patterns need not tell apart, one character for one, so that positions stay the same.
_FOLD = FOLD | str.maketrans(
    "０１２３４５６７８９：／．－，‐‑‒–—−’‘`´\u00a0\u2009\u202f\u3000\t\r",
    "0123456789:/.-,------''''      ",
)
_JOINT = re.compile(
    r"t|[ ,;|(/@-]*(?:(?:at|um|a|as|las|a las|alle|ore|alle ore|om|from|von|de|vers|kl|time|uhrzeit|heure|hora|ora)\b)?"
    r"[.: |(]*"
)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9][0-9:.]+(?:Z|[+-][0-9]{2}:?[0-9]{2})?")


@dataclass(frozen=True)
class DateReading:
    """An ISO 8601 date, time or date-time that a span of a text can mean."""

    value: str
    kind: Literal["date", "time", "date-time"]
    start: int  # characters
    end: int  # characters, exclusive
    ambiguous: bool  # whether the span can mean another day or time too; forms of the same one do not count


def date_readings(text: str, order: DateOrder | None = None) -> list[DateReading]:
    """The dates, times and date-times that ``text`` supports, in order of position. ``order`` is that of dates in
    digits alone, where they permit it.

    >>> [reading.value for reading in date_readings("from 3 to 6 May 2026")]
    ['2026-05-03', '2026-05-06']
    """
    plain = text.translate(_FOLD)
    days = day_spans(plain, text, order)
    clocks = clock_spans(plain, text, days)
    found = [DateReading(value, "date", d.start, d.end, len(d.values) > 1) for d in days for value in d.values]
    found += [DateReading(value, "time", c.start, c.end, c.ambiguous) for c in clocks for value in c.values]
    for day, clock, sure in _pairs(days, clocks, plain):
        start, end = min(day.start, clock.start), max(day.end, clock.end)
        ambiguous = not sure or clock.ambiguous or len(day.values) > 1
        for value in _moments(day, clock, text):
            found.append(DateReading(value, "date-time", start, end, ambiguous))
    return sorted(dict.fromkeys(found), key=lambda reading: (reading.start, reading.end))


def _moments(day: DaySpan, clock: ClockSpan, text: str) -> dict[str, None]:
    """The forms of the date-times that a date and a time make."""
    values = dict.fromkeys(f"{date}T{time}" for date in day.values for time in clock.values)
    own = text[day.start : clock.end]
    return values | ({own: None} if _ISO.fullmatch(own) else {})


def _pairs(days: list[DaySpan], clocks: list[ClockSpan], plain: str) -> Iterator[tuple[DaySpan, ClockSpan, bool]]:
    """The dates and times that make date-times, and whether nothing else does with that time."""
    if not days:
        return
    neighbours = _Neighbours(days, plain)
    only = days[0] if len({day.values for day in days}) == 1 else None
    for place, clock in enumerate(clocks):
        near = neighbours.of(clock)
        for group in near:
            yield from ((day, clock, len(near) == 1) for day in group)
        if only and not near and place < MOST_TIMES:
            yield only, clock, False


class _Neighbours:
    """The dates next to a time. Dates that end together, as those of "3 to 6 May 2026" do, count as one."""

    def __init__(self, days: list[DaySpan], plain: str):
        self._plain = plain
        by_end = sorted(days, key=lambda day: day.end)
        self._groups = [list(group) for _, group in groupby(by_end, key=lambda day: day.end)]
        self._starts = [min(day.start for day in group) for group in self._groups]
        self._ends = [group[0].end for group in self._groups]

    def of(self, clock: ClockSpan) -> list[list[DaySpan]]:
        """The groups of dates to which a time belongs by its place: one that it follows directly, else up to two."""
        found = []
        before, after = bisect_right(self._ends, clock.start) - 1, bisect_left(self._starts, clock.end)
        if before >= 0:
            gap = self._plain[self._ends[before] : min(clock.start, self._ends[before] + _NEAR + 1)]
            if _JOINT.fullmatch(gap):
                return [self._groups[before]]
            if self._in_line(self._ends[before], clock.start) or (len(gap) <= _NEAR and gap.count("\n") == 1):
                found.append(self._groups[before])
        if after < len(self._groups) and self._starts[after] <= clock.end + _NEAR:
            found += [self._groups[after]] if self._in_line(clock.end, self._starts[after]) else []
        return found

    def _in_line(self, start: int, end: int) -> bool:
        return self._plain.find("\n", start, end) < 0
