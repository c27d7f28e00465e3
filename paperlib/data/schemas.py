"""JSON Schemas by name: ours, or those of any folder. A schema's tier is computed from its structure alone."""

import difflib
import json
import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import SchemaError, ValidationError
from jsonschema.protocols import Validator

from paperlib.core import paths
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import read_json, read_jsonl
from paperlib.core.strict_json import is_encodable
from paperlib.data.examples import Tier
from paperlib.data.leaves import json_pointer
from paperlib.data.schema_faults import faults
from paperlib.data.schema_forms import alternatives, referred
from paperlib.data.validation import build_validator, check_schema

MAX_DEPTH = 100  # brackets of a schema inside each other: more than people write, and few enough to recurse into
MAX_SHOWN = 3  # times that a prompt shows one object in full
LONGEST_ENUM = 100  # values of an enum that a prompt lists; of one with more it shows the type
LONGEST_DESCRIPTION = 100  # characters of a description that a prompt shows
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
    """Every ``*.json`` below ``folder``, sorted by id; any draft from 4 on, 2020-12 where none is named. In place of a
    folder, a ``.jsonl`` file with ``id`` and ``schema`` in every line.

    Raises PaperlibError naming the file that is not JSON, not a JSON Schema, or has another's name;
    and naming the folder where it holds none.
    """
    if Path(folder).suffix.lower() == ".jsonl":
        return _of_lines(Path(folder))
    files = sorted(Path(folder).rglob("*.json"), key=lambda path: (path.stem, path))
    found = Schemas()
    for path in files:
        if path.stem in found:
            raise DataError(f"{path}: a second schema named {path.stem!r}; ids are file names and must differ")
        found[path.stem] = load_schema(path)
    if not found:
        raise PaperlibError(f"{folder}: holds no *.json file, expected one JSON Schema a file")
    return found


def _of_lines(path: Path) -> Schemas:
    found = Schemas()
    for number, row in read_jsonl(path):
        where, id_ = f"{path}:{number}", row.get("id")
        if not isinstance(id_, str) or id_ in found:
            raise DataError(f"{where}: field 'id' is {id_!r}, expected a string that no other line has")
        found[id_] = schema_of(row.get("schema"), id_, f"{where}: schema")
    if not found:
        raise DataError(f"{path}: holds no schema, expected one a line")
    return found


def load_schema(path: Path) -> Schema:
    """The JSON Schema of one file, its name the schema's id.

    Raises DataError naming the file and what is wrong with it: no valid JSON Schema, a key that occurs twice, bounds
    that nothing meets, or a reference that leads nowhere, outside the file or to nothing but itself.
    """
    return schema_of(read_json(path, strict=True), path.stem, str(path))


def schema_of(body: Any, id_: str, where: str) -> Schema:
    """A parsed JSON Schema, to be called ``id_``, which came from ``where``. Raises DataError as load_schema does."""
    if not isinstance(body, dict):
        raise DataError(f"{where}: found {type(body).__name__}, expected a JSON Schema (an object)")
    if not is_encodable(body):
        raise DataError(f"{where}: has half of a surrogate pair (\\ud800 to \\udfff), which is no character")
    if (depth := _depth(body)) > MAX_DEPTH:
        raise DataError(f"{where}: has {depth} brackets inside each other, expected at most {MAX_DEPTH}")
    try:
        check_schema(body)
    except SchemaError as error:
        pointer = json_pointer(*error.absolute_path) or "its root"
        raise DataError(f"{where}: not a valid JSON Schema at {pointer}: {error.message}") from None
    if fault := next(faults(body), None):
        raise DataError(f"{where}: at {fault}")
    if not any({"type", "enum", "const"} & form.keys() for form in alternatives(body, body)):
        raise DataError(f"{where}: permits any JSON, so there is nothing to extract; describe the object or array")
    return Schema(id_, str(body.get("title") or field_label(id_)), tier_of(body), body)


def _depth(body: Any) -> int:
    """How many objects and arrays stand inside each other."""
    depth, level = 0, [body]
    while level := [one for one in level if isinstance(one, dict | list)]:
        depth += 1
        level = [child for one in level for child in (one.values() if isinstance(one, dict) else one)]
    return depth


def tier_of(body: dict[str, Any]) -> Tier:
    """Tier of a JSON Schema, from its structure: the levels of objects, the root counted, and the number of fields.

    - ``simple``: one level (scalars and lists of scalars) and at most 5 fields;
    - ``medium``: one level with more fields, or two levels;
    - ``complex``: three levels or more.

    An array is as deep as its items; of alternatives (anyOf, oneOf, allOf) the deepest counts.
    """
    levels = _levels(body, body, {})
    if levels > MEDIUM_LEVELS:
        return "complex"
    return "simple" if levels <= 1 and len(_properties(body, body)) <= SIMPLE_FIELDS else "medium"


def validator(schema: Schema) -> Validator:
    """The schema's validator (:mod:`paperlib.data.validation`), built once: ``is_valid(answer)`` decides."""
    return validator_of(schema.body)


def validator_of(body: dict[str, Any]) -> Validator:
    """The same of the body of a schema alone."""
    return _validator(json.dumps(body))


@lru_cache(maxsize=2048)
def _validator(body: str) -> Validator:
    return build_validator(json.loads(body))


def schema_violations(answer: Any, schema: Schema) -> list[str]:
    """What breaks the schema in an answer, none where it is valid: JSON pointers, each with what is wrong there."""
    return [violation(error) for error in validator(schema).iter_errors(answer)]


def violation(error: ValidationError) -> str:
    """The JSON pointer of what breaks a schema in an answer, and what is wrong there."""
    return f"{json_pointer(*error.absolute_path) or 'the root'}: {error.message}"


def field_label(key: str) -> str:
    """A key as people write it on a form: ``customer_name`` -> ``Customer Name``."""
    return " ".join(word[:1].upper() + word[1:] for word in re.split(r"[_\s]+", key) if word)


def schema_to_prompt(body: dict[str, Any], descriptions: bool = False) -> str:
    """A schema as a prompt shows it: names in order, types, ``?`` where a field may be left out, the values of enums
    of at most LONGEST_ENUM.

    With ``descriptions`` those of fields are shown, in brackets and cut to LONGEST_DESCRIPTION characters: for models
    that were trained with them. Others read the schema worse with them.

    >>> flag = {"enum": ["a"]}
    >>> schema_to_prompt({"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "on": flag}})
    '{id: string, on?: "a"}'
    """
    return _Prompt(body, descriptions).of(body, ())


class _Prompt:
    """Writes a schema as a prompt shows it. An object inside itself, or shown MAX_SHOWN times before, is only named."""

    def __init__(self, root: dict[str, Any], descriptions: bool):
        self._root, self._descriptions = root, descriptions
        self._shown: Counter[str] = Counter()

    def of(self, node: Any, within: tuple[dict[str, Any], ...]) -> str:
        """``node`` inside the forms ``within``."""
        shown: dict[str, None] = {}
        for form in alternatives(node, self._root):
            values = [form["const"]] if "const" in form else form.get("enum") or []
            listed = 0 < len(values) <= LONGEST_ENUM
            written = [json.dumps(v, ensure_ascii=False) for v in values] if listed else [self._form(form, within)]
            shown |= dict.fromkeys(written)
        return " | ".join(shown) or "any"

    def _form(self, form: dict[str, Any], within: tuple[dict[str, Any], ...]) -> str:
        kind, below = form.get("type", "any"), (*within, form)
        if kind == "array":
            items = form.get("items", True)
            parts = items if isinstance(items, list) else form.get("prefixItems") or [items]
            return (
                str(form.get("title", kind)) if form in within else f"[{', '.join(self.of(p, below) for p in parts)}]"
            )
        if kind != "object":
            return str(form.get("format", kind))
        fields, values = form.get("properties"), form.get("additionalProperties")
        if not isinstance(fields, dict) and not isinstance(values, dict):
            return str(kind)
        self._shown[written := json.dumps(form, sort_keys=True)] += 1
        if form in within or self._shown[written] > MAX_SHOWN:
            return str(form.get("title", kind))
        if not isinstance(fields, dict):
            return f"{{string: {self.of(values, below)}}}"
        must = form.get("required", ())
        shown = {key: self.of(node, below) + self._description(node) for key, node in fields.items()}
        return "{" + ", ".join(f"{key}{'' if key in must else '?'}: {kinds}" for key, kinds in shown.items()) + "}"

    def _description(self, node: Any) -> str:
        """The description of a field, its own or of what it refers to; without ``descriptions`` nothing."""
        found = [form["description"] for form in alternatives(node, self._root) if form.get("description")]
        words = str(found[0]).strip() if self._descriptions and found else ""
        return f" ({shortened(words, LONGEST_DESCRIPTION)})" if words else ""


def shortened(text: str, most: int) -> str:
    """A text on one line, cut to ``most`` characters: after a word, or in one where that would leave less than half."""
    line = " ".join(text.split())
    cut = textwrap.shorten(line, most, placeholder=" …")
    return cut if len(line) <= most or 2 * len(cut) >= most else f"{line[: most - 2]} …"


def _levels(node: Any, root: dict[str, Any], known: dict[int, int]) -> int:
    """Levels of objects in a schema node; one that is met again inside itself has more than any tier's.

    ``known`` are those of nodes that have been met, by id."""
    if not isinstance(node, dict):
        return 0
    if id(node) not in known:
        known[id(node)] = MEDIUM_LEVELS + 1  # while it is open
        below = max((_levels(child, root, known) for child in _children(node)), default=0)
        own = 1 if isinstance(node.get("properties"), dict) and node["properties"] else 0
        beside = max((_levels(child, root, known) for child in _beside(node, root)), default=0)
        known[id(node)] = max(own + below, beside)
    return known[id(node)]


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
    yield referred(node, root)
    for key in ("anyOf", "oneOf", "allOf"):
        yield from node.get(key) or ()


def _properties(node: Any, root: dict[str, Any]) -> dict[str, Any]:
    """The properties of a node, those behind references and alternatives included."""
    return {key: field for form in alternatives(node, root) for key, field in form.get("properties", {}).items()}
