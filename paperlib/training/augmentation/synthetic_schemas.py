"""Records of kinds that do not exist: schema, phrasebook and values are drawn together, and told on any surface.

Two dozen record types have a vocabulary that can be learnt, whatever their fields are renamed to. Here names of fields
are put together from the words of ``data/words/synthetic_schemas.yaml``, and sentences say no more than which value has which name.
Each example passes the checks that all examples of EdgeJSON standard pass.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from paperlib.benchmark.records import to_answer
from paperlib.benchmark.phrasebook import Phrasebook, Scope, Sentence
from paperlib.benchmark.records.draw import Draw
from paperlib.benchmark.standard import checks
from paperlib.benchmark.standard.build import RESERVED, SURFACE_SHARES, realise
from paperlib.benchmark.words import phrases
from paperlib.benchmark.words import synthetic_schemas as words
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.schemas import Schema, tier_of
from paperlib.training.augmentation.ood_values import code, sentence, telephone, title
from paperlib.training.augmentation.rerendering import thinned

Node = dict[str, Any]
Value = Callable[[], Any]
Kind = tuple[Node, Value]  # of a field: what its schema says, and what draws its value
FIELDS, INNER, ITEMS = (2, 7), (2, 4), (1, 4)  # fields of a record, of an object or item in it, items of an array
NESTED, ROWS = 0.3, 0.45  # shares of records with an object in them, with an array of objects
BARE, REQUIRED = 0.3, 0.5  # shares of names of one word, of fields that no record lacks
ATTEMPTS = 60  # draws before a surface counts as not to be told


@dataclass(frozen=True)
class Drawn:
    """A field: what it is called, what its schema says, and what draws its value."""

    name: str
    kind: str
    node: Node
    value: Value

    @property
    def key(self) -> str:
        return _key(self.name)

    @property
    def sentences(self) -> Sequence[str]:
        """What says it alone."""
        return words.sentences.get(self.kind, words.sentences["plain"])  # type: ignore[no-any-return]

    def said(self, form: str, within: str, thing: str) -> Sentence:
        return Sentence(form.format(name=self.name, slot=f"{{{within}}}", thing=thing), (within,))


def invented(n: int, seed: int) -> Iterator[tuple[Example, Schema]]:
    """``n`` training examples, each with a schema of its own. The same for the same arguments.

    Raises PaperlibError for one that cannot be told.
    """
    surfaces = [name for name in SURFACE_SHARES if name not in RESERVED]
    shares = [SURFACE_SHARES[name] for name in surfaces]
    for number in range(n):
        name = f"invented/{seed}/{number:06}"
        yield _checked(name, random.Random(name).choices(surfaces, shares)[0])


def _checked(seed: str, surface: str) -> tuple[Example, Schema]:
    """The first draw that is told so that every value follows from its text."""
    for attempt in range(ATTEMPTS):
        schema, book, record = _Maker(f"{seed}/{attempt}").made()
        text, spans = realise(schema, book, record, surface, seed)
        example = Example(schema.id, schema.id, schema.tier, "train", surface, text, to_answer(record), spans)
        if not checks.of_example(example, schema):
            return example, schema
    raise PaperlibError(f"{seed}: no record in {ATTEMPTS} draws can be told as {surface}")


class _Maker:
    """Draws one record type, what is said of it, and one record. No two of its names share a noun."""

    def __init__(self, seed: str) -> None:
        self.rng, self.draw, self.seed = random.Random(f"{seed}/type"), Draw(f"{seed}/values"), seed
        self.nouns = self.rng.sample(_nouns(), len(_nouns()))
        self.thing, self.object, self.item = self.rng.sample(words.things, 3)

    def made(self) -> tuple[Schema, Phrasebook, Node]:
        fields = self._fields(FIELDS)
        node, record, said = self._node(fields), _record(fields), {field.key: field for field in fields}
        if self.rng.random() < NESTED:
            key, inner = _key(f"{self.object} {self.rng.choice(words.details)}"), self._fields(INNER)
            node["properties"][key], record[key] = self._node(inner), _record(inner)
            said |= {f"{key}/{field.key}": field for field in inner}
        scopes = {"root": self._scope(said, words.openings["root"], self.thing)}
        if self.rng.random() < ROWS:
            key, inner = _key(self.item + "s"), self._fields(INNER)
            node["properties"][key] = {"type": "array", "items": self._node(inner)}
            record[key] = [_record(inner) for _ in range(self.rng.randint(*ITEMS))]
            scopes[key] = self._scope({field.key: field for field in inner}, words.openings["item"], self.item)
        paper = f"{self.thing} {self.rng.choice(words.papers)}"
        body = {"title": paper.title(), **node}
        schema = Schema(self.seed.replace("/", "-"), body["title"], tier_of(body), body)
        subjects = (paper.capitalize(), f"The {self.thing}", f"News of the {self.thing}")
        book = Phrasebook(self.thing, subjects, words.speakers, words.distractors, scopes)
        return schema, book, thinned(record, body, self.rng)

    def _node(self, fields: Sequence[Drawn]) -> Node:
        """Of an object, whose first field is always there."""
        must = [field.key for place, field in enumerate(fields) if not place or self.rng.random() < REQUIRED]
        properties = {field.key: field.node for field in fields}
        return {"type": "object", "properties": properties, "required": must, "additionalProperties": False}

    def _fields(self, size: tuple[int, int]) -> list[Drawn]:
        """The first of them one that an opening can say."""
        return [self._field(plain=not place) for place in range(self.rng.randint(*size))]

    def _field(self, plain: bool) -> Drawn:
        """Of the noun that is next, or next among those whose values stand in any sentence."""
        fit = (n for n, (kind, _) in enumerate(self.nouns) if not plain or kind not in words.sentences)
        kind, noun = self.nouns.pop(next(fit))
        word, _, other = noun.partition("/")
        ahead = "" if kind == "boolean" or self.rng.random() < BARE else self.rng.choice(words.modifiers) + " "
        node, value = _KINDS[kind](self, noun)
        names = [ahead + other] if other else [f"is {word}"]
        return Drawn(
            ahead + word, kind, {**node, "description": f"{ahead}{word}.".capitalize(), "x-names": names}, value
        )

    def _scope(self, said: dict[str, Drawn], openings: Sequence[str], thing: str) -> Scope:
        plain = [(within, field) for within, field in said.items() if field.kind not in words.sentences]
        first = tuple(field.said(form, within, thing) for within, field in plain for form in openings)
        then = tuple(field.said(form, within, thing) for within, field in said.items() for form in field.sentences)
        ask = {
            within: tuple(form.format(name=field.name) for form in words.questions) for within, field in said.items()
        }
        return Scope(first, then, tuple(lead.format(things=thing + "s") for lead in words.leads), ask)

    # -- kinds of fields
    def _text(self, value: Value, **said: Any) -> Kind:
        return {"type": "string", **said}, value

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
            lambda: self.draw.timestamp().replace(second=0, microsecond=0).isoformat() + offset, format="date-time"
        )

    def _boolean(self, noun: str) -> Kind:
        said = {"true": [f"is {noun}"], "false": [f"is not {noun}"]}
        return {"type": "boolean", "x-phrases": said}, lambda: self.draw.pick((True, False))

    def _choice(self, noun: str) -> Kind:
        values = words.choices[noun]
        return self._text(lambda: self.draw.pick(values), enum=values)


_KINDS: dict[str, Callable[[_Maker, str], Kind]] = {
    "person": lambda m, _: m._text(lambda: m.draw.person().name),
    "company": lambda m, _: m._text(m.draw.company),
    "place": lambda m, _: m._text(m.draw.place),
    "street": lambda m, _: m._text(m.draw.street),
    "telephone": lambda m, _: m._text(lambda: m.rng.choice((m.draw.phone(), telephone(m.rng)))),
    "email": lambda m, _: m._text(lambda: m.draw.person().email, format="email"),
    "code": lambda m, _: m._text(lambda: code(m.rng)),
    "product": lambda m, _: m._text(lambda: m.draw.article().name),
    "word": lambda m, _: m._text(lambda: title(m.rng)),
    "sentence": lambda m, _: m._text(lambda: m.rng.choice((m.draw.sentence(phrases.notes), sentence(m.rng)))),
    "date": lambda m, _: m._text(lambda: m.draw.timestamp().date().isoformat(), format="date"),
    "datetime": lambda m, _: m._datetime(),
    "count": lambda m, _: m._amount(10 ** m.rng.randint(1, 5), 0),
    "kilograms": lambda m, _: m._amount(9999, 1, " kg", " kilograms"),
    "metres": lambda m, _: m._amount(99999, 2, " m", " metres"),
    "celsius": lambda m, _: m._amount(1500, 1, " °C", " degrees"),
    "minutes": lambda m, _: m._amount(240, 0, " min", " minutes"),
    "percent": lambda m, _: m._amount(100, m.rng.choice((0, 1)), "%", " percent"),
    "ratio": lambda m, _: m._ratio(),
    "money": lambda m, _: m._money(),
    "boolean": _Maker._boolean,
    "choice": _Maker._choice,
}


def _record(fields: Sequence[Drawn]) -> Node:
    return {field.key: field.value() for field in fields}


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name).strip("_")


@cache
def _nouns() -> tuple[tuple[str, str], ...]:
    """Kinds with their nouns, ``owner/proprietor``: a name and another one."""
    named = [(kind, noun) for kind, nouns in words.fields.items() for noun in nouns]
    return (*named, *(("choice", noun) for noun in words.choices))
