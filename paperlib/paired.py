"""Two models on the same examples: which one is better, by how much, how sure. The text of ``paperlib compare``."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from paperlib.dataset import groups
from paperlib.errors import DataError
from paperlib.metrics import Score
from paperlib.show import Table
from paperlib.stats import Interval, holm, mcnemar, t_clustered


@dataclass(frozen=True)
class Pair:
    """One metric of both on one group of examples. Values are means in [0, 1], ``difference`` is b - a."""

    metric: str
    name: str  # "all" or a tier
    n: int
    a: float
    b: float
    difference: float
    interval: Interval | None  # 95 %, clustered by schema; None where all examples have one schema
    only_a: int | None  # examples that only a has right; None where the metric is no proportion
    only_b: int | None
    p: float | None  # exact McNemar, after Holm's correction over the groups of the metric

    def row(self) -> dict[str, Any]:
        return asdict(self)


def paired(a: Sequence[Score], b: Sequence[Score]) -> list[Pair]:
    """JSONExact and Field F1 of ``b`` against ``a``, overall and by tier.

    Raises DataError unless their ids agree in order. The interval is Student's over the differences of schemas, which
    kept its level in simulation with 24 schemas and with five (``paperlib.coverage``); it speaks of texts of
    other schemas, the test of these examples only.
    """
    if [score.id for score in a] != [score.id for score in b]:
        raise DataError("the two sets of answers were scored on different examples")
    other = {score.id: score for score in b}
    shares = [
        (name, members, [other[s.id] for s in members]) for group, name, members in groups(a) if group != "schema"
    ]
    exact = [_exact(name, *pair) for name, *pair in shares]
    adjusted = holm([pair.p for pair in exact if pair.p is not None])
    exact = [replace(pair, p=p) for pair, p in zip(exact, adjusted, strict=True)]
    return [*exact, *(_pair("field_f1", name, *pair) for name, *pair in shares)]


def table(pairs: Sequence[Pair], a: str, b: str) -> Table:
    """The comparison as a table, ``a`` and ``b`` the names of the two."""
    return Table([_cells(pair, a, b) for pair in pairs])


def _cells(pair: Pair, a: str, b: str) -> dict[str, str]:
    known = " [{:+.1f}, {:+.1f}]".format(*(100 * end for end in pair.interval)) if pair.interval else ""
    return {
        "metric": pair.metric,
        "examples": f"{pair.name}, {pair.n}",
        a: f"{pair.a:.1%}",
        b: f"{pair.b:.1%}",
        "difference, points": f"{100 * pair.difference:+.1f}{known}",
        "only first, only second": "" if pair.only_a is None else f"{pair.only_a}, {pair.only_b}",
        "p (McNemar, Holm)": "" if pair.p is None else f"{pair.p:.3g}",
    }


def _exact(name: str, a: Sequence[Score], b: Sequence[Score]) -> Pair:
    found = mcnemar([s.json_exact for s in a], [s.json_exact for s in b])
    return replace(_pair("json_exact", name, a, b), only_a=found.only_a, only_b=found.only_b, p=found.p)


def _pair(metric: str, name: str, a: Sequence[Score], b: Sequence[Score]) -> Pair:
    first, second = ([float(getattr(score, metric)) for score in scores] for scores in (a, b))
    gains = [y - x for x, y in zip(first, second, strict=True)]
    schemas = [score.schema_id for score in a]
    n = len(gains)
    interval = _bounded(t_clustered(gains, schemas)) if len(set(schemas)) > 1 else None
    return Pair(metric, name, n, sum(first) / n, sum(second) / n, sum(gains) / n, interval, None, None, None)


def _bounded(interval: Interval) -> Interval:
    """Student's interval knows no bounds; a difference of shares has them."""
    low, high = interval
    return max(low, -1.0), min(high, 1.0)
