"""Examples: a record drawn, told on a surface, and checked; any number of them, the same on every machine.

Nothing is kept between examples, so a million take no more memory than one. The order in which schemas come is spread
evenly: in the first n examples of a stream every schema is as frequent as its share says, give or take one.
"""

import itertools
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from paperlib.benchmark.edgejson import BUILDERS, SHARES, to_answer, without_gaps
from paperlib.benchmark.fields import Field, Path, fields_of
from paperlib.benchmark.phrasebook import Phrasebook, phrasebook
from paperlib.benchmark.records.draw import Draw
from paperlib.benchmark.records.unseen import BUILDERS as UNSEEN
from paperlib.benchmark.standard import checks, forms, running_text, table_texts
from paperlib.benchmark.standard.habits import Habits
from paperlib.benchmark.standard.page import Page, as_object
from paperlib.benchmark.standard.running_text import Scene
from paperlib.benchmark.standard.split_sizes import SIZES, SPLITS, Split
from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import digest
from paperlib.data.examples import Example, Span
from paperlib.data.label_lines import leaves
from paperlib.data.schemas import Schema, Schemas, load_schemas

SURFACES: dict[str, Callable[[Scene], Page]] = {
    "form": forms.form,
    "prose": running_text.prose,
    "email": running_text.email,
    "chat": running_text.chat,
    "log": forms.log,
    "slip": forms.slip,
    "letter": running_text.letter,
    "table": table_texts.table,
}
SPOKEN = ("prose", "email", "chat", "letter")
# Most of what people write has no labels: running texts come more often than forms.
SHARES_OF = {"form": 1, "prose": 4, "email": 4, "chat": 2, "log": 1, "slip": 1, "letter": 4, "table": 1}
RESERVED = ("letter", "table")  # surfaces that are never trained on
REMEMBERED = 100_000  # answers that are not to come again: beyond so many training examples may repeat one
ATTEMPTS = 40  # draws before a schema and surface count as not to be told


def standard(sizes: dict[Split, int] = SIZES, seed: int = 0) -> dict[Split, list[Example]]:
    """The splits of a release: no answer of one schema occurs twice in all of them together.

    Raises PaperlibError where a schema has too few different records for the sizes asked for.
    """
    found = {split: list(part) for split, part in streams(sizes, seed)}
    return {split: found[split] for split in SPLITS}


def streams(sizes: dict[Split, int] = SIZES, seed: int = 0) -> Iterator[tuple[Split, Iterator[Example]]]:
    """The splits of a release one after another, each to be used up before the next: the training part last, so that
    its size changes no other and no test answer comes in it. Takes the same memory for any size."""
    seen: set[str] = set()
    for split in reversed(SPLITS):
        yield split, itertools.islice(stream(split, seed, seen), sizes[split])


def split_of(dataset: str) -> Split:
    """The part that a dataset of the study is tested on: ``standard``, ``standard-unseen-schema``, …"""
    return next(split for split in SPLITS[1:] if dataset in (f"standard-{split}", "standard"))


def parts(dataset: str, n_train: int, n_test: int, seed: int) -> tuple[list[Example], list[Example]]:
    """Training and test examples of a dataset of the study."""
    split = split_of(dataset)
    found = standard({**SIZES, "train": n_train, split: n_test}, seed)
    return found["train"], found[split]


def stream(split: Split, seed: int = 0, seen: set[str] | None = None, start: int = 0) -> Iterator[Example]:
    """Examples of a split without end, from number ``start`` on, each checked. ``seen`` holds digests of answers that
    are not to come again, and grows."""
    schemas = schemas_of(split)
    surfaces = _spread([name for name in SURFACES if (name in RESERVED) == (split == "unseen-surface")])
    for number, (schema_id, count) in enumerate(_order(schemas, f"{seed}/{split}")):
        if number >= start:
            surface = surfaces[(count + _shift(schema_id)) % len(surfaces)]
            yield _example(schemas[schema_id], split, surface, f"{seed}/{split}/{number}", number, seen)


@cache
def schemas_of(split: Split) -> Schemas:
    """The 24, or the eight that are never trained on."""
    return load_schemas(paths.UNSEEN if split == "unseen-schema" else paths.SCHEMAS)


def _spread(surfaces: list[str]) -> list[str]:
    """A round of surfaces, each as often as its share says and as far apart as can be."""
    places = [((turn + 0.5) / SHARES_OF[name], name) for name in surfaces for turn in range(SHARES_OF[name])]
    return [name for _, name in sorted(places)]


def _shift(name: str) -> int:
    """So that schemas do not all begin with the same surface."""
    return sum(name.encode())


def _order(schemas: Schemas, seed: str) -> Iterator[tuple[str, int]]:
    """Schemas, each with how often it came before: tiers by their shares, the schemas of a tier alike."""
    of_tier = {tier: [s.id for s in schemas.values() if s.tier == tier] for tier in SHARES}
    gaps = {name: len(names) / SHARES[tier] for tier, names in of_tier.items() for name in names}
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
        elif not (faults := checks.of_example(made, schema)):
            if seen is not None and len(seen) < REMEMBERED:
                seen.add(key)
            return replace(made, id=f"standard-{split}-{number:06}", split=split)
    raise PaperlibError(f"{schema.id} as {surface}: no example in {ATTEMPTS} draws passes; the last: {faults[0]}")


def make(schema: Schema, surface: str, seed: str) -> Example:
    """One example, not checked; the same for the same arguments."""
    fields = fields_of(schema)
    record = record_of(schema.id, surface, seed, fields)
    text, spans = tell(schema, record, surface, seed)
    return Example(seed, schema.id, schema.tier, "", surface, text, to_answer(record), spans)


def record_of(schema_id: str, surface: str, seed: str, fields: dict[Path, Field]) -> dict[str, Any]:
    """A record as its surface can tell it: people say no seconds, and UTC is always written ``Z``."""
    draw = Draw(seed)
    draw.offset = draw.offset.replace("+00:00", "Z")
    draw.timespec = "seconds" if surface != "log" else draw.timespec
    record: dict[str, Any] = without_gaps((BUILDERS | UNSEEN)[schema_id](draw))
    return _whole_minutes(record, (), fields) if surface in SPOKEN else record


_SECONDS = re.compile(r"(?<=T\d\d:\d\d):\d\d(\.\d+)?")


def _whole_minutes(value: Any, path: Path, fields: dict[Path, Field]) -> Any:
    if isinstance(value, dict):
        return {key: _whole_minutes(child, (*path, key), fields) for key, child in value.items()}
    if isinstance(value, list):
        return [_whole_minutes(child, (*path, "*"), fields) for child in value]
    return _SECONDS.sub(":00", value) if path in fields and fields[path].kind == "date-time" else value


def tell(schema: Schema, record: dict[str, Any], surface: str, seed: str) -> tuple[str, tuple[Span, ...]]:
    """The text of a record on a surface, and its spans in the answer's order.

    Raises PaperlibError for an unknown surface.
    """
    if surface not in SURFACES:
        raise PaperlibError(f"there is no surface {surface!r}; known: {', '.join(SURFACES)}")
    return told(schema, phrasebook(schema), record, surface, seed)


def told(
    schema: Schema, book: Phrasebook, record: dict[str, Any], surface: str, seed: str
) -> tuple[str, tuple[Span, ...]]:
    """The same, by the phrasebook given."""
    rng = random.Random(f"{seed}/{surface}")
    currency = record.get("currency")
    habits = Habits(rng, surface in SPOKEN, surface == "log", currency if isinstance(currency, str) else None)
    scene = Scene(as_object(record, fields_of(schema)), book, habits, Draw(f"{seed}/draw"), rng)
    page = SURFACES[surface](scene)
    order = {pointer: place for place, (pointer, _) in enumerate(leaves(to_answer(record)))}
    return page.text, tuple(sorted(page.spans, key=lambda span: order[span.pointer]))
