"""Re-rendering: a record written as label lines in place of its text, or an excerpt of its text with what it states."""

import random
import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from paperlib.benchmark.words import surfaces
from paperlib.data.examples import Example
from paperlib.data.label_lines import TITLES, write_label_lines, write_published
from paperlib.data.label_parser import parse_label_lines
from paperlib.data.leaves import json_pointer
from paperlib.data.scalars import name_words
from paperlib.data.schemas import Schema
from paperlib.training.augmentation.ood_values import with_ood_values

ENDS = re.compile(r"(?<=[.!?])\s+|\n+")  # where a sentence or line ends
ATTEMPTS = 3  # draws of omissions and OOD values, before the record is written as it is
OMITTED = 0.3  # share of optional fields that are left out
MAX_SENTENCES = 4  # of an excerpt
EXCERPTED = ("prose", "email")  # surfaces whose sentences mean the same by themselves


def as_label_lines(example: Example, schema: Schema, rng: random.Random) -> Example:
    """The record as label lines, in the published form or in ours, with some optional fields left out and some values
    out of distribution.

    Only what the rule-based parser reads back from the lines is kept. The example is returned unchanged where nothing
    drawn can be read back, nor the record itself, as two of its items would run into one.
    """
    title = rng.choice(TITLES).format(schema.title)
    drawn = [with_ood_values(omit(example.answer, schema.body, rng), schema.body, rng) for _ in range(ATTEMPTS)]
    for answer in (*drawn, example.answer):
        labelled = _with_label_keys(answer)
        published = write_published(labelled, title, rng.choice(surfaces.closing_lines))
        for text in (published, write_label_lines(title, labelled)[0]):
            if answer and parse_label_lines(text, schema.body) == answer:
                return replace(example, surface="lines", text=text, answer=answer, spans=())
    return example


def omit(value: Any, node: dict[str, Any], rng: random.Random) -> Any:
    """A value of the schema ``node`` without some of its optional fields, nor objects, items and arrays that are empty
    for lack of them."""
    if isinstance(value, list):
        items = [omit(item, node["items"], rng) for item in value]
        return [item for item in items if item != {}]
    if not isinstance(value, dict):
        return value
    required = node.get("required", ())
    kept = {key: child for key, child in value.items() if key in required or rng.random() >= OMITTED}
    below = {key: omit(child, node["properties"][key], rng) for key, child in kept.items()}
    return {key: child for key, child in below.items() if child not in ({}, [])}


def excerpt(example: Example, rng: random.Random) -> Example:
    """One to four consecutive sentences of a text, with the leaves that they state, perhaps none, as the answer.

    A text of a surface outside `EXCERPTED` stays whole.
    """
    if example.surface not in EXCERPTED:
        return example
    inside = [(span.start, span.end) for span in example.spans]
    ends = [match.end() for match in ENDS.finditer(example.text)]
    cuts = [0, *(end for end in ends if not any(a < end < b for a, b in inside)), len(example.text)]
    first = rng.randrange(len(cuts) - 1)
    start, end = cuts[first], cuts[min(first + rng.randint(1, MAX_SENTENCES), len(cuts) - 1)]
    stated = {span.pointer for span in example.spans if start <= span.start and span.end <= end}
    return replace(example, text=example.text[start:end].strip(), answer=_only(example.answer, stated) or {}, spans=())


def _only(value: Any, pointers: Collection[str], pointer: str = "") -> Any:
    """``value`` with only the leaves at these JSON pointers; None where it has none of them."""
    if isinstance(value, dict):
        below = {key: _only(child, pointers, pointer + json_pointer(key)) for key, child in value.items()}
        return {key: child for key, child in below.items() if child is not None} or None
    if isinstance(value, list):
        items = [_only(child, pointers, f"{pointer}/{place}") for place, child in enumerate(value)]
        return [item for item in items if item is not None] or None
    return value if pointer in pointers else None


def _with_label_keys(value: Any) -> Any:
    """A record whose keys are lower-case words joined by underscores, as labels are made from."""
    if isinstance(value, dict):
        return {"_".join(key_words(key)): _with_label_keys(child) for key, child in value.items()}
    return [_with_label_keys(item) for item in value] if isinstance(value, list) else value


def key_words(key: str) -> list[str]:
    """The words of a key in lower case: ``unitPrice``, ``unit_price`` and ``Unit Price`` have the same two."""
    return [word.lower() for word in name_words(key)]
