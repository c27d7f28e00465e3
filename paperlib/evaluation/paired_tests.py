"""Two sets of scores of the same examples: which one is better, by how much, how sure.

The text of ``paperlib compare``. The two may be of two models, or of one model's answers under two protocols.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Protocol

from paperlib.core.errors import DataError
from paperlib.data.examples import OfSchema, groups
from paperlib.evaluation.metric_definitions import DEFINITIONS
from paperlib.evaluation.show import Table, difference, estimate
from paperlib.evaluation.statistics import Interval, holm, mcnemar, t_clustered
from paperlib.evaluation.summary import headline

MetricName = Literal["json_exact", "field_f1", "compliance"]


class Scored(OfSchema, Protocol):
    """A score under either protocol; ``json_exact`` and ``compliance`` say yes or no."""

    @property
    def id(self) -> str: ...


@dataclass(frozen=True)
class Side:
    """One of the two on one group of examples: mean in [0, 1], examples right (None for a mean), 95 % interval."""

    value: float
    k: int | None
    interval: Interval


@dataclass(frozen=True)
class Pair:
    """One metric of both on one group of examples; ``difference`` is that of the means, b - a."""

    metric: MetricName
    name: str  # "all", a tier, or "none" for examples without one
    n: int
    a: Side
    b: Side
    difference: float
    interval: Interval | None  # 95 %, clustered by schema; None where all have one schema, or no score differs
    only_a: int  # examples that score higher in a: of a proportion, those that only a has right
    only_b: int
    p: float | None  # exact McNemar, after Holm's correction over the groups of the metric; None for a mean

    def row(self) -> dict[str, Any]:
        return asdict(self)


def paired(
    a: Sequence[Scored], b: Sequence[Scored], metrics: Sequence[MetricName] = ("json_exact", "field_f1")
) -> list[Pair]:
    """``b`` against ``a`` in each metric, overall and by tier.

    Raises DataError unless their ids agree in order. The interval is Student's over the differences of schemas, which
    kept its level in simulation with 24 schemas and with five (``paperlib.evaluation.statistics.coverage``); it speaks of texts of
    other schemas, the test of these examples only.
    """
    if [score.id for score in a] != [score.id for score in b]:
        raise DataError("the two sets of answers were scored on different examples")
    other = {score.id: score for score in b}
    shares = [
        (name, members, [other[s.id] for s in members]) for group, name, members in groups(a) if group != "schema"
    ]
    return [pair for metric in metrics for pair in _adjusted([_pair(metric, *share) for share in shares])]


def table(pairs: Sequence[Pair], a: str, b: str) -> Table:
    """The comparison as a table, ``a`` and ``b`` the names of the two."""
    return Table([_cells(pair, a, b) for pair in pairs])


def _cells(pair: Pair, a: str, b: str) -> dict[str, str]:
    points = pair.p is not None
    return {
        "metric": DEFINITIONS[pair.metric].title,
        "examples": f"{pair.name}, {pair.n}",
        a: estimate(pair.a.value, pair.a.interval, pair.a.k, pair.n),
        b: estimate(pair.b.value, pair.b.interval, pair.b.k, pair.n),
        "difference": difference(pair.difference, pair.interval, points),
        f"higher in {a}, in {b}": f"{pair.only_a}, {pair.only_b}",
        "p (McNemar, Holm)": "" if pair.p is None else f"{pair.p:.3g}",
    }


def _adjusted(pairs: Sequence[Pair]) -> list[Pair]:
    tested = [pair.p for pair in pairs if pair.p is not None]
    return [replace(pair, p=p) for pair, p in zip(pairs, holm(tested), strict=True)] if tested else list(pairs)


def _pair(metric: MetricName, name: str, a: Sequence[Scored], b: Sequence[Scored]) -> Pair:
    one, other = ([getattr(score, metric) for score in scores] for scores in (a, b))
    schemas = [score.schema_id for score in a]
    gains = [float(y) - float(x) for x, y in zip(one, other, strict=True)]
    return Pair(
        metric=metric,
        name=name,
        n=len(gains),
        a=_side(metric, one, schemas),
        b=_side(metric, other, schemas),
        difference=sum(gains) / len(gains),
        interval=_bounded(t_clustered(gains, schemas)) if len(set(schemas)) > 1 and any(gains) else None,
        only_a=sum(gain < 0 for gain in gains),
        only_b=sum(gain > 0 for gain in gains),
        p=None if metric == "field_f1" else mcnemar(one, other).p,
    )


def _side(metric: MetricName, values: Sequence[bool | float], schemas: Sequence[str]) -> Side:
    k = None if metric == "field_f1" else round(sum(values))
    return Side(sum(values) / len(values), k, headline(metric, values, schemas)[1])


def _bounded(interval: Interval) -> Interval:
    """Student's interval knows no bounds; a difference of shares has them."""
    low, high = interval
    return max(low, -1.0), min(high, 1.0)
