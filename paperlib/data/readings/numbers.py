"""Every number that a text supports, and where: ``(1.247,56 EUR)`` supports 1247.56 and -1247.56, but never 124756.

:mod:`~.numerals` says what digits and the marks between them mean, :mod:`~.cjk_numbers` reads those of East Asia,
:mod:`~.number_words` words. Beyond these:

- A letter or word may scale: ``70k``, ``1.2bn``, ``3 Mio.``, ``2 lakh``. What is as often a unit (``5m``, ``2 dozen``)
  leaves both readings; a unit (``4kg``) changes nothing. In ``70-90k`` and ``2 to 3 million`` it may scale both.
- An exponent (``1.5e3``, ``6.02×10^23``) scales. A percentage is as it stands or divided by a hundred.
- ``1½`` and ``two and a half`` are one number. ``3/4`` is 0.75, and also 3 and 4, as it may be a date or page. What
  ``1/3`` is rounded to does not stand in the text; only its 1 and 3 do.
- A minus before the digits or their currency is a sign, unless a letter, number or bracket ends right before it: a
  code, a range. If a space follows it, or a colon, another minus or a number and a space stand before it, it may as
  well be a bullet or a dash: both signs. A minus after decimals (``4.00-``) is a sign; one after an integer may be, and
  so may brackets around a number. Words are signs, too: ``minus 5``, ``5 degrees below zero``.
- Names of months are numbers too.
- ``2.000`` may be 2 or 2000, but no integer 2: nobody writes one with three decimals of zero, but for systems that
  print quantities so, with prices beside them: ``Qty 2.000 EA, price 12.50``.
- Numbers of more than 18 significant digits, or 30 places before or after the decimal mark, are left out.

The time taken is linear in the length of the text.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from paperlib.data.readings.affixes import VULGAR, scaled, signed
from paperlib.data.readings.cjk_numbers import HAN, NUMERAL, read_han
from paperlib.data.readings.number_words import read_month, read_word
from paperlib.data.readings.numerals import (
    EXACT,
    RUN,
    Conventions,
    DecimalMark,
    Found,
    conventions_of,
    is_moderate,
    read_run,
)

__all__ = ["DecimalMark", "NumberReading", "number_readings"]

# What is read alike, one character for one, so that offsets stay the same.
ALIKE = str.maketrans("−–‑－’＇٬\u202f\u2009\u2007⁄．，％٫", "----'''\u00a0\u00a0\u00a0/.,%.")
FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
VULGAR_SIGNS = "".join(VULGAR)
TOKEN = re.compile(
    rf"(?P<word>[^\W\d_{HAN}{VULGAR_SIGNS}]+)|(?P<han>{NUMERAL})|(?P<digits>{RUN.pattern})|[{VULGAR_SIGNS}]"
)
ROUND = re.compile(r"[1-9][0-9]{0,2}(?P<mark>[.,])000(?![0-9])")
FRACTION = re.compile(
    r"(?<![\w/.,])(?:(?P<whole>[1-9][0-9]{0,2})[ -])?"
    r"(?P<part>[1-9][0-9]{0,3})/(?P<of>[1-9][0-9]{0,3})(?![\w/]|[.,][0-9])"
)


@dataclass(frozen=True)
class NumberReading:
    """A number that a span of a text can mean."""

    value: Decimal
    start: int  # of the span in the text, with the number's sign and scale
    end: int
    ambiguous: bool  # whether a reading of another value has the same span, or one that overlaps with it
    whole: bool = True  # whether it can be an integer


def number_readings(text: str, decimal_mark: DecimalMark | None = None) -> list[NumberReading]:
    """Every number that ``text`` supports, in order of position.

    ``decimal_mark`` decides what ``1.234`` and ``1,234`` mean; without it, the other numbers of the text do.

    >>> [str(reading.value) for reading in number_readings("two boxes at 1.247,56, a dozen at 8,50")]
    ['2', '1247.56', '12', '8.5']
    """
    plain = FOREIGN_DIGIT.sub(lambda digit: str(int(digit.group())), text.translate(ALIKE))
    conventions = conventions_of(plain, decimal_mark)
    return _readings(plain, [*_fractions(plain), *_tokens(plain, conventions)], conventions.zeros_end)


def _tokens(text: str, conventions: Conventions) -> Iterator[Found]:
    """The numbers in runs of digits and in words, from left to right; what belongs to one is not read again."""
    position = 0
    while token := TOKEN.search(text, position):
        position = token.end()
        for found in _read_token(text, token, conventions):
            position = max(position, found.end)
            yield found


def _read_token(text: str, token: re.Match[str], conventions: Conventions) -> Iterator[Found]:
    if token["word"]:
        yield from read_month(text, token)
        for number in read_word(text, token):
            yield from signed(text, number, symbols=False)
        return
    in_signs: Iterable[Found] = [Found(Decimal(VULGAR.get(token[0], 0)), *token.span())]
    if token["han"]:
        in_signs = read_han(text, token)
    elif token["digits"]:
        in_signs = read_run(text, token, conventions)
    for number in in_signs:
        yield from _in_full(text, number)


def _fractions(text: str) -> Iterator[Found]:
    """Fractions such as ``3/4`` and ``1 3/4``."""
    for match in FRACTION.finditer(text):
        fraction = EXACT.divide(Decimal(match["part"]), Decimal(match["of"]))
        yield from _in_full(text, Found(fraction, match.start("part"), match.end()))
        if match["whole"] and fraction < 1:
            yield from _in_full(text, Found(EXACT.add(Decimal(match["whole"]), fraction), *match.span()))


def _in_full(text: str, number: Found) -> Iterator[Found]:
    """A number in digits with all that stands before and after it."""
    for magnitude in scaled(text, number):
        yield from signed(text, magnitude, symbols=True)


def _readings(text: str, found: Iterable[Found], zeros_end: str) -> list[NumberReading]:
    """The different readings that are kept, in order, with those marked that overlap with others."""
    normal = {Found(EXACT.normalize(value) or Decimal(0), start, end) for value, start, end in found}
    kept = sorted((one for one in normal if is_moderate(one.value)), key=lambda one: (one.start, one.end, one.value))
    ambiguous = set()
    for place, one in enumerate(kept):
        for later in range(place + 1, len(kept)):
            if kept[later].start >= one.end:
                break
            if kept[later].value != one.value:
                ambiguous |= {place, later}
    unsure = [at in ambiguous for at in range(len(kept))]
    return [NumberReading(*one, unsure[at], _is_whole(text, one, unsure[at], zeros_end)) for at, one in enumerate(kept)]


def _is_whole(text: str, number: Found, ambiguous: bool, zeros_end: str) -> bool:
    """Whether a number can be an integer: not 1.5, nor the 2 of ``2.000`` where that can be 2000 and no other number
    shows ``zeros_end``, its mark, to begin decimals."""
    if number.value != number.value.to_integral_value():
        return False
    rounded = ROUND.search(text, number.start, number.end) if ambiguous and abs(number.value) < 1000 else None
    return rounded is None or rounded["mark"] == zeros_end
