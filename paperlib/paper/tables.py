"""One function a table. Tables print records; they compute nothing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from paperlib.claims.announcement import Announcement
from paperlib.core.config import TrainConfig
from paperlib.core.files import write_text
from paperlib.core.records import Metric, Record
from paperlib.evaluation.run_comparisons import total_cost
from paperlib.evaluation.runs import (
    GROUP_NAMES,
    HEADLINE,
    PUBLISHED,
    by_dataset,
    find,
    group_names,
    on,
    ordered,
    principal,
    shown_dataset,
    trained_here,
)
from paperlib.evaluation.statistics import power
from paperlib.evaluation.statistics.coverage import Row
from paperlib.paper import (
    composition,
    decomposition,
    derived_tables,
    interval_tables,
    reader_pairs,
    recipe_results,
    standard_results,
)
from paperlib.paper.claims_table import claims_table
from paperlib.paper.latex import (
    blocks,
    count,
    duration,
    escape,
    interval,
    markdown,
    millions,
    mono,
    plain,
    tabular,
    with_interval,
)
from paperlib.paper.values import values

__all__ = [
    "configurations",
    "cost",
    "markdown_cost",
    "markdown_overall",
    "overall",
    "provenance",
    "schemas",
    "tiers",
    "values",
    "write_all",
]

PRIVATE = (
    "run",
    "label",
    "profile",
    "base",
    "dataset",
    "save_steps",
    "threads",
)  # not choices of method, or said elsewhere


def overall(records: dict[str, Record]) -> str:
    """Every run with its three metrics and their 95 % intervals, by dataset."""
    head = ["Run", "Parameters", "Method", r"JSONExact (\%)", "Field F1", r"Valid (\%)"]

    def row(record: Record) -> list[str]:
        cells = [with_interval(find(record, metric)) for metric in HEADLINE]
        return [escape(record.label), millions(record.model.parameters), record.model.method, *cells]

    return tabular("@{}lrlrrr@{}", head, blocks(records, row))


def cost(records: dict[str, Record]) -> str:
    """What every run was trained on and what it cost."""
    head = ["Run", "Seed", "Trainable", "Train", "Steps", "Training", "Tokens/s", "Testing"]

    def row(record: Record) -> list[str]:
        trained = trained_here(record)  # a transferred model is counted where it was trained
        spent = record.cost
        speed = spent.train_tokens_per_second
        return [
            escape(record.label),
            str(record.seed),
            millions(record.model.trainable) if trained else "--",
            plain(record.data.n_train) if trained else "--",
            plain(spent.train_steps) if trained else "--",
            duration(spent.train_seconds) if trained else "--",
            f"{speed:.0f}" if trained and speed is not None else "--",
            duration(spent.eval_seconds),
        ]

    return tabular("@{}lrrrrrrr@{}", head, blocks(records, row))


def tiers(records: dict[str, Record]) -> str:
    """JSONExact by tier, as correct answers of all, with the 95 % interval of the share in per cent."""
    names = group_names(list(records.values()), "tier")

    def row(record: Record) -> list[str]:
        found = [find(record, "json_exact", "tier", name) for name in names]
        return [escape(record.label), *(_counted(metric) for metric in found)]

    head = ["Run", *(GROUP_NAMES.get(name, name) for name in names)]
    return tabular("@{}l" + "r" * len(names) + "@{}", head, blocks(records, row))


def schemas(records: dict[str, Record], dataset: str) -> str:
    """JSONExact by schema on one dataset, as correct answers of all; a column a run.

    Raises PaperlibError where no run was tested on the dataset.
    """
    runs = on(principal(records), dataset)
    rows = []
    for name in sorted(group_names(runs, "schema")):
        found = [find(record, "json_exact", "schema", name) for record in runs]
        rows.append([mono(name), *(count(metric) if metric else "--" for metric in found)])
    head = ["Schema", *(mono(record.run) for record in runs)]
    return tabular("@{}l" + "r" * len(runs) + "@{}", head, [("", rows)])


def configurations(records: dict[str, Record]) -> str:
    """The resolved training configuration of every trained run, a column a run, a row a setting.

    A run that varies another one has no column: its label says how.

    A setting that is younger than a record has there its default, which is what was done before there was a choice.
    """
    trained = [record for record in ordered(principal(records)) if trained_here(record) and record.config.get("train")]
    defaults = {name: field.default for name, field in TrainConfig.model_fields.items() if not field.is_required()}
    settings: list[dict[str, Any]] = [{**defaults, **record.config["train"]} for record in trained]
    keys = dict.fromkeys(key for setting in settings for key in setting if key not in PRIVATE)
    rows = [[escape(key.replace("_", " ")), *(_setting(setting, key) for setting in settings)] for key in keys]
    head = ["Setting", *(mono(record.run) for record in trained)]
    return tabular("@{}l" + "r" * len(trained) + "@{}", head, [("", rows)])


def provenance(records: dict[str, Record]) -> str:
    """Where every record comes from: hashes, commit, seed and machine; the machines are listed below the rows."""
    machines: dict[str, str] = {}

    def row(record: Record) -> list[str]:
        name = machine(record.provenance.hardware)
        letter = machines.setdefault(name, ascii_uppercase[len(machines) % 26])
        made = record.provenance
        commit = made.git_commit[:7] + ("*" if made.git_dirty else "")
        hashes = [mono(text[:8]) for text in (made.config_hash, record.data.test_hash, made.prompt_hash)]
        return [mono(record.run), record.profile, *hashes, mono(commit), str(record.seed), letter, _memory(record)]

    rows = [row(record) for record in ordered(records)]
    head = ["Run", "Profile", "Configuration", "Test data", "Prompt", "Commit", "Seed", "Machine", "Memory (GB)"]
    foot = [f"{letter}: {escape(name)}" for name, letter in machines.items()]
    if any(record.provenance.git_dirty for record in records.values()):
        foot.append("* with changes not committed at the time")
    return tabular("@{}llllllrlr@{}", head, [("", rows)], [rf"\footnotesize {line}" for line in foot])


def markdown_overall(records: dict[str, Record]) -> str:
    """The overall table in Markdown, with the data beside the metrics; the same from every run of one seed."""
    head = ["Run", "Parameters", "Trainable", "Method", "Seed", "Dataset", "n", "JSONExact, %", "Field F1"]
    rows = map(_markdown_scores, ordered(records))
    return markdown("lrrlrlrrrr", [*head, "Schema-valid, %"], rows)


def markdown_cost(records: dict[str, Record]) -> str:
    """Time and memory of every run and of all together, in Markdown; a transferred model was trained elsewhere, and
    what a training starts from counts once in the sum."""
    head = ["Run", "Dataset", "Training", "Tokens/s", "Testing", "Peak memory"]
    rows = [_markdown_cost(record) for record in ordered(records)]
    seconds, peak = total_cost(records)
    return markdown("llrrrr", head, [*rows, ["All", "", duration(seconds), "", "", f"{peak:.1f} GB"]])


def write_all(
    records: dict[str, Record],
    paper_dir: Path,
    announced: Announcement | None = None,
    coverage: Sequence[Row] = (),
    screening: Mapping[str, Record] | None = None,
    benchmark: dict[str, Record] | None = None,
) -> list[Path]:
    """Writes ``values.tex`` and ``tables/*.tex`` into ``paper_dir``, removes older tables; returns what it wrote.

    ``coverage``: the rows of a simulation of the intervals; without them that table holds none. ``screening``: the
    recipes tested on a tune part, ``benchmark``: what was tested on EdgeJSON standard; without them their tables say
    that they were not run.
    """
    texts = {
        "overall": overall(records),
        "cost": cost(records),
        "tiers": tiers(records),
        "configurations": configurations(records),
        "provenance": provenance(records),
        "decisions": derived_tables.decisions(records),
        "multipliers": derived_tables.multipliers(records),
        "perfect": derived_tables.perfect(records),
        "metrics": derived_tables.metrics(records),
        "decomposition": decomposition.table(records),
        "screening": recipe_results.table(screening or {}),
        "published": recipe_results.published(records),
        "composition": composition.table(),
        "example": composition.example(),
        "standard": standard_results.table(benchmark or {}),
        "pairs": reader_pairs.pairs({**records, **(benchmark or {})}),
        "surfaces": reader_pairs.by_surface(benchmark or {}),
        "claims": claims_table(records),
        "coverage": interval_tables.coverage(coverage),
        "detectable": interval_tables.detectable(power.detectable(records)),
        **{_schema_table(dataset): schemas(records, dataset) for dataset in by_dataset(records)},
    }
    files = {paper_dir / "tables" / f"{name}.tex": text for name, text in texts.items()}
    files[paper_dir / "values.tex"] = values(records, announced, benchmark)
    for path, text in files.items():
        write_text(path, text)
    for path in (paper_dir / "tables").glob("*.tex"):
        if path not in files:
            path.unlink()
    return list(files)


def _schema_table(dataset: str) -> str:
    return "schemas-v3" if dataset == PUBLISHED else "schemas"


def _counted(row: Metric | None) -> str:
    return rf"{count(row)} {{\scriptsize {interval(row)}}}" if row else "--"


def _setting(settings: dict[str, Any], key: str) -> str:
    """A setting as the run used it: a dash where its method has no such thing, or where it sets no limit."""
    unused = (key.startswith("lora_") and settings.get("method") != "lora") or (key, settings.get(key)) == (
        "max_steps",
        -1,
    )
    return "--" if unused else plain(settings.get(key))


def machine(hardware: dict[str, Any]) -> str:
    """One line about a machine: processor or accelerator, threads, memory."""
    parts: Sequence[Any] = [hardware.get("cpu"), hardware.get("gpu")]
    if threads := hardware.get("threads"):
        parts = [*parts, f"{threads} threads"]
    if memory := hardware.get("memory_gb"):
        parts = [*parts, f"{memory} GB"]
    if hardware.get("bf16"):
        parts = [*parts, "bf16 in hardware"]
    return ", ".join(str(part) for part in parts if part)


def _memory(record: Record) -> str:
    return f"{record.cost.peak_memory_gb:.1f}"


def _markdown_scores(record: Record) -> list[str]:
    return [
        record.label,
        millions(record.model.parameters),
        millions(record.model.trainable),
        record.model.method,
        str(record.seed),
        shown_dataset(record),
        str(record.data.n_test),
        *(with_interval(find(record, metric)) for metric in HEADLINE),
    ]


def _markdown_cost(record: Record) -> list[str]:
    spent, trained = record.cost, trained_here(record)
    return [
        record.label,
        shown_dataset(record),
        duration(spent.train_seconds if trained else None),
        f"{spent.train_tokens_per_second:.0f}" if trained and spent.train_tokens_per_second else "--",
        duration(spent.eval_seconds),
        f"{spent.peak_memory_gb:.1f} GB",
    ]
