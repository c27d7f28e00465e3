"""The times of day that a text names, as ISO 8601: ``2:05 pm``, ``14h05``, ``14.05 Uhr``, ``noon``.

- A number and a part of the day ("9 at night") are a time where :func:`~.spoken_times.is_shown` says so.
- Hours of work are none: "1200 hrs" is a time only after a date in its sentence and a word such as "at", or after
  "from", "by" or "until", "0930 hrs" in any case.
- A time is ``HH:MM:SS`` with the fraction of a second that the text has, and also without; and the text's own form
  besides, if that is ISO 8601 (``14:05``). A bare number ("at 5") is no time, a period of hours ("14h") only after a
  word such as "at".
- Hours are those of the 24-hour clock unless a half of the day is named; "5 o'clock" alone means either half. Times in
  words ("half past seven") and those of East Asia (午後3時20分) are found by :mod:`~.spoken_times`.
- A zone is kept: an offset, UTC or GMT (``Z``), or an abbreviation that stands for one offset: CET, CEST, EET, EEST,
  EST, EDT, MDT, PST, PDT, JST. Others (CST, IST, MST, BST, ET, CT, MT, PT) stand for several: the time is read alone.
- A time without a zone is also read with ``Z``, since RFC 3339 demands a zone where a text has none.
- The first time of a range has the half and the zone of the second where it has none: "2-3 pm EST". ``09:00-10:00`` is
  a range, but may have an offset as well: both are readings.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from paperlib.data.readings.days import DaySpan
from paperlib.data.readings.spoken_times import PART, Said, first_hour, in_part, is_shown, said_times

_Match = re.Match[str]


class ClockSpan(NamedTuple):
    """A span of a text and the ISO 8601 times that it can mean, in all their forms."""

    start: int
    end: int
    values: tuple[str, ...]
    ambiguous: bool  # whether it can mean different times


class _Zone(NamedTuple):
    """Where a time's zone ends, and its forms; ``doubtful`` where it may be the end of a range instead."""

    end: int
    forms: tuple[str, ...]
    doubtful: bool = False


_OPEN = ("", "Z")  # the forms of no zone
_NOON, _MIDNIGHT = "12:00:00", "00:00:00"
_NAMED = {
    **{"noon": _NOON, "midday": _NOON, "mediodia": _NOON, "mezzogiorno": _NOON, "meio-dia": _NOON},
    **{"midnight": _MIDNIGHT, "mitternacht": _MIDNIGHT, "middernacht": _MIDNIGHT, "minuit": _MIDNIGHT},
    **{"正午": _NOON, "정오": _NOON, "자정": _MIDNIGHT},
    **{"medianoche": _MIDNIGHT, "mezzanotte": _MIDNIGHT, "meia-noite": _MIDNIGHT},
}
_OFFSETS = {
    **{"z": "Z", "utc": "Z", "gmt": "Z", "cet": "+01:00", "cest": "+02:00", "eet": "+02:00", "eest": "+03:00"},
    **{"est": "-05:00", "edt": "-04:00", "mdt": "-06:00", "pst": "-08:00", "pdt": "-07:00", "jst": "+09:00"},
    **{"cst": "", "ist": "", "mst": "", "bst": "", "et": "", "ct": "", "mt": "", "pt": ""},
}
_CLOCK = re.compile(
    r"(?:(?<![a-z0-9$€£+.])|(?<=[0-9]t))(?:(?<![0-9][:.,])|(?<=/[0-9]{4}:))(?<![:-][0-9a-f]{2}:)(?<!utc-)(?<!gmt-)"
    r"(?P<hour>[01]?[0-9]|2[0-3])(?:(?P<mark>[:.]| ?h ?| uhr |(?<=[0-9]t[0-9]{2})"
    r"|(?<=[0-9]{2})(?=[0-5][0-9] ?(?:hrs|hours)(?![a-z])))(?P<minute>[0-5][0-9])"
    r"(?:(?::|(?<=t[0-9]{4}))(?P<second>[0-5][0-9])(?:[.,](?P<fraction>[0-9]+))?)?)?"
    r"(?![0-9]| ?min|:[0-9a-f]|\.[0-9])"
    r"(?P<tail> ?[ap](?:m|\.m\.?|\. m\.)(?![a-z]| [0-9]{1,2}\.| (?:morgen|mittag|abend|(?:vor|nach)mittag)(?![a-z]))"
    r"| ?o'clock| ?(?:uhr|uur|h|hrs|hours|horas)(?![a-z]))?"
    rf"{PART}?"
)
_WORD = re.compile(
    rf"(?<![a-z])(?:{'|'.join(_NAMED)})"
    r"(?![a-z]| (?:blue|black|gr[ae]y|green|purple|oil|sun|snack|street|road)(?![a-z]))"
)
_NO_CLOCK = re.compile(  # what 1:30 and 2h30 measure
    r"\b(?:scale|ratio|aspect|dilution|score|odds|massstab|verhaltnis"
    r"|dauert?|lasts?|lasted|takes|took|dure|duree|duracion|dura|durata|duur|duurt)(?: of| about|:)? \Z"
)
_STUNDEN = re.compile(r" (?:stunden|std|heures)(?![a-z])")
_UM, _PLACE = re.compile(r"\b(?:um|gegen|ab) \Z"), re.compile(r" [a-z]{4,}")  # um 5 am Bahnhof
_BEFORE_H = re.compile(r"\b(?:at|à|as|às|las|vers|dès|um|om|alle|ore|kl|kl\.) \Z", re.I)  # 14h
_DE_H = re.compile(r"\bde \Z", re.I)  # de 8h à 17h
_TO_HOUR = re.compile(r" (?:a|-) [0-9]")
# 1500 hrs as a time: after these, or after the first time of a range; after "at" only where a date stands near.
_BEFORE_HRS = re.compile(r"\b(?:from|by|until|till|0[0-9][0-5][0-9](?: ?hrs| hours)? ?(?:-|to|until)) ?\Z")
_AT_HRS = re.compile(r"\b(?:at|around|approx\.?) \Z")
_OF_WORK = re.compile(r" (?:at|of|@|x) ")
_SENTENCE_ENDS = (". ", "! ", "? ", "\n")
_SENTENCE = 150  # characters before and after a time in which a date of its sentence stands
_BEFORE_DOT = re.compile(r"\b(?:alle|ore|kl|kl\.|klo|godz|godz\.|godzinie) \Z")  # 14.05
_RANGE = re.compile(r" ?- ?| (?:to|until|till|and|or) ")
_ZONE = re.compile(
    r"(?P<space> ?)(?P<open>\()?"
    r"(?:(?P<utc>(?:utc|gmt) ?)?(?P<sign>[+-])(?P<hours>0?[0-9]|1[0-4])(?::?(?P<minutes>00|30|45))?(?![0-9:])"
    r"|(?P<name>[a-z]{1,4})(?![a-z0-9]|\.[a-z]))(?(open)\))"
)
_ISO = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?")


def clock_spans(plain: str, text: str, days: Sequence[DaySpan]) -> list[ClockSpan]:
    """Every time of day in ``text``, whose folded form ``plain`` is and whose dates ``days``, in order of position."""
    said = [*said_times(plain), *(Said(*word.span(), (_NAMED[word[0]],)) for word in _WORD.finditer(plain))]
    places = {place for one in said for place in range(one.start, one.end)}
    in_digits = (span for span in _in_digits(plain, text, days) if span.start not in places)
    return sorted([*in_digits, *(_with_zone(one, plain, text) for one in said)])


def _with_zone(said: Said, plain: str, text: str) -> ClockSpan:
    zone = _zone(plain, text, said.end)
    values = tuple(face + form for face in said.faces for form in zone.forms)
    return ClockSpan(said.start, zone.end, values, len(said.faces) > 1)


def _in_digits(plain: str, text: str, days: Sequence[DaySpan]) -> Iterator[ClockSpan]:
    matches = list(_CLOCK.finditer(plain))
    done = 0  # where the last time's zone ended: what looks like a time before is part of it
    for match, follower in zip_longest(matches, matches[1:]):
        end = follower if follower and _RANGE.fullmatch(plain, match.end(), follower.start()) else None
        first = _first(match)
        if first is None and end and not match["tail"] and _is_time(end, _first(end), plain, text, match.start()):
            first = _first_before(int(match["hour"]), end)
        if match.start() < done or not _is_time(match, first, plain, text):
            continue
        if _is_in_hrs(match) and not _are_hours_of_the_day(match, plain, days):
            continue
        zone = _zone(plain, text, match.end(), match)
        done = match.end() if zone.doubtful else zone.end
        if end and zone.forms == _OPEN:  # the zone of a range stands at its end
            zone = zone._replace(forms=_zone(plain, text, end.end(), end).forms)
        hours = _hours(int(match["hour"]), first, match["tail"])
        values = dict.fromkeys(form for hour in hours for form in _forms(hour, match, zone))
        if _ISO.fullmatch(own := text[match.start() : zone.end]):
            values |= {own: None}
        yield ClockSpan(match.start(), zone.end, tuple(values), len(hours) > 1 or zone.doubtful)


def _is_measure(match: _Match, plain: str) -> bool:
    """Whether words around say that a time is a scale or how long something takes."""
    start, end = match.span()
    return bool(_NO_CLOCK.search(plain, max(0, start - 20), start) or (match["minute"] and _STUNDEN.match(plain, end)))


def _is_in_hrs(match: _Match) -> bool:
    return match["mark"] == "" and (match["tail"] or "").strip() in ("hrs", "hours")


def _are_hours_of_the_day(match: _Match, plain: str, days: Sequence[DaySpan]) -> bool:
    """Whether "1500 hrs" or "0930 hours" is a time: by its zero, or by what stands before it, and the dates near."""
    start, end = match.span()
    near = max(0, start - 20)
    if len(match["hour"]) < 2 or _OF_WORK.match(plain, end):
        return False
    if match["hour"][0] == "0" or _BEFORE_HRS.search(plain, near, start):
        return True
    begin = max(start - _SENTENCE, *(plain.rfind(mark, max(0, start - _SENTENCE), start) for mark in _SENTENCE_ENDS), 0)
    stops = (plain.find(mark, end, end + _SENTENCE) for mark in _SENTENCE_ENDS)
    until = min((stop for stop in stops if stop >= 0), default=end + _SENTENCE)
    last = bisect_left(days, until, key=lambda day: day.start)
    dates = [day for day in days[max(0, last - 8) : last] if day.end > begin]
    return any(_AT_HRS.search(plain, near, start) or plain[day.end : start].strip(" ,") == "" for day in dates)


def _is_time(match: _Match, first: int | None, plain: str, text: str, start: int | None = None) -> bool:
    """Whether a number, or a pair of them, is a time: by its colon or h, by a word around, or by a part of the day. The
    range that it ends begins at ``start``."""
    mark, tail, near = (match["mark"] or "").strip(), (match["tail"] or "").strip(), max(0, match.start() - 10)
    if first is None and _is_measure(match, plain):
        return False
    if match["minute"] and mark != ".":
        return True
    if first is not None and match["part"] and not (match["minute"] or tail):
        return is_shown(plain, match.start() if start is None else start, match.end())
    if first is not None:
        return 1 <= int(match["hour"]) <= 12
    if match["minute"]:
        return bool(tail or _BEFORE_DOT.search(plain, near, match.start()))
    if tail in ("uhr", "uur", "o'clock"):
        return True
    in_range = _DE_H.search(text, near, match.start()) and _TO_HOUR.match(plain, match.end())
    return tail in ("h", "horas") and bool(in_range or _BEFORE_H.search(text, near, match.start()))


# -- parts of the day, by the hour from which the twelve in them are counted
def _first(match: _Match) -> int | None:
    """The first hour of the part of the day that a time names: 0 before noon, 12 after it."""
    if match["part"]:
        return first_hour(match["part"], int(match["hour"]))
    tail = (match["tail"] or "").strip()
    plain, start, end = match.string, match.start(), match.end()
    if tail == "am" and _PLACE.match(plain, end) and _UM.search(plain, max(0, start - 10), start):
        return None
    return {"a": 0, "p": 12}.get(tail[:1])


def _first_before(hour: int, end: _Match) -> int | None:
    """The half in which a range begins that names one at its end alone: 12 for 2-3 pm, 0 for 11-1 pm."""
    first = _first(end)
    if first is None or not 1 <= hour <= 12:
        return None
    return first if hour % 12 <= int(end["hour"]) % 12 else (first + 12) % 24


def _hours(hour: int, first: int | None, tail: str | None) -> tuple[int, ...]:
    if first is not None and 1 <= hour <= 12:
        return (in_part(60 * hour, first) // 60,)
    return (hour, (hour + 12) % 24) if (tail or "").endswith("o'clock") and hour <= 12 else (hour,)


# -- forms
def _forms(hour: int, match: _Match, zone: _Zone) -> Iterator[str]:
    """The time with its seconds, with and without their fraction, in each form of the zone."""
    whole = f"{hour:02}:{match['minute'] or '00'}:{match['second'] or '00'}"
    for face in (f"{whole}.{match['fraction']}", whole) if match["fraction"] else (whole,):
        yield from (face + form for form in zone.forms)


def _zone(plain: str, text: str, end: int, clock: _Match | None = None) -> _Zone:
    """The zone behind a time that ends at ``end``."""
    match = _ZONE.match(plain, end)
    if match and match["name"]:
        return _named_zone(match, text) or _Zone(end, _OPEN)
    if match is None or not _is_offset(match):
        return _Zone(end, _OPEN)
    offset = f"{match['sign']}{int(match['hours']):02}:{match['minutes'] or '00'}"
    forms = (offset, "Z") if offset[1:] == "00:00" else (offset,)
    written = text[match.start("sign")]
    if match["utc"] or match["space"] or written == "+" or (clock and _is_iso(clock, plain)):
        return _Zone(end, _OPEN) if written in "–—" else _Zone(match.end(), forms)
    return _Zone(match.end(), (*forms, *_OPEN), doubtful=True) if written in "-−" else _Zone(end, _OPEN)


def _is_offset(match: _Match) -> bool:
    """Whether signed digits can be a zone: "UTC+2", "+02", "-0500", but not "-2", nor "-10:30", which no place has."""
    half = match["sign"] == "-" and match["minutes"] not in (None, "00") and int(match["hours"]) not in (2, 3, 9)
    full = len(match["hours"]) == 2 and (match["minutes"] or match["sign"] == "+")
    return bool((match["utc"] or full) and not half)


def _is_iso(clock: _Match, plain: str) -> bool:
    """Whether a time is one of a kind that ISO 8601 offsets follow: with seconds, or after a date's T."""
    return bool(clock["second"]) or plain[max(0, clock.start() - 1) : clock.start()] == "t"


def _named_zone(match: _Match, text: str) -> _Zone | None:
    """The zone of an abbreviation in capitals, UTC and GMT in any case, z without a space; None for other words."""
    name, written = match["name"], text[match.start("name") : match.end("name")]
    sure = written.isupper() or name in ("utc", "gmt") or (name == "z" and not match["space"])
    return _Zone(match.end(), (_OFFSETS[name],)) if sure and name in _OFFSETS else None
