"""Who reads EdgeJSON standard and what lies beyond it how well: a table and a figure of the same rows."""

from collections.abc import Mapping
from typing import Any

from matplotlib import style
from matplotlib.figure import Figure

from paperlib.core import paths
from paperlib.core.records import MetricName, Record
from paperlib.evaluation.runs import find, select
from paperlib.paper import latex
from paperlib.paper.figures import reach
from paperlib.paper.latex import escape, tabular, with_interval

# Who is compared: a label, and the fields of its runs.
READERS: dict[str, dict[str, str]] = {
    "rule-based baseline for label lines": {"base": "rules"},
    "rule-based baseline, extended": {"base": "rules-surfaces"},
    "135M, 24 schemas": {"recipe": "generalist"},
    "135M, synthetic schemas": {"recipe": "reader", "decoding": "greedy"},
    "135M, synthetic schemas, constrained": {"recipe": "reader", "decoding": "constrained"},
}
TESTS = {
    "standard": "test",
    "standard-unseen-schema": "unseen schemas",
    "standard-unseen-surface": "unseen surfaces",
    "edgejson_v3-whole": "published v3",
    "sroie": "receipts (SROIE)",
    "dstc8": "utterances (DSTC8)",
}
LOOKS: tuple[dict[str, Any], ...] = (
    {"color": "#999999", "marker": "s", "markerfacecolor": "white"},
    {"color": "#0072B2", "marker": "D"},
    {"color": "#E69F00", "marker": "^"},
    {"color": "#D55E00", "marker": "v", "markerfacecolor": "white"},
    {"color": "#D55E00", "marker": "o"},
)
METRICS: dict[MetricName, str] = {"json_exact": r"JSONExact (\%)", "leaf_f1": "Leaf F1"}


def record_of(records: Mapping[str, Record], reader: str, test: str) -> Record | None:
    """The record of one of READERS on a test set, or None where it was not run."""
    return next(iter(select(records, test_set=test, **READERS[reader])), None)


def table(records: Mapping[str, Record]) -> str:
    """A row a reader and test: exact answers and partial credit, with intervals; what is missing says so."""
    head = ["Read by", "Examples", *METRICS.values(), "Schema-valid"]
    blocks = []
    for test, name in TESTS.items():
        rows = [[escape(reader), *_cells(record_of(records, reader, test))] for reader in READERS]
        blocks.append((name, rows))
    return tabular("@{}lrrrr@{}", head, blocks)


def _cells(record: Record | None) -> list[str]:
    if record is None:
        return ["not run", "", "", ""]
    metrics: list[MetricName] = [*METRICS, "schema_valid"]
    return [str(record.data.n_test), *(with_interval(find(record, metric)) for metric in metrics)]


def markdown(records: Mapping[str, Record]) -> str:
    """JSONExact in per cent, with its 95 % interval: a row a reader, a column a test."""
    rows = []
    for reader in READERS:
        found = [record_of(records, reader, test) for test in TESTS]
        rows.append([reader, *(with_interval(find(record, "json_exact")) if record else "not run" for record in found)])
    return latex.markdown("l" + "r" * len(TESTS), ["", *TESTS.values()], rows)


def figure(records: Mapping[str, Record]) -> Figure:
    """The same: a line a test, a mark a reader, with intervals."""
    with style.context(paths.STYLE):
        drawn = Figure(figsize=(6.5, 4.2))
        axes = drawn.subplots()
        for line, test in enumerate(TESTS):
            for place, reader in enumerate(READERS):
                offset = 0.15 * (place - (len(READERS) - 1) / 2)
                record = record_of(records, reader, test)
                row = find(record, "json_exact") if record else None
                if row:
                    value, ends = reach(row, 100)
                    name = reader if not line else None
                    axes.errorbar(value, line + offset, xerr=ends, linestyle="none", label=name, **LOOKS[place])
        axes.set_yticks(range(len(TESTS)), list(TESTS.values()))
        axes.set(xlim=(-2, 102), ylim=(len(TESTS) - 0.5, -0.5), xlabel="JSONExact (%)")
        axes.grid(visible=False, axis="y")
        if axes.get_legend_handles_labels()[0]:
            drawn.legend(loc="outside lower center", ncols=2)
        return drawn
