"""EdgeJSON: synthetic records of 24 schemas, written as label-value lines, in a training and a test split."""

import json
import random
from collections.abc import Iterable, Iterator
from functools import cache

from paperlib.benchmark.checks import TIER_SHARES
from paperlib.benchmark.records import SEEN, draw_record, to_answer
from paperlib.benchmark.records.draw import Draw, Record
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import TIERS, Example, Tier
from paperlib.data.label_lines import TITLES, write_label_lines
from paperlib.data.schemas import Schema, Schemas, load_schemas

ATTEMPTS = 50  # draws of one record that repeat earlier ones before its schema counts as exhausted


def generate(n_train: int = 629, n_test: int = 158, seed: int = 0) -> list[Example]:
    """Both splits, training examples first, each split shuffled. The same arguments give the same examples anywhere.

    Tiers have the shares of `TIER_SHARES`, and the schemas of a tier equal ones. Within a schema, test examples are
    drawn first: the test split depends on ``n_test`` and ``seed`` alone, and a larger training split contains the
    smaller one. No schema has the same answer twice.

    Raises PaperlibError for a size of 1 or 2, which cannot hold every tier, and where a schema has too few different
    records.
    """
    schemas = _schemas()
    tests, trains = _counts(schemas, n_test, "n_test"), _counts(schemas, n_train, "n_train")
    found: dict[str, list[Example]] = {"train": [], "test": []}
    for schema in schemas.values():
        splits = ["test"] * tests[schema.id] + ["train"] * trains[schema.id]
        for example in _examples(schema, splits, seed):
            found[example.split].append(example)
    for split, examples in found.items():
        random.Random(f"{seed}/{split}").shuffle(examples)
    return found["train"] + found["test"]


@cache
def _schemas() -> Schemas:
    """The schemas in the order of their record builders."""
    known = load_schemas()
    return Schemas({schema_id: known[schema_id] for schema_id in SEEN})


def _examples(schema: Schema, splits: Iterable[str], seed: int) -> Iterator[Example]:
    """Examples of one schema, numbered in order; a record that occurred before is drawn anew."""
    seen: set[str] = set()
    for index, split in enumerate(splits):
        record = _new_record(schema.id, f"{seed}/{schema.id}/{index}", seen)
        title = TITLES[random.Random(f"{seed}/{schema.id}/{index}/title").randrange(len(TITLES))].format(schema.title)
        text, spans = write_label_lines(title, record)
        name = f"edgejson-{schema.id}-{index:04}"
        yield Example(name, schema.id, schema.tier, split, "label_value", text, to_answer(record), spans)


def _new_record(schema_id: str, seed: str, seen: set[str]) -> Record:
    for attempt in range(ATTEMPTS):
        record = draw_record(schema_id, Draw(f"{seed}/{attempt}"))
        key = json.dumps(to_answer(record))
        if key not in seen:
            seen.add(key)
            return record
    raise PaperlibError(
        f"schema {schema_id!r} has no more than about {len(seen)} different records; ask for fewer examples"
    )


def _counts(schemas: Schemas, n: int, name: str) -> dict[str, int]:
    """The number of examples of each schema: that of its tier (see :func:`_tier_totals`) in equal parts."""
    if n != 0 and n < len(TIERS):
        raise PaperlibError(f"{name} is {n}; expected 0, or at least {len(TIERS)} so that every tier occurs")
    counts: dict[str, int] = {}
    for tier, total in _tier_totals(n).items():
        ids = [schema.id for schema in schemas.values() if schema.tier == tier]
        counts |= {schema_id: (total + len(ids) - 1 - place) // len(ids) for place, schema_id in enumerate(ids)}
    return counts


def _tier_totals(n: int) -> dict[Tier, int]:
    """``n`` divided by the tiers' shares with the largest-remainder method, at least one for each tier."""
    totals = {tier: n * share // 100 for tier, share in TIER_SHARES.items()}
    by_remainder = sorted(TIERS, key=lambda tier: n * TIER_SHARES[tier] % 100, reverse=True)
    for tier in by_remainder[: n - sum(totals.values())]:
        totals[tier] += 1
    for tier in TIERS:
        if n and not totals[tier]:  # only below seven examples: the commonest tier gives one up
            totals[max(TIERS, key=lambda t: totals[t])] -= 1
            totals[tier] += 1
    return totals
