"""The costs of a model's forms as a table for notebooks and the command line."""

import math
from collections.abc import Sequence

from paperlib.data.display import Table
from paperlib.evaluation import score_tables
from paperlib.evaluation.engine_costs.cost_records import EngineCost, Repeats, spread
from paperlib.evaluation.score_tables import format_metric


def cost_table(records: Sequence[EngineCost]) -> Table:
    """A row a form: weights, answers, and medians of what was timed, with their ranges over the repeats."""
    return score_tables.table(
        {
            "form": one.title,
            "MB": f"{one.megabytes:.0f}",
            "exact": format_metric(one.exact()),
            "same answers": f"{one.beside.equal}/{one.exact().n}" if one.beside else "–",
            "load s": spread_text(one.timings.load_seconds),
            "memory GB": spread_text(one.timings.peak_memory_gb),
            "tokens/s": spread_text(one.timings.generation_tokens_per_second),
            "s an answer": spread_text(one.per_answer(one.timings.answer_seconds)),
            joules_head(one): spread_text(one.per_answer(one.timings.answer_joules)),
        }
        for one in records
    )


def joules_head(one: EngineCost) -> str:
    """The head of a column of joules, which says where they are but an estimate."""
    return "J an answer (estimate)" if one.timings.joules_source == "estimate" else "J an answer"


def spread_text(values: Repeats) -> str:
    """The median with the range behind it: "2.31 [2.20, 2.41]"; the value alone where it was measured once."""
    median, low, high = (significant(value) for value in spread(values))
    return f"{median} [{low}, {high}]" if len(values) > 1 else median


def significant(value: float) -> str:
    """Three significant figures, and no exponent: "1234", "12.3", "0.123"."""
    decimals = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:.{decimals}f}"
