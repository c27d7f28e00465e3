"""Rules about scores: a published figure held against our runs.

What differs between our run and the announced one is part of the verdict: other base weights or other examples turn
agreement into "a different reading" and disagreement into "not reproduced"; only the released weights on the
published test split could refute. Published figures are held against our scores under the published evaluator, which
made them; what is said of our models alone, a gain or a bar, is decided under the corrected one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from paperlib.claims.announcement import PublishedFigure
from paperlib.claims.model_shapes import Size
from paperlib.claims.rules import (
    ALPHA,
    CountedFigure,
    Evidence,
    Figure,
    NotTestableError,
    Rules,
    Status,
    Verdict,
    p_text,
)
from paperlib.core.records import Metric, Record
from paperlib.evaluation.run_comparisons import counts
from paperlib.evaluation.runs import DATASETS, PUBLISHED, find, select
from paperlib.evaluation.statistics.comparisons import fisher, risk_difference, risk_ratio
from paperlib.evaluation.statistics.intervals import wilson, wilson_clustered

OUR_RUNS = "our runs"
RULES = Rules(OUR_RUNS)
WIDEST = 0.30  # of an interval that may speak for agreement: of 25 examples of five schemas, at most 1 right or wrong
MILLION = 1e6
RunField = Literal["base", "recipe", "train_set", "test_set", "decoding", "seed"]
Run = Annotated[dict[RunField, str | int], Field(min_length=1)]  # fields of a record
Runs = Annotated[tuple[Run, ...], Field(min_length=1)]  # the first that there is decides
Pairs = Annotated[tuple[tuple[Run, Run], ...], Field(min_length=1)]  # tuned and untuned; likewise
Schemas = Annotated[tuple[str, ...], Field(min_length=1)]
Share = Annotated[float, Field(gt=0, le=1)]
Evaluation = Literal["published_exact", "published_f1"]


@dataclass(frozen=True)
class OurRun:
    """A record, and the names of the announced model and of its base weights, against which it is held."""

    record: Record
    released: str
    base: str

    @property
    def other_weights(self) -> bool:
        return self.record.model.name not in (self.released, self.base)

    @property
    def but(self) -> str:
        """What keeps this run from being the announced one, as the end of a reason; "" where nothing does."""
        found, record = [f"other weights ({self.record.model.name})"] * self.other_weights, self.record
        if record.test_set != PUBLISHED:
            found.append(f"other examples ({DATASETS.get(record.test_set, record.test_set)})")
        elif record.split != "test":
            found.append(f"other examples ({record.split} part of the published training split)")
        return f"; {' and '.join(found)}" if found else ""

    def status(self, agrees: bool) -> Status:
        """The verdict where this run agrees or disagrees with a published figure."""
        if agrees:
            return "reproduced with a different reading" if self.but else "reproduced"
        return "refuted" if self.record.model.name == self.released and not self.but else "not reproduced"

    def row(self, metric: str, group: str, name: str) -> Metric:
        """One metric of the run. Raises NotTestableError where the record has it not."""
        row = find(self.record, metric, group, name)
        if row is None:
            raise NotTestableError(f"the record of {self.record.run} holds no {metric} for {name}")
        return row

    def verdict(self, status: Status, row: Metric, reason: str, unit: str = "%") -> Verdict:
        """A verdict whose estimate is the row's value, with the run's name before the reason and ``but`` behind it."""
        scale = 100 if unit == "%" else 1
        interval = scale * row.low, scale * row.high
        return Verdict(status, f"{self.record.run}: {reason}{self.but}", scale * row.value, interval, unit)


@RULES.add(
    confirms="our score under the published evaluator agrees (with counts: Fisher's p >= 0.05; else the figure lies in "
    "our 95 % interval) and our interval is at most 30 points wide; a different reading with other weights or examples",
    refutes="the released weights themselves score differently on the published test split; the score of an untuned "
    "model is not testable with other weights than those it is about",
)
def score(
    evidence: Evidence,
    *,
    figure: Figure,
    model: Size,
    runs: Runs,
    metric: Evaluation = "published_exact",
    tier: str | None = None,
) -> Verdict:
    """A published score, overall or in a tier, against our run of the same kind."""
    ours = _run(evidence, model, runs)
    row = ours.row(metric, "tier" if tier else "overall", tier or "all")
    agrees, reason = _agreement(figure, row)
    status = ours.status(agrees)
    if ours.record.model.method == "none" and ours.other_weights:
        status, reason = "not testable here", f"{reason}, but an untuned model's score is about its own weights"
    elif agrees and row.high - row.low > WIDEST:
        status, reason = "not testable here", f"{reason}, but the interval is too wide to disagree"
    return ours.verdict(status, row, reason, figure.unit)


@RULES.add(
    confirms="our model gets none right either and its interval ends no higher than that of the published count",
    refutes="on published examples of the tier our model is right more often than the count (Fisher's p < 0.05); some "
    "right, but not significantly more, is not reproduced, and so is the same on our own examples, which may be easier",
)
def ceiling(evidence: Evidence, *, figure: CountedFigure, model: Size, runs: Runs, tier: str) -> Verdict:
    """That a size cannot do a tier, whatever the training: one trained model of at most that size that can is enough.

    Both sides are scored by the published evaluator; the score under the corrected one stands beside it.
    """
    ours, (k, n) = _run(evidence, model, runs), figure.counts
    row = ours.row("published_exact", "tier", tier)
    p = fisher(row.k or 0, row.n, k, n)
    schemas = sum(schema.tier == tier for schema in evidence.facts.training_split.schemas.values())
    high = _upper_end(k, n, schemas)
    status: Status = "not reproduced" if row.k else "not testable here"
    if row.value > k / n and p < ALPHA and ours.record.test_set == PUBLISHED:
        status = "refuted"
    elif not row.k and row.high <= high:
        status = ours.status(True)
    reason = f"{_under_both(ours, row)} against {k}/{n} published, {p_text(p)}; of {k}/{n} over {schemas} schemas the "
    return ours.verdict(status, row, f"{reason}interval ends at {100 * high:.1f} %")


@RULES.add(
    confirms="nothing: one model cannot confirm that others fail",
    refutes="on published examples of the tier the 95 % interval of our model lies above the bar; on our own examples, "
    "which may be easier, the same is only not reproduced",
)
def out_of_reach(evidence: Evidence, *, bar: Figure, model: Size, runs: Runs, tier: str) -> Verdict:
    """That no model of a size passes a bar in per cent on a tier; scored by the published evaluator."""
    ours = _run(evidence, model, runs)
    row = ours.row("published_exact", "tier", tier)
    reason = f"{_under_both(ours, row)} against a bar of {bar.printed} %"
    if 100 * row.low > bar.value:
        return ours.verdict("refuted" if ours.record.test_set == PUBLISHED else "not reproduced", row, reason)
    return ours.verdict("not testable here", row, f"{reason}, which one model cannot confirm")


@RULES.add(
    confirms="the tuned run is right more often (Fisher's p < 0.05), and a stated multiplier lies in the ratio's "
    "interval (none right before tuning: not testable); a different reading where weights or examples differ",
    refutes="with the announced base weights on the published test split the tuned run is right less often (p < 0.05)",
)
def gain(evidence: Evidence, *, model: Size, pairs: Pairs, multiplier: Figure | None = None) -> Verdict:
    """What tuning does: a tuned and an untuned run on the same examples."""
    found = [pair for pair in pairs if all(_found(evidence, run) for run in pair)]
    if not found:
        raise _missing(run for pair in pairs for run in pair)
    ours, base = _run(evidence, model, found[0][:1]), _found(evidence, found[0][1])[0]
    if ours.record.data.test_hash != base.data.test_hash:
        raise NotTestableError(f"{ours.record.run} and {base.run} were tested on different examples")
    one, other = counts(ours.record), counts(base)
    p = fisher(*one, *other)
    reason = f"{ours.record.run} {one[0]}/{one[1]}, {base.run} {other[0]}/{other[1]}, {p_text(p)}{ours.but}"
    if multiplier is None:
        change, (low, high) = risk_difference(*one, *other)
        worse = change < 0 and p < ALPHA and not ours.but
        status = "refuted" if worse else ours.status(change > 0 and p < ALPHA)
        return Verdict(status, reason, 100 * change, (100 * low, 100 * high), "pp")
    if min(one[0], other[0]) == 0:
        raise NotTestableError(f"{reason}; with nothing right on one side a ratio has no value")
    ratio, interval = risk_ratio(*one, *other)
    return Verdict(ours.status(interval[0] <= multiplier.value <= interval[1]), reason, ratio, interval, "x")


@RULES.add(
    confirms="every schema named reaches the share in our run and all together have an interval of at most 30 points; "
    "a different reading where weights or examples differ",
    refutes="the released weights miss it on the published test split",
)
def at_least(evidence: Evidence, *, model: Size, runs: Runs, schemas: Schemas, share: Share) -> Verdict:
    """That on each of some schemas at least a share of the examples is exactly right."""
    ours = _run(evidence, model, runs)
    rows = [ours.row("json_exact", "schema", name) for name in schemas]
    k, n = sum(row.k or 0 for row in rows), sum(row.n for row in rows)
    low, high = wilson(k, n)
    agrees = all(row.value >= share for row in rows)
    status, reason = ours.status(agrees), ", ".join(f"{row.name} {row.k}/{row.n}" for row in rows)
    if agrees and high - low > WIDEST:
        status, reason = "not testable here", f"{reason}: too few examples to disagree"
    return Verdict(status, f"{ours.record.run}: {reason}{ours.but}", 100 * k / n, (100 * low, 100 * high), "%")


@RULES.add(
    confirms="the recorded number prints as stated",
    refutes="it does not; the architecture is the announced one, so that no other weights would change it",
)
def recorded(
    evidence: Evidence, *, figure: Figure, run: Run, field: Literal["model.parameters", "model.trainable"]
) -> Verdict:
    """A count in millions that a run's record holds and that data cannot change."""
    if not (records := _found(evidence, run)):
        raise _missing([run])
    count = attrgetter(field)(records[0])
    if count is None:
        raise NotTestableError(f"run {records[0].run} holds no {field}")
    low, high = figure.bounds
    status: Status = "reproduced" if low <= count / MILLION <= high else "refuted"
    return Verdict(status, f"{records[0].run}: {count:,}", count / MILLION, None, figure.unit)


def _run(evidence: Evidence, model: Size, runs: Iterable[Run]) -> OurRun:
    """The first run that there is. Raises NotTestableError where there is none."""
    wanted = tuple(runs)
    for run in wanted:
        if records := _found(evidence, run):
            return OurRun(records[0], evidence.facts.released[model], evidence.facts.base_models[model].name)
    raise _missing(wanted)


def _found(evidence: Evidence, run: Run) -> list[Record]:
    """The records with the given fields that were not tested on a dev split, the lowest seed first."""
    found = (record for record in select(evidence.records, **run) if record.split != "dev")
    return sorted(found, key=lambda record: record.seed)


def _missing(runs: Iterable[Run]) -> NotTestableError:
    wanted = " or ".join(", ".join(f"{field} {value}" for field, value in run.items()) for run in runs)
    return NotTestableError(f"there is no run with {wanted}")


def _agreement(figure: PublishedFigure, row: Metric) -> tuple[bool, str]:
    """Whether a published figure and our row can be one rate, and how that was decided."""
    if figure.k is not None and figure.n is not None and row.k is not None:
        p = fisher(row.k, row.n, figure.k, figure.n)
        return p >= ALPHA, f"{row.k}/{row.n} against {figure.k}/{figure.n} published, {p_text(p)}"
    low, high = figure.bounds
    scale = 100 if figure.unit == "%" else 1
    inside = scale * row.low <= high and low <= scale * row.high
    return inside, f"{figure.printed} lies {'inside' if inside else 'outside'} our interval"


def _upper_end(k: int, n: int, schemas: int) -> float:
    """Upper end of the 95 % interval of a published count, as far as the count tells.

    Where none or all are right, the interval clustered by schema depends on the number of schemas alone; else it is
    Wilson's, which is narrower.
    """
    if 0 < k < n or schemas < 2:
        return wilson(k, n)[1]
    return wilson_clustered(np.full(n, k / n), np.arange(n) % schemas)[1]


def _under_both(ours: OurRun, row: Metric) -> str:
    """A count under the published evaluator, and the one under the corrected evaluator."""
    other = ours.row("json_exact", row.group, row.name)
    return f"{row.k}/{row.n} under the published evaluator (corrected: {other.k}/{other.n})"
