"""Draws plausible values: people, places, articles, amounts, moments, identifiers, sentences.

Nothing here depends on the machine or on Python's version: a `Draw` is seeded by a string (SHA-512 inside `random`)
and uses integers only. Amounts are Decimal: arithmetic holds to the cent, and a price keeps both its decimals.
"""

import datetime
import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar
from uuid import UUID

from paperlib.benchmark.words import general, goods, phrases

T = TypeVar("T")
CENT = Decimal("0.01")
YEARS = (2018, 2025)
DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")
OFFSETS = ("Z", "Z", "Z", "+00:00", "+02:00", "-05:00", "+05:30")
PHONES = (
    "+1-{area}-555-01{##}",
    "({area}) 555-01{##}",
    "{area}-555-01{##}",
    "+1 {area} 555 01{##}",
    "{area}.555.01{##}",
)
SPECIAL_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "ß": "ss"})  # letters Unicode does not take apart


@dataclass(frozen=True)
class Person:
    name: str
    gender: str
    email: str
    username: str


@dataclass(frozen=True)
class Place:
    city: str
    state: str
    zip_code: str
    street: str  # with house number
    timezone: str
    latitude: Decimal
    longitude: Decimal


@dataclass(frozen=True)
class Article:
    name: str
    category: str
    price: Decimal


def cents(amount: Decimal) -> Decimal:
    """An amount rounded to the cent, halves upwards, as on a bill."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def percent(amount: Decimal, rate: Decimal | int) -> Decimal:
    """``rate`` percent of an amount, to the cent."""
    return cents(amount * rate / 100)


def slug(text: str) -> str:
    """ASCII letters and digits of a name, lower case, for addresses and user names."""
    plain = unicodedata.normalize("NFKD", text.translate(SPECIAL_LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "", plain.lower())


class Draw:
    """The values of one record. Habits of a writer (form of identifiers and of moments) are drawn once a record."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self.year = self.between(*YEARS)  # in which everything happens
        self.offset = self.pick(OFFSETS)
        self.mask = self.pick(("****####", "XXXX-####"))  # of account numbers
        self.timespec = self.pick(("seconds", "seconds", "seconds", "milliseconds", "microseconds"))
        self.id_style = self.pick(("short", "short", "short", "short", "year", "uuid"))

    # -- chance
    def pick(self, options: Sequence[T]) -> T:
        return self._random.choice(options)

    def some(self, options: Sequence[T], low: int, high: int) -> list[T]:
        """Between ``low`` and ``high`` different options, in random order."""
        return self._random.sample(options, min(self.between(low, high), len(options)))

    def between(self, low: int, high: int) -> int:
        """An integer, both ends included."""
        return self._random.randint(low, high)

    def maybe(self, percentage: int, value: T) -> T | None:
        """The value in so many of a hundred cases, else None: an optional field left out."""
        return value if self.between(1, 100) <= percentage else None

    def decimal(self, low: int, high: int, digits: int) -> Decimal:
        """A number with exactly so many decimals; ``low`` and ``high`` are in units of the last one."""
        return Decimal(self.between(low, high)).scaleb(-digits)

    def price(self, low: int, high: int) -> Decimal:
        """Whole units and the cents that shops like."""
        return (
            self.between(low, high - 1)
            + Decimal(self.pick((99, 99, 95, 50, 49, 90, 0, self.between(1, 98)))) / 100
            + Decimal("0.00")
        )

    def shape(self, pattern: str) -> str:
        """``#`` becomes a digit, ``?`` a capital letter."""
        return re.sub(
            "[#?]", lambda m: str(self.between(0, 9)) if m[0] == "#" else self.pick("ABCDEFGHJKLMNPRSTUVWXYZ"), pattern
        )

    # -- identifiers
    def code(self, prefix: str, digits: int = 5) -> str:
        """An identifier of something inside a record, like ``ORD-48213``."""
        return f"{prefix}-{self.between(10 ** (digits - 1), 10**digits - 1)}"

    def key(self, prefix: str, digits: int = 5) -> str:
        """The identifier of the record itself: short, with a year, or a UUID."""
        if self.id_style == "uuid":
            return str(UUID(int=self._random.getrandbits(128), version=4))
        return (
            f"{prefix}-{self.year}-{self.between(1, 9999):04}" if self.id_style == "year" else self.code(prefix, digits)
        )

    # -- people and firms
    def person(self) -> Person:
        gender = self.pick(("female", "male"))
        first = self.pick(general.female_names if gender == "female" else general.male_names)
        last = self.pick(general.last_names)
        a, b, number = slug(first), slug(last), self.between(2, 99)
        username = self.pick((f"{a}{number}", f"{a[0]}{b}", f"{a}_{b}", f"{b}.{a}", f"{a}.{b}{number}"))
        local = self.pick((f"{a}.{b}", f"{a[0]}.{b}", f"{a}{number}", f"{b}.{a}"))
        return Person(f"{first} {last}", gender, f"{local}@{self.pick(DOMAINS)}", username)

    def people(self, low: int, high: int) -> list[Person]:
        """Different people."""
        found = {p.name: p for p in (self.person() for _ in range(high * 2))}
        return list(found.values())[: self.between(low, high)]

    def phone(self) -> str:
        return (
            self.pick(PHONES)
            .replace("{area}", self.pick(general.area_codes))
            .replace("{##}", f"{self.between(0, 99):02}")
        )

    def company(self) -> str:
        return (
            f"{self.pick(general.company_roots)} {self.pick(general.company_trades)}{self.pick(general.company_forms)}"
        )

    # -- places and articles
    def location(self) -> Place:
        city, state, postal, zone, latitude, longitude = self.pick(general.cities)
        digits = self.pick((4, 4, 5, 6))
        north, east = (
            Decimal(str(x)) + self.decimal(-6 * 10 ** (digits - 2), 6 * 10 ** (digits - 2), digits)
            for x in (latitude, longitude)
        )
        return Place(city, state, self.shape(postal), self.street(), zone, north, east)

    def street(self) -> str:
        return f"{self.between(1, 240)} {self.pick(general.streets)} {self.pick(general.street_kinds)}"

    def place(self) -> str:
        return str(self.pick(general.cities)[0])

    def article(self, category: str | None = None) -> Article:
        category = category or self.pick(tuple(goods.products))
        noun, low, high = self.pick(goods.products[category])
        ahead = self.pick(("", self.pick(goods.brands), self.pick(goods.brands), self.pick(goods.qualifiers)))
        return Article(f"{ahead} {noun}".strip(), category, self.price(low, high))

    def articles(self, low: int, high: int) -> list[Article]:
        """Different articles."""
        found = {a.name: a for a in (self.article() for _ in range(high * 2))}
        return list(found.values())[: self.between(low, high)]

    # -- moments
    def moment(self) -> datetime.datetime:
        """A moment of the record's year, in waking hours."""
        day = datetime.datetime(self.year, 1, 1) + datetime.timedelta(days=self.between(0, 364))
        return day.replace(
            hour=self.between(6, 22),
            minute=self.between(0, 59),
            second=self.between(0, 59),
            microsecond=1000 * self.between(1, 999) + self.between(0, 999),
        )

    def later(self, start: datetime.datetime, low: int, high: int) -> datetime.datetime:
        """So many minutes after ``start``."""
        return start + datetime.timedelta(
            minutes=self.between(low, high), seconds=self.between(0, 59), microseconds=self.between(0, 999_999)
        )

    def stamp(self, moment: datetime.datetime) -> str:
        """RFC 3339, as this record's writer likes it."""
        return moment.isoformat(timespec=self.timespec) + self.offset

    # -- sentences
    def fill(self, template: str, **known: object) -> str:
        """A phrase whose slots are filled: ``{few}`` with the known ``few``, else with what `SLOTS` draws for it."""
        return re.sub(r"\{(\w+)\}", lambda m: str(known[m[1]] if m[1] in known else SLOTS[m[1]](self)), template)

    def sentence(self, templates: Sequence[str]) -> str:
        return self.fill(self.pick(templates))


SLOTS: dict[str, Callable[[Draw], object]] = {
    "amount": lambda d: d.price(8, 400),
    "clock": lambda d: f"{d.between(7, 21)}:{d.pick(('00', '15', '30', '45'))}",
    "company": Draw.company,
    "count": lambda d: d.between(12, 9800),
    "few": lambda d: d.between(2, 12),
    "high": lambda d: d.between(81, 99),
    "host": lambda d: f"{d.pick(phrases.hosts)}-{d.between(1, 24):02}",
    "ip": lambda d: f"10.{d.between(0, 99)}.{d.between(0, 255)}.{d.between(2, 254)}",
    "name": lambda d: d.person().name,
    "order": lambda d: d.code("ORD"),
    "percent": lambda d: d.between(3, 97),
    "place": Draw.place,
    "product": lambda d: d.pick(d.pick(tuple(goods.products.values())))[0].lower(),
    "relative": lambda d: d.pick(phrases.relatives),
    "sensor": lambda d: d.code("SN", 3),
    "street": Draw.street,
    "surname": lambda d: d.pick(general.last_names),
    "username": lambda d: d.person().username,
    "version": lambda d: f"{d.between(1, 9)}.{d.between(0, 20)}.{d.between(0, 9)}",
    "weekday": lambda d: d.pick(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")),
    "word": lambda d: d.pick(phrases.words),
}
