"""Scores of examples as metrics of groups: overall, by tier and by schema, each with its count and 95 % interval."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from paperlib.core.records import IntervalName, Metric, MetricName
from paperlib.data.examples import OfSchema, groups
from paperlib.evaluation.statistics.intervals import (
    Interval,
    bootstrap_mean,
    t_clustered,
    wilson_clustered,
    wilson_mean,
)

T = TypeVar("T", bound=OfSchema)
Measure = Callable[[T], bool | float | None]  # the value of one example; None where it has none
UNBOUNDED: tuple[MetricName, ...] = ("nats_per_token", "nats_per_leaf")  # all others are in [0, 1]
BY_SCHEMA: tuple[MetricName, ...] = ("json_exact", "field_f1", "schema_valid")  # the others stop at tiers


def summarise(scored: Sequence[T], measures: Mapping[MetricName, Measure[T]]) -> tuple[Metric, ...]:
    """The mean of every measure over each group in which an example has a value, with its headline interval.

    A measure whose values are all True or False is a proportion and has a count of successes.
    """
    return tuple(
        _metric(metric, group, name, valued)
        for group, name, members in groups(scored)
        for metric, measure in measures.items()
        if group != "schema" or metric in BY_SCHEMA
        if (valued := [(member.schema_id, value) for member in members if (value := measure(member)) is not None])
    )


def headline_interval(
    metric: MetricName, values: Sequence[bool | float], schemas: Sequence[str]
) -> tuple[IntervalName, Interval]:
    """The interval that stands beside a mean over examples everywhere in the study, and its name.

    Examples of one schema succeed and fail together, so schemas are treated as clusters:
    :mod:`paperlib.evaluation.statistics.coverage` says how often the interval holds the truth. Examples of a single
    schema show no spread between schemas: their interval is a plain Wilson interval (or, of nats, a bootstrap over
    examples) and speaks of further texts of that schema only. So it is for receipts, which have one schema.
    """
    if len(set(schemas)) > 1:
        if metric in UNBOUNDED:
            low, high = t_clustered(values, schemas)
            return "clustered t", (max(low, 0.0), high)  # no answer has fewer nats than a certain one
        return "clustered wilson", wilson_clustered(values, schemas)
    if metric in UNBOUNDED:
        return "bootstrap", bootstrap_mean(values)
    return "wilson", wilson_mean(values)


def _metric(metric: MetricName, group: str, name: str, valued: Sequence[tuple[str, bool | float]]) -> Metric:
    schemas, values = zip(*valued, strict=True)
    kind, (low, high) = headline_interval(metric, values, schemas)
    proportion = all(isinstance(value, bool) for value in values)
    return Metric(
        metric=metric,
        group=group,
        name=name,
        value=sum(values) / len(values),
        n=len(values),
        k=round(sum(values)) if proportion else None,
        low=low,
        high=high,
        interval=kind,
    )
