"""The same text, asked for under another schema: fields renamed, left out, in another order, out of their object.

A model that is shown two dozen schemas learns them by heart and reads none. Here each example comes with a schema of
its own, drawn from its field's other names (``x-names``), so that only reading it tells what is asked for. What a
schema leaves out becomes something that the text says and nobody asks for; what it borrows from another record's is
asked for in vain. Some records are told in lines, some by a part of their text (:mod:`paperlib.training.augmentation.rerendering`).
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from paperlib.benchmark.fields import names_of
from paperlib.benchmark.standard.build import schemas_of, standard
from paperlib.benchmark.standard.split_sizes import SIZES
from paperlib.data.examples import Example
from paperlib.data.schemas import Schema, Schemas, tier_of
from paperlib.training.augmentation.rerendering import in_lines, part_of, words_of
from paperlib.training.augmentation.synthetic_schemas import invented

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
BORROWING, BORROWED = 0.35, 6  # share of schemas with fields of another record's, how many at most
FREE = 0.6  # share of those told in lines that require nothing
WAYS = {"whole": 50, "lines": 36, "part": 9, "beside": 5}  # how a text is to its schema, each as often as it says


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
    return _apart(recast(example, schemas, f"recast/{seed}/{example.id}") for example in found)


def inventions(n: int, seed: int) -> tuple[list[Example], Schemas]:
    """``n`` training examples of record types that do not exist, recast too; and their schemas."""
    known, made = schemas_of("train"), invented(n, seed)
    return _apart(recast(e, Schemas({**known, schema.id: schema}), f"recast/{seed}/{e.id}") for e, schema in made)


def _apart(made: Iterable[tuple[Example, Schema]]) -> tuple[list[Example], Schemas]:
    pairs = list(made)
    return [example for example, _ in pairs], Schemas({schema.id: schema for _, schema in pairs})


def recast(example: Example, schemas: Schemas, seed: str) -> tuple[Example, Schema]:
    """The example under another schema, and that schema, whose id is ``<schema>~<example's id>``. Without spans: they
    point into the old answer. The same for the same arguments."""
    rng = random.Random(seed)
    way = rng.choices(list(WAYS), list(WAYS.values()))[0]
    schema, partial = schemas[example.schema_id], way in ("part", "beside")
    example = part_of(example, rng) if partial else example
    parts: tuple[Part, ...] = ()
    found: Node = {}
    while not parts or not (found or partial):  # what a schema keeps may be what this record lacks
        style = rng.choice(STYLES)
        own = () if way == "beside" else _parts(schema.body, rng, style)
        lent = _borrowed(schema, schemas, rng, style) if way == "beside" or rng.random() < BORROWING else ()
        parts = _among(own, lent, rng)
        found = _moved(example.answer, own)
    free = partial or (way == "lines" and rng.random() < FREE)
    body = {"title": schema.title, **_node(tuple(map(_optional, parts)) if free else parts)}
    new = Schema(f"{schema.id}~{example.id}", schema.title, tier_of(body), body)
    made = replace(example, schema_id=new.id, tier=new.tier, answer=found, spans=())
    return in_lines(made, new, rng) if way == "lines" else made, new


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
                longer = style([*words_of(key), *words_of(part.key)])
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
    return words_of(chosen) or words_of(key)


def _borrowed(schema: Schema, schemas: Schemas, rng: random.Random, style: Style) -> tuple[Part, ...]:
    """Fields of another schema that share no word with ``schema``'s, so that its records do not tell them."""
    other = schemas[rng.choice([id for id in sorted(schemas) if id != schema.id])]
    known = _vocabulary(schema.body["properties"])
    fields = {key: node for key, node in other.body["properties"].items() if not known & _vocabulary({key: node})}
    lent = [part for part in _drawn({"properties": fields}, rng, style) if not part.below]
    return tuple(map(_optional, rng.sample(lent, min(len(lent), rng.randint(1, BORROWED)))))


def _vocabulary(fields: dict[str, Node]) -> set[str]:
    """Words of all names of fields, and of those below them."""
    found = set()
    for key, node in fields.items():
        found |= {word for name in (key, *names_of(node)[0]) for word in words_of(name)}
        found |= _vocabulary(node.get("items", node).get("properties", {}))
    return found


def _among(parts: tuple[Part, ...], others: tuple[Part, ...], rng: random.Random) -> tuple[Part, ...]:
    """``parts`` in their order, ``others`` anywhere between them; of equal keys the first."""
    mixed = list(parts)
    for other in others:
        mixed.insert(rng.randint(0, len(mixed)), other)
    return tuple({part.key: part for part in reversed(mixed)}.values())[::-1]


def _optional(part: Part) -> Part:
    return replace(part, required=False, below=tuple(map(_optional, part.below)))


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


def _moved(record: Any, parts: tuple[Part, ...]) -> Node:
    """The record under the new schema; objects and items that nothing is left of are left out."""
    moved = {}
    for part in parts:
        value = record
        for key in part.source:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None and part.below:
            inner = [_moved(item, part.below) for item in (value if isinstance(value, list) else [value])]
            told = [item for item in inner if item]
            value = (told if isinstance(value, list) else told[0]) if told else None
        if value is not None:
            moved[part.key] = value
    return moved
