"""Leaves of schemas: every one is found, and what is not supported is refused by its place."""

from typing import Any

import pytest

from paperlib.benchmark.fields import fields_of
from paperlib.benchmark.standard import build
from paperlib.core.errors import DataError
from paperlib.data.leaves import scalar_leaves
from paperlib.data.schemas import Schema

TEXT = {"type": "string"}


def schema(body: dict[str, Any], name: str = "own") -> Schema:
    return Schema(name, "Own", "simple", {"type": "object", **body})


@pytest.mark.parametrize("split", ["train", "unseen-schema"])
def test_every_leaf_of_a_record_is_a_field(split: build.Split) -> None:
    for known in build.schemas_of(split).values():
        example = build.make(known, "form", "leaf")
        paths_of = {
            tuple("*" if step.isdigit() else step for step in p.split("/")[1:])
            for p, _ in scalar_leaves(example.answer)
        }
        found = fields_of(known)
        assert {path[:-1] if path[-1] == "*" and path[:-1] in found else path for path in paths_of} <= set(found)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"properties": {"a": {"anyOf": [TEXT]}}}, r"at /properties/a: keyword 'anyOf' is not supported"),
        ({"properties": {"a": {"$ref": "#"}}}, r"at /properties/a: keyword '\$ref' is not supported"),
        ({"properties": {"a": {"type": ["string", "null"]}}}, r"at /properties/a: found type \['string', 'null'\]"),
        ({"properties": {"a": {"type": "array"}}}, "at /properties/a/items: found type None"),
        ({"properties": {}, "required": ["b"]}, "at the root: 'b' is required, but not among its properties"),
        (
            {"properties": {"a": {"type": "array", "items": {"type": "object", "properties": {"b": {"not": {}}}}}}},
            "at /properties/a/items/properties/b: keyword 'not'",
        ),
    ],
)
def test_what_is_not_supported_is_refused_by_its_place(body: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        fields_of(schema(body))


def test_a_schema_that_contains_itself_is_refused() -> None:
    node: dict[str, Any] = {"type": "object", "properties": {"child": {"$ref": "#/$defs/node"}}}
    with pytest.raises(DataError, match=r"at /properties/tree/properties/child: keyword '\$ref'"):
        fields_of(schema({"properties": {"tree": node}, "$defs": {"node": node}}))
