"""What people say of a record: a phrasebook a schema, ``data/phrasebook/<schema>.yaml``.

A scope is the root or an item of an array of objects. Its ``open`` sentences begin it, its ``then`` sentences follow in
any order, each shows the leaves in braces; ``ask`` holds questions that a bare value answers, ``lead`` what stands
before the first item of an array.

    python -m paperlib.benchmark.phrasebook [SCHEMA …]    checks them
"""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from paperlib.benchmark.fields import Field, Path, fields_of, scope_name
from paperlib.core import paths
from paperlib.core.errors import DataError, PaperlibError, exit_code
from paperlib.core.files import read_yaml
from paperlib.data.schemas import Schema, Schemas, load_schemas

SLOT = re.compile(r"\{([^{}]+)\}")
FILLED = {"clock", "weekday", "few", "count"}  # what distractors may show: see values.Draw.fill
PARTS = {"noun", "subject", "speakers", "distractors", "root"}


@dataclass(frozen=True)
class Sentence:
    """``text`` with braces around the leaves it shows; ``shows`` are their paths from its scope, in order."""

    text: str
    shows: tuple[str, ...]

    @property
    def pieces(self) -> list[str]:
        """What stands before, between and behind the leaves: one more than there are leaves."""
        return SLOT.split(self.text)[::2]


@dataclass(frozen=True)
class Scope:
    """What is said of one object."""

    open: tuple[Sentence, ...]
    then: tuple[Sentence, ...]
    lead: tuple[str, ...]
    ask: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Phrasebook:
    """All that is said of records of one schema."""

    noun: str
    subject: tuple[str, ...]
    speakers: tuple[tuple[str, str], ...]
    distractors: tuple[str, ...]
    scopes: dict[str, Scope]  # by name: see fields.scope_name


@cache
def phrasebook(schema: Schema) -> Phrasebook:
    """The phrasebook of a schema. Raises DataError naming file, place and what is wrong."""
    file = paths.PHRASEBOOKS / f"{schema.id}.yaml"
    book = read_phrasebook(file)
    for fault in faults(book, schema):
        raise DataError(f"{paths.shown(file)}: {fault}")
    return book


def read_phrasebook(file: FilePath) -> Phrasebook:
    """A file as it stands, its parts checked for their types only."""
    body = read_yaml(file)
    if not isinstance(body, dict) or set(body) < PARTS:
        raise DataError(
            f"{paths.shown(file)}: expected {', '.join(sorted(PARTS))}, and a section for each array of objects"
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
        raise DataError(f"{paths.shown(file)}: not a phrasebook ({type(error).__name__}: {error})") from None


def _scope(part: dict[str, Any]) -> Scope:
    ask = {within: tuple([said] if isinstance(said, str) else said) for within, said in part.get("ask", {}).items()}
    return Scope(_sentences(part["open"]), _sentences(part.get("then", ())), tuple(part.get("lead", ())), ask)


def _sentences(texts: Sequence[str]) -> tuple[Sentence, ...]:
    return tuple(Sentence(text, tuple(SLOT.findall(text))) for text in texts)


def faults(book: Phrasebook, schema: Schema) -> Iterator[str]:
    """What keeps a phrasebook from saying every record of its schema; one line each."""
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
        if unknown := set(SLOT.findall(text)) - FILLED:
            yield f"distractors: {text!r} has slot {unknown.pop()!r}, expected one of {', '.join(sorted(FILLED))}"


def _scope_faults(scope: Scope, fields: dict[str, Field], root: bool) -> Iterator[str]:
    said = (*scope.open, *scope.then)
    for sentence in said:
        if unknown := [within for within in sentence.shows if within not in fields]:
            yield f"{sentence.text!r} shows {unknown[0]!r}, expected one of {', '.join(fields)}"
        if len(set(sentence.shows)) < len(sentence.shows):
            yield f"{sentence.text!r} shows a leaf twice"
        if sentence.text.rstrip()[-1] not in ".?!:}":
            yield f"{sentence.text!r} does not end as a sentence does"
    needed = {within for within, field in fields.items() if field.required}
    if not any(set(sentence.shows) <= needed for sentence in scope.open):
        yield "no `open` sentence does with required leaves alone"
    for within, field in fields.items():
        alone = any(sentence.shows == (within,) for sentence in said)
        always = field.required and scope.open and all(within in sentence.shows for sentence in scope.open)
        if not alone and not always:
            yield f"no sentence shows {within!r} alone"
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
        others = [other for o, said in field.phrases.items() if o != value for other in said]
        for phrase in phrases:
            if any(phrase.lower() in other.lower() for other in others):
                yield f"{within!r}: phrase {phrase!r} of {value} is part of another value's"


def _check(names: Sequence[str]) -> None:
    schemas = Schemas(load_schemas() | load_schemas(paths.UNSEEN))
    found = []
    for name in names or list(schemas):
        file = paths.PHRASEBOOKS / f"{name}.yaml"
        found += [f"{name}: {fault}" for fault in faults(read_phrasebook(file), schemas[name])]
    if found:
        raise PaperlibError("\n".join(found))


if __name__ == "__main__":
    sys.exit(exit_code(lambda: _check(sys.argv[1:]), "phrasebook"))
