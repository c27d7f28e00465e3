"""Answers that a server constrains to a JSON Schema: what it is told, and how two such answers compare."""

from typing import Any

from paperlib.data.leaf_alignment import MISSING, pair_leaves
from paperlib.data.leaves import json_equal
from paperlib.data.schema_faults import without_annotations
from paperlib.data.schema_forms import Node, forms_at

# Beside these keywords, closing an object might forbid what another part of the schema asks for.
OPEN = {"additionalProperties", "patternProperties", "unevaluatedProperties", "$ref", "allOf", "anyOf", "oneOf", "if"}


def response_schema(body: Node) -> Any:
    """A schema as a server is given it, which makes an answer follow it token by token: objects hold only what they
    name, since a small model would go on with keys of its own."""
    return _closed(without_annotations(body))


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(child) for child in node]
    if not isinstance(node, dict):
        return node
    found = {key: child if key == "allOf" else _closed(child) for key, child in node.items()}
    properties = node.get("properties")
    if isinstance(properties, dict):
        found["properties"] = {name: _closed(child) for name, child in properties.items()}
        if not OPEN & node.keys():
            found["additionalProperties"] = False
    return found


def in_schema_order(answer: Any, root: Node, path: tuple[str | int, ...] = ()) -> Any:
    """The answer with the keys of its objects in the order of the schema, those that it does not name last."""
    if isinstance(answer, list):
        return [in_schema_order(item, root, (*path, place)) for place, item in enumerate(answer)]
    if not isinstance(answer, dict):
        return answer
    named = [key for form in forms_at(root, path) for key in form.get("properties", {})]
    keys = dict.fromkeys([key for key in named if key in answer] + list(answer))
    return {key: in_schema_order(answer[key], root, (*path, key)) for key in keys}


def agreement(reading: Any, answer: Any, text: str) -> float:
    """The share of an answer's leaves that a reading of the text has, too; what it has beyond them counts against it
    where it stands in the text, and is else taken for a guess of the reader.

    Case, spacing, and stops and commas around a string do not count; null, an empty string and an empty array are the
    same as no field.
    """
    said, right, n = _plain(text), 0, 0
    for _, found, expected in pair_leaves(_told(reading), _told(answer)):
        if expected is not MISSING or str(found) in said:
            right, n = right + json_equal(found, expected), n + 1
    return right / n if n else 1.0


def _told(value: Any) -> Any:
    """The value without what says nothing."""
    if isinstance(value, dict):
        kept = {key: _told(child) for key, child in value.items()}
        return {key: child for key, child in kept.items() if child is not None and child not in ("", [], {})}
    if isinstance(value, list):
        return [_told(child) for child in value]
    return _plain(value) if isinstance(value, str) else value


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).strip(".,;: ")
