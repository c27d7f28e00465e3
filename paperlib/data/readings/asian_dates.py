"""Dates as Japanese, Chinese, Korean and Thai texts write them: ``令和8年3月2日``, ``2 มีนาคม พ.ศ. 2569``."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from paperlib.data.readings.cjk_numbers import han_value

Day = tuple[int | None, int, int]  # year, if known, month and day


class Mention(NamedTuple):
    """A span and the days that it can mean, years perhaps unknown."""

    start: int
    end: int
    days: tuple[Day, ...]


_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}  # the years before their first
_HAN = "〇零一二三四五六七八九"
_EAST_ASIAN = re.compile(  # 2026年3月2日, 2026년 3월 2일, 3月2日, 二〇二六年三月二日, 令和8年3月2日
    rf"(?:(?:(?P<era>{'|'.join(_ERAS)}) ?(?P<reign>元|[0-9]{{1,2}}|[{_HAN}十]{{1,3}})"
    rf"|(?<![0-9{_HAN}])(?P<year>[12][0-9]{{3}}|[一二][{_HAN}]{{3}})) ?[年년] ?)?"
    rf"(?<![0-9{_HAN}十])(?P<month>[01]?[0-9]|[{_HAN}十]{{1,3}}) ?[月월] ?"
    rf"(?P<day>[0-3]?[0-9]|[{_HAN}十]{{1,3}}) ?[日号號일]"
)
_THAI_MONTHS = (
    *("มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน"),
    *("กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม"),
)
_THAI = re.compile(
    rf"(?<![0-9])(?P<day>[0-3]?[0-9]) ?(?P<month>{'|'.join(_THAI_MONTHS)}) ?"
    r"(?:(?:พ\.ศ\.|พศ) ?(?P<buddhist>2[3-6][0-9]{2})|(?:ค\.ศ\. ?)?(?P<year>1[0-9]{3}|2[0-3][0-9]{2}))(?![0-9])"
)


def asian_dates(plain: str) -> Iterator[Mention]:
    """The dates of both kinds in a folded text, years perhaps unknown."""
    if "月" in plain or "월" in plain:
        yield from _east_asian(plain)
    yield from _thai(plain)


def _east_asian(plain: str) -> Iterator[Mention]:
    """Dates with signs for year, month and day, perhaps without a year; the first year of an era is its 元年."""
    for match in _EAST_ASIAN.finditer(plain):
        year, month, day = (han_value(match[part]) if match[part] else None for part in ("year", "month", "day"))
        if match["era"]:
            reign = 1 if match["reign"] == "元" else han_value(match["reign"])
            year = _ERAS[match["era"]] + reign if reign else None
        if month and day and (year or not match["era"]):
            yield Mention(*match.span(), ((year, month, day),))


def _thai(plain: str) -> Iterator[Mention]:
    """Dates in Thai."""
    for match in _THAI.finditer(plain) if any(name in plain for name in _THAI_MONTHS) else ():
        year = int(match["buddhist"]) - 543 if match["buddhist"] else int(match["year"])
        yield Mention(*match.span(), ((year, _THAI_MONTHS.index(match["month"]) + 1, int(match["day"])),))
