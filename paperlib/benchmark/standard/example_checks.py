"""Checks of single examples of EdgeJSON standard: schema, arithmetic, spans, grounding."""

import json
from functools import cache
from typing import Any

import jsonschema_rs

from paperlib.benchmark.checks import span_faults
from paperlib.benchmark.records.arithmetic import mistakes
from paperlib.benchmark.standard import grounding
from paperlib.benchmark.standard.datetimes import NORMALISERS
from paperlib.data.examples import Example, Span
from paperlib.data.leaves import json_pointer
from paperlib.data.schemas import Schema


def of_example(example: Example, schema: Schema) -> list[str]:
    """Everything that is wrong with one example; each fault begins with the name of its check and a colon."""
    return [*of_text(example, schema), *(f"spans: {fault}" for fault in span_faults(example, read_span))]


def of_text(example: Example, schema: Schema) -> list[str]:
    """What :func:`of_example` finds without looking at spans, for texts whose author marks none."""
    invalid = _validator(schema).iter_errors(example.answer)
    return [
        *(f"schema: {json_pointer(*error.instance_path)}: {error.message}" for error in invalid),
        *(f"arithmetic: {fault}" for fault in mistakes(example.schema_id, example.answer)),
        *(f"grounding: {fault}" for fault in grounding.faults(example, schema)),
    ]


@cache
def _validator(schema: Schema) -> Any:
    """A validator that checks formats by their own standards, offsets of date-times included: it is stricter than the
    one that scores answers."""
    return jsonschema_rs.validator_for(schema.body, validate_formats=True)


def read_span(text: str, span: Span) -> Any:
    """The value that a span stands for: its text normalised, or what its phrase expresses.

    Raises ValueError, KeyError or IndexError where the text cannot be read so.
    """
    kind, _, value = span.normalise.partition(":")
    return json.loads(value) if kind == "phrase" else NORMALISERS[kind](text[span.start : span.end])
