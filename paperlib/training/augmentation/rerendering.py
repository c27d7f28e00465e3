"""A record told otherwise than by its text: in label-value lines, or by a part of the text alone."""

import random
import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from paperlib.benchmark.words import surfaces
from paperlib.data.examples import Example
from paperlib.data.label_lines import TITLES, write_label_lines, write_published
from paperlib.data.label_parser import parse_label_lines
from paperlib.data.leaves import json_pointer as pointer_of
from paperlib.data.scalars import name_words
from paperlib.data.schemas import Schema
from paperlib.training.augmentation.ood_values import estranged

ENDS = re.compile(r"(?<=[.!?])\s+|\n+")  # where a sentence or line ends
DRAWS = 3  # of what a record leaves out and of strange values, before it is told as it is
ABSENT = 0.3  # share of what it may leave out
LONGEST = 4  # sentences of a part
DIVISIBLE = ("prose", "email")  # surfaces whose sentences mean the same by themselves


def in_lines(example: Example, schema: Schema, rng: random.Random) -> Example:
    """The record under its labels, a line a leaf, in the form of the published texts or with bullets; some of what it
    need not say left out, some of its values strange ones. As it was where no draw of these can be told, and the
    record itself neither, as two items would run into one."""
    title = rng.choice(TITLES).format(schema.title)
    drawn = [estranged(thinned(example.answer, schema.body, rng), schema.body, rng) for _ in range(DRAWS)]
    for answer in (*drawn, example.answer):
        spoken = _spoken(answer)
        for text in (
            write_published(spoken, title, rng.choice(surfaces.closing_lines)),
            write_label_lines(title, spoken)[0],
        ):
            if answer and parse_label_lines(text, schema.body) == answer:
                return replace(example, surface="lines", text=text, answer=answer, spans=())
    return example


def thinned(value: Any, node: dict[str, Any], rng: random.Random) -> Any:
    """``value`` without some of what its schema ``node`` does not require, and without what nothing is left of."""
    if isinstance(value, list):
        items = [thinned(item, node["items"], rng) for item in value]
        return [item for item in items if item != {}]
    if not isinstance(value, dict):
        return value
    required = node.get("required", ())
    kept = {key: child for key, child in value.items() if key in required or rng.random() >= ABSENT}
    below = {key: thinned(child, node["properties"][key], rng) for key, child in kept.items()}
    return {key: child for key, child in below.items() if child not in ({}, [])}


def part_of(example: Example, rng: random.Random) -> Example:
    """Some sentences in a row, and of the answer the leaves that stand there: none, perhaps. A text of another surface
    than ``DIVISIBLE`` stays whole."""
    if example.surface not in DIVISIBLE:
        return example
    inside = [(span.start, span.end) for span in example.spans]
    ends = [match.end() for match in ENDS.finditer(example.text)]
    cuts = [0, *(end for end in ends if not any(a < end < b for a, b in inside)), len(example.text)]
    first = rng.randrange(len(cuts) - 1)
    start, end = cuts[first], cuts[min(first + rng.randint(1, LONGEST), len(cuts) - 1)]
    told = {span.pointer for span in example.spans if start <= span.start and span.end <= end}
    return replace(example, text=example.text[start:end].strip(), answer=_kept(example.answer, told) or {}, spans=())


def _kept(value: Any, told: Collection[str], pointer: str = "") -> Any:
    """``value`` with the leaves ``told`` alone; None where it has none."""
    if isinstance(value, dict):
        below = {key: _kept(child, told, pointer + pointer_of(key)) for key, child in value.items()}
        return {key: child for key, child in below.items() if child is not None} or None
    if isinstance(value, list):
        items = [_kept(child, told, f"{pointer}/{place}") for place, child in enumerate(value)]
        return [item for item in items if item is not None] or None
    return value if pointer in told else None


def _spoken(value: Any) -> Any:
    """A record under keys whose words stand apart, for labels."""
    if isinstance(value, dict):
        return {"_".join(words_of(key)): _spoken(child) for key, child in value.items()}
    return [_spoken(item) for item in value] if isinstance(value, list) else value


def words_of(key: str) -> list[str]:
    """``unitPrice``, ``unit_price`` and ``Unit Price`` are two words."""
    return [word.lower() for word in name_words(key)]
