"""Names of months in many languages, by which :mod:`~.numbers` reads numbers and :mod:`~.days` reads dates.

Names are compared in small letters without accents (:data:`FOLD`), which a text has all or none of. Languages that
inflect have the forms that stand in dates and after "in": nominative, genitive, locative.

Many names are ordinary words, or names of people, in other languages:

- Some need their accents: "říjen", not the Dutch "rijen".
- Some need a day before them and a year directly after (:data:`DATED`): "3 out 2024", not "3 out of 2024", "Mart 3".
  As a number, some may end a phrase instead: "do 15 marca.", not "2 marca Bosch".
- Some need the day before them unless the year follows it directly (:data:`DAY_FIRST`): not "Mars 3 rover".
- Without digits beside them, some are no month, some are one only with a capital, or only without.
"""

import re
import unicodedata


def _folded(letter: str) -> str:
    """The small letter without its accents: one letter for one, so that offsets stay the same."""
    base = unicodedata.normalize("NFD", letter.lower())[0]
    return base if letter.isalpha() and base.isalpha() else letter


def _with_endings(names: str, endings: str) -> str:
    return " ".join("|".join(name + ending for ending in endings.split("|")) for name in names.split())


FOLD = {code: _folded(chr(code)) for code in range(0x530) if _folded(chr(code)) != chr(code)} | {ord("ı"): "i"}

LANGUAGES = {  # ``|`` stands between several names of a month
    "English": "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep"
    " october|oct november|nov december|dec",
    "German": "januar|jänner februar märz|maerz|mrz april mai juni juli august september oktober|okt november"
    " dezember|dez",
    "French": "janvier|janv février|févr|fév mars avril|avr mai juin juillet|juil août septembre octobre novembre"
    " décembre|déc",
    "Spanish": "enero|ene febrero marzo abril|abr mayo junio julio agosto|ago septiembre|setiembre octubre noviembre"
    " diciembre|dic",
    "Italian": "gennaio|gen febbraio marzo aprile maggio|mag giugno|giu luglio|lug agosto settembre|sett|set"
    " ottobre|ott novembre dicembre",
    "Portuguese": "janeiro fevereiro|fev março abril maio junho julho agosto setembro outubro|out novembro dezembro",
    "Dutch": "januari februari maart|mrt april mei juni juli augustus september oktober november december",
    "Polish": "styczeń|stycznia|styczniu luty|lutego|lutym marzec|marca|marcu kwiecień|kwietnia|kwietniu|kwi"
    " maj|maja|maju czerwiec|czerwca|czerwcu|cze lipiec|lipca|lipcu sierpień|sierpnia|sierpniu"
    " wrzesień|września|wrześniu|wrz październik|października|październiku|paź listopad|listopada|listopadzie"
    " grudzień|grudnia|grudniu|gru",
    "Czech": "leden|ledna|lednu únor|února|únoru březen|března|březnu duben|dubna|dubnu květen|května|květnu"
    " červen|června|červnu červenec|července|červenci srpen|srpna|srpnu září říjen|října|říjnu listopad|listopadu"
    " prosinec|prosince|prosinci",
    "Russian": "январь|января|январе|янв февраль|февраля|феврале|фев март|марта|марте апрель|апреля|апреле|апр"
    " май|мая|мае июнь|июня|июне июль|июля|июле август|августа|августе|авг сентябрь|сентября|сентябре|сент|сен"
    " октябрь|октября|октябре|окт ноябрь|ноября|ноябре|ноя декабрь|декабря|декабре|дек",
    "Ukrainian": "січень|січня|січні лютий|лютого|лютому березень|березня|березні квітень|квітня|квітні"
    " травень|травня|травні червень|червня|червні липень|липня|липні серпень|серпня|серпні вересень|вересня|вересні"
    " жовтень|жовтня|жовтні листопад|листопада|листопаді грудень|грудня|грудні",
    "Turkish": "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "Swedish": "januari februari mars april maj juni juli augusti september oktober november december",
    "Danish": "januar februar marts april maj juni juli august september oktober november december",
    "Norwegian": "januar februar mars april mai juni juli august september oktober november desember",
    "Finnish": _with_endings(
        "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu",
        "|n|ta|ssa",
    ),
    "Hungarian": _with_endings(
        "január február március április május június július augusztus szeptember október november december",
        "|i|ban|ben",
    ),
    "Romanian": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
}
MONTHS = {
    name.translate(FOLD): month
    for names in LANGUAGES.values()
    for month, alike in enumerate(names.split(), 1)
    for name in alike.split("|")
}

WRITTEN = {name for names in LANGUAGES.values() for alike in names.split() for name in alike.split("|")}

# Names, folded, that are other words or those of people as well.
ACCENTED = {"rijen", "marco", "paz", "julius", "junius"}  # such words if they have no accents
MAY_END = {"mart", "marca", "nisan", "ekim", "kasim", "paz", "kwi", "cze", "wrz", "gru"}
DATED = MAY_END | {"set", "sett", "out", "ago", "gen", "mag", "lug", "giu", "leden"}
DAY_FIRST = {"mars", "marts", "mai", "maj", "maja", "mei", "juli", "julio", "mayo", "dez"}
# A month beside digits, and without them ...
CAPITALISED = {"may", "march", "mar", "mars", "mai", "mei"}  # only with a capital
SMALL = {"maj", "maja", "mayo", "julio", "марта", "мая", "августа"}  # only without
NEVER = DATED | {"dez"}

DAY_BEFORE = re.compile(r"(?<![0-9.,:/])(?:0?[1-9]|[12][0-9]|3[01])[.ºª°]?[ \u00a0./-]?(?:(?:de|del|di) )?\Z")
YEAR_AFTER = re.compile(
    r"\.?(?:(?:[ \u00a0](?:del? )?|[-/.]|)(?:19|20)[0-9]{2}|[-/.]'?[0-9]{2}|'[0-9]{2})(?![0-9A-Za-z])"
)
PHRASE_END = re.compile(r"\s*(?:\Z|[\n,;:.)|])")
DIGITS_BEFORE = re.compile(r"[0-9](?:st|nd|rd|th|\.|º)?[ \u00a0./-]?(?:(?:de|of) )?\Z")
DIGITS_AFTER = re.compile(r"\.?[ \u00a0./-]?[0-9]")
SEA = re.compile(r"\b(?:el|del|al|de) \Z", re.I)  # Playa del Mar 5
RATE = re.compile(r":? ?[0-9.,]{1,6} ?%")  # APR 19.9 %
SURNAME = re.compile(r" [A-ZÄÖÜ][a-zäöüß]+")  # Jan Müller
NEAR = 10  # characters before a month in which its day stands


def folded(word: str) -> str:
    return word.lower() if word.isascii() else word.translate(FOLD)


def month_of(word: str) -> int | None:
    """The month that a word names, be it another word as well.

    >>> month_of("Août"), month_of("aout"), month_of("października"), month_of("Summer"), month_of("Düben")
    (8, 8, 10, None, None)
    """
    name, written = folded(word), word.lower().replace("i\u0307", "i")
    fits = written in WRITTEN or (written == name and name not in ACCENTED)
    return MONTHS.get(name) if fits else None


def is_dated(text: str, start: int, end: int) -> bool:
    """Whether the word at a place has a day before it and a year directly after.

    >>> is_dated("3 set 2026", 2, 5), is_dated("3 set of 2026", 2, 5)
    (True, False)
    """
    return bool(DAY_BEFORE.search(text[max(0, start - NEAR) : start]) and YEAR_AFTER.match(text, end))


def is_other_word(text: str, start: int, end: int) -> bool:
    """Whether a word that is the short name of a month is another here: the sea, a rate of interest, a first name.

    >>> is_other_word("el mar", 3, 6), is_other_word("APR 5 %", 0, 3), is_other_word("Jan Bos", 0, 3)
    (True, True, True)
    """
    word, before = folded(text[start:end]), text[max(0, start - NEAR) : start]
    if word == "mar":
        return SEA.search(before) is not None
    if word == "apr":
        return before.rstrip().endswith("%") or RATE.match(text, end) is not None
    surname = SURNAME.match(text, end) if word == "jan" and not DIGITS_BEFORE.search(before) else None
    return surname is not None and month_of(surname[0].strip()) is None


def is_month(text: str, start: int, end: int) -> bool:
    """Whether the name of a month that stands in a text is one, with digits beside it or without.

    >>> is_month("15 marca", 3, 8), is_month("2 marca Bosch", 2, 7), is_month("Mars 3", 0, 4), is_month("mars 3", 0, 4)
    (True, False, True, False)
    """
    name, before = folded(text[start:end]), text[max(0, start - NEAR) : start]
    if is_other_word(text, start, end):
        return False
    if name in DATED:
        ends = name in MAY_END and DAY_BEFORE.search(before) and PHRASE_END.match(text, end)
        return bool(ends) or is_dated(text, start, end)
    after = name not in DAY_FIRST and DIGITS_AFTER.match(text, end)
    return bool(after or DIGITS_BEFORE.search(before)) or is_sure_month(text[start:end])


def is_sure_month(word: str) -> bool:
    """Whether the name of a month is one where no digits stand beside it.

    >>> is_sure_month("June"), is_sure_month("may"), is_sure_month("May"), is_sure_month("Maja")
    (True, False, True, False)
    """
    return folded(word) not in NEVER | (SMALL if word[0].isupper() else CAPITALISED)
