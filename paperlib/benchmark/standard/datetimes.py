"""Days, moments and numbers: the ways people write them, and the one way back to what JSON holds."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_MONTH_OF = {name[:length].lower(): place for place, name in enumerate(MONTHS, 1) for length in (3, len(name))}
_WORD_OF = {word: place for place, word in enumerate(WORDS, 1)}
_NAME = "(?:" + "|".join(f"{name[:3]}(?:{name[3:]})?" for name in MONTHS) + r")\.?"
DAY = (
    r"\d{4}[-/]\d\d[-/]\d\d"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_NAME},? \d{{4}}"
    rf"|{_NAME} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    r"|\d\d\.\d\d\.\d{4}"
)
CLOCK = r"\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]m| ?[AP]M)?"
ZONE = r"(?:Z| ?UTC| ?[+-]\d\d:\d\d| \(UTC[+-]\d\d:\d\d\))"
MOMENT = rf"(?:{DAY})(?:T|,? at |, | )(?:{CLOCK}){ZONE}?"
NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"


# -- how a day is written; what is not ISO is found again by DAY
def _ordinal(day: int) -> str:
    return f"{day}{'th' if 11 <= day % 100 <= 13 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


DAYS: dict[str, Callable[[date], str]] = {
    "iso": date.isoformat,
    "slashes": lambda d: f"{d.year}/{d.month:02}/{d.day:02}",
    "dots": lambda d: f"{d.day:02}.{d.month:02}.{d.year}",
    "long": lambda d: f"{d.day} {MONTHS[d.month - 1]} {d.year}",
    "ordinal": lambda d: f"{_ordinal(d.day)} {MONTHS[d.month - 1]} {d.year}",
    "american": lambda d: f"{MONTHS[d.month - 1]} {d.day}, {d.year}",
    "short": lambda d: f"{d.day} {MONTHS[d.month - 1][:3]} {d.year}",
    "short american": lambda d: f"{MONTHS[d.month - 1][:3]} {d.day}, {d.year}",
}


def clock(moment: datetime, halves: bool) -> str:
    """``14:05``, or ``2:05 pm``; seconds where there are any."""
    seconds = f":{moment.second:02}" if moment.second else ""
    if not halves:
        return f"{moment.hour:02}:{moment.minute:02}{seconds}"
    return f"{moment.hour % 12 or 12}:{moment.minute:02}{seconds} {'pm' if moment.hour >= 12 else 'am'}"


# -- and the way back
def read_day(text: str) -> str:
    """ISO 8601. Raises ValueError for what is no day.

    >>> read_day("March 3rd, 2024"), read_day("03.04.2024")
    ('2024-03-03', '2024-04-03')
    """
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if len(numbers) == 3:
        year, month, day = numbers if numbers[0] > 31 else numbers[::-1]
    else:
        (day, year), month = numbers, _MONTH_OF[re.findall(r"[A-Za-z]{3,}", text.replace(" of ", " "))[0].lower()]
    return date(year, month, day).isoformat()


def read_moment(text: str) -> str:
    """ISO 8601 with the offset that the text gives, UTC as ``Z``. Raises ValueError for what is no moment."""
    found = re.fullmatch(rf"({DAY})(T|,? at |, | )({CLOCK})({ZONE})?", text)
    if not found:
        raise ValueError(text)
    day, joint, time, zone = found.groups()
    if joint == "T":
        return text
    offset = "" if zone is None else "Z" if zone.strip() in ("UTC", "Z") else re.sub(r"[^\d:+-]", "", zone)
    return f"{read_day(day)}T{_twenty_four(time)}{offset}"


def _twenty_four(time: str) -> str:
    hour, minute, *second = re.split("[:]", re.sub(r" ?[apAP][mM]", "", time))
    half = time[-2:].lower()
    hours = int(hour) % 12 + (12 if half == "pm" else 0) if half in ("am", "pm") else int(hour)
    return f"{hours:02}:{minute}:{second[0] if second else '00'}"


def read_integer(text: str) -> int:
    """``1,234`` or a word up to twelve. Raises ValueError for anything else."""
    return _WORD_OF.get(text.lower()) or int(text.replace(",", ""))


def read_decimal(text: str) -> float:
    return float(text.replace(",", ""))


def grouped(digits: str) -> str:
    """Thousands set apart: ``-1234.50`` -> ``-1,234.50``."""
    whole, dot, rest = digits.partition(".")
    return f"{int(whole):,}".replace("--", "-") + dot + rest if whole not in ("-0",) else digits


def unwrapped(text: str) -> str:
    """A value as it was before it ran over lines."""
    return re.sub(r"\s*\n\s*", " ", text)


def as_key(text: str) -> str:
    """``In progress`` -> ``in_progress``: an enum's value as people write it, back to what JSON holds."""
    return re.sub(r"[\s-]+", "_", text.strip().lower())


NORMALISERS: dict[str, Callable[[str], Any]] = {
    "copy": str,
    "unwrap": unwrapped,
    "date": read_day,
    "date-time": read_moment,
    "integer": read_integer,
    "decimal": read_decimal,
    "boolean": lambda text: bool(("no", "yes", "false", "true", "off", "on").index(text.lower()) % 2),
    "words": as_key,
}
