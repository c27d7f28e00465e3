"""What one set of answers scored: both protocols, leaves, failures. The text of ``paperlib score``."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from paperlib import metrics, protocols
from paperlib.dataset import Example
from paperlib.failures import KINDS
from paperlib.leaves import LeafSummary, summarise_leaves
from paperlib.metrics import Score
from paperlib.predictions import Prediction
from paperlib.protocols import Comparison, compare_protocols
from paperlib.records import Metric
from paperlib.schemas import Schema
from paperlib.show import Table, interval
from paperlib.summary import summarise


@dataclass(frozen=True)
class Report:
    """Metrics with 95 % intervals, those named "published" under the published protocol; and what lies behind them."""

    metrics: tuple[Metric, ...]
    protocols: Comparison
    leaves: LeafSummary

    @property
    def scores(self) -> tuple[Score, ...]:
        return self.protocols.corrected

    def row(self) -> dict[str, Any]:
        """As JSON: ``metrics``, ``protocols`` (a row for each metric and group), ``leaves``, ``failures`` (answers)."""
        return {
            "metrics": [metric.model_dump() for metric in self.metrics],
            "protocols": [asdict(row) for row in self.protocols.differences],
            "leaves": asdict(self.leaves),
            "failures": dict(Counter(score.failure for score in self.scores)),
        }

    def __str__(self) -> str:
        overall = [m for m in self.metrics if m.group == "overall"]
        parts = [
            "Corrected protocol, with 95 % intervals",
            Table([{"metric": m.metric, m.group: m.name, "value": interval(m)} for m in overall]),
            *(self._exact(group) for group in ("tier", "schema")),
            f"What the evaluator does. {self.evaluator_note()}",
            self.evaluator_table(),
            _leaves(self.leaves),
            "Answers by headline kind (definitions: paperlib.failures)",
            self.failures_table(),
            f"{sum(s.stop == 'cap' for s in self.scores)} of {len(self.scores)} answers ended by the cap",
        ]
        return "\n\n".join(map(str, parts))

    def evaluator_note(self) -> str:
        return (
            f"The published protocol cuts {self.protocols.cut} outputs at 512 tokens; {self.protocols.ended_by_value} "
            "had ended at their first value, so that it sees no text behind them."
        )

    def evaluator_table(self) -> Table:
        """The same answers under both protocols, overall and by tier."""
        return Table(
            [
                {
                    "metric": row.metric,
                    "examples": f"{row.name}, {row.n}",
                    "published": f"{row.published:.1%}",
                    "corrected": f"{row.corrected:.1%}",
                    "difference": f"{100 * row.difference:+.1f} points",
                    "higher, lower": f"{row.higher}, {row.lower}",
                }
                for row in self.protocols.differences
            ]
        )

    def failures_table(self) -> Table:
        """Answers by headline kind, and wrong leaves by theirs."""
        answers = Counter(score.failure for score in self.scores)
        leaves: Counter[str] = Counter()
        for score in self.scores:
            leaves.update(score.faults)
        return Table(
            [{"kind": kind, "answers": answers[kind], "wrong leaves": leaves[kind]} for kind in KINDS if answers[kind]]
        )

    def _exact(self, group: str) -> Table:
        rows = [m for m in self.metrics if m.group == group and m.metric == "json_exact"]
        return Table([{group: m.name, "json_exact": interval(m)} for m in rows])


def report(examples: Sequence[Example], predictions: Sequence[Prediction], schemas: dict[str, Schema]) -> Report:
    """Scores the answers under both protocols. Raises PaperlibError as :func:`paperlib.metrics.score` does."""
    both = compare_protocols(examples, predictions, schemas)
    found = summarise(both.corrected, metrics.MEASURES) + summarise(both.published, protocols.MEASURES)
    return Report(found, both, summarise_leaves([score.leaves for score in both.corrected]))


def _leaves(found: LeafSummary) -> Table:
    micro = found.micro
    rates = {
        f"micro, {micro.expected} leaves": (micro.precision, micro.recall, micro.f1),
        f"mean of {found.n} answers": (found.mean_precision, found.mean_recall, found.mean_f1),
    }
    names = ("precision", "recall", "F1")
    rows = [(name, zip(names, values, strict=True)) for name, values in rates.items()]
    return Table([{"leaves": name, **{rate: f"{value:.3f}" for rate, value in pairs}} for name, pairs in rows])
