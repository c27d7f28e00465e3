"""Compared tools as a table for the command line."""

from collections.abc import Sequence

from paperlib.core.records import Metric
from paperlib.data.display import Table
from paperlib.evaluation import score_tables
from paperlib.evaluation.engine_costs.cost_tables import spread_text
from paperlib.evaluation.score_tables import format_metric
from paperlib.evaluation.tool_comparison.tool_records import ToolRecord


def tool_table(records: Sequence[ToolRecord]) -> Table:
    """A row a tool: what it got right, and medians of what was timed, with their ranges over the repeats."""
    return score_tables.table(
        {
            "tool": one.tool,
            "leaves": f"{one.leaves[0]}/{one.leaves[1]}",
            "field F1": format_metric(overall(one, "field_f1")),
            "normalised": format_metric(overall(one, "normalised_f1")),
            "exact": format_metric(overall(one, "json_exact")),
            "failed": str(one.failed),
            "s per text": spread_text(one.seconds),
            "memory GB": spread_text(one.peak_memory_gb),
            "MB": f"{one.megabytes:.0f}",
        }
        for one in records
    )


def overall(record: ToolRecord, metric: str) -> Metric:
    """A metric over all texts. Raises StopIteration where the record has none of that name."""
    return next(row for row in record.metrics if row.metric == metric)
