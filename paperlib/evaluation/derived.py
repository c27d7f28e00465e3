"""What the announcement states in prose, derived from records: who wins where, which schemas are read without an error,
and what tuning multiplies, each with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

from paperlib.core.errors import PaperlibError
from paperlib.core.records import Metric, Record
from paperlib.evaluation.runs import GROUP_NAMES, find, group_names, ordered
from paperlib.evaluation.statistics import LEVEL, Interval, fisher, odds_ratio, risk_difference, risk_ratio

Counts = tuple[int, int]  # successes, examples


@dataclass(frozen=True)
class Multiplier:
    """What tuning did on three scales.

    ``ratio`` is None where either run has nothing right, ``odds_ratio`` where both have nothing or everything right:
    they have no value there.
    """

    tuned: str  # run
    base: str
    counts: tuple[Counts, Counts]
    ratio: tuple[float, Interval] | None
    difference: tuple[float, Interval]
    odds_ratio: tuple[float, Interval] | None
    p: float  # Fisher's, two-sided


def multiplier(tuned: Record, base: Record, group: str = "overall", name: str = "all") -> Multiplier:
    """JSONExact of a tuned run against the untuned one. Raises PaperlibError where their test data differ."""
    if tuned.data.test_hash != base.data.test_hash:
        raise PaperlibError(f"{tuned.run} and {base.run} were tested on different examples, so nothing compares them")
    one, other = counts(tuned, group, name), counts(base, group, name)
    ratio = risk_ratio(*one, *other) if min(one[0], other[0]) else None
    odds = odds_ratio(*one, *other) if 0 < one[0] + other[0] < one[1] + other[1] else None
    difference = risk_difference(*one, *other)
    return Multiplier(tuned.run, base.run, (one, other), ratio, difference, odds, fisher(*one, *other))


def multipliers(records: dict[str, Record]) -> list[Multiplier]:
    """Every tuned run beside the untuned one of the same weights and test examples, where there is one."""
    runs = ordered(records)
    untuned = {(r.model.name, r.data.test_hash): r for r in runs if r.model.method == "none"}
    tuned = [r for r in runs if r.model.method in ("lora", "full")]
    pairs = [(record, untuned.get((record.model.name, record.data.test_hash))) for record in tuned]
    return [multiplier(record, base) for record, base in pairs if base]


def counts(record: Record, group: str = "overall", name: str = "all") -> Counts:
    """Right answers and examples. Raises KeyError where the run has no such group."""
    row = record.metric("json_exact", group, name)
    return row.k or 0, row.n


def perfect_schemas(record: Record) -> list[Metric]:
    """The schemas without an error, most examples first; ``low`` says how little k = n means: of 8, above 67 %."""
    return sorted((row for row in _by_schema(record) if row.k == row.n), key=lambda row: (-row.n, row.name))


def high_accuracy_schemas(record: Record, share: float = 0.8) -> list[Metric]:
    """The schemas read with at least ``share`` but not without an error, best first."""
    kept = [row for row in _by_schema(record) if row.value >= share and row.k != row.n]
    return sorted(kept, key=lambda row: (-row.value, row.name))


def _by_schema(record: Record) -> list[Metric]:
    return [row for row in record.metrics if (row.metric, row.group) == ("json_exact", "schema")]


@dataclass(frozen=True)
class Criterion:
    """One line of the decision matrix: a value a run, and the winner where the runs can be told apart."""

    name: str
    values: dict[str, Metric | float | None]  # by run
    winner: str | None
    reason: str


def decision_matrix(runs: Sequence[Record]) -> list[Criterion]:
    """Which of the runs to choose by which criterion, those tested on the same examples only.

    A share has a winner where Fisher's test tells the best run from the next one (p < 0.05); a size or a time, which
    has no interval in a single run, has its smallest value named and said to be one measurement. Raises PaperlibError
    on fewer than two runs or different test data.
    """
    if len(runs) < 2 or len({run.data.test_hash for run in runs}) != 1:
        raise PaperlibError("a decision needs at least two runs that were tested on the same examples")
    groups = [("tier", name) for name in group_names(list(runs), "tier")] + [("overall", "all")]
    shares = [_share(runs, group, name) for group, name in groups]
    costs: dict[str, Sequence[float | None]] = {
        "parameters": [float(run.model.parameters) for run in runs],
        "seconds of training": [run.cost.train_seconds for run in runs],
        "seconds of testing": [run.cost.eval_seconds for run in runs],
        "peak memory, GB": [run.cost.peak_memory_gb for run in runs],
    }
    return [*shares, *(_least(name, runs, values) for name, values in costs.items())]


def _share(runs: Sequence[Record], group: str, name: str) -> Criterion:
    found = {run.run: find(run, "json_exact", group, name) for run in runs}
    title = f"JSONExact, {'overall' if group == 'overall' else GROUP_NAMES.get(name, name)}"
    rows = sorted((row.k or 0, row.n, run) for run, row in found.items() if row)[::-1]
    if len(rows) < 2:
        return Criterion(title, {**found}, None, "fewer than two runs have it")
    (k1, n1, best), (k2, n2, _) = rows[:2]
    p = fisher(k1, n1, k2, n2)
    told = p < 1 - LEVEL
    return Criterion(title, {**found}, best if told else None, f"{k1}/{n1} against {k2}/{n2}, p = {p:.2g}")


def _least(name: str, runs: Sequence[Record], values: Sequence[float | None]) -> Criterion:
    found = {run.run: value for run, value in zip(runs, values, strict=True)}
    there = {run: value for run, value in found.items() if value is not None}
    if len(there) < len(runs):
        return Criterion(name, {**found}, None, "not every run has it")
    reason = "a count" if name == "parameters" else "one measurement each, without an interval"
    least = min(there.values())
    best = [run for run, value in there.items() if value == least]
    return Criterion(name, {**found}, best[0] if len(best) == 1 else None, reason)
