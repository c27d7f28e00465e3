"""Prose: complaints, bookings and deliveries, minutes, formal letters, announcements of events, in six languages.

Texts grow from the grammars in ``data/words/documents_letters.yaml``. Difficult about them: several bookings side by
side or interleaved ("respectively"), two people or firms with the same kinds of data, dates and amounts near others,
what has to be concluded (urgency, status, kind of room), lists of which the text says that they are empty.

A template holds choices ``[a|b]`` and slots: ``{rule}`` of the grammar, ``{rule?}`` now and then, ``{~a b?}`` both in
any order, ``{slot=rule}`` a rule's text under another name, ``{*slot}`` what all rows have there, ``{rows}`` the rows,
``{@name=slot}`` no text but another name for what is told. A rule is a list of templates, a mapping from the values of
an enum to templates ("other": none of them), or a list of the text (keys ``items``, ``some``, ``none``). Other slots
are drawn after their last word: ``{start_date}`` is a date.
"""

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, NamedTuple

from paperlib.benchmark.records.draw import DOMAINS, slug
from paperlib.benchmark.words import Topic
from paperlib.training.documents import document as doc
from paperlib.training.documents.document import Document, Entry, Fact, Group, Kind, Node, Rows, enum

letters = Topic("documents_letters")
LANGUAGES = ("en",) * 6 + ("de", "fr", "es", "pl", "ja")
STYLES = ("plain",) * 14 + ("lower", "lower", "upper", "typos", "typos", "typos")
OPTIONAL, EMPTY, TOGETHER, SUBSET = 0.6, 0.45, 0.4, 0.4  # shares of optional parts, empty lists, …
NODES = {"text": doc.TEXT, "int": doc.INTEGER, "number": doc.NUMBER, "bool": doc.BOOLEAN, "list": doc.LIST}
NODES |= {"date": doc.DATE, "email": doc.EMAIL}
DRAWN = ("person", "address", "email", "date", "time", "price", "count", "quantity", "people")  # methods of Values
TYPO = re.compile(r"\b([a-z])([a-z])([a-z])(?=[a-z])")
SLOT, CHOICE = re.compile(r"\{([^{}]*)\}"), re.compile(r"\[([^\[\]]*)\]")


class Told(NamedTuple):
    """What a text says in one place: the value as JSON, the text, and how a schema may ask for the text."""

    value: Any
    text: str
    written: str | None = None


class Values:
    """Draws what stands in the slots of one document, in one language; dates and amounts lie near each other."""

    def __init__(self, rng: Random, language: str, amounts: Sequence[int]) -> None:
        self.rng, self.language, self.words = rng, language, letters.words[language]
        self.base = datetime.date(rng.randint(2023, 2029), 1, 1) + datetime.timedelta(rng.randint(0, 364))
        self.amount, self.cents = rng.choice(amounts), rng.random() < 0.5
        self.money, self.currency = rng.choice(self.words["money"])
        self.dates, self.clock = rng.sample(self.words["dates"], 2), rng.choice(self.words["clock"])
        self.used: set[Any] = set()

    def draw(self, slot: str, told: dict[str, Told]) -> Told:
        """A value for the slot, whose last word is a kind of value or a list of words and patterns."""
        kind = slot.rpartition("_")[2]
        if kind in DRAWN:
            drawn: Told = getattr(self, kind)(slot, told)
            return drawn
        patterns = letters.codes if kind == "code" else self.words[kind]
        text = self.new(lambda: self.shaped(self.rng.choice(patterns)))
        return Told(text, text)

    def new(self, draw: Callable[[], Any]) -> Any:
        """Something that this document has not used before, if it can be had."""
        tries = [draw() for _ in range(12)]
        value = next((value for value in tries if value not in self.used), tries[0])
        self.used.add(value)
        return value

    def shaped(self, pattern: str) -> str:
        """The pattern with a digit for every ``#`` and a capital letter for every ``?``."""
        return re.sub("[#?]", lambda m: self.rng.choice(letters.shapes[m[0]]), pattern)

    def person(self, slot: str, told: dict[str, Told]) -> Told:
        """First and last name as the language puts them."""
        draw = self.rng.choice
        text = self.new(lambda: self.words["name"].format(draw(self.words["first"]), draw(self.words["last"])))
        return Told(text, text)

    def address(self, slot: str, told: dict[str, Told]) -> Told:
        """Street, house number, postal code and town on one line."""
        parts: dict[str, Any] = {word: self.rng.choice(self.words[word]) for word in ("street", "city")}
        parts.update(n=self.rng.randint(1, 180), k=self.rng.randint(1, 20))
        text = self.shaped(self.rng.choice(self.words["addresses"]).format(**parts))
        return Told(text, text)

    def email(self, slot: str, told: dict[str, Told]) -> Told:
        """An address made from the name of the same owner, if that is told."""
        name = told.get(slot.replace("_email", "_person"))
        parts = [slug(word) for word in name.text.lower().split()] if name else []
        local = ".".join(parts) if all(parts) and parts else self.rng.choice(letters.mailboxes)
        text = self.new(lambda: f"{local}{self.rng.choice(('', self.rng.randint(1, 99)))}@{self.rng.choice(DOMAINS)}")
        return Told(text, text)

    def date(self, slot: str, told: dict[str, Told]) -> Told:
        """A day near the others of the document; an end lies after its start."""
        start = told.get(slot.replace("end_", "start_")) if "end_" in slot else None
        first = datetime.date.fromisoformat(start.value) if start else self.base
        spans = [(1, 9)] if start else [span for word, *span in letters.spans if slot.startswith(word)]
        low, high = (*spans, (-30, 60))[0]
        day: datetime.date = self.new(lambda: first + datetime.timedelta(self.rng.randint(low, high)))
        form = self.rng.choice((*self.dates, self.dates[0]))
        if self.language == "en" and "{m" in form and day.day <= 12 and "{y}-" not in form and "{month" not in form:
            form = "{d} {month} {y}"
        month = self.words["months"][day.month - 1]
        text = form.format(d=day.day, dd=f"{day.day:02}", m=day.month, mm=f"{day.month:02}", month=month, y=day.year)
        return Told(day.isoformat(), text, text)

    def time(self, slot: str, told: dict[str, Told]) -> Told:
        """A time of the day in the words of the text: a JSON time has an offset, which no text says."""
        hours = (8, 9) if "doors" in slot else (10, 14) if "start" in slot or "visit" in slot else (15, 21)
        hour, minute = self.rng.randint(*hours), self.rng.choice((0, 0, 15, 30, 45))
        half = {"h12": (hour - 1) % 12 + 1, "half": "am" if hour < 12 else "pm"}
        text = self.clock.format(h=hour, hh=f"{hour:02}", mm=f"{minute:02}", **half)
        return Told(re.sub(" (Uhr|h|horas)$", "", text), text)

    def price(self, slot: str, told: dict[str, Told]) -> Told:
        """An amount of money near the others of the document."""
        ranges = [span for word, *span in letters.prices if slot.startswith(word)]
        low, high = (*ranges, (self.amount // 2, self.amount * 2))[0]
        whole = self.new(lambda: self.rng.randint(low, high))
        if self.currency == "JPY":
            whole, self.cents = whole * 100, False
        cents = self.rng.choice((0, 50, 90, 99, self.rng.randint(1, 98)))
        thousands, comma = self.words["separators"]
        text = f"{whole:,}".replace(",", thousands) + (f"{comma}{cents:02}" if self.cents else "")
        text, told["currency"] = self.money.format(text), Told(self.currency, "")
        return Told(round(whole + cents / 100, 2) if self.cents else whole, text, text)

    def count(self, slot: str, told: dict[str, Told]) -> Told:
        """A small number, as a word or in digits."""
        n: int = self.new(lambda: self.rng.randint(2, 9))
        text = self.rng.choice((str(n), self.words["numbers"][n - 2]))
        return Told(n, text, text)

    def quantity(self, slot: str, told: dict[str, Told]) -> Told:
        """A number of two or three digits."""
        n: int = self.new(lambda: self.rng.choice((self.rng.randint(10, 99), 10 * self.rng.randint(10, 60))))
        return Told(n, str(n), str(n))

    def people(self, slot: str, told: dict[str, Told]) -> Told:
        """A list of names."""
        names = [self.person(slot, told).text for _ in range(self.rng.choice((1, 2, 3, 3, 4, 5)))]
        return Told(names, self.joined(names))

    def joined(self, parts: Sequence[str]) -> str:
        """The parts with commas and the word for "and"."""
        comma, last = map(str, self.words["joints"])
        return last.join((*([comma.join(parts[:-1])] if parts[1:] else []), *parts[-1:]))


@dataclass
class Writer:
    """Writes a text, or one row of it, and notes what it tells."""

    values: Values
    grammar: dict[str, Any]
    style: str
    rows: "list[Writer]" = field(default_factory=list)
    told: dict[str, Told] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)

    def write(self, template: str) -> str:
        """The template with choices made and slots filled."""
        while CHOICE.search(template):
            template = CHOICE.sub(lambda m: self.values.rng.choice(m[1].split("|")), template, count=1)
        return "".join(self._slot(s) if i % 2 else self._styled(s) for i, s in enumerate(SLOT.split(template)))

    def _styled(self, text: str) -> str:
        if self.style == "typos":
            return TYPO.sub(lambda m: m[1] + m[3] + m[2] if self.values.rng.random() < 0.06 else m[0], text)
        return {"lower": text.lower(), "upper": text.upper()}.get(self.style, text)

    def _slot(self, slot: str) -> str:
        rng = self.values.rng
        if slot[0] == "~":
            parts = slot[1:].split()
            return ("" if self.values.language == "ja" else " ").join(map(self._slot, rng.sample(parts, len(parts))))
        if slot[0] == "*":
            return self.values.joined([row._slot(slot[1:]) for row in self.rows])
        if slot.endswith("?"):
            return self._slot(slot[:-1]) if rng.random() < OPTIONAL else ""
        name, _, rule = slot.partition("=")
        if name[0] == "@":
            self.aliases[name[1:]] = rule
            return ""
        if name == "rows":
            return self._rows()
        return self._value(name, rule or name)

    def _value(self, name: str, rule: str) -> str:
        if name in self.told:
            return self.told[name].text
        options = self.grammar.get(rule)
        if isinstance(options, list) and not name.endswith("_text"):
            return self.write(self.values.rng.choice(options))
        if isinstance(options, list):
            text = self._verbatim(self.values.new(lambda: self.values.rng.choice(options)))
            self.told[name] = Told(text, text)
        elif options is None:
            self.told[name] = self.values.draw(name if rule == name else f"{name}_{rule}", self.told)
        else:
            self.told[name] = self._list(options) if "some" in options else self._conclusion(options)
        return self.told[name].text

    def _verbatim(self, template: str) -> str:
        """The template as a value, which has no typos."""
        style, self.style = self.style, self.style.replace("typos", "plain")
        text = self.write(template)
        self.style = style
        return text

    def _conclusion(self, options: dict[str, list[str]]) -> Told:
        key = self.values.rng.choice(list(options))
        return Told(None if key == "other" else key, self.write(self.values.rng.choice(options[key])))

    def _list(self, options: dict[str, Any]) -> Told:
        rng, items = self.values.rng, options["items"]
        if "none" in options and rng.random() < EMPTY:
            return Told([], self.write(rng.choice(options["none"])))
        chosen = rng.sample(list(items), min(len(items), rng.choice((1, 1, 2, 2, 3, 4))))
        texts = [self._verbatim(rng.choice(items[item]) if isinstance(items, dict) else item) for item in chosen]
        text = rng.choice(options["joints"]).join(texts) if "joints" in options else self.values.joined(texts)
        some = self.write(rng.choice(options["some"])).replace("<>", text)
        return Told(chosen if isinstance(items, dict) else texts, some)

    def _rows(self) -> str:
        rng, grammar = self.values.rng, self.grammar
        if not self.rows:
            return self.write(rng.choice(grammar["no_rows"]))
        first = ""
        if len(self.rows) in (2, 3) and "together" in grammar and rng.random() < TOGETHER:
            before = set(self.told)
            first = self.write(rng.choice(grammar["together"]))
            for row in self.rows:
                row.told.update({slot: self.told[slot] for slot in self.told.keys() - before})
        rule, more = grammar["more" if first else "row"], rng.choice(grammar["more"])
        form = rng.choice(rule)
        texts = [row.write(more if first else rng.choice((form, rng.choice(rule)))) for row in self.rows]
        joint: str = rng.choice(("" if self.values.language == "ja" else " ",) * 3 + ("\n",))
        return joint.join(([first] if first else []) + texts)


def _node(kind: str, seen: set[str], rng: Random) -> tuple[Node, dict[str, Any]]:
    """The schema of a fact of this kind, and what conclusions are called there."""
    word, _, rest = kind.partition(" ")
    if not rest:
        return NODES[kind], {"true": True, "false": False} if kind == "bool" else {}
    vocabularies = [[value.strip() for value in part.split(",")] for part in rest.split("|")]
    chosen = rng.choice(vocabularies)
    names = dict(zip(vocabularies[0], chosen, strict=True))
    wanted = [key for key in names if key in seen or rng.random() >= SUBSET * (rng.random() < 0.5)]
    wanted = rng.sample(wanted, len(wanted)) if rng.random() < 0.3 else wanted
    node = enum(*(names[key] for key in (wanted if len(wanted) > 1 else names)))
    return ({"type": "array", "items": node} if word == "enums" else node), names


def _facts(table: Sequence[Sequence[str]], tolds: Sequence[dict[str, Told]], rng: Random) -> list[tuple[Fact, ...]]:
    """The facts of each record in the rows of a table: slot, names, kind, description."""
    columns = []
    for slot, names, kind, description in table:
        values = [told.get(slot, Told(None, "")) for told in tolds]
        flat = [v for t in values for v in (t.value if isinstance(t.value, list) else [t.value])]
        node, called = _node(kind, {v for v in flat if isinstance(v, str)}, rng)
        columns.append([_fact(names, told, node, called, description) for told in values])
    return list(zip(*columns, strict=True))


def _fact(names: str, told: Told, node: Node, called: dict[str, Any], description: str) -> Fact:
    value = told.value
    if called:
        value = [called[v] for v in value] if isinstance(value, list) else called.get(value)
    return Fact(names, value, node, told.written, description)


def _document(kind: str, rng: Random) -> Document:
    """A document of one of the kinds of the word lists."""
    spec, language = getattr(letters, kind), rng.choice(LANGUAGES)
    values, style = Values(rng, language, spec["amounts"]), rng.choice(STYLES)
    count = rng.choice(spec["numbers"]) if "rows" in spec else 0
    rows = [Writer(values, spec[language], style) for _ in range(count)]
    writer = Writer(values, spec[language], style, rows)
    text = re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", writer.write("{text}"))).strip()
    text = re.sub(r"(?<!\.)\.\.(?!\.)", ".", re.sub(r"\n{3,}", "\n\n", text))
    writer.told.update({name: writer.told[slot] for name, slot in writer.aliases.items() if slot in writer.told})
    entries: list[Entry] = [*_facts(spec["facts"], [writer.told], rng)[0]]
    for names, table in spec.get("rows", {}).items():
        found = _facts(table, [row.told for row in rows] or [{}], rng)
        entries.insert(rng.choice((0, len(entries))), Rows(names, tuple(found if rows else ()), found[0]))
    entries += [Group(names, _facts(table, [writer.told], rng)[0]) for names, table in spec.get("groups", {}).items()]
    return Document(rng.choice(spec["titles"]), text, tuple(entries), language)


KINDS: dict[str, Kind] = {name.replace("_", " "): partial(_document, name) for name in (
    "support_ticket", "hotel_bookings", "table_reservations", "deliveries", "meeting_minutes", "formal_letter", "event",
)}  # fmt: skip
