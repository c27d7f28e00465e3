"""A JSON Schema inferred from answers: what they have in common, for a person to correct.

Objects have the fields of all answers, in the order in which they first appear; those that every answer has are
required. Strings that are all dates or times have that format. Few strings that come again and again are an enum.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from paperlib.data.schema_forms import Node
from paperlib.data.validation import build_validator

FORMATS = ("date", "time", "date-time", "email", "uri")
OPTIONS = 12  # of an enum at most
TIMES = 5  # that each option occurs, on average, and at least twice


def infer_schema(answers: Sequence[Any]) -> Node:
    """The schema that all ``answers``, at least one, follow.

    >>> infer_schema([{"a": 1, "b": None}, {"a": 2.5}])
    {'type': 'object', 'properties': {'a': {'type': 'number'}, 'b': {'type': 'null'}}, 'required': ['a']}
    """
    by_kind: dict[str, list[Any]] = {}
    for answer in answers:
        by_kind.setdefault(_kind(answer), []).append(answer)
    if "integer" in by_kind and "number" in by_kind:
        by_kind["number"] += by_kind.pop("integer")
    nodes = [_node(kind, values) for kind, values in by_kind.items() if kind != "null"]
    if "null" not in by_kind:
        return nodes[0] if len(nodes) == 1 else {"anyOf": nodes}
    if len(nodes) == 1 and "enum" not in nodes[0]:
        return {**nodes[0], "type": [nodes[0]["type"], "null"]}
    return {"anyOf": [*nodes, {"type": "null"}]} if nodes else {"type": "null"}


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds[type(value)]


def _node(kind: str, values: Sequence[Any]) -> Node:
    if kind == "object":
        return _object(values)
    if kind == "array":
        items = [item for value in values for item in value]
        return {"type": kind, "items": infer_schema(items)} if items else {"type": kind}
    return _string(values) if kind == "string" else {"type": kind}


def _object(values: Sequence[dict[str, Any]]) -> Node:
    keys = list(dict.fromkeys(key for value in values for key in value))
    properties = {key: infer_schema([value[key] for value in values if key in value]) for key in keys}
    return {
        "type": "object",
        "properties": properties,
        "required": [key for key in keys if all(key in value for value in values)],
    }


def _string(values: Sequence[str]) -> Node:
    for name in FORMATS:
        if all(map(build_validator({"format": name}).is_valid, values)):
            return {"type": "string", "format": name}
    options = Counter(values)
    if len(options) <= OPTIONS and len(values) >= TIMES * len(options) and min(options.values()) > 1:
        return {"type": "string", "enum": sorted(options)}
    return {"type": "string"}
