"""Examples of EdgeJSON standard: a record is drawn, realised as a text, and checked.

Nothing is kept between examples, so a million of them take no more memory than one. Schemas come in an even order:
among the first n examples of a stream each is as frequent as its share says, give or take one.
"""

import itertools
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from paperlib.benchmark.checks import TIER_SHARES
from paperlib.benchmark.fields import ITEM, Field, Path, fields_of
from paperlib.benchmark.phrasebook import Phrasebook, phrasebook
from paperlib.benchmark.records import draw_record, to_answer
from paperlib.benchmark.records.draw import Draw, Record
from paperlib.benchmark.standard import example_checks, line_texts, prose_texts, table_texts
from paperlib.benchmark.standard.realisation import TextPlan
from paperlib.benchmark.standard.split_sizes import SIZES, SPLITS, Split
from paperlib.benchmark.standard.text_builder import TextBuilder, as_object
from paperlib.benchmark.standard.writing_style import WritingStyle
from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import digest
from paperlib.data.examples import Example, Span
from paperlib.data.leaves import scalar_leaves
from paperlib.data.schemas import Schema, Schemas, load_schemas

SURFACES: dict[str, Callable[[TextPlan], TextBuilder]] = {
    "form": line_texts.form,
    "prose": prose_texts.prose,
    "email": prose_texts.email,
    "chat": prose_texts.chat,
    "log": line_texts.log,
    "slip": line_texts.slip,
    "letter": prose_texts.letter,
    "table": table_texts.table,
}
PROSE = ("prose", "email", "chat", "letter")
# Most of what people write has no labels, so prose comes more often than forms.
SURFACE_SHARES = {"form": 1, "prose": 4, "email": 4, "chat": 2, "log": 1, "slip": 1, "letter": 4, "table": 1}
RESERVED = ("letter", "table")  # surfaces that are never trained on
REMEMBERED = 100_000  # answers that may not come again; beyond so many a training example may repeat one
ATTEMPTS = 40  # draws of one example before its schema and surface count as impossible


def standard(sizes: dict[Split, int] = SIZES, seed: int = 0) -> dict[Split, list[Example]]:
    """The splits of a release: no schema has the same answer twice in all of them together.

    Raises PaperlibError where a schema has too few different records for the given sizes.
    """
    found = {split: list(part) for split, part in streams(sizes, seed)}
    return {split: found[split] for split in SPLITS}


def streams(sizes: dict[Split, int] = SIZES, seed: int = 0) -> Iterator[tuple[Split, Iterator[Example]]]:
    """The splits of a release one after another, each to be consumed before the next, in constant memory.

    The training split comes last, so that its size changes no other split and it contains no test answer.
    """
    seen: set[str] = set()
    for split in reversed(SPLITS):
        yield split, itertools.islice(stream(split, seed, seen), sizes[split])


def split_of(dataset: str) -> Split:
    """The test split of a dataset of the study: ``standard-unseen-schema`` is tested on ``unseen-schema``, ``standard``
    on ``test``."""
    return next(split for split in SPLITS[1:] if dataset in (f"standard-{split}", "standard"))


def train_and_test(dataset: str, n_train: int, n_test: int, seed: int) -> tuple[list[Example], list[Example]]:
    """The training examples, and those of the test split of a dataset of the study (see :func:`split_of`)."""
    split = split_of(dataset)
    found = standard({**SIZES, "train": n_train, split: n_test}, seed)
    return found["train"], found[split]


def stream(split: Split, seed: int = 0, seen: set[str] | None = None, start: int = 0) -> Iterator[Example]:
    """An endless stream of checked examples of a split, from number ``start`` on.

    ``seen`` holds digests of answers that may not come again; the stream adds its own. Raises PaperlibError where no
    draw of an example passes the checks.
    """
    schemas = schemas_of(split)
    surfaces = _spread([name for name in SURFACES if (name in RESERVED) == (split == "unseen-surface")])
    for number, (schema_id, count) in enumerate(_order(schemas, f"{seed}/{split}")):
        if number >= start:
            shift = sum(schema_id.encode())  # so that schemas do not all begin with the same surface
            surface = surfaces[(count + shift) % len(surfaces)]
            yield _example(schemas[schema_id], split, surface, f"{seed}/{split}/{number}", number, seen)


@cache
def schemas_of(split: Split) -> Schemas:
    """The schemas of a split: the 24 seen ones, or for ``unseen-schema`` the eight that are never trained on."""
    return load_schemas(paths.UNSEEN_SCHEMAS if split == "unseen-schema" else paths.SCHEMAS)


def _spread(surfaces: list[str]) -> list[str]:
    """One round of surfaces: each as often as its share says, evenly spaced."""
    places = [((turn + 0.5) / SURFACE_SHARES[name], name) for name in surfaces for turn in range(SURFACE_SHARES[name])]
    return [name for _, name in sorted(places)]


def _order(schemas: Schemas, seed: str) -> Iterator[tuple[str, int]]:
    """An endless, even order of schemas, each with the number of times it came before: tiers have their shares, the
    schemas of a tier equal ones."""
    of_tier = {tier: [s.id for s in schemas.values() if s.tier == tier] for tier in TIER_SHARES}
    gaps = {name: len(names) / TIER_SHARES[tier] for tier, names in of_tier.items() for name in names}
    rng = random.Random(f"{seed}/order")
    due = {name: gap * rng.random() for name, gap in gaps.items()}
    counts = dict.fromkeys(due, 0)
    while True:
        name = min(due, key=lambda name: due[name])
        yield name, counts[name]
        counts[name] += 1
        due[name] += gaps[name]


def _example(schema: Schema, split: Split, surface: str, seed: str, number: int, seen: set[str] | None) -> Example:
    faults: Sequence[str] = ()
    for attempt in range(ATTEMPTS):
        made = make(schema, surface, f"{seed}/{attempt}")
        key = f"{schema.id}/{digest(made.answer)}" if seen is not None else ""
        if seen is not None and key in seen:
            faults = ("the same answer came before",)
        elif not (faults := example_checks.of_example(made, schema)):
            if seen is not None and len(seen) < REMEMBERED:
                seen.add(key)
            return replace(made, id=f"standard-{split}-{number:06}", split=split)
    raise PaperlibError(f"{schema.id} as {surface}: no example in {ATTEMPTS} draws passes; the last: {faults[0]}")


def make(schema: Schema, surface: str, seed: str) -> Example:
    """One example, unchecked; its id is the seed. The same arguments give the same example.

    Raises PaperlibError for an unknown surface.
    """
    if surface not in SURFACES:
        raise PaperlibError(f"there is no surface {surface!r}; known: {', '.join(SURFACES)}")
    record = _record(schema, surface, seed)
    text, spans = realise(schema, phrasebook(schema), record, surface, seed)
    return Example(seed, schema.id, schema.tier, "", surface, text, to_answer(record), spans)


def _record(schema: Schema, surface: str, seed: str) -> Record:
    """A record that its surface can state: people give no seconds, and UTC is always written ``Z``."""
    draw = Draw(seed)
    draw.offset = draw.offset.replace("+00:00", "Z")
    draw.timespec = "seconds" if surface != "log" else draw.timespec
    record = draw_record(schema.id, draw)
    return _whole_minutes(record, (), fields_of(schema)) if surface in PROSE else record


_SECONDS = re.compile(r"(?<=T\d\d:\d\d):\d\d(\.\d+)?")


def _whole_minutes(value: Any, path: Path, fields: dict[Path, Field]) -> Any:
    """A record whose date-times have no seconds."""
    if isinstance(value, dict):
        return {key: _whole_minutes(child, (*path, key), fields) for key, child in value.items()}
    if isinstance(value, list):
        return [_whole_minutes(child, (*path, ITEM), fields) for child in value]
    return _SECONDS.sub(":00", value) if path in fields and fields[path].kind == "date-time" else value


def realise(schema: Schema, book: Phrasebook, record: Record, surface: str, seed: str) -> tuple[str, tuple[Span, ...]]:
    """The text of a record on a surface (a key of `SURFACES`), with the sentences of a phrasebook; and the spans of its
    leaves, in the answer's order. ``seed`` decides everything that is left to chance."""
    rng = random.Random(f"{seed}/{surface}")
    currency = record.get("currency")
    style = WritingStyle(rng, surface in PROSE, surface == "log", currency if isinstance(currency, str) else None)
    built = SURFACES[surface](TextPlan(as_object(record, fields_of(schema)), book, style, Draw(f"{seed}/draw"), rng))
    order = {pointer: place for place, (pointer, _) in enumerate(scalar_leaves(to_answer(record)))}
    return built.text, tuple(sorted(built.spans, key=lambda span: order[span.pointer]))
