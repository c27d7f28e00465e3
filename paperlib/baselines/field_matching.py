"""Matches labels and values to the fields of a schema: by name, by the words of descriptions, by the form of values.

Nothing is known but the schema: no list of what people call a field, only the usual abbreviations of English.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from paperlib.baselines.value_formats import Node, fits, list_parts, parse_value
from paperlib.data.scalars import name_key, types_of

EXACT_NAME = 10.0  # the score of a field's own name
MIN_SCORE = 0.5  # where a value need not be some field
ABBREVIATIONS = {
    "no": "number", "nr": "number", "num": "number", "id": "number", "identifier": "number", "ref": "number",
    "code": "number", "qty": "quantity", "amt": "amount", "addr": "address", "tel": "phone", "telephone": "phone",
    "temp": "temperature", "lat": "latitude", "lon": "longitude", "lng": "longitude", "desc": "description",
    "dept": "department", "mail": "email", "msg": "message", "min": "minute", "birthday": "birth", "day": "date",
    "time": "timestamp", "stamp": "timestamp", "when": "timestamp", "mobile": "phone",
}  # fmt: skip
FUNCTION_WORDS = """the a an of in on at to for from by with and or is was are it its this that as be has have s one
what which how who whom whose where does do did"""
STOP_WORDS = frozenset(FUNCTION_WORDS.split())
UNLIKE_TEXT = re.compile(r"\S+@\S+|[+-]?[$€£]?[\d.,]+|(?:19|20)\d\d[-/]\d\d[-/]\d\d.*")  # what a free string seldom is


@dataclass(frozen=True)
class Pair:
    """A label, or the words around a value, and the value; ``span`` is its place in a text of sentences."""

    label: str
    value: str
    span: tuple[int, int] = (0, 0)
    sure: bool = False  # whether it must be one of the fields


@dataclass(frozen=True)
class SchemaLeaf:
    """A field that holds a scalar or a list of them."""

    path: tuple[str, ...]
    node: Node
    above: str = ""  # description of the object that holds it

    @property
    def names(self) -> set[str]:
        return {name_key(self.path[-1]), name_key(" ".join(self.path))}


def properties(node: Any) -> dict[str, Node]:
    """The named fields of the JSON Schema ``node``, none where it names none."""
    found = node.get("properties") if isinstance(node, dict) else None
    return {name: child for name, child in (found or {}).items() if isinstance(child, dict)}


def holds_fields(node: Node) -> bool:
    """Whether a node is an object with named fields, or an array of such."""
    items = node.get("items")
    return bool(properties(node) or (isinstance(items, dict) and properties(items)))


def schema_leaves(node: Node, deep: bool, path: tuple[str, ...] = ()) -> Iterator[SchemaLeaf]:
    """The leaves of the schema of an object; with ``deep`` those of the objects in it too, not of arrays of objects."""
    for name, child in properties(node).items():
        if not holds_fields(child):
            yield SchemaLeaf((*path, name), child, str(node.get("description", "")) if path else "")
        elif deep and properties(child):
            yield from schema_leaves(child, deep, (*path, name))


def stems(text: str) -> set[str]:
    """The words of a text or name that mean something, without common endings, abbreviations written out."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text).lower().replace("e-mail", "email").replace("'s", "")
    words = (ABBREVIATIONS.get(word, word) for word in re.findall(r"[^\W\d_]+", text) if word not in STOP_WORDS)
    return {re.sub(r"(?:ing|ed|es|s|e|er|y)$", "", word) if len(word) > 4 else word for word in words}


VALUE_PATTERNS = {  # words of a field's name or description, and the form that its value then has
    "code": (stems("number sku version username"), re.compile(r"(?=\S*\d)[\w.@+-]+")),
    "phone": (stems("phone"), re.compile(r"[+(]?\d[\d\s().+-]{6,}")),
    "name": (stems("name city state town firm person"), re.compile(r"[A-Z][\w.'’&-]*(?:\s[A-Z][\w.'’&-]*)*\s?")),
    "street": (stems("street"), re.compile(r"\d+ [A-Z].*")),
    "currency": (stems("currency"), re.compile(r"[A-Z]{3}")),
    "zone": (stems("zone timezone"), re.compile(r"[A-Z]\w+/[\w/]+")),
    "locale": (stems("language locale"), re.compile(r"[a-z]{2}-[A-Z]{2}")),
    "file": (stems("filename"), re.compile(r"\S+\.\w{2,4}")),
    "media": (stems("media"), re.compile(r"\w+/[\w.+-]+")),
    "sentence": (stems("message sentence text full notes instruction"), re.compile(r"\S+( \S+){3,}")),
}


def match_score(label: str, value: str, leaf: SchemaLeaf) -> float:
    """How well a label and a value suit a field: EXACT_NAME at most, below zero where they cannot be that field."""
    exact = name_key(label) in leaf.names
    if not fits(value, leaf.node):
        return EXACT_NAME / 2 if exact else -1.0
    return EXACT_NAME if exact else _name_score(label, leaf) + _value_score(value, leaf)


def _name_score(label: str, leaf: SchemaLeaf) -> float:
    words, name = stems(label), stems(" ".join(leaf.path[-2:]))
    about = stems(str(leaf.node.get("description", "")) + " " + leaf.above) - name
    last = stems(leaf.path[-1])
    shared = len(words & last) * 2 / len(last | (words if len(words) < 5 else last)) if last else 0.0
    return shared + 0.3 * len(words & (name - last)) + 0.8 * min(2, len(words & about)) / 2 + bool(shared) * 0.2


def _value_score(value: str, leaf: SchemaLeaf) -> float:
    kinds, node = types_of(leaf.node), leaf.node
    if "enum" in node:
        return 1.2 if name_key(str(parse_value(value, node))) == name_key(value) else 0.3
    if "format" in node or "boolean" in kinds:
        return 0.9
    if "array" in kinds:
        return 0.6 if len(list_parts(value)) > 1 else 0.0
    if "integer" in kinds or "number" in kinds:
        return 0.5 if re.search(r"\d", value) else 0.3
    about = str(node.get("description", ""))
    wanted = stems(leaf.path[-1] + " " + about) | (stems("name") if about.lower().startswith("who") else set())
    if any(wanted & names and form.fullmatch(value) for names, form in VALUE_PATTERNS.values()):
        return 0.6
    return 0.5 if value[:1] in '"“' else -0.4 if UNLIKE_TEXT.fullmatch(value) else 0.0


def assign_fields(
    pairs: Sequence[Pair], node: Node, deep: bool = False, min_score: float | None = None
) -> dict[str, Any]:
    """The fields that ``pairs`` give, as an object in the order of the schema ``node``.

    Pairs are matched greedily by their score (:func:`match_score`), each pair and each field once. A pair that is not
    sure needs a score of ``min_score``; without one, every pair is taken to be some field, so that what is left over
    goes to what it can.
    """
    ranked = [
        (match_score(pair.label, pair.value, leaf), place, pair, leaf)
        for place, pair in enumerate(pairs)
        for leaf in schema_leaves(node, deep)
    ]
    found: dict[str, Any] = {}
    used: list[Pair] = []
    given: set[tuple[str, ...]] = set()
    for score, _, pair, leaf in sorted(ranked, key=lambda row: (-row[0], row[1])):
        if score < (0 if min_score is None or pair.sure else min_score) or leaf.path in given or _taken(pair, used):
            continue
        given.add(leaf.path)
        used.append(pair)
        put(found, leaf.path, parse_value(pair.value, leaf.node))
    return _in_order(found, node)


def _taken(pair: Pair, used: Sequence[Pair]) -> bool:
    return any(pair is one or (pair.span[0] < one.span[1] and one.span[0] < pair.span[1]) for one in used)


def put(record: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Sets the value at a path of keys, objects on the way made where they are missing."""
    for name in path[:-1]:
        record = record.setdefault(name, {})
    record[path[-1]] = value


def _in_order(record: dict[str, Any], node: Node) -> dict[str, Any]:
    return {name: record[name] for name in properties(node) if name in record}
