"""What a document says: its text, and the facts in it under all the names that a schema may call them by.

A kind of document (receipt, lab note, utterance, …) is a function from a source of random numbers to a `Document`. How
it is asked for is no concern of the kind: :mod:`.asking` draws a schema that wants some of the facts under some of
their names, and with it the right answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

Node = dict[str, Any]
TEXT: Node = {"type": "string"}
INTEGER: Node = {"type": "integer"}
NUMBER: Node = {"type": "number"}
BOOLEAN: Node = {"type": "boolean"}
DATE: Node = {"type": "string", "format": "date"}
TIME: Node = {"type": "string", "format": "time"}
DATETIME: Node = {"type": "string", "format": "date-time"}
EMAIL: Node = {"type": "string", "format": "email"}
LIST: Node = {"type": "array", "items": TEXT}


@dataclass(frozen=True)
class Fact:
    """One value that a document tells, or might have told.

    ``names`` are what a field with it may be called, in words and divided by slashes: "invoice number/bill no./number".
    ``value`` is the value as JSON under ``node``; None where the text does not say it. ``written`` is how the text
    writes it, if that is another string than ``value``: "14 March 2027", "RM 1.247,56". A schema may ask for either.
    ``figure`` is that without a currency, of an amount that is written with one: "1.247,56".
    """

    names: str
    value: Any
    node: Node = field(default_factory=lambda: TEXT)
    written: str | None = None
    description: str = ""  # of the field, as in a schema: what is meant by it, in a phrase
    figure: str | None = None


@dataclass(frozen=True)
class Group:
    """Facts that belong together, as a nested object or lifted out of it."""

    names: str
    facts: "tuple[Entry, ...]"


@dataclass(frozen=True)
class Rows:
    """Several records of one form, in the order of the text; ``columns`` are the facts of one, for where there is none.

    The facts of all rows have the same names, in the same order; what a row does not say has the value None.
    """

    names: str
    rows: "tuple[tuple[Entry, ...], ...]"
    columns: "tuple[Entry, ...]" = ()


Entry = Fact | Group | Rows


@dataclass(frozen=True)
class Document:
    """A text, and all that can be asked about it."""

    title: str  # of its schema: "Delivery note"
    text: str
    entries: tuple[Entry, ...]
    language: str = "en"
    others: tuple[str, ...] = ()  # names of facts that are no entries, but that the text says or may seem to say


Kind = Callable[[Random], Document]


def enum(*values: str) -> Node:
    """The schema of one of ``values``."""
    return {"type": "string", "enum": list(values)}
