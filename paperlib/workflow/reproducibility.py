"""The reproducibility check: fresh results against the committed ones, one row per run and headline metric.

A rerun is a second draw, not a copy: other processors and precisions round differently, and training amplifies that as
much as another seed does. How far a value may lie off:

- A baseline computes the same everywhere and must be equal.
- A model may differ by √2 times the half-width of Wilson's interval on its side, as two independent sets of n test
  examples would.
- Where that is less than what reruns differ by, the latter counts. It is measured on replicates (other seeds and
  precisions, ``data/results/replicates.json``), as the standard deviation of arcsin √value within a recipe, pooled over
  the recipes of a method: see :class:`Spread`.

One value in twenty lies beyond such a 95 % bound by chance. A second, wider limit tells chance from a fault: in 95 % of
whole checks no value lies beyond it (Bonferroni's correction for the number of values). Beyond the bound a value is
``unlikely``, beyond the limit ``OUTSIDE``, and only that fails. Test data must be the same by hash.

    python -m paperlib.workflow.reproducibility laptop      exit code 0: reproduced; 1: not; 2: nothing to compare
"""

import argparse
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import binomtest, t

from paperlib.core import experiments, paths
from paperlib.core.errors import PaperlibError, exit_code
from paperlib.core.files import digest
from paperlib.core.records import Metric, Record, load_records
from paperlib.evaluation.runs import HEADLINE, kind, select
from paperlib.workflow.keep import committed, load_replicates

Verdict = Literal[
    "within", "unlikely", "OUTSIDE", "OTHER TEST DATA", "not run here", "nothing committed", "not comparable"
]
Range = tuple[float, float]
FAILING: tuple[Verdict, ...] = ("OUTSIDE", "OTHER TEST DATA")
LEVEL = 0.95  # of a single bound, and of the second bound for all values together
MIN_DEGREES = 8  # of freedom, below which a spread is too uncertain to go by
ROUNDING = 1e-9  # far below one example, so that the order of a sum decides nothing


@dataclass(frozen=True)
class Spread:
    """Standard deviation of arcsin √value over reruns of a recipe (the variance-stabilising transform of a proportion,
    Bartlett 1936), and its degrees of freedom."""

    sd: float
    degrees: int

    def range(self, value: float, level: float) -> Range:
        """Where a rerun lies, given one value: the prediction interval at ``level``."""
        angle = math.asin(math.sqrt(value))
        reach = math.sqrt(2) * float(t.ppf((1 + level) / 2, self.degrees)) * self.sd
        return math.sin(max(angle - reach, 0.0)) ** 2, math.sin(min(angle + reach, math.pi / 2)) ** 2


@dataclass(frozen=True)
class Row:
    """One run and metric, values in [0, 1]; None where there is no such run or nothing to compare with."""

    run: str
    metric: str
    fresh: float | None
    committed: float | None
    bound: Range | None  # where 95 % of reruns lie
    limit: Range | None  # where all values of 95 % of whole checks lie
    verdict: Verdict

    @property
    def difference(self) -> float | None:
        return None if self.fresh is None or self.committed is None else self.fresh - self.committed


def spread(record: Record, metric: str, others: Iterable[Record]) -> Spread | None:
    """The spread of a metric among reruns of the method of ``record`` on its test set; None with too few of them.

    A model that was decoded twice, in two precisions, counts once, with the mean of both.
    """
    groups: dict[tuple[str, str], dict[str, list[float]]] = {}
    for other in select(others, test_set=record.test_set, split=record.split, decoding=record.decoding):
        if other.model.method == record.model.method:
            training = digest([other.seed, other.provenance.hardware])  # on one machine a seed trains the same model
            values = groups.setdefault((other.base, other.recipe), {}).setdefault(training, [])
            values.append(other.metric(metric).value)
    angles = [[np.arcsin(np.sqrt(np.mean(values))) for values in group.values()] for group in groups.values()]
    degrees = sum(len(group) - 1 for group in angles)
    if degrees < MIN_DEGREES:
        return None
    return Spread(math.sqrt(sum(float(np.var(group)) * len(group) for group in angles) / degrees), degrees)


def allowed(metric: Metric, found: Spread | None, level: float) -> Range:
    """Where a rerun of a model lies with probability ``level``, given a committed value."""
    value, k = metric.value, round(metric.value * metric.n)
    wilson = binomtest(k, metric.n).proportion_ci(level, "wilson")
    low, high = value + math.sqrt(2) * (wilson.low - value), value + math.sqrt(2) * (wilson.high - value)
    if found is None:
        return low, high
    reruns = found.range(value, level)
    return min(low, reruns[0]), max(high, reruns[1])


def rows(
    fresh: Mapping[str, Record], committed: Mapping[str, Record], profile: str, replicates: Sequence[Record] = ()
) -> list[Row]:
    """A row a run and metric: every run of ``fresh``, and those that ``committed`` holds of this profile."""
    names = [*fresh, *(run for run, record in committed.items() if run not in fresh and record.profile == profile)]
    compared = max(1, len(HEADLINE) * sum(run in committed for run in fresh))
    others = [*committed.values(), *replicates]
    return [
        _row(run, metric, fresh.get(run), committed.get(run), others, compared) for run in names for metric in HEADLINE
    ]


def _row(
    run: str, metric: str, fresh: Record | None, committed: Record | None, others: Sequence[Record], compared: int
) -> Row:
    ours = fresh.metric(metric).value if fresh else None
    if committed is None:
        return Row(run, metric, ours, None, None, None, "nothing committed")
    theirs = committed.metric(metric)
    bound = limit = (theirs.value, theirs.value)
    if kind(committed) != "baseline":
        found = spread(committed, metric, others)
        bound, limit = (allowed(theirs, found, level) for level in (LEVEL, 1 - (1 - LEVEL) / compared))
    verdict = _incomparable(fresh, committed) or _judged(ours or 0.0, bound, limit)
    return Row(run, metric, ours, theirs.value, bound, limit, verdict)


def _incomparable(fresh: Record | None, committed: Record) -> Verdict | None:
    """Why two runs cannot be compared; None where they can."""
    if fresh is None:
        return "not run here"
    if fresh.profile != committed.profile:
        return "not comparable"
    return "OTHER TEST DATA" if fresh.data.test_hash != committed.data.test_hash else None


def _judged(value: float, bound: Range, limit: Range) -> Verdict:
    if bound[0] - ROUNDING <= value <= bound[1] + ROUNDING:
        return "within"
    return "unlikely" if limit[0] - ROUNDING <= value <= limit[1] + ROUNDING else "OUTSIDE"


def table(found: Sequence[Row]) -> str:
    """The rows as text, values in per cent."""
    width = max(len(row.run) for row in found)
    titles = ["run", "metric", "fresh", "committed", "diff", "bound", "limit", "verdict"]
    lines = ["{:{w}}  {:12}  {:>6}  {:>9}  {:>6}  {:>12}  {:>12}  {}".format(*titles, w=width)]
    lines.append("-" * len(lines[0]))
    for row in found:
        values = f"{_shown(row.fresh):>6}  {_shown(row.committed):>9}  {_shown(row.difference, '+'):>6}"
        ranges = f"{_range(row.bound):>12}  {_range(row.limit):>12}"
        lines.append(f"{row.run:{width}}  {row.metric:12}  {values}  {ranges}  {row.verdict}")
    return "\n".join(lines)


def _shown(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{100 * value:{sign}.1f}"


def _range(ends: Range | None) -> str:
    return "–" if ends is None else f"{100 * max(ends[0], 0):.1f} … {100 * min(ends[1], 1):.1f}"


def report(profile: str) -> tuple[str, bool]:
    """The table with its closing sentence, and whether nothing failed. Raises PaperlibError without fresh results."""
    experiments.runs_of(profile)
    fresh = load_records(paths.results(profile))
    if not fresh:
        folder = paths.display(paths.results(profile))
        raise PaperlibError(f"{folder} holds no record; run `make reproduce PROFILE={profile}` first")
    kept = {**load_records(paths.SCREENING), **load_records(committed(profile))}
    found = rows(fresh, kept, profile, load_replicates())
    title = f"Fresh results of profile '{profile}' against the committed ones, per cent"
    return f"{title}\n\n{table(found)}\n\n{_closing(found)}", not any(row.verdict in FAILING for row in found)


def _closing(found: Sequence[Row]) -> str:
    if failed := sorted({row.run for row in found if row.verdict in FAILING}):
        return f"Not reproduced: {', '.join(failed)}."
    compared = sum(row.verdict in ("within", "unlikely") for row in found)
    if not compared:
        return "No committed result to compare with."
    unlikely = sum(row.verdict == "unlikely" for row in found)
    chance = f"; {unlikely} beyond its 95 % bound, as one in twenty is by chance" if unlikely else ""
    return f"Reproduced: {compared} values compared, all within their limits{chance}."


def main(argv: Sequence[str] | None = None) -> int:
    description = "Fresh results against the committed ones."
    parser = argparse.ArgumentParser(prog="python -m paperlib.workflow.reproducibility", description=description)
    parser.add_argument("profile", nargs="?", default="laptop")
    chosen = parser.parse_args(argv)

    def act() -> int:
        text, reproduced = report(chosen.profile)
        print(text)
        return 0 if reproduced else 1

    return exit_code(act)


if __name__ == "__main__":
    sys.exit(main())
