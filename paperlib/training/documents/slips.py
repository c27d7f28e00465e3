"""A slip of paper while it is printed: labels and values in lines that have lost their layout, and what they state."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from paperlib.benchmark.words import Topic
from paperlib.training.documents import document as doc
from paperlib.training.documents.document import Document, Entry, Fact, Group, Rows

WORDS = Topic("documents_receipts")
SELLER = ("company", "address", "phone", "fax", "email", "registration", "tax_id")
SUMS = ("subtotal", "discount", "net", "rate", "tax", "unrounded", "rounding", "total")
UNASKED = ("net", "currency")  # not asked for where the text does not say them: something else there might be meant
NODES = {"text": doc.TEXT, "number": doc.NUMBER, "integer": doc.INTEGER, "boolean": doc.BOOLEAN, "email": doc.EMAIL}
NODES |= {"date": doc.DATE, "time": doc.TEXT}  # the format "time" wants an offset from UTC, which no slip shows
MONTH_FIRST = re.compile("{mm?}")  # forms that leave day and month to guess where the day is up to 12
DOLLARS = {"USD", "AUD", "SGD"}
POINTS = {"en": ".,", "ja": ".,", "de": ",.", "es": ",.", "fr": ", ", "pl": ", "}  # of decimals, and of thousands
Pair = tuple[str, str]


class Slip:
    """A slip while it is printed: its lines, and the facts that they state; its habits are drawn when it is made."""

    def __init__(self, rng: Random, theme: str, code: str) -> None:
        self.rng, self.theme, self.code = rng, theme, code
        self.country: dict[str, Any] = WORDS.countries[self.code]
        self.language = str(self.country["language"][0])
        self.labels: dict[str, list[str]] = WORDS.labels[self.language]
        self.lines: list[str] = []
        self.facts: dict[str, Entry] = {}
        self.upper = self.chance(0.5 if self.language == "en" and theme != "invoice" else 0.2)
        self.broken = rng.choice((0.0, 0.0, 0.2, 0.5, 1.0)) * (0.6 if theme == "invoice" else 1)
        self.mark, self.rule, self.trailing = rng.choice(WORDS.marks), rng.choice(WORDS.rules), self.chance(0.3)
        self.symbols, self.symbol = rng.choice((0.0, 0.0, 0.4, 1.0)), str(rng.choice(self.country["currency"][1:3]))
        self.grouped, self.shown = self.chance(0.7), False  # whether thousands are, and whether a currency is
        self.plain = {"time": True, "date": self.chance(0.35), "number": self.chance(0.25)}  # facts as they are written
        self.day = datetime.date(2016, 1, 1) + datetime.timedelta(days=rng.randint(0, 4300))
        self.day_form, self.time_form = rng.choice(self.country["dates"]), rng.choice(self.country["times"])

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def shape(self, patterns: Sequence[str]) -> str:
        """One of the patterns with a digit for every ``#`` and a capital letter for every ``?``."""
        letters = {"#": "0123456789", "?": "ABCDEFGHJKLMNPRSTUVWXYZ"}
        return "".join(self.rng.choice(letters.get(one, one)) for one in self.rng.choice(patterns))

    def smudged(self, words: str, share: float) -> str:
        """The words, now and then with a letter that was not read."""
        if len(words) < 6 or not self.chance(share):
            return words
        place = self.rng.randrange(1, len(words) - 1)
        return words[:place] + self.rng.choice(("", "", ".", "l", "i")) + words[place + 1 :]

    def label(self, key: str) -> str:
        return self.smudged(self.rng.choice(self.labels.get(key, [""])), 0.03)

    def fact(self, key: str, value: Any, written: str | None = None) -> Fact:
        names, kind, description = WORDS.facts[key]
        if written is not None and self.plain.get(kind):
            return Fact(names, written, description=description)
        return Fact(names, value, NODES[kind], written, description)

    def said(self, key: str, value: Any, written: str | None = None, shown: str = "") -> Pair:
        """A label and what is printed beside it, noted as a fact."""
        self.facts[key] = self.fact(key, value, written)
        return self.label(key), shown or written or str(value)

    def some(self, share: float, *keys: str) -> list[Pair]:
        """Codes and numbers that a slip has with a chance of ``share``."""
        return [self.said(key, self.shape(WORDS.patterns[key])) for key in keys if self.chance(share)]

    def figure(self, units: int, places: int | None = None) -> str:
        """An amount in cents (in Japan in yen), or a number in units of its last decimal, as the country writes it."""
        places = (0 if self.code == "ja" else 2) if places is None else places
        point, comma = tuple(POINTS[self.language])
        whole, rest = divmod(abs(units), 10**places)
        figures = f"{whole:,}".replace(",", comma) if self.grouped else str(whole)
        figures += f"{point}{rest:0{places}}" if places else ""
        return figures if units >= 0 else figures + "-" if self.trailing else "-" + figures

    def value(self, units: int) -> int | float:
        return units if self.code == "ja" else units / 100

    def money(self, key: str, units: int, symbols: bool = True) -> Pair:
        """The label of an amount, and the amount, perhaps with the symbol of its currency."""
        figure = written = self.figure(units)
        if symbols and units >= 0 and self.chance(self.symbols):
            self.shown = True
            written = figure + self.symbol if self.symbol[0] in " 円" else self.symbol + figure
        self.facts[key] = replace(self.fact(key, self.value(units), written), figure=figure)
        return self.label(key), written

    def date(self, key: str, day: datetime.date) -> Pair:
        month = WORDS.months[self.language][day.month - 1]
        parts = {"d": day.day, "dd": f"{day.day:02}", "m": day.month, "mm": f"{day.month:02}", "month": month}
        form = "{mon} {dd}, {yyyy}" if MONTH_FIRST.match(self.day_form) and day.day <= 12 else self.day_form
        written = form.format(yyyy=day.year, yy=f"{day:%y}", mon=f"{day:%b}", **parts)
        return self.said(key, day.isoformat(), written.removesuffix(" r."), written)

    def clock(self, key: str, seconds: int) -> Pair:
        hour, minute, second = seconds // 3600, seconds // 60 % 60, seconds % 60 if "{ss}" in self.time_form else 0
        parts = {"hh": f"{hour:02}", "h12": f"{(hour - 1) % 12 + 1:02}", "nn": f"{minute:02}", "ss": f"{second:02}"}
        written = self.time_form.format(ap="AM" if hour < 12 else "PM", **parts)
        return self.said(key, f"{hour:02}:{minute:02}:{second:02}", written)

    def moment(self) -> list[Pair]:
        """Date and time, in one or in two, with or without labels; or only one of them, or none."""
        if self.chance(0.03):
            return []
        label, day = self.date("date", self.day)
        label *= self.chance(0.5)
        if "time" not in getattr(WORDS, self.theme) or self.chance(0.2):
            return [(label, day)]
        time_label, time = self.clock("time", self.rng.randint(6 * 3600, 23 * 3600))
        if self.chance(0.5):
            return [(label, day + self.rng.choice((" ", " ", "  ")) + time)]
        return [(label, day), (time_label * self.chance(0.8), time)]

    def print(self, pairs: Sequence[Pair]) -> None:
        """Labels and values: on one line, on a line each, or all labels and then all values."""
        if 1 < len(pairs) < 6 and all(label for label, _ in pairs) and self.chance(0.4 * self.broken):
            self.lines += [part for column in zip(*pairs, strict=True) for part in column]
            return
        for label, value in pairs:
            if label and self.chance(self.broken):
                self.lines += [label + self.rng.choice(("", "", ":", " :")), self.rng.choice(("", "", ": ")) + value]
            else:
                self.lines.append(label + (self.mark if label else "") + value)

    def document(self) -> Document:
        """The slip, its facts in the order of a schema, and a few that it does not state."""
        if self.shown:
            code = self.country["currency"][0]
            known = {code, *self.rng.sample(WORDS.currencies, self.rng.randint(2, 6))}
            known -= DOLLARS - {code} if self.symbol == "$" else set()
            self.facts["currency"] = Fact(WORDS.facts["currency"][0], code, doc.enum(*sorted(known)))
        facts = {key: self.facts.get(key) or _unsaid(key) for key in self._asked()}
        text = "\n".join(line for line in self.lines if line)
        if self.upper:
            text, facts = text.upper(), {key: _upper(fact) for key, fact in facts.items()}
        for keys, names in ((SELLER, "seller/vendor/merchant/issuer"), (SUMS, "totals/amounts/sums")):
            inside = {key: facts[key] for key in facts if key in keys}
            if len(inside) > 2 and self.chance(0.12):
                group = Group(names, tuple(inside.values()))
                facts = {key: group if key in inside else fact for key, fact in facts.items()}
        entries = tuple({id(entry): entry for entry in facts.values()}.values())  # a group only once
        others = tuple(WORDS.facts[key][0] for key in {**self.facts, **dict.fromkeys(UNASKED)} if key not in facts)
        return Document(self.rng.choice(WORDS.titles[self.theme]), text, entries, self.language, others)

    def _asked(self) -> list[str]:
        keys = list(getattr(WORDS, self.theme))
        absent = [key for key in keys if key not in self.facts and key not in UNASKED]
        unsaid = self.rng.sample(absent, min(len(absent), self.rng.randint(2, 5)))
        if self.theme != "till" or self.chance(0.5):
            return [key for key in keys if key in self.facts or key in unsaid]
        others = [key for key in keys if key in self.facts and key not in WORDS.sroie]
        asked = self.rng.sample(others, min(len(others), self.rng.randint(0, 3))) + unsaid
        return [*WORDS.sroie, *(key for key in asked if key not in WORDS.sroie)]


def _unsaid(key: str) -> Entry:
    names, kind, description = WORDS.facts[key]
    node = doc.enum(*WORDS.methods[0].values()) if kind == "method" else NODES[kind]
    return Fact(names, None, node, description=description)


def _upper(entry: Entry) -> Entry:
    """The entry of a text that is written in capitals."""
    if isinstance(entry, Rows):
        return replace(entry, rows=tuple(tuple(map(_upper, row)) for row in entry.rows))
    assert isinstance(entry, Fact)
    value = entry.value.upper() if entry.value and entry.node in (doc.TEXT, doc.EMAIL) else entry.value
    return replace(entry, value=value, written=entry.written and entry.written.upper())
