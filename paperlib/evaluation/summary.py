"""Scores of examples as metrics of groups: overall, by tier and by schema, each with its count and 95 % interval."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from paperlib.core.records import IntervalName, Metric, MetricName
from paperlib.data.examples import OfSchema, groups
from paperlib.evaluation.statistics import Interval, bootstrap_mean, t_clustered, wilson_clustered, wilson_mean

T = TypeVar("T", bound=OfSchema)
Measure = Callable[[T], bool | float | None]  # a score of one example; None where it has none
UNBOUNDED: tuple[MetricName, ...] = ("nats_per_token", "nats_per_leaf")  # all others are in [0, 1]
BY_SCHEMA: tuple[MetricName, ...] = ("json_exact", "field_f1", "schema_valid")  # the others stop at tiers


def summarise(scored: Sequence[T], measures: Mapping[MetricName, Measure[T]]) -> tuple[Metric, ...]:
    """Every measure's mean over each group that has a value; a measure that says True or False is a proportion."""
    return tuple(
        _metric(metric, group, name, found)
        for group, name, members in groups(scored)
        for metric, measure in measures.items()
        if group != "schema" or metric in BY_SCHEMA
        if (found := [(member.schema_id, value) for member in members if (value := measure(member)) is not None])
    )


def headline(
    metric: MetricName, values: Sequence[bool | float], schemas: Sequence[str]
) -> tuple[IntervalName, Interval]:
    """The interval that stands beside a mean everywhere in the study, and its name.

    Examples of one schema succeed and fail together, so it treats schemas as clusters; :mod:`paperlib.evaluation.statistics.coverage`
    says how often it holds. A single schema shows no spread between schemas: its interval is of fresh texts of it.
    """
    if len(set(schemas)) > 1:
        if metric in UNBOUNDED:
            low, high = t_clustered(values, schemas)
            return "clustered t", (max(low, 0.0), high)  # no likelihood has fewer nats
        return "clustered wilson", wilson_clustered(values, schemas)
    if metric in UNBOUNDED:
        return "bootstrap", bootstrap_mean(values)
    return "wilson", wilson_mean(values)


def _metric(metric: MetricName, group: str, name: str, found: Sequence[tuple[str, bool | float]]) -> Metric:
    schemas, values = zip(*found, strict=True)
    kind, (low, high) = headline(metric, values, schemas)
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
