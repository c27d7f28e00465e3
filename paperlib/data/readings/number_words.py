"""Reads number words: ``two hundred and five``, ``twenty-third``, ``half a dozen``, ``douze``, and names of months.

English number words are read as whole phrases, whose parts are no numbers of their own. Of German, French, Spanish,
Italian, Portuguese and Dutch the words from zero to twenty are known, without those that are also articles (``une``) or
common English words (Italian ``due``, Spanish ``once``). ``once``, ``twice`` and ``thrice`` are 1, 2 and 3.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from paperlib.data.readings.affixes import scaled
from paperlib.data.readings.numerals import Found


def _numbered(words: str, first: int = 0, step: int = 1) -> dict[str, int]:
    """Numbers in steps by their names; ``|`` stands between several names of a number, ``_`` for none."""
    rows = enumerate(words.split())
    return {name: first + step * row for row, names in rows for name in names.split("|") if name != "_"}


CARDINALS = _numbered(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
) | _numbered("twenty thirty forty|fourty fifty sixty seventy eighty ninety", first=20, step=10)
ORDINALS = _numbered(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth",
    first=1,
) | _numbered("twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth", first=20, step=10)
MULTIPLIERS = {"dozen": 12, "hundred": 100, "hundredth": 100, "thousand": 1000, "thousandth": 1000, "lakh": 10**5}
MULTIPLIERS |= {"million": 10**6, "millionth": 10**6, "crore": 10**7, "billion": 10**9, "trillion": 10**12}
LAST_WORDS = {*ORDINALS, "hundredth", "thousandth", "millionth", "dozen"}  # end a phrase

OTHERS = {
    **_numbered(  # German
        "_ eins zwei|zwo drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn"
        " siebzehn achtzehn neunzehn zwanzig"
    ),
    **_numbered(  # French
        "zéro _ deux trois quatre cinq _ sept huit neuf dix onze douze treize quatorze quinze _ dix-sept dix-huit"
        " dix-neuf vingt"
    ),
    **_numbered(  # Spanish
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez _ doce trece catorce quince dieciséis diecisiete"
        " dieciocho diecinueve veinte"
    ),
    **_numbered(  # Italian
        "_ _ _ tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici"
        " diciassette diciotto diciannove venti"
    ),
    **_numbered(  # Portuguese
        "_ _ dois|duas três quatro cinco seis sete oito nove dez onze doze treze catorze|quatorze quinze"
        " dezesseis|dezasseis dezessete|dezassete dezoito dezenove|dezanove vinte"
    ),
    **_numbered(  # Dutch
        "nul één twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien"
        " achttien negentien twintig"
    ),
    **_numbered("once twice thrice", first=1),
}

MONTHS = {
    **_numbered("jan feb mar apr may jun jul aug sep|sept oct nov dec", first=1),
    **_numbered("january february march april may june july august september october november december", first=1),
    **_numbered(
        "januar|jänner februar märz|mrz april mai juni juli august september oktober|okt _ dezember|dez", first=1
    ),
    **_numbered(
        "janvier|janv février|fevrier|févr|fév mars avril|avr mai juin juillet|juil août|aout septembre octobre"
        " novembre décembre|decembre|déc",
        first=1,
    ),
    **_numbered(
        "enero|ene febrero marzo abril|abr mayo junio julio agosto|ago septiembre|setiembre octubre noviembre"
        " diciembre|dic",
        first=1,
    ),
    **_numbered(
        "gennaio|gen febbraio marzo aprile maggio|mag giugno|giu luglio|lug agosto settembre|set ottobre|ott novembre"
        " dicembre",
        first=1,
    ),
    **_numbered(
        "janeiro fevereiro|fev março abril maio junho julho agosto setembro outubro|out novembro dezembro", first=1
    ),
    **_numbered("januari februari maart|mrt april mei juni juli augustus september oktober november december", first=1),
}
CAPITALISED = {"may", "march", "mar", "mars", "mai", "mei"}  # a month only with a capital or beside digits
BESIDE_DIGITS = {"set", "out", "ago", "gen", "mag", "lug"}  # a month only beside digits
DIGITS_BEFORE = re.compile(r"[0-9](?:st|nd|rd|th|\.|º)?[ \u00a0./-]?(?:(?:de|of) )?\Z")
DIGITS_AFTER = re.compile(r"\.?[ \u00a0./-]?[0-9]")

HYPHENATED = re.compile(r"-([^\W\d_]+)")
NEXT_WORD = re.compile(r"(?P<link>,? and |, |[ \u00a0-])(?P<word>[A-Za-z]+)")
POINT = re.compile(rf" point(?P<digits>(?: (?:{'|'.join(list(CARDINALS)[:10])})\b){{1,9}})", re.I | re.A)
HALF = re.compile(
    r"half(?:(?: an?)?[ -](?P<multiplier>dozen|hundred|thousand|million|billion|trillion)\b)?", re.I | re.A
)


def read_word(text: str, word: re.Match[str]) -> Iterator[Found]:
    """The numbers that a word, with the words after it that belong to the same phrase, can mean."""
    start, name = word.start(), word.group().lower()
    if half := HALF.fullmatch(name) and HALF.match(text, start):
        yield Found(Decimal(MULTIPLIERS.get((half["multiplier"] or "").lower(), 1)) / 2, start, half.end())
    elif name in CARDINALS or name in MULTIPLIERS:
        yield from scaled(text, _with_decimals(text, _english(text, word)))
    elif name in ORDINALS:
        yield Found(Decimal(ORDINALS[name]), start, word.end())
    elif name in OTHERS and not _ends_compound(text, word):
        yield from _other(text, word)


def read_month(text: str, word: re.Match[str]) -> Iterator[Found]:
    """The number of the month that a word names."""
    name = word.group().lower()
    if name not in MONTHS or (name in OTHERS and _ends_compound(text, word)):  # trente-sept
        return
    before = text[max(0, word.start() - 10) : word.start()]
    beside = DIGITS_BEFORE.search(before) or DIGITS_AFTER.match(text, word.end())
    if beside or (name not in BESIDE_DIGITS and (name not in CAPITALISED or word.group()[0].isupper())):
        yield Found(Decimal(MONTHS[name]), *word.span())


def _with_decimals(text: str, whole: Found) -> Found:
    """A number with the decimals that are spelled out after it: ``two point five``."""
    match = POINT.match(text, whole.end)
    if match is None:
        return whole
    decimals = "".join(str(CARDINALS[digit.lower()]) for digit in match["digits"].split())
    return Found(whole.value + Decimal(f"0.{decimals}"), whole.start, match.end())


def _other(text: str, word: re.Match[str]) -> Iterator[Found]:
    """A number word of another language than English; of hyphenated ones (``vingt-quatre``) only those in the table."""
    name, end = word.group().lower(), word.end()
    if (hyphenated := HYPHENATED.match(text, end)) and (second := hyphenated[1].lower()) in OTHERS:
        name, end = f"{name}-{second}", hyphenated.end()
    if name in OTHERS:
        yield from scaled(text, Found(Decimal(OTHERS[name]), word.start(), end))


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
