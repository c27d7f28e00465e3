"""What must hold of every example."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs

from paperlib.benchmark.records import unseen
from paperlib.benchmark.records.arithmetic import RULES, mistakes
from paperlib.benchmark.standard import grounding
from paperlib.benchmark.standard.datetimes import NORMALISERS
from paperlib.data.examples import Example, pointer
from paperlib.data.label_lines import leaves
from paperlib.data.schemas import Schema

ALL_RULES = {**RULES, **unseen.RULES}


def of_example(example: Example, schema: Schema) -> list[str]:
    """Everything that is wrong with one example: schema, empty containers, arithmetic, spans, grounding."""
    return [
        *(
            f"schema: {pointer(*error.instance_path)}: {error.message}"
            for error in _validator(schema).iter_errors(example.answer)
        ),
        *(f"arithmetic: {fault}" for fault in mistakes(example.schema_id, example.answer, ALL_RULES)),
        *(f"spans: {fault}" for fault in _spans(example)),
        *(f"grounding: {fault}" for fault in grounding.faults(example, schema)),
    ]


def of_text(example: Example, schema: Schema) -> list[str]:
    """The same of an example that somebody else wrote, who marks no spans."""
    return [fault for fault in of_example(example, schema) if not fault.startswith("spans:")]


@cache
def _validator(schema: Schema) -> Any:
    """Formats as their standards have them, moments with their offset too: stricter than :func:`schemas.validator`."""
    return jsonschema_rs.validator_for(schema.body, validate_formats=True)


def _spans(example: Example) -> Iterator[str]:
    """Every leaf has one span, in the answer's order, that gives its value and type."""
    expected = leaves(example.answer)
    if [span.pointer for span in example.spans] != [where for where, _ in expected]:
        yield "they do not name the leaves of the answer one by one"
        return
    for span, (where, leaf) in zip(example.spans, expected, strict=True):
        value = normalised(example.text[span.start : span.end], span.normalise)
        if value != leaf or type(value) is not type(leaf):
            yield f"{where}: the text gives {value!r}, the answer has {leaf!r}"


def normalised(text: str, how: str) -> Any:
    """A span's text as JSON holds it; of a phrase, what the phrase says."""
    kind, _, value = how.partition(":")
    return json.loads(value) if kind == "phrase" else NORMALISERS[kind](text)
