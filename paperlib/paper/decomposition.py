"""What each repair of the published recipe buys, under both evaluators: a table and a figure of the same rows."""

from collections.abc import Mapping
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from paperlib.core import paths
from paperlib.core.records import Metric, MetricName, Record
from paperlib.evaluation.runs import find
from paperlib.paper.figures import reach
from paperlib.paper.latex import count, escape, interval, number, tabular

# Runs in the order of the repairs, each with those before it, and on to the best that the study has.
LADDER = {
    "announced-recipe": "announced recipe",
    "announced-recipe-eos": "+ EOS token",
    "announced-recipe-answer-loss": "+ loss on the answer only",
    "announced-recipe-untruncated": "+ no truncation",
    "lora-135m-v3": "+ our schedule",
    "lora-135m-recombined": "+ recombined examples, indented",
    "lora-135m-recombined-mean": "+ continued from the 3-seed average",
    "lora-135m-recombined-mean-constrained": "+ constrained decoding",
    "lora-135m-recombined-mean-reranked": "+ reranking",
}
EVALUATORS: dict[MetricName, str] = {"published_exact": "published evaluator", "json_exact": "corrected evaluator"}
LOOKS: dict[MetricName, dict[str, Any]] = {
    "published_exact": {"color": "#0072B2", "marker": "s", "markerfacecolor": "white"},
    "json_exact": {"color": "#D55E00", "marker": "^"},
}
GROUPS = (("overall", "all"), ("tier", "complex"))


def table(records: Mapping[str, Record]) -> str:
    """A row a recipe: JSONExact overall and on complex schemas under both evaluators; a run that is missing says so."""
    head = ["Recipe", "Overall, published", "corrected", "Complex, published", "corrected"]
    rows = [[escape(label), *_cells(records.get(run))] for run, label in LADDER.items()]
    return tabular("@{}lrrrr@{}", head, [("", rows)])


def _cells(record: Record | None) -> list[str]:
    if record is None:
        return ["not run", "", "", ""]
    return [_cell(find(record, metric, *group)) for group in GROUPS for metric in EVALUATORS]


def _cell(row: Metric | None) -> str:
    return rf"{number(row, row.value)} {{\scriptsize {interval(row)}, {count(row)}}}" if row else "--"


def figure(records: Mapping[str, Record]) -> Figure:
    """The same as a ladder, a panel each for all examples and the complex ones; recipes not run keep their place."""
    with style.context(paths.STYLE):
        drawn = Figure(figsize=(6.5, 3.6))
        panels = drawn.subplots(1, 2, sharey=True)
        for axes, group, title in zip(panels, GROUPS, ("All examples", "Complex schemas"), strict=True):
            _panel(axes, records, group)
            axes.set_title(title, loc="left")
        names = [label if run in records else f"{label} (not run)" for run, label in LADDER.items()]
        panels[0].set_yticks(range(len(names)), names)
        handles = [Line2D([], [], label=name, linestyle="none", **LOOKS[metric]) for metric, name in EVALUATORS.items()]
        drawn.legend(handles=handles, loc="outside lower center", ncols=2)
        return drawn


def _panel(axes: Axes, records: Mapping[str, Record], group: tuple[str, str]) -> None:
    for line, run in enumerate(LADDER):
        for metric, offset in zip(EVALUATORS, (-0.14, 0.14), strict=True):
            row = find(records[run], metric, *group) if run in records else None
            if row:
                value, ends = reach(row, 100)
                axes.errorbar(value, line + offset, xerr=ends, linestyle="none", elinewidth=1, **LOOKS[metric])
    axes.set(xlim=(-2, 102), ylim=(len(LADDER) - 0.5, -0.5), xlabel="JSONExact (%)")
    axes.grid(visible=False, axis="y")
