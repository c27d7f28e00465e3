"""What stands beside a number and changes its value: fractions and exponents, scales and percent, signs."""

import re
from collections.abc import Iterator
from decimal import Decimal

from paperlib.data.readings.cjk_numbers import HAN_SCALES, factor_of
from paperlib.data.readings.cjk_numbers import SCALES as SCALE_SIGNS
from paperlib.data.readings.numerals import EXACT, Found

ONE, HUNDREDTH = Decimal(1), Decimal("0.01")
CURRENCY = (
    r"(?:(?:US|CA|AU|NZ|HK|[ACR])?\$|[¢£¤¥\u20a0-\u20cf]|(?:USD|EUR|GBP|CHF|JPY|INR|CNY|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK"
    r"|HUF|BRL|MXN|ZAR|Rs\.?|kr\.?)(?![A-Za-z]))"
)

VULGAR = {"½": "0.5", "¼": "0.25", "¾": "0.75", "⅕": "0.2", "⅖": "0.4", "⅗": "0.6", "⅘": "0.8"}
VULGAR |= {"⅛": "0.125", "⅜": "0.375", "⅝": "0.625", "⅞": "0.875"}
FRACTION_WORDS = {"half": "0.5", "quarter": "0.25", "quarters": "0.75"}
FRACTION_AFTER = re.compile(
    rf"[ \u00a0-]?(?P<vulgar>[{''.join(VULGAR)}])"
    r"|[ -]and[ -](?:(?:an?|one)[ -](?=half|quarter\b)|three[ -](?=quarters))(?P<word>half|quarters?)\b",
    re.I | re.A,  # the letters of ASCII alone, whose lower case is in the table
)

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
EXPONENT = re.compile(
    r"(?:[eE](?P<e>[-+]?[0-9]{1,3})|[ \u00a0]?[x×*·⋅][ \u00a0]?10(?:(?:\^|\*\*)(?P<power>[-+]?[0-9]{1,3})"
    r"|(?P<raised>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})))(?!\w)"
)

# The factors that each can mean; 1 where it may as well be a unit.
SYMBOLS = {"k": (1000,), "K": (1000,), " k": (1, 1000), " K": (1, 1000), "m": (1, 10**6), "M": (1, 10**6)}
SYMBOLS |= {" M": (1, 10**6), "MM": (1, 10**6), " MM": (1, 10**6), "b": (1, 10**9), "B": (1, 10**9), "T": (1, 10**12)}
SCALES = {
    word: factors
    for words, factors in (
        ("dozen dozens", (1, 12)),
        ("hundred hundreds hundert", (100,)),
        ("thousand thousands thsd tausend tsd mille milliers mila duizend", (1000,)),
        ("grand", (1, 1000)),
        ("mil", (1000, 10**6)),  # a thousand in Spanish, a million in English
        ("million millions mio mln millionen milione milioni milhão milhões millón millones miljoen", (10**6,)),
        ("mn", (1, 10**6)),
        ("billion billions bn bln milliarde milliarden mrd mia milliard milliards miliardo miliardi mld", (10**9,)),
        ("millardo millardos bilhão bilhões bilhao miljard", (10**9,)),
        ("trillion trillions tn trn billionen billón billones biljoen", (10**12,)),
        ("lakh lakhs lac lacs", (10**5,)),
        ("crore crores", (10**7,)),
        ("cr", (1, 10**7)),
    )
    for word in words.split()
}
SYMBOL = re.compile(r" ?(?:MM|[kKmMbBT])(?!\w)")
SCALE = re.compile(r"[ \u00a0-]?([^\W\d_]+)(?:(?<=mio|mrd|tsd)\.)?", re.I)
CODE_BEFORE = re.compile(rf"(?<!\w)(?!{CURRENCY}\Z)\w*[^\W\d_]\Z")  # the A of A12B
PERCENT = re.compile(
    r"[ \u00a0-]?(?:%|(?:percent|per cent|pct|prozent|pour cent|por ciento|por cento|per cento|procent)\b)", re.I
)
TO = r"(?: ?[-~〜～] ?|[至到]| (?:to|and|bis|und|à|et|a|y|e) )"
RANGE = re.compile(rf"{TO}(?:{CURRENCY} ?)?[0-9][0-9.,]{{0,9}}(?![0-9])")

BOTH, NEGATIVE, POSITIVE = (1, -1), (-1,), (1,)
MINUS = re.compile(rf"-( ?)(?:{CURRENCY} ?)?\Z")
VALUE_BEFORE = re.compile(rf"(?:[\w)\]%°]|[0-9] ?{CURRENCY})\Z")
NUMBER_BEFORE = re.compile(rf"(?:[0-9)\]%]|[0-9] ?{CURRENCY}) ?\Z")
MINUS_AFTER = re.compile(rf"-(?![\w-]| ?[0-9]|{CURRENCY})")
BRACKET_BEFORE = re.compile(rf"\((?:{CURRENCY} ?)?\Z")
BRACKET_AFTER = re.compile(rf"(?: ?{CURRENCY})?\)")
# In some languages, "at least 5" has the word too.
NEGATIVE_WORD = re.compile(rf"(?<!\w)(?:(minus|negative)|moins|menos|meno)[ \u00a0-](?:{CURRENCY} ?)?\Z", re.I)
BELOW_ZERO = re.compile(
    r" ?(?:(?:°|degrees?|grad|degrés|grados|gradi|graus|graden) ?(?:C|F|celsius|fahrenheit)?)? "
    r"(?:below zero|unter null|sous zéro|bajo cero|sotto zero|abaixo de zero|onder nul)\b",
    re.I,
)
NEAR = 20  # characters before a number in which its sign stands


def scaled(text: str, number: Found) -> Iterator[Found]:
    """A number with the fraction, exponent, scale or percent that stands after it."""
    value, start, end = number
    if fraction := FRACTION_AFTER.match(text, end):
        part = VULGAR.get(fraction["vulgar"] or "") or FRACTION_WORDS[fraction["word"].lower()]
        value, end = EXACT.add(value, Decimal(part)), fraction.end()
    if exponent := EXPONENT.match(text, end):
        power = exponent["e"] or exponent["power"] or exponent["raised"].translate(SUPERSCRIPTS)
        factors, end = [EXACT.scaleb(ONE, int(power))], exponent.end()
    else:
        factors, end = _factors(text, start, end)
    for factor in factors:
        yield Found(EXACT.multiply(value, factor), start, end)


def signed(text: str, number: Found, symbols: bool) -> Iterator[Found]:
    """A number with each sign that it can have; without ``symbols``, only words say so."""
    signs, start, end = _signs(text, number.start, number.end, symbols)
    for sign in signs:
        yield Found(EXACT.multiply(number.value, Decimal(sign)), start, end)


def _factors(text: str, start: int, end: int) -> tuple[list[Decimal], int]:
    """What a number may be multiplied by, and where that ends; 1 where nothing is said."""
    in_code = CODE_BEFORE.search(text[max(0, start - NEAR) : start]) is not None
    factors, after = _own_factors(text, end, symbols=not in_code)
    if after == end and text[end - 1] not in SCALE_SIGNS and (other := RANGE.match(text, end)):
        factors = list(dict.fromkeys([ONE, *_own_factors(text, other.end())[0]]))
    return factors, after


def _own_factors(text: str, end: int, symbols: bool = True) -> tuple[list[Decimal], int]:
    factors = [ONE]
    if symbols and (symbol := SYMBOL.match(text, end)) and symbol.group() in SYMBOLS:
        factors, end = [Decimal(by) for by in SYMBOLS[symbol.group()]], symbol.end()
    if han := HAN_SCALES.match(text, end):  # 2万
        factors, end = [factor_of(han[0])], han.end()
    for _ in range(2):  # 2 hundred thousand
        if (scale := SCALE.match(text, end)) and (named := SCALES.get(scale[1].lower())):
            factors, end = [factor * by for factor in factors for by in named], scale.end()
    if percent := PERCENT.match(text, end):
        factors, end = [factor * by for factor in factors for by in (ONE, HUNDREDTH)], percent.end()
    return factors, end


def _signs(text: str, start: int, end: int, symbols: bool) -> tuple[tuple[int, ...], int, int]:
    """The signs that a number can have, and its span with them."""
    near = max(0, start - NEAR)
    before = text[near:start]
    if below := BELOW_ZERO.match(text, end):
        return NEGATIVE, start, below.end()
    if word := NEGATIVE_WORD.search(before):
        return NEGATIVE if word[1] else BOTH, near + word.start(), end
    if not symbols:
        return POSITIVE, start, end
    if minus := MINUS.search(before):
        signs = _signs_of_minus(before[: minus.start()], spaced=bool(minus[1]))
        return signs, start if signs == POSITIVE else near + minus.start(), end
    if MINUS_AFTER.match(text, end):
        return NEGATIVE if re.search("[.,][0-9]", text[start:end]) else BOTH, start, end + 1
    if BRACKET_BEFORE.search(before) and BRACKET_AFTER.match(text, end):
        return BOTH, start, end
    return POSITIVE, start, end


def _signs_of_minus(before: str, spaced: bool) -> tuple[int, ...]:
    """The signs that a minus can give, by what stands before it and whether a space follows it."""
    if (NUMBER_BEFORE if spaced else VALUE_BEFORE).search(before):
        return POSITIVE
    return BOTH if spaced or re.search(r"[:-]\Z|[0-9] \Z", before) else NEGATIVE
