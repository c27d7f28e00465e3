"""How one writer writes values: drawn once a text, so that a text is consistent in itself and texts differ."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from paperlib.benchmark.fields import Field, Kind, Path
from paperlib.benchmark.standard import datetimes

CURRENCIES = {"USD": "$", "EUR": "€", "GBP": "£"}
DATE_FORMS = ("iso", "iso", "slashes", "dots", "short")  # in forms, slips and tables; keys of datetimes.DATES
PROSE_DATE_FORMS = ("long", "long", "american", "american", "ordinal", "short", "short american")


@dataclass(frozen=True)
class Rendered:
    """A value as a text writes it: ``text`` normalises to the value, ``before`` and ``after`` surround it (a currency,
    a unit). ``normalise`` is a key of `datetimes.NORMALISERS`, or ``phrase:`` and the value as JSON; ``pointer`` is the
    value's place in the answer, once that is known."""

    text: str
    normalise: str
    before: str = ""
    after: str = ""
    pointer: str = ""

    def __len__(self) -> int:
        return len(self.before) + len(self.text) + len(self.after)


class WritingStyle:
    """The style of one writer, drawn from ``rng``.

    ``prose`` is for sentences rather than forms; ``machine`` for logs, where everything is written as JSON has it.
    ``currency`` is the record's own, if it names one.
    """

    def __init__(self, rng: random.Random, prose: bool, machine: bool = False, currency: str | None = None):
        self.rng, self.prose, self.machine = rng, prose, machine
        self.date = "iso" if machine else rng.choice(PROSE_DATE_FORMS if prose else DATE_FORMS)
        self.am_pm = prose and rng.random() < 0.5
        self.thousands = not machine and rng.random() < 0.7
        self.currency = currency or rng.choice(tuple(CURRENCIES))
        forms = ("symbol", "symbol", "code behind") if prose else ("symbol", "", "code")
        self.money = "" if machine else rng.choice(forms)
        self.booleans = ("false", "true") if machine else rng.choice((("no", "yes"), ("No", "Yes"), ("false", "true")))
        self.units: dict[Path, str] = {}
        self.capitals = not prose and not machine and rng.random() < 0.7  # of enums

    def render(self, value: Any, field: Field, number_words: bool = False) -> Rendered:
        """A value of ``field``. With ``number_words`` a small number may be a word, as before a noun: three lamps."""
        if number_words and isinstance(value, int) and 1 <= value <= len(datetimes.NUMBER_WORDS) and self._word(field):
            return Rendered(datetimes.NUMBER_WORDS[value - 1], "integer")
        if field.phrases and self.prose:
            name = value if isinstance(value, str) else json.dumps(value)
            if phrases := field.phrases.get(name):
                return Rendered(self.rng.choice(phrases), f"phrase:{json.dumps(value)}")
        return _RENDERERS[field.kind](self, value, field)

    def _word(self, field: Field) -> bool:
        return field.kind == "number" and not field.unit and self.rng.random() < 0.4

    def _text(self, value: Any, field: Field) -> Rendered:
        return Rendered(str(value), "copy")

    def _date(self, value: str, field: Field) -> Rendered:
        return Rendered(datetimes.DATES[self.date](datetime.fromisoformat(value).date()), "date")

    def _datetime(self, value: str, field: Field) -> Rendered:
        """Spelled out only where nothing is lost by it: whole seconds, and an offset."""
        if self.date == "iso" or (not value.endswith("Z") and value[-6] not in "+-") or "." in value:
            return Rendered(value, "copy")
        time = datetime.fromisoformat(value)
        zone = "UTC" if value.endswith("Z") else f"(UTC{value[-6:]})"
        clock = datetimes.clock(time, self.am_pm)
        return Rendered(f"{datetimes.DATES[self.date](time)}{' at ' if self.prose else ' '}{clock} {zone}", "date-time")

    def _number(self, value: int | Decimal, field: Field) -> Rendered:
        normalise = "integer" if isinstance(value, int) else "decimal"
        digits = str(value)
        if self.thousands and not -1000 < value < 1000:
            digits = datetimes.grouped(digits)
        if field.unit == "money":
            return self._money(digits, normalise)
        return Rendered(digits, normalise, "", self._unit(field))

    def _unit(self, field: Field) -> str:
        """The unit behind a number: the same for all numbers of a field in one text."""
        if not field.unit or self.machine:
            return ""
        return self.units.setdefault(field.path, self.rng.choice(field.unit))

    def _money(self, digits: str, normalise: str) -> Rendered:
        if self.prose and digits.endswith(".00"):
            digits = digits[:-3]
        symbol = CURRENCIES.get(self.currency)
        if self.money == "symbol" and symbol:
            return Rendered(digits, normalise, symbol)
        if self.money == "code":
            return Rendered(digits, normalise, f"{self.currency} ")
        return Rendered(digits, normalise, "", f" {self.currency}" if self.money else "")

    def _enum(self, value: str, field: Field) -> Rendered:
        if self.machine or value != datetimes.as_key(value):
            return Rendered(value, "copy")
        words = value.replace("_", " ")
        return Rendered(words[:1].upper() + words[1:] if self.capitals else words, "words")

    def _boolean(self, value: bool, field: Field) -> Rendered:
        return Rendered(self.booleans[value], "boolean")


_RENDERERS: dict[Kind, Callable[[WritingStyle, Any, Field], Rendered]] = {
    "text": WritingStyle._text,
    "date": WritingStyle._date,
    "date-time": WritingStyle._datetime,
    "number": WritingStyle._number,
    "enum": WritingStyle._enum,
    "boolean": WritingStyle._boolean,
}
