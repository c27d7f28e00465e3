"""Further figures on size: exact match read from leaf accuracy, gains on four scales, trainable parameters."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from paperlib.core.records import Record, Records
from paperlib.evaluation.scaling import exact_match, gains
from paperlib.evaluation.scaling.exactness import common_law
from paperlib.evaluation.scaling.families import estimate_of, members
from paperlib.evaluation.scaling.outcomes import outcomes
from paperlib.evaluation.scaling.selection import BASES, RANKED, RANKS, TUNED, runs_of
from paperlib.paper.plots import (
    COLOURS,
    LARGE,
    SIZE_COLUMNS,
    SizeRow,
    Style,
    drawn,
    interval_points,
    join_markers,
    log_axis,
    not_run,
    size_row,
    with_legend,
)

TIERS: dict[str, Style] = {
    "simple": (COLOURS[0], "s", True),
    "medium": (COLOURS[2], "^", True),
    "complex": (COLOURS[1], "o", True),
}
READ_OFF = "(a) Exact match (%) by leaf accuracy"
BY_SIZE = "(b) Complex schemas: three scores (%)"
MEASURES: dict[str, Style] = {
    "leaf F1": (COLOURS[3], "v", True),
    "JSONExact": (COLOURS[4], "P", True),
    "JSONExact, published evaluator": (COLOURS[6], "D", False),
}
SCALES = {
    "ratio": "(a) Ratio",
    "difference": "(b) Difference (points)",
    "odds ratio": "(c) Odds ratio",
    "nats saved": "(d) NLL saved (nats)",
}
LAW_NAMES = {"beta": "correlated leaves (beta-binomial)", "power": "independent leaves (p to the n)"}
LAW_LINES: dict[str, dict[str, Any]] = {
    "beta": {"color": "#555555", "linewidth": 1, "linestyle": "-"},
    "power": {"color": "#555555", "linewidth": 1, "linestyle": ":"},
}
FACTORS = ("ratio", "odds ratio")  # drawn as factors, on a logarithmic axis
RANK_STYLES: dict[str, Style] = {
    "135M, rank 1 to 64 and all weights": (COLOURS[0], "s", True),
    "494M, rank 1 to 64 and all weights": (COLOURS[1], "o", True),
    "135M to 1.54B at rank 16": (COLOURS[6], "D", False),
}
NATS, EXACT = "(b) NLL per leaf (nats)", "(a) JSONExact (%)"


def exactness(records: Records) -> Figure:
    """Exact match read off leaf accuracy: every trained run by tier, with the law of correlated leaves (solid) and of
    independent ones (dotted); and the complex answers of the pre-trained sizes by three scores."""
    runs = exact_match.label_lines(records)
    frame = pd.DataFrame(_three_scores(records), columns=list(SIZE_COLUMNS))
    if frame.empty:
        return not_run((6.5, 2.7))
    plot = interval_points(frame, MEASURES, x="x", y="value", ymin="low", ymax="high")
    plot = plot.facet("panel", order=[READ_OFF, BY_SIZE]).share(x=False).label(x="", y="")
    figure = drawn(plot.limit(y=(-4, 104)), (6.5, 3.1))
    left, right = figure.axes
    left.set(xlabel="Leaf accuracy (%)", xlim=(-4, 104))
    _laws(left, runs)
    _read_off(left, runs)
    right.set(xlabel="Parameters", xscale="log", xlim=(0.9e8, 2.5e9))
    right.set_xticks(list(LARGE), list(LARGE.values()))
    right.minorticks_off()
    for axes, panel in zip(figure.axes, (READ_OFF, BY_SIZE), strict=True):
        axes.set_title(panel, loc="left", fontsize=9)
        if panel == BY_SIZE:
            join_markers(axes, frame[frame.panel == panel])
    lines = [Line2D([], [], label=label, **LAW_LINES[law]) for law, label in LAW_NAMES.items()]
    return with_legend(figure, {**TIERS, **MEASURES}, lines, columns=3)


def _read_off(axes: Axes, runs: Sequence[Record]) -> None:
    """A marker a run and tier: its exact answers at its leaf accuracy, in per cent."""
    for tier, (colour, marker, _) in TIERS.items():
        found = [[one for one in outcomes(run).values() if one.tier == tier] for run in runs]
        whole = [run for run in found if run]
        accuracies = [100 * sum(one.right for one in run) / sum(one.expected for one in run) for run in whole]
        exact = [100 * sum(one.exact for one in run) / len(run) for run in whole]
        axes.plot(accuracies, exact, color=colour, marker=marker, linestyle="none", markersize=3.5, alpha=0.8)


def _three_scores(records: Records) -> Iterable[SizeRow]:
    for one in members(records):
        if (one.family, one.state) == ("pre-trained", "tuned"):
            scores = (one.estimate("leaf_f1", "complex"), one.estimate("exact", "complex"), one.published("complex"))
            for place, (name, score) in enumerate(zip(MEASURES, scores, strict=True)):
                if score:
                    yield size_row(BY_SIZE, name, one.parameters * 1.08 ** (place - 1), score, 100)


def _laws(axes: Axes, runs: Sequence[Record]) -> None:
    """For each tier, how many answers of its lengths are exact at a leaf accuracy, by either law."""
    accuracies = [float(p) for p in np.linspace(0.001, 0.999, 200)]
    for tier, (colour, *_) in TIERS.items():
        found = [own for run in runs if (own := [one for one in outcomes(run).values() if one.tier == tier])]
        if not found:
            continue
        n = np.array([one.expected for one in found[0]], dtype=float)
        law = common_law(found)
        exact = {"power": [float((p**n).mean()) for p in accuracies]}
        exact["beta"] = [float(law(p).exact(n).mean()) for p in accuracies]
        for name, shares in exact.items():
            look = {**LAW_LINES[name], "color": colour, "zorder": 0}
            axes.plot([100 * p for p in accuracies], [100 * share for share in shares], **look)


def gained(records: Records) -> Figure:
    """What tuning gains at each size, a panel a scale; a size whose gain has no value on a scale is left out."""
    rows: list[SizeRow] = []
    for base, row in gains.gains(records).items():
        parameters = runs_of(records, **{**TUNED, "base": base})[0].model.parameters
        for name, one in row.items():
            if one:
                shown = one.factor if name in FACTORS else one
                rows.append(size_row(SCALES[name], "gain", parameters, shown, 100 if name == "difference" else 1))
    frame = pd.DataFrame(rows, columns=list(SIZE_COLUMNS))
    styles: dict[str, Style] = {"gain": (COLOURS[0], "s", True)}
    if frame.empty:
        return not_run((6.5, 2.7))
    plot = interval_points(frame, styles, x="x", y="value", ymin="low", ymax="high")
    plot = plot.facet("panel", order=list(SCALES.values())).share(y=False).label(x="Parameters", y="")
    figure = drawn(plot.scale(x=log_axis({1e8: "100M", 1e9: "1B"})).limit(x=(0.9e8, 2.2e9)), (6.5, 2.2))
    for axes, (name, panel) in zip(figure.axes, SCALES.items(), strict=True):
        axes.set_title(panel, loc="left", fontsize=9)
        part = frame[frame.panel == panel]
        if name in FACTORS and len(part):
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}")
            axes.minorticks_off()
        join_markers(axes, part)
    return figure


def trainable(records: Records) -> Figure:
    """Exact answers and nats per leaf against trainable parameters: ranks and all weights at two sizes, and the sizes
    at rank 16."""
    names = list(RANK_STYLES)
    rows: list[SizeRow] = []
    for name, base in zip(names, RANKED, strict=False):
        for recipe in (*RANKS.values(), "ladder-full"):
            rows += _both(name, tuple(runs_of(records, **{**TUNED, "base": base, "recipe": recipe})))
    for base in BASES:
        rows += _both(names[-1], tuple(runs_of(records, **{**TUNED, "base": base})))
    frame = pd.DataFrame(rows, columns=list(SIZE_COLUMNS))
    if frame.empty:
        return not_run((6.5, 2.7))
    plot = interval_points(frame, RANK_STYLES, x="x", y="value", ymin="low", ymax="high")
    plot = plot.facet("panel", order=[EXACT, NATS]).share(y=False).label(x="Trainable parameters", y="")
    figure = drawn(plot.scale(x=log_axis({1e5: "0.1M", 1e6: "1M", 1e7: "10M", 1e8: "100M", 1e9: "1B"})), (6.5, 2.7))
    for axes, panel in zip(figure.axes, (EXACT, NATS), strict=True):
        axes.set_title(panel, loc="left", fontsize=9)
        axes.set_xlim(1e5, 1e9)
        join_markers(axes, frame[frame.panel == panel])
    return with_legend(figure, {name: look for name, look in RANK_STYLES.items() if name in set(frame.series)})


def _both(series: str, runs: tuple[Record, ...]) -> list[SizeRow]:
    """A row a panel of runs that differ in their seed alone; none where there are no runs."""
    if not runs or runs[0].model.trainable is None:
        return []
    found = {EXACT: (estimate_of(runs, "exact"), 100), NATS: (estimate_of(runs, "nats_per_leaf"), 1)}
    place = runs[0].model.trainable
    return [size_row(panel, series, place, one, scale) for panel, (one, scale) in found.items() if one]
