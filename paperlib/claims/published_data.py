"""Counts of the published EdgeJSON v3 training split, which the claims about the data are held against.

The counts stand in ``data/claims.yaml``, so that a verdict needs no third-party file; :func:`measure` makes them
anew from the file where it is at hand. The published test split stays unread and is no part of them.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import Field

from paperlib.core.files import read_jsonl
from paperlib.core.strict_model import StrictModel
from paperlib.data.schemas import load_schemas
from paperlib.evaluation.metrics import schema_valid
from paperlib.evaluation.protocols import CAP

Span = tuple[int, int]  # smallest and largest


class PublishedSchema(StrictModel):
    """One schema and the answers that follow it. Fields are top-level keys, leaves scalar values at any depth."""

    tier: str  # as the rows say: simple, medium, complex, or "none" where they say nothing
    n: int = Field(ge=1)  # answers
    properties: int  # fields that the schema defines
    required: int  # fields that it requires
    fields: Span  # of an answer
    leaves: Span  # of an answer
    truncated: int = 0  # answers that have more than CAP tokens, so that the published evaluator truncates them


class TrainingSplit(StrictModel):
    """Counts over every row of the file."""

    rows: int
    valid: int  # answers that follow their schema, formats checked
    generators: dict[str, int]  # rows by the generator they name; "none" where they name none
    schemas: dict[str, PublishedSchema]

    def truncated(self, tier: str) -> tuple[int, int]:
        """How many answers of a tier no model can give whole under the published evaluator, and of how many."""
        found = [schema for schema in self.schemas.values() if schema.tier == tier]
        return sum(schema.truncated for schema in found), sum(schema.n for schema in found)


def measure(folder: Path, count_tokens: Callable[[str], int]) -> TrainingSplit:
    """Counts ``train.jsonl`` and ``schemas/`` of ``folder``.

    Args:
        count_tokens: tokens of a text by the published models' tokenizer.

    Raises DataError where a file is broken.
    """
    rows = [row for _, row in read_jsonl(folder / "train.jsonl")]
    schemas = load_schemas(folder / "schemas")
    used = sorted({row["schema_id"] for row in rows})
    return TrainingSplit(
        rows=len(rows),
        valid=sum(schema_valid(row["expected_output"], schemas[row["schema_id"]]) for row in rows),
        generators=dict(sorted(Counter(row.get("teacher") or "none" for row in rows).items())),
        schemas={n: _schema(schemas[n].body, [r for r in rows if r["schema_id"] == n], count_tokens) for n in used},
    )


def count_leaves(value: Any) -> int:
    """Scalars in a JSON value; an empty object or array holds none."""
    if isinstance(value, dict):
        return sum(map(count_leaves, value.values()))
    return sum(map(count_leaves, value)) if isinstance(value, list) else 1


def shortest_length(answer: Any, count_tokens: Callable[[str], int]) -> int:
    """Tokens of an answer as JSON on one line, with white space or without, whichever takes fewer."""
    return min(count_tokens(json.dumps(answer, ensure_ascii=False, separators=s)) for s in (None, (",", ":")))


def _schema(body: dict[str, Any], rows: list[dict[str, Any]], count_tokens: Callable[[str], int]) -> PublishedSchema:
    answers = [row["expected_output"] for row in rows]
    tiers = {row.get("complexity") or "none" for row in rows}
    return PublishedSchema(
        tier="/".join(sorted(tiers)),
        n=len(rows),
        properties=len(body["properties"]),
        required=len(body.get("required", [])),
        fields=_span([len(answer) for answer in answers]),
        leaves=_span([count_leaves(answer) for answer in answers]),
        truncated=sum(shortest_length(answer, count_tokens) > CAP for answer in answers),
    )


def _span(counts: list[int]) -> Span:
    return min(counts), max(counts)
