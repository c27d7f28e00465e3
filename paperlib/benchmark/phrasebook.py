"""How people state a record in sentences: a phrasebook for each schema, ``data/phrasebook/<schema>.yaml``.

It has a section for the root and one for each array of objects. The ``open`` sentences of a section begin an object,
its ``then`` sentences follow in any order; braces hold the leaves that a sentence states. ``ask`` holds questions that
a bare value answers, ``lead`` the lines that introduce an array.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from paperlib.benchmark.fields import Field, Path, fields_of, scope_name
from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.files import read_yaml
from paperlib.data.schemas import Schema

SLOT = re.compile(r"\{([^{}]+)\}")
DISTRACTOR_SLOTS = ("clock", "count", "few", "weekday")  # what distractors may mention: see Draw.fill
PARTS = {"noun", "subject", "speakers", "distractors", "root"}


@dataclass(frozen=True)
class Sentence:
    """A sentence with leaves in braces; ``slots`` are their paths from the object that it is about, in order."""

    text: str
    slots: tuple[str, ...]

    @property
    def pieces(self) -> list[str]:
        """What stands before, between and behind the leaves: one piece more than there are leaves."""
        return SLOT.split(self.text)[::2]


@dataclass(frozen=True)
class Scope:
    """The sentences about one object: the root, or an item of one array."""

    open: tuple[Sentence, ...]
    then: tuple[Sentence, ...]
    lead: tuple[str, ...]
    ask: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Phrasebook:
    """The sentences about records of one schema; ``noun`` is what such a record is called."""

    noun: str
    subject: tuple[str, ...]
    speakers: tuple[tuple[str, str], ...]
    distractors: tuple[str, ...]
    scopes: dict[str, Scope]  # by name: see fields.scope_name


@cache
def phrasebook(schema: Schema) -> Phrasebook:
    """The phrasebook of a schema, checked. Raises DataError naming the file, the section and what is wrong there."""
    file = paths.PHRASEBOOKS / f"{schema.id}.yaml"
    book = read_phrasebook(file)
    for fault in faults(book, schema):
        raise DataError(f"{paths.display(file)}: {fault}")
    return book


def read_phrasebook(file: FilePath) -> Phrasebook:
    """A phrasebook as its file has it. Raises DataError where a section is missing or has another form; whether it
    fits a schema is up to :func:`faults`."""
    body = read_yaml(file)
    if not isinstance(body, dict) or set(body) < PARTS:
        raise DataError(
            f"{paths.display(file)}: expected {', '.join(sorted(PARTS))}, and a section for each array of objects"
        )
    try:
        scopes = {name: _scope(part) for name, part in body.items() if name == "root" or name not in PARTS}
        return Phrasebook(
            str(body["noun"]),
            tuple(body["subject"]),
            tuple((one, other) for one, other in body["speakers"]),
            tuple(body["distractors"]),
            scopes,
        )
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise DataError(f"{paths.display(file)}: not a phrasebook ({type(error).__name__}: {error})") from None


def _scope(part: dict[str, Any]) -> Scope:
    questions = part.get("ask", {})
    ask = {within: (texts,) if isinstance(texts, str) else tuple(texts) for within, texts in questions.items()}
    return Scope(_sentences(part["open"]), _sentences(part.get("then", ())), tuple(part.get("lead", ())), ask)


def _sentences(texts: Sequence[str]) -> tuple[Sentence, ...]:
    return tuple(Sentence(text, tuple(SLOT.findall(text))) for text in texts)


def faults(book: Phrasebook, schema: Schema) -> Iterator[str]:
    """One line for everything that keeps a phrasebook from stating every record of its schema."""
    scopes: dict[Path, dict[str, Field]] = {}
    for field in fields_of(schema).values():
        scopes.setdefault(field.scope, {})[field.within] = field
    for path, below in scopes.items():
        name = scope_name(path)
        if name not in book.scopes:
            yield f"section {name!r} is missing"
        else:
            yield from (f"{name}: {fault}" for fault in _scope_faults(book.scopes[name], below, not path))
    for name in set(book.scopes) - {scope_name(path) for path in scopes}:
        yield f"section {name!r} is of no array of objects in the schema"
    for text in book.distractors:
        if unknown := set(SLOT.findall(text)).difference(DISTRACTOR_SLOTS):
            yield f"distractors: {text!r} has slot {unknown.pop()!r}, expected one of {', '.join(DISTRACTOR_SLOTS)}"


def _scope_faults(scope: Scope, fields: dict[str, Field], root: bool) -> Iterator[str]:
    sentences = (*scope.open, *scope.then)
    for sentence in sentences:
        if unknown := [within for within in sentence.slots if within not in fields]:
            yield f"{sentence.text!r} states {unknown[0]!r}, expected one of {', '.join(fields)}"
        if len(set(sentence.slots)) < len(sentence.slots):
            yield f"{sentence.text!r} states a leaf twice"
        if sentence.text.rstrip()[-1] not in ".?!:}":
            yield f"{sentence.text!r} does not end as a sentence does"
    needed = {within for within, field in fields.items() if field.required}
    if not any(set(sentence.slots) <= needed for sentence in scope.open):
        yield "every `open` sentence needs an optional leaf, expected one with required leaves only"
    for within, field in fields.items():
        alone = any(sentence.slots == (within,) for sentence in sentences)
        always = field.required and scope.open and all(within in sentence.slots for sentence in scope.open)
        if not alone and not always:
            yield f"no sentence states {within!r} alone"
        if root and within not in scope.ask:
            yield f"`ask` has no question for {within!r}"
        for question in scope.ask.get(within, ()):
            if not any(re.search(rf"\b{re.escape(cue)}", question.lower()) for cue in field.cues):
                yield f"{question!r} holds no name of {within!r} (x-names: {', '.join(field.cues)})"
        yield from _field_faults(within, field)
    if not root and not scope.lead:
        yield "`lead` is missing"


def _field_faults(within: str, field: Field) -> Iterator[str]:
    if len(field.labels) < 2:
        yield f"{within!r} has no x-names in the schema"
    if field.kind == "boolean" and set(field.phrases) != {"true", "false"}:
        yield f"{within!r} needs x-phrases for true and false in the schema"
    for value, phrases in field.phrases.items():
        others = [other for name, texts in field.phrases.items() if name != value for other in texts]
        for phrase in phrases:
            if any(phrase.lower() in other.lower() for other in others):
                yield f"{within!r}: phrase {phrase!r} of {value} is part of another value's"
