"""JSON Schemas by name: ours, or those of any folder. A schema's tier is computed from its structure alone."""

import datetime
import difflib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from paperlib import paths
from paperlib.dataset import Tier, pointer
from paperlib.errors import DataError, PaperlibError
from paperlib.files import read_json

SIMPLE_FIELDS = 5  # a flat object of at most so many fields is simple
MEDIUM_LEVELS = 2  # objects inside objects, the root counted


@dataclass(frozen=True)
class Schema:
    """One JSON Schema. ``id`` is its file's stem; ``body`` is the schema itself."""

    id: str
    title: str
    tier: Tier
    body: dict[str, Any] = field(hash=False)


class Schemas(dict[str, Schema]):
    """Schemas by id. Asking for an unknown id raises PaperlibError that names the nearest ones."""

    def __missing__(self, schema_id: str) -> Schema:
        near = difflib.get_close_matches(schema_id, self, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(sorted(self))}"
        raise PaperlibError(f"there is no schema {schema_id!r}; {hint}")


def load_schemas(folder: Path = paths.SCHEMAS) -> Schemas:
    """Every ``*.json`` below ``folder``, sorted by id; any draft from 4 on, 2020-12 where none is named.

    Raises PaperlibError naming the file that is not JSON, not a JSON Schema of an object, or has another's name;
    and naming the folder where it holds none.
    """
    files = sorted(Path(folder).rglob("*.json"), key=lambda path: (path.stem, path))
    found = Schemas()
    for path in files:
        if path.stem in found:
            raise DataError(f"{path}: a second schema named {path.stem!r}; ids are file names and must differ")
        found[path.stem] = load_schema(path)
    if not found:
        raise PaperlibError(f"{folder}: holds no *.json file, expected one JSON Schema a file")
    return found


def load_schema(path: Path) -> Schema:
    """One file. Raises DataError naming it and what is wrong with it."""
    body = read_json(path)
    if not isinstance(body, dict):
        raise DataError(f"{path}: found {type(body).__name__}, expected a JSON Schema (an object)")
    try:
        _compiled(body)
    except jsonschema_rs.ValidationError as error:
        where = pointer(*error.instance_path) or "its root"
        raise DataError(f"{path}: not a valid JSON Schema at {where}: {error.message}") from None
    if not _properties(body, body):
        raise DataError(f"{path}: describes no object with properties, so there is nothing to extract")
    return Schema(path.stem, str(body.get("title") or label(path.stem)), tier_of(body), body)


def tier_of(body: dict[str, Any]) -> Tier:
    """Tier of a JSON Schema, from its structure: the levels of objects, the root counted, and the number of fields.

    - ``simple``: one level (scalars and lists of scalars) and at most 5 fields;
    - ``medium``: one level with more fields, or two levels;
    - ``complex``: three levels or more (or a schema that contains itself).

    An array is as deep as its items; of alternatives (anyOf, oneOf, allOf) the deepest counts.
    """
    levels = _levels(body, body, ())
    if levels > MEDIUM_LEVELS:
        return "complex"
    return "simple" if levels <= 1 and len(_properties(body, body)) <= SIMPLE_FIELDS else "medium"


@cache
def validator(schema: Schema) -> jsonschema_rs.Validator:
    """The schema's validator, formats checked; built once."""
    return _compiled(schema.body)


def _compiled(body: dict[str, Any]) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(body, validate_formats=True, formats=FORMATS, retriever=_outside)


def _outside(reference: str) -> Any:
    raise ValueError(f"{reference} lies outside the schema's file, and nothing is fetched")


def breaches(answer: Any, schema: Schema) -> list[str]:
    """What an answer breaks of its schema: the place in the answer as a JSON pointer, and what is wrong there."""
    return [f"{pointer(*e.instance_path) or 'the root'}: {e.message}" for e in validator(schema).iter_errors(answer)]


def label(key: str) -> str:
    """A key as people write it on a form: ``customer_name`` -> ``Customer Name``."""
    return " ".join(word[:1].upper() + word[1:] for word in re.split(r"[_\s]+", key) if word)


def compact(body: dict[str, Any]) -> str:
    """A schema as a prompt shows it: names in order, types, ``?`` where a field may be left out, the values of enums.

    >>> compact({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "on": {"enum": ["a"]}}})
    '{id: string, on?: "a"}'
    """
    return _compact(body, body, ())


def _compact(node: Any, root: dict[str, Any], above: tuple[str, ...]) -> str:
    if not isinstance(node, dict):
        return "any"
    reference = node.get("$ref")
    if isinstance(reference, str):
        return "any" if reference in above else _compact(_resolve(reference, root), root, (*above, reference))
    if "enum" in node:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in node["enum"])
    if isinstance(fields := node.get("properties"), dict):
        must = node.get("required", ())
        shown = (f"{key}{'' if key in must else '?'}: {_compact(fields[key], root, above)}" for key in fields)
        return "{" + ", ".join(shown) + "}"
    kind = node.get("type", "any")
    if kind == "array":
        return f"[{_compact(node.get('items'), root, above)}]"
    return str(node.get("format", kind) if isinstance(kind, str) else " | ".join(kind))


def _is_datetime(value: str) -> bool:
    """ISO 8601 date and time. Unlike RFC 3339 it may lack the offset: records in practice, the published ones
    too, leave it out."""
    try:
        datetime.datetime.fromisoformat(value)
    except ValueError:
        return False
    return re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", value) is not None


# Laxer than the validator's own: an address may hold any letter. The other formats are the validator's.
FORMATS: dict[str, Callable[[str], bool]] = {"date-time": _is_datetime, "email": lambda value: "@" in value}


def _levels(node: Any, root: dict[str, Any], above: tuple[str, ...]) -> int:
    """Levels of objects in a schema node; a reference to one of the nodes ``above`` counts as endless."""
    if not isinstance(node, dict):
        return 0
    if isinstance(reference := node.get("$ref"), str):
        if reference in above:
            return MEDIUM_LEVELS + 1
        return _levels(_resolve(reference, root), root, (*above, reference))
    below = max((_levels(child, root, above) for child in _children(node)), default=0)
    own = 1 if isinstance(node.get("properties"), dict) and node["properties"] else 0
    beside = max((_levels(child, root, above) for child in _alternatives(node)), default=0)
    return max(own + below, beside)


def _children(node: dict[str, Any]) -> Iterator[Any]:
    """Schemas of what a value of this node holds."""
    for key in ("properties", "patternProperties"):
        yield from (node.get(key) or {}).values()
    items = node.get("items")
    yield from items if isinstance(items, list) else [items]
    yield from node.get("prefixItems") or ()
    yield node.get("additionalProperties")


def _alternatives(node: dict[str, Any]) -> Iterator[Any]:
    for key in ("anyOf", "oneOf", "allOf"):
        yield from node.get(key) or ()


def _properties(node: Any, root: dict[str, Any], above: tuple[str, ...] = ()) -> dict[str, Any]:
    """The properties of a node, those behind references and alternatives included."""
    if not isinstance(node, dict):
        return {}
    found = dict(node.get("properties") or {})
    reference = node.get("$ref")
    if isinstance(reference, str) and reference not in above:
        found |= _properties(_resolve(reference, root), root, (*above, reference))
    for child in _alternatives(node):
        found |= _properties(child, root, above)
    return found


def _resolve(reference: str, root: dict[str, Any]) -> Any:
    """A reference inside the same file (``#/$defs/address``); anything else, or a dangling one, is nothing."""
    node: Any = root
    for part in reference.removeprefix("#").strip("/").split("/") if reference != "#" else ():
        name = part.replace("~1", "/").replace("~0", "~")
        node = node.get(name) if isinstance(node, dict) else None
    return node if reference.startswith("#") else None
