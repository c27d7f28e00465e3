"""The figure of ``paperlib.evaluation.statistics.coverage``."""

from collections.abc import Sequence
from typing import Any, get_args

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from paperlib.core import paths
from paperlib.core.records import IntervalName
from paperlib.evaluation.statistics.coverage import HEADLINE, NAMES, Row, Scenario, Target

# Only the headline is black and filled, so that it stands out without colour too.
LOOKS: dict[IntervalName, dict[str, Any]] = {
    "wilson": {"marker": "o", "color": "#0072B2", "markerfacecolor": "white"},
    "bootstrap": {"marker": "s", "color": "#E69F00", "markerfacecolor": "white"},
    "clustered bootstrap": {"marker": "x", "color": "#CC79A7"},
    "clustered t": {"marker": "^", "color": "#009E73", "markerfacecolor": "white"},
    "clustered wilson": {"marker": "D", "color": "#000000"},
}
NOMINAL: dict[str, Any] = {"color": "#555555", "linewidth": 0.8, "linestyle": "--"}


def coverage(rows: Sequence[Row]) -> Figure:
    """Coverage of each interval by scenario, a panel a target; bars are the simulation's 95 % intervals.

    Independent examples stand in the first panel only: any schemas are like these.
    """
    scenarios = list(dict.fromkeys(row.scenario for row in rows))
    with style.context(paths.STYLE):
        figure = Figure(figsize=(6.5, 1.0 + 0.39 * len(scenarios)))
        panels = figure.subplots(1, 2, sharex=True, sharey=True)
        for axes, target in zip(panels, get_args(Target), strict=True):
            _panel(axes, [row for row in rows if row.target == target], scenarios)
            axes.set_title(f"Mean over {target}", loc="left")
        panels[0].set_yticks(range(len(scenarios)), [_label(scenario) for scenario in scenarios], fontsize=7)
        figure.legend(handles=_handles(rows), loc="outside lower center", ncols=6, columnspacing=1, handletextpad=0.4)
        return figure


def _handles(rows: Sequence[Row]) -> list[Line2D]:
    names = {name: name.replace("wilson", "Wilson") for name in NAMES if any(row.interval == name for row in rows)}
    titles = {name: f"{title} (headline)" if name == HEADLINE else title for name, title in names.items()}
    kinds = [Line2D([], [], label=title, linestyle="none", **LOOKS[name]) for name, title in titles.items()]
    return [*kinds, Line2D([], [], label="nominal", **NOMINAL)]


def _panel(axes: Axes, rows: Sequence[Row], scenarios: Sequence[Scenario]) -> None:
    for row in rows:
        height = scenarios.index(row.scenario) + (NAMES.index(row.interval) - 2) * 0.18
        value, reach = 100 * row.coverage, [[100 * (row.coverage - row.low)], [100 * (row.high - row.coverage)]]
        look = {"markersize": 4 if row.interval == HEADLINE else 3.5, "capsize": 0, **LOOKS[row.interval]}
        axes.errorbar(value, height, xerr=reach, linestyle="none", elinewidth=0.8, **look)
    for nominal in {row.nominal for row in rows}:
        axes.axvline(100 * nominal, zorder=1, **NOMINAL)
    for line in range(1, len(scenarios)):
        axes.axhline(line - 0.5, color="#E0E0E0", linewidth=0.6)
    axes.set(xlabel="Coverage (%)", ylim=(len(scenarios) - 0.5, -0.5), xlim=(None, 102))
    axes.grid(visible=False, axis="y")


def _label(scenario: Scenario) -> str:
    """Two lines: how many examples and schemas, and how they succeed."""
    parts = str(scenario).split(", ")
    return f"{', '.join(parts[:2])},\n{', '.join(parts[2:])}"
