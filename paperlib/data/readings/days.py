"""The days that a text names, as ISO 8601 dates: ``3 March 2026``, ``03/03/2026``, ``from 3 to 6 March 2026``.

- Day and month in digits alone are ordered by what is possible (27/03), by the caller, by dots (day first), or by the
  text's other dates; where none of these decides, both orders are readings. A leading year means year, month, day.
- Two-digit years are 1969 to 2068, as in POSIX; others are 1000 to 2999.
- Months are named as in :mod:`~.months`, in Thai, or by Roman numerals ("3.IX.2026"). Years of Japanese eras (令和8年)
  and of the Buddhist era, where it is named (พ.ศ. 2569), are those of the common era.
- A day and month without a year take the year at the end of their range ("3 April to 6 May 2026"), else each of the
  first four years that the text names: those of its full dates, then numbers from 1900 to 2100. Without any they mean
  no date. Months that are words too ("may") need a capital or a word such as "on" there.
- Of a range both ends are readings, the days between are not.
- "May 2026", "2026" and "tomorrow" are no dates; 31.02.2026 is none either, nor are the numbers of "Art. 3 II 2004",
  "ref 3/9-2026" and "June 12 units". A year that ends a sentence belongs to no month after it, but for Hungarian.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from typing import Literal, NamedTuple

from paperlib.data.readings.asian_dates import Day, Mention, asian_dates
from paperlib.data.readings.months import DATED, DAY_FIRST, LANGUAGES, MONTHS, is_dated, is_other_word, month_of

DateOrder = Literal["dmy", "mdy", "ymd"]
_Match = re.Match[str]


class DaySpan(NamedTuple):
    """A span of a text and the ISO 8601 dates that it can mean."""

    start: int
    end: int
    values: tuple[str, ...]


MOST_YEARS = 4  # that a date without a year may take from elsewhere in the text
_REACH = 60  # characters before a month's name in which its days stand
_WORDS_TOO = {"may", "march"}  # that mean other things as well

_S = r"(?: {1,4}| {0,2}\n {0,8})"  # between words, which may be broken over two lines
_TO = "to|until|till|through|thru|and|or|bis|und|oder|au|et|a|al|y|e|ate|ao|tot|t/m|en|do|az|til|по"
_AND = rf"(?:{_S}?[-/&]{_S}?|{_S}(?:{_TO}){_S}(?:the )?)"
_LINK = re.compile(rf",?{_AND}(?:[a-z]{{2,10}}[.,]{{0,2}} )?")  # between two dates: " to ", " to Friday, "
_D = r"[0-3]?[0-9](?:st|nd|rd|th|er|e|[.ºª°]|-(?:го|е|go|ego)|:[ea])?"
_MORE = rf"(?:(?:{_D},{_S}?){{0,5}}{_D},?{_AND})"  # the days before the last: "3 to ", "3, 4 and "
_YEAR = r"(?P<year>[12][0-9]{3}|'[0-9]{2})(?![0-9a-z])"
_DAYS_BEFORE = re.compile(
    rf"(?<![a-z0-9$€£#'])(?<![0-9][.:/])(?P<days>(?:{_MORE}(?![0-9]{{1,2}}[-/]?\Z))?{_D})"
    rf"(?:{_S}(?:(?:day )?(?:of|de|do|di){_S})?|[-/.]|)\Z"
)
_DAYS_AFTER = re.compile(
    rf"\.?(?:{_S}(?:the{_S})?|[-/]|)(?P<days>{_MORE}?{_D})(?![0-9a-z]|[:.,][0-9]| ?[ap]\.?m\b| uhr)"
    rf"(?:(?:,?{_S}(?:(?:of|in){_S})?|[-,/]){_YEAR})?"
)
_YEAR_BEFORE = re.compile(r"(?<![0-9])(?P<year>[12][0-9]{3})(?:,? |[-/.]|(?P<stop>\. ))\Z")
_HUNGARIAN = {name for names in LANGUAGES["Hungarian"].split() for name in names.split("|")}  # after "2026. "
_COUNTS = re.compile(  # June 12 units
    r" (?:units?|pieces?|pcs|items?|boxe?s?|pallets?|copies|seats?|containers?|hours|days|weeks|miles|kg|km|%)"
    r"(?![a-z])"
)
_CITED = re.compile(  # before what is no date: Art. 3 II 2004, ref 3/9-2026
    r"(?:(?<![a-z])(?:art|artikel|article|sec|sect|section|ref|fig|figure|no|nr|p|pp|page|abs|par|para|kap|chap|chapter|vol"
    r"|tab|table|item)\.?:? ?|[§#] ?)\Z"
)
_YEAR_AFTER = re.compile(  # two digits after a space are a year only where nothing follows that they could count
    rf"\.?(?:(?:,?{_S}(?:(?:de|del|do|of|in){_S})?|[-/.,]|){_YEAR}|[-/.](?P<tight>[0-9]{{2}})(?![0-9:])"
    rf"|{_S}(?P<short>[0-9]{{2}})(?= {{0,2}}(?:\Z|[\n,;)|]|\.(?![0-9])|[0-9]{{1,2}}:)))"
)
_BEFORE_DATE = re.compile(r"\b(?:on|by|from|since|until|till|to|before|after|due|the) \Z")  # on 5 may
_WORD = re.compile(rf"(?<![a-zа-яі])[a-zа-яі]{{3,{max(map(len, MONTHS))}}}(?![a-zа-яі])")
# Spaces divide a date's numbers only where they are not part of a longer row of numbers. A time may follow.
_ROW_ENDS = r"(?![0-9]| [0-9]+(?![0-9:.h]))"
_SPACE = rf" (?<![0-9] [0-9] )(?<![0-9] [0-9]{{2}} )(?=[0-9]{{1,2}} [0-9]{{4}}{_ROW_ENDS})"
_CERTAIN = tuple(
    re.compile(form)
    for form in (
        # 2026-03-02, 2026/3/2, 2026:03:02, 2026. 3. 2., 2026 03 02
        rf"(?<![a-z0-9])(?P<year>[12][0-9]{{3}})(?P<sep>[-/.:]|\. |(?= [0-9]{{2}} [0-9]{{2}}{_ROW_ENDS}) )"
        r"(?P<month>[01]?[0-9])(?P=sep)(?P<day>[0-3]?[0-9])(?![0-9])",
        # 20260302, also before T
        r"(?<![a-z0-9.,/+-])(?P<year>(?:19|20)[0-9]{2})(?P<month>[01][0-9])(?P<day>[0-3][0-9])"
        r"(?![0-9a-su-z]|t(?![0-9])|[.,/-][0-9])",
        # 3/9-2026, as in Denmark
        r"(?<![a-z0-9$€£#])(?<![0-9][-/.,:])(?P<day>[0-3]?[0-9])/(?P<month>[01]?[0-9])-(?P<year>[12][0-9]{3})"
        r"(?![0-9]|[-/.:][0-9])",
    )
)
_ROMAN_MONTHS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_ROMAN = re.compile(  # 3.IX.2026, 3 IX 2026; but not 5 V 2026
    rf"(?<![\w$€£#])(?<![0-9][-/.,:])(?P<day>[0-3]?[0-9])(?P<sep>[-/]|\. ?| (?=[IVX]{{2}}))"
    rf"(?P<month>{'|'.join(_ROMAN_MONTHS)})(?P=sep)(?P<year>[12][0-9]{{3}})(?![0-9]|[-/.:][0-9])"
)
_YEAR_LAST = re.compile(
    rf"(?<![a-z0-9$€£#])(?<![0-9][-/.,:])(?P<one>[0-9]{{1,2}})(?P<sep>[-/]|\. ?|{_SPACE})(?P<two>[0-9]{{1,2}})"
    r"(?P=sep)(?P<year>[12][0-9]{3}|'?[0-9]{2})(?![0-9]|[-/.:][0-9])"
)
_NO_YEAR = re.compile(  # 05/12, 05.12., and with one digit after a word: on 5/12, am 5.12.
    r"(?<![a-z0-9$€£#.,/:-])(?:(?=[0-9]{2}[/.][0-9]{2})|(?<=\b(?:on|by|am|le|el|al) )|(?<=\b(?:due|vom|bis|zum|den) ))"
    r"(?P<one>[0-9]{1,2})(?P<sep>[/.])(?P<two>[0-9]{1,2})(?:(?<=/[0-9])|(?<=/[0-9]{2})|\.)(?![0-9a-z%/]|[-.][0-9]{3})"
)
_LONE_YEAR = re.compile(r"(?<![a-z0-9.,/$€£#-])(?:19[0-9]{2}|20[0-9]{2}|2100)(?![a-z0-9/%-]|[.,:][0-9])")
_VERSION = re.compile(r"\b(?:version|firmware|release|build|section|chapter)[:.]? \Z")  # before 2.10.15


def day_spans(plain: str, text: str, order: DateOrder | None) -> list[DaySpan]:
    """Every date in ``text``, whose folded form ``plain`` is, in order of position."""
    mentions = {*_named(plain, text), *_in_certain_order(plain), *_in_digits(plain, order), *_roman(plain, text)}
    mentions |= {*asian_dates(plain)}
    written = _with_linked_years(_apart(sorted(mentions, key=lambda m: m[:2])), plain)
    lone = (int(match[0]) for match in _LONE_YEAR.finditer(plain))
    years = list(dict.fromkeys(chain((year for m in written for year, _, _ in m.days if year), lone)))[:MOST_YEARS]
    found = []
    for mention in written:
        known = [(year, month, day) for own, month, day in mention.days for year in ([own] if own else years)]
        if values := dict.fromkeys(date(*day).isoformat() for day in known if _exists(day)):
            found.append(DaySpan(mention.start, mention.end, tuple(values)))
    return found


# -- with the name of a month
def _named(plain: str, text: str) -> Iterator[Mention]:
    """Days beside the name of a month: 3 March 2026, March 3-6, 2026 March 3."""
    for word in _WORD.finditer(plain):
        month = month_of(text[word.start() : word.end()]) if word[0] in MONTHS else None
        forms = _forms(plain, text, word) if month else []
        if month is None or not forms:
            continue
        digits, days, start, end = max(forms, key=lambda form: len(form[0]))
        if digits or _is_month(word, start, plain, text):
            for place, number in enumerate(re.compile("[0-9]+").finditer(plain, *days.span("days"))):
                yield Mention(number.start() if place else start, end, ((_year(digits), month, int(number[0])),))


def _forms(plain: str, text: str, word: _Match) -> list[tuple[str, _Match, int, int]]:
    """The ways to read what stands around a month's name: if it is a word too, those in the order of its language."""
    if (word[0] in DATED and not is_dated(plain, *word.span())) or is_other_word(text, *word.span()):
        return []
    forms = _around(plain, text, *word.span())
    after = not (word[0] in DATED or word[0] in DAY_FIRST)
    return [form for form in forms if after or form[1].end() <= word.start() or (form[0] and word[0] in DAY_FIRST)]


def _around(plain: str, text: str, start: int, end: int) -> Iterator[tuple[str, _Match, int, int]]:
    """Each way to read what stands around a month's name: the year's digits, the match of the days, start and end."""
    near = max(0, start - _REACH)
    if before := _DAYS_BEFORE.search(plain, near, start):
        year = _YEAR_AFTER.match(plain, end)
        yield year[year.lastgroup or 0] if year else "", before, before.start(), year.end() if year else end
    after = _DAYS_AFTER.match(plain, end)
    if after and (after["year"] or not _COUNTS.match(plain, after.end())):
        yield after["year"] or "", after, start, after.end()
        first = _YEAR_BEFORE.search(plain, near, start)
        name = text[start:end] if text[start:end].isascii() else text[start:end].lower()
        if first and (not first["stop"] or name in _HUNGARIAN):
            yield first["year"], after, first.start(), after.end("days")


def _is_month(word: _Match, start: int, plain: str, text: str) -> bool:
    """Whether the name of a month is one without a year too, in a date that begins at ``start``: that of "5 may go" and
    of the code 5dec is not."""
    if plain[word.start() - 1 : word.start()].isdigit() or plain[word.end() : word.end() + 1].isdigit():
        return False
    sure = word[0] not in _WORDS_TOO or text[word.start()].isupper()
    return sure or bool(_BEFORE_DATE.search(plain, max(0, start - 9), start))


# -- in digits
def _in_certain_order(plain: str) -> Iterator[Mention]:
    """Dates whose order is that of ISO 8601, or shown by their marks."""
    for match in chain.from_iterable(form.finditer(plain) for form in _CERTAIN):
        if "/" in match[0] and "-" in match[0] and _is_cited(match, plain):
            continue
        yield Mention(*match.span(), ((_year(match["year"]), int(match["month"]), int(match["day"])),))


def _roman(plain: str, text: str) -> Iterator[Mention]:
    """Dates with the month in Roman numerals, which are capitals."""
    for match in _ROMAN.finditer(text):
        if _is_cited(match, plain):
            continue
        month = _ROMAN_MONTHS.index(match["month"]) + 1
        yield Mention(*match.span(), ((int(match["year"]), month, int(match["day"])),))


def _in_digits(plain: str, order: DateOrder | None) -> Iterator[Mention]:
    """Dates such as 04/05/2026 and 04/05, in the order that :func:`_chosen` finds."""
    dated = [m for m in _YEAR_LAST.finditer(plain) if _is_date(m, plain)]
    bare = [m for m in _NO_YEAR.finditer(plain) if not _is_cited(m, plain)]
    read = [(match, _by_order(match, order)) for match in [*dated, *bare]]
    shown = {name for match, days in read[: len(dated)] if len(days) == 1 for name in days}
    for match, days in read:
        yield Mention(*match.span(), _chosen(days, match["sep"], order, shown))


def _is_date(match: _Match, plain: str) -> bool:
    """Whether three numbers can be a date by the word before them: 2.10.15, but not version 2.10.15."""
    return len(match["year"]) == 4 or not _VERSION.search(plain, max(0, match.start() - 12), match.start())


def _is_cited(match: _Match, plain: str) -> bool:
    """Whether a word before numbers says that they are those of a section or figure."""
    return bool(_CITED.search(plain, max(0, match.start() - 12), match.start()))


def _by_order(match: _Match, order: DateOrder | None) -> dict[DateOrder, Day]:
    """The days that exist by order. Two numbers, or a year of two digits, may be year first if the caller says so."""
    one, two, last = int(match["one"]), int(match["two"]), match.groupdict().get("year")
    days: dict[DateOrder, Day] = {"dmy": (_year(last or ""), two, one), "mdy": (_year(last or ""), one, two)}
    if last is None:
        days["ymd"] = days["mdy"]
    elif len(last) == 2 and len(match["one"]) == 2 and (order == "ymd" or one > 31):
        days["ymd"] = (_year(match["one"]), two, int(last))
    return {name: day for name, day in days.items() if _exists(day)}


def _chosen(days: dict[DateOrder, Day], sep: str, order: DateOrder | None, shown: set[DateOrder]) -> tuple[Day, ...]:
    """The days left by the caller's order, else day first after dots, else by the one order that other dates show."""
    hints = (order, "dmy" if sep.startswith(".") else None, *(shown if len(shown) == 1 else ()))
    return next(((days[hint],) for hint in hints if hint in days), tuple(dict.fromkeys(days.values())))


# -- years
def _year(digits: str) -> int | None:
    """A year of four digits or of two, with an apostrophe or not; None for no digits."""
    number = int(digits.lstrip("'") or 0)
    return (number if number > 99 else number + (2000 if number < 69 else 1900)) if digits else None


def _exists(day: Day) -> bool:
    """Whether the calendar has the day, in some year if it has none."""
    year, month, number = day
    try:
        date(year or 2000, month, number)
    except ValueError:
        return False
    return True


def _apart(mentions: Sequence[Mention]) -> list[Mention]:
    """The mentions that can be days, without those that lack a year and overlap one that does not."""
    able = [m for m in mentions if any(map(_exists, m.days))]
    full = [m for m in able if m.days[0][0]]
    starts, ends = [m.start for m in full], [m.end for m in full]
    return [m for m in able if m.days[0][0] or not _overlaps(m, starts, ends)]


def _overlaps(mention: Mention, starts: list[int], ends: list[int]) -> bool:
    """Whether a mention shares a character with a span, of those that ``starts`` and ``ends`` list in order."""
    place = bisect_left(starts, mention.end)
    return place > 0 and ends[place - 1] > mention.start


def _with_linked_years(mentions: Sequence[Mention], plain: str) -> list[Mention]:
    """The mentions, those that begin a range with the year of its end."""
    done: list[Mention] = []
    for mention in reversed(mentions):
        follower = done[-1] if done else None
        if not mention.days[0][0] and follower and _are_linked(mention, follower, plain):
            days = tuple((_year_before(follower.days[0], month, day), month, day) for _, month, day in mention.days)
            mention = mention._replace(days=days)
        done.append(mention)
    return done[::-1]


def _are_linked(mention: Mention, follower: Mention, plain: str) -> bool:
    """Whether two mentions are ends of a range, or days of one month."""
    return mention.end == follower.end or bool(_LINK.fullmatch(plain, mention.end, follower.start))


def _year_before(end: Day, month: int, day: int) -> int | None:
    """The year of the first day of a range that ends on ``end``: the one before if the range has a New Year in it."""
    year, *last = end
    return year - ([month, day] > last) if year else None
