"""Fresh results against the committed ones: one row per run and headline metric, within tolerance or not.

Tolerance. The same code, data and seed on another processor round differently, and training carries that on, so a fresh
value is a second draw and not a copy. If both values estimate one true rate, each with the uncertainty of n independent
examples, the variance of their difference is twice that of one of them, and its 95 % range is √2 times as wide as
Wilson's interval. So a fresh value may lie √2 times as far from the committed one as that interval's end on its side:
not the end of the interval printed beside it, which is wider because it speaks of other schemas, while the test data
here must be the same by hash, else the row fails. No mean of values in [0, 1] varies more than a proportion, so the
same holds for Field F1.

    python -m paperlib.workflow.reproducibility laptop        exit code 0: all within; 1: something is outside; 2: nothing to compare
"""

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from paperlib.core import experiments, paths
from paperlib.core.errors import PaperlibError, exit_code
from paperlib.core.records import Metric, Record, load_records
from paperlib.evaluation.runs import HEADLINE
from paperlib.evaluation.statistics.intervals import wilson
from paperlib.workflow.keep import committed

Verdict = Literal["within", "OUTSIDE", "OTHER TEST DATA", "not run here", "nothing committed", "not comparable"]
FAILING: tuple[Verdict, ...] = ("OUTSIDE", "OTHER TEST DATA")


@dataclass(frozen=True)
class Row:
    """One run and metric. Values are in [0, 1]; None where there is no such run or nothing to hold it against."""

    run: str
    metric: str
    fresh: float | None
    committed: float | None
    below: float | None  # how far the fresh value may lie below the committed one
    above: float | None
    verdict: Verdict

    @property
    def difference(self) -> float | None:
        return None if self.fresh is None or self.committed is None else self.fresh - self.committed


def tolerance(metric: Metric) -> tuple[float, float]:
    """How far below and above a committed value a fresh one may lie; see the top of this file."""
    low, high = wilson(round(metric.value * metric.n), metric.n)
    return math.sqrt(2) * (metric.value - low), math.sqrt(2) * (high - metric.value)


def rows(fresh: dict[str, Record], committed: dict[str, Record], profile: str) -> list[Row]:
    """Every run of either side, by name, in the headline metrics."""
    names = [*fresh, *(run for run, record in committed.items() if run not in fresh and record.profile == profile)]
    return [_row(run, metric, fresh.get(run), committed.get(run)) for run in names for metric in HEADLINE]


def _row(run: str, metric: str, fresh: Record | None, committed: Record | None) -> Row:
    ours = fresh.metric(metric).value if fresh else None
    if committed is None:
        return Row(run, metric, ours, None, None, None, "nothing committed")
    theirs = committed.metric(metric)
    below, above = tolerance(theirs)
    return Row(run, metric, ours, theirs.value, below, above, _verdict(metric, fresh, committed))


def _verdict(metric: str, fresh: Record | None, committed: Record) -> Verdict:
    if fresh is None:
        return "not run here"
    if fresh.profile != committed.profile:
        return "not comparable"
    if fresh.data.test_hash != committed.data.test_hash:
        return "OTHER TEST DATA"
    theirs = committed.metric(metric)
    below, above = tolerance(theirs)
    # Compared in units of far less than one example, so that a rounding of the sum decides nothing.
    near = -below - 1e-9 <= fresh.metric(metric).value - theirs.value <= above + 1e-9
    return "within" if near else "OUTSIDE"


def table(found: Sequence[Row]) -> str:
    """The rows as text, values in per cent."""
    width = max(len(row.run) for row in found)
    head = f"{'run':{width}}  {'metric':12}  {'fresh':>6}  {'committed':>9}  {'diff':>6}  {'allowed':>13}  verdict"
    lines = [head, "-" * len(head)]
    for row in found:
        allowed = "" if row.below is None or row.above is None else f"-{100 * row.below:.1f} … +{100 * row.above:.1f}"
        values = f"{_shown(row.fresh):>6}  {_shown(row.committed):>9}  {_shown(row.difference, '+'):>6}"
        lines.append(f"{row.run:{width}}  {row.metric:12}  {values}  {allowed:>13}  {row.verdict}")
    return "\n".join(lines)


def _shown(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{100 * value:{sign}.1f}"


def report(profile: str) -> tuple[str, bool]:
    """The table with its closing sentence, and whether nothing failed. Raises PaperlibError without fresh results."""
    experiments.runs_of(profile)
    fresh = load_records(paths.results(profile))
    if not fresh:
        folder = paths.shown(paths.results(profile))
        raise PaperlibError(f"{folder} holds no record; run `make reproduce PROFILE={profile}` first")
    found = rows(fresh, load_records(committed(profile)), profile)
    failed = sorted({row.run for row in found if row.verdict in FAILING})
    compared = sum(row.verdict == "within" or row.verdict in FAILING for row in found)
    close = f"{compared} values compared, all within tolerance." if compared else "No committed result to compare with."
    if failed:
        close = f"Not reproduced: {', '.join(failed)}."
    title = f"Fresh results of profile '{profile}' against the committed ones, per cent"
    return f"{title}\n\n{table(found)}\n\n{close}", not failed


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m paperlib.workflow.reproducibility", description="Fresh against committed results."
    )
    parser.add_argument("profile", nargs="?", default="laptop")
    chosen = parser.parse_args(argv)

    def act() -> int:
        text, fine = report(chosen.profile)
        print(text)
        return 0 if fine else 1

    return exit_code(act)


if __name__ == "__main__":
    sys.exit(main())
