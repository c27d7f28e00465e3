"""The figure of what each form of one model costs: seconds an answer against bytes, and against exact answers."""

from collections.abc import Sequence
from math import log

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from paperlib.core import paths
from paperlib.evaluation.engine_costs.cost_records import EngineCost, Spread, load_costs, principal, spread
from paperlib.paper.plots import BESIDE, EXACT, STYLES, Style, not_run, with_legend

SIZE = (6.5, 3.2)  # inches
SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)  # ticks
ABOVE = BESIDE | {"xytext": (0, 5), "ha": "center"}
NEAR = 1.6  # times as far right, that a name takes
MEGABYTES = (50, 100, 200, 500, 1000, 2000, 5000)


def frontier(costs: Sequence[EngineCost] | None = None) -> Figure:
    """A marker a form in the style of its engine, beside it on the left the name of its weights. Bars along x are the
    range over the repeats, bars along y the 95 % interval of the share of exact answers. The costs are those on
    published examples where there are such, else those of the first model and test set."""
    found = principal(load_costs() if costs is None else costs)
    if not found:
        return not_run(SIZE)
    styles = dict(zip(dict.fromkeys(map(_series, found)), STYLES, strict=False))
    with style.context(paths.STYLE):
        figure = Figure(figsize=SIZE)
        left, right = figure.subplots(1, 2)
        for one in found:
            x = _mark(left, one, one.megabytes, None, styles[_series(one)])
            place = ABOVE if any(_crowds(other, one) for other in found) else BESIDE
            left.annotate(one.title.rpartition(", ")[2], (x, one.megabytes), **place)
            row = one.exact()
            ends = (100 * (row.value - row.low), 100 * (row.high - row.value))
            _mark(right, one, 100 * row.value, ends, styles[_series(one)])
        left.set(ylabel="Weights (MB)", yscale="log")
        ticks(left.yaxis, MEGABYTES, left.get_ylim())
        right.set(ylabel=EXACT, ylim=(-2, 102))
        for axes in (left, right):
            axes.set(xlabel="Seconds an answer", xscale="log")
            low, high = axes.get_xlim()
            axes.set_xlim(low, high * 1.5)  # room for the names
            ticks(axes.xaxis, SECONDS, axes.get_xlim())
    return with_legend(figure, styles, columns=4)


def _series(one: EngineCost) -> str:
    return one.title.rpartition(", ")[0]


def _seconds(one: EngineCost) -> Spread:
    return spread(one.per_answer(one.timings.answer_seconds))


def _crowds(other: EngineCost, one: EngineCost) -> bool:
    """Whether the marker of another form stands where the name of this one would, to the right of its marker."""
    right = _seconds(other).median / _seconds(one).median
    return 1 < right < NEAR and abs(log(other.megabytes / one.megabytes)) < log(NEAR) / 4


def _mark(axes: Axes, one: EngineCost, y: float, ends: tuple[float, float] | None, look: Style) -> float:
    """Draws a marker with its bars; returns its place along x."""
    middle, low, high = _seconds(one)
    colour, marker, filled = look
    across, along = ([middle - low], [high - middle]), ([ends[0]], [ends[1]]) if ends else None
    drawn = {"color": colour, "marker": marker, "fillstyle": "full" if filled else "none", "markersize": 4.5}
    axes.errorbar([middle], [y], yerr=along, xerr=across, linewidth=0.8, **drawn)  # type: ignore[arg-type]
    return middle


def ticks(axis: Axis, places: Sequence[float], limits: tuple[float, float]) -> None:
    """Those of the places that a logarithmic axis shows, as plain numbers."""
    low, high = limits
    axis.set_ticks([place for place in places if low <= place <= high])
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())
