"""JSON Schemas by name: ours, or those of any folder. A schema's tier is computed from its structure alone."""

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import SchemaError
from jsonschema.protocols import Validator

from paperlib.core import paths
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import read_json
from paperlib.data.examples import Tier
from paperlib.data.leaves import json_pointer
from paperlib.data.validation import build_validator, check_schema

SIMPLE_FIELDS = 5  # a flat object of at most so many fields is simple
MEDIUM_LEVELS = 2  # objects inside objects, the root counted


@dataclass(frozen=True)
class Schema:
    """One JSON Schema. ``id`` is its file's name without ``.json``; ``body`` is the schema itself."""

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
    """The JSON Schema of one file, its name the schema's id.

    Raises DataError naming the file and what is wrong with it: no valid JSON Schema of an object, bounds that nothing
    meets, or a reference that leads nowhere, outside the file or back to itself, so that following references ends.
    """
    return schema_of(read_json(path), path.stem, str(path))


def schema_of(body: Any, id_: str, where: str) -> Schema:
    """A parsed JSON Schema, to be called ``id_``, which came from ``where``. Raises DataError as load_schema does."""
    if not isinstance(body, dict):
        raise DataError(f"{where}: found {type(body).__name__}, expected a JSON Schema (an object)")
    try:
        check_schema(body)
    except SchemaError as error:
        pointer = json_pointer(*error.absolute_path) or "its root"
        raise DataError(f"{where}: not a valid JSON Schema at {pointer}: {error.message}") from None
    if fault := next(_faults(body), None):
        raise DataError(f"{where}: at {fault}")
    if not _properties(body, body):
        raise DataError(f"{where}: describes no object with properties, so there is nothing to extract")
    return Schema(id_, str(body.get("title") or field_label(id_)), tier_of(body), body)


def tier_of(body: dict[str, Any]) -> Tier:
    """Tier of a JSON Schema, from its structure: the levels of objects, the root counted, and the number of fields.

    - ``simple``: one level (scalars and lists of scalars) and at most 5 fields;
    - ``medium``: one level with more fields, or two levels;
    - ``complex``: three levels or more.

    An array is as deep as its items; of alternatives (anyOf, oneOf, allOf) the deepest counts.
    """
    levels = _levels(body, body)
    if levels > MEDIUM_LEVELS:
        return "complex"
    return "simple" if levels <= 1 and len(_properties(body, body)) <= SIMPLE_FIELDS else "medium"


@cache
def validator(schema: Schema) -> Validator:
    """The schema's validator (:mod:`paperlib.data.validation`), built once: ``is_valid(answer)`` decides."""
    return build_validator(schema.body)


def schema_violations(answer: Any, schema: Schema) -> list[str]:
    """What breaks the schema in an answer, none where it is valid: JSON pointers, each with what is wrong there."""
    errors = validator(schema).iter_errors(answer)
    return [f"{json_pointer(*error.absolute_path) or 'the root'}: {error.message}" for error in errors]


def field_label(key: str) -> str:
    """A key as people write it on a form: ``customer_name`` -> ``Customer Name``."""
    return " ".join(word[:1].upper() + word[1:] for word in re.split(r"[_\s]+", key) if word)


def schema_to_prompt(body: dict[str, Any]) -> str:
    """A schema as a prompt shows it: names in order, types, ``?`` where a field may be left out, the values of enums.

    >>> flag = {"enum": ["a"]}
    >>> schema_to_prompt({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "on": flag}})
    '{id: string, on?: "a"}'
    """
    return _in_prompt(body, body)


def _in_prompt(node: Any, root: dict[str, Any]) -> str:
    if not isinstance(node, dict):
        return "any"
    if "$ref" in node:
        return _in_prompt(_referred(node, root), root)
    if "enum" in node:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in node["enum"])
    if isinstance(fields := node.get("properties"), dict):
        must = node.get("required", ())
        shown = (f"{key}{'' if key in must else '?'}: {_in_prompt(fields[key], root)}" for key in fields)
        return "{" + ", ".join(shown) + "}"
    kind = node.get("type", "any")
    if kind == "array":
        return f"[{_in_prompt(node.get('items'), root)}]"
    return str(node.get("format", kind) if isinstance(kind, str) else " | ".join(kind))


def _levels(node: Any, root: dict[str, Any]) -> int:
    """Levels of objects in a schema node."""
    if not isinstance(node, dict):
        return 0
    below = max((_levels(child, root) for child in _children(node)), default=0)
    own = 1 if isinstance(node.get("properties"), dict) and node["properties"] else 0
    beside = max((_levels(child, root) for child in _beside(node, root)), default=0)
    return max(own + below, beside)


def _children(node: dict[str, Any]) -> Iterator[Any]:
    """Schemas of what a value of this node holds."""
    for key in ("properties", "patternProperties"):
        yield from (node.get(key) or {}).values()
    items = node.get("items")
    yield from items if isinstance(items, list) else [items]
    yield from node.get("prefixItems") or ()
    yield node.get("additionalProperties")


def _beside(node: dict[str, Any], root: dict[str, Any]) -> Iterator[Any]:
    """Schemas that a value of this node follows too, or may."""
    yield _referred(node, root)
    for key in ("anyOf", "oneOf", "allOf"):
        yield from node.get(key) or ()


def _properties(node: Any, root: dict[str, Any]) -> dict[str, Any]:
    """The properties of a node, those behind references and alternatives included."""
    if not isinstance(node, dict):
        return {}
    found = dict(node.get("properties") or {})
    for child in _beside(node, root):
        found |= _properties(child, root)
    return found


def _referred(node: dict[str, Any], root: dict[str, Any]) -> Any:
    """What the node's reference names inside the same file (``#/$defs/address``); nothing where it has none."""
    reference = node.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/") if reference != "#" else ():
        name = part.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, dict) else None
    return found


# Keywords whose values hold each other in; nothing can be both where the first is the greater.
BOUNDS = (
    *(("minimum", "maximum"), ("minimum", "exclusiveMaximum")),
    *(("exclusiveMinimum", "maximum"), ("exclusiveMinimum", "exclusiveMaximum")),
    *(("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties")),
)
NAMED = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")  # hold schemas by name
DATA = ("enum", "const", "default", "examples")  # hold values, not schemas


def _faults(root: dict[str, Any]) -> Iterator[str]:
    """Where a valid JSON Schema asks for what cannot be: its JSON pointer, and what is wrong there."""
    for place, node in _nodes(root):
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
            yield f"{where}: $ref {node['$ref']!r} leads back to itself; write out as many levels as records have"


def _nodes(node: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema inside a schema, itself too, and its JSON pointer there."""
    if not isinstance(node, dict):
        return
    yield where, node
    for key, held in node.items():
        if isinstance(held, dict) and key not in (*NAMED, *DATA):
            yield from _nodes(held, where + json_pointer(key))
        elif isinstance(held, dict | list) and key not in DATA:
            for name, child in held.items() if isinstance(held, dict) else enumerate(held):
                yield from _nodes(child, where + json_pointer(key, name))


def _reaches(node: Any, goal: dict[str, Any], root: dict[str, Any], seen: set[int]) -> bool:
    """Whether ``goal`` lies below ``node`` or beside it, references followed."""
    if not isinstance(node, dict) or id(node) in seen:
        return False
    seen.add(id(node))
    near = (*_children(node), *_beside(node, root))
    return any(child is goal or _reaches(child, goal, root, seen) for child in near)
