"""How probable a model finds the expected answer: what stands behind the score, without its cliff.

JSONExact is 0 until every token of an answer is right, so a model may get better for a long time before it shows
(Schaeffer, Miranda & Koyejo 2023, "Are emergent abilities of large language models a mirage?"). The log-likelihood of
the expected answer moves with every token. :mod:`paperlib.evaluation.teacher_forcing` measures it.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from paperlib.core.config import Layout
from paperlib.core.records import MetricName
from paperlib.data.prompts import INDENT
from paperlib.evaluation.summary import Measure


@dataclass(frozen=True)
class Likelihood:
    """The surprise of one expected answer, in nats: minus the natural logarithm of its probability."""

    id: str
    schema_id: str
    tier: str | None
    n_tokens: int  # of the answer, end of sequence included
    nats: float  # of all of them
    leaf_nats: tuple[float, ...]  # of each leaf, in the order of the answer

    def row(self) -> dict[str, Any]:
        return asdict(self)


def nats_per_token(found: Likelihood) -> float:
    """Nats of the expected answer divided by its tokens, the end of sequence included; 0 is certainty.

    The continuous companion of JSONExact, comparable between answers of any length. Tokens are the model's own, so it
    compares models with one vocabulary, and no others. Most tokens of an answer are keys and marks, which a tuned
    model knows: the mean is small long before values are right.
    """
    return found.nats / found.n_tokens


def nats_per_leaf(found: Likelihood) -> float:
    """Mean over the leaves of an expected answer of the nats of the leaf's tokens, given all that precedes it.

    It leaves out the keys and marks that make ``nats_per_token`` small, and counts by value and not by token, so that
    models of different vocabularies can be compared, but for what marks merged with a value's token add.
    """
    return sum(found.leaf_nats) / len(found.leaf_nats)


MEASURES: dict[MetricName, Measure[Likelihood]] = {"nats_per_token": nats_per_token, "nats_per_leaf": nats_per_leaf}


def leaf_spans(answer: Any, layout: Layout = "line") -> Iterator[tuple[int, int]]:
    """Where each leaf of an answer stands in its JSON text, in characters, quotation marks included."""
    at = 0
    for text, is_leaf in pieces(answer, layout):
        if is_leaf:
            yield at, at + len(text)
        at += len(text)


def pieces(value: Any, layout: Layout = "line", depth: int = 0) -> Iterator[tuple[str, bool]]:
    """The text that ``json.dumps`` gives (not to ASCII) in pieces, and whether each is a leaf.

    A leaf is a scalar, or an empty object or array, as in :mod:`paperlib.data.leaves`.
    """
    if not isinstance(value, dict | list) or not value:
        yield json.dumps(value, ensure_ascii=False), True
        return
    named, indent = isinstance(value, dict), INDENT[layout]
    start, between, end = ("", ", ", "") if indent is None else _breaks(indent, depth)
    yield ("{" if named else "[") + start, False
    for number, item in enumerate(value):
        key = f"{json.dumps(item, ensure_ascii=False)}: " if named else ""
        yield between * (number > 0) + key, False
        yield from pieces(value[item] if named else item, layout, depth + 1)
    yield end + ("}" if named else "]"), False


def _breaks(indent: int, depth: int) -> tuple[str, str, str]:
    """What stands before the first item, between items and after the last."""
    line = "\n" + " " * indent * (depth + 1)
    return line, f",{line}", "\n" + " " * indent * depth
