"""Schema augmentation: the same text, asked for under a schema of its own.

A model that is trained on two dozen schemas learns them by heart and reads none. Here every example comes with another
schema, derived from its own: fields are renamed (to the names in ``x-names``), left out, reordered, and lifted out of
nested objects, so that only the schema tells what is asked for. A field that is left out becomes a distractor in the
text; a field borrowed from another schema has no value in it. Some records are re-rendered as label lines, some texts
cut to an excerpt (:mod:`paperlib.training.augmentation.rerendering`).
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
from paperlib.training.augmentation.rerendering import as_label_lines, excerpt, key_words
from paperlib.training.augmentation.synthetic_schemas import draw_examples

Node = dict[str, Any]
KeyStyle = Callable[[list[str]], str]

# How the words of a key are joined; a style that stands here twice is twice as frequent.
KEY_STYLES: tuple[KeyStyle, ...] = (
    *([lambda words: "_".join(words)] * 3),
    *([lambda words: words[0] + "".join(map(str.capitalize, words[1:]))] * 2),
    lambda words: "-".join(words),
    lambda words: " ".join(map(str.capitalize, words)),
)
RENAMED, LEFT_OUT, LIFTED, SHUFFLED = 0.6, 0.25, 0.3, 0.4  # shares of fields, fields, nested objects, objects
BORROWING, MAX_BORROWED = 0.35, 6  # share of schemas with fields borrowed from another one, and how many at most
ALL_OPTIONAL = 0.6  # share of schemas of label lines that require no field
# What an example keeps, and how often: its text, the record as label lines, an excerpt, or an excerpt that is asked for
# borrowed fields only.
MODES = {"whole": 50, "lines": 36, "excerpt": 9, "unrelated excerpt": 5}


@dataclass(frozen=True)
class Property:
    """A property of the new schema, and the path of its value: keys from the object that it is a property of."""

    key: str
    source: tuple[str, ...]
    node: Node  # in the old schema
    required: bool
    below: "tuple[Property, ...]"  # of an object, or of the items of an array


def augmented_examples(n: int, start: int, seed: int) -> tuple[list[Example], Schemas]:
    """``n`` training examples under schemas of their own, and these schemas.

    They are made from those that follow the first ``start`` training examples of EdgeJSON standard, so that no answer
    is one of a test split; ``seed`` decides the schemas.
    """
    examples = standard({**SIZES, "train": start + n})["train"][start:] if n else []
    schemas = schemas_of("train")
    return _unzipped(augment(example, schemas, f"recast/{seed}/{example.id}") for example in examples)


def synthetic_examples(n: int, seed: int) -> tuple[list[Example], Schemas]:
    """``n`` training examples of synthetic schemas (:mod:`.synthetic_schemas`), augmented too, and their schemas."""
    known, drawn = schemas_of("train"), draw_examples(n, seed)
    return _unzipped(augment(e, Schemas({**known, schema.id: schema}), f"recast/{seed}/{e.id}") for e, schema in drawn)


def _unzipped(pairs: Iterable[tuple[Example, Schema]]) -> tuple[list[Example], Schemas]:
    made = list(pairs)
    return [example for example, _ in made], Schemas({schema.id: schema for _, schema in made})


def augment(example: Example, schemas: Schemas, seed: str) -> tuple[Example, Schema]:
    """The example under a new schema, and that schema, whose id is ``<schema>~<example's id>``.

    ``schemas`` must hold the example's own schema; fields are borrowed from the others. The new example has no spans:
    they point into the old answer. The same arguments give the same result.
    """
    rng = random.Random(seed)
    mode = rng.choices(list(MODES), list(MODES.values()))[0]
    schema, partial = schemas[example.schema_id], mode.endswith("excerpt")
    example = excerpt(example, rng) if partial else example
    properties: tuple[Property, ...] = ()
    answer: Node = {}
    while not properties or not (answer or partial):  # all that a schema keeps may be absent from this record
        style = rng.choice(KEY_STYLES)
        unrelated = mode == "unrelated excerpt"
        own = () if unrelated else _kept(schema.body, rng, style)
        lent = _borrowed(schema, schemas, rng, style) if unrelated or rng.random() < BORROWING else ()
        properties = _inserted(own, lent, rng)
        answer = _moved(example.answer, own)
    optional = partial or (mode == "lines" and rng.random() < ALL_OPTIONAL)
    body = {"title": schema.title, **_object(tuple(map(_optional, properties)) if optional else properties)}
    new = Schema(f"{schema.id}~{example.id}", schema.title, tier_of(body), body)
    made = replace(example, schema_id=new.id, tier=new.tier, answer=answer, spans=())
    return as_label_lines(made, new, rng) if mode == "lines" else made, new


def _kept(node: Node, rng: random.Random, style: KeyStyle) -> tuple[Property, ...]:
    """The properties of an object that the new schema keeps, in its order; of equal keys the last."""
    kept = [prop for prop in _renamed(node, rng, style) if rng.random() >= LEFT_OUT]
    if rng.random() < SHUFFLED:
        rng.shuffle(kept)
    return tuple({prop.key: prop for prop in kept}.values())


def _renamed(node: Node, rng: random.Random, style: KeyStyle) -> Iterator[Property]:
    """Every property of an object under a new key; in place of some nested objects, their properties."""
    for key, child in node["properties"].items():
        required = key in node.get("required", ())
        if child["type"] == "object" and rng.random() < LIFTED:
            for prop in _kept(child, rng, style):
                longer = style([*key_words(key), *key_words(prop.key)])
                name = prop.key if rng.random() < 0.5 else longer
                yield replace(prop, key=name, source=(key, *prop.source), required=required and prop.required)
        else:
            yield Property(style(_name(key, child, rng)), (key,), child, required, _below(child, rng, style))


def _below(node: Node, rng: random.Random, style: KeyStyle) -> tuple[Property, ...]:
    """At least one property of a nested object or of the items of an array; none where it has none."""
    inner = node.get("items", node)
    while "properties" in inner:
        if properties := _kept(inner, rng, style):
            return properties
    return ()


def _name(key: str, node: Node, rng: random.Random) -> list[str]:
    """The words of a property's key, or of one of its other names."""
    names, _ = names_of(node)
    chosen = rng.choice(names) if names and rng.random() < RENAMED else key
    return key_words(chosen) or key_words(key)


def _borrowed(schema: Schema, schemas: Schemas, rng: random.Random, style: KeyStyle) -> tuple[Property, ...]:
    """Optional fields of another schema whose names share no word with this one's, so that no record of it has them."""
    other = schemas[rng.choice([id for id in sorted(schemas) if id != schema.id])]
    known = _vocabulary(schema.body["properties"])
    fields = {key: node for key, node in other.body["properties"].items() if not known & _vocabulary({key: node})}
    lent = [prop for prop in _renamed({"properties": fields}, rng, style) if not prop.below]
    return tuple(map(_optional, rng.sample(lent, min(len(lent), rng.randint(1, MAX_BORROWED)))))


def _vocabulary(fields: dict[str, Node]) -> set[str]:
    """The words of all names of fields, and of those below them."""
    found = set()
    for key, node in fields.items():
        found |= {word for name in (key, *names_of(node)[0]) for word in key_words(name)}
        found |= _vocabulary(node.get("items", node).get("properties", {}))
    return found


def _inserted(own: tuple[Property, ...], lent: tuple[Property, ...], rng: random.Random) -> tuple[Property, ...]:
    """``own`` in its order with ``lent`` at random places between; of equal keys the first."""
    mixed = list(own)
    for prop in lent:
        mixed.insert(rng.randint(0, len(mixed)), prop)
    return tuple({prop.key: prop for prop in reversed(mixed)}.values())[::-1]


def _optional(prop: Property) -> Property:
    return replace(prop, required=False, below=tuple(map(_optional, prop.below)))


def _object(properties: tuple[Property, ...]) -> Node:
    """The JSON Schema of an object with these properties."""
    return {
        "type": "object",
        "properties": {prop.key: _node(prop) for prop in properties},
        "required": [prop.key for prop in properties if _always(prop)],
        "additionalProperties": False,
    }


def _always(prop: Property) -> bool:
    """Whether every record has the property: objects that nothing is left of are left out."""
    return prop.required and (not prop.below or any(map(_always, prop.below)))


def _node(prop: Property) -> Node:
    if not prop.below:
        return {key: value for key, value in prop.node.items() if not key.startswith("x-")}
    inner = _object(prop.below)
    return {"type": "array", "items": inner} if prop.node["type"] == "array" else inner


def _moved(record: Any, properties: tuple[Property, ...]) -> Node:
    """The record under the new schema, without objects and items that nothing is left of."""
    moved = {}
    for prop in properties:
        value = record
        for key in prop.source:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None and prop.below:
            inner = [_moved(item, prop.below) for item in (value if isinstance(value, list) else [value])]
            kept = [item for item in inner if item]
            value = (kept if isinstance(value, list) else kept[0]) if kept else None
        if value is not None:
            moved[prop.key] = value
    return moved
