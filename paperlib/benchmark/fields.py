"""The leaves of a JSON Schema: their paths, their names, and how people write their values.

Our schemas carry three annotations of their own, which JSON Schema permits:

- ``x-names``: other names of a field, as labels; after ``"|"``, words that stand for it in sentences;
- ``x-unit``: ``"money"``, or the units that its number may be followed by;
- ``x-phrases``: for a value, the phrases that express it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from paperlib.core.errors import DataError
from paperlib.data.leaves import json_pointer
from paperlib.data.schemas import Schema, field_label

ITEM = "*"  # in a path: an item of an array of objects
Path = tuple[str, ...]
_ACRONYMS = "ID HTTP API SKU RSSI BP SpO2 KYC AML ICD-10 DOB VAT URL IP ZIP UTC CC VIN ISBN IATA ICD ISO HR AOV RX"
ACRONYMS = {name.lower(): name for name in _ACRONYMS.split()} | {"icd10": "ICD-10"}
Kind = Literal["number", "date", "date-time", "boolean", "enum", "text"]


@dataclass(frozen=True)
class Field:
    """A leaf of a schema: a scalar, or an array of scalars (``many``)."""

    path: Path  # keys from the root
    kind: Kind
    many: bool
    required: bool  # it, and every object between its scope and it
    labels: tuple[str, ...]  # as on a form; the key's own words first
    cues: tuple[str, ...]  # lower case: its names, and the words that stand for it in sentences
    unit: str | tuple[str, ...]  # "money", or the units of a number, if any
    phrases: dict[str, tuple[str, ...]]  # value as JSON writes it, without quotes -> phrases that express it

    @property
    def scope(self) -> Path:
        """The path of the object that the leaf describes: the root, or an item of the innermost array of objects."""
        last = max((place for place, key in enumerate(self.path) if key == ITEM), default=-1)
        return self.path[: last + 1]

    @property
    def within(self) -> str:
        """The path of the leaf from its scope, as phrasebooks write it: ``shipping_address/city``."""
        return "/".join(self.path[len(self.scope) :])


def scope_name(scope: Path) -> str:
    """A scope as phrasebooks name it: ``root``, or ``departments/teams`` for ``("departments", "*", "teams", "*")``."""
    return "/".join(key for key in scope if key != ITEM) or "root"


@cache
def fields_of(schema: Schema) -> dict[Path, Field]:
    """Every leaf of a schema by its path from the root, in the schema's order.

    Raises DataError naming the JSON pointer of what is not supported: a node of no type or of several, a keyword of
    `UNSUPPORTED`, a required property that is not described.
    """
    return dict(_walk(schema.body, (), True, schema.id))


# Keywords that records are not drawn by, or behind which leaves could hide.
UNSUPPORTED = (
    *("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "prefixItems"),
    *("contains", "patternProperties", "propertyNames", "unevaluatedProperties", "unevaluatedItems", "const"),
)


def _refuse(node: dict[str, Any], where: str) -> None:
    for keyword in UNSUPPORTED:
        if keyword in node:
            raise DataError(f"{where}: keyword {keyword!r} is not supported; write the type out without it")
    for name in node.get("required", ()):
        if name not in node.get("properties", {}):
            raise DataError(f"{where}: {name!r} is required, but not among its properties")


def _walk(node: Any, path: Path, required: bool, name: str) -> Iterator[tuple[Path, Field]]:
    where = f"schema {name!r} at {_pointer(path) or 'the root'}"
    kind = node.get("type") if isinstance(node, dict) else None
    if isinstance(node, dict):
        _refuse(node, where)
    if not isinstance(kind, str):
        raise DataError(
            f"{where}: found type {kind!r}, expected one of object, array, string, number, integer, boolean"
        )
    if kind == "object":
        must = node.get("required", ())
        for key, below in node.get("properties", {}).items():
            yield from _walk(below, (*path, key), required and key in must, name)
    elif kind == "array" and not _scalar(node.get("items")):
        yield from _walk(node.get("items"), (*path, ITEM), True, name)
    else:
        yield path, _field(node, path, required)


def _field(node: dict[str, Any], path: Path, required: bool) -> Field:
    many = node["type"] == "array"
    leaf = node["items"] if many else node
    key = _titled(field_label(path[-1]))
    names, words = names_of(node)
    labels = (key, *(_titled(name) for name in names))
    cues = dict.fromkeys(name.lower() for name in (key, path[-1], *names, *words))
    phrases = {value: tuple(texts) for value, texts in node.get("x-phrases", {}).items()}
    unit = node.get("x-unit", ())
    unit = unit if isinstance(unit, str) else tuple(unit)
    return Field(path, _kind(leaf), many, required, labels, tuple(cues), unit, phrases)


def names_of(node: dict[str, Any]) -> tuple[list[str], list[str]]:
    """``x-names`` of a node of a schema: its other names as labels, and the words that stand for it in sentences."""
    names = list(node.get("x-names", ()))
    cut = names.index("|") if "|" in names else len(names)
    return names[:cut], names[cut + 1 :]


def _kind(leaf: dict[str, Any]) -> Kind:
    if leaf["type"] in ("number", "integer"):
        return "number"
    if leaf["type"] == "boolean":
        return "boolean"
    if "enum" in leaf:
        return "enum"
    return leaf["format"] if leaf.get("format") in ("date", "date-time") else "text"


def _scalar(node: Any) -> bool:
    return isinstance(node, dict) and node.get("type") in ("string", "number", "integer", "boolean")


def _pointer(path: Path) -> str:
    """A path as a JSON pointer into the schema: ``/properties/items/items/properties/price``."""
    return "".join("/items" if key == ITEM else f"/properties{json_pointer(key)}" for key in path)


def _titled(name: str) -> str:
    """A name as forms print it: every word with an initial capital, acronyms in capitals."""
    return " ".join(ACRONYMS.get(word.lower(), word[:1].upper() + word[1:]) for word in name.split())
