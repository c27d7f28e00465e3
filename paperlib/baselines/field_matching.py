"""Which field of a schema a label means: by its name, by the words of its description, and by the look of its value.

It knows the schema alone: no list of what people call a field, only the usual abbreviations of English.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from paperlib.baselines.value_formats import Node, fits, parts, read_value
from paperlib.data.scalars import kinds_of, squash

EXACT, LEAST = 10.0, 0.5  # the score of a field's own name; the least score that counts where there is a choice
ABBREVIATIONS = {
    "no": "number", "nr": "number", "num": "number", "id": "number", "identifier": "number", "ref": "number",
    "code": "number", "qty": "quantity", "amt": "amount", "addr": "address", "tel": "phone", "telephone": "phone",
    "temp": "temperature", "lat": "latitude", "lon": "longitude", "lng": "longitude", "desc": "description",
    "dept": "department", "mail": "email", "msg": "message", "min": "minute", "birthday": "birth", "day": "date",
    "time": "timestamp", "stamp": "timestamp", "when": "timestamp", "mobile": "phone",
}  # fmt: skip
EMPTY = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "from",
        "by",
        "with",
        "and",
        "or",
        "is",
        "was",
        "are",
        "it",
        "its",
        "this",
        "that",
        "as",
        "be",
        "has",
        "have",
        "s",
        "one",
        "what",
        "which",
        "how",
        "who",
        "whom",
        "whose",
        "where",
        "does",
        "do",
        "did",
    ]
)
STRICT = re.compile(r"\S+@\S+|[+-]?[$€£]?[\d.,]+|(?:19|20)\d\d[-/]\d\d[-/]\d\d.*")  # what a free string seldom is


@dataclass(frozen=True)
class Pair:
    """A label, or what stands around a value, and the value; ``span`` is its place in a running text."""

    label: str
    value: str
    span: tuple[int, int] = (0, 0)
    sure: bool = False  # whether it must be some field


@dataclass(frozen=True)
class Leaf:
    """A field that holds a scalar or a list of them."""

    path: tuple[str, ...]
    node: Node
    above: str = ""  # description of the object that holds it

    @property
    def names(self) -> set[str]:
        return {squash(self.path[-1]), squash(" ".join(self.path))}


def properties(node: Any) -> dict[str, Node]:
    found = node.get("properties") if isinstance(node, dict) else None
    return {name: child for name, child in (found or {}).items() if isinstance(child, dict)}


def holds_fields(node: Node) -> bool:
    """Whether a node is an object with named fields, or an array of such."""
    items = node.get("items")
    return bool(properties(node) or (isinstance(items, dict) and properties(items)))


def leaves(node: Node, deep: bool, path: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """The leaves of an object; with ``deep`` those of the objects in it too, not of arrays of objects."""
    for name, child in properties(node).items():
        if not holds_fields(child):
            yield Leaf((*path, name), child, str(node.get("description", "")) if path else "")
        elif deep and properties(child):
            yield from leaves(child, deep, (*path, name))


def stems(text: str) -> set[str]:
    """The words of a text or name that mean something, without common endings, abbreviations written out."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text).lower().replace("e-mail", "email").replace("'s", "")
    words = (ABBREVIATIONS.get(word, word) for word in re.findall(r"[^\W\d_]+", text) if word not in EMPTY)
    return {re.sub(r"(?:ing|ed|es|s|e|er|y)$", "", word) if len(word) > 4 else word for word in words}


LOOKS = {  # words of a field's name or description, and the look its value then has
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


def likeness(label: str, value: str, leaf: Leaf) -> float:
    """How well a label and a value suit a field; below zero where they cannot."""
    exact = squash(label) in leaf.names
    if not fits(value, leaf.node):
        return EXACT / 2 if exact else -1.0
    return EXACT if exact else _overlap(label, leaf) + _look(value, leaf)


def _overlap(label: str, leaf: Leaf) -> float:
    words, name = stems(label), stems(" ".join(leaf.path[-2:]))
    about = stems(str(leaf.node.get("description", "")) + " " + leaf.above) - name
    last = stems(leaf.path[-1])
    shared = len(words & last) * 2 / len(last | (words if len(words) < 5 else last)) if last else 0.0
    return shared + 0.3 * len(words & (name - last)) + 0.8 * min(2, len(words & about)) / 2 + bool(shared) * 0.2


def _look(value: str, leaf: Leaf) -> float:
    kinds, node = kinds_of(leaf.node), leaf.node
    if "enum" in node:
        return 1.2 if squash(str(read_value(value, node))) == squash(value) else 0.3
    if "format" in node or "boolean" in kinds:
        return 0.9
    if "array" in kinds:
        return 0.6 if len(parts(value)) > 1 else 0.0
    if "integer" in kinds or "number" in kinds:
        return 0.5 if re.search(r"\d", value) else 0.3
    about = str(node.get("description", ""))
    wanted = stems(leaf.path[-1] + " " + about) | (stems("name") if about.lower().startswith("who") else set())
    if any(wanted & names and look.fullmatch(value) for names, look in LOOKS.values()):
        return 0.6
    return 0.5 if value[:1] in '"“' else -0.4 if STRICT.fullmatch(value) else 0.0


def assign(pairs: Sequence[Pair], node: Node, deep: bool = False, least: float | None = None) -> dict[str, Any]:
    """The fields that ``pairs`` give, the best pair first, each pair and each field once.

    Without ``least`` every pair is taken to be some field, so that what is left over goes to what it can.
    """
    ranked = [
        (likeness(pair.label, pair.value, leaf), place, pair, leaf)
        for place, pair in enumerate(pairs)
        for leaf in leaves(node, deep)
    ]
    found: dict[str, Any] = {}
    used: list[Pair] = []
    given: set[tuple[str, ...]] = set()
    for score, _, pair, leaf in sorted(ranked, key=lambda row: (-row[0], row[1])):
        if score < (0 if least is None or pair.sure else least) or leaf.path in given or _taken(pair, used):
            continue
        given.add(leaf.path)
        used.append(pair)
        put(found, leaf.path, read_value(pair.value, leaf.node))
    return _in_order(found, node)


def _taken(pair: Pair, used: Sequence[Pair]) -> bool:
    return any(pair is one or (pair.span[0] < one.span[1] and one.span[0] < pair.span[1]) for one in used)


def put(record: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for name in path[:-1]:
        record = record.setdefault(name, {})
    record[path[-1]] = value


def _in_order(record: dict[str, Any], node: Node) -> dict[str, Any]:
    return {name: record[name] for name in properties(node) if name in record}
