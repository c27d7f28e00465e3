"""Tables of :mod:`paperlib.evaluation.run_comparisons`, and of the metrics that the main table has no room for.

Two have cells that wrap and need the LaTeX package array. All fit a text width of 6.5 in, in footnotesize and with a
tabcolsep of 3 pt.
"""

import re
from collections.abc import Callable
from itertools import zip_longest

from paperlib.core.config import EDGEJSON
from paperlib.core.records import Metric, MetricName, Record
from paperlib.evaluation import run_comparisons
from paperlib.evaluation.metric_definitions import DEFINITIONS
from paperlib.evaluation.runs import find, kind, ordered, shown_dataset
from paperlib.paper.latex import (
    blocks,
    count,
    escape,
    estimate,
    factor,
    interval,
    millions,
    mono,
    number,
    p_value,
    percent,
    points,
    tabular,
)

# The width of a column, of the text's: that of an interval.
FURTHER: dict[MetricName, float] = {
    "leaf_f1": 0.102,
    "edit_similarity": 0.102,
    "published_exact": 0.102,
    "published_f1": 0.102,
    "nats_per_token": 0.102,
    "nats_per_leaf": 0.115,  # may have two digits before its point
}
REASON = r">{\raggedright\arraybackslash}p{0.26\textwidth}"
WRITTEN: dict[str, Callable[[float], str]] = {
    "parameters": lambda value: millions(round(value)),
    "peak memory, GB": "{:.1f}".format,
}  # by criterion; others are seconds


def decisions(records: dict[str, Record]) -> str:
    """Which model to choose by which criterion on our examples: a column a run, the winner of a row in bold.

    Shares are correct answers of all. The last column says what tells the best from the next, after a dash where
    nothing does. Without two models that were tested on the same examples there is no row.
    """
    runs = comparable(records)
    criteria = run_comparisons.decision_matrix(runs) if len(runs) > 1 else []
    head = ["Criterion", *(mono(run.run) for run in runs), "Told apart by"]
    columns = "@{}l" + "r" * len(runs) + REASON + "@{}"
    return tabular(columns, head, [("", [_decision(criterion) for criterion in criteria])])


def comparable(records: dict[str, Record]) -> list[Record]:
    """The models tested on our examples; where records of different sizes of that set meet, those of the most used."""
    groups: dict[str, list[Record]] = {}
    for record in ordered(records):
        if record.test_set == EDGEJSON and kind(record) != "baseline":
            groups.setdefault(record.data.test_hash, []).append(record)
    return max(groups.values(), key=len, default=[])


def multipliers(records: dict[str, Record]) -> str:
    """What tuning multiplies, on three scales with their 95 % intervals: a row a tuned run beside its untuned base."""
    found = {one.tuned: one for one in run_comparisons.tuning_effects(records)}

    def row(record: Record) -> list[str]:
        one = found[record.run]
        tuned, base = (f"{k}/{n}" for k, n in one.counts)
        scales = [estimate(one.ratio, factor), estimate(one.difference, points), estimate(one.odds_ratio, factor)]
        return [escape(record.label), base, tuned, *scales, p_value(one.p)]

    head = ["Run", "Untuned", "Tuned", "Ratio", "Difference (points)", "Odds ratio", "Fisher"]
    paired = {name: record for name, record in records.items() if record.run in found}
    return tabular("@{}lrrrrrl@{}", head, blocks(paired, row))


def perfect(records: dict[str, Record]) -> str:
    """The schemas that each tuned run reads without an error, and those that it reads with 80 % or more.

    With correct answers of all and the lower end of the 95 % interval, which says how little few examples prove.
    """
    tuned = [record for record in ordered(records) if kind(record) in ("tuned", "transfer")]
    head = ["Without an error", "Correct", r"Low (\%)", r"With 80\,\% or more", "Correct", r"Low (\%)"]
    found = [(escape(f"{record.label}, {shown_dataset(record)}"), _read_schemas(record)) for record in tuned]
    return tabular(r"@{}lrr@{\qquad}lrr@{}", head, found)


def metrics(records: dict[str, Record]) -> str:
    """Every run with its further metrics and their 95 % intervals, by dataset."""

    def row(record: Record) -> list[str]:
        return [escape(record.label), *(_stacked(find(record, name)) for name in FURTHER)]

    columns = "".join(rf">{{\raggedleft\arraybackslash}}p{{{width}\textwidth}}" for width in FURTHER.values())
    return tabular(f"@{{}}l{columns}@{{}}", ["Run", *map(_title, FURTHER)], blocks(records, row))


def _decision(criterion: run_comparisons.Criterion) -> list[str]:
    cells = {run: _amount(criterion.name, value) for run, value in criterion.values.items()}
    if criterion.winner is None:
        return [_criterion(criterion.name), *cells.values(), f"-- ({_reason(criterion.reason)})"]
    cells[criterion.winner] = rf"\textbf{{{cells[criterion.winner]}}}"
    return [_criterion(criterion.name), *cells.values(), _reason(criterion.reason)]


def _criterion(name: str) -> str:
    return escape(name[0].upper() + name[1:])


def _amount(criterion: str, value: Metric | float | None) -> str:
    if isinstance(value, Metric):
        return count(value)
    return "--" if value is None else WRITTEN.get(criterion, "{:.0f}".format)(value)


def _reason(text: str) -> str:
    """Its p value as all tables write one."""
    return re.sub(r"p = (\S+)$", lambda found: p_value(float(found[1])), escape(text))


def _read_schemas(record: Record) -> list[list[str]]:
    """Rows of two lists side by side; a dash where one of them is empty."""
    lists = run_comparisons.perfect_schemas(record), run_comparisons.high_accuracy_schemas(record)
    left, right = ([[mono(row.name), count(row), percent(row.low)] for row in rows] or [["--"] * 3] for rows in lists)
    return [[*one, *other] for one, other in zip_longest(left, right, fillvalue=[""] * 3)]


def _stacked(row: Metric | None) -> str:
    """The interval below its value: six of them side by side are wider than the page."""
    return rf"{number(row, row.value)} \linebreak {{\scriptsize {interval(row)}}}" if row else "--"


def _title(name: MetricName) -> str:
    defined = DEFINITIONS[name]
    return escape(defined.title) + (r" (\%)" if defined.unit == "share of examples" else "")
