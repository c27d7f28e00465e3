"""The three families of sizes as points of a figure: pre-trained, pruned, from scratch, each untuned or tuned."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from paperlib.core.records import Record
from paperlib.evaluation.runs import PUBLISHED, find
from paperlib.evaluation.scaling.contrasts import Estimate, contrast, group, score
from paperlib.evaluation.scaling.selection import (
    BASES,
    DEPTHS,
    FROM_SCRATCH,
    GENERATED,
    SCRATCH,
    SMALLEST,
    TUNED,
    UNTUNED,
    body_parameters,
    runs_of,
)

Family = Literal["pre-trained", "pruned", "from scratch"]
State = Literal["tuned", "untuned"]


@dataclass(frozen=True)
class Member:
    """Runs of one model that differ in their seed alone: at least one."""

    family: Family
    state: State
    runs: tuple[Record, ...]

    @property
    def first(self) -> Record:
        return self.runs[0]

    @property
    def parameters(self) -> int:
        return self.first.model.parameters

    @property
    def body(self) -> int | None:
        """Parameters without the token embeddings; None where their number is not known."""
        return body_parameters(self.first)

    @property
    def size(self) -> str:
        return size_name(self.parameters)

    def estimate(self, measure: str, tier: str | None = None) -> Estimate | None:
        """A measure of :mod:`paperlib.evaluation.scaling.contrasts` with its interval over seeds and schemas; None
        where it was not taken."""
        return estimate_of(self.runs, measure, tier)

    def published(self, tier: str | None = None) -> Estimate | None:
        """JSONExact under the published evaluator; see :func:`mean_of_rows`."""
        return mean_of_rows(self.runs, "published_exact", tier)


def estimate_of(runs: tuple[Record, ...], measure: str, tier: str | None = None) -> Estimate | None:
    """The mean over runs that differ in their seed alone, with its interval over seeds and schemas; None where the
    measure was not taken of every run."""
    found = group(runs, measure, tier)
    if found is None:
        return None
    return contrast([(1.0, found)]) if measure == "nats_per_leaf" else score(found)


def mean_of_rows(runs: tuple[Record, ...], metric: str, tier: str | None = None) -> Estimate | None:
    """The mean over runs of a metric of their records, and of the ends of its intervals: what a typical seed has."""
    rows = [find(run, metric, "tier" if tier else "overall", tier or "all") for run in runs]
    kept = [(row.value, row.low, row.high) for row in rows if row]
    if not kept or len(kept) < len(runs):
        return None
    return Estimate(*(sum(values) / len(values) for values in zip(*kept, strict=True)))


def members(records: Mapping[str, Record], test_set: str = PUBLISHED) -> list[Member]:
    """Every member with a run on the published or on the generated label lines, by family and size.

    The pre-trained family is tuned on about 100,000 tokens, on published examples for the published test and on
    generated ones for the generated test; models from scratch are trained on generated examples always.
    """
    wanted: list[tuple[Family, State, dict[str, Any]]] = []
    tuned = TUNED if test_set == PUBLISHED else GENERATED
    for base in BASES:
        wanted.append(("pre-trained", "untuned", {**UNTUNED, "base": base, "test_set": test_set}))
        wanted.append(("pre-trained", "tuned", {**tuned, "base": base}))
    if test_set == PUBLISHED:
        wanted += [("pruned", "tuned", {**TUNED, "base": SMALLEST, "recipe": recipe}) for recipe in DEPTHS.values()]
    wanted += [("from scratch", "tuned", {**FROM_SCRATCH, "base": base, "test_set": test_set}) for base in SCRATCH]
    found = [(family, state, tuple(runs_of(records, **fields))) for family, state, fields in wanted]
    return [Member(family, state, runs) for family, state, runs in found if runs]


def size_name(parameters: int) -> str:
    """How a size is called: "1.1M", "30M", "135M", "1.54B"."""
    millions = parameters / 1e6
    if millions >= 1000:
        return f"{millions / 1000:.2f}B"
    return f"{millions:.1f}M" if millions < 9.95 else f"{millions:.0f}M"
