"""Number words of German, French, Spanish, Italian, Portuguese and Dutch: ``einundzwanzig``, ``quatre-vingt-cinq``.

Names of numbers below a thousand are in a table, those of thousands are put together from it: ``dos mil veintiséis``,
those of millions from both: ``un million deux cent mille``.
The parts of a name are no numbers of their own. Words that are also articles (``une``), common English words (``due``)
or part of "per cent" are no numbers alone.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from paperlib.data.readings.affixes import SCALES
from paperlib.data.readings.numerals import Found


def numbered(words: str, first: int = 0, step: int = 1) -> dict[str, int]:
    """Numbers in steps by their names; ``|`` stands between several names of a number, ``_`` for none."""
    rows = enumerate(words.split())
    return {name: first + step * row for row, names in rows for name in names.split("|") if name != "_"}


def _sums(larger: Mapping[str, int], smaller: Mapping[str, int], *links: str) -> dict[str, int]:
    """Two names in the order of their values: ``treinta y dos``."""
    return {head + link + tail: a + b for head, a in larger.items() for tail, b in smaller.items() for link in links}


def _hundreds(heads: Mapping[str, int], word: str) -> dict[str, int]:
    return {word: 100} | {head + word: 100 * number for head, number in heads.items()}


def _with_hundreds(small: Mapping[str, int], hundreds: Mapping[str, int], *links: str) -> dict[str, int]:
    return {**small, **hundreds, **_sums(hundreds, small, *links)}


def _german() -> dict[str, int]:
    units = numbered("ein zwei|zwo drei vier fünf|fuenf sechs sieben acht neun", first=1)
    teens = numbered(
        "zehn elf zwölf|zwoelf dreizehn vierzehn fünfzehn|fuenfzehn sechzehn siebzehn achtzehn neunzehn", first=10
    )
    tens = numbered(
        "zwanzig dreißig|dreissig vierzig fünfzig|fuenfzig sechzig siebzig achtzig neunzig", first=20, step=10
    )
    compounds = {f"{unit}und{ten}": a + b for unit, a in units.items() for ten, b in tens.items()}
    small = {**units, "eins": 1, **teens, **tens, **compounds}
    return _with_hundreds(small, _hundreds({**units, **teens}, "hundert"), "", "und")


def _dutch() -> dict[str, int]:
    units = numbered("een twee drie vier vijf zes zeven acht negen", first=1)
    teens = numbered("tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien", first=10)
    tens = numbered("twintig dertig veertig vijftig zestig zeventig tachtig negentig", first=20, step=10)
    compounds = {
        f"{unit}{link}{ten}": a + b
        for unit, a in units.items()
        for ten, b in tens.items()
        for link in (("ën", "en") if unit.endswith("e") else ("en",))
    }
    small = {"nul": 0, "één": 1, **units, **teens, **tens, **compounds}
    return _with_hundreds(small, _hundreds({**units, **teens}, "honderd"), "", "en")


def _italian() -> dict[str, int]:
    units = numbered("uno|un|una due tre|tré quattro cinque sei sette otto nove", first=1)
    teens = numbered(
        "dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove", first=10
    )
    tens = numbered("venti trenta quaranta cinquanta sessanta settanta ottanta novanta", first=20, step=10)
    compounds = {
        (ten[:-1] if unit[0] in "uo" else ten) + unit: a + b for ten, a in tens.items() for unit, b in units.items()
    }
    small = {**units, **teens, **tens, **compounds}
    return _with_hundreds(small, _hundreds({name: n for name, n in units.items() if n > 1}, "cento"), "")


def _french() -> dict[str, int]:
    units = numbered("un|une deux trois quatre cinq six sept huit neuf", first=1)
    teens = numbered("dix onze douze treize quatorze quinze seize", first=10)
    teens |= _sums({"dix": 10}, {name: n for name, n in units.items() if n > 6}, " ")
    tens = numbered("vingt trente quarante cinquante soixante septante huitante|octante nonante", first=20, step=10)
    after_and = {"un": 1, "une": 1}
    compounds = {**_sums(tens, units, " "), **_sums(tens, after_and, " et "), "soixante et onze": 71}
    compounds |= _sums({"soixante": 60, "quatre vingt": 80}, {**units, **teens}, " ")
    small = {"zéro": 0, **units, **teens, **tens, "quatre vingt": 80, "quatre vingts": 80, **compounds}
    several = {f"{name} ": n for name, n in units.items() if n > 1}
    hundreds = _hundreds(several, "cent")
    return {**_hundreds(several, "cents"), **_with_hundreds(small, hundreds, " ")}


def _spanish() -> dict[str, int]:
    units = numbered("uno|un|una dos tres cuatro cinco seis siete ocho nueve", first=1)
    teens = numbered(
        "diez once doce trece catorce quince dieciséis|dieciseis diecisiete dieciocho diecinueve veinte"
        " veintiuno|veintiún|veintiun|veintiuna veintidós|veintidos veintitrés|veintitres veinticuatro veinticinco"
        " veintiséis|veintiseis veintisiete veintiocho veintinueve",
        first=10,
    )
    tens = numbered("treinta cuarenta cincuenta sesenta setenta ochenta noventa", first=30, step=10)
    hundreds = numbered(
        "cien|ciento doscientos|doscientas trescientos|trescientas cuatrocientos|cuatrocientas quinientos|quinientas"
        " seiscientos|seiscientas setecientos|setecientas ochocientos|ochocientas novecientos|novecientas",
        first=100,
        step=100,
    )
    small = {"cero": 0, **units, **teens, **tens, **_sums(tens, units, " y ")}
    return _with_hundreds(small, hundreds, " ")


def _portuguese() -> dict[str, int]:
    units = numbered("um|uma dois|duas três quatro cinco seis sete oito nove", first=1)
    teens = numbered(
        "dez onze doze treze catorze|quatorze quinze dezesseis|dezasseis dezessete|dezassete dezoito dezenove|dezanove",
        first=10,
    )
    tens = numbered("vinte trinta quarenta cinquenta|cinqüenta sessenta setenta oitenta noventa", first=20, step=10)
    hundreds = numbered(
        "cem|cento duzentos|duzentas trezentos|trezentas quatrocentos|quatrocentas quinhentos|quinhentas"
        " seiscentos|seiscentas setecentos|setecentas oitocentos|oitocentas novecentos|novecentas",
        first=100,
        step=100,
    )
    small = {**units, **teens, **tens, **_sums(tens, units, " e ")}
    return _with_hundreds(small, hundreds, " e ")


LANGUAGES = {
    "de": _german(), "nl": _dutch(), "it": _italian(), "fr": _french(), "es": _spanish(), "pt": _portuguese()
}  # fmt: skip
NUMBERS = {name: number for names in LANGUAGES.values() for name, number in names.items()}  # a space is any link
NOT_ALONE = {"ein", "een", "un", "une", "una", "um", "uma", "due", "six", "seize", "once", "mille", "mil"}
NOT_ALONE |= {"cent", "cents", "cento", "six cent", "six cents", "cent six"}  # of a dollar, or per cent
NOT_ALONE |= {"cem"}  # a name
ONES = {"ein", "eine", "einer", "een", "un", "um"}  # before million
HALF_MORE = re.compile(r" (?:et demi|y medio|e meio|e mezzo)(?!\w)", re.I)
GLUED_THOUSANDS = ("tausend", "duizend", "mila", "mille")
GLUED = re.compile(rf"(?P<head>.*?)(?P<thousand>{'|'.join(GLUED_THOUSANDS)})(?:und|en)?(?P<tail>.*)")
THOUSAND = re.compile(r"[ \u00a0-]?(?:mil|mille)(?!\w)", re.I)
NEXT_WORD = re.compile(r"[ \u00a0-](?:e )?([^\W\d_]+)")
LINKED = re.compile(r"[ \u00a0-]([^\W\d_]+)")
WORD = re.compile(r"[^\W\d_]+")
IBERIAN = {**LANGUAGES["es"], **LANGUAGES["pt"]}


def _beginnings(names: Iterable[str]) -> frozenset[str]:
    """All names and the words with which longer ones begin."""
    parts = (name.split() for name in names)
    return frozenset(" ".join(words[:length]) for words in parts for length in range(1, len(words) + 1))


BEGINNINGS = _beginnings(NUMBERS) | {"mil", "mille"}


def read_compound(text: str, word: re.Match[str], name: str) -> Found | None:
    """The number whose name begins with a word, which is ``name`` in small letters, in as many words as it can be."""
    one = Found(Decimal(1), *word.span())
    if name in ONES and (million := _millions(text, one)):
        return million
    number = _thousands(text, word, name)
    if number is None or number.value >= 1000:
        return number
    millions = _millions(text, number)
    return millions if millions and millions.value % 10**6 else _with_mil(text, number)


def _millions(text: str, number: Found) -> Found | None:
    """A number of millions, or of thousands of them, with the rest that follows; None where no such word does."""
    scale = LINKED.match(text, number.end)
    name = scale[1].lower() if scale else ""
    if scale is None or len(name) < 6 or not name.startswith("mi") or name not in SCALES:
        return None
    factor = SCALES[name][0]
    value, end = number.value * factor, scale.end()
    if half := HALF_MORE.match(text, end):
        return Found(value + factor // 2, number.start, half.end())
    following = NEXT_WORD.match(text, end)
    first = WORD.match(text, following.start(1)) if following else None
    rest = _thousands(text, first, first[0].lower()) if first else None
    if first and rest is None and first[0].lower() in ("cent", "cento"):
        rest = Found(Decimal(100), *first.span())
    rest = _with_thousand(text, rest) if rest else None
    if rest and 100 <= rest.value < factor:
        return Found(value + rest.value, number.start, rest.end)
    return Found(value, number.start, end)


def _with_thousand(text: str, number: Found) -> Found:
    """A number with the word for a thousand behind it."""
    thousand = THOUSAND.match(text, number.end) if number.value < 1000 else None
    return Found(1000 * number.value, number.start, thousand.end()) if thousand else number


def _with_mil(text: str, number: Found) -> Found:
    """A number with "mil" behind it where that is a thousand: in Spanish and Portuguese, it is never a million."""
    name = " ".join(text[number.start : number.end].lower().replace("-", " ").split())
    return _with_thousand(text, number) if name in IBERIAN else number


def _thousands(text: str, word: re.Match[str], name: str) -> Found | None:
    """The number below a million whose name begins with a word; a word for a thousand that ends it is not read."""
    if name not in BEGINNINGS:
        glued = len(name) > 6 and any(part in name for part in GLUED_THOUSANDS)
        return _with_rest(text, word, _glued(name)) if glued else None
    number, end = _longest(text, name, word.end())
    head, after = (1, word.start()) if name in ("mil", "mille") else (number, end)
    if head and (thousand := THOUSAND.match(text, after)) and (following := NEXT_WORD.match(text, thousand.end())):
        tail, last = _longest(text, following[1].lower(), following.end())
        if tail and last:
            return Found(Decimal(1000 * head + tail), word.start(), last)
    if number is None or text[word.start() : end].lower() in NOT_ALONE:
        return None
    return Found(Decimal(number), word.start(), end)


def _longest(text: str, name: str, end: int) -> tuple[int | None, int]:
    """The number of the longest name in the table that begins with ``name``, which ends at ``end``, and its end."""
    found, last = NUMBERS.get(name), end
    while name in BEGINNINGS and (following := LINKED.match(text, end)):
        name, end = f"{name} {following[1].lower()}", following.end()
        if name in NUMBERS:
            found, last = NUMBERS[name], end
    return found, last


def _with_rest(text: str, word: re.Match[str], thousands: int | None) -> Found | None:
    """A number of thousands in one word; in Dutch, the rest stands apart: ``drieduizend vijfhonderd``."""
    if thousands is None:
        return None
    rest = LINKED.match(text, word.end()) if word.group().lower().endswith("duizend") else None
    if rest and (number := LANGUAGES["nl"].get(rest[1].lower())) and rest[1].lower() not in NOT_ALONE:
        return Found(Decimal(thousands + number), word.start(), rest.end())
    return Found(Decimal(thousands), *word.span())


def _glued(name: str) -> int | None:
    """A number of thousands in one word: ``zweitausendsechsundzwanzig``."""
    match = GLUED.fullmatch(name)
    if match is None or (match["thousand"] in NOT_ALONE | {"mila"} and not match["head"] + match["tail"]):
        return None
    head, tail = (NUMBERS.get(part) if part else default for part, default in ((match["head"], 1), (match["tail"], 0)))
    return None if head is None or tail is None else 1000 * head + tail
