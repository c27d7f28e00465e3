"""What the published EdgeJSON v3 training split says of itself: counts that the claims about the data are held against.

The counts stand in ``data/claims.yaml``, so that a verdict needs no third-party file; :func:`measure` makes them
anew from the file wherever it is. The published test split is blind and no part of them.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import Field

from paperlib.core.files import read_jsonl
from paperlib.core.records import Strict
from paperlib.data.schemas import load_schemas
from paperlib.evaluation.metrics import schema_valid
from paperlib.evaluation.protocols import CAP

Span = tuple[int, int]  # smallest and largest


class PublishedSchema(Strict):
    """One schema and the answers that follow it."""

    tier: str  # as the rows say: simple, medium, complex, or "none" where they say nothing
    n: int = Field(ge=1)  # answers
    properties: int  # top-level fields that the schema defines
    required: int  # top-level fields that it demands
    fields: Span  # top-level fields of an answer
    leaves: Span  # scalar values of an answer, at any depth
    cut: int = 0  # answers that the published evaluator cuts, as they have more than CAP tokens


class Published(Strict):
    """Counts over every row of the file."""

    rows: int
    valid: int  # answers that follow their schema, formats checked
    teachers: dict[str, int]  # rows by the maker they name; "none" where they name none
    schemas: dict[str, PublishedSchema]

    def cut(self, tier: str) -> tuple[int, int]:
        """How many answers of a tier no model can give whole under the published evaluator, and of how many."""
        found = [schema for schema in self.schemas.values() if schema.tier == tier]
        return sum(schema.cut for schema in found), sum(schema.n for schema in found)


def measure(folder: Path, tokens: Callable[[str], int]) -> Published:
    """Counts of ``folder``, which holds ``train.jsonl`` and ``schemas/``; ``tokens`` are those of a text, as the
    published models' tokenizer counts. Raises DataError where a file is broken."""
    rows = [row for _, row in read_jsonl(folder / "train.jsonl")]
    schemas = load_schemas(folder / "schemas")
    used = sorted({row["schema_id"] for row in rows})
    return Published(
        rows=len(rows),
        valid=sum(schema_valid(row["expected_output"], schemas[row["schema_id"]]) for row in rows),
        teachers=dict(sorted(Counter(row.get("teacher") or "none" for row in rows).items())),
        schemas={n: _schema(schemas[n].body, [r for r in rows if r["schema_id"] == n], tokens) for n in used},
    )


def leaves(value: Any) -> int:
    """Scalars in a JSON value; an empty object or array holds none."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    return sum(map(leaves, value)) if isinstance(value, list) else 1


def shortest(answer: Any, tokens: Callable[[str], int]) -> int:
    """Tokens of an answer as JSON on one line, with white space or without, whichever takes fewer."""
    return min(tokens(json.dumps(answer, ensure_ascii=False, separators=marks)) for marks in (None, (",", ":")))


def _schema(body: dict[str, Any], rows: list[dict[str, Any]], tokens: Callable[[str], int]) -> PublishedSchema:
    answers = [row["expected_output"] for row in rows]
    tiers = {row.get("complexity") or "none" for row in rows}
    return PublishedSchema(
        tier="/".join(sorted(tiers)),
        n=len(rows),
        properties=len(body["properties"]),
        required=len(body.get("required", [])),
        fields=_span([len(answer) for answer in answers]),
        leaves=_span([leaves(answer) for answer in answers]),
        cut=sum(shortest(answer, tokens) > CAP for answer in answers),
    )


def _span(counts: list[int]) -> Span:
    return min(counts), max(counts)
