"""The record of a run: what was run, on which data, at what cost and with what result.

``record.json`` is written last and atomically, so its presence means that the run is complete. Figures, tables and the
numbers in the paper are computed from records alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.files import read_json, write_json
from paperlib.core.strict_model import StrictModel, validate

MetricName = Literal[
    "json_exact", "field_f1", "normalised_f1", "schema_valid", "leaf_f1", "edit_similarity", "compliance",
    "published_exact", "published_f1", "published_compliance", "nats_per_token", "nats_per_leaf",
    "call_accuracy", "refusal_rate",
]  # fmt: skip
IntervalName = Literal["wilson", "bootstrap", "clustered bootstrap", "clustered t", "clustered wilson"]


class Metric(StrictModel):
    """One metric on one group of examples, with the number of examples and a confidence interval.

    Metrics are defined in :mod:`paperlib.evaluation.metric_definitions`, intervals in
    :mod:`paperlib.evaluation.statistics.intervals`.
    """

    metric: MetricName
    group: Literal["overall", "tier", "schema"]
    name: str  # "all", a tier ("simple", "medium", "complex", "none") or a schema id
    value: float  # in [0, 1]; nats are not bounded above
    n: int  # examples in the group
    k: int | None  # successes, where the metric is a proportion
    low: float  # 95 % interval
    high: float
    interval: IntervalName


class Cost(StrictModel):
    """What the run cost on its machine."""

    train_seconds: float | None  # including the training of the adapters in init_from
    init_seconds: float = 0.0  # the training of those adapters alone
    train_tokens_per_second: float | None
    train_steps: int | None
    eval_seconds: float
    peak_memory_gb: float  # larger resident set of the training and the evaluation process, 10^9 bytes


class Model(StrictModel):
    """The model's true name and size."""

    name: str  # e.g. "SmolLM2-135M-Instruct (dequantised Q4_1)"
    parameters: int  # 0 for a baseline
    trainable: int | None  # None: not trained here
    method: Literal["none", "lora", "full", "scratch", "baseline"]


class Data(StrictModel):
    """Numbers of examples, and hashes over their ids, texts and answers."""

    n_train: int | None
    n_test: int
    train_hash: str | None
    test_hash: str
    skipped: tuple[str, ...]  # ids of training examples that exceed the context


class Provenance(StrictModel):
    """Code, configuration, prompt and machine that the result comes from; see :mod:`paperlib.core.provenance`."""

    created: str  # ISO 8601, UTC
    git_commit: str
    git_dirty: bool
    config_hash: str
    prompt_hash: str
    hardware: dict[str, Any]
    versions: dict[str, str]


class ScoredRun(StrictModel):
    """What identifies a run, and what it scored.

    Runs are selected by ``base``, ``recipe``, ``train_set``, ``test_set``, ``split``, ``decoding`` and ``seed``, never
    by their name.
    """

    run: str  # the name of its folder
    label: str  # in figures and tables
    base: str  # base weights, or the name of a baseline
    recipe: str  # "untuned" where nothing was trained
    train_set: str | None  # the dataset that the model was trained on
    trained_by: str | None  # the run that trained it
    test_set: str  # the dataset tested on
    split: str  # of that dataset
    decoding: str
    seed: int  # of the training
    metrics: tuple[Metric, ...]

    def metric(self, metric: str, group: str = "overall", name: str = "all") -> Metric:
        """The row of one metric on one group of examples. Raises KeyError if the record has none."""
        for row in self.metrics:
            if (row.metric, row.group, row.name) == (metric, group, name):
                return row
        raise KeyError(f"{self.run}: no {metric} for {group} {name}")


class Record(ScoredRun):
    """One run of this package: with the data it used, its configuration, provenance and cost."""

    profile: str
    model: Model
    data: Data
    config: dict[str, Any]  # resolved, under "train" (or None) and "eval"
    provenance: Provenance
    cost: Cost
    stops: dict[str, int]  # how many answers ended by "eos", "value", "cap"


Records = Mapping[str, Record]  # by the name of their run


class BlindRecord(ScoredRun):
    """Scores of a trained model on a test set that stays closed here: made by somebody who trained nothing, or with
    :mod:`paperlib.evaluation.blind`; ``source`` says which.

    Beside it lies the outcome of every example by id, and no text, answer or prediction.
    """

    n_test: int
    git_commit: str  # of this package, with which the answers were made and scored
    hardware: str
    source: str


def save_record(folder: Path, record: Record) -> None:
    """Writes ``record.json`` into the folder of a run."""
    write_json(folder / "record.json", record.model_dump(mode="json"))


def load_record(folder: Path) -> Record:
    """Reads ``record.json`` from the folder of a run. Raises DataError naming the file and the first invalid field."""
    path = folder / "record.json"
    value = read_json(path)
    if isinstance(value, dict) and isinstance(value.get("data"), dict) and "dataset" in value["data"]:
        raise DataError(f"{path}: a record in the old format, without the fields base and recipe; repeat the run")
    return validate(Record, value, path, DataError)


def load_records(*folders: Path) -> dict[str, Record]:
    """All complete runs in ``folders``, by name. A run that several folders have is read from the first of them."""
    found: dict[str, Record] = {}
    for folder in folders:
        for path in sorted(folder.glob("*/record.json")):
            found.setdefault(path.parent.name, load_record(path.parent))
    return found


@dataclass(frozen=True)
class Study:
    """The records that pages and tables are made from; no two of them have one name."""

    results: dict[str, Record]
    benchmark: dict[str, Record] = field(default_factory=dict)  # on other data than the main study
    screening: dict[str, Record] = field(default_factory=dict)  # on the dev split
    sizes: dict[str, Record] = field(default_factory=dict)  # of models of other sizes, depths and ranks

    @property
    def studied(self) -> dict[str, Record]:
        """What the claims are decided by."""
        return {**self.sizes, **self.results}

    @property
    def tested(self) -> dict[str, Record]:
        """All but what chose settings."""
        return {**self.benchmark, **self.studied}


def load_study() -> Study:
    """The committed records. Raises as :func:`load_record`."""
    return Study(*map(load_records, (paths.RESULTS, paths.BENCHMARK, paths.SCREENING, paths.SCALING)))


def load_blind(folder: Path = paths.BLIND) -> list[BlindRecord]:
    """The committed blind scores, by name. Raises DataError naming the file and the first invalid field."""
    return [validate(BlindRecord, read_json(path), path, DataError) for path in sorted(folder.glob("*/record.json"))]
