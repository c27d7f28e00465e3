"""Records as one tidy table, which every figure draws from."""

from collections.abc import Iterable

import pandas as pd

from paperlib.core.records import Record
from paperlib.evaluation.runs import kind, shown_dataset
from paperlib.paper.latex import count

COLUMNS = (
    *("run", "label", "kind", "dataset", "recipe", "decoding", "seed"),  # of the record
    *("parameters", "minutes"),  # of the model; minutes of training, missing where nothing was trained
    *("metric", "group", "name"),  # what was measured, on which examples: see paperlib.core.records.Metric
    *("value", "low", "high"),  # with its 95 % interval: in per cent for a proportion, else in the metric's own unit
    *("n", "count"),  # examples; "correct/examples" for a proportion
)


def tidy(records: Iterable[Record]) -> pd.DataFrame:
    """A row for each metric of each record, in their order, with the columns of COLUMNS."""
    rows = []
    for record in records:
        seconds = record.cost.train_seconds
        run = (
            record.run,
            record.label,
            kind(record),
            shown_dataset(record),
            record.recipe,
            record.decoding,
            record.seed,
        )
        model = (record.model.parameters, None if seconds is None else seconds / 60)
        for metric in record.metrics:
            scale = 1 if metric.k is None else 100
            ends = (scale * metric.value, scale * metric.low, scale * metric.high)
            rows.append((*run, *model, metric.metric, metric.group, metric.name, *ends, metric.n, count(metric)))
    numbers = dict.fromkeys(("parameters", "minutes", "value", "low", "high"), float)
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(numbers)
