"""How figures and tables group and order runs, so that all of them do it alike."""

import re
from typing import Literal

from paperlib.core.config import OWN
from paperlib.core.errors import PaperlibError
from paperlib.core.records import Metric, MetricName, Record

Kind = Literal["baseline", "scratch", "untuned", "tuned", "transfer"]
KINDS: tuple[Kind, ...] = ("baseline", "scratch", "untuned", "tuned", "transfer")
PUBLISHED = "edgejson_v3"
DATASETS = {OWN: "EdgeJSON (this package)", PUBLISHED: "EdgeJSON v3 (published)"}
HEADLINE: tuple[MetricName, ...] = ("json_exact", "field_f1", "schema_valid")  # shown everywhere
VARIANT = re.compile(r"^(budget|recipe)-|-(seed\d+|mean|held|looks)$")  # names of runs that vary another one
GROUP_NAMES = {"none": "no tier"}  # other groups are called what they are


def kind(record: Record) -> Kind:
    """What was done to the model: nothing, training from scratch, tuning, or tuning on another dataset's examples;
    or that there is none."""
    kinds: dict[str, Kind] = {"baseline": "baseline", "none": "untuned", "scratch": "scratch"}
    if record.model.method in kinds:
        return kinds[record.model.method]
    trained_on = (record.config.get("train") or {}).get("dataset", record.data.dataset)
    return "tuned" if trained_on == record.data.dataset else "transfer"


def trained_here(record: Record) -> bool:
    """Whether the run trained the model that it tests, and does not test another run's in another way."""
    source = (record.config.get("eval") or {}).get("model_run")
    return source in (None, record.run) and kind(record) in ("scratch", "tuned")


def ordered(records: dict[str, Record]) -> list[Record]:
    """Our dataset first; in a dataset the untuned before the tuned at each size, small models first."""
    datasets = list(DATASETS)

    def key(record: Record) -> tuple[int, str, int, int, str]:
        name = record.data.dataset
        place = datasets.index(name) if name in datasets else len(datasets)
        return place, name, record.model.parameters, KINDS.index(kind(record)), record.run

    return sorted(records.values(), key=key)


def principal(records: dict[str, Record]) -> dict[str, Record]:
    """The runs without those that vary another one: its minutes, recipe or seed, what its answers are held to."""
    return {run: record for run, record in records.items() if not VARIANT.search(run)}


def by_dataset(records: dict[str, Record]) -> dict[str, list[Record]]:
    """Ordered records by dataset name."""
    groups: dict[str, list[Record]] = {}
    for record in ordered(records):
        groups.setdefault(record.data.dataset, []).append(record)
    return groups


def on(records: dict[str, Record], dataset: str) -> list[Record]:
    """Ordered records on one dataset. Raises PaperlibError where there is none."""
    if found := by_dataset(records).get(dataset):
        return found
    held = ", ".join(by_dataset(records)) or "no record at all"
    raise PaperlibError(f"no run was tested on {dataset!r} (found {held}); run the experiments first")


def shown_dataset(record: Record) -> str:
    """The dataset as a reader should see it, with its split where that is not the usual test split."""
    name = DATASETS.get(record.data.dataset, record.data.dataset)
    return name if record.data.split in ("", "test") else f"{name}, {record.data.split} part"


def find(record: Record, metric: str, group: str = "overall", name: str = "all") -> Metric | None:
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
