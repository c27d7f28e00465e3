"""The pre-trained sizes, untuned and told the schema, on text that is not label lines."""

from collections.abc import Mapping
from typing import Any

from paperlib.core.records import Record
from paperlib.evaluation.runs import PUBLISHED
from paperlib.evaluation.scaling.contrasts import Estimate, difference
from paperlib.evaluation.scaling.families import estimate_of
from paperlib.evaluation.scaling.selection import REAL, SMALLEST, STOCK, bases_of, group_of, runs_of

TESTS = (PUBLISHED, *REAL)
# How a model is asked; the reader is a 135M model that was tuned to read schemas, on texts made here.
ASKED: dict[str, dict[str, Any]] = {
    "untuned": STOCK,
    "untuned, chat": {"recipe": "untuned-chat", "decoding": "schema"},
    "tuned to read schemas": {"recipe": "reader", "decoding": "constrained"},
}


def runs(records: Mapping[str, Record], asked: str, base: str, test_set: str) -> tuple[Record, ...]:
    """The runs of a base on a test, asked in one way of ASKED."""
    return tuple(runs_of(records, base=base, test_set=test_set, **ASKED[asked]))


def score_of(
    records: Mapping[str, Record], asked: str, base: str, test_set: str, measure: str = "leaf_f1"
) -> Estimate | None:
    """Leaf F1 or exact answers with interval; None where it was not run."""
    found = runs(records, asked, base, test_set)
    return estimate_of(found, measure) if found else None


def effect_of_size(records: Mapping[str, Record], test_set: str, measure: str = "leaf_f1") -> Estimate | None:
    """What the largest untuned model has more than the smallest; None unless several were run on these examples."""
    tested = {"test_set": test_set, **STOCK}
    if SMALLEST not in (bases := bases_of(records, **tested)) or len(bases) == 1:
        return None
    large, small = (group_of(records, measure, base=base, **tested) for base in (bases[-1], SMALLEST))
    return difference(large, small) if large and small and large.ids == small.ids else None
