"""Dates, times and numbers: the ways in which people write them, and the one way back to what JSON holds."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_MONTH_OF = {name[:length].lower(): place for place, name in enumerate(MONTHS, 1) for length in (3, len(name))}
_WORD_OF = {word: place for place, word in enumerate(NUMBER_WORDS, 1)}
_NAME = "(?:" + "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS) + r")\.?"
DATE = (
    r"\d{4}[-/]\d\d[-/]\d\d"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_NAME},? \d{{4}}"
    rf"|{_NAME} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    r"|\d\d\.\d\d\.\d{4}"
)
CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]m| ?[AP]M)?"
ZONE = r"(?:Z| ?UTC| ?[+-]\d\d:\d\d| \(UTC[+-]\d\d:\d\d\))"
DATETIME = rf"(?:{DATE})(?:T|,? at |, | )(?:{CLOCK}){ZONE}?"
NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"


# -- how a date is written; DATE finds each form again
def _ordinal(day: int) -> str:
    return f"{day}{'th' if 11 <= day % 100 <= 13 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


DATES: dict[str, Callable[[date], str]] = {
    "iso": date.isoformat,
    "slashes": lambda d: f"{d.year}/{d.month:02}/{d.day:02}",
    "dots": lambda d: f"{d.day:02}.{d.month:02}.{d.year}",
    "long": lambda d: f"{d.day} {MONTHS[d.month - 1]} {d.year}",
    "ordinal": lambda d: f"{_ordinal(d.day)} {MONTHS[d.month - 1]} {d.year}",
    "american": lambda d: f"{MONTHS[d.month - 1]} {d.day}, {d.year}",
    "short": lambda d: f"{d.day} {MONTHS[d.month - 1][:3]} {d.year}",
    "short american": lambda d: f"{MONTHS[d.month - 1][:3]} {d.day}, {d.year}",
}


def clock(time: datetime, am_pm: bool) -> str:
    """The time of day as ``14:05`` or ``2:05 pm``, with seconds unless they are zero."""
    seconds = f":{time.second:02}" if time.second else ""
    if not am_pm:
        return f"{time.hour:02}:{time.minute:02}{seconds}"
    return f"{time.hour % 12 or 12}:{time.minute:02}{seconds} {'pm' if time.hour >= 12 else 'am'}"


# -- and the way back
def read_date(text: str) -> str:
    """A date that `DATE` matches, as ISO 8601; of numbers alone the day comes before the month, unless the year leads.

    Raises ValueError, KeyError or IndexError for a text that is no date.

    >>> read_date("March 3rd, 2024"), read_date("03.04.2024")
    ('2024-03-03', '2024-04-03')
    """
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if len(numbers) == 3:
        year, month, day = numbers if numbers[0] > 31 else numbers[::-1]
    else:
        (day, year), month = numbers, _MONTH_OF[re.findall(r"[A-Za-z]{3,}", text.replace(" of ", " "))[0].lower()]
    return date(year, month, day).isoformat()


def read_datetime(text: str) -> str:
    """A date and time as ISO 8601 with the text's own offset, UTC as ``Z``. Raises ValueError for other texts."""
    found = re.fullmatch(rf"({DATE})(T|,? at |, | )({CLOCK})({ZONE})?", text)
    if not found:
        raise ValueError(text)
    day, joint, time, zone = found.groups()
    if joint == "T":
        return text
    offset = "" if zone is None else "Z" if zone.strip() in ("UTC", "Z") else re.sub(r"[^\d:+-]", "", zone)
    return f"{read_date(day)}T{_twenty_four(time)}{offset}"


def _twenty_four(time: str) -> str:
    hour, minute, *second = re.split("[:]", re.sub(r" ?[apAP][mM]", "", time))
    half = time[-2:].lower()
    hours = int(hour) % 12 + (12 if half == "pm" else 0) if half in ("am", "pm") else int(hour)
    return f"{hours:02}:{minute}:{second[0] if second else '00'}"


def read_integer(text: str) -> int:
    """An integer such as ``1,234``, or a number word up to twelve. Raises ValueError for anything else."""
    return _WORD_OF.get(text.lower()) or int(text.replace(",", ""))


def read_decimal(text: str) -> float:
    """A number with a decimal point, its thousands divided by commas or not. Raises ValueError for anything else."""
    return float(text.replace(",", ""))


def grouped(digits: str) -> str:
    """A number with its thousands divided by commas: ``-1234.50`` -> ``-1,234.50``."""
    whole, dot, rest = digits.partition(".")
    return f"{int(whole):,}".replace("--", "-") + dot + rest if whole not in ("-0",) else digits


def unwrapped(text: str) -> str:
    """A value that was broken over several lines, on one line again."""
    return re.sub(r"\s*\n\s*", " ", text)


def as_key(text: str) -> str:
    """An enum's value as people write it, back to what JSON holds: ``In progress`` -> ``in_progress``."""
    return re.sub(r"[\s-]+", "_", text.strip().lower())


NORMALISERS: dict[str, Callable[[str], Any]] = {
    "copy": str,
    "unwrap": unwrapped,
    "date": read_date,
    "date-time": read_datetime,
    "integer": read_integer,
    "decimal": read_decimal,
    "boolean": lambda text: bool(("no", "yes", "false", "true", "off", "on").index(text.lower()) % 2),
    "words": as_key,
}
