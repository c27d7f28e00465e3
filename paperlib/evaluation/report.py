"""What one set of answers scored: both protocols, leaves, failures. The text of ``paperlib score``."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from paperlib.core.records import Metric
from paperlib.data.examples import Example
from paperlib.data.leaves import LeafSummary, summarise_leaves
from paperlib.data.predictions import Prediction
from paperlib.data.schemas import Schema
from paperlib.evaluation import metrics, protocols
from paperlib.evaluation.failures import KINDS
from paperlib.evaluation.metric_definitions import DEFINITIONS
from paperlib.evaluation.metrics import Score
from paperlib.evaluation.paired_tests import Pair, paired, table
from paperlib.evaluation.protocols import CAP, Comparison, Cut, compare_protocols
from paperlib.evaluation.show import Table, estimate, interval
from paperlib.evaluation.summary import headline, summarise


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
            "protocols": [pair.row() for pair in self.evaluators],
            "leaves": asdict(self.leaves),
            "failures": dict(Counter(score.failure for score in self.scores)),
        }

    def __str__(self) -> str:
        overall = [m for m in self.metrics if m.group == "overall"]
        parts = [
            "Corrected protocol, with 95 % intervals",
            Table([{"metric": DEFINITIONS[m.metric].title, m.group: m.name, "value": interval(m)} for m in overall]),
            *(self._exact(group) for group in ("tier", "schema")),
            f"What the evaluator does. {self.evaluator_note()}",
            self.evaluator_table(),
            self.leaves_table(),
            self.leaves_note(),
            "Answers by headline kind (definitions: paperlib.evaluation.failures)",
            self.failures_table(),
            f"{sum(s.stop == 'cap' for s in self.scores)} of {len(self.scores)} answers ended by the cap",
        ]
        return "\n\n".join(map(str, parts))

    def evaluator_note(self) -> str:
        found = self.protocols
        return (
            f"Of {len(self.scores)} outputs the published protocol cuts {found.cut} at {CAP} tokens (by "
            f"{found.cut_by}; {found.unknown_length} of unknown length stay whole). {found.ran_on} would have run on "
            "after their value; of these it has only what its pattern finds."
        )

    @property
    def evaluators(self) -> list[Pair]:
        """The same answers under both protocols, overall and by tier: a published, b corrected."""
        return paired(self.protocols.published, self.protocols.corrected, ("json_exact", "field_f1", "compliance"))

    def evaluator_table(self) -> Table:
        return table(self.evaluators, "published", "corrected")

    def failures_table(self) -> Table:
        """Answers by headline kind, and wrong leaves by theirs."""
        leaves: Counter[str] = Counter()
        for score in self.scores:
            leaves.update(score.faults)
        expected = self.leaves.micro.expected
        return Table([{**row, f"wrong leaves, of {expected}": leaves[row["kind"]]} for row in self._kinds()])

    def _kinds(self) -> Iterator[dict[str, str]]:
        schemas = [score.schema_id for score in self.scores]
        for kind in KINDS:
            failed = [score.failure == kind for score in self.scores]
            if n := sum(failed):
                ends = headline("json_exact", failed, schemas)[1]
                yield {"kind": kind, "answers": estimate(n / len(failed), ends, n, len(failed))}

    def leaves_table(self) -> Table:
        """Leaf precision, recall and F1, each the mean over examples."""
        schemas = [score.schema_id for score in self.scores]
        rates: dict[str, list[float]] = {
            "precision": [score.leaves.precision for score in self.scores],
            "recall": [score.leaves.recall for score in self.scores],
            "F1": [score.leaves.f1 for score in self.scores],
        }
        ends = {name: headline("leaf_f1", values, schemas)[1] for name, values in rates.items()}
        n = len(schemas)
        rows = {f"leaf {name}": estimate(sum(rates[name]) / n, ends[name], None, n) for name in rates}
        return Table([{"mean over examples": name, "value": value} for name, value in rows.items()])

    def leaves_note(self) -> str:
        micro = self.leaves.micro
        return f"All answers together: {micro.right} of {micro.answer} leaves right, {micro.expected} expected."

    def _exact(self, group: str) -> Table:
        rows = [m for m in self.metrics if m.group == group and m.metric == "json_exact"]
        return Table([{group: m.name, "JSONExact": interval(m)} for m in rows])


def report(
    examples: Sequence[Example], predictions: Sequence[Prediction], schemas: dict[str, Schema], cut: Cut | None = None
) -> Report:
    """Scores the answers under both protocols, the published one cutting outputs by ``cut``.

    Raises PaperlibError as :func:`paperlib.evaluation.metrics.score` does.
    """
    both = compare_protocols(examples, predictions, schemas, cut)
    found = summarise(both.corrected, metrics.MEASURES) + summarise(both.published, protocols.MEASURES)
    return Report(found, both, summarise_leaves([score.leaves for score in both.corrected]))
