"""The scores of one set of predictions: both protocols, leaves, failures. The text of ``paperlib score``."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from paperlib.core.records import Metric
from paperlib.data.display import Table
from paperlib.data.examples import Example
from paperlib.data.leaf_alignment import LeafSummary, summarise_leaves
from paperlib.data.predictions import Prediction
from paperlib.data.schemas import Schema
from paperlib.evaluation import metrics, protocols, score_tables
from paperlib.evaluation.failures import FAILURE_KINDS
from paperlib.evaluation.function_calls import call_scores
from paperlib.evaluation.function_calls.call_scores import CallScore
from paperlib.evaluation.metric_definitions import DEFINITIONS
from paperlib.evaluation.metrics import Score
from paperlib.evaluation.paired_tests import PairedComparison, compare_scores, comparison_table
from paperlib.evaluation.protocols import CAP, Cut, ProtocolComparison, compare_protocols
from paperlib.evaluation.score_tables import format_estimate, format_metric
from paperlib.evaluation.summary import headline_interval, summarise


@dataclass(frozen=True)
class Report:
    """Metrics with 95 % intervals, those named "published" under the published protocol, and the scores behind them."""

    metrics: tuple[Metric, ...]
    protocols: ProtocolComparison
    leaves: LeafSummary
    calls: tuple[CallScore, ...] = ()  # of function calls

    @property
    def scores(self) -> tuple[Score, ...]:
        """One score for each example under the corrected protocol, in the order of the data."""
        return self.protocols.corrected

    @property
    def evaluators(self) -> list[PairedComparison]:
        """The same answers under both protocols, overall and by tier: a published, b corrected."""
        both = self.protocols.published, self.protocols.corrected
        return compare_scores(*both, ("json_exact", "field_f1", "compliance"))

    def row(self) -> dict[str, Any]:
        """As JSON: ``metrics``, ``protocols`` (a row for each metric and group), ``leaves``, ``failures`` (answers)."""
        return {
            "metrics": [metric.model_dump() for metric in self.metrics],
            "protocols": [pair.row() for pair in self.evaluators],
            "leaves": asdict(self.leaves),
            "failures": dict(Counter(score.failure for score in self.scores)),
        }

    def __str__(self) -> str:
        micro = self.leaves.micro
        overall = [metric for metric in self.metrics if metric.group == "overall"]
        exact = [metric for metric in self.metrics if metric.metric == "json_exact"]
        parts = [
            "Corrected protocol, with 95 % intervals",
            score_tables.table({"metric": DEFINITIONS[m.metric].title, "value": format_metric(m)} for m in overall),
            score_tables.table({"group": m.group, "name": m.name, "JSONExact": format_metric(m)} for m in exact),
            f"What the evaluator does. {self.evaluator_note()}",
            self.evaluator_table(),
            self.leaves_table(),
            f"All answers together: {micro.right} of {micro.answer} leaves right, {micro.expected} expected.",
            "Answers by kind of failure (defined in paperlib.evaluation.failures)",
            self.failures_table(),
            f"{sum(s.stop == 'cap' for s in self.scores)} of {len(self.scores)} answers ended by the cap",
        ]
        return "\n\n".join(map(str, parts))

    def evaluator_note(self) -> str:
        """How much of the outputs the published protocol does not see."""
        both = self.protocols
        return (
            f"Of {len(self.scores)} outputs the published protocol cuts {both.cut} at {CAP} tokens (by {both.cut_by}; "
            f"{both.unknown_length} of unknown length stay whole). {both.stopped_early} were stopped at the end of "
            "their value, where the model would have gone on; of these it sees only what its pattern matches."
        )

    def evaluator_table(self) -> Table:
        """The metrics of both protocols side by side, with their differences."""
        return comparison_table(self.evaluators, "published", "corrected")

    def failures_table(self) -> Table:
        """Answers by kind of failure, and wrong leaves by kind of error."""
        leaves: Counter[str] = Counter()
        for score in self.scores:
            leaves.update(score.faults)
        failures = {kind: [score.failure == kind for score in self.scores] for kind in FAILURE_KINDS}
        head = f"wrong leaves, of {self.leaves.micro.expected}"
        return score_tables.table(
            {"kind": kind, "answers": self._mean(failed), head: leaves[kind]}
            for kind, failed in failures.items()
            if any(failed)
        )

    def leaves_table(self) -> Table:
        """Leaf precision, recall and F1, each the mean over examples with its interval."""
        rates = {
            "precision": [score.leaves.precision for score in self.scores],
            "recall": [score.leaves.recall for score in self.scores],
            "F1": [score.leaves.f1 for score in self.scores],
        }
        return score_tables.table(
            {"mean over examples": f"leaf {name}", "value": self._mean(values)} for name, values in rates.items()
        )

    def _mean(self, values: Sequence[bool] | Sequence[float]) -> str:
        """The mean of one value for each example, with its interval."""
        k = round(sum(values)) if all(isinstance(value, bool) for value in values) else None
        interval = headline_interval("json_exact", values, [score.schema_id for score in self.scores])[1]
        return format_estimate(sum(values) / len(values), interval, k, len(values))


def report(
    examples: Sequence[Example], predictions: Sequence[Prediction], schemas: dict[str, Schema], cut: Cut | None = None
) -> Report:
    """Scores predictions under both protocols, the published one cutting outputs by ``cut``.

    Raises PaperlibError as :func:`paperlib.evaluation.metrics.score` does.
    """
    both = compare_protocols(examples, predictions, schemas, cut)
    summary = summarise(both.corrected, metrics.MEASURES) + summarise(both.published, protocols.MEASURES)
    calls = call_scores.call_scores(examples, predictions, schemas) if call_scores.is_calls(schemas) else []
    if calls:  # each example has a schema of its own, so that groups by schema would say nothing
        summary = tuple(metric for metric in summary if metric.group != "schema")
        summary += summarise(calls, call_scores.MEASURES)
    return Report(summary, both, summarise_leaves([score.leaves for score in both.corrected]), tuple(calls))
