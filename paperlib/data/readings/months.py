"""Names of months in many languages, by which :mod:`~.numbers` reads numbers and :mod:`~.days` reads dates.

Names are compared in small letters without accents (:data:`FOLD`). Languages that inflect have the forms that stand in
dates and after "in": nominative, genitive, locative.
"""

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

# Names that are other words or those of people as well. A month beside digits, and without them ...
CAPITALISED = {"may", "march", "mar", "mars", "mai", "mei"}  # only with a capital
SMALL = {"maja", "марта", "мая", "августа"}  # only without
NEVER = {"set", "out", "ago", "gen", "mag", "lug", "marco", "mart", "marca", "kwi", "cze", "wrz", "paz", "paź", "gru"}


def folded(word: str) -> str:
    return word.lower() if word.isascii() else word.translate(FOLD)


def month_of(word: str) -> int | None:
    """The month that a word names, be it another word as well.

    >>> month_of("Août"), month_of("października"), month_of("Summer")
    (8, 10, None)
    """
    return MONTHS.get(folded(word))


def is_sure_month(word: str) -> bool:
    """Whether the name of a month is one where no digits stand beside it.

    >>> is_sure_month("June"), is_sure_month("may"), is_sure_month("May"), is_sure_month("Maja")
    (True, False, True, False)
    """
    return word.lower() not in NEVER | (SMALL if word[0].isupper() else CAPITALISED)
