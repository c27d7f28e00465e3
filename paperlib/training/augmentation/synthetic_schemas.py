"""Synthetic schemas: record types that do not exist, drawn together with a phrasebook and a record on any surface.

Two dozen record types have a vocabulary that can be learnt by heart, whatever their fields are renamed to. Here names
of fields are put together from the words of ``data/words/synthetic_schemas.yaml``, and a sentence says no more than
which field has which value. Every example passes the checks that all examples of EdgeJSON standard pass.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from paperlib.benchmark.phrasebook import Phrasebook, Scope, Sentence
from paperlib.benchmark.records import to_answer
from paperlib.benchmark.records.draw import Draw
from paperlib.benchmark.standard import example_checks
from paperlib.benchmark.standard.build import RESERVED, SURFACE_SHARES, realise
from paperlib.benchmark.words import phrases
from paperlib.benchmark.words import synthetic_schemas as words
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.schemas import Schema, tier_of
from paperlib.training.augmentation.ood_values import code, sentence, telephone, title
from paperlib.training.augmentation.rerendering import omit

Node = dict[str, Any]
Value = Callable[[], Any]
Kind = tuple[Node, Value]  # of a field: its schema, and what draws its value
N_FIELDS, N_INNER, N_ITEMS = (2, 7), (2, 4), (1, 4)  # fields of a record, of an object or item in it, items of an array
NESTED, ARRAY = 0.3, 0.45  # shares of records with a nested object, with an array of objects
ONE_WORD, REQUIRED = 0.3, 0.5  # shares of names of one word, of required fields
ATTEMPTS = 60  # draws of one example before its surface counts as impossible


@dataclass(frozen=True)
class DrawnField:
    """A field of a synthetic schema: its name, the kind of its values, its schema, and what draws a value."""

    name: str
    kind: str
    node: Node
    value: Value

    @property
    def key(self) -> str:
        """The key of the field."""
        return _key(self.name)

    def sentences(self, templates: Sequence[str], within: str, thing: str) -> Iterator[Sentence]:
        """The templates with the field's name and slot (``within``, its path from the object) filled in."""
        for template in templates:
            yield Sentence(template.format(name=self.name, slot=f"{{{within}}}", thing=thing), (within,))


def draw_examples(n: int, seed: int) -> Iterator[tuple[Example, Schema]]:
    """``n`` training examples, each with a schema of its own. The same arguments give the same examples.

    Raises PaperlibError where no draw of an example passes the checks.
    """
    surfaces = [name for name in SURFACE_SHARES if name not in RESERVED]
    shares = [SURFACE_SHARES[name] for name in surfaces]
    for number in range(n):
        name = f"invented/{seed}/{number:06}"
        yield _checked(name, random.Random(name).choices(surfaces, shares)[0])


def _checked(seed: str, surface: str) -> tuple[Example, Schema]:
    """The first draw whose every value follows from its text."""
    for attempt in range(ATTEMPTS):
        schema, book, record = RecordType(f"{seed}/{attempt}").drawn()
        text, spans = realise(schema, book, record, surface, seed)
        example = Example(schema.id, schema.id, schema.tier, "train", surface, text, to_answer(record), spans)
        if not example_checks.of_example(example, schema):
            return example, schema
    raise PaperlibError(f"{seed}: no record in {ATTEMPTS} draws can be read from its text on surface {surface!r}")


class RecordType:
    """Draws one record type from a seed. No two of its names share a noun."""

    def __init__(self, seed: str) -> None:
        self.rng, self.draw, self.seed = random.Random(f"{seed}/type"), Draw(f"{seed}/values"), seed
        self.nouns = self.rng.sample(nouns(), len(nouns()))
        self.thing, self.object, self.item = self.rng.sample(words.things, 3)

    def drawn(self) -> tuple[Schema, Phrasebook, Node]:
        """The type's schema, its phrasebook, and one record, whose amounts are still Decimal."""
        fields = self._fields(N_FIELDS)
        node, record, stated = self._object(fields), _record(fields), {field.key: field for field in fields}
        if self.rng.random() < NESTED:
            key, inner = _key(f"{self.object} {self.rng.choice(words.details)}"), self._fields(N_INNER)
            node["properties"][key], record[key] = self._object(inner), _record(inner)
            stated |= {f"{key}/{field.key}": field for field in inner}
        scopes = {"root": self._scope(stated, words.openings["root"], self.thing)}
        if self.rng.random() < ARRAY:
            key, inner = _key(self.item + "s"), self._fields(N_INNER)
            node["properties"][key] = {"type": "array", "items": self._object(inner)}
            record[key] = [_record(inner) for _ in range(self.rng.randint(*N_ITEMS))]
            scopes[key] = self._scope({field.key: field for field in inner}, words.openings["item"], self.item)
        paper = f"{self.thing} {self.rng.choice(words.papers)}"
        body = {"title": paper.title(), **node}
        schema = Schema(self.seed.replace("/", "-"), body["title"], tier_of(body), body)
        subjects = (paper.capitalize(), f"The {self.thing}", f"News of the {self.thing}")
        book = Phrasebook(self.thing, subjects, words.speakers, words.distractors, scopes)
        return schema, book, omit(record, body, self.rng)

    def _object(self, fields: Sequence[DrawnField]) -> Node:
        """The schema of an object, whose first field is always required."""
        required = [field.key for place, field in enumerate(fields) if not place or self.rng.random() < REQUIRED]
        properties = {field.key: field.node for field in fields}
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    def _fields(self, size: tuple[int, int]) -> list[DrawnField]:
        """Fields of an object; the first is one that an opening sentence can state."""
        return [self._field(plain=not place) for place in range(self.rng.randint(*size))]

    def _field(self, plain: bool) -> DrawnField:
        """A field named by the next noun; with ``plain`` by the next one whose values fit into any sentence."""
        fit = (n for n, (kind, _) in enumerate(self.nouns) if not plain or kind not in words.sentences)
        kind, noun = self.nouns.pop(next(fit))
        word, _, synonym = noun.partition("/")
        modified = kind != "boolean" and self.rng.random() >= ONE_WORD
        modifier = self.rng.choice(words.modifiers) + " " if modified else ""
        node, value = _KINDS[kind](self, noun)
        names = [modifier + synonym] if synonym else [f"is {word}"]
        described = {**node, "description": f"{modifier}{word}.".capitalize(), "x-names": names}
        return DrawnField(modifier + word, kind, described, value)

    def _scope(self, fields: dict[str, DrawnField], openings: Sequence[str], thing: str) -> Scope:
        """The phrasebook section of an object; ``fields`` by their paths from it."""
        first: list[Sentence] = []
        then: list[Sentence] = []
        for within, field in fields.items():
            if field.kind not in words.sentences:
                first += field.sentences(openings, within, thing)
            then += field.sentences(words.sentences.get(field.kind, words.sentences["plain"]), within, thing)
        ask = {
            within: tuple(form.format(name=field.name) for form in words.questions) for within, field in fields.items()
        }
        return Scope(tuple(first), tuple(then), tuple(lead.format(things=thing + "s") for lead in words.leads), ask)

    # -- kinds of fields
    def _text(self, value: Value, **keywords: Any) -> Kind:
        return {"type": "string", **keywords}, value

    def _amount(self, high: int, digits: int, *units: str) -> Kind:
        node = {"type": "number" if digits else "integer", **({"x-unit": list(units)} if units else {})}
        return node, lambda: self.draw.decimal(1, high, digits) if digits else self.draw.between(1, high)

    def _money(self) -> Kind:
        return {"type": "number", "minimum": 0, "x-unit": "money"}, lambda: self.draw.price(1, 5000)

    def _ratio(self) -> Kind:
        digits = self.rng.choice((1, 2, 4, 6))
        low = self.rng.choice((0, -90)) * 10**digits
        return {"type": "number"}, lambda: self.draw.decimal(low, 180 * 10**digits, digits)

    def _datetime(self) -> Kind:
        offset = self.draw.offset.replace("+00:00", "Z")
        return self._text(
            lambda: self.draw.timestamp().isoformat(timespec="minutes") + ":00" + offset, format="date-time"
        )

    def _boolean(self, noun: str) -> Kind:
        phrases = {"true": [f"is {noun}"], "false": [f"is not {noun}"]}
        return {"type": "boolean", "x-phrases": phrases}, lambda: self.draw.pick((True, False))

    def _choice(self, noun: str) -> Kind:
        values = words.choices[noun]
        return self._text(lambda: self.draw.pick(values), enum=values)


_KINDS: dict[str, Callable[[RecordType, str], Kind]] = {
    "person": lambda t, _: t._text(lambda: t.draw.person().name),
    "company": lambda t, _: t._text(t.draw.company),
    "place": lambda t, _: t._text(t.draw.place),
    "street": lambda t, _: t._text(t.draw.street),
    "telephone": lambda t, _: t._text(lambda: t.rng.choice((t.draw.phone(), telephone(t.rng)))),
    "email": lambda t, _: t._text(lambda: t.draw.person().email, format="email"),
    "code": lambda t, _: t._text(lambda: code(t.rng)),
    "product": lambda t, _: t._text(lambda: t.draw.article().name),
    "word": lambda t, _: t._text(lambda: title(t.rng)),
    "sentence": lambda t, _: t._text(lambda: t.rng.choice((t.draw.sentence(phrases.notes), sentence(t.rng)))),
    "date": lambda t, _: t._text(lambda: t.draw.timestamp().date().isoformat(), format="date"),
    "datetime": lambda t, _: t._datetime(),
    "count": lambda t, _: t._amount(10 ** t.rng.randint(1, 5), 0),
    "kilograms": lambda t, _: t._amount(9999, 1, " kg", " kilograms"),
    "metres": lambda t, _: t._amount(99999, 2, " m", " metres"),
    "celsius": lambda t, _: t._amount(1500, 1, " °C", " degrees"),
    "minutes": lambda t, _: t._amount(240, 0, " min", " minutes"),
    "percent": lambda t, _: t._amount(100, t.rng.choice((0, 1)), "%", " percent"),
    "ratio": lambda t, _: t._ratio(),
    "money": lambda t, _: t._money(),
    "boolean": RecordType._boolean,
    "choice": RecordType._choice,
}


def _record(fields: Sequence[DrawnField]) -> Node:
    return {field.key: field.value() for field in fields}


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name).strip("_")


@cache
def nouns() -> tuple[tuple[str, str], ...]:
    """Every kind of value with each noun that names a field of it, its synonym behind a slash."""
    fields = {**words.fields, "choice": words.choices}
    return tuple((kind, noun) for kind, names in fields.items() for noun in names)
