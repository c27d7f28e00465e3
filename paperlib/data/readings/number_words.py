"""Reads number words: ``two hundred and five``, ``twenty-third``, ``half a dozen``, ``douze``, and names of months.

English number words are read as whole phrases, whose parts are no numbers of their own. Those of other languages are
in :mod:`~.compound_words`, names of months in :mod:`~.months`. ``once``, ``twice`` and ``thrice`` are 1, 2 and 3.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from paperlib.data.readings.affixes import scaled
from paperlib.data.readings.compound_words import NUMBERS, numbered, read_compound
from paperlib.data.readings.months import is_month, month_of
from paperlib.data.readings.numerals import Found

CARDINALS = numbered(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
) | numbered("twenty thirty forty|fourty fifty sixty seventy eighty ninety", first=20, step=10)
ORDINALS = numbered(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth",
    first=1,
) | numbered("twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth", first=20, step=10)
ADVERBS = numbered("once twice thrice", first=1)
MULTIPLIERS = {"dozen": 12, "hundred": 100, "hundredth": 100, "thousand": 1000, "thousandth": 1000, "lakh": 10**5}
MULTIPLIERS |= {"million": 10**6, "millionth": 10**6, "crore": 10**7, "billion": 10**9, "trillion": 10**12}
LAST_WORDS = {*ORDINALS, "hundredth", "thousandth", "millionth", "dozen"}  # end a phrase

NEXT_WORD = re.compile(r"(?P<link>,? and |, |[ \u00a0-])(?P<word>[A-Za-z]+)")
POINT = re.compile(rf" point(?P<digits>(?: (?:{'|'.join(list(CARDINALS)[:10])})\b){{1,9}})", re.I | re.A)
HALF = re.compile(
    r"half(?:(?: an?)?[ -](?P<multiplier>dozen|hundred|thousand|million|billion|trillion)\b)?", re.I | re.A
)


def read_word(text: str, word: re.Match[str]) -> Iterator[Found]:
    """The numbers that a word, with the words after it that belong to the same phrase, can mean."""
    start, name = word.start(), word.group().lower()
    if name == "half" and (half := HALF.match(text, start)):
        yield Found(Decimal(MULTIPLIERS.get((half["multiplier"] or "").lower(), 1)) / 2, start, half.end())
    elif name in ADVERBS and not _ends_compound(text, word):
        yield Found(Decimal(ADVERBS[name]), start, word.end())
    elif (compound := read_compound(text, word, name)) and not _ends_compound(text, word):
        yield from scaled(text, compound)
    elif name in CARDINALS or name in MULTIPLIERS:
        yield from scaled(text, _with_decimals(text, _english(text, word)))
    elif name in ORDINALS:
        yield Found(Decimal(ORDINALS[name]), start, word.end())


def read_month(text: str, word: re.Match[str]) -> Iterator[Found]:
    """The number of the month that a word names."""
    name = word.group()
    month = month_of(name)
    if month is None or (name.lower() in NUMBERS and _ends_compound(text, word)):  # demi-sept
        return
    if is_month(text, *word.span()):
        yield Found(Decimal(month), *word.span())


def _with_decimals(text: str, whole: Found) -> Found:
    """A number with the decimals that are spelled out after it: ``two point five``."""
    match = POINT.match(text, whole.end)
    if match is None:
        return whole
    decimals = "".join(str(CARDINALS[digit.lower()]) for digit in match["digits"].split())
    return Found(whole.value + Decimal(f"0.{decimals}"), whole.start, match.end())


def _ends_compound(text: str, word: re.Match[str]) -> bool:
    """Whether a hyphen joins a word to the one before it."""
    return re.fullmatch(r"[^\W\d_]-", text[max(0, word.start() - 2) : word.start()]) is not None


def _english(text: str, first: re.Match[str]) -> Found:
    """The English number that begins with a given word, as long as it can be.

    After "and" or a comma, words that turn out to begin a number of their own are given back: ``between two hundred and
    three hundred``.
    """
    phrase, end = _Phrase(), first.end()
    name = first.group().lower()
    phrase.take(name, "")
    kept: Found | None = None  # the number before the last "and" or comma of the group
    while name not in LAST_WORDS and (following := NEXT_WORD.match(text, end)):
        name, link = following["word"].lower(), following["link"]
        before = Found(phrase.value, first.start(), end)
        if not phrase.take(name, link):
            return kept if kept and name in MULTIPLIERS else before
        kept = before if len(link) > 1 else None if MULTIPLIERS.get(name, 0) >= 1000 else kept
        end = following.end()
    return Found(phrase.value, first.start(), end)


@dataclass
class _Phrase:
    """The value of an English number while it is read word by word."""

    total: int = 0  # of the finished groups: two thousand
    group: int = 0  # of what follows them: two hundred and five
    last: int = -1  # the value of the last word
    scale: int = 10**15  # the last multiplier from a thousand on; those that follow must be smaller

    @property
    def value(self) -> Decimal:
        return Decimal(self.total + self.group)

    def take(self, word: str, link: str) -> bool:
        """Adds a word, if it can follow in the same number after ``link``."""
        if word in MULTIPLIERS:
            return self._multiply(MULTIPLIERS[word])
        value = CARDINALS.get(word, ORDINALS.get(word))
        if value is None or not (self.last < 0 or self._may_add(word, value, link)):
            return False
        self.group += value
        self.last = value
        return True

    def _may_add(self, word: str, value: int, link: str) -> bool:
        """``twenty-four``, ``hundred and four``, ``thousand, four``; a second may be a unit if no hyphen joins it."""
        if value == 0 or (word == "second" and link == " "):
            return False
        if self.last >= 100:
            return self.last >= 1000 or not link.startswith(",")
        return value < 10 and self.last in range(20, 100, 10) and len(link) == 1

    def _multiply(self, by: int) -> bool:
        """``two hundred``, ``two hundred thousand``, and ``hundred`` alone."""
        if self.last < 0:
            self.group = 1
        largest = 99 if by < 1000 else 999
        if not (0 < self.group <= largest and by < self.scale):
            return False
        if by < 1000:
            self.group *= by
        else:
            self.total, self.group, self.scale = self.total + self.group * by, 0, by
        self.last = by
        return True
