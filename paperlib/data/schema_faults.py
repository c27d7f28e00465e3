"""The schemas inside a JSON Schema, and its faults: where it asks for what cannot be."""

import json
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft4Validator, Draft202012Validator

from paperlib.data.leaves import json_pointer
from paperlib.data.schema_forms import Node, referred

# Keywords whose values hold each other in; nothing can be both where the first is the greater.
BOUNDS = (
    *(("minimum", "maximum"), ("minimum", "exclusiveMaximum")),
    *(("exclusiveMinimum", "maximum"), ("exclusiveMinimum", "exclusiveMaximum")),
    *(("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties")),
)
NAMED = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")  # hold schemas by name
HOLDING = (  # schemas under them, or in an array
    *("items", "prefixItems", "additionalItems", "additionalProperties", "contains", "propertyNames", "dependencies"),
    *("unevaluatedItems", "unevaluatedProperties", "allOf", "anyOf", "oneOf", "not", "if", "then", "else"),
)
# Keywords that hold values, not schemas; those of OpenAPI among them, as all that begin with x-.
DATA = ("enum", "const", "default", "examples", "example", "discriminator", "xml", "externalDocs")


def faults(root: Node) -> Iterator[str]:
    """Where the JSON Schema ``root`` asks for what cannot be: each place's JSON pointer, and what is wrong there."""
    for place, node in schema_nodes(root):
        where = place or "its root"
        for low, high in BOUNDS:
            least, most = node.get(low), node.get(high)
            if least is None or most is None or bool in (type(least), type(most)):  # draft 4 has exclusive limits so
                continue
            if least > most or (least == most and "exclusive" in low + high):
                yield f"{where}: nothing can have both {low} {least} and {high} {most}"
        if node.get("enum") == []:
            yield f"{where}: enum is empty, expected at least one value"
        if "$ref" in node and _reaches(node, node, root, set()):
            yield f"{where}: $ref {node['$ref']!r} leads back to itself, so that no value is finite"


def schema_nodes(node: Any, where: str = "") -> Iterator[tuple[str, Node]]:
    """Every schema inside a schema, itself too, and its JSON pointer there. What stands under an unknown keyword counts
    if it is valid as one, since a reference may lead there."""
    if not isinstance(node, dict):
        return
    yield where, node
    for key, held in node.items():
        if key in DATA or key.startswith("x-"):
            continue
        known = key in (*NAMED, *HOLDING)
        if isinstance(held, dict) and key not in NAMED:
            inside = [(json_pointer(key), held)]
        else:
            items = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
            inside = [(json_pointer(key, name), child) for name, child in items]
        for pointer, child in inside:
            if known or (isinstance(child, dict) and _may_be_schema(child)):
                yield from schema_nodes(child, where + pointer)


def without_annotations(body: Node) -> Node:
    """A copy of a schema without ``$comment`` and ``x-…`` keywords, which models are not to see: the benchmark's own
    schemas have their synonyms there. ``x-nullable`` stays, since it says what is valid; so do properties of any name.
    """
    copy: Node = json.loads(json.dumps(body))
    for _, node in list(schema_nodes(copy)):
        for key in [key for key in node if key == "$comment" or (key.startswith("x-") and key != "x-nullable")]:
            del node[key]
    return copy


def _may_be_schema(value: Any) -> bool:
    return any(draft(draft.META_SCHEMA).is_valid(value) for draft in (Draft4Validator, Draft202012Validator))


def _reaches(node: Any, goal: Node, root: Node, seen: set[int]) -> bool:
    """Whether every value of ``node`` holds, or is, a value of ``goal``: nothing finite is then a value of ``goal``.

    ``seen`` are the ids of nodes that have been looked at."""
    if not isinstance(node, dict) or id(node) in seen or node.get("nullable") is True or node.get("x-nullable") is True:
        return False
    seen.add(id(node))
    is_object = "properties" in node and node.get("type", "object") in ("object", ["object"])
    needed = [node["properties"].get(key) for key in node.get("required", ())] if is_object else []
    parts = [referred(node, root), *node.get("allOf", ()), *needed]
    choices = [node[key] for key in ("anyOf", "oneOf") if node.get(key)]
    return any(part is goal or _reaches(part, goal, root, seen) for part in parts) or any(
        all(part is goal or _reaches(part, goal, root, seen) for part in parts) for parts in choices
    )
