"""How each of the study's own statements on capacity is decided; :mod:`paperlib.claims.hypotheses` lists them.

A function takes all records and returns what became of a statement. A 95 % interval decides; runs are selected by
fields.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from paperlib.core.records import Records
from paperlib.evaluation.runs import PUBLISHED, kind
from paperlib.evaluation.scaling import curves
from paperlib.evaluation.scaling.contrasts import Estimate, Group, apart, contrast, difference
from paperlib.evaluation.scaling.exact_match import mean_by_example
from paperlib.evaluation.scaling.exactness import (
    correlated,
    count_interval,
    independent,
    log_scores,
    predicted,
    predicted_across,
)
from paperlib.evaluation.scaling.outcomes import Outcome, outcomes
from paperlib.evaluation.scaling.selection import (
    BASES,
    DEPTHS,
    EMBEDDINGS,
    FROM_SCRATCH,
    GENERATED,
    LONGER,
    RANKS,
    REAL,
    RECOMBINED,
    SCRATCH,
    SMALLEST,
    STOCK,
    TUNED,
    group_of,
    runs_of,
)
from paperlib.evaluation.statistics.intervals import Floats

Answer = Literal["holds", "fails", "open", "not run"]
MARGIN = math.log(1.5)  # two models are on one curve where one needs at most half as many nats again as the other
INSIDE, OUTSIDE = 0.90, 0.75  # shares of runs inside their 95 % prediction: at least this holds, less than that fails
FEWEST_RUNS = 8  # that a statement about predictions is decided by
FEWEST_TESTS = 2  # of real text
SURE = 0.95  # share of resamples in which one fit is the better one


@dataclass(frozen=True)
class Finding:
    """What became of a statement; the estimate is what decided, in ``unit``."""

    answer: Answer
    reason: str
    estimate: Estimate | None = None
    unit: str = ""


class NotRunError(Exception):
    """Its text says which runs are missing."""


def second_size(records: Records) -> Finding:
    small, large = (_group(records, "exact", base=base, **TUNED) for base in BASES[:2])
    return _by_sign(difference(large, small), "exact answers", "share")


def power_law(records: Records) -> Finding:
    groups = _sizes(records)
    found = _must(curves.slope(groups, [one.parameters for one in groups]))
    return _by_sign(_negative(found), f"{len(groups)} sizes, exponent of nats per leaf with the sign changed", "")


def without_embeddings(records: Records) -> Finding:
    groups = _sizes(records)
    every = [one.parameters for one in groups]
    bodies = [one.parameters - EMBEDDINGS[base] for one, base in zip(groups, BASES, strict=True)]
    means = curves.resampled(groups)
    better = float(np.mean([curves.squared_error(bodies, row) < curves.squared_error(every, row) for row in means]))
    answer: Answer = "holds" if better >= SURE else "fails" if better <= 1 - SURE else "open"
    return Finding(answer, f"smaller squared error in {100 * better:.0f} % of the resamples")


def depth(records: Records) -> Finding:
    groups = _pruned(records)
    found = _must(curves.slope(groups, [one.parameters for one in groups]))
    return _by_sign(_negative(found), f"{len(groups)} depths, exponent of nats per leaf with the sign changed", "")


def pruned_on_curve(records: Records) -> Finding:
    groups, pruned = _sizes(records), _pruned(records)[:-1]
    sizes, others = [one.parameters for one in groups], [one.parameters for one in pruned]
    return _on_curve(_must(curves.mean_residual(groups, sizes, pruned, others)))


def scratch_on_curve(records: Records) -> Finding:
    """Models from scratch beside the pre-trained ones that were tuned and tested on the same kind of generated data."""
    groups = [_group(records, "nats_per_leaf", base=base, **GENERATED) for base in BASES]
    found = [one for base in SCRATCH if (one := group_of(records, "nats_per_leaf", base=base, **FROM_SCRATCH))]
    if not found:
        raise NotRunError("no model was trained from scratch")
    sizes, others = [one.parameters for one in groups], [one.parameters for one in found]
    return _on_curve(_must(curves.mean_residual(groups, sizes, found, others)))


def size_over_rank(records: Records) -> Finding:
    groups = _sizes(records)
    ranked = {rank: _group(records, "nats_per_leaf", base=SMALLEST, **{**TUNED, "recipe": recipe})
              for rank, recipe in RANKS.items()}  # fmt: skip
    ranked[16] = groups[0]
    per_size = _terms(groups, [one.parameters for one in groups])
    per_rank = _terms(list(ranked.values()), list(ranked))
    found = _must(contrast([*per_rank, *((-weight, one) for weight, one in per_size)], "log"))
    return _by_sign(found, "exponent of rank minus exponent of size", "")


def tuning_over_size(records: Records) -> Finding:
    """On label lines: what tuning gives the smallest model, minus what size gives the tuned one."""
    stock = _group(records, "leaf_f1", base=SMALLEST, test_set=PUBLISHED, **STOCK)
    small = _group(records, "leaf_f1", base=SMALLEST, **TUNED)
    large = _group(records, "leaf_f1", base=BASES[-1], **TUNED)
    return _by_sign(_must(contrast([(2, small), (-1, stock), (-1, large)])), "leaf F1", "")


def size_on_real_text(records: Records) -> Finding:
    """What size gives stock models on each real test, minus what it gives tuned ones on label lines."""
    ends = [_group(records, "leaf_f1", base=base, **TUNED) for base in (BASES[-1], SMALLEST)]
    label_lines = difference(*ends)

    def more(test: str) -> Estimate | None:
        large, small = (
            group_of(records, "leaf_f1", base=base, test_set=test, **STOCK) for base in (BASES[-1], SMALLEST)
        )
        return apart(difference(large, small), label_lines) if large and small else None

    return _on_every_test({test: found for test in REAL if (found := more(test))})


def size_over_tuning(records: Records) -> Finding:
    """The largest stock model minus the best smallest one that was tuned to read schemas, on each real test."""

    def more(test: str) -> Estimate | None:
        large = group_of(records, "leaf_f1", base=BASES[-1], test_set=test, **STOCK)
        small = group_of(records, "leaf_f1", base=SMALLEST, recipe="reader", decoding="constrained", test_set=test)
        return difference(large, small) if large and small and large.ids == small.ids else None

    return _on_every_test({test: found for test in REAL if (found := more(test))})


def correlated_leaves(records: Records) -> Finding:
    """Log score of the beta-binomial law minus that of independent leaves, mean over runs and examples."""
    runs = _label_lines(records)
    better = [
        log_scores(run, predicted(run, correlated)) - log_scores(run, predicted(run, independent)) for run in runs
    ]
    return _by_sign(mean_by_example(runs, better), f"{len(runs)} runs, log score an example", "nats")


def only_longer(records: Records) -> Finding:
    """Complex examples that each run has right, beside the interval predicted from leaves of other schemas."""
    parts = []
    for run in _label_lines(records):
        few = [place for place, one in enumerate(run) if one.tier == "complex"]
        parts.append(([run[place] for place in few], predicted(run, correlated)[few]))
    return _inside(parts)


def curve_read_at_few(records: Records) -> Finding:
    """Complex examples that each run has right, beside the interval predicted from its leaf accuracy on them."""
    runs = [[one for one in run if one.tier == "complex"] for run in _label_lines(records)]
    return _inside(list(zip(runs, predicted_across(runs), strict=True)))


def _inside(runs: Sequence[tuple[Sequence[Outcome], Floats]]) -> Finding:
    """How many runs have as many answers right as their chances predict."""
    inside = 0
    for run, chances in runs:
        low, high = count_interval(chances)
        inside += low <= sum(one.exact for one in run) <= high
    share = inside / len(runs)
    answer: Answer = "holds" if share >= INSIDE else "fails" if share < OUTSIDE else "open"
    return Finding(answer, f"{inside} of {len(runs)} runs are inside their 95 % prediction")


def _label_lines(records: Records) -> list[list[Outcome]]:
    """Outcomes of the tuned runs of every size, depth and rank, one list a run; the complex examples among them."""
    recipes = (LONGER["recipe"], RECOMBINED["recipe"], "ladder-full", *DEPTHS.values(), *RANKS.values())
    runs = [run for run in runs_of(records, recipe=recipes, test_set=PUBLISHED) if kind(run) == "tuned"]
    found = [list(outcomes(run).values()) for run in runs]
    whole = [run for run in found if any(one.tier == "complex" for one in run)]
    if len(whole) < FEWEST_RUNS:
        raise NotRunError(f"{len(whole)} tuned runs have kept scores of complex examples; {FEWEST_RUNS} decide")
    return whole


def _sizes(records: Records) -> list[Group]:
    """Nats per leaf of the pre-trained family, from the smallest."""
    return [_group(records, "nats_per_leaf", base=base, **TUNED) for base in BASES]


def _pruned(records: Records) -> list[Group]:
    """Nats per leaf of the pruned family, the whole model last."""
    recipes = [*DEPTHS.values(), TUNED["recipe"]]
    return [_group(records, "nats_per_leaf", base=SMALLEST, **{**TUNED, "recipe": recipe}) for recipe in recipes]


def _terms(groups: Sequence[Group], sizes: Sequence[float]) -> list[tuple[float, Group]]:
    return list(zip(curves.weights(sizes), groups, strict=True))


def _group(records: Records, measure: str, **fields: Any) -> Group:
    found = group_of(records, measure, **fields)
    if found is None:
        raise NotRunError(f"no run with {measure} and {', '.join(f'{name} {value}' for name, value in fields.items())}")
    return found


def _must(found: Estimate | None) -> Estimate:
    if found is None:
        raise NotRunError("a score of 0 has no logarithm")
    return found


def _negative(one: Estimate) -> Estimate:
    return Estimate(-one.value, -one.high, -one.low)


def _by_sign(one: Estimate, reason: str, unit: str) -> Finding:
    answers: dict[int, Answer] = {1: "holds", -1: "fails", 0: "open"}
    return Finding(answers[one.sign], reason, one, unit)


def _on_curve(one: Estimate) -> Finding:
    answer: Answer = "open"
    if one.low > -MARGIN and one.high < MARGIN:
        answer = "holds"
    elif one.sign and abs(one.value) > MARGIN:
        answer = "fails"
    return Finding(answer, "mean of log(nats per leaf) minus the curve", one)


def _on_every_test(found: Mapping[str, Estimate]) -> Finding:
    if len(found) < FEWEST_TESTS:
        raise NotRunError(f"real-text tests run at both ends: {len(found)}; needed: {FEWEST_TESTS}")
    shown = ", ".join(f"{test} {one.value:+.2f} [{one.low:+.2f}, {one.high:+.2f}]" for test, one in found.items())
    signs = [one.sign for one in found.values()]
    answer: Answer = "holds" if min(signs) == 1 else "fails" if max(signs) == -1 else "open"
    return Finding(answer, f"leaf F1: {shown}")
