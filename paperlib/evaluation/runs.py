"""How figures, tables and claims select, group and order runs: by the fields of their records, never by their names."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar

from paperlib.core.config import EDGEJSON, GREEDY, UNTUNED
from paperlib.core.errors import PaperlibError
from paperlib.core.records import Metric, MetricName, Record, ScoredRun

Run = TypeVar("Run", bound=ScoredRun)
Kind = Literal["baseline", "scratch", "untuned", "tuned", "transfer"]
KINDS: tuple[Kind, ...] = ("baseline", "scratch", "untuned", "tuned", "transfer")
PUBLISHED = "edgejson_v3"
DATASETS = {EDGEJSON: "EdgeJSON (this package)", PUBLISHED: "EdgeJSON v3 (published)"}
# Test sets as tables and figures call them, where DATASETS would be too long.
TEST_NAMES = {
    PUBLISHED: "label lines",
    "edgejson_v3-whole": "published v3",
    "documents": "synthetic documents",
    "standard": "EdgeJSON standard",
    "standard-unseen-schema": "unseen schemas",
    "standard-unseen-surface": "unseen surfaces",
    "cases": "cases",
    "sroie": "receipts",
    "dstc8": "utterances",
}
HEADLINE: tuple[MetricName, ...] = ("json_exact", "field_f1", "schema_valid")  # shown everywhere
# Recipes that vary another one for an experiment of their own: a time budget, an ablation, averaged adapters.
VARIANTS = ("full-3min", "full-8min", "recombined-averaged")
ABLATION = (
    "announced-recipe",
    "announced-recipe-eos",
    "announced-recipe-answer-loss",
    "announced-recipe-untruncated",
)
# The order of the study: from the announced recipe to the best one, each decoded freely first.
RECIPES = (
    *ABLATION,
    *("full-3min", "full-8min", "lora-v3", "recombined", "recombined-averaged", "lora"),
    *("generalist", "reader", "document-reader", "general-reader", "reader-135m"),
    *("chat-document-reader", "chat-general-reader", "chat-reader", "reader-494m-v2", "reader-494m-v3"),
)
DECODINGS = (GREEDY, "schema", "constrained", "reranked")
# An untuned base as tuned models are compared with it: asked as they are, without an example, and decoded freely.
UNTUNED_BASE = {"recipe": UNTUNED, "decoding": GREEDY, "trained_by": None}
GROUP_NAMES = {"none": "no tier"}  # other groups are called what they are


def select(records: Mapping[str, Run] | Iterable[Run], **fields: Any) -> list[Run]:
    """The records whose fields have the given values, in their order; a list or tuple holds alternatives."""
    wanted = {name: value if isinstance(value, list | tuple) else (value,) for name, value in fields.items()}
    every = records.values() if isinstance(records, Mapping) else records
    return [record for record in every if all(getattr(record, name) in values for name, values in wanted.items())]


def record_of(records: Mapping[str, Record] | Iterable[Record], **fields: Any) -> Record | None:
    """The record of those fields that scored a test part, of the lowest seed; None where there is none."""
    found = [record for record in select(records, **fields) if record.split != "dev"]
    return min(found, key=lambda record: record.seed, default=None)


def kind(record: Record) -> Kind:
    """What was done to the model: nothing, training from scratch, tuning, or tuning on another dataset; or that the run
    is a baseline without a model."""
    kinds: dict[str, Kind] = {"baseline": "baseline", "none": "untuned", "scratch": "scratch"}
    if record.model.method in kinds:
        return kinds[record.model.method]
    return "tuned" if record.train_set == record.test_set else "transfer"


def trained_here(record: Record) -> bool:
    """Whether the run trained the model that it tests, and is not a test of another run's model."""
    return record.trained_by == record.run


def ordered(records: Mapping[str, Record]) -> list[Record]:
    """Our dataset first; within a dataset small models first, at each size the untuned before the tuned, and these in
    the order of the study: by RECIPES, then DECODINGS, then seeds."""

    def place(known: Sequence[str], name: str) -> int:
        return known.index(name) if name in known else len(known)

    def key(record: Record) -> tuple[int | str, ...]:
        dataset = (place(tuple(DATASETS), record.test_set), record.test_set)
        model = (record.model.parameters, KINDS.index(kind(record)), place(RECIPES, record.recipe))
        return *dataset, *model, place(DECODINGS, record.decoding), record.seed, record.run

    return sorted(records.values(), key=key)


def principal(records: Mapping[str, Record]) -> dict[str, Record]:
    """The runs of the main experiment: the first seed, greedy decoding, and no recipe that varies another one."""
    return {
        run: record
        for run, record in records.items()
        if record.seed == 0 and record.decoding == GREEDY and record.recipe not in VARIANTS + ABLATION
    }


def main_runs(records: Mapping[str, Record]) -> dict[str, Record]:
    """The runs of the main experiment and the best one, continued from averaged adapters and reranked."""
    best = select(records, recipe="recombined-averaged", decoding="reranked")
    return principal(records) | {record.run: record for record in best}


def by_dataset(records: Mapping[str, Record]) -> dict[str, list[Record]]:
    """Ordered records by the dataset that they were tested on."""
    groups: dict[str, list[Record]] = {}
    for record in ordered(records):
        groups.setdefault(record.test_set, []).append(record)
    return groups


def on(records: Mapping[str, Record], dataset: str) -> list[Record]:
    """Ordered records on one dataset. Raises PaperlibError where there is none."""
    if found := by_dataset(records).get(dataset):
        return found
    held = ", ".join(by_dataset(records)) or "no record at all"
    raise PaperlibError(f"no run was tested on {dataset!r} (found {held}); run the experiments first")


def shown_dataset(record: Record) -> str:
    """The dataset as a reader should see it, with its split where that is not the usual test split."""
    name = DATASETS.get(record.test_set, record.test_set)
    return name if record.split in ("", "test") else f"{name}, {record.split} split"


def find(record: ScoredRun, metric: str, group: str = "overall", name: str = "all") -> Metric | None:
    """The metric, or None where the run has no such group."""
    try:
        return record.metric(metric, group, name)
    except KeyError:
        return None


def group_names(records: list[Record], group: str) -> list[str]:
    """Names of a group's members in order of appearance, each once; tiers from simple to complex."""
    seen = dict.fromkeys(row.name for record in records for row in record.metrics if row.group == group)
    tiers = ("simple", "medium", "complex", "none")
    return sorted(seen, key=lambda name: tiers.index(name) if name in tiers else len(tiers))
