"""The tables of data/results/README.md: every committed run in the order of the study, its scores and its cost.

:mod:`paperlib.paper.readme` puts them there.
"""

from collections.abc import Sequence

from paperlib.claims.announcement import AnnouncedModel, load_announcement
from paperlib.core import config, experiments
from paperlib.core.records import Record, Records
from paperlib.evaluation.run_comparisons import mean_over_seeds, seed_groups, total_cost
from paperlib.evaluation.runs import HEADLINE, PUBLISHED, by_dataset, find, ordered, shown_dataset, trained_here
from paperlib.paper import call_tables, few_shot_results, intent_tables, standard_results, task_tables
from paperlib.paper.latex import count, duration, estimate, markdown, millions, percent, with_interval
from paperlib.paper.tables import machine

OPTIONAL = ("paper", "published", "final", "decomposition")  # profiles whose runs on published data may be missing
# Profiles of which every recipe or decoding is shown.
COMPARED = {
    "screen": "Equal budgets, a third of a pass over the training examples",
    "recombined": "One pass, with recombined examples beside the published ones",
    "decoding": "One model, continued from the 3-seed average, decoded in several ways",
    "capacity-rates": "Learning rates for each size, 50,000 tokens",
}
SCORES = ("Exact match, %", "Field F1", "Schema-valid, %")
FEW = "Exact match, complex"


def render(records: Records, benchmark: Records, screening: Records) -> str:
    """Scores by test set, then EdgeJSON standard, recipes on the dev split, and costs, in Markdown.

    Args:
        records, benchmark, screening: the committed records of the study, of EdgeJSON standard and what was trained on
            it, and of the recipes that were compared; the last two may be empty.
    """
    parts: list[str] = []
    for dataset, runs in by_dataset(records).items():
        parts += [f"## {shown_dataset(runs[0])}: {runs[0].data.n_test} test examples", _scores(runs)]
        parts += _not_run(records) if dataset == PUBLISHED else []
    if benchmark:
        parts += ["## EdgeJSON standard and beyond: exact match, %", standard_results.markdown(benchmark)]
    parts += ["## Intents, on the test parts", intent_tables.intents(benchmark).markdown]
    if few_shot_results.curves():
        parts += ["### Accuracy by examples of each intent, %", few_shot_results.table().markdown]
    parts += ["## Function calls: requests answered correctly, %", call_tables.calls(benchmark).markdown]
    if (tasks := task_tables.tasks(benchmark)).blocks[0][1]:
        parts += ["## One adapter for several tasks", tasks.markdown]
    if screening:
        parts += ["## Recipes and decodings compared on the dev split", *_compared(screening)]
    parts += ["## Time and memory", *_costs(records), *_costs(benchmark)]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _scores(runs: Sequence[Record]) -> str:
    """A row a run, baselines last; on published data the announced models come first. A mean follows its seeds."""
    published = runs[0].test_set == PUBLISHED
    rows = [_announced(model) for model in load_announcement().models.values()] if published else []
    means = {group[-1].run: group for group in seed_groups({record.run: record for record in runs}).values()}
    for record in sorted(runs, key=_is_baseline):
        size = [millions(record.model.parameters), millions(record.model.trainable)]
        few = find(record, "json_exact", "tier", "complex")
        rows.append([record.label, *size, *_headline(record, 3), count(few) if few else "--"])
        if group := means.get(record.run):
            label = f"mean of these {len(group)} seeds, t interval over seeds"
            mean, interval = mean_over_seeds(group)
            rows.append([label, *size, estimate((mean, *interval), percent), "--", "--", "--"])
    return markdown("lrrrrrr", ["Run", "Parameters", "Trainable", *SCORES, FEW], rows)


def _announced(model: AnnouncedModel) -> list[str]:
    exact, f1, few = (model.figures[name] for name in ("exact", "f1", "complex exact"))
    name = f"*{model.name}, as announced*"
    return [name, millions(model.parameters), "--", exact.printed, f1.printed, "--", f"{few.k}/{few.n}"]


def _not_run(records: Records) -> list[str]:
    """One sentence on the runs on published data that are defined and have no record; none where all have one."""
    defined = dict.fromkeys(run for profile in OPTIONAL for run in experiments.runs_of(profile, with_data_root=True))
    published = [run for run in defined if experiments.load(OPTIONAL[0], run).data.dataset not in config.GENERATED]
    missing = ", ".join(f"`{run}`" for run in published if run not in records)
    return [f"Defined in `experiments.yaml` but not run: {missing}."] if missing else []


def _compared(records: Records) -> list[str]:
    """A table a profile, its recipes in the order of experiments.yaml."""
    parts = []
    for profile, title in COMPARED.items():
        runs = [records[run] for run in experiments.runs_of(profile, with_data_root=True) if run in records]
        rows = [[record.label, _training(record), *_headline(record, 2)] for record in runs]
        if rows:
            head = ["Recipe", "Training", *SCORES[:2]]
            parts += [f"{title}; {runs[0].data.n_test} examples:", markdown("lrrr", head, rows)]
    return parts


def _costs(records: Records) -> list[str]:
    """What all runs cost together, and each but the baselines; a training stands with the run that trained."""
    if not records:
        return []
    machines = "; ".join(dict.fromkeys(machine(record.provenance.hardware) for record in records.values()))
    seconds, peak = total_cost(records)
    total = f"On {machines}, setup apart: {duration(seconds)} in all, at most {peak:.1f} GB.".replace(r"\,", " ")
    tests = list(standard_results.TESTS)
    models = [record for record in ordered(records) if not _is_baseline(record)]
    models.sort(key=lambda record: tests.index(record.test_set) if record.test_set in tests else -1)
    head = ["Run", "Tested on", "Training", "Tokens/s", "Testing", "Peak memory"]
    shown = {record.trained_by: record.run for record in [*models[::-1], *filter(trained_here, models)]}
    rows = [_cost(record, shown.get(record.trained_by) == record.run) for record in models]
    return [total, markdown("llrrrr", head, rows)]


def _cost(record: Record, training: bool) -> list[str]:
    """``training``: whether the row shows what the training cost, which one row of each trained model does."""
    spent, test_set = record.cost, standard_results.TESTS.get(record.test_set) or shown_dataset(record)
    measured = spent.train_tokens_per_second if training else None
    speed = "--" if measured is None else f"{measured:.0f}"
    memory = f"{spent.peak_memory_gb:.1f} GB"
    trained = duration(spent.train_seconds if training else None)
    return [record.label, test_set, trained, speed, duration(spent.eval_seconds), memory]


def _training(record: Record) -> str:
    return duration(record.cost.train_seconds if trained_here(record) else None)


def _headline(record: Record, n: int) -> list[str]:
    return [with_interval(find(record, metric)) for metric in HEADLINE[:n]]


def _is_baseline(record: Record) -> bool:
    return record.model.method == "baseline"
