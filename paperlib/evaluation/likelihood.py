"""Negative log-likelihood of the expected answer: a continuous companion of exact match.

JSONExact is 0 until every token of an answer is right, so a model may get better for a long time before it shows
(Schaeffer, Miranda & Koyejo 2023, "Are emergent abilities of large language models a mirage?", NeurIPS). The
likelihood of the expected answer moves with every token. :mod:`paperlib.evaluation.teacher_forcing` measures it.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from paperlib.core.config import Layout
from paperlib.core.records import MetricName
from paperlib.data.prompts import INDENT
from paperlib.evaluation.summary import Measure

LEAF = "\0leaf\0"  # stands for a leaf; no key is called that
LEAF_TEXT = json.dumps(LEAF)


@dataclass(frozen=True)
class Likelihood:
    """Negative log-likelihood of one expected answer in nats: minus the natural logarithm of its probability."""

    id: str
    schema_id: str
    tier: str | None
    n_tokens: int  # of the answer, end of sequence included
    nats: float  # summed over these tokens
    leaf_nats: tuple[float, ...]  # summed over the tokens of each leaf, in the order of the answer

    def row(self) -> dict[str, Any]:
        """The JSON object of this likelihood, one line of ``likelihood.jsonl``."""
        return asdict(self)


def nats_per_token(answer: Likelihood) -> float:
    """Negative log-likelihood of the expected answer in nats, divided by its tokens with the end of sequence; >= 0.

    The continuous companion of JSONExact, comparable between answers of any length; 0 is certainty. Tokens are the
    model's own, so it compares models with one vocabulary, and no others. Most tokens of an answer are keys and
    punctuation, which a tuned model knows: the mean is small long before values are right.
    """
    return answer.nats / answer.n_tokens


def nats_per_leaf(answer: Likelihood) -> float:
    """Negative log-likelihood in nats of a leaf's tokens given all that precedes them, mean over the leaves; >= 0.

    It leaves out the keys and punctuation that make ``nats_per_token`` small, and counts by value and not by token, so
    that models of different vocabularies can be compared, but for punctuation merged with a value into one token.
    """
    return sum(answer.leaf_nats) / len(answer.leaf_nats)


MEASURES: dict[MetricName, Measure[Likelihood]] = {"nats_per_token": nats_per_token, "nats_per_leaf": nats_per_leaf}


def leaf_spans(answer: Any, layout: Layout = "line") -> Iterator[tuple[int, int]]:
    """Start and end (exclusive) of each leaf in the JSON text of an answer, in characters, quotation marks included.

    The text is that of :func:`paperlib.data.prompts.render_answer`; a leaf is a scalar, or an empty object or array, as
    in :mod:`paperlib.data.leaves`.
    """
    texts: list[str] = []
    parts = json.dumps(_without_leaves(answer, texts), ensure_ascii=False, indent=INDENT[layout]).split(LEAF_TEXT)
    at = 0
    for before, text in zip(parts, texts, strict=False):
        yield at + len(before), at + len(before) + len(text)
        at += len(before) + len(text)


def _without_leaves(value: Any, texts: list[str]) -> Any:
    """The value with LEAF in place of every leaf; the leaves' own JSON goes to ``texts``, in order."""
    if isinstance(value, dict) and value:
        return {key: _without_leaves(child, texts) for key, child in value.items()}
    if isinstance(value, list) and value:
        return [_without_leaves(child, texts) for child in value]
    texts.append(json.dumps(value, ensure_ascii=False))
    return LEAF
