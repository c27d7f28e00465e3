"""Tables of what choices of training and decoding give: step by step, at equal short budgets, and against time."""

from collections.abc import Sequence

from paperlib.core import experiments
from paperlib.core.config import GREEDY
from paperlib.core.records import Metric, MetricName, Record, Records
from paperlib.evaluation.run_comparisons import mean_over_seeds, seed_groups
from paperlib.evaluation.runs import ABLATION, GROUP_NAMES, PUBLISHED, find, group_names, ordered, select, trained_here
from paperlib.paper.latex import (
    as_latex,
    count,
    duration,
    escape,
    interval,
    labels,
    number,
    percent,
    tabular,
    with_interval,
)

# From the announced recipe to the best model, each step with those before it: what it adds, and the fields of its run.
LADDER: dict[str, dict[str, str]] = {
    "announced recipe": {"recipe": "announced-recipe"},
    "+ EOS token": {"recipe": "announced-recipe-eos"},
    "+ loss on the answer only": {"recipe": "announced-recipe-answer-loss"},
    "+ no truncation": {"recipe": "announced-recipe-untruncated"},
    "+ our schedule": {"recipe": "lora-v3"},
    "+ recombined examples, indented": {"recipe": "recombined"},
    "+ continued from the 3-seed average": {"recipe": "recombined-averaged"},
    "+ constrained decoding": {"recipe": "recombined-averaged", "decoding": "constrained"},
    "+ reranking": {"recipe": "recombined-averaged", "decoding": "reranked"},
}
EVALUATORS: dict[MetricName, str] = {"published_exact": "published evaluator", "json_exact": "corrected evaluator"}
GROUPS = {"All examples": ("overall", "all"), "Complex schemas": ("tier", "complex")}
# Profiles of experiments.yaml, and their budgets.
BUDGETS = {
    "screen": "As many tokens as a third of a pass has",
    "recombined": "One pass, recombined examples beside the published ones",
    "decoding": "The model continued from the 3-seed average, decoded in several ways",
}
SCREENED: tuple[MetricName, ...] = ("json_exact", "field_f1", "nats_per_leaf")
WRAPPED = r">{\raggedright\arraybackslash\hangindent=1em}p{0.335\textwidth}"


def run_of(records: Records, **fields: str) -> Record | None:
    """The run on the held-out split of the published training data with these fields, by default decoded greedily; of
    several seeds the first. None where there is none."""
    found = select(records, **{"test_set": PUBLISHED, "split": "held-out", "decoding": GREEDY, **fields})
    return min(found, key=lambda record: record.seed, default=None)


def decomposition(records: Records) -> str:
    """A row a step of LADDER: JSONExact under both evaluators, in a block each overall and on complex schemas; a step
    that was not run says so."""
    runs = {label: run_of(records, **fields) for label, fields in LADDER.items()}
    blocks = [
        (title, [[label, *_cells(run, *group)] for label, run in runs.items()]) for title, group in GROUPS.items()
    ]
    head = ["Recipe", *["Correct", r"\%", "Interval"] * 2]
    return tabular("@{}lrrlrrl@{}", head, blocks, spans=[("", 1), *((name, 3) for name in EVALUATORS.values())])


def _cells(record: Record | None, group: str, name: str) -> list[str]:
    if record is None:
        return ["not run", *[""] * 5]
    return [cell for metric in EVALUATORS for cell in _counted(find(record, metric, group, name))]


def _counted(row: Metric | None) -> list[str]:
    return [count(row), number(row, row.value), interval(row)] if row else ["--"] * 3


def by_budget(records: Records) -> dict[str, dict[str, Record]]:
    """The recipes that were run, by the budgets of which any was: their records under their labels, in the order of
    experiments.yaml."""
    found: dict[str, dict[str, Record]] = {}
    for profile, budget in BUDGETS.items():
        for run in experiments.runs_of(profile, with_data_root=True):
            if run in records:
                label = experiments.load(profile, run).eval.label
                found.setdefault(budget, {})[label] = records[run]
    return found


def screening(records: Records) -> str:
    """A row a recipe that was run, by budget: its cost, and what it gives on the dev split."""
    head = ["Recipe", "Steps", "Training", r"JSONExact (\%)", "Field F1", "NLL per leaf"]
    blocks = [
        (budget, [[escape(label), *_screened(record)] for label, record in found.items()])
        for budget, found in by_budget(records).items()
    ]
    return tabular(f"@{{}}{WRAPPED}rrrrr@{{}}", head, blocks)


def _screened(record: Record) -> list[str]:
    spent = record.cost
    cost = [as_latex(spent.train_steps), duration(spent.train_seconds)] if trained_here(record) else ["--", "--"]
    return [*cost, *(with_interval(find(record, metric)) for metric in SCREENED)]


def timed(records: Records) -> list[Record]:
    """Models tuned on the published data and tested on its held-out split, in the order of the study."""
    found = select(ordered(records), test_set=PUBLISHED, train_set=PUBLISHED, split="held-out")
    return [record for record in found if trained_here(record)]


def published(records: Records) -> str:
    """A row a model tuned on the published data: its training, its score, its tiers, its Field F1; means of seeds stand
    below these. The announced recipe and its repairs have a table of their own."""
    found = [record for record in timed(records) if record.recipe not in ABLATION]
    tiers = group_names(found, "tier")
    means = {group[-1].run: group for group in seed_groups(records).values()}
    rows = []
    for label, record in zip(labels(found), found, strict=True):
        counts = [count(row) if (row := find(record, "json_exact", "tier", tier)) else "--" for tier in tiers]
        scores = [with_interval(find(record, metric)) for metric in ("json_exact", "field_f1")]
        rows.append([label, duration(record.cost.train_seconds), scores[0], *counts, scores[1]])
        if group := means.get(record.run):
            rows += _means(group, tiers)
    head = ["Model", "Training", r"JSONExact (\%)", *(GROUP_NAMES.get(tier, tier) for tier in tiers), "Field F1"]
    return tabular("@{}lrr" + "r" * len(tiers) + "r@{}", head, [("", rows)])


def _means(group: Sequence[Record], tiers: Sequence[str]) -> list[list[str]]:
    """Three rows: the means of runs that differ in their seed alone, and the ends of the t intervals over seeds."""
    found = [mean_over_seeds(group), *(mean_over_seeds(group, "tier", tier) for tier in tiers)]
    means, ends = [mean for mean, _ in found], [interval for _, interval in found]
    rows = {
        rf"mean of these {len(group)} seeds (\%)": means,
        r"$t$ interval over seeds, from": [low for low, _ in ends],
        r"\phantom{$t$ interval over seeds,} to": [high for _, high in ends],
    }
    return [[rf"\quad {label}", "", *map(percent, row), ""] for label, row in rows.items()]
