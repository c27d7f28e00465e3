"""Draws a schema for a document, and the answer under it: some of its facts, under some of their names.

What a text does not say is asked for too: such a field is null where it may be, and else left out, as in the answers of
``paperlib extract``. Facts that are not asked for are what a model has to pass over. Whether a field is required, and
whether it may be null, is drawn before it is looked up whether the text says it, so that neither gives that away.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from paperlib.data.examples import Example
from paperlib.data.schemas import Schema, tier_of
from paperlib.training.augmentation.rerendering import key_words
from paperlib.training.augmentation.schema_augmentation import KEY_STYLES
from paperlib.training.documents.document import NUMBER, TEXT, Document, Entry, Fact, Group, Node, Rows

FIRST_NAME = 0.4  # share of fields that are called by the first of their names
ASKED = (0.25, 0.4, 0.6, 0.85, 1.0)  # share of the facts in a text, one of these for each schema
REQUIRED = (0.0, 0.0, 0.0, 0.5, 0.8, 1.0)  # share of required fields, likewise
NULLABLE = (0.0, 0.0, 0.15, 0.5, 1.0)  # share of nullable fields, likewise
ABSENT = 0.5  # share of the facts that a text does not say which are asked for all the same
LIFTED, SHUFFLED, DESCRIBED = 0.2, 0.25, 0.3  # shares of groups, objects, schemas
NOTES = ("as printed", "as written", "as in the text", "as it stands there", "verbatim")
CURRENCY = (
    r"(?:\$ CA|[$€£¥￥円]|[A-Z]{1,2}\$|EUR|USD|GBP|CHF|PLN|AUD|MXN|Fr\.|zł"
    "|euros?|Euro|dollars|dólares|pounds|złotych|francs suisses)"
)
DIGITS = r"([-−]?\d[^a-zA-Z]*?)"
AMOUNT = re.compile(rf"{CURRENCY}\s?{DIGITS}|{DIGITS}\s?{CURRENCY}")  # of money

Record = Sequence[Entry]


@dataclass(frozen=True)
class Verbatim:
    """How often a schema asks for a value as the text writes it: "14 March 2027", not "2027-03-14"."""

    asked: float = 0.2  # share of the values that the text writes otherwise than JSON does
    described: float = 0.0  # share of the schemas whose descriptions say so, where they do
    currency: bool = True  # whether an amount that is written with its currency is wanted with it


@dataclass(frozen=True)
class Field:
    """One field of a drawn schema, and where its value stands in the entries of a record: an index for each level."""

    key: str
    source: tuple[int, ...]
    node: Node
    required: bool
    written: bool = False  # whether the value is wanted as the text writes it
    figure: bool = False  # whether of an amount so wanted its currency is left out
    below: "tuple[Field, ...]" = ()  # fields of a nested object, or of the items of an array


def ask(
    document: Document, rng: Random, id: str, kind: str, verbatim: Verbatim | None = None
) -> tuple[Example, Schema]:
    """A training example of the document under a schema of its own, which has the example's id, and that schema."""
    fields = Asking(rng, verbatim or Verbatim()).fields([document.entries])
    body = {"title": document.title, **_object(fields)}
    schema = Schema(id, document.title, tier_of(body), body)
    answer = _answer(document.entries, fields)
    return Example(id, id, schema.tier, "train", f"{kind} ({document.language})", document.text, answer), schema


class Asking:
    """Draws the fields of one schema, which has habits: how keys are written, how much is asked for and required."""

    def __init__(self, rng: Random, verbatim: Verbatim) -> None:
        self.rng, self.style, self.verbatim = rng, rng.choice(KEY_STYLES), verbatim
        self.asked, self.required, self.nullable = rng.choice(ASKED), rng.choice(REQUIRED), rng.choice(NULLABLE)
        self.described = rng.random() < DESCRIBED
        self.note = rng.choice(NOTES) if verbatim.described and rng.random() < verbatim.described else ""

    def fields(self, records: Sequence[Record], within: tuple[int, ...] = ()) -> tuple[Field, ...]:
        """At least one field, each of another key, for records of one form: one at the root, in an array several."""
        fields: dict[str, Field] = {}
        while not fields:
            for place in self._chosen(records):
                for field in self._of(place, [record[place] for record in records], within):
                    fields.setdefault(field.key, field)
            if not fields:  # it may be that all of them would be required, and none is told
                self.required = 0.0
        return tuple(fields.values())

    def _chosen(self, records: Sequence[Record]) -> list[int]:
        told = [any(map(_told, column)) for column in zip(*records, strict=True)]
        chosen = [place for place, said in enumerate(told) if self.rng.random() < (self.asked if said else ABSENT)]
        if self.rng.random() < SHUFFLED:
            self.rng.shuffle(chosen)
        return chosen

    def _of(self, place: int, column: Sequence[Any], within: tuple[int, ...]) -> Sequence[Field]:
        first, source = column[0], (*within, place)
        if isinstance(first, Fact):
            return self._fact(source, column)
        key = self._key(first.names)
        if isinstance(first, Rows):
            records = [row for rows in column for row in rows.rows] or [first.columns]
            below = self.fields(records)
            return self._field(key, source, {"type": "array", "items": _object(below)}, column, below=below)
        facts = [group.facts for group in column]
        if self.rng.random() < LIFTED:
            return [self._lifted(first, field) for field in self.fields(facts, source)]
        below = self.fields(facts)
        return self._field(key, source, _object(below), column, below=below)

    def _lifted(self, group: Group, field: Field) -> Field:
        """A field of a group as one of the object that the group is in, with the group's name before its own."""
        key = self.style([*key_words(group.names.partition("/")[0]), *key_words(field.key)])
        return replace(field, key=key)

    def _fact(self, source: tuple[int, ...], column: Sequence[Fact]) -> list[Field]:
        first, told, verbatim = column[0], [fact for fact in column if _told(fact)], self.verbatim
        written = bool(told) and all(fact.written is not None for fact in told) and self.rng.random() < verbatim.asked
        node = {**(TEXT if written else first.node)}
        said = [first.description] * self.described + [self.note] * written
        if description := ", ".join(filter(None, said)):
            node["description"] = description
        return self._field(self._key(first.names), source, node, column, written=written, figure=not verbatim.currency)

    def _field(
        self, key: str, source: tuple[int, ...], node: Node, column: Sequence[Entry], **more: Any
    ) -> list[Field]:
        """A field, or none: what no record says cannot be required unless it may be null."""
        required, nullable = self.rng.random() < self.required, self.rng.random() < self.nullable
        if node["type"] != "array" and nullable:
            return [Field(key, source, {"anyOf": [node, {"type": "null"}]}, required, **more)]
        told = [_told(entry) for entry in column]
        return [Field(key, source, node, required and all(told), **more)] if any(told) or not required else []

    def _key(self, names: str) -> str:
        first, *others = names.split("/")
        return self.style(key_words(first if not others or self.rng.random() < FIRST_NAME else self.rng.choice(others)))


def _told(entry: Entry) -> bool:
    """Whether a text says the entry. That it has no item of an array is said."""
    if isinstance(entry, Fact):
        return entry.value is not None
    return isinstance(entry, Rows) or any(map(_told, entry.facts))


def _object(fields: Sequence[Field]) -> Node:
    properties = {field.key: field.node for field in fields}
    return {"type": "object", "properties": properties, "required": [field.key for field in fields if field.required]}


def _answer(record: Record, fields: Sequence[Field]) -> dict[str, Any]:
    """What the record has of the fields: null for nothing where that may be, and else no such field."""
    answer = {}
    for field in fields:
        value = _value(record, field)
        if value is not None or "anyOf" in field.node:
            answer[field.key] = value
    return answer


def _figure(fact: Fact, printed: str) -> str:
    """An amount without its currency, if it is one."""
    if fact.figure:
        return fact.figure
    amount = AMOUNT.fullmatch(printed) if fact.node == NUMBER else None
    return next(filter(None, amount.groups())) if amount else printed


def _value(record: Record, field: Field) -> Any:
    entry = record[field.source[0]]
    for place in field.source[1:]:
        assert isinstance(entry, Group)
        entry = entry.facts[place]
    if isinstance(entry, Fact):
        printed = entry.written if field.written else entry.value
        as_written = field.written or (entry.figure is not None and entry.written is None)
        return _figure(entry, printed) if field.figure and as_written and printed else printed
    if isinstance(entry, Rows):
        return [_answer(row, field.below) for row in entry.rows]
    return _answer(entry.facts, field.below) if _told(entry) else None
