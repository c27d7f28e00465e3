"""Figures on size: what size buys, what tuning buys, what the evaluator hid, and how sure that is.

Records are selected by fields; a run that is missing leaves its marker out. Statistics are computed in
:mod:`paperlib.evaluation.scaling`.
"""

from collections.abc import Iterable
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from paperlib.claims.announcement import Announcement, load_announcement
from paperlib.core.records import Records
from paperlib.evaluation.runs import TEST_NAMES
from paperlib.evaluation.scaling import fits, real_text
from paperlib.evaluation.scaling.families import Member, estimate_of, members
from paperlib.evaluation.scaling.selection import BASES, REAL
from paperlib.paper.plots import (
    BESIDE,
    COLOURS,
    CROSS,
    LARGE,
    SIZE_COLUMNS,
    SMALL,
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

TICKS = {1e6: "1M", 1e7: "10M", 1e8: "100M", 1e9: "1B"}
LIMITS = (0.7e6, 4e9)
# Series of the first figure: shape tells the family, filling whether it was tuned.
PRETRAINED, PRUNED, SCRATCH = "pre-trained, tuned", "pruned to 6, 12, 18, 24 of 30 layers, tuned", "from scratch"
UNTUNED, HIDDEN = "pre-trained, untuned", "pre-trained, tuned: published evaluator"
STYLES: dict[str, Style] = {
    PRETRAINED: (COLOURS[0], "s", True),
    UNTUNED: (COLOURS[0], "s", False),
    PRUNED: (COLOURS[2], "^", True),
    SCRATCH: (COLOURS[1], "o", True),
    HIDDEN: (COLOURS[6], "D", False),
}
SERIES = {("pre-trained", "tuned"): PRETRAINED, ("pre-trained", "untuned"): UNTUNED, ("pruned", "tuned"): PRUNED,
          ("from scratch", "tuned"): SCRATCH}  # fmt: skip
EXACT, COMPLEX = "(a) Label lines: JSONExact (%)", "(b) Complex label lines: JSONExact (%)"
NATS, REAL_TEXT = "(c) Label lines: NLL per leaf (nats)", "(d) Other text: leaf F1 (%)"
PANELS = (EXACT, COMPLEX, NATS, REAL_TEXT)
# Tests that are not label lines; markers are filled where the model was tuned to read schemas.
TESTS = {test: (TEST_NAMES[test], colour, marker) for test, colour, marker in zip(REAL, COLOURS, "so^v", strict=False)}
READ = {"untuned": "", "tuned to read schemas": ", tuned"}  # ways of asking, and what a series' name ends in
SIZE = (6.5, 5.6)  # inches
APART = 8  # per cent of leaf F1 between two labels


def first(records: Records, announced: Announcement | None = None) -> Figure:
    """Four panels against the number of parameters: exact answers on label lines; on complex ones, under both
    evaluators; nats per leaf with the fitted line; and, on other text, leaf F1 of models that are told the schema."""
    found = members(records)
    looks = [(name, end, colour, marker) for name, colour, marker in TESTS.values() for end in READ.values()]
    styles = {**STYLES, **{name + end: (colour, marker, bool(end)) for name, end, colour, marker in looks}}
    frame = pd.DataFrame(
        [*_scores(found), *_hidden(found), *_nats(found), *_elsewhere(records)], columns=list(SIZE_COLUMNS)
    )
    if frame.empty:
        return not_run(SIZE)
    plot = interval_points(frame, styles, x="x", y="value", ymin="low", ymax="high")
    plot = plot.facet("panel", order=list(PANELS), wrap=2).share(x=False, y=False)
    figure = drawn(plot.label(x="", y="").scale(x=log_axis(TICKS)), SIZE)
    for axes, panel in zip(figure.axes, PANELS, strict=True):
        _decorate(axes, panel, frame[frame.panel == panel])
        axes.set_title(_title(panel, found), loc="left", fontsize=9)
    _announced(figure.axes[0], "exact", announced)
    _announced(figure.axes[1], "complex exact", announced)
    _line(figure.axes[2], records)
    shown = {name: look for name, look in STYLES.items() if name in set(frame.series)}
    cross = Line2D([], [], label="announced: other weights, other examples", **CROSS)
    return with_legend(figure, shown, [cross])


def _scores(found: Iterable[Member]) -> Iterable[SizeRow]:
    for one in found:
        series = SERIES[one.family, one.state]
        if score := one.estimate("exact"):
            yield size_row(EXACT, series, one.parameters, score, 100)
        if series == PRETRAINED and (score := one.estimate("exact", "complex")):
            yield size_row(COMPLEX, series, one.parameters, score, 100)


def _hidden(found: Iterable[Member]) -> Iterable[SizeRow]:
    """Complex answers of the tuned, pre-trained sizes under the evaluator that truncates them, beside their marker."""
    for one in found:
        score = one.published("complex") if SERIES[one.family, one.state] == PRETRAINED else None
        if score:
            yield size_row(COMPLEX, HIDDEN, 1.08 * one.parameters, score, 100)


def _nats(found: Iterable[Member]) -> Iterable[SizeRow]:
    for one in found:
        if nats := one.estimate("nats_per_leaf"):
            yield size_row(NATS, SERIES[one.family, one.state], one.parameters, nats, 1)


def _elsewhere(records: Records) -> Iterable[SizeRow]:
    """Models that are told the schema; the tests of a size stand beside one another."""
    for place, test in enumerate(REAL):
        for (asked, end), base in product(READ.items(), BASES):
            found = real_text.runs(records, asked, base, test)
            if score := estimate_of(found, "leaf_f1") if found else None:
                at = found[0].model.parameters * 1.06 ** (2 * place - 3)
                yield size_row(REAL_TEXT, TESTS[test][0] + end, at, score, 100)


def _title(panel: str, found: Iterable[Member]) -> str:
    """The panel's name, with the number of its examples where it has one test."""
    tier = {EXACT: "all", NATS: "all", COMPLEX: "complex"}.get(panel, "")
    sizes = [row.n for one in found for row in one.first.metrics if (row.metric, row.name) == ("json_exact", tier)]
    before, colon, after = panel.partition(":")
    return f"{before} (n = {sizes[0]}){colon}{after}" if sizes else panel


def _decorate(axes: Axes, panel: str, frame: pd.DataFrame) -> None:
    """Limits, ticks, and lines that join the sizes of a series."""
    axes.set_xlabel("Parameters")
    axes.set_xlim(*LIMITS)
    axes.set_ylim(-4, 104)
    if panel in (COMPLEX, REAL_TEXT):
        axes.set_xlim(0.9e8, 8e9 if panel == REAL_TEXT else 2.5e9)
        axes.set_xticks(list(LARGE), list(LARGE.values()))
    if panel == NATS:
        axes.set_yscale("log")
        axes.set_ylim(*((frame.low.min() / 2, 1.5 * frame.high.max()) if len(frame) else (0.01, 10)))
        ticks = [tick for tick in (0.001, 0.01, 0.1, 1, 10) if axes.get_ylim()[0] <= tick <= axes.get_ylim()[1]]
        axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    unjoined = [HIDDEN, PRETRAINED] if panel == NATS else [HIDDEN]
    join_markers(axes, frame[~frame.series.isin(unjoined)])
    if panel == REAL_TEXT:
        _named(axes, frame)


def _named(axes: Axes, frame: pd.DataFrame) -> None:
    """Each test's marker and name at the right of its largest model, far enough from each other to be read."""
    looks = {name: (colour, marker) for name, colour, marker in TESTS.values()}
    last = frame[frame.series.isin(list(looks))].sort_values("x").groupby("series").last()
    ends = last.value.sort_values()
    places = [middle + APART * (place - (len(ends) - 1) / 2) for place, middle in enumerate([ends.mean()] * len(ends))]
    for name, place in zip(ends.index, places, strict=True):
        colour, marker = looks[str(name)]
        axes.plot(2.15e9, place, color=colour, marker=marker, fillstyle="none", linestyle="none", markersize=4)
        axes.annotate(str(name), (2.45e9, place), va="center", **SMALL)


def _announced(axes: Axes, quantity: str, announced: Announcement | None) -> None:
    for model in (announced or load_announcement()).models.values():
        said = model.figures[quantity]
        spot = (model.parameters, said.value)
        axes.plot(*spot, **CROSS)
        axes.annotate(said.printed, spot, **BESIDE)


def _line(axes: Axes, records: Records) -> None:
    """The line through the tuned, pre-trained sizes, with the band of its resamples; its exponent in words."""
    if not (line := fits.fit(records)):
        return
    sizes = [float(size) for size in np.geomspace(*LIMITS, 40)]
    low, high = zip(*line.band(sizes), strict=True)
    axes.fill_between(sizes, low, high, color=COLOURS[0], alpha=0.15, linewidth=0, zorder=0)
    axes.plot(sizes, [line.curve.at(size) for size in sizes], color=COLOURS[0], linewidth=1, linestyle="--", zorder=0)
    value, ends = line.exponent.value, (line.exponent.low, line.exponent.high)
    text = f"fit to pre-trained, tuned: exponent {value:.2f} [{ends[0]:.2f}, {ends[1]:.2f}]"
    axes.annotate(text, (0.02, 0.03), xycoords="axes fraction", **SMALL)
