"""Exact match of every run beside what leaf accuracy and the number of leaves predict, and how good each law is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paperlib.core.config import GREEDY
from paperlib.core.records import Record
from paperlib.evaluation.runs import PUBLISHED
from paperlib.evaluation.scaling.contrasts import Estimate
from paperlib.evaluation.scaling.exactness import (
    brier_scores,
    correlated,
    count_interval,
    independent,
    log_scores,
    predicted,
    predicted_across,
)
from paperlib.evaluation.scaling.outcomes import Outcome, outcomes
from paperlib.evaluation.scaling.selection import TRAINED, runs_of
from paperlib.evaluation.statistics.intervals import Floats, t_clustered

BINS = ((1, 4), (5, 8), (9, 16), (17, 1000))  # numbers of leaves of an answer
Runs = Sequence[Sequence[Outcome]]
# What is known of a run when its exact answers are predicted.
LAWS: dict[str, Callable[[Runs], list[Floats]]] = {
    "independent leaves, other schemas": lambda runs: [predicted(run, independent) for run in runs],
    "correlated leaves, other schemas": lambda runs: [predicted(run, correlated) for run in runs],
    "correlated leaves, other runs": predicted_across,
}
POWER, OTHER_SCHEMAS, ACROSS = LAWS


@dataclass(frozen=True)
class Predicted:
    """A run's outcomes, and by law the chance of each to be exact."""

    record: Record
    outcomes: tuple[Outcome, ...]
    chances: Mapping[str, Floats]

    @property
    def exact(self) -> int:
        return sum(one.exact for one in self.outcomes)

    def expected(self, law: str) -> float:
        """How many exact answers a law expects."""
        return float(self.chances[law].sum())

    def interval(self, law: str) -> tuple[int, int]:
        """Between which counts a law expects them, at 95 %."""
        return count_interval(self.chances[law])


def label_lines(records: Mapping[str, Record], test_set: str = PUBLISHED) -> list[Record]:
    """Every trained run of the study of sizes that was tested on label lines, by size, recipe and seed."""
    found = runs_of(records, recipe=TRAINED, test_set=test_set, decoding=GREEDY)
    return sorted(found, key=lambda run: (run.model.parameters, run.recipe, run.seed))


def predictions(runs: Sequence[Record], tier: str | None = None) -> list[Predicted]:
    """Each run's exact answers by every law, on all examples or on those of a tier; runs without scores are left out.

    Empty for fewer than two runs.
    """
    kept = [(run, tuple(one for one in outcomes(run).values() if tier in (None, one.tier))) for run in runs]
    kept = [(run, found) for run, found in kept if len({one.schema_id for one in found}) > 1]
    if len(kept) < 2:
        return []
    by_law = {law: predict([found for _, found in kept]) for law, predict in LAWS.items()}
    return [
        Predicted(run, found, {law: chances[place] for law, chances in by_law.items()})
        for place, (run, found) in enumerate(kept)
    ]


@dataclass(frozen=True)
class LawScore:
    """How well a law predicts: means over examples and runs, and how many runs are inside their 95 % interval."""

    law: str
    log_score: Estimate
    brier: Estimate
    expected: float
    observed: int
    inside: int
    runs: int


def law_scores(found: Sequence[Predicted]) -> list[LawScore]:
    """The scores of every law over runs on the same examples; intervals are clustered by schema."""
    scores, answers = [], [one.outcomes for one in found]
    for law in LAWS if found else ():
        inside = [low <= one.exact <= high for one in found for low, high in [one.interval(law)]]
        scores.append(
            LawScore(
                law,
                mean_by_example(answers, [log_scores(one.outcomes, one.chances[law]) for one in found]),
                mean_by_example(answers, [brier_scores(one.outcomes, one.chances[law]) for one in found]),
                sum(one.expected(law) for one in found),
                sum(one.exact for one in found),
                sum(inside),
                len(found),
            )
        )
    return scores


def mean_by_example(runs: Runs, values: Sequence[Floats]) -> Estimate:
    """The mean over examples of the mean over runs of ``values``, one for each outcome of a run, with an interval
    clustered by schema."""
    by_id: dict[str, list[float]] = {}
    schemas: dict[str, str] = {}
    for run, scores in zip(runs, values, strict=True):
        for one, value in zip(run, scores, strict=True):
            by_id.setdefault(one.id, []).append(float(value))
            schemas[one.id] = one.schema_id
    means = [float(np.mean(scores)) for scores in by_id.values()]
    return Estimate(float(np.mean(means)), *t_clustered(means, [schemas[id] for id in by_id]))


def by_leaves(runs: Sequence[Record]) -> dict[tuple[int, int], tuple[float, int]]:
    """Exact answers, mean over runs, and examples, by the number of leaves expected; bins without any are left out."""
    every = [own for run in runs if (own := list(outcomes(run).values()))]
    found = {}
    for low, high in BINS:
        counts = [[one.exact for one in run if low <= one.expected <= high] for run in every]
        if counts and counts[0]:
            found[low, high] = (sum(map(sum, counts)) / len(counts), len(counts[0]))
    return found
