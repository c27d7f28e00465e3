"""Reads the numerals of East Asia: ``三百二十五``, ``二〇二六``, ``12万``, ``1億2千万``, ``5만 3천``.

- Digits in a row (``二〇二六``) are those of one number. With scales, each multiplies what stands before it.
- Digits before a scale are no number of their own: ``12万`` is not 12.
- One character alone, scales alone and the same digit twice are words as often (``一般``, ``千万``, ``一一``): they are
  numbers only before a counter (``三人``) or after 第.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from paperlib.data.readings.numerals import EXACT, Found, parse_numeral

_ALIKE = ("零〇", "一壱壹", "二两兩弐贰貳", "三参叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
DIGITS = {digit: value for value, digits in enumerate(_ALIKE) for digit in digits}
SCALES = {"十": 10, "拾": 10, "십": 10, "百": 100, "佰": 100, "백": 100, "千": 1000, "仟": 1000, "천": 1000}
SCALES |= {"万": 10**4, "萬": 10**4, "만": 10**4, "億": 10**8, "亿": 10**8, "억": 10**8, "兆": 10**12, "조": 10**12}
LARGE = ("万萬만", "億亿억", "兆조")
HAN = "".join(DIGITS) + "".join(scale for scale in SCALES if scale < "\uac00")

# After digits. 千 also begins names of places (千葉), and 조 is an article of a law or a team.
_SCALE = r"(?:[百佰万萬億亿兆백만억]|[千천](?![葉叶代歳안])|조(?= ?(?:원|달러|[0-9])))"
_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})++|[0-9]++)(?:\.[0-9]++)?"
_SCALED = rf"{_DIGITS}{_SCALE}[{HAN}백천만억]*"
NUMERAL = rf"{_SCALED}(?: ?{_SCALED})*(?:{_DIGITS})?|[{HAN}]+"

_ROW = re.compile(f"[{''.join(DIGITS)}]+")
_ONE = rf"(?:{_DIGITS}|[{''.join(DIGITS)}])"
_GROUP = "".join(rf"(?: ?{_ONE}?[{scale}])?[零〇]?" for scale in ("千仟천", "百佰백", "十拾십"))
_LARGE = "".join(rf"(?:(?!{'|'.join(large)})[零〇]?{_GROUP}(?: ?{_ONE})?[{large}])?" for large in reversed(LARGE))
_WHOLE = re.compile(rf"{_LARGE}[零〇]?{_GROUP}{_ONE}?")
_SIGN = re.compile(rf"{_DIGITS}|\S")
HAN_SCALES = re.compile(rf"{_SCALE}+")
_COUNTER = re.compile(  # not 一時, "for a time", 一層, "still more", 一番, "most", and 百度, Baidu
    r"[人名件個个箇年月日号號円元圓块本枚台回次匹頭冊杯階歳才岁週时秒位只隻条條张張辆輛間间天割倍軒列組组票袋箱瓶盒斤层章節节卷巻册頁页つ%]"
    r"|(?<!一)[時層]|か(?:所|月|国)|[ヶヵ]|丁目|番[目地線]|公斤|分[間间钟鐘]|ページ"
)


def read_han(text: str, run: re.Match[str]) -> Iterator[Found]:
    """The numbers that a run of :data:`NUMERAL` means: one, or several with spaces between (``1万 2万``)."""
    place = run.start() if _is_number(text, run) else run.end()
    while place < run.end():
        value, end = _read(text, place, run.end())
        if value is None:
            return
        yield Found(value, place, end)
        place = end + (text[end : end + 1] == " ")


def han_value(numeral: str) -> int | None:
    """The value of a whole number in digits or in characters; None for what is none.

    >>> han_value("二〇二六"), han_value("三十一"), han_value("31"), han_value("二三十")
    (2026, 31, 31, None)
    """
    value, end = _read(numeral, 0, len(numeral))
    return None if value is None or end < len(numeral) else int(value)


def factor_of(scales: str) -> Decimal:
    """What scales multiply a number by: 10^8 for 万万."""
    factor = Decimal(1)
    for scale in scales:
        factor = EXACT.multiply(factor, SCALES[scale])
    return factor


def _is_number(text: str, run: re.Match[str]) -> bool:
    """Whether a run is a number and no word, by itself or by what stands around it."""
    signs = set(run[0])
    if not signs - set("零〇"):
        return False
    by_itself = len(signs) > 1 and any(sign in DIGITS or sign.isascii() for sign in signs)
    return by_itself or text[run.start() - 1 : run.start()] == "第" or _COUNTER.match(text, run.end()) is not None


def _read(text: str, start: int, end: int) -> tuple[Decimal | None, int]:
    """The number that begins at ``start``, and where it ends; None where the characters make none."""
    if row := _ROW.fullmatch(text, start, end):
        return Decimal("".join(str(DIGITS[digit]) for digit in row[0])), end
    match = _WHOLE.match(text, start, end)
    if match is None or not match[0] or (match.end() < end and text[match.end()] != " "):
        return None, start
    return _sum(match[0]), match.end()


def _sum(numeral: str) -> Decimal | None:
    """The value of digits and scales in an order that is valid but for digits too large for their place."""
    total = group = Decimal(0)  # of the large scales, of the small ones since
    last: Decimal | None = None  # the digits that no scale has multiplied yet
    for sign in _SIGN.findall(numeral):
        scale = SCALES.get(sign, 0)
        if scale >= 10**4:
            total, group = EXACT.add(total, EXACT.multiply(EXACT.add(group, last or 0), scale)), Decimal(0)
            last = None
        elif scale:
            group = EXACT.add(group, EXACT.multiply(1 if last is None else last, scale))
            last = None
        elif sign in DIGITS:
            last = Decimal(DIGITS[sign])
        elif (last := parse_numeral(sign.replace(",", ""))) is None:
            return None
    return EXACT.add(total, EXACT.add(group, last or 0))
