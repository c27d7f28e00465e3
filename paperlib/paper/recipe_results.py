"""What choices of training give: recipes beside one another at equal short budgets, and quality against time."""

import itertools
from collections.abc import Mapping, Sequence

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from paperlib.claims.announcement import Announced, AnnouncedModel
from paperlib.core import config, paths
from paperlib.core.files import digest
from paperlib.core.records import MetricName, Record
from paperlib.evaluation import statistics
from paperlib.evaluation.runs import GROUP_NAMES, PUBLISHED, find, group_names, ordered, trained_here
from paperlib.paper.figures import LOOKS, reach
from paperlib.paper.latex import (
    count,
    duration,
    escape,
    estimate,
    markdown,
    percent,
    plain,
    tabular,
    with_interval,
)

# Profiles of experiments.yaml, and their budgets.
PROFILES = {
    "screen": "As many tokens as a third of a pass has",
    "varied": "One pass, recombined examples beside the published ones",
    "answering": "The model that goes on from the mean, answering in several ways",
}
# The published data at a glance: the published recipe, minutes of ours, all of it, and readers without a model.
SHORT = (
    *("recipe-published", "budget-3", "budget-8", "lora-135m-v3", "lora-135m-recombined"),
    *(f"lora-135m-recombined-{way}" for way in ("held", "looks", "mean", "mean-held", "mean-looks")),
    *("rules-v3", "ceiling-v3"),
)
BETWEEN = {"recipe-end", "recipe-answer"}  # steps whose points lie on those of their neighbours
SHOWN: tuple[MetricName, ...] = ("json_exact", "field_f1", "nats_per_leaf")
PANELS: dict[MetricName, str] = {"json_exact": "JSONExact (%)", "nats_per_leaf": "NLL per leaf (nats)"}


def recipes(profile: str) -> dict[str, str]:
    """The runs of a profile and their labels, in its order."""
    runs = config.runs_of(profile, with_data_root=True)
    return {run: config.load(profile, run).eval.label for run in runs}


def table(records: Mapping[str, Record]) -> str:
    """A row a recipe that was run, by budget: its cost, and what it gives on the tune part."""
    head = ["Recipe", "Steps", "Training", r"JSONExact (\%)", "Field F1", "NLL per leaf"]
    blocks = [
        (budget, [[escape(label), *_cells(records[run])] for run, label in labels.items()])
        for budget, labels in _by_budget(records).items()
    ]
    return tabular("@{}lrrrrr@{}", head, blocks)


def _by_budget(records: Mapping[str, Record]) -> dict[str, dict[str, str]]:
    """Labels of the recipes that were run, by the budgets of which any was."""
    found = {
        budget: {run: label for run, label in recipes(profile).items() if run in records}
        for profile, budget in PROFILES.items()
    }
    return {budget: labels for budget, labels in found.items() if labels}


def _cells(record: Record) -> list[str]:
    spent = record.cost
    cost = [plain(spent.train_steps), duration(spent.train_seconds)] if trained_here(record) else ["--", "--"]
    return [*cost, *(with_interval(find(record, metric)) for metric in SHOWN)]


def figure(records: Mapping[str, Record]) -> Figure:
    """The same: a row a recipe, a panel each for exact answers and for the likelihood of the expected ones; a line
    between budgets."""
    groups = _by_budget(records).values()
    labels = {run: label for group in groups for run, label in group.items()}
    ends = set(itertools.accumulate(map(len, groups))) - {len(labels)}
    with style.context(paths.STYLE):
        drawn = Figure(figsize=(6.5, 0.9 + 0.24 * len(labels)))
        panels = drawn.subplots(1, len(PANELS), sharey=True)
        for axes, (metric, title) in zip(panels, PANELS.items(), strict=True):
            _panel(axes, [records[run] for run in labels], metric)
            axes.set(xlabel=title)
            for end in ends:
                axes.axhline(end - 0.5, color="#555555", linewidth=0.6)
        panels[0].set_yticks(range(len(labels)), list(labels.values()))
        panels[0].set_ylim(max(len(labels), 1) - 0.5, -0.5)
        return drawn


def _panel(axes: Axes, runs: Sequence[Record], metric: MetricName) -> None:
    scale = 100 if metric == "json_exact" else 1
    for line, record in enumerate(runs):
        if row := find(record, metric):
            value, ends = reach(row, scale)
            axes.errorbar(value, line, xerr=ends, linestyle="none", elinewidth=1, **LOOKS["tuned"])
    axes.set_xlim(left=0, right=100 if scale == 100 else None)
    axes.grid(visible=False, axis="y")


def timed(records: Mapping[str, Record]) -> list[Record]:
    """Models tuned on the published data and tested on its report part, the quickest first."""
    found = [
        record
        for record in ordered(dict(records))
        if (record.data.dataset, record.data.split) == (PUBLISHED, "report") and trained_here(record)
    ]
    return sorted(found, key=lambda record: record.cost.train_seconds or 0.0)


def _repaired(record: Record) -> bool:
    """Whether it is the published recipe or one of the steps that repair it."""
    return record.run.startswith("recipe-")


def seeds(records: Mapping[str, Record]) -> dict[str, list[Record]]:
    """Runs that differ in their training seed alone, under the name of the first; of two seeds and more. A setting that
    a record does not know had its default."""
    groups: dict[str, list[Record]] = {}
    fields = config.TrainConfig.model_fields.items()
    defaults = {name: field.default for name, field in fields if not field.is_required()}
    for record in sorted(records.values(), key=lambda record: record.run):
        if trained_here(record):
            settings = defaults | record.config["train"] | {"run": None, "seed": None}
            groups.setdefault(digest([settings, record.data.test_hash]), []).append(record)
    return {group[0].run: group for group in groups.values() if len(group) > 1}


def over_seeds(
    group: Sequence[Record], name: tuple[str, str] = ("overall", "all")
) -> tuple[float, statistics.Interval]:
    """The mean JSONExact of runs of several seeds, and its interval over seeds, as far as a share can go."""
    mean, (low, high) = statistics.over_seeds([record.metric("json_exact", *name).value for record in group])
    return mean, (max(low, 0.0), min(high, 1.0))


def published(records: Mapping[str, Record]) -> str:
    """A row a model tuned on the published data: its training, its score, its tiers; then means of seeds. The published
    recipe and its repairs have a table of their own."""
    found = [record for record in timed(records) if not _repaired(record)]
    tiers = group_names(found, "tier")
    head = ["Model", "Training", r"JSONExact (\%)", *(GROUP_NAMES.get(tier, tier) for tier in tiers), "Field F1"]
    rows = [_published(record, tiers) for record in found]
    for group in seeds(records).values():
        cells = [
            estimate(over_seeds(group, name), percent) for name in [("overall", "all"), *(("tier", t) for t in tiers)]
        ]
        rows.append([f"mean of {len(group)} seeds", "", *cells, ""])
    return tabular("@{}lrr" + "r" * len(tiers) + "r@{}", head, [("", rows)])


def _published(record: Record, tiers: Sequence[str]) -> list[str]:
    counts = [count(row) if (row := find(record, "json_exact", "tier", tier)) else "--" for tier in tiers]
    scores = [with_interval(find(record, metric)) for metric in ("json_exact", "field_f1")]
    return [escape(record.label), duration(record.cost.train_seconds), scores[0], *counts, scores[1]]


def markdown_short(records: Mapping[str, Record], announced: Announced) -> str:
    """What was announced and what is reached on the published data, in Markdown; "" where nothing was tested on it."""
    found = [records[run] for run in SHORT if run in records]
    if not found:
        return ""
    again = seeds(records)
    rows = [_said(model) for model in announced.models.values()]
    for record in found:
        rows += [_short(record), *([_mean(again[record.run])] if record.run in again else [])]
    return markdown("lrrr", ["Model", "Training", "JSONExact, %", "Complex schemas"], rows)


def _said(model: AnnouncedModel) -> list[str]:
    exact, few = model.figures["exact"], model.figures["complex exact"]
    trained = f"{model.figures['train seconds'].printed} s, a GPU"
    return [f"*{model.name}, as announced*", trained, exact.printed, f"{few.k}/{few.n}"]


def _mean(group: Sequence[Record]) -> list[str]:
    few, _ = over_seeds(group, ("tier", "complex"))
    return [f"the same, mean of {len(group)} seeds", "", estimate(over_seeds(group), percent), f"{percent(few)} %"]


def _short(record: Record) -> list[str]:
    trained = duration(record.cost.train_seconds) if trained_here(record) else "--"
    few = record.metric("json_exact", "tier", "complex")
    return [record.label, trained, with_interval(record.metric("json_exact")), count(few)]


def time_to_quality(records: Mapping[str, Record], announced: Announced) -> Figure:
    """JSONExact against minutes of training, with intervals, and the announced scores as levels.

    The published recipe, and the same with all repairs, are hollow, without the steps between; of runs that differ in
    their seed alone the first is shown.
    """
    with style.context(paths.STYLE):
        drawn = Figure(figsize=(6.5, 2.8))
        axes = drawn.subplots()
        left = {record.run for group in seeds(records).values() for record in group[1:]} | BETWEEN
        for record in (record for record in timed(records) if record.run not in left):
            value, ends = reach(record.metric("json_exact"), 100)
            minutes = (record.cost.train_seconds or 0.0) / 60
            hollow = {"markerfacecolor": "white"} if _repaired(record) else {}
            axes.errorbar(minutes, value, yerr=ends, linestyle="none", elinewidth=1, **LOOKS["tuned"] | hollow)
            at, by, side = (value, (-5, 1), "right") if hollow else (value + ends[1][0], (0, 3), "center")
            axes.annotate(f"{value:.0f} %", (minutes, at), by, textcoords="offset points", fontsize=7, ha=side)
        for model in announced.models.values():
            level = float(model.figures["exact"].printed)
            axes.axhline(level, color="#555555", linestyle=(0, (6, 2)), linewidth=0.9)
            label = f"announced, {model.parameters / 1e6:.0f}M on a GPU: {level} %"
            axes.annotate(label, (0, level), (2, 3), ("axes fraction", "data"), "offset points", fontsize=7)
        axes.set(xscale="log", xlim=(0.5, 300), ylim=(-2, 102))
        axes.set(xlabel="Minutes of training on two processor cores", ylabel="JSONExact (%)")
        axes.set_xticks([1, 3, 8, 20, 60, 180])
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        axes.minorticks_off()
        return drawn
