"""Which constraint the training answers permit: what they hold that their text does not say, a model may write too."""

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from paperlib.core.config import Constraint, training_config
from paperlib.data.examples import Example
from paperlib.data.schema_forms import Node
from paperlib.data.schemas import Schema, schema_of
from paperlib.decoding.constrained import Constrainer
from paperlib.decoding.grammar import GROUNDED
from paperlib.training.loaded_model import LoadedModel
from paperlib.workflow.finetune.task import Task

CHECKED = 200  # training answers that are looked at
TOLERATED = 0.05  # share of them that may hold something else in a field that is constrained to the text
WHOLE = ""  # in place of a field, where no field is to blame


def with_constraint(loaded: LoadedModel, log: dict[str, Any], task: Task) -> tuple[Task, dict[str, Any]]:
    """The task with those fields of its schema marked as not grounded that often hold what their text does not say, and
    for the training log: ``constraint``, to schema and text, unless most answers break that even so; ``checked``, the
    number of answers looked at; ``unsupported``, how many of them hold something else, by field, and
    ``unsupported_documents``, these fields by document; ``ungrounded``, the marked fields."""
    constrainer = Constrainer(loaded.tokenizer, "schema+text", training_config(log).layout)
    checked = task.train[:CHECKED]
    found = {one.id: sorted(fields) for one in checked if (fields := _unsupported(constrainer, task.schema, one))}
    counts = Counter(field for fields in found.values() for field in fields)
    limit = TOLERATED * len(checked)
    marked = sorted(field for field, n in counts.items() if n > limit and field != WHOLE)
    constraint: Constraint = "schema" if counts[WHOLE] > limit else "schema+text"
    if marked:
        task = replace(task, schema=_ungrounded(task.schema, marked))
    chosen = {"constraint": constraint, "checked": len(checked), "unsupported": dict(counts.most_common())}
    return task, {**chosen, "unsupported_documents": found, "ungrounded": marked}


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
            properties[key] = _with_mark(properties[key])
    return node


def _with_mark(node: Any) -> Any:
    """Marks the node, those of its alternatives, and the items of an array."""
    if not isinstance(node, dict):
        return node
    marked = {**node, GROUNDED: False}
    for keyword in ("anyOf", "oneOf", "allOf"):
        if keyword in node:
            marked[keyword] = [_with_mark(part) for part in node[keyword]]
    if "items" in node:
        marked["items"] = _with_mark(node["items"])
    return marked
