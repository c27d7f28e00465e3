"""Draws plausible values: people, places, articles, amounts, points in time, identifiers, sentences.

Values depend neither on the machine nor on the version of Python: a `Draw` is seeded by a string (which `random` hashes
with SHA-512) and draws integers only. Amounts are Decimal, so that sums are exact to the cent and a price keeps both
its decimals.
"""

import datetime
import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar
from uuid import UUID

from paperlib.benchmark.words import general, goods, phrases

T = TypeVar("T")
Record = dict[str, Any]
CENT = Decimal("0.01")
YEARS = (2018, 2025)
DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")
OFFSETS = ("Z", "Z", "Z", "+00:00", "+02:00", "-05:00", "+05:30")
PHONES = ("+1-{}-555-01{}", "({}) 555-01{}", "{}-555-01{}", "+1 {} 555 01{}", "{}.555.01{}")  # area code, two digits
SPECIAL_LETTERS = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "ß": "ss"})  # letters that NFKD does not decompose


@dataclass(frozen=True)
class Person:
    """Somebody with the addresses that go with the name."""

    name: str
    gender: str
    email: str
    username: str


@dataclass(frozen=True)
class Article:
    """Something that is sold."""

    name: str
    category: str
    price: Decimal


P = TypeVar("P", Person, Article)


@dataclass(frozen=True)
class Place:
    """A street address and what belongs to it; coordinates in degrees."""

    city: str
    state: str
    zip_code: str
    street: str  # with house number
    timezone: str
    latitude: Decimal
    longitude: Decimal


def cents(amount: Decimal) -> Decimal:
    """An amount rounded to the cent, halves up, as on a bill."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def percent(amount: Decimal, rate: Decimal | int) -> Decimal:
    """``rate`` percent of an amount, rounded to the cent."""
    return cents(amount * rate / 100)


def days_after(start: datetime.datetime, days: int) -> str:
    """The ISO 8601 date that lies ``days`` days after ``start``."""
    return (start + datetime.timedelta(days=days)).date().isoformat()


def slug(text: str) -> str:
    """The ASCII letters and digits of a name in lower case, for addresses and user names."""
    plain = unicodedata.normalize("NFKD", text.translate(SPECIAL_LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "", plain.lower())


class Draw:
    """A source of random values for one record.

    What one writer does alike throughout (the form of identifiers and of timestamps, the year in which everything
    happens) is drawn once, when the object is made from its ``seed``.
    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self.year = self.between(*YEARS)
        self.offset = self.pick(OFFSETS)
        self.mask = self.pick(("****####", "XXXX-####"))  # of account numbers
        self.timespec = self.pick(("seconds", "seconds", "seconds", "milliseconds", "microseconds"))
        self.id_style = self.pick(("short", "short", "short", "short", "year", "uuid"))

    # -- chance
    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all equally likely: an option listed twice is drawn twice as often."""
        return self._random.choice(options)

    def some(self, options: Sequence[T], low: int, high: int) -> list[T]:
        """Between ``low`` and ``high`` different entries of ``options``, in random order; all where there are fewer."""
        return self._random.sample(options, min(self.between(low, high), len(options)))

    def between(self, low: int, high: int) -> int:
        """An integer from ``low`` to ``high``, both included."""
        return self._random.randint(low, high)

    def maybe(self, percentage: int, value: T) -> T | None:
        """``value`` with a chance of ``percentage`` in a hundred, else None: an optional field that is left out."""
        return value if self.between(1, 100) <= percentage else None

    def decimal(self, low: int, high: int, digits: int) -> Decimal:
        """A number with exactly ``digits`` decimals; ``low`` and ``high`` count units of the last decimal."""
        return Decimal(self.between(low, high)).scaleb(-digits)

    def price(self, low: int, high: int) -> Decimal:
        """A price from ``low`` to just below ``high``, often ending in the .99 or .95 of a shop."""
        return (
            self.between(low, high - 1)
            + Decimal(self.pick((99, 99, 95, 50, 49, 90, 0, self.between(1, 98)))) / 100
            + Decimal("0.00")
        )

    def shape(self, pattern: str) -> str:
        """The pattern with a digit for every ``#`` and a capital letter other than I, O and Q for every ``?``."""
        return re.sub(
            "[#?]", lambda m: str(self.between(0, 9)) if m[0] == "#" else self.pick("ABCDEFGHJKLMNPRSTUVWXYZ"), pattern
        )

    # -- identifiers
    def code(self, prefix: str, digits: int = 5) -> str:
        """An identifier of something inside a record, such as ``ORD-48213``."""
        return f"{prefix}-{self.between(10 ** (digits - 1), 10**digits - 1)}"

    def key(self, prefix: str, digits: int = 5) -> str:
        """An identifier of the record itself: short, with the year, or a UUID, as this record's writer does it."""
        if self.id_style == "uuid":
            return str(UUID(int=self._random.getrandbits(128), version=4))
        return (
            f"{prefix}-{self.year}-{self.between(1, 9999):04}" if self.id_style == "year" else self.code(prefix, digits)
        )

    # -- people and firms
    def person(self) -> Person:
        """A name with an e-mail address and a user name made from it."""
        gender = self.pick(("female", "male"))
        first = self.pick(general.female_names if gender == "female" else general.male_names)
        last = self.pick(general.last_names)
        a, b, number = slug(first), slug(last), self.between(2, 99)
        username = self.pick((f"{a}{number}", f"{a[0]}{b}", f"{a}_{b}", f"{b}.{a}", f"{a}.{b}{number}"))
        local = self.pick((f"{a}.{b}", f"{a[0]}.{b}", f"{a}{number}", f"{b}.{a}"))
        return Person(f"{first} {last}", gender, f"{local}@{self.pick(DOMAINS)}", username)

    def people(self, low: int, high: int) -> list[Person]:
        """Between ``low`` and ``high`` people of different names."""
        return self._different(self.person, low, high)

    def _different(self, draw: Callable[[], P], low: int, high: int) -> list[P]:
        found = {thing.name: thing for thing in (draw() for _ in range(high * 2))}
        return list(found.values())[: self.between(low, high)]

    def phone(self) -> str:
        """A number from the range 555-01xx, which is reserved for fiction."""
        return self.pick(PHONES).format(self.pick(general.area_codes), f"{self.between(0, 99):02}")

    def company(self) -> str:
        """The name of a firm."""
        return (
            f"{self.pick(general.company_roots)} {self.pick(general.company_trades)}{self.pick(general.company_forms)}"
        )

    # -- places and articles
    def location(self) -> Place:
        """A street address in a real city, with coordinates near the city's centre."""
        city, state, postal, zone, latitude, longitude = self.pick(general.cities)
        digits = self.pick((4, 4, 5, 6))
        north, east = (
            Decimal(str(x)) + self.decimal(-6 * 10 ** (digits - 2), 6 * 10 ** (digits - 2), digits)
            for x in (latitude, longitude)
        )
        return Place(city, state, self.shape(postal), self.street(), zone, north, east)

    def address(self, place: Place) -> Record:
        """A place as the nested object that several schemas share; state and postal code are sometimes left out."""
        return {
            "street": place.street,
            "city": place.city,
            "state": self.maybe(85, place.state),
            "zip_code": self.maybe(85, place.zip_code),
        }

    def street(self) -> str:
        """A house number and a street."""
        return f"{self.between(1, 240)} {self.pick(general.streets)} {self.pick(general.street_kinds)}"

    def place(self) -> str:
        """The name of a city."""
        return str(self.pick(general.cities)[0])

    def article(self) -> Article:
        """Something that is sold, at a price within its range."""
        category = self.pick(tuple(goods.products))
        noun, low, high = self.pick(goods.products[category])
        ahead = self.pick(("", self.pick(goods.brands), self.pick(goods.brands), self.pick(goods.qualifiers)))
        return Article(f"{ahead} {noun}".strip(), category, self.price(low, high))

    def articles(self, low: int, high: int) -> list[Article]:
        """Between ``low`` and ``high`` articles of different names."""
        return self._different(self.article, low, high)

    # -- points in time
    def timestamp(self) -> datetime.datetime:
        """A point in time within the record's year, between 6:00 and 22:59, to the microsecond."""
        day = datetime.datetime(self.year, 1, 1) + datetime.timedelta(days=self.between(0, 364))
        return day.replace(
            hour=self.between(6, 22),
            minute=self.between(0, 59),
            second=self.between(0, 59),
            microsecond=1000 * self.between(1, 999) + self.between(0, 999),
        )

    def later(self, start: datetime.datetime, low: int, high: int) -> datetime.datetime:
        """A point in time between ``low`` and ``high`` minutes after ``start``, and up to a minute more."""
        return start + datetime.timedelta(
            minutes=self.between(low, high), seconds=self.between(0, 59), microseconds=self.between(0, 999_999)
        )

    def rfc3339(self, time: datetime.datetime) -> str:
        """A point in time as RFC 3339 writes it, with the precision and UTC offset of this record's writer."""
        return time.isoformat(timespec=self.timespec) + self.offset

    # -- sentences
    def fill(self, template: str, **known: object) -> str:
        """A phrase with its slots filled: ``{few}`` by ``known["few"]`` or else by what `SLOTS` draws under that name.

        Raises KeyError for a slot that is in neither.
        """
        return re.sub(r"\{(\w+)\}", lambda m: str(known[m[1]] if m[1] in known else SLOTS[m[1]](self)), template)

    def sentence(self, templates: Sequence[str]) -> str:
        """One of the templates, its slots filled."""
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
