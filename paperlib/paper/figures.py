"""One function a figure. A figure draws the metrics of records; it computes no statistic."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from paperlib.claims.announcement import Announcement, load_announcement
from paperlib.core import paths
from paperlib.core.config import EDGEJSON
from paperlib.core.files import replacing
from paperlib.core.records import Metric, Record
from paperlib.evaluation.run_comparisons import running_mean
from paperlib.evaluation.runs import (
    DATASETS,
    GROUP_NAMES,
    KINDS,
    Kind,
    by_dataset,
    find,
    group_names,
    kind,
    on,
    principal,
)

# Each kind of run looks the same in every figure: an Okabe-Ito colour, and a marker that holds in grey.
LOOKS: dict[Kind, dict[str, Any]] = {
    "baseline": {"color": "#555555", "linestyle": (0, (6, 2)), "linewidth": 0.9},  # has no size: a level, not a point
    "scratch": {"color": "#009E73", "marker": "o"},
    "untuned": {"color": "#0072B2", "marker": "s", "markerfacecolor": "white"},
    "tuned": {"color": "#D55E00", "marker": "^"},
    "transfer": {"color": "#CC79A7", "marker": "D"},
}
ANNOUNCED: dict[str, Any] = {"color": "#555555", "marker": "x", "linestyle": "none", "markeredgewidth": 1.4}
PANELS = {"json_exact": "JSONExact (%)", "field_f1": "Field F1", "schema_valid": "Schema-valid (%)"}
QUANTITIES = {"json_exact": "exact", "field_f1": "f1"}  # what the announcement has of them
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 2)), (0, (8, 2)))
MARKS = ("^", "v", "P", "X", "<", ">")  # of the runs of one kind, where each has its own
SMOOTHED = 25  # steps
Losses = Mapping[str, Sequence[Mapping[str, float]]]  # run -> rows of step and loss


def scaling(records: dict[str, Record], announced: Announcement | None = None, dataset: str = EDGEJSON) -> Figure:
    """Each metric against the number of parameters, with 95 % intervals; the announced figures as marks.

    Raises PaperlibError where no run was tested on the dataset.
    """
    runs = on(principal(records), dataset)
    with style.context(paths.STYLE):
        figure = Figure(figsize=(6.5, 2.75))
        for axes, (metric, name) in zip(figure.subplots(1, 3, sharex=True), PANELS.items(), strict=True):
            _scaling_panel(axes, runs, metric, name)
            _announced_marks(axes, announced or load_announcement(), metric)
        handles = [*_handles(runs), Line2D([], [], label="announced (other model, other test set)", **ANNOUNCED)]
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
        return figure


def tiers(records: dict[str, Record]) -> Figure:
    """JSONExact by tier of the pretrained models, with 95 % intervals and counts; a panel a dataset."""
    groups = {name: _pretrained(runs) for name, runs in by_dataset(principal(records)).items()}
    groups = {name: runs for name, runs in groups.items() if runs}
    with style.context(paths.STYLE):
        figure = Figure(figsize=(6.5, 3.1))
        panels = figure.subplots(1, max(len(groups), 1), squeeze=False)[0]
        everyone = [run for runs in groups.values() for run in runs]
        looks = _looks(everyone)
        for axes, (name, runs) in zip(panels, groups.items(), strict=False):
            labels = group_names(runs, "tier")
            _rows(axes, runs, "tier", labels, looks)
            _counts(axes, runs, labels)
            axes.set_yticks(range(len(labels)), [GROUP_NAMES.get(label, label) for label in labels])
            axes.set_title(DATASETS.get(name, name), loc="left")
        figure.legend(handles=_single(everyone, looks), loc="outside lower center", ncols=2)
        return figure


def schemas(records: dict[str, Record], dataset: str = EDGEJSON) -> Figure:
    """JSONExact by schema of the pretrained models, with 95 % intervals; what the last run knows best is on top.

    A schema's number of test examples stands behind its name. Raises PaperlibError where no run was tested there.
    """
    runs = _pretrained(on(principal(records), dataset))
    best = {row.name: row for run in runs for row in run.metrics if (row.metric, row.group) == ("json_exact", "schema")}
    names = sorted(best, key=lambda name: (-best[name].value, name))
    with style.context(paths.STYLE):
        figure = Figure(figsize=(6.5, 0.9 + 0.235 * len(names)))
        axes = figure.subplots()
        _rows(axes, runs, "schema", names, looks := _looks(runs))
        axes.set_yticks(range(len(names)), [f"{name} ({best[name].n})" for name in names])
        figure.legend(handles=_single(runs, looks), loc="outside lower center", ncols=2)
        return figure


def loss(losses: Losses, labels: Mapping[str, str] | None = None) -> Figure:
    """Training loss of each run against optimiser steps, the mean of up to ``SMOOTHED`` before and at each; ``labels``
    maps a run to the name shown."""
    with style.context(paths.STYLE):
        figure = Figure(figsize=(6.5, 2.8))
        axes = figure.subplots()
        for place, (run, rows) in enumerate(losses.items()):
            dash = DASHES[place % len(DASHES)]
            steps, means = [row["step"] for row in rows], running_mean([row["loss"] for row in rows], SMOOTHED)
            axes.plot(steps, means, linestyle=dash, label=(labels or {}).get(run, run))
        axes.set(xlabel="Optimiser step", ylabel="Training loss (nats per target token)", yscale="log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_xlim(left=0)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return figure


def lengths(texts: Mapping[str, Sequence[int]], answers: Mapping[str, Sequence[int]]) -> Figure:
    """Answer length against text length, both in characters, one mark an example, by tier."""
    with style.context(paths.STYLE):
        figure = Figure(figsize=(5.5, 2.6))
        axes = figure.subplots()
        for tier, marker in zip(texts, "os^x", strict=False):
            axes.plot(texts[tier], answers[tier], marker, markersize=3.5, alpha=0.7, label=tier)
        axes.set(xlabel="text, characters", ylabel="answer, characters")
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return figure


def save(fig: Figure, folder: Path, name: str) -> list[Path]:
    """Writes ``name.pdf`` (vector) and ``name.png``; no date or version inside, so equal figures are equal bytes."""
    metadata: dict[str, dict[str, Any]] = {
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
        "png": {"Software": None},
    }
    written = []
    for extension, fields in metadata.items():
        path = folder / f"{name}.{extension}"
        with style.context(paths.STYLE), replacing(path) as part:
            fig.savefig(part, format=extension, metadata=fields)
        written.append(path)
    return written


def draw_all(records: dict[str, Record], folder: Path, losses: Losses | None = None) -> list[Path]:
    """Every figure of the paper into ``folder``; the loss curves only where there are any. Returns the files.

    A model tested on other data has the loss of the run that trained it, which is drawn once.
    """
    drawn = {"scaling": scaling(records), "tiers": tiers(records), "schemas": schemas(records)}
    shown = principal(records)
    own = {run: rows for run, rows in (losses or {}).items() if run in shown and kind(records[run]) != "transfer"}
    if own:
        drawn["loss"] = loss(own, {run: record.label for run, record in records.items()})
    return [path for name, figure in drawn.items() for path in save(figure, folder, name)]


def _pretrained(runs: Sequence[Record]) -> list[Record]:
    return [run for run in runs if kind(run) not in ("scratch", "baseline")]


def _handles(runs: Sequence[Record]) -> list[Line2D]:
    """A legend entry a kind, with the labels of its runs."""
    groups = {each: [run.label for run in runs if kind(run) == each] for each in KINDS}
    texts = {
        each: ", ".join(labels) + {"scratch": " (from scratch)", "baseline": " (no model)"}.get(each, "")
        for each, labels in groups.items()
    }
    return [Line2D([], [], label=texts[each], **{"linestyle": "none", **LOOKS[each]}) for each in KINDS if groups[each]]


def _scaling_panel(axes: Axes, runs: Sequence[Record], metric: str, name: str) -> None:
    scale = 1 if metric == "field_f1" else 100
    points = [(run, row) for run in runs if (row := find(run, metric))]
    family = [(run.model.parameters, row.value * scale) for run, row in points if kind(run) == "scratch"]
    axes.plot(
        [x for x, _ in family], [y for _, y in family], color=LOOKS["scratch"]["color"], linestyle=":", linewidth=0.8
    )
    for run, row in points:
        value, ends = reach(row, scale)
        if kind(run) == "baseline":
            axes.axhline(value, **LOOKS["baseline"])
            continue
        axes.errorbar(run.model.parameters, value, yerr=ends, linestyle="none", elinewidth=1, **LOOKS[kind(run)])
    axes.set(xscale="log", xlim=(1.5e5, 2.5e9), xlabel="Parameters", title=name, ylim=(-0.04 * scale, 1.04 * scale))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / 1e6:g}M" if x < 1e9 else f"{x / 1e9:g}B"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _announced_marks(axes: Axes, announced: Announcement, metric: str) -> None:
    for model in announced.models.values():
        if figure := model.figures.get(QUANTITIES.get(metric, "")):
            spot = (model.parameters, float(figure.printed))
            axes.plot(*spot, **ANNOUNCED)
            look: dict[str, Any] = {"fontsize": 7, "color": ANNOUNCED["color"], "va": "center"}
            axes.annotate(figure.printed, spot, (5, 0), textcoords="offset points", **look)


def _looks(runs: Sequence[Record]) -> dict[str, dict[str, Any]]:
    """The look of each run: its kind's, with a mark of its own."""
    placed = {each: [run.run for run in runs if kind(run) == each] for each in KINDS}
    return {
        name: LOOKS[each] | ({"marker": MARKS[place % len(MARKS)]} if place else {})
        for each, names in placed.items()
        for place, name in enumerate(names)
    }


def _single(runs: Sequence[Record], looks: Mapping[str, Any]) -> list[Line2D]:
    """A legend entry a run."""
    return [Line2D([], [], label=run.label, **{"linestyle": "none", **looks[run.run]}) for run in runs]


def _rows(
    axes: Axes, runs: Sequence[Record], group: str, names: Sequence[str], looks: Mapping[str, Mapping[str, Any]]
) -> None:
    """Horizontal rows, one a name, the runs side by side in each; x is JSONExact in per cent."""
    for line, name in enumerate(names):
        for run, height in zip(runs, _heights(len(runs), line), strict=True):
            if row := find(run, "json_exact", group, name):
                value, ends = reach(row, 100)
                axes.errorbar(value, height, xerr=ends, linestyle="none", elinewidth=1, **looks[run.run])
    axes.set(xlim=(-2, 102), ylim=(max(len(names), 1) - 0.5, -0.5), xlabel="JSONExact (%)")
    axes.grid(visible=False, axis="y")
    for line in range(1, len(names)):
        axes.axhline(line - 0.5, color="#E0E0E0", linewidth=0.6)


def _counts(axes: Axes, runs: Sequence[Record], tier_names: Sequence[str]) -> None:
    """Correct answers of all, at the right of each point of a row."""
    for line, name in enumerate(tier_names):
        for run, height in zip(runs, _heights(len(runs), line), strict=True):
            if row := find(run, "json_exact", "tier", name):
                axes.text(103, height, f"{row.k}/{row.n}", va="center", fontsize=7)


def _heights(runs: int, line: int) -> list[float]:
    """Where in a row of height 1 around ``line`` each of its runs is drawn."""
    return [line + (place - (runs - 1) / 2) * 0.6 / runs for place in range(runs)]


def reach(row: Metric, scale: float) -> tuple[float, list[list[float]]]:
    """A value, and how far its interval reaches below and above it (2 x 1, as matplotlib takes it)."""
    return scale * row.value, [[scale * max(row.value - row.low, 0)], [scale * max(row.high - row.value, 0)]]
