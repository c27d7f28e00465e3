"""What all figures are drawn with: one look, estimates with intervals, and legends.

A series has a colour, a marker and a filling of its own, so that it can be told without colour too.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import seaborn as sns
import seaborn.objects as so
from matplotlib import rc_params_from_file, style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from paperlib.core import paths
from paperlib.evaluation.scaling.contrasts import Estimate

Style = tuple[str, str, bool]  # of a series: the colour of its marker, the marker, and whether it is filled

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES: tuple[Style, ...] = tuple(zip(COLOURS, "s^oDvPX", (False, True, True, False, True, True, True), strict=True))
EXACT = "JSONExact (%)"
CROSS: dict[str, Any] = {"color": "#555555", "marker": "x", "linestyle": "none", "markeredgewidth": 1.4}  # announced
SMALL: dict[str, Any] = {"size": 8, "family": "serif"}  # text in a panel
BESIDE: dict[str, Any] = SMALL | {  # text beside a marker, on a halo where other marks are below it
    "xytext": (5, -3),
    "textcoords": "offset points",
    "path_effects": [withStroke(linewidth=2.5, foreground="white")],
    "zorder": 5,
}
LARGE = {1e8: "100M", 2e8: "200M", 5e8: "500M", 1e9: "1B", 2e9: "2B"}  # ticks of an axis of pre-trained sizes
SIZE_COLUMNS = ("panel", "series", "x", "value", "low", "high")  # of frames of figures on size
SizeRow = tuple[str, str, float, float, float, float]


def interval_rows(
    frame: pd.DataFrame,
    height: float,
    order: Iterable[str] = (),
    series: Iterable[str] = (),
    x: str = EXACT,
    limits: tuple[float | None, float | None] = (-2, 102),
    columns: int = 2,
) -> Figure:
    """Estimates and their intervals along x, a row of ``height`` inches for each ``y`` of the frame, in it side by side
    the ``series``; a panel for each ``panel``. A column ``text`` stands at the right of each.

    ``order``, ``series``: the rows and series in their order, as in the frame by default; ``columns``: of the legend.
    """
    if frame.empty:
        return Figure()
    rows = list(order) or list(frame.y.unique())
    styles = dict(zip(list(series) or frame.series.unique(), STYLES, strict=False))
    side = so.Dodge(empty="fill", gap=0.3)
    plot = interval_points(frame, styles, side, x="value", y="y", xmin="low", xmax="high").scale(
        y=so.Nominal(order=rows)
    )
    if "text" in frame:
        right = {"x": "end", "text": "text", "marker": None, "fill": None, "legend": False}
        plot = plot.add(so.Text(halign="left", fontsize=8), side, data=frame.assign(end=104), **right)
        plot, limits = plot.scale(x=so.Continuous().tick(every=20, between=(0, 100))), (limits[0], 124)
    if "panel" in frame:
        plot = plot.facet("panel").share(x=bool(x))
    figure = drawn(plot.label(x=x, y="").limit(x=limits), (6.5, 0.9 + height * len(rows)))
    for axes in figure.axes:
        for line in range(1, len(rows)):
            axes.axhline(line - 0.5, color="#E0E0E0", linewidth=0.6, zorder=0)
    return with_legend(figure, styles, columns=columns)


def interval_points(frame: pd.DataFrame, styles: Mapping[str, Style], *moves: so.Dodge, **variables: str) -> so.Plot:
    """Markers with intervals as bars, each ``series`` in its style."""
    scales = {
        name: so.Nominal({series: look[place] for series, look in styles.items()}, order=list(styles))
        for place, name in enumerate(("color", "marker", "fill"))
    }
    plot = so.Plot(frame, color="series", marker="series", fill="series", **variables)
    for mark in (so.Range(linewidth=1), so.Dot(pointsize=4.5, edgewidth=1)):
        plot = plot.add(mark, *moves, legend=False)
    return plot.scale(**scales)


def size_row(panel: str, series: str, x: float, one: Estimate, scale: float) -> SizeRow:
    """The row of a frame with SIZE_COLUMNS for an estimate at ``x``, its numbers multiplied by ``scale``."""
    return panel, series, x, scale * one.value, scale * one.low, scale * one.high


def join_markers(axes: Axes, frame: pd.DataFrame) -> None:
    """Thin grey lines through the markers of each series of a frame with SIZE_COLUMNS."""
    for _, part in frame.groupby("series", sort=False):
        ordered = part.sort_values("x")
        axes.plot(ordered.x, ordered.value, color="#B0B0B0", linewidth=0.7, zorder=0)


def not_run(size: tuple[float, float]) -> Figure:
    """What stands in place of a figure that has nothing to draw."""
    figure = Figure(figsize=size)
    figure.text(0.5, 0.5, "These runs were not made yet.", ha="center", va="center", **SMALL)
    return figure


def log_axis(ticks: Mapping[float, str]) -> so.Continuous:
    """A logarithmic axis with these ticks."""
    return so.Continuous(trans="log").tick(at=list(ticks), minor=0).label(like=lambda value, _: ticks.get(value, ""))


def drawn(plot: so.Plot, size: tuple[float, float]) -> Figure:
    """The plot as a figure of ``size`` inches, in the one look."""
    theme = {**sns.axes_style("ticks"), **rc_params_from_file(paths.STYLE, use_default_template=False)}
    figure = Figure(figsize=size)
    plot.layout(engine="constrained").theme(theme).on(figure).plot()
    return figure


def with_legend(figure: Figure, styles: Mapping[str, Style], more: Sequence[Line2D] = (), columns: int = 2) -> Figure:
    """Puts what each style means below the panels, and returns the figure."""
    handles = [
        Line2D(
            [], [], label=name, linestyle="none", color=colour, marker=marker, fillstyle="full" if filled else "none"
        )
        for name, (colour, marker, filled) in styles.items()
    ]
    with style.context(paths.STYLE):
        figure.legend(handles=[*handles, *more], loc="outside lower center", ncols=columns)
    return figure
