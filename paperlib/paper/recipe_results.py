"""What choices of training give: recipes beside one another at equal short budgets, and quality against time."""

import itertools
from collections.abc import Mapping, Sequence

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from paperlib.claims.announcement import AnnouncedModel, Announcement
from paperlib.core import experiments, paths
from paperlib.core.records import MetricName, Record
from paperlib.evaluation.run_comparisons import mean_over_seeds, seed_groups
from paperlib.evaluation.runs import ABLATION, GROUP_NAMES, PUBLISHED, find, group_names, ordered, trained_here
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
    "recombined": "One pass, recombined examples beside the published ones",
    "decoding": "The model continued from the 3-seed average, decoded in several ways",
}
# The published data at a glance: the published recipe, minutes of ours, all of it, and readers without a model.
SHORT = (
    *("announced-recipe", "full-3min", "full-8min", "lora-135m-v3", "lora-135m-recombined"),
    *(
        f"lora-135m-recombined-{way}"
        for way in ("constrained", "reranked", "mean", "mean-constrained", "mean-reranked")
    ),
    *("rules-v3", "recoverable-v3"),
)
BETWEEN = {
    "announced-recipe-eos",
    "announced-recipe-answer-loss",
}  # steps whose points lie on those of their neighbours
SHOWN: tuple[MetricName, ...] = ("json_exact", "field_f1", "nats_per_leaf")
PANELS: dict[MetricName, str] = {"json_exact": "JSONExact (%)", "nats_per_leaf": "NLL per leaf (nats)"}


def recipes(profile: str) -> dict[str, str]:
    """The runs of a profile and their labels, in its order."""
    runs = experiments.runs_of(profile, with_data_root=True)
    return {run: experiments.load(profile, run).eval.label for run in runs}


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
        if (record.test_set, record.split) == (PUBLISHED, "held-out") and trained_here(record)
    ]
    return sorted(found, key=lambda record: record.cost.train_seconds or 0.0)


def _repaired(record: Record) -> bool:
    """Whether it is the published recipe or one of the steps that repair it."""
    return record.recipe in ABLATION


def published(records: Mapping[str, Record]) -> str:
    """A row a model tuned on the published data: its training, its score, its tiers; then means of seeds. The published
    recipe and its repairs have a table of their own."""
    found = [record for record in timed(records) if not _repaired(record)]
    tiers = group_names(found, "tier")
    head = ["Model", "Training", r"JSONExact (\%)", *(GROUP_NAMES.get(tier, tier) for tier in tiers), "Field F1"]
    rows = [_published(record, tiers) for record in found]
    for group in seed_groups(records).values():
        cells = [mean_over_seeds(group), *(mean_over_seeds(group, "tier", tier) for tier in tiers)]
        label = f"mean of {len(group)} seeds ($t$ interval over seeds)"
        rows.append([label, "", *(estimate(cell, percent) for cell in cells), ""])
    return tabular("@{}lrr" + "r" * len(tiers) + "r@{}", head, [("", rows)])


def _published(record: Record, tiers: Sequence[str]) -> list[str]:
    counts = [count(row) if (row := find(record, "json_exact", "tier", tier)) else "--" for tier in tiers]
    scores = [with_interval(find(record, metric)) for metric in ("json_exact", "field_f1")]
    return [escape(record.label), duration(record.cost.train_seconds), scores[0], *counts, scores[1]]


def markdown_short(records: Mapping[str, Record], announced: Announcement) -> str:
    """What was announced and what is reached on the published data, in Markdown; "" where nothing was tested on it."""
    found = [records[run] for run in SHORT if run in records]
    if not found:
        return ""
    again = seed_groups(records)
    rows = [_said(model) for model in announced.models.values()]
    for record in found:
        rows += [_short(record), *([_mean(again[record.run])] if record.run in again else [])]
    return markdown("lrrr", ["Model", "Training", "JSONExact, %", "Complex schemas"], rows)


def _said(model: AnnouncedModel) -> list[str]:
    exact, few = model.figures["exact"], model.figures["complex exact"]
    trained = f"{model.figures['train seconds'].printed} s, a GPU"
    return [f"*{model.name}, as announced*", trained, exact.printed, f"{few.k}/{few.n}"]


def _mean(group: Sequence[Record]) -> list[str]:
    few, _ = mean_over_seeds(group, "tier", "complex")
    return [
        f"the same, mean of {len(group)} seeds (t interval over seeds)",
        "",
        estimate(mean_over_seeds(group), percent),
        f"{percent(few)} %",
    ]


def _short(record: Record) -> list[str]:
    trained = duration(record.cost.train_seconds) if trained_here(record) else "--"
    few = record.metric("json_exact", "tier", "complex")
    return [record.label, trained, with_interval(record.metric("json_exact")), count(few)]


def time_to_quality(records: Mapping[str, Record], announced: Announcement) -> Figure:
    """JSONExact against minutes of training, with intervals, and the announced scores as levels.

    The published recipe, and the same with all repairs, are hollow, without the steps between; of runs that differ in
    their seed alone the first is shown.
    """
    with style.context(paths.STYLE):
        drawn = Figure(figsize=(6.5, 2.8))
        axes = drawn.subplots()
        left = {record.run for group in seed_groups(records).values() for record in group[1:]} | BETWEEN
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
