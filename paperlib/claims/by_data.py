"""Rules decided by counts of the published training split; the published test split is read by nobody."""

import math

from paperlib.claims.published_data import PublishedSchema
from paperlib.claims.rules import (
    CountedFigure,
    Evidence,
    Figure,
    NotTestableError,
    Rules,
    Verdict,
    by_reading,
    fact,
    scaled,
)
from paperlib.evaluation.statistics.intervals import wilson

RULES = Rules("the published training split")


@RULES.add(confirms="training examples and test examples add up to the stated number", refutes="they do not")
def example_count(evidence: Evidence, *, stated: Figure, test: CountedFigure) -> Verdict:
    """How many examples the data set has; ``test`` is a figure whose n is the size of the test split."""
    rows, (_, others) = evidence.facts.training_split.rows, test.counts
    total = rows + others
    return Verdict(fact(total == stated.value), f"{rows} + {others} = {total}", total, None, "examples")


@RULES.add(
    confirms="nothing; a different reading where the training split has no more schemas than stated",
    refutes="the training split alone has more",
)
def schema_count(evidence: Evidence, *, stated: Figure) -> Verdict:
    """How many schemas the data set has: a part cannot have more than the whole, but may have fewer."""
    found = len(evidence.facts.training_split.schemas)
    reason = f"the training split alone has {found}"
    return Verdict(by_reading(1 if found <= stated.value else None), reason, found, None, "schemas")


@RULES.add(
    confirms="nothing; a different reading where every training example follows its schema",
    refutes="a training example does not",
)
def all_valid(evidence: Evidence) -> Verdict:
    """That every example follows its schema."""
    split = evidence.facts.training_split
    reason = f"{split.valid} of {split.rows} follow their schema; the test split was not read"
    status = by_reading(1 if split.valid == split.rows else None)
    return Verdict(status, reason, 100 * split.valid / split.rows, scaled(wilson(split.valid, split.rows), 100), "%")


@RULES.add(
    confirms="nothing; a different reading where no training example names another generator",
    refutes="a training example names another one",
)
def generator(evidence: Evidence, *, name: str) -> Verdict:
    """That the named model generated the examples; rows that name no generator ("none") speak neither way."""
    split = evidence.facts.training_split
    rows = split.generators
    shown = ", ".join(f"{maker} {n}" for maker, n in sorted(rows.items(), key=lambda row: -row[1]))
    status = by_reading(1 if set(rows) <= {name, "none"} else None)
    return Verdict(status, f"rows by the generator they name: {shown}", 100 * rows.get(name, 0) / split.rows, None, "%")


@RULES.add(
    confirms="the schema defines so many top-level fields; a different reading where it requires so many, or some "
    "training answer has so many",
    refutes="neither it nor any training answer does",
)
def field_count(evidence: Evidence, *, name: str, stated: Figure) -> Verdict:
    """How many fields a schema has."""
    found = _schema(evidence, name)
    low, high = found.fields
    reason = (
        f"{found.properties} defined, {found.required} required, {low} to {high} in the {found.n} training answers; "
        f"stated {stated.printed}"
    )
    readings = (stated.value == found.properties, stated.value == found.required or low <= stated.value <= high)
    place = next((place for place, holds in enumerate(readings) if holds), None)
    return Verdict(by_reading(place), reason, found.properties, None, "fields")


@RULES.add(
    confirms="the training examples of the schema are marked with that tier",
    refutes="they are marked with another; examples marked with none make it not testable",
)
def schema_tier(evidence: Evidence, *, name: str, tier: str) -> Verdict:
    """Which tier a schema belongs to."""
    found = _schema(evidence, name)
    if found.tier == "none":
        raise NotTestableError(f"its {found.n} examples are marked with no tier")
    return Verdict(fact(found.tier == tier), f"its {found.n} examples are marked {found.tier}")


@RULES.add(
    confirms="the training answers of every schema of the tier keep the range; a different reading where they do so "
    "only if values at any depth are counted",
    refutes="some schema's answers keep it neither way",
)
def tier_fields(evidence: Evidence, *, tier: str, low: int = 0, high: float = math.inf) -> Verdict:
    """How many fields the schemas of a tier have, from ``low`` to ``high``, both included."""
    members = {name: schema for name, schema in evidence.facts.training_split.schemas.items() if schema.tier == tier}
    if not members:
        raise NotTestableError(f"no schema is marked {tier}")

    def outside(spans: dict[str, tuple[int, int]]) -> list[str]:
        return [name for name, span in spans.items() if not (low <= span[0] and span[1] <= high)]

    by_fields = outside({name: schema.fields for name, schema in members.items()})
    by_leaves = outside({name: schema.leaves for name, schema in members.items()})
    shown = ", ".join(f"{name} {members[name].fields[0]} to {members[name].fields[1]}" for name in by_fields)
    reason = f"{len(members) - len(by_fields)} of {len(members)} schemas keep it; outside: {shown or 'none'}"
    if by_fields and not by_leaves:
        reason += "; all keep it if values at any depth are counted"
    place = next((place for place, names in enumerate((by_fields, by_leaves)) if not names), None)
    return Verdict(by_reading(place), reason)


def _schema(evidence: Evidence, name: str) -> PublishedSchema:
    found = evidence.facts.training_split.schemas.get(name)
    if found is None:
        raise NotTestableError(f"the published training split has no schema {name}")
    return found
