"""The times of day that a text names, as ISO 8601: ``2:05 pm``, ``14h05``, ``14.05 Uhr``, ``noon``.

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
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from paperlib.data.readings.spoken_times import PART, Said, first_hour, in_part, said_times

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
    r"|(?=[0-5][0-9] ?hrs(?![a-z]))|(?<=\bat [0-9]{2})(?=[0-5][0-9] ?hours(?![a-z])))(?P<minute>[0-5][0-9])"
    r"(?:(?::|(?<=t[0-9]{4}))(?P<second>[0-5][0-9])(?:[.,](?P<fraction>[0-9]+))?)?)?"
    r"(?![0-9]| ?min|:[0-9a-f]|\.[0-9])"
    r"(?P<tail> ?[ap](?:m|\.m\.?|\. m\.)(?![a-z]| [0-9]{1,2}\.| (?:morgen|mittag|abend|(?:vor|nach)mittag)(?![a-z]))"
    r"| ?o'clock| ?(?:uhr|uur|h|hrs|hours|horas)(?![a-z]))?"
    rf"{PART}?"
)
_WORD = re.compile(rf"(?<![a-z])(?:{'|'.join(_NAMED)})(?![a-z])")
_BEFORE_H = re.compile(r"\b(?:at|a|as|las|vers|des|de|um|om|alle|ore|kl|kl\.) \Z")  # 14h
_BEFORE_DOT = re.compile(r"\b(?:alle|ore|kl|kl\.|klo|godz|godz\.|godzinie) \Z")  # 14.05
_RANGE = re.compile(r" ?- ?| (?:to|until|till|and|or) ")
_ZONE = re.compile(
    r"(?P<space> ?)(?P<open>\()?"
    r"(?:(?P<utc>(?:utc|gmt) ?)?(?P<sign>[+-])(?P<hours>0?[0-9]|1[0-4])(?::?(?P<minutes>00|30|45))?(?![0-9:])"
    r"|(?P<name>[a-z]{1,4})(?![a-z0-9]|\.[a-z]))(?(open)\))"
)
_ISO = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?")


def clock_spans(plain: str, text: str) -> list[ClockSpan]:
    """Every time of day in ``text``, whose folded form ``plain`` is, in order of position."""
    said = [*said_times(plain), *(Said(*word.span(), (_NAMED[word[0]],)) for word in _WORD.finditer(plain))]
    places = {place for one in said for place in range(one.start, one.end)}
    in_digits = (span for span in _in_digits(plain, text) if span.start not in places)
    return sorted([*in_digits, *(_with_zone(one, plain, text) for one in said)])


def _with_zone(said: Said, plain: str, text: str) -> ClockSpan:
    zone = _zone(plain, text, said.end)
    values = tuple(face + form for face in said.faces for form in zone.forms)
    return ClockSpan(said.start, zone.end, values, len(said.faces) > 1)


def _in_digits(plain: str, text: str) -> Iterator[ClockSpan]:
    matches = list(_CLOCK.finditer(plain))
    done = 0  # where the last time's zone ended: what looks like a time before is part of it
    for match, follower in zip_longest(matches, matches[1:]):
        end = follower if follower and _RANGE.fullmatch(plain, match.end(), follower.start()) else None
        first = _first(match)
        if first is None and end and not match["tail"]:
            first = _first_before(int(match["hour"]), end)
        if match.start() < done or not _is_time(match, first, plain):
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


def _is_time(match: _Match, first: int | None, plain: str) -> bool:
    """Whether a number, or a pair of them, is a time: by its colon or h, by a word around, or by a part of the day."""
    mark, tail, near = (match["mark"] or "").strip(), (match["tail"] or "").strip(), max(0, match.start() - 10)
    if match["minute"] and mark != ".":
        return True
    if first is not None:
        return 1 <= int(match["hour"]) <= 12
    if match["minute"]:
        return bool(tail or _BEFORE_DOT.search(plain, near, match.start()))
    return tail in ("uhr", "uur", "o'clock") or bool(tail and _BEFORE_H.search(plain, near, match.start()))


# -- parts of the day, by the hour from which the twelve in them are counted
def _first(match: _Match) -> int | None:
    """The first hour of the part of the day that a time names: 0 before noon, 12 after it."""
    if match["part"]:
        return first_hour(match["part"])
    return {"a": 0, "p": 12}.get((match["tail"] or "").strip()[:1])


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
