"""One function a figure. A figure draws rows of the tidy table; it computes no statistic.

All but the loss curves and the lengths are estimates with their 95 % intervals.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

import pandas as pd
import seaborn.objects as so
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from paperlib.claims.announcement import Announcement, load_announcement
from paperlib.core import paths
from paperlib.core.config import EDGEJSON
from paperlib.core.files import atomic_write
from paperlib.core.records import Record, Records
from paperlib.evaluation.run_comparisons import running_mean
from paperlib.evaluation.runs import (
    ABLATION,
    GROUP_NAMES,
    KINDS,
    PUBLISHED,
    group_names,
    kind,
    main_runs,
    on,
    ordered,
    principal,
)
from paperlib.evaluation.statistics.coverage import HEADLINE, NAMES, Row, Scenario
from paperlib.paper.frame import tidy
from paperlib.paper.latex import short
from paperlib.paper.plots import (
    BESIDE,
    COLOURS,
    CROSS,
    EXACT,
    SMALL,
    STYLES,
    drawn,
    interval_points,
    interval_rows,
    log_axis,
    with_legend,
)
from paperlib.paper.recipe_tables import EVALUATORS, LADDER, by_budget, run_of, timed
from paperlib.paper.standard_results import SYSTEMS, TESTS, record_of

Losses = Mapping[str, Sequence[Mapping[str, float]]]  # run -> rows of step and loss
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 2)), (0, (8, 2)))
LEVEL: dict[str, Any] = {"color": "#555555", "linestyle": (0, (6, 2)), "linewidth": 0.9}  # a line across a panel
PANELS = {"json_exact": EXACT, "field_f1": "Field F1", "schema_valid": "Schema-valid (%)"}
QUANTITIES = {"json_exact": "exact", "field_f1": "f1"}  # what the announcement has of them
SMOOTHED = 25  # steps
# What the models differ in whose training time is shown, by recipe.
STAGES = {
    **dict.fromkeys(ABLATION, "announced recipe, repaired"),
    "announced-recipe": "announced recipe, rerun by us",
    **dict.fromkeys(("full-3min", "full-8min"), "full fine-tuning for minutes"),
    "lora-v3": "LoRA, our schedule",
    "recombined": "LoRA, recombined examples, three seeds",
    "recombined-averaged": "continued from the 3-seed average",
}


def scaling(records: Records, announced: Announcement | None = None, dataset: str = EDGEJSON) -> Figure:
    """Each metric against the number of parameters; baselines, which have no size, are levels.

    Raises PaperlibError where no run was tested on the dataset.
    """
    runs = on(principal(records), dataset)
    names = {each: ", ".join(run.label for run in runs if kind(run) == each) for each in KINDS}
    names["scratch"] += " (from scratch)" if names["scratch"] else ""
    frame = tidy(runs).query("group == 'overall' and metric in @PANELS")
    frame = frame.assign(panel=frame.metric.map(PANELS), series=frame.kind.map(names))
    styles = dict(zip([names[each] for each in KINDS[1:] if names[each]], STYLES[2::-1] + STYLES[3:], strict=False))
    plot = interval_points(
        frame.query("kind != 'baseline'"), styles, x="parameters", y="value", ymin="low", ymax="high"
    )
    plot = plot.facet("panel", order=[*PANELS.values()]).share(y=False).label(x="Parameters", y="")
    plot = plot.scale(x=log_axis({1e6: "1M", 1e7: "10M", 1e8: "100M", 1e9: "1B"})).limit(x=(1.5e5, 2.5e9))
    figure = drawn(plot, (6.5, 2.9))
    for axes, metric in zip(figure.axes, PANELS, strict=True):
        top = 1 if metric == "field_f1" else 100
        axes.set_ylim(-0.04 * top, 1.04 * top)
        for value in frame.query("kind == 'baseline' and metric == @metric").value:
            axes.axhline(value, **LEVEL)
        for model in (announced or load_announcement()).models.values():
            if said := model.figures.get(QUANTITIES.get(metric, "")):
                spot = (model.parameters, float(said.printed))
                axes.plot(*spot, **CROSS)
                axes.annotate(said.printed, spot, **BESIDE)
    more = [Line2D([], [], label=f"{names['baseline']} (no model)", **LEVEL)] if names["baseline"] else []
    return with_legend(
        figure, styles, [*more, Line2D([], [], label="announced (other model, other test set)", **CROSS)]
    )


def tiers(records: Records) -> Figure:
    """JSONExact by tier of the pretrained models, with correct answers of all at the right; a panel a dataset."""
    runs = _pretrained(ordered(main_runs(records)))
    frame = tidy(runs).query("metric == 'json_exact' and group == 'tier'")
    frame = frame.assign(y=frame.name.replace(GROUP_NAMES), series=frame.label, panel=frame.dataset)
    names = [GROUP_NAMES.get(name, name) for name in group_names(runs, "tier")]
    return interval_rows(frame.assign(text=frame["count"]), 0.66, names)


def schemas(records: Records, dataset: str = EDGEJSON) -> Figure:
    """JSONExact by schema of the pretrained models; what the last run knows best is on top.

    A schema's number of test examples stands behind its name. Raises PaperlibError where no run was tested there.
    """
    frame = tidy(_pretrained(on(main_runs(records), dataset))).query("metric == 'json_exact' and group == 'schema'")
    frame = frame.assign(y=frame.name + " (" + frame.n.astype(str) + ")", series=frame.label)
    last = frame.drop_duplicates("y", keep="last").sort_values(["value", "name"], ascending=[False, True])
    return interval_rows(frame, 0.235, last.y)


def decomposition(records: Records) -> Figure:
    """JSONExact at each step from the announced recipe to the best one under both evaluators; a panel each for all
    examples and complex ones. A step that was not run keeps its place."""
    runs = {label: run_of(records, **fields) for label, fields in LADDER.items()}
    names = {label: label if run else f"{label} (not run)" for label, run in runs.items()}
    groups = {"all": "All examples", "complex": "Complex schemas"}
    frame = _stacked((run, {"y": names[label]}) for label, run in runs.items() if run)
    frame = frame.query("metric in @EVALUATORS and name in @groups")
    frame = frame.assign(series=frame.metric.map(EVALUATORS), panel=frame.name.map(groups))
    return interval_rows(frame, 0.31, names.values(), EVALUATORS.values())


def screening(records: Records) -> Figure:
    """Recipes by budget on the dev split: exact answers, and the negative log-likelihood of the expected ones."""
    panels = {"json_exact": EXACT, "nats_per_leaf": "NLL per leaf (nats)"}
    found = [(run, fill(name, 46), budget) for budget, runs in by_budget(records).items() for name, run in runs.items()]
    frame = _stacked((run, {"y": name, "series": budget}) for run, name, budget in found)
    frame = frame.query("group == 'overall' and metric in @panels")
    return interval_rows(frame.assign(panel=frame.metric.map(panels)), 0.31, x="", limits=(0, None), columns=1)


def standard(records: Records) -> Figure:
    """JSONExact of each system on each test of EdgeJSON standard and beyond; no marker where it was not run."""
    pairs = [(system, test) for test in TESTS for system in SYSTEMS]
    runs = {pair: run for pair in pairs if (run := record_of(records, *pair))}
    frame = _stacked((run, {"y": TESTS[test], "series": system}) for (system, test), run in runs.items())
    return interval_rows(frame.query("group == 'overall' and metric == 'json_exact'"), 0.62, TESTS.values(), SYSTEMS)


def coverage(rows: Sequence[Row]) -> Figure:
    """Coverage of each interval by scenario, a panel a target; bars are the simulation's own 95 % intervals.

    Independent examples stand in the first panel only: any schemas are like these.
    """
    names = {name: name.replace("wilson", "Wilson") + (" (headline)" if name == HEADLINE else "") for name in NAMES}
    frame = pd.DataFrame(
        {"y": _scenario(row.scenario), "series": names[row.interval], "panel": f"Mean over {row.target}"}
        | {"value": 100 * row.coverage, "low": 100 * row.low, "high": 100 * row.high}
        for row in rows
    )
    shown = [name for name in names.values() if name in set(frame.series)]
    figure = interval_rows(frame, 0.42, series=shown, x="Coverage (%)", limits=(None, 102), columns=3)
    for axes in figure.axes:
        for nominal in {row.nominal for row in rows}:
            axes.axvline(100 * nominal, zorder=0, **LEVEL)
    return figure


def time_to_quality(records: Records, announced: Announcement) -> Figure:
    """JSONExact, decoded greedily, against minutes of training on the published data; announced scores are levels."""
    frame = tidy(timed(records)).query("group == 'overall' and metric == 'json_exact'")
    frame = frame.assign(series=frame.recipe.map(STAGES).fillna(frame.label))
    styles = dict(zip(sorted(set(frame.series), key=[*STAGES.values(), *frame.series].index), STYLES, strict=False))
    plot = interval_points(frame, styles, x="minutes", y="value", ymin="low", ymax="high")
    plot = plot.scale(x=log_axis({minutes: str(minutes) for minutes in (1, 3, 8, 20, 60, 180)}))
    plot = plot.limit(x=(0.7, 300), y=(-2, 102))
    figure = drawn(plot.label(x="Minutes of training on two processor cores", y=EXACT), (6.5, 3.3))
    for model in announced.models.values():
        level = float(model.figures["exact"].printed)
        figure.axes[0].axhline(level, **LEVEL)
        label = f"announced, {model.parameters / 1e6:.0f}M on a GPU: {level} %"
        place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "ha": "right", "va": "top"}
        figure.axes[0].annotate(label, (1, level), (-2, -2), **SMALL | place)
    return with_legend(figure, styles)


def loss(losses: Losses, records: Records | None = None) -> Figure:
    """Training loss of each run against optimiser steps, the mean of up to ``SMOOTHED`` before and at each. Runs with a
    record bear its label, in a panel with those of their kind."""
    known = records or {}
    parts: list[pd.DataFrame] = []
    for run, rows in losses.items():
        means = running_mean([row["loss"] for row in rows], SMOOTHED)
        panel, label = (_family(known[run]), short(known[run].label)) if run in known else ("", run)
        line = sum(part.panel[0] == panel for part in parts)
        curve = {"step": [row["step"] for row in rows], "loss": means, "line": line}
        parts.append(pd.DataFrame(curve).assign(run=label, panel=panel))
    frame = pd.concat(parts, ignore_index=True)
    scales = {"color": so.Nominal(dict(enumerate(COLOURS))), "linestyle": so.Nominal(dict(enumerate(DASHES)))}
    plot = so.Plot(frame, x="step", y="loss", color="line", linestyle="line").facet("panel").share(x=False)
    ticks = {value: f"{value:g}" for value in (0.01, 0.1, 1, 10)}
    plot = plot.add(so.Line(linewidth=1), legend=False).scale(y=log_axis(ticks), **scales)
    figure = drawn(plot.label(x="Optimiser step", y="Training loss (nats per target token)"), (6.5, 3.4))
    for axes, (_, part) in zip(figure.axes, frame.groupby("panel", sort=False), strict=True):
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        styles = zip(part.run.unique(), COLOURS, DASHES, strict=False)
        handles = [Line2D([], [], label=run, color=colour, linestyle=dash) for run, colour, dash in styles]
        with style.context(paths.STYLE):
            axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(-0.1, -0.25))
    return figure


def lengths(texts: Mapping[str, Sequence[int]], answers: Mapping[str, Sequence[int]]) -> Figure:
    """Answer length against text length, both in characters, one marker an example, by tier."""
    parts = [pd.DataFrame({"text": texts[tier], "answer": answers[tier]}).assign(series=tier) for tier in texts]
    styles = dict(zip(texts, STYLES, strict=False))
    plot = interval_points(
        pd.concat(parts, ignore_index=True), styles, x="text", y="answer", ymin="answer", ymax="answer"
    )
    return with_legend(drawn(plot.label(x="Text (characters)", y="Answer (characters)"), (5.5, 2.8)), styles)


def save(fig: Figure, folder: Path, name: str) -> list[Path]:
    """Writes ``name.pdf`` (vector) and ``name.png``; no date or version inside, so equal figures are equal bytes."""
    metadata: dict[str, dict[str, Any]] = {
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
        "png": {"Software": None},
    }
    written = []
    for extension, fields in metadata.items():
        path = folder / f"{name}.{extension}"
        with style.context(paths.STYLE), atomic_write(path) as part:
            fig.savefig(part, format=extension, metadata=fields)
        written.append(path)
    return written


def _pretrained(runs: Iterable[Record]) -> list[Record]:
    return [run for run in runs if kind(run) not in ("scratch", "baseline")]


def _family(record: Record) -> str:
    """The panel of a run's loss curve."""
    if record.recipe in ABLATION:
        return "Announced recipe and repairs"
    return "Published data, our recipes" if record.train_set == PUBLISHED else "Data made here"


def _scenario(scenario: Scenario) -> str:
    """Two lines: how many examples and schemas, and how they succeed."""
    parts = str(scenario).split(", ")
    return f"{', '.join(parts[:2])},\n{', '.join(parts[2:])}"


def _stacked(runs: Iterable[tuple[Record, dict[str, str]]]) -> pd.DataFrame:
    """The tidy rows of several records, each with columns of its own."""
    parts = [tidy([run]).assign(**columns) for run, columns in runs]
    return pd.concat(parts, ignore_index=True) if parts else tidy([])
