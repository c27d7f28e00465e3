"""Two sets of scores of the same examples: which one is better, by how much, and how sure that is.

The text of ``paperlib compare``. The two may be of two models, or of one model's answers under two protocols.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Protocol

from paperlib.core.errors import DataError
from paperlib.data.display import Table
from paperlib.data.examples import OfSchema, groups
from paperlib.evaluation import score_tables
from paperlib.evaluation.metric_definitions import DEFINITIONS
from paperlib.evaluation.score_tables import format_difference, format_estimate
from paperlib.evaluation.statistics.comparisons import holm, mcnemar
from paperlib.evaluation.statistics.intervals import Interval, t_clustered
from paperlib.evaluation.summary import headline_interval

PairedMetric = Literal["json_exact", "field_f1", "compliance"]  # Field F1 is a mean, the others are proportions


class ExampleScore(OfSchema, Protocol):
    """The score of one example under either protocol; it has the metrics of PairedMetric as attributes."""

    @property
    def id(self) -> str: ...


@dataclass(frozen=True)
class Estimate:
    """Mean in [0, 1] of one of two sets of scores, its successes (None where it is no proportion), 95 % interval."""

    value: float
    k: int | None
    interval: Interval


@dataclass(frozen=True)
class PairedComparison:
    """One metric of two sets of scores on one group of n examples; ``difference`` is that of the means, b - a."""

    metric: PairedMetric
    name: str  # "all", a tier, or "none" for examples without one
    n: int
    a: Estimate
    b: Estimate
    difference: float
    interval: Interval | None  # 95 %, clustered by schema; None where all have one schema, or no score differs
    only_a: int  # examples that score higher in a; of a proportion, those that only a has right
    only_b: int
    p: float | None  # exact McNemar, after Holm's correction over the groups of the metric; None for a mean

    def row(self) -> dict[str, Any]:
        """The JSON object of this comparison."""
        return asdict(self)


def compare_scores(
    a: Sequence[ExampleScore], b: Sequence[ExampleScore], metrics: Sequence[PairedMetric] = ("json_exact", "field_f1")
) -> list[PairedComparison]:
    """Compares ``b`` with ``a`` in each metric, overall and by tier.

    Proportions are tested by McNemar's exact test (1947), with Holm's correction (1979) over the groups of a metric;
    the test takes examples as independent and speaks of these texts. The interval of a difference is the clustered t
    interval over schemas, which kept its level in simulation with 24 schemas and with five
    (:mod:`paperlib.evaluation.statistics.coverage`) and speaks of texts of other schemas.

    Raises DataError unless the ids of the two agree in order.
    """
    if [score.id for score in a] != [score.id for score in b]:
        raise DataError("the two sets of answers were scored on different examples")
    other = {score.id: score for score in b}
    parts = [(name, members, [other[s.id] for s in members]) for kind, name, members in groups(a) if kind != "schema"]
    return [one for metric in metrics for one in _adjusted([_compare(metric, *part) for part in parts])]


def comparison_table(comparisons: Sequence[PairedComparison], a: str, b: str) -> Table:
    """The comparisons as a table; ``a`` and ``b`` are the names of the two sets of scores."""
    return score_tables.table(
        {
            "metric": DEFINITIONS[one.metric].title,
            "examples": f"{one.name}, {one.n}",
            a: format_estimate(one.a.value, one.a.interval, one.a.k, one.n),
            b: format_estimate(one.b.value, one.b.interval, one.b.k, one.n),
            "difference": format_difference(one.difference, one.interval, points=one.p is not None),
            f"higher in {a}, in {b}": f"{one.only_a}, {one.only_b}",
            "p (McNemar, Holm)": "" if one.p is None else f"{one.p:.3g}",
        }
        for one in comparisons
    )


def _adjusted(comparisons: Sequence[PairedComparison]) -> Sequence[PairedComparison]:
    p_values = [one.p for one in comparisons if one.p is not None]
    return [replace(one, p=p) for one, p in zip(comparisons, holm(p_values), strict=True)] if p_values else comparisons


def _compare(metric: PairedMetric, name: str, a: Sequence[ExampleScore], b: Sequence[ExampleScore]) -> PairedComparison:
    one, other = ([getattr(score, metric) for score in scores] for scores in (a, b))
    schemas = [score.schema_id for score in a]
    gains = [float(y) - float(x) for x, y in zip(one, other, strict=True)]
    interval = None
    if len(set(schemas)) > 1 and any(gains):
        low, high = t_clustered(gains, schemas)
        interval = max(low, -1.0), min(high, 1.0)
    return PairedComparison(
        metric=metric,
        name=name,
        n=len(gains),
        a=_estimate(metric, one, schemas),
        b=_estimate(metric, other, schemas),
        difference=sum(gains) / len(gains),
        interval=interval,
        only_a=sum(gain < 0 for gain in gains),
        only_b=sum(gain > 0 for gain in gains),
        p=None if metric == "field_f1" else mcnemar(one, other).p,
    )


def _estimate(metric: PairedMetric, values: Sequence[bool | float], schemas: Sequence[str]) -> Estimate:
    k = None if metric == "field_f1" else round(sum(values))
    return Estimate(sum(values) / len(values), k, headline_interval(metric, values, schemas)[1])
