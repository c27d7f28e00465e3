"""Values of arguments: how a request writes one, and what a call has for it.

What values an argument has is said by ``int 2-10``, ``num 1-90`` (decimals, too), ``money 10-900``, ``percent 1-12``,
``year 1950-2026``, ``date``, ``time``, ``flag``, ``point``, ``enum value=words~other words,…``, ``coded currency`` (or
another table of codes), ``list … 2-4`` and ``list-of enum … 1-2`` of so many (``2-4=``: as many as in the other lists
of the request), ``items pool 2-9`` (of each a number), or the name of a pool of ``data/words/calls_values.yaml`` or of
a theme. A tool may want some of them in a form of its own, which its schema tells: a date as YYYY-MM-DD, a percentage
as a fraction, a currency as its code.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any, Literal

from paperlib.benchmark.function_calls.functions import THEMES
from paperlib.benchmark.records.draw import Draw
from paperlib.benchmark.words import Topic, general, word_lists

Beside = Literal["words", "symbols", "marks"]
words, utterances = Topic("calls_values"), Topic("documents_utterances")
DRAWN: dict[str, Callable[[Draw], str]] = {
    "person": lambda draw: draw.person().name,
    "email": lambda draw: draw.person().email,
    "phone": Draw.phone,
    "company": Draw.company,
    "surname": lambda draw: draw.pick(general.last_names),
    "first": lambda draw: draw.pick(general.female_names + general.male_names),
    "code": lambda draw: draw.shape(
        draw.pick(("???-#####", "??####", "######", "ORD-####", "#-???-##", "?#?#?#", "########"))
    ),
}  # pools of values that are not in the lists
SHAPED, PARENTHESES, LITERAL = ("ticker",), ("formula",), ("regex",)  # pools whose values are no phrases
NUMERALS = {
    2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten", 12: "twelve",
}  # fmt: skip
MONTHS = 12
PERCENT = ("{}%", "{}%", "{} percent", "{} per cent")  # one of each in a request
POINT = ("({}, {})", "({},{})", "[{}, {}]")
MONEY = ("${}", "${}", "{} dollars", "€{}", "{} euros", "£{}", "{}", "{} USD")
AN = re.compile(r"(?!eu|one|uni|us[ei]|u[ks]\b)[aeiou]|8|1[18]\b", re.IGNORECASE)  # what "an" stands before
ARTICLE = r"((?:^|(?<=[.!?] ))A|\ba) "  # "a" as a word, "A" only where a sentence begins: it may be a unit
ARTICLE_BEFORE_VOWEL = re.compile(rf"{ARTICLE}(?=(?i:{AN.pattern}))")
IN_WORDS, WITH_COMMA, WHOLE, RELATIVE = 0.12, 0.4, 0.5, 0.35  # shares of numbers, large numbers, decimals, dates


@dataclass(frozen=True)
class Value:
    """``text`` as a request writes it, ``value`` as JSON; ``copied`` where its strings stand in the text."""

    text: str
    value: Any
    copied: bool = True


@cache
def pools() -> dict[str, list[str]]:
    """The values of all pools that are lists, by name."""
    own = (word_lists(theme).get("values", {}) for theme in THEMES)
    return {name: values for lists in (word_lists("calls_values"), *own) for name, values in lists.items()}


class Values:
    """Draws the values of one request in a language and fills phrases; hardly ever the same value twice."""

    def __init__(self, rng: Random, language: str = "en") -> None:
        self.rng, self.draw, self.language = rng, Draw(str(rng.random())), language
        self._money_text, self._percent_text, self._point_text = map(rng.choice, (MONEY, PERCENT, POINT))
        self._lengths: dict[str, int] = {}  # of the lists of one length
        self._seen: set[str] = set()

    def say(self, phrase: str, parentheses: bool = False) -> str:
        """The phrase with its alternatives decided and its pools filled."""
        while not parentheses and "(" in phrase:
            phrase = re.sub(r"\(([^()]*)\)", lambda m: self.rng.choice(m[1].split("|")), phrase)
        said = re.sub(r"\{([\w-]+)\}", lambda m: self.pool(m[1]), phrase)
        return ARTICLE_BEFORE_VOWEL.sub(r"\1n ", said)

    def pool(self, name: str) -> str:
        """A value of a pool, or a number of a range."""
        if span := re.fullmatch(r"(\d+)-(\d+)", name):
            return str(self.rng.randint(int(span[1]), int(span[2])))
        for _ in range(4):
            if (value := self._drawn(name)) not in self._seen:
                break
        self._seen.add(value)
        return value

    def _drawn(self, name: str) -> str:
        if name in DRAWN:
            return DRAWN[name](self.draw)
        if name == "quoted":
            return f"'{self._drawn('title_words')}'"
        local = list(words.local.get(self.language, {}).get(name, ()))
        value = str(self.rng.choice(local or pools().get(name) or utterances.pools["en"][name]))
        if name in SHAPED:
            return self.draw.shape(value)
        return value if name in LITERAL else self.say(value, name in PARENTHESES)

    def value(self, values: str, form: str = "", beside: Beside = "words") -> Value:
        """A value in the form that a tool wants. ``beside``: what stands around it: words, so that a number may be one;
        symbols such as units, or the marks of a list, where no thousands are marked either."""
        kind, _, rest = values.partition(" ")
        if kind in ("int", "num", "money", "percent", "year", "coded"):
            return getattr(self, f"_{kind}")(rest, form, beside)  # type: ignore[no-any-return]
        if kind in ("date", "time", "point"):
            return getattr(self, f"_{kind}")(form)  # type: ignore[no-any-return]
        if kind == "enum":
            value, said = self.rng.choice(options(rest))
            return Value(self.rng.choice(said), value, copied=False)
        if kind in ("list", "list-of"):
            return self._list(rest, form)
        if kind == "items":
            return self._items(rest, form)
        text = self.pool(kind)
        return Value(text, text)

    def _int(self, span: str, form: str, beside: Beside) -> Value:
        number = self.rng.randint(*map(int, span.split("-")))
        if self.language == "en" and beside == "words" and number in NUMERALS and self.rng.random() < IN_WORDS:
            return Value(NUMERALS[number], number, copied=False)
        return Value(str(number) if beside == "marks" else self._digits(Decimal(number)), number)

    def _year(self, span: str, form: str, beside: Beside) -> Value:
        year = self.rng.randint(*map(int, span.split("-")))
        return Value(str(year), str(year) if form == "text" else year)

    def _coded(self, table: str, form: str, beside: Beside) -> Value:
        codes = words.local.get(self.language, {}).get(table) or words.codes[table]
        text, code = self.rng.choice([row for row in codes.items() if row[1] not in self._seen] or list(codes.items()))
        self._seen.add(code)
        return Value(text, code, copied=False) if form == "code" else Value(text, text)

    def _num(self, span: str, form: str, beside: Beside) -> Value:
        number = self._decimal(span, form == "integer")
        return Value(f"{number:f}" if beside == "marks" else self._digits(number), as_json(number))

    def _decimal(self, span: str, whole: bool = False) -> Decimal:
        low, high = map(Decimal, span.split("-"))
        digits = 2 if high < 1 else 1
        if whole or (high - low >= 2 and self.rng.random() < WHOLE):
            return Decimal(self.rng.randint(int(low.to_integral_value()) or (low < 1), int(high)))
        if self.rng.random() < 0.25:
            digits += 1
        return Decimal(self.rng.randint(int(low * 10**digits), int(high * 10**digits))).scaleb(-digits).normalize()

    def _money(self, span: str, form: str, beside: Beside) -> Value:
        low, high = map(int, span.split("-"))
        step = next(step for step in (5000, 500, 50, 5, 1) if high >= 50 * step or step == 1)
        number = Decimal(self.rng.randint(max(1, low // step), high // step) * step)
        if form != "integer" and high < 1000 and self.rng.random() < 0.3:
            number += Decimal(self.rng.choice(("0.5", "0.99", "0.95", "0.25")))
        digits = self._digits(number) if number == int(number) else f"{number:.2f}"
        return Value(self._money_text.format(digits), as_json(number))

    def _percent(self, span: str, form: str, beside: Beside) -> Value:
        number = self._decimal(span)
        text = self._percent_text.format(f"{number:f}")
        return Value(text, as_json(number / 100 if form == "fraction" else number), copied=form != "fraction")

    def _digits(self, number: Decimal) -> str:
        marked = self.language == "en" and number >= 1000 and self.rng.random() < WITH_COMMA
        return f"{number:,f}" if marked else f"{number:f}"

    def _date(self, form: str) -> Value:
        year, month, day = self.rng.randint(2024, 2028), self.rng.randint(1, MONTHS), self.rng.randint(1, 28)
        name, iso = words.month[month - 1], f"{year}-{month:02}-{day:02}"
        if self.language == "en" and form != "iso" and self.rng.random() < RELATIVE:
            text = self.say(self.rng.choice([*words.free_dates, f"{name} {day}", f"{day} {name}"]))
            return Value(text, text)
        if self.language == "en":
            suffix = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}.get(day, "th")
            texts = (
                f"{day} {name} {year}",
                f"{name} {day}, {year}",
                iso,
                f"{name} {day}{suffix}, {year}",
                f"{day} {name[:3]} {year}",
            )
            text = self.rng.choice(texts)
        else:
            text = iso if form == "iso" and self.rng.random() < WHOLE else f"{day}.{month}.{year}"
        return Value(text, iso if form == "iso" else text, copied=form != "iso" or text == iso)

    def _time(self, form: str) -> Value:
        hour, minute = self.rng.randint(6, 22), self.rng.choice((0, 0, 0, 15, 30, 45, 10))
        half = "am" if hour < MONTHS else "pm"
        short = f"{(hour - 1) % MONTHS + 1}{f':{minute:02}' if minute else ''}"
        text = self.rng.choice(
            (f"{hour:02}:{minute:02}", f"{short} {half}", f"{short}{half}", f"{hour:02}:{minute:02}")
        )
        clock = f"{hour:02}:{minute:02}"
        return Value(text, clock if form == "24h" else text, copied=form != "24h" or text == clock)

    def _point(self, form: str) -> Value:
        x, y = self.rng.randint(-9, 20), self.rng.randint(-9, 20)
        return Value(self._point_text.format(x, y), [x, y])

    def _list(self, spec: str, form: str) -> Value:
        values, _, span = spec.rpartition(" ")
        n = self.rng.randint(*map(int, span.rstrip("=").split("-")))
        n = self._lengths.setdefault(span, n) if span.endswith("=") else n
        numbers, found = values.partition(" ")[0] in ("int", "num"), list[Value]()
        while len(found) < n:
            one = self.value(values, form, "marks")
            if numbers or one.text not in {other.text for other in found}:
                found.append(one)
        items = [one.value.strip("'") if isinstance(one.value, str) else one.value for one in found]
        bracketed = numbers and self.rng.random() < 0.4
        text = (
            f"[{', '.join(one.text for one in found)}]" if bracketed else self._enumerated([one.text for one in found])
        )
        return Value(text, items, all(one.copied for one in found))

    def _items(self, spec: str, form: str) -> Value:
        pool, span = spec.split()
        thing, number = form.split("|")
        found = {self.pool(pool): self.rng.randint(*map(int, span.split("-"))) for _ in range(self.rng.randint(1, 3))}
        text = self._enumerated([f"{n} {name}" for name, n in found.items()])
        return Value(text, [{thing: name, number: n} for name, n in found.items()])

    def _enumerated(self, texts: list[str]) -> str:
        last = " and " if len(texts) < 3 else self.rng.choice((" and ", " and ", ", ", ", and "))
        return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])}{last}{texts[-1]}"


def options(spec: str) -> list[tuple[str, list[str]]]:
    """The values of ``value=words~other words,…``, each with what people say for it."""
    pairs = (one.partition("=") for one in spec.split(","))
    return [(value, said.split("~") if said else [value.replace("_", " ")]) for value, _, said in pairs]


def as_json(number: Decimal) -> int | float:
    """The number as JSON has it: whole where it is."""
    return int(number) if number == number.to_integral_value() else float(number)
