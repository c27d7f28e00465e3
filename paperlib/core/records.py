"""The run record, declared once: what was run, on what, at what cost, with what result.

``record.json`` is written last and atomically, so its presence means that the run is complete.
Figures, tables and the paper's numbers are made from records and from nothing else.
"""

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.files import read_json, write_json

LIBRARIES = ("torch", "transformers", "peft", "tokenizers", "numpy")


class StrictModel(BaseModel):
    """A record or configuration type: an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


T = TypeVar("T", bound=StrictModel)


MetricName = Literal[
    "json_exact", "field_f1", "schema_valid", "leaf_f1", "edit_similarity", "compliance",
    "published_exact", "published_f1", "published_compliance", "nats_per_token", "nats_per_leaf",
]  # fmt: skip
IntervalName = Literal["wilson", "bootstrap", "clustered bootstrap", "clustered t", "clustered wilson"]


class Metric(StrictModel):
    """One measured quantity on one group of examples, with its count and interval.

    :mod:`paperlib.evaluation.metric_definitions` says what each measures, :mod:`paperlib.evaluation.statistics` what each interval is.
    """

    metric: MetricName
    group: Literal["overall", "tier", "schema"]
    name: str  # "all", a tier ("simple", "medium", "complex", "none") or a schema id
    value: float  # in [0, 1], of nats at least 0
    n: int  # examples in the group
    k: int | None  # successes, where the metric is a proportion
    low: float  # 95 % interval
    high: float
    interval: IntervalName


class Cost(StrictModel):
    """What the run cost on its machine."""

    train_seconds: float | None  # the trainings that init_from names included
    init_seconds: float = 0.0  # these alone
    train_tokens_per_second: float | None  # non-padding tokens
    train_steps: int | None
    eval_seconds: float
    peak_memory_gb: float  # largest resident set of the two processes, 10^9 bytes


class Model(StrictModel):
    """The model's true name and size."""

    name: str  # e.g. "SmolLM2-135M-Instruct (dequantised Q4_1)"
    parameters: int  # 0 for a baseline
    trainable: int | None  # None: not trained by us
    method: Literal["none", "lora", "full", "scratch", "baseline"]


class Data(StrictModel):
    """How many examples, and the hashes of their ids, texts and answers."""

    n_train: int | None
    n_test: int
    train_hash: str | None
    test_hash: str
    skipped: tuple[str, ...]  # ids of training examples longer than the context


class Provenance(StrictModel):
    created: str  # ISO 8601, UTC
    git_commit: str
    git_dirty: bool
    config_hash: str
    prompt_hash: str
    hardware: dict[str, Any]
    versions: dict[str, str]


class Record(StrictModel):
    """One run: what it is, by fields, on what it was run, what it cost and what it scored.

    Everything selects runs by ``base``, ``recipe``, ``train_set``, ``test_set``, ``split``, ``decoding`` and ``seed``;
    nothing reads a name.
    """

    run: str  # its folder
    profile: str
    label: str  # how figures and tables call the run
    base: str  # base weights, or the name of a baseline
    recipe: str  # "untuned" where nothing was trained
    train_set: str | None  # the dataset that the model was trained on
    trained_by: str | None  # the run that trained it
    test_set: str  # the dataset tested on
    split: str  # of that dataset
    decoding: str
    seed: int  # of the training
    model: Model
    data: Data
    config: dict[str, Any]  # resolved, under "train" (or None) and "eval"
    provenance: Provenance
    cost: Cost
    stops: dict[str, int]  # how many answers ended by "eos", "value", "cap"
    metrics: tuple[Metric, ...]

    def metric(self, metric: str, group: str = "overall", name: str = "all") -> Metric:
        """The one metric of that kind and group. Raises KeyError where the run has none."""
        for row in self.metrics:
            if (row.metric, row.group, row.name) == (metric, group, name):
                return row
        raise KeyError(f"{self.run}: no {metric} for {group} {name}")


def save_record(folder: Path, record: Record) -> None:
    write_json(folder / "record.json", record.model_dump(mode="json"))


def load_record(folder: Path) -> Record:
    """Raises DataError naming file and field where the record does not follow its type, or is of the old form."""
    path = folder / "record.json"
    value = read_json(path)
    if isinstance(value, dict) and isinstance(value.get("data"), dict) and "dataset" in value["data"]:
        raise DataError(f"{path}: a record of the old form, without the fields base and recipe; run it again")
    return of_file(Record, value, path)


def of_file(kind: type[T], value: Any, path: Path) -> T:
    """What ``path`` holds, as ``kind``. Raises DataError naming file and field where it does not follow the type."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        raise DataError(f"{path}: field {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def load_records(*folders: Path) -> dict[str, Record]:
    """Complete runs by name; where two folders hold the same run, the first one wins."""
    found: dict[str, Record] = {}
    for folder in folders:
        for path in sorted(folder.glob("*/record.json")):
            found.setdefault(path.parent.name, load_record(path.parent))
    return found


def hardware(threads: int) -> dict[str, Any]:
    """Processor, cores and memory of this machine, and whether it multiplies bfloat16; no host or user name."""
    from paperlib.core import runtime

    memory = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    counts = {"cores": os.cpu_count(), "threads": threads, "memory_gb": memory}
    return {"cpu": _cpu(), **counts, "gpu": _gpu(), "bf16": runtime.fast_bf16()}


def versions() -> dict[str, str]:
    """Python and the libraries that can change a number."""
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in LIBRARIES}}


def git_state() -> tuple[str, bool]:
    """Commit of the checkout and whether it had uncommitted changes; ("unknown", True) without git."""
    try:
        commit = _git("rev-parse", "HEAD")
        return commit, bool(_git("status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.CalledProcessError):
        return "unknown", True


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(paths.ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def _gpu() -> str | None:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None
