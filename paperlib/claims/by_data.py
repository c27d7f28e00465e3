"""Verdicts that need no run: the base models' published shapes, and counts of the published training split."""

import math

from paperlib.claims import rules
from paperlib.claims.book import Book, Claim, Status, Verdict
from paperlib.claims.by_figures import by_place, fact, times
from paperlib.claims.published_data import Published, PublishedSchema
from paperlib.evaluation.statistics import Interval, wilson

SCALE = {"M": 1e6, "MB": 1.0}


def architecture(claim: Claim, rule: rules.Architecture, book: Book) -> Verdict:
    """A size or a count computed from the base model's shape, reading by reading."""
    figure, shape = claim.figures[rule.figure], book.architectures[rule.model]
    values = []
    for reading in rule.readings:
        adapter = shape.lora(reading.rank) if reading.rank else 0
        count = adapter if reading.quantity == "trainable" else shape.parameters + adapter
        values.append(count * reading.bits / 8e6 if reading.bits else count / SCALE[figure.unit])
    low, high = figure.bounds
    held = next((place for place, value in enumerate(values) if low <= value <= high), None)
    shown = "; ".join(f"{reading.says}: {value:.4g}" for reading, value in zip(rule.readings, values, strict=True))
    return Verdict(by_place(held), f"{shown}; stated {figure.printed}", values[held or 0], None, figure.unit)


def of_data(claim: Claim, rule: rules.OfData, published: Published) -> Verdict:
    """A statement about the data against the counts of its published training split."""
    stated = claim.figures[rule.figure].value if rule.figure else None
    schema = published.schemas.get(rule.name or "")
    if rule.says in ("fields", "tier") and schema is None:
        return Verdict("not testable here", f"the published training split has no schema {rule.name}")
    match rule.says:
        case "total":
            test = claim.figures[rule.test or ""].counts[1]
            total = published.rows + test
            return Verdict(fact(total == stated), f"{published.rows} + {test} = {total}", total, None, "examples")
        case "schemas":
            return _schemas(len(published.schemas), stated or 0)
        case "valid":
            return _all(published.valid, published.rows, "follow their schema; the test split was not read")
        case "teacher":
            return _teacher(published, rule.name or "")
        case "fields" if schema:
            return _fields(schema, stated or 0)
        case "tier" if schema and schema.tier == "none":
            return Verdict("not testable here", f"its {schema.n} examples are marked with no tier")
        case "tier" if schema:
            return Verdict(fact(schema.tier == rule.tier), f"its {schema.n} examples are marked {schema.tier}")
        case _:
            return _tier_fields(published, rule)


def _schemas(found: int, stated: float) -> Verdict:
    """More schemas in a part than are said to be in the whole is a contradiction; fewer is not."""
    status: Status = "refuted" if found > stated else "reproduced with a different reading"
    return Verdict(status, f"the training split alone has {found}", found, None, "schemas")


def _all(k: int, n: int, what: str) -> Verdict:
    status: Status = "reproduced with a different reading" if k == n else "refuted"
    return Verdict(status, f"{k} of {n} {what}", 100 * k / n, times(wilson(k, n), 100), "%")


def _teacher(published: Published, name: str) -> Verdict:
    rows = published.teachers
    k, others = rows.get(name, 0), sum(n for maker, n in rows.items() if maker not in (name, "none"))
    said = ", ".join(f"{maker} {n}" for maker, n in sorted(rows.items(), key=lambda row: -row[1]))
    share = 100 * k / published.rows
    status: Status = "refuted" if others else "reproduced with a different reading"
    return Verdict(status, f"rows by the maker they name: {said}", share, None, "%")


def _fields(schema: PublishedSchema, stated: float) -> Verdict:
    how = (
        f"{schema.properties} defined, {schema.required} required, {schema.fields[0]} to {schema.fields[1]} in the "
        f"{schema.n} training answers; stated {stated:g}"
    )
    inside = stated == schema.required or schema.fields[0] <= stated <= schema.fields[1]
    status: Status = "reproduced with a different reading" if inside else "refuted"
    return Verdict("reproduced" if stated == schema.properties else status, how, schema.properties, None, "fields")


def _tier_fields(published: Published, rule: rules.OfData) -> Verdict:
    members = {name: schema for name, schema in published.schemas.items() if schema.tier == rule.name}
    low, high = rule.low or 0, rule.high or math.inf
    outside = {
        what: [name for name, schema in members.items() if not _inside(getattr(schema, what), (low, high))]
        for what in ("fields", "leaves")
    }
    held = next((place for place, names in enumerate(outside.values()) if not names), None)
    spans = ", ".join(f"{name} {members[name].fields[0]} to {members[name].fields[1]}" for name in outside["fields"])
    how = f"{len(members) - len(outside['fields'])} of {len(members)} schemas keep it; outside: {spans or 'none'}"
    if held:
        how += "; all keep it if values at any depth are counted"
    return Verdict(by_place(held), how, None, None, "")


def _inside(span: tuple[int, int], limits: Interval) -> bool:
    return limits[0] <= span[0] and span[1] <= limits[1]
