"""Parses ``Label: value`` texts by the JSON Schema of their record, with nothing learnt: the rule-based baseline.

Labels match property names whatever their case, spaces and punctuation; nesting is read from indentation, bullets and
headings; values take the type that the schema gives them (:mod:`paperlib.data.scalars`). ``$ref`` and alternatives are
not followed: what they describe is parsed as a free-form object. No number is computed: a total that the text leaves
out stays out.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from paperlib.data.output_parser import parse_first_json
from paperlib.data.scalars import name_key, parse_scalar, types_of

LEVELS = 50  # lines indented deeper than so many levels are read as siblings
BULLET = re.compile(r"(?:[-*•+]|[0-9]{1,3}[.)])\s+(?=\S)")
BOLD = re.compile(r"\*\*([^*:]+):?\*\*:?")
LABELLED = re.compile(r"([^:]{1,80}):(?:\s+(.*))?$")
Node = dict[str, Any]  # a JSON Schema, or a part of one


@dataclass
class Line:
    """One line of the text, with the lines indented below it."""

    raw: str  # without indentation and bullet
    indent: int  # characters; of a bulleted line, where its text begins
    bullet: bool
    after_gap: bool  # whether a blank line stands before it
    label: str = ""  # its name_key; "" where the line begins with no property's name
    name: str = ""  # the label as written
    value: str = ""  # what follows the label
    below: list["Line"] = field(default_factory=list)


def parse_label_lines(text: str, schema: Node) -> dict[str, Any]:
    """The record that ``schema`` (the JSON Schema of an object) describes, as far as ``text`` states it.

    What cannot be parsed as its type stays the string it is; of a field that stands twice the first counts. Never
    raises, whatever the text, and returns a value that JSON can write.
    """
    return _object(_tree(_lines(text, schema)), schema)


def _lines(text: str, schema: Node) -> list[Line]:
    """Lines that begin something; a line that continues the value of the one before is joined to it."""
    free = any(map(_is_free, _nodes(schema)))  # then any label may be a field
    fields, containers = None if free else field_names(schema), _containers(schema)
    found: list[Line] = []
    gap = True
    for raw in text.split("\n"):
        if not raw.strip():
            gap = True
            continue
        line = _line(raw, gap, fields, containers)
        if found and not gap and _continues(line, found[-1]):
            found[-1].raw += "\n" + line.raw
            found[-1].value += "\n" + line.raw
        else:
            found.append(line)
        gap = False
    return found


def field_names(schema: Node) -> set[str]:
    """The name keys of all fields that ``schema`` lists, at any depth."""
    return {name_key(name) for node in _nodes(schema) for name in _properties(node)}


def _containers(schema: Node) -> set[str]:
    """The name keys of the fields that hold others."""
    fields = (field for node in _nodes(schema) for field in _properties(node).items())
    return {name_key(name) for name, below in fields if _kind(below) in ("object", "array")}


def _nodes(node: Any) -> Iterator[Node]:
    if isinstance(node, dict):
        yield node
        for child in (*_properties(node).values(), node.get("items")):
            yield from _nodes(child)


def _line(raw: str, gap: bool, fields: set[str] | None, containers: set[str]) -> Line:
    body = raw.strip()
    bullet = BULLET.match(body)
    body = body[bullet.end() :] if bullet else body
    line = Line(body, len(raw.rstrip()) - len(body), bullet is not None, gap)
    match = LABELLED.match(BOLD.sub(r"\1:", body, count=1))
    if match and (label := name_key(match[1])) and (fields is None or label in fields):
        line.label, line.name, line.value = label, match[1].strip(), (match[2] or "").strip()
    elif name_key(body) in containers:  # a heading without a colon
        line.label, line.name = name_key(body), body
    return line


def _continues(line: Line, before: Line) -> bool:
    if line.label or line.bullet:
        return False
    return bool(before.value) or (not before.label and line.indent < before.indent)


def _tree(lines: Sequence[Line]) -> list[Line]:
    root = Line("", -1, False, False)
    open_lines = [root]
    for line in lines:
        while open_lines[-1].indent >= line.indent:
            open_lines.pop()
        open_lines[-1].below.append(line)
        if len(open_lines) < LEVELS:
            open_lines.append(line)
    return root.below


def _object(lines: Sequence[Line], node: Node) -> dict[str, Any]:
    properties = _properties(node)
    names = {name_key(name): name for name in properties}
    if _is_free(node):
        names = {line.label: re.sub(r"\W+", "_", line.name).strip("_").lower() for line in lines if line.label}
    found: dict[str, Any] = {}
    for place, line in enumerate(lines):
        name = names.get(line.label)
        if name and name not in found:
            below = line.below or _flat_section(lines, place, names)
            found[name] = _value(line.value, below, properties.get(name, {}))
    deeper = [child for line in lines if not line.label for child in line.below]  # below a title
    return found if found or not deeper else _object(deeper, node)


def _flat_section(lines: Sequence[Line], place: int, names: dict[str, str]) -> list[Line]:
    """The lines of a section that is not indented: up to the next field of the object that holds the section."""
    if lines[place].value:
        return []
    rest = (lines[after] for after in range(place + 1, len(lines)))
    return list(takewhile(lambda line: line.label not in names and _has_mark(line), rest))


def _has_mark(line: Line) -> bool:
    """Whether something ties the line to those before it."""
    return bool(line.label) or line.bullet or not line.after_gap


def _value(text: str, below: Sequence[Line], node: Any) -> Any:
    node = node if isinstance(node, dict) else {}
    kind = _kind(node)
    if kind is None and below:
        kind = "object" if any(line.label for line in below) else "array"
    if kind not in ("object", "array"):
        return parse_scalar(text, node)
    if text and not below:
        return _inline(text, node, kind)
    if kind == "object":
        return _object(below, node)
    items = node.get("items") if isinstance(node.get("items"), dict) else {}
    if _kind(items) == "object":
        return [_object(group, items) for group in _groups(below, items)]
    return [parse_scalar(line.raw, items) for line in below]


def _inline(text: str, node: Node, kind: str) -> Any:
    """An object or array on its label's own line: as JSON, else a list divided by commas or semicolons."""
    if text[0] in "{[":
        try:
            value = parse_first_json(text)
            if isinstance(value, dict if kind == "object" else list):
                return value
        except ValueError:
            pass
    return {} if kind == "object" else [parse_scalar(part, node.get("items")) for part in re.split(r"\s*[,;]\s*", text)]


def _groups(lines: Sequence[Line], items: Node) -> list[list[Line]]:
    """The lines of an array's objects, object by object: begun by bullets, else by a field that cannot follow.

    Without bullets an object begins where its first field comes again, if every object must have that field; else at
    each field that the schema names no later than the field before.
    """
    order = {name_key(name): place for place, name in enumerate(_properties(items))}
    required = {name_key(name) for name in items.get("required", ()) if isinstance(name, str)}
    bullets = any(line.bullet for line in lines)
    groups: list[list[Line]] = []
    last = math.inf
    for line in lines:
        place = order.get(line.label, last)
        if bullets:
            begins = line.bullet
        elif groups and groups[0][0].label in required:
            begins = line.label == groups[0][0].label
        else:
            begins = place <= last and line.label in order
        if begins or not groups:
            groups.append([])
        groups[-1].append(line)
        last = place
    return groups


def _properties(node: Any) -> dict[str, Any]:
    return dict(node.get("properties") or {}) if isinstance(node, dict) else {}


def _kind(node: Any) -> str | None:
    """The type of a node, null apart; None where it names none."""
    return next((kind for kind in types_of(node) if kind != "null"), None) if isinstance(node, dict) else None


def _is_free(node: Node) -> bool:
    """Whether an object's fields are not listed."""
    return _kind(node) in ("object", None) and "enum" not in node and not _properties(node)
