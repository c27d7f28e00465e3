"""Times of day as people say them: ``half past seven``, ``ten to five``, ``Viertel vor neun abends``, ``午後3時20分``.

- Hours up to twelve are those of the part of the day that is named ("in the evening"), else of either half of it. A
  part in which nobody counts the hour ("two in the evening") is none.
- In Japanese, Chinese and Korean, where hours have a sign of their own, they are those of the 24-hour clock instead.
- "half past", "a quarter to", "halb acht", "o'clock", "Uhr" and "pm" are said of times only. "ten to five" may as well
  be a score or a range, "zehn nach acht" a number of what follows, and "two in the morning" a dose: they are times
  after "at", "until", "it's" and such, before "tomorrow" and such, or where nothing else is said; and never before what
  is counted.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from paperlib.data.readings.cjk_numbers import han_value
from paperlib.data.readings.compound_words import LANGUAGES, numbered
from paperlib.data.readings.months import FOLD

_Match = re.Match[str]


class Said(NamedTuple):
    """A span and the times of day that it can mean, each as HH:MM:SS."""

    start: int
    end: int
    faces: tuple[str, ...]


# Parts of the day, folded, by the hour from which twelve are counted: twelve at night is midnight.
_PARTS = {
    0: "in the morning|de la manana|da manha|du matin|vormittags|morgens|am (?:morgen|vormittag)|(?:in der )?fruh",
    9: "mittags|am mittag",
    12: "in the afternoon|de la tarde|da tarde|de l'apres-midi|nachmittags|am nachmittag",
    13: "in the evening|de la noche|da noite|du soir|abends|am abend",
    17: "at night|nachts|in der nacht",
}
PART = rf"(?:,? (?P<part>{'|'.join(_PARTS.values())})(?![a-z]))"


# The hours of each part that people count so. In Spain and Portugal, the afternoon is longer.
_HOURS_OF = {
    0: range(1, 13),
    9: (11, 12, 1, 2),
    12: (12, *range(1, 9)),
    13: range(4, 13),
    17: (*range(1, 5), *range(7, 13)),
}


def first_hour(part: str, hour: int) -> int | None:
    """The hour from which the twelve of a part of the day are counted; None if no ``hour`` of it is."""
    first = next(first for first, names in _PARTS.items() if re.fullmatch(names, part))
    return first if hour in _HOURS_OF[first] else None


# What says that a bare "seven in the evening" or "ten to five" is a time: words before or after it, or no others.
_AT = (
    r"at|until|till|til|before|after|since|it's|it is|um|gegen|bis|ab|seit|punkt|es ist|las|a la|as|om|vers"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow|tonight"
    r"|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|heute"
)
_BEFORE_TIME = re.compile(rf"(?<![a-z])(?:{_AT}),? \Z")
_BY = re.compile(r"(?<![a-z])by \Z")
_WON_BY = re.compile(
    r"\b(?:won|win|wins|lost|lose|beat|beaten|defeated|led|lead|ahead|passed|carried|approved|rejected)\b"
)
_SPAN = re.compile(
    r"(?<![a-z])(?:from|von|de|des|between|zwischen"
    r"|(?:from|von|between|zwischen) [a-z0-9:.]{1,10} (?:to|until|and|bis|und)"
    r"|(?:morning|noon|night|evening|(?:morgen|mittag|abend|nacht)s|[ap]\.?m\.?) (?:to|bis)) \Z"
)
_AFTER_TIME = re.compile(r",? (?:today|tomorrow|tonight|sharp|on the dot|heute|morgen|fruh)(?![a-z])")
_STARTS = re.compile(r"(?:\A|[\n:|(])[ \"'-]*\Z")
_ENDS = re.compile(r"[ \"']*(?:\.?[ \"']*(?:\Z|\n)|[|)])")
_GROUP = re.compile(r" (?:groups?|class(?:es)?|sessions?|shifts?|teams?|courses?|rounds?|gruppen?)(?![a-z])")
_NEAR = 30  # characters before a time in which a sign of it stands


def is_shown(plain: str, start: int, end: int, spans: bool = True) -> bool:
    """Whether what stands around words or a number with a part of the day shows a time; ``spans``: "from" does."""
    near = max(0, start - _NEAR)
    if _GROUP.match(plain, end):
        return False
    if _BY.search(plain, near, start):
        return not _WON_BY.search(plain, near, start)
    if _BEFORE_TIME.search(plain, near, start) or _AFTER_TIME.match(plain, end):
        return True
    if spans and _SPAN.search(plain, near, start):
        return True
    return bool(_STARTS.search(plain, near, start) and _ENDS.match(plain, end))


def in_part(minutes: int, first: int) -> int:
    """The minute of the day that a minute of the half day is, in the twelve hours from ``first`` on."""
    return (60 * first + (minutes - 60 * first) % 720) % 1440


def said_times(plain: str) -> list[Said]:
    """Every such time in a folded text."""
    return [*_european(plain), *(_east_asian(plain) if any(sign in plain for sign in _SIGNS) else ())]


def _said(match: _Match, minutes: tuple[int, ...], second: int = 0) -> Said:
    faces = (f"{minute // 60 % 24:02}:{minute % 60:02}:{second:02}" for minute in minutes)
    return Said(*match.span(), tuple(dict.fromkeys(faces)))


# -- English and German
_GERMAN = {name.translate(FOLD): number for name, number in LANGUAGES["de"].items() if number < 60}
_GERMAN_HOURS = {name: number for name, number in _GERMAN.items() if number <= 24}
_ENGLISH_HOURS = numbered("one two three four five six seven eight nine ten eleven twelve", first=1)
_HOURS = _GERMAN_HOURS | _ENGLISH_HOURS
_MINUTES = {"half": 30, "quarter": 15, "viertel": 15, "five": 5, "ten": 10, "twenty": 20, "twenty-five": 25}
_MINUTES |= {"funf": 5, "zehn": 10, "zwanzig": 20}


def _any_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, by their first letters, which is quicker than one after the other."""
    by_letter = groupby(sorted(words, key=lambda word: (word[0], -len(word))), key=lambda word: word[0])
    return "|".join(f"{letter}(?:{'|'.join(word[1:] for word in group)})" for letter, group in by_letter)


_SPOKEN = re.compile(
    r"(?<![a-z0-9.,:/-])(?=[0-9adefhnoqstvz])(?:(?P<offset>(?=[0-9adfhqtvz])"
    r"(?:a )?(?:(?P<english>half|quarter|five|ten|twenty(?:[ -]five)?|[1-5]?[0-9])(?P<minutes> minutes?)?"
    r" (?P<way>past|after|to|till|before)"
    r"|(?P<german>viertel|funf|zehn|zwanzig|[1-5]?[0-9])(?P<minuten> minuten?)? (?P<weg>nach|vor)(?P<halb> halb)?)"
    r"|(?P<alone>halb|dreiviertel)) )?"
    rf"(?P<hour>(?P<stunde>{_any_of(_GERMAN_HOURS)})|{_any_of(_ENGLISH_HOURS)}|(?(offset)(?:1[0-2]|0?[1-9])|(?!)))(?![0-9a-z-]|[:.][0-9])"
    rf"(?P<clock> o'clock| uhr(?: (?P<after>{_any_of(_GERMAN)}))?(?![a-z]))?"
    rf"(?:{PART}| ?(?P<half>p|(?(stunde)(?!)|(?(weg)(?!)|(?(alone)(?!)|a))))\.?m\b\.?)?"  # halb acht am Markt
)
_PART_BEFORE = re.compile(rf"(?<![a-z])(?P<part>{'|'.join(_PARTS.values())}),? (?:um|gegen|at|around|about) \Z")
_REACH = 35  # characters before a time in which its part of the day stands
_UM = re.compile(r"\b(?:um|gegen) \Z")  # um 10 vor 8
_COUNTED = re.compile(  # ten to five people
    r" ?[%€$]| (?!(?:in|on|at|by|and|or|but|as|when|this|that|today|tomorrow|tonight|sharp|we|i|he|she|they|you|it|the"
    r"|im|am|an|um|bis|und|oder|aber|als|wenn|morgen|heute|abends|morgens|nachts|fruh|ich|er|sie|es|wir|der|die|das)\b)"
    r"[a-z]"
)
_UNITS = re.compile(  # a quarter to two customers, ein Viertel nach zwei Jahren
    r" ?[%€$]| (?:people|persons?|customers?|investors?|hours?|minutes?|days?|weeks?|months?"
    r"|years?|percent|million"
    r"|hundred|thousand|jahren?|tagen?|wochen?|monaten?|stunden?|minuten?|prozent|personen|millionen)(?![a-z])"
)
_FROM = re.compile(r"\b(?:from|and) \Z")


def _european(plain: str) -> Iterator[Said]:
    for match in _SPOKEN.finditer(plain):
        hour, offset = _HOURS.get(match["hour"]) or int(match["hour"]), _offset(match, plain)
        before = _PART_BEFORE.search(plain, max(0, match.start() - _REACH), match.start())
        part = match["part"] or (before and before["part"])
        first = first_hour(part, hour) if part and hour <= 12 else {"a": 0, "p": 12}.get(match["half"] or "")
        if offset is None or not _is_time(match, before, plain) or (part and first is None and not match["clock"]):
            continue
        minutes = 60 * hour + offset + (_GERMAN[match["after"]] if match["after"] else 0)
        if hour > 12 and not (match["clock"] or "").startswith(" uhr"):
            continue
        if first is not None and hour <= 12:
            yield _said(match, (in_part(minutes, first),))
        else:
            yield _said(match, (minutes % 1440,) if hour > 12 else (minutes % 720, minutes % 720 + 720))


def _is_time(match: _Match, before: _Match | None, plain: str) -> bool:
    """Whether words can be nothing but a time, or are shown to be one."""
    if match["clock"] or match["half"]:
        return True
    amount, way = match["english"] or match["german"], match["way"] or match["weg"]
    if match["alone"] or match["halb"] or amount in ("half", "quarter", "viertel"):
        return not _UNITS.match(plain, match.end())
    if match["offset"] and (match["minutes"] or match["minuten"] or way == "past"):
        return bool(match["part"]) or not _COUNTED.match(plain, match.end())
    if match["offset"]:
        shown = before is not None or is_shown(plain, *match.span(), spans=False)
        return shown and (bool(match["part"]) or not _COUNTED.match(plain, match.end()))
    return match["part"] is not None and match["hour"] not in ("ein", "eins", "one") and is_shown(plain, *match.span())


def _offset(match: _Match, plain: str) -> int | None:
    """The minutes from the full hour on; None for what is no time: "half to", "10 to 5", "from ten to five"."""
    if match["offset"] is None or match["alone"]:
        return {"halb": -30, "dreiviertel": -15}.get(match["alone"], 0)
    amount, minutes = match["english"] or match["german"], match["minutes"] or match["minuten"]
    way = match["way"] or match["weg"]
    number = _MINUTES.get(amount.replace(" ", "-")) or int(amount)
    near = max(0, match.start() - 8)
    if amount.isdigit() and not (minutes or way == "past" or _UM.search(plain, near, match.start())):
        return None
    if amount not in ("half", "quarter") and way in ("after", "till", "before"):
        return None
    if way == "to" and (amount == "half" or _FROM.search(plain, near, match.start())):
        return None
    return number * (1 if way in ("past", "after", "nach") else -1) - (30 if match["halb"] else 0)


# -- Japanese, Chinese and Korean
_HALVES = dict.fromkeys(("午前", "上午", "早上", "清晨", "早晨", "凌晨", "朝", "오전", "새벽", "아침"), 0)
_HALVES |= {"中午": 9, "午後": 12, "下午": 12, "오후": 12, "傍晚": 13, "夕方": 13, "저녁": 13}
_HALVES |= {"晚上": 17, "深夜": 17, "夜里": 17, "夜": 17, "밤": 17}
_SIGNS = ("時", "时", "시", "点", "點", *_HALVES)
_HAN = "〇零一二三四五六七八九十"
_EAST_ASIAN = re.compile(
    rf"(?:(?P<half>{'|'.join(_HALVES)})の? ?)?(?<![0-9{_HAN}.:第])(?P<hour>[0-9]{{1,2}}|[{_HAN}两]{{1,3}})"
    r"(?: ?(?P<mark>[時时시点點])(?![間间간작])"
    rf"(?: ?(?P<thirty>半|반)| ?(?P<minute>[0-9]{{1,2}}|[{_HAN}]{{1,3}}) ?[分분](?: ?(?P<second>[0-9]{{1,2}}) ?[秒초])?"
    r"|(?P<bare>[0-5][0-9])(?![0-9])|(?P<exact>[整钟鐘]))?"
    r"|:(?P<colon>[0-5][0-9])(?![0-9:]))"
)
_LINK = re.compile(r" ?(?:[-~〜～]|から|到|至|부터|에서) ?")


def _east_asian(plain: str) -> Iterator[Said]:
    """Times with a sign for the hour. The end of a range is in the half day of its beginning, or in the next one."""
    end, before = 0, 0  # of the last time that names its part of the day: where it ends, and its minute
    for match in _EAST_ASIAN.finditer(plain):
        hour, second = han_value(match["hour"]) or 0, int(match["second"] or 0)
        minute = 30 if match["thirty"] else han_value(match["minute"] or match["bare"] or match["colon"] or "0")
        linked = end > 0 and _LINK.fullmatch(plain, end, match.start()) is not None
        if hour > 24 or minute is None or minute > 59 or second > 59 or not (linked or _has_time_signs(match)):
            continue
        minutes = (60 * hour + minute) % 1440
        if match["half"] and hour <= 12:
            minutes = in_part(minutes, _HALVES[match["half"]])
            end, before = match.end(), minutes
        elif linked and hour <= 12:
            minutes = before + (minutes - before) % 720
        yield _said(match, (minutes,), second)


def _has_time_signs(match: _Match) -> bool:
    """Whether a number with a sign for the hour is a time: not 3点, "three points"."""
    sure = match["mark"] in ("時", "时", "시") or any(match[part] for part in ("thirty", "minute", "exact"))
    return bool(match["half"] or (match["mark"] and sure))
