"""Datasets: which schema gets how many examples, and the examples themselves."""

import json
import random
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from paperlib.benchmark.records import complex as complex_
from paperlib.benchmark.records import medium, simple
from paperlib.benchmark.records.draw import Draw
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import TIERS, Example, Tier
from paperlib.data.label_lines import SURFACES, TITLES
from paperlib.data.schemas import Schema, Schemas, load_schemas

SHARES: dict[Tier, int] = {"simple": 48, "medium": 36, "complex": 16}  # percent, about those of the published test set
ATTEMPTS = 50  # draws for one example before its schema counts as exhausted
BUILDERS: dict[str, Callable[[Draw], dict[str, Any]]] = {**simple.BUILDERS, **medium.BUILDERS, **complex_.BUILDERS}


def generate(n_train: int = 629, n_test: int = 158, seed: int = 0, surface: str = "label_value") -> list[Example]:
    """Examples of both splits, training first, each split shuffled; the same on every machine for the same arguments.

    Tiers have the shares of `SHARES`, the schemas of a tier equal ones. Within a schema, test examples come first
    in the numbering: the test set depends on ``n_test`` and ``seed`` only, and a larger training set contains the
    smaller one. No answer occurs twice. Raises PaperlibError for a size that cannot be had.
    """
    if surface not in SURFACES:
        raise PaperlibError(f"there is no surface {surface!r}; known: {', '.join(SURFACES)}")
    schemas = _known(load_schemas())
    tests, trains = _counts(schemas, n_test, "n_test"), _counts(schemas, n_train, "n_train")
    found: dict[str, list[Example]] = {"train": [], "test": []}
    for schema in schemas.values():
        splits = ["test"] * tests[schema.id] + ["train"] * trains[schema.id]
        for example in _examples(schema, splits, seed, surface):
            found[example.split].append(example)
    for split, examples in found.items():
        random.Random(f"{seed}/{split}").shuffle(examples)
    return found["train"] + found["test"]


def build_record(schema_id: str, seed: str) -> dict[str, Any]:
    """One record of a schema: what the text shows, amounts still Decimal. Fields left out and empty lists are gone."""
    record: dict[str, Any] = without_gaps(BUILDERS[schema_id](Draw(seed)))
    return record


def to_answer(value: Any) -> Any:
    """A record as JSON holds it: Decimal becomes float."""
    if isinstance(value, dict):
        return {key: to_answer(child) for key, child in value.items()}
    if isinstance(value, list):
        return [to_answer(child) for child in value]
    return float(value) if isinstance(value, Decimal) else value


def _examples(schema: Schema, splits: Iterable[str], seed: int, surface: str) -> Iterable[Example]:
    """Examples of one schema, numbered in order; a record that occurred before is drawn anew."""
    seen: set[str] = set()
    for index, split in enumerate(splits):
        record = _fresh(schema.id, f"{seed}/{schema.id}/{index}", seen)
        title = TITLES[random.Random(f"{seed}/{schema.id}/{index}/title").randrange(len(TITLES))].format(schema.title)
        text, spans = SURFACES[surface](title, record)
        yield Example(
            f"edgejson-{schema.id}-{index:04}", schema.id, schema.tier, split, surface, text, to_answer(record), spans
        )


def _fresh(schema_id: str, seed: str, seen: set[str]) -> dict[str, Any]:
    for attempt in range(ATTEMPTS):
        record = build_record(schema_id, f"{seed}/{attempt}")
        key = json.dumps(to_answer(record))
        if key not in seen:
            seen.add(key)
            return record
    raise PaperlibError(
        f"schema {schema_id!r} has no more than about {len(seen)} different records; ask for fewer examples"
    )


def without_gaps(value: Any) -> Any:
    """A record without fields that are None, nor objects and lists that are empty because of it."""
    if isinstance(value, dict):
        kept = {key: without_gaps(child) for key, child in value.items()}
        return {key: child for key, child in kept.items() if child is not None and child != {} and child != []}
    return [without_gaps(child) for child in value] if isinstance(value, list) else value


def _known(schemas: Schemas) -> Schemas:
    """The schemas there is a builder for, and an error where one of them is missing."""
    return Schemas({schema_id: schemas[schema_id] for schema_id in BUILDERS})


def _counts(schemas: Schemas, n: int, name: str) -> dict[str, int]:
    """Examples of each schema: tiers by largest remainder, at least one each, then equal parts within a tier."""
    if n != 0 and n < len(TIERS):
        raise PaperlibError(f"{name} is {n}; expected 0, or at least {len(TIERS)} so that every tier occurs")
    counts: dict[str, int] = {}
    for tier, total in _tier_totals(n).items():
        ids = [schema.id for schema in schemas.values() if schema.tier == tier]
        counts |= {schema_id: (total + len(ids) - 1 - place) // len(ids) for place, schema_id in enumerate(ids)}
    return counts


def _tier_totals(n: int) -> dict[Tier, int]:
    totals = {tier: n * share // 100 for tier, share in SHARES.items()}
    by_remainder = sorted(TIERS, key=lambda tier: n * SHARES[tier] % 100, reverse=True)
    for tier in by_remainder[: n - sum(totals.values())]:
        totals[tier] += 1
    for tier in TIERS:
        if n and not totals[tier]:  # only below seven examples: the commonest tier gives one up
            totals[max(TIERS, key=lambda t: totals[t])] -= 1
            totals[tier] += 1
    return totals
