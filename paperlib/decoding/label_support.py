"""What training answers hold that their text does not say: a model that was tuned on them may write it, too."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from paperlib.core.config import Constraint, Layout
from paperlib.data.examples import Example
from paperlib.data.schema_forms import GROUNDED, Node, free_of_text
from paperlib.data.schemas import Schema, schema_of
from paperlib.decoding.constrained import Constrainer

CHECKED = 200  # training answers that are looked at
TOLERATED = 0.05  # share of them that may hold something else in a field that is constrained to the text
WHOLE = ""  # in place of a field, where no field is to blame


def with_support(
    tokenizer: Any, layout: Layout, schema: Schema, training: Sequence[Example]
) -> tuple[Schema, dict[str, Any]]:
    """The schema, with those fields marked as not grounded that often hold what their text does not say in the training
    examples, and what was found, for a training log: ``constraint``, to schema and text, unless most answers break that
    even so; ``checked``, the number of answers looked at; ``unsupported``, how many of them hold something else, by
    field, and ``unsupported_documents``, these fields by document; ``ungrounded``, the marked fields."""
    constrainer = Constrainer(tokenizer, "schema+text", layout)
    checked = training[:CHECKED]
    found = {one.id: sorted(fields) for one in checked if (fields := _unsupported(constrainer, schema, one))}
    counts = Counter(field for fields in found.values() for field in fields)
    limit = TOLERATED * len(checked)
    marked = sorted(field for field, n in counts.items() if n > limit and field != WHOLE)
    constraint: Constraint = "schema" if counts[WHOLE] > limit else "schema+text"
    chosen = {"constraint": constraint, "checked": len(checked), "unsupported": dict(counts.most_common())}
    return _ungrounded(schema, marked), {**chosen, "unsupported_documents": found, "ungrounded": marked}


def without_marks(schema: Schema, fields: Collection[str]) -> Schema:
    """The schema before :func:`with_support` marked all fields of these names as not grounded."""

    def grounded(node: Node) -> Node:
        return {key: value for key, value in node.items() if (key, value) != (GROUNDED, False)}

    def bare(node: Node) -> Node:
        if isinstance(properties := node.get("properties"), dict):
            for key in properties.keys() & set(fields):
                properties[key] = json.loads(json.dumps(properties[key]), object_hook=grounded)
        return node

    return schema_of(json.loads(json.dumps(schema.body), object_hook=bare), schema.id, "schema") if fields else schema


def _unsupported(constrainer: Constrainer, schema: Schema, one: Example) -> set[str]:
    """The fields of an answer that its text does not support; WHOLE if it is forbidden even without these."""
    found: set[str] = set()
    while (field := constrainer.forbidden(_ungrounded(schema, found), one.text, one.answer)) is not None:
        if field in found or field == WHOLE:
            return {*found, WHOLE}
        found.add(field)
    return found


def _ungrounded(schema: Schema, fields: Collection[str]) -> Schema:
    """The schema with all fields of these names marked as not grounded."""
    if not fields:
        return schema
    body: Node = json.loads(json.dumps(schema.body), object_hook=lambda node: _marked(node, fields))
    return schema_of(body, schema.id, "schema")


def _marked(node: Node, fields: Collection[str]) -> Node:
    properties = node.get("properties")
    if isinstance(properties, dict):
        for key in properties.keys() & set(fields):
            properties[key] = free_of_text(properties[key])
    return node
