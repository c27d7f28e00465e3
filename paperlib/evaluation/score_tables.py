"""Scores as tables for notebooks and the command line: every value with its 95 % interval and its count."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from paperlib.core.records import Metric, MetricName, Record
from paperlib.data.display import Table
from paperlib.evaluation.likelihood import MEASURES as LIKELIHOODS
from paperlib.evaluation.metric_definitions import DEFINITIONS, LINKS
from paperlib.evaluation.runs import HEADLINE, find, group_names
from paperlib.evaluation.statistics.intervals import Interval


def table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """A table in which the title of a metric links to its definition (``metric_definitions.markdown``)."""
    return Table(list(rows), LINKS)


def scores(records: Sequence[Record], group: str = "overall", metrics: Sequence[MetricName] = HEADLINE) -> Table:
    """Metrics of runs, one line for each run and each member of ``group`` ("overall", "tier" or "schema")."""
    return table(
        {
            **({} if group == "overall" else {group: name}),
            "run": record.label,
            **{DEFINITIONS[metric].title: _cell(record, metric, group, name) for metric in metrics},
        }
        for name in group_names(list(records), group)
        for record in records
    )


def metrics(record: Record) -> Table:
    """All metrics of one run's answers, one line each, overall and by tier."""
    groups = [("overall", "all"), *(("tier", name) for name in group_names([record], "tier"))]
    return table(
        {"metric": definition.title, **{name: _cell(record, metric, group, name) for group, name in groups}}
        for metric, definition in DEFINITIONS.items()
        if metric not in LIKELIHOODS and find(record, metric)
    )


def _cell(record: Record, metric: str, group: str, name: str) -> str:
    row = find(record, metric, group, name)
    return format_metric(row) if row else "–"


def format_metric(metric: Metric) -> str:
    """A metric with its interval and count, as :func:`format_estimate` writes them."""
    return format_estimate(metric.value, (metric.low, metric.high), metric.k, metric.n)


def format_estimate(value: float, interval: Interval, k: int | None, n: int) -> str:
    """A proportion k/n in per cent or, where ``k`` is None, a mean with three decimals; with interval and count.

    An interval without a width is not shown: a bootstrap of equal values has none, and nothing is that certain.
    """
    form, count = (".3f", f"n = {n}") if k is None else (".1%", f"{k}/{n}")
    low, high = interval
    ends = f" [{low:{form}}, {high:{form}}]" if low < high else ""
    return f"{value:{form}}{ends}, {count}"


def format_difference(value: float, interval: Interval | None, points: bool) -> str:
    """A difference of proportions in percentage points, or of means, with its interval where it has a width."""
    scale, form = (100, "+.1f") if points else (1, "+.3f")
    low, high = interval or (0, 0)
    ends = f" [{scale * low:{form}}, {scale * high:{form}}]" if low < high else ""
    return f"{scale * value:{form}}{ends}{' points' if points else ''}"
