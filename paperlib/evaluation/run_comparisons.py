"""Comparisons between runs, from their records and kept scores: the statistics behind the paper's tables and macros.

What tuning changes, which model wins by which criterion, paired tests of two runs, means over training seeds, costs.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from paperlib.core.errors import PaperlibError
from paperlib.core.records import Metric, Record
from paperlib.evaluation.runs import GROUP_NAMES, UNTUNED_BASE, find, group_names, ordered, select, trained_here
from paperlib.evaluation.scaling.outcomes import outcomes
from paperlib.evaluation.statistics.comparisons import (
    McNemar,
    fisher,
    holm,
    mcnemar,
    odds_ratio,
    risk_difference,
    risk_ratio,
)
from paperlib.evaluation.statistics.intervals import LEVEL, Interval, t_over_seeds

Counts = tuple[int, int]  # successes, examples
HIGH = 0.8  # JSONExact from which a schema is listed beside those without an error


def counts(record: Record, group: str = "overall", name: str = "all") -> Counts:
    """Exact answers and examples of a group. Raises KeyError where the run has no such group."""
    row = record.metric("json_exact", group, name)
    return row.k or 0, row.n


@dataclass(frozen=True)
class TuningEffect:
    """JSONExact of a tuned run against that of its untuned base, on three scales with 95 % intervals.

    ``ratio`` (risk ratio) is None where either run has no exact answer, ``odds_ratio`` where both have none or all
    right: they have no value there.
    """

    tuned: str  # run
    base: str  # run
    counts: tuple[Counts, Counts]  # of the tuned run, of the base
    ratio: tuple[float, Interval] | None
    difference: tuple[float, Interval]
    odds_ratio: tuple[float, Interval] | None
    p: float  # Fisher's exact test, two-sided


def tuning_effect(tuned: Record, base: Record) -> TuningEffect:
    """JSONExact of a tuned run against the untuned one. Raises PaperlibError where their test data differ."""
    if tuned.data.test_hash != base.data.test_hash:
        raise PaperlibError(f"{tuned.run} and {base.run} were tested on different examples and cannot be compared")
    one, other = counts(tuned), counts(base)
    ratio = risk_ratio(*one, *other) if min(one[0], other[0]) else None
    odds = odds_ratio(*one, *other) if 0 < one[0] + other[0] < one[1] + other[1] else None
    difference = risk_difference(*one, *other)
    return TuningEffect(tuned.run, base.run, (one, other), ratio, difference, odds, fisher(*one, *other))


def tuning_effects(records: dict[str, Record]) -> list[TuningEffect]:
    """The effect of every tuned run of which there is an untuned one, with the same weights and test examples, asked
    as a tuned model is and decoded freely."""
    runs = ordered(records)
    bases = [record for record in select(runs, **UNTUNED_BASE) if record.model.method == "none"]
    untuned = {(r.model.name, r.data.test_hash): r for r in bases}
    tuned = [r for r in runs if r.model.method in ("lora", "full")]
    pairs = [(record, untuned.get((record.model.name, record.data.test_hash))) for record in tuned]
    return [tuning_effect(record, base) for record, base in pairs if base]


def perfect_schemas(record: Record) -> list[Metric]:
    """The schemas without an error, most examples first; ``low`` says how little k = n means: of 8, above 67 %."""
    return sorted((row for row in _by_schema(record) if row.k == row.n), key=lambda row: (-row.n, row.name))


def high_accuracy_schemas(record: Record) -> list[Metric]:
    """The schemas with a JSONExact of at least HIGH, but not without an error, best first."""
    kept = [row for row in _by_schema(record) if row.value >= HIGH and row.k != row.n]
    return sorted(kept, key=lambda row: (-row.value, row.name))


def _by_schema(record: Record) -> list[Metric]:
    return [row for row in record.metrics if (row.metric, row.group) == ("json_exact", "schema")]


@dataclass(frozen=True)
class Criterion:
    """One line of the decision matrix: a value for each run, and the winner where the runs differ significantly."""

    name: str
    values: dict[str, Metric | float | None]  # by run
    winner: str | None
    reason: str


def decision_matrix(runs: Sequence[Record]) -> list[Criterion]:
    """Which of the runs to choose by which criterion: JSONExact overall and by tier, size, time and memory.

    A share has a winner where Fisher's exact test tells the best run from the next one (p < 0.05). Of a size or a time,
    which has no interval in a single run, the smallest value wins and is said to be one measurement.

    Raises PaperlibError on fewer than two runs or different test data.
    """
    if len(runs) < 2 or len({run.data.test_hash for run in runs}) != 1:
        raise PaperlibError("a decision needs at least two runs that were tested on the same examples")
    groups = [("tier", name) for name in group_names(list(runs), "tier")] + [("overall", "all")]
    costs: dict[str, Sequence[float | None]] = {
        "parameters": [float(run.model.parameters) for run in runs],
        "seconds of training": [run.cost.train_seconds for run in runs],
        "seconds of testing": [run.cost.eval_seconds for run in runs],
        "peak memory, GB": [run.cost.peak_memory_gb for run in runs],
    }
    return [*(_highest(runs, *group) for group in groups), *(_lowest(name, runs, row) for name, row in costs.items())]


def _highest(runs: Sequence[Record], group: str, name: str) -> Criterion:
    values = {run.run: find(run, "json_exact", group, name) for run in runs}
    title = f"JSONExact, {'overall' if group == 'overall' else GROUP_NAMES.get(name, name)}"
    ranked = sorted((row.k or 0, row.n, run) for run, row in values.items() if row)[::-1]
    if len(ranked) < 2:
        return Criterion(title, {**values}, None, "fewer than two runs have it")
    (k1, n1, best), (k2, n2, _) = ranked[:2]
    p = fisher(k1, n1, k2, n2)
    winner = best if p < 1 - LEVEL else None
    return Criterion(title, {**values}, winner, f"{k1}/{n1} against {k2}/{n2}, p = {p:.2g}")


def _lowest(name: str, runs: Sequence[Record], values: Sequence[float | None]) -> Criterion:
    by_run = {run.run: value for run, value in zip(runs, values, strict=True)}
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return Criterion(name, {**by_run}, None, "not every run has it")
    reason = "a count" if name == "parameters" else "one measurement each, without an interval"
    best = [run for run, value in by_run.items() if value == min(known)]
    return Criterion(name, {**by_run}, best[0] if len(best) == 1 else None, reason)


def exact_by_group(run: Record, groups: Mapping[str, str]) -> dict[str, Counts]:
    """Exact answers and examples of each group; ``groups`` maps ids of examples to the names of their groups."""
    members: dict[str, list[bool]] = defaultdict(list)
    for id, found in outcomes(run).items():
        if id in groups:
            members[groups[id]].append(found.exact)
    return {name: (sum(exact), len(exact)) for name, exact in members.items()}


@dataclass(frozen=True)
class PairedRuns:
    """Two runs on the same n examples: McNemar's exact test of who alone is right, its p before and after Holm."""

    first: str
    second: str
    n: int
    mcnemar: McNemar
    adjusted_p: float


def paired_runs(pairs: Sequence[tuple[Record, Record]]) -> list[PairedRuns]:
    """McNemar's exact test of each pair of runs, with Holm's correction over all pairs returned, in their order.

    A pair is left out where a run has no kept scores or the two were tested on different examples.
    """
    tested: list[tuple[str, str, int, McNemar]] = []
    for first, second in pairs:
        one, other = outcomes(first), outcomes(second)
        if one and one.keys() == other.keys():
            test = mcnemar([one[id].exact for id in one], [other[id].exact for id in one])
            tested.append((first.run, second.run, len(one), test))
    adjusted = holm([test.p for *_, test in tested])
    return [PairedRuns(*pair, p) for pair, p in zip(tested, adjusted, strict=True)]


def seed_groups(records: Mapping[str, Record]) -> dict[str, list[Record]]:
    """Trained runs that differ in their seed alone, two and more, under the name of the run with the first seed."""
    groups: dict[tuple[str | None, ...], list[Record]] = defaultdict(list)
    for record in sorted(filter(trained_here, records.values()), key=lambda record: record.seed):
        fields = (record.base, record.recipe, record.train_set, record.test_set, record.split, record.decoding)
        groups[fields].append(record)
    return {group[0].run: group for group in groups.values() if len(group) > 1}


def mean_over_seeds(seeds: Sequence[Record], group: str = "overall", name: str = "all") -> tuple[float, Interval]:
    """Mean JSONExact of runs that differ in their seed, and its 95 % t interval over seeds, cut to [0, 1].

    The interval (:func:`paperlib.evaluation.statistics.intervals.t_over_seeds`) covers training runs on these test
    examples; the clustered intervals of single runs cover test examples.
    """
    mean, (low, high) = t_over_seeds([record.metric("json_exact", group, name).value for record in seeds])
    return mean, (max(low, 0.0), min(high, 1.0))


def total_cost(records: Mapping[str, Record]) -> tuple[float, float]:
    """Seconds of training and testing of all runs together, and the largest peak memory in GB.

    Every training counts once, whether or not the run that trained has a record of its own, and not again in runs that
    start from it.
    """
    costs = [record.cost for record in records.values()]
    tests = [record for record in records.values() if record.trained_by]
    trainings = {record.trained_by: record.cost for record in sorted(tests, key=trained_here)}  # its own record last
    seconds = sum((cost.train_seconds or 0) - cost.init_seconds for cost in trainings.values())
    return seconds + sum(cost.eval_seconds for cost in costs), max(cost.peak_memory_gb for cost in costs)


def running_mean(values: Sequence[float], window: int) -> list[float]:
    """The mean of up to ``window`` values before and at each place: how a loss curve is smoothed."""
    sums = [0.0, *accumulate(values)]
    return [(sums[end] - sums[max(0, end - window)]) / min(end, window) for end in range(1, len(sums))]
