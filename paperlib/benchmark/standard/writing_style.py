"""How one writer writes values: drawn once a text, so that a text is consistent, and texts differ."""

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
PLAIN = ("iso", "iso", "slashes", "dots", "short")  # days in forms, slips and tables
SPOKEN = ("long", "long", "american", "american", "ordinal", "short", "short american")  # in running text
LONGEST_WORD = len(datetimes.WORDS)


@dataclass(frozen=True)
class Shown:
    """A leaf in a text: ``text`` normalises to the value, ``before`` and ``after`` belong to it as it is said."""

    text: str
    normalise: str  # a name in moments.NORMALISERS, or "phrase:" and the value as JSON
    before: str = ""
    after: str = ""


class Habits:
    """One writer's. ``spoken``: in running text, not in a form; ``exact``: as machines write."""

    def __init__(self, rng: random.Random, spoken: bool, exact: bool = False, currency: str | None = None):
        self.rng, self.spoken, self.exact = rng, spoken, exact
        self.day = "iso" if exact else rng.choice(SPOKEN if spoken else PLAIN)
        self.halves = spoken and rng.random() < 0.5
        self.commas = not exact and rng.random() < 0.7
        self.currency = currency or rng.choice(tuple(CURRENCIES))
        self.money = (
            "" if exact else rng.choice(("symbol", "symbol", "code behind") if spoken else ("symbol", "", "code"))
        )
        self.yes = ("false", "true") if exact else rng.choice((("no", "yes"), ("No", "Yes"), ("false", "true")))
        self.suffixes: dict[Path, str] = {}
        self.capital = not spoken and not exact and rng.random() < 0.7  # enums

    def show(self, value: Any, field: Field, words: bool = False) -> Shown:
        """With ``words`` a small number may be one, as before a noun: three lamps."""
        if words and isinstance(value, int) and 1 <= value <= LONGEST_WORD and self._in_words(field):
            return Shown(datetimes.WORDS[value - 1], "integer")
        if field.phrases and self.spoken:
            name = value if isinstance(value, str) else json.dumps(value)
            if said := field.phrases.get(name):
                return Shown(self.rng.choice(said), f"phrase:{json.dumps(value)}")
        return _WAYS[field.kind](self, value, field)

    def _text(self, value: Any, field: Field) -> Shown:
        return Shown(str(value), "copy")

    def _date(self, value: str, field: Field) -> Shown:
        return Shown(datetimes.DAYS[self.day](datetime.fromisoformat(value).date()), "date")

    def _moment(self, value: str, field: Field) -> Shown:
        """Spelled out only where nothing is lost: whole seconds, and an offset."""
        if self.day == "iso" or (not value.endswith("Z") and value[-6] not in "+-") or "." in value:
            return Shown(value, "copy")
        moment = datetime.fromisoformat(value)
        zone = "UTC" if value.endswith("Z") else f"(UTC{value[-6:]})"
        joint = " at " if self.spoken else " "
        return Shown(
            f"{datetimes.DAYS[self.day](moment)}{joint}{datetimes.clock(moment, self.halves)} {zone}", "date-time"
        )

    def _number(self, value: int | Decimal, field: Field) -> Shown:
        normalise = "integer" if isinstance(value, int) else "decimal"
        digits = str(value)
        if self.commas and not -1000 < value < 1000:
            digits = datetimes.grouped(digits)
        if field.unit == "money":
            return self._money(digits, normalise)
        return Shown(digits, normalise, "", self._suffix(field))

    def _suffix(self, field: Field) -> str:
        """The same behind every number of a field in one text."""
        if not field.unit or self.exact:
            return ""
        return self.suffixes.setdefault(field.path, self.rng.choice(field.unit))

    def _in_words(self, field: Field) -> bool:
        return field.kind == "number" and not field.unit and self.rng.random() < 0.4

    def _money(self, digits: str, normalise: str) -> Shown:
        if self.spoken and digits.endswith(".00"):
            digits = digits[:-3]
        symbol = CURRENCIES.get(self.currency)
        if self.money == "symbol" and symbol:
            return Shown(digits, normalise, symbol)
        if not self.money:
            return Shown(digits, normalise)
        return (
            Shown(digits, normalise, f"{self.currency} ")
            if self.money == "code"
            else Shown(digits, normalise, "", f" {self.currency}")
        )

    def _enum(self, value: str, field: Field) -> Shown:
        if self.exact or value != datetimes.as_key(value):
            return Shown(value, "copy")
        words = value.replace("_", " ")
        return Shown(words[:1].upper() + words[1:] if self.capital else words, "words")

    def _boolean(self, value: bool, field: Field) -> Shown:
        return Shown(self.yes[value], "boolean")


_WAYS: dict[Kind, Callable[[Habits, Any, Field], Shown]] = {
    "text": Habits._text,
    "date": Habits._date,
    "date-time": Habits._moment,
    "number": Habits._number,
    "enum": Habits._enum,
    "boolean": Habits._boolean,
}
