"""The same text, asked for under another schema: fields renamed, left out, in another order, out of their object.

A model that is shown two dozen schemas learns them by heart and reads none. Here each example comes with a schema of
its own, drawn from its field's other names (``x-names``), so that only reading it tells what is asked for. The text
stays as it is: what a schema leaves out becomes something that the text says and nobody asks for.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from paperlib.dataset import Example
from paperlib.generate.fields import names_of
from paperlib.schemas import Schema, Schemas, tier_of
from paperlib.standard.build import schemas_of, standard
from paperlib.standard.splits import SIZES

Node = dict[str, Any]
Style = Callable[[list[str]], str]

# How keys are written, each as often as it stands here.
STYLES: tuple[Style, ...] = (
    *([lambda words: "_".join(words)] * 3),
    *([lambda words: words[0] + "".join(map(str.capitalize, words[1:]))] * 2),
    lambda words: "-".join(words),
    lambda words: " ".join(map(str.capitalize, words)),
)
RENAMED, LEFT_OUT, LIFTED, SHUFFLED = 0.6, 0.25, 0.3, 0.4  # shares of fields, fields, inner objects, objects


@dataclass(frozen=True)
class Part:
    """A property of the new schema, and where its value stood: keys from the object that it is a property of."""

    key: str
    source: tuple[str, ...]
    node: Node
    required: bool
    below: "tuple[Part, ...]"  # of an object, or of the items of an array


def recasts(n: int, start: int, seed: int) -> tuple[list[Example], Schemas]:
    """``n`` training examples, those that follow the first ``start`` of a release, each under a schema of its own drawn
    by ``seed``; and these schemas. As of any training part, none of the answers is one of a test's."""
    found = standard({**SIZES, "train": start + n})["train"][start:]
    schemas = schemas_of("train")
    made = [recast(example, schemas[example.schema_id], f"recast/{seed}/{example.id}") for example in found]
    return [example for example, _ in made], Schemas({schema.id: schema for _, schema in made})


def recast(example: Example, schema: Schema, seed: str) -> tuple[Example, Schema]:
    """The example under another schema, and that schema, whose id is ``<schema>~<example's id>``. Without spans: they
    point into the old answer. The same for the same arguments."""
    rng = random.Random(seed)
    found: Any = None
    while not found:  # what is left may be what this record lacks
        parts = _parts(schema.body, rng, rng.choice(STYLES))
        found = _moved(example.answer, parts)
    body = {"title": schema.title, **_node(parts)}
    new = Schema(f"{schema.id}~{example.id}", schema.title, tier_of(body), body)
    return replace(example, schema_id=new.id, tier=new.tier, answer=found, spans=()), new


def _parts(node: Node, rng: random.Random, style: Style) -> tuple[Part, ...]:
    kept = [part for part in _drawn(node, rng, style) if rng.random() >= LEFT_OUT]
    if rng.random() < SHUFFLED:
        rng.shuffle(kept)
    return tuple({part.key: part for part in kept}.values())


def _drawn(node: Node, rng: random.Random, style: Style) -> Iterator[Part]:
    """Every property of an object under a new key; in place of some inner objects, their properties."""
    for key, child in node["properties"].items():
        required = key in node.get("required", ())
        if child["type"] == "object" and rng.random() < LIFTED:
            for part in _parts(child, rng, style):
                longer = style([*_words(key), *_words(part.key)])
                name = part.key if rng.random() < 0.5 else longer
                yield replace(part, key=name, source=(key, *part.source), required=required and part.required)
        else:
            yield Part(style(_name(key, child, rng)), (key,), child, required, _below(child, rng, style))


def _below(node: Node, rng: random.Random, style: Style) -> tuple[Part, ...]:
    inner = node.get("items", node)
    while "properties" in inner:
        if parts := _parts(inner, rng, style):
            return parts
    return ()


def _name(key: str, node: Node, rng: random.Random) -> list[str]:
    """The words of the key, or of another name that forms give the field."""
    names, _ = names_of(node)
    chosen = rng.choice(names) if names and rng.random() < RENAMED else key
    return _words(chosen) or _words(key)


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())


def _node(parts: tuple[Part, ...]) -> Node:
    return {
        "type": "object",
        "properties": {part.key: _property(part) for part in parts},
        "required": [part.key for part in parts if _always(part)],
        "additionalProperties": False,
    }


def _always(part: Part) -> bool:
    """Whether every record has it: objects that nothing is left of are left out."""
    return part.required and (not part.below or any(map(_always, part.below)))


def _property(part: Part) -> Node:
    if not part.below:
        return {key: value for key, value in part.node.items() if not key.startswith("x-")}
    inner = _node(part.below)
    return {"type": "array", "items": inner} if part.node["type"] == "array" else inner


def _moved(record: Any, parts: tuple[Part, ...]) -> Any:
    """The record under the new schema; objects that nothing is left of are left out."""
    moved = {}
    for part in parts:
        value = record
        for key in part.source:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None and part.below:
            inner = [_moved(item, part.below) for item in (value if isinstance(value, list) else [value])]
            value = (inner if isinstance(value, list) else inner[0]) if all(inner) else None
        if value is not None:
            moved[part.key] = value
    return moved
