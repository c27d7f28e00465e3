"""The tables with a row a run, and all tables of the paper as files. Tables print records; they compute nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from paperlib.core.config import EDGEJSON, TrainConfig
from paperlib.core.files import write_text
from paperlib.core.records import MetricName, Record, Records, Study
from paperlib.evaluation.metric_definitions import DEFINITIONS
from paperlib.evaluation.runs import (
    GROUP_NAMES,
    HEADLINE,
    PUBLISHED,
    by_dataset,
    find,
    group_names,
    main_runs,
    on,
    ordered,
    trained_here,
)
from paperlib.evaluation.statistics import power
from paperlib.evaluation.statistics.coverage import Row
from paperlib.paper import (
    call_tables,
    comparison_tables,
    composition,
    engine_cost_tables,
    few_shot_results,
    intent_tables,
    interval_tables,
    real_text_tables,
    recipe_tables,
    scaling_findings,
    scaling_tables,
    standard_results,
    tool_results,
)
from paperlib.paper.claims_table import claims_table
from paperlib.paper.latex import (
    as_latex,
    blocks,
    count,
    duration,
    escape,
    interval,
    labels,
    millions,
    mono,
    short,
    tabular,
    with_interval,
)
from paperlib.paper.values import values

# Not choices of method, or said elsewhere.
PRIVATE = ("run", "profile", "base", "recipe", "data", "save_steps", "threads")
DEFAULTS = {name: field.default for name, field in TrainConfig.model_fields.items() if name not in PRIVATE}
FURTHER: tuple[MetricName, ...] = ("leaf_f1", "edit_similarity", "nats_per_token", "nats_per_leaf")
# Tables of models of several sizes, by the names of their files behind "sizes-".
SIZES: dict[str, Callable[[Records], scaling_tables.Table]] = {
    "ladder": scaling_tables.ladder,
    "leaves": scaling_tables.by_leaves,
    "evaluators": scaling_tables.evaluators,
    "line": scaling_findings.fitted,
    "depths": scaling_tables.depths,
    "ranks": scaling_tables.ranks,
    "scratch": scaling_tables.scratch,
    "laws": scaling_findings.laws,
    "gains": scaling_findings.gained,
    "other": scaling_tables.real,
    "cost": scaling_tables.cost,
}
STATEMENTS = (
    "What we claimed of capacity before the runs: the statement, what became of it, what was found, and the rule; "
    r"brackets hold \IntervalLevel\,\% intervals."
)
PUBLISHED_EVALUATOR: tuple[MetricName, ...] = ("published_exact", "published_f1")


def overall(records: Records) -> str:
    """Every run with its three metrics and their 95 % intervals, by dataset."""

    def row(record: Record) -> list[str]:
        return [millions(record.model.parameters), *_scores(record, HEADLINE)]

    head = ["Run", "Parameters", r"JSONExact (\%)", "Field F1", r"Valid (\%)"]
    return tabular("@{}lrrrr@{}", head, blocks(records, row))


def metrics(records: Records, names: Sequence[MetricName] = FURTHER) -> str:
    """Every run with these metrics and their 95 % intervals, by dataset."""
    head = ["Run", *map(_title, names)]
    return tabular("@{}l" + "r" * len(names) + "@{}", head, blocks(records, lambda record: _scores(record, names)))


def _scores(record: Record, names: Sequence[MetricName]) -> list[str]:
    return [with_interval(find(record, name)) for name in names]


def _title(name: MetricName) -> str:
    defined = DEFINITIONS[name]
    return escape(defined.title.split(",")[0]) + (r" (\%)" if defined.unit == "share of examples" else "")


def tiers(records: Records) -> str:
    """JSONExact by tier: correct answers of all, and the 95 % interval of their share in per cent."""
    names = group_names(list(records.values()), "tier")

    def row(record: Record) -> list[str]:
        found = [find(record, "json_exact", "tier", name) for name in names]
        return [
            cell for one in found for cell in ((count(one), rf"{{\scriptsize {interval(one)}}}") if one else ("--", ""))
        ]

    spans = [("", 1), *((GROUP_NAMES.get(name, name), 2) for name in names)]
    head = ["Run", *["Right", "Interval"] * len(names)]
    return tabular("@{}l" + "rl" * len(names) + "@{}", head, blocks(records, row), spans=spans)


def cost(records: Records) -> str:
    """What every run was trained on and what it cost; a model is counted where it was trained."""

    def row(record: Record) -> list[str]:
        spent, speed = record.cost, record.cost.train_tokens_per_second
        trained = [
            millions(record.model.trainable),
            as_latex(record.data.n_train),
            as_latex(spent.train_steps),
            duration(spent.train_seconds),
            "--" if speed is None else f"{speed:.0f}",
        ]
        return [str(record.seed), *(trained if trained_here(record) else ["--"] * 5), duration(spent.eval_seconds)]

    head = ["Run", "Seed", "Trainable", "Examples", "Steps", "Training", "Tokens/s", "Testing"]
    return tabular("@{}lrrrrrrr@{}", head, blocks(records, row))


def schemas(records: Records, dataset: str) -> str:
    """JSONExact by schema on one dataset, as correct answers of all; a column a run of the main experiment.

    Raises PaperlibError where no run was tested on the dataset.
    """
    runs = on(main_runs(records), dataset)
    rows = []
    for name in sorted(group_names(runs, "schema")):
        found = [find(record, "json_exact", "schema", name) for record in runs]
        rows.append([mono(name), *(count(metric) if metric else "--" for metric in found)])
    letters = ascii_uppercase[: len(runs)]
    names = ", ".join(f"{letter}: {escape(short(run.label))}" for letter, run in zip(letters, runs, strict=True))
    foot = [rf"\parbox[t]{{0.6\textwidth}}{{\raggedright {names}\strut}}"]
    return tabular("@{}l" + "r" * len(runs) + "@{}", ["Schema", *letters], [("", rows)], foot)


def configurations(records: Records) -> str:
    """Every setting of the trainings whose model is tested by a run of the same name: the defaults, then a row a
    training with what it has in their place.

    A setting that is younger than a record has there its default, which is what was done before there was a choice.
    """
    trained = [record for record in ordered(records) if trained_here(record)]
    return _configurations(zip(labels(trained), trained, strict=True), [["Default", _settings(DEFAULTS)]])


def configurations_by_model(records: Records) -> str:
    """The same of models that only runs of other names test, by the names of the models, without the defaults."""
    found = ordered(records)
    here = {record.run for record in found if trained_here(record)}
    trained = {record.trained_by: record for record in found if record.trained_by and record.trained_by not in here}
    return _configurations(((mono(str(name)), record) for name, record in trained.items()), [])


def _configurations(trained: Iterable[tuple[str, Record]], above: Sequence[Sequence[str]]) -> str:
    rows = []
    for label, record in trained:
        own = TrainConfig.model_validate(record.config["train"]).model_dump()
        rows.append([label, _settings({key: own[key] for key in DEFAULTS if own[key] != DEFAULTS[key]})])
    cell = r">{{\raggedright\arraybackslash\hangindent=1em}}p{{{}\textwidth}}".format
    blocks = [("", part) for part in (above, rows) if part]
    return tabular(f"@{{}}{cell(0.3)}{cell(0.66)}@{{}}", ["Run", "Settings"], blocks)


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{escape(key.replace('_', ' '))} {_setting(value)}" for key, value in settings.items()) or "--"


def _setting(value: Any) -> str:
    if isinstance(value, tuple | list):
        return " + ".join(map(mono, value)) or "--"
    return as_latex(value)


def provenance(records: Records) -> str:
    """Where every record comes from: hashes, commit and machine; the machines are listed below the rows."""
    machines: dict[str, str] = {}

    def row(record: Record) -> list[str]:
        made = record.provenance
        where = machine(made.hardware) + ("" if "bf16" in made.hardware else ", bf16 not recorded")
        letter = machines.setdefault(where, ascii_uppercase[len(machines) % 26])
        commit = made.git_commit[:7] + ("*" if made.git_dirty else "")
        hashes = [mono(text[:8]) for text in (made.config_hash, record.data.test_hash, made.prompt_hash)]
        memory = f"{record.cost.peak_memory_gb:.1f}"
        return [mono(record.run), record.profile, *hashes, mono(commit), letter, memory]

    rows = [row(record) for record in ordered(records)]
    head = ["Run", "Profile", "Settings", "Test data", "Prompt", "Commit", "Machine", "GB"]
    foot = [f"{letter}: {escape(name)}" for name, letter in machines.items()]
    if any(record.provenance.git_dirty for record in records.values()):
        foot.append("* with changes not committed at the time")
    return tabular("@{}lllllllr@{}", head, [("", rows)], foot)


def machine(hardware: dict[str, Any]) -> str:
    """One line about a machine: processor or accelerator, threads, memory."""
    parts = [hardware.get("cpu"), hardware.get("gpu")]
    if threads := hardware.get("threads"):
        parts.append(f"{threads} threads")
    if memory := hardware.get("memory_gb"):
        parts.append(f"{memory} GB")
    if hardware.get("bf16"):
        parts.append("bf16 in hardware")
    return ", ".join(str(part) for part in parts if part)


def write_all(study: Study, paper_dir: Path, coverage: Sequence[Row] = ()) -> list[Path]:
    """Writes ``values.tex`` and ``tables/*.tex`` into ``paper_dir``, removes older tables; returns what it wrote.

    ``coverage``: the rows of a simulation of the intervals; without them that table holds none. Tables of what was not
    run say so.
    """
    records, standard, everything = study.results, study.benchmark, study.tested
    texts = {
        "overall": overall(records),
        "metrics": metrics(records),
        "evaluator": metrics(records, PUBLISHED_EVALUATOR),
        "tiers": tiers(records),
        "cost": cost(records),
        "configurations": configurations({**records, **standard}),
        "configurations-models": configurations_by_model(standard),
        "provenance": provenance(records),
        "decomposition": recipe_tables.decomposition(records),
        "screening": recipe_tables.screening(study.screening),
        "published": recipe_tables.published(records),
        "composition": composition.table(),
        "example": composition.example(),
        "standard": standard_results.table(standard),
        "surfaces": standard_results.by_surface(standard),
        "intents": intent_tables.intents(standard).latex,
        "few-shot": few_shot_results.table().latex,
        "engine-answers": engine_cost_tables.answers().latex,
        "engine-rates": engine_cost_tables.rates().latex,
        "engine-seconds": engine_cost_tables.seconds().latex,
        "engine-resources": engine_cost_tables.resources().latex,
        "tools": tool_results.comparison().latex,
        "real-text": real_text_tables.scores(everything).latex,
        "calibration": real_text_tables.calibration(everything).latex,
        "calls": call_tables.calls(everything).latex,
        "pairs": comparison_tables.paired_tests({**records, **standard}),
        "decisions": comparison_tables.decisions(records),
        "perfect": comparison_tables.perfect(records),
        "claims": claims_table(study.studied),
        "coverage": interval_tables.coverage(coverage),
        "detectable": interval_tables.detectable(power.detectable(records)),
        **{f"sizes-{name}": table(everything).latex for name, table in SIZES.items()},
        "sizes-statements": scaling_findings.statements(everything).long(STATEMENTS, "tab:statements"),
        **{_schema_table(dataset): schemas(records, dataset) for dataset in by_dataset(records)},
    }
    files = {paper_dir / "tables" / f"{name}.tex": text for name, text in texts.items()}
    files[paper_dir / "values.tex"] = values(study)
    for path, text in files.items():
        write_text(path, text)
    for path in (paper_dir / "tables").glob("*.tex"):
        if path not in files:
            path.unlink()
    return list(files)


def _schema_table(dataset: str) -> str:
    return {EDGEJSON: "schemas", PUBLISHED: "schemas-v3"}.get(dataset, f"schemas-{dataset}")
