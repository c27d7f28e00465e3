"""A JSON Schema inferred from labelled documents: what their answers have in common, for a person to correct.

Objects have the fields of all answers, in the order in which they first appear; those that every answer has are
required. Strings that are all dates, times, e-mail or web addresses have that format. Strings are an enum where a few
come again and again and their texts do not say them, as classes do: whatever is quoted may be another next time.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from paperlib.data.scalars import name_key
from paperlib.data.schema_forms import Node
from paperlib.data.validation import build_validator

FORMATS = ("date", "time", "date-time", "email", "uri")
OPTIONS = range(2, 13)  # of an enum
TIMES = 5  # that each option occurs, on average, and at least twice
Said = tuple[Any, str]  # a value, and the text that it was labelled in


def infer_schema(answers: Sequence[Any], texts: Sequence[str]) -> Node:
    """The schema that all ``answers``, at least one, follow; ``texts`` are theirs.

    >>> infer_schema([{"a": 1, "b": None}, {"a": 2.5}], ["1", "2.5"])
    {'type': 'object', 'properties': {'a': {'type': 'number'}, 'b': {'type': 'null'}}, 'required': ['a']}
    """
    return _inferred(list(zip(answers, texts, strict=True)))


def _inferred(values: Sequence[Said]) -> Node:
    by_kind: dict[str, list[Said]] = {}
    for value in values:
        by_kind.setdefault(_kind(value[0]), []).append(value)
    if "integer" in by_kind and "number" in by_kind:
        by_kind["number"] += by_kind.pop("integer")
    nodes = [_node(kind, of_kind) for kind, of_kind in by_kind.items() if kind != "null"]
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


def _node(kind: str, values: Sequence[Said]) -> Node:
    if kind == "object":
        return _object(values)
    if kind == "array":
        items = [(item, text) for value, text in values for item in value]
        return {"type": kind, "items": _inferred(items)} if items else {"type": kind}
    return _string(values) if kind == "string" else {"type": kind}


def _object(values: Sequence[Said]) -> Node:
    keys = list(dict.fromkeys(key for value, _ in values for key in value))
    return {
        "type": "object",
        "properties": {key: _inferred([(value[key], text) for value, text in values if key in value]) for key in keys},
        "required": [key for key in keys if all(key in value for value, _ in values)],
    }


def _string(values: Sequence[Said]) -> Node:
    for name in FORMATS:
        valid = build_validator({"format": name}).is_valid
        if all(valid(value) and (name != "uri" or "://" in value) for value, _ in values):
            return {"type": "string", "format": name}
    options = Counter(value for value, _ in values)
    quoted = sum(name_key(value) in name_key(text) for value, text in values)
    often = len(values) >= TIMES * len(options) and min(options.values()) > 1
    if len(options) in OPTIONS and often and 2 * quoted < len(values):
        return {"type": "string", "enum": sorted(options)}
    return {"type": "string"}
