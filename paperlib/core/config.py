"""The typed configuration of a run. An unknown key, run or profile is an error that names its nearest match.

``experiments.yaml`` holds ``defaults``, ``runs`` and ``profiles``; a profile overrides the defaults and the runs
it picks. :func:`load` resolves all of it into one :class:`RunConfig` whose three parts are, field by field, the
parameters of the dataset, training and evaluation notebooks.
"""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError, field_validator

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import digest, read_yaml
from paperlib.core.records import Strict

T = TypeVar("T", bound=Strict)
Constraint = Literal["none", "schema", "schema+text"]
Layout = Literal["line", "indented"]  # of an answer's JSON text; see paperlib.data.prompts
OWN = "edgejson"  # label-value lines in the published shape, made here
STANDARD = (
    "standard",
    "standard-unseen-schema",
    "standard-unseen-surface",
)  # made here too; see paperlib.benchmark.standard
OURS = (OWN, *STANDARD)  # all others are third-party


class DataConfig(Strict):
    """Which examples a run is trained and tested on: the parameters of the dataset notebook."""

    profile: str
    dataset: str = OWN
    n_train: int = Field(629, ge=1)
    n_test: int = Field(158, ge=1)
    data_seed: int = 0
    tune: bool = False  # test on the tune part, to choose by, in place of the report part


class TrainConfig(Strict):
    """How a model is trained: the parameters of the training notebook."""

    run: str
    profile: str
    base: str = "smollm2-135m-instruct"  # embedded name, nano name, model-hub id or local folder
    dataset: str = OWN
    share: float = Field(1.0, gt=0, le=1)  # of the training examples that is trained on
    added: int = Field(0, ge=0)  # examples of our own label-value lines on top
    varied: int = Field(0, ge=0)  # examples recombined from those trained on, on top of them
    recast: int = Field(0, ge=0)  # examples of EdgeJSON standard on top, each under a schema of its own
    invented: int = Field(0, ge=0)  # examples of record types that do not exist on top, each with a schema of its own
    seed: int = 0
    method: Literal["lora", "full", "scratch"] = "lora"
    start: tuple[
        str, ...
    ] = ()  # trained runs whose mean the adapter starts as; see paperlib.training.adapter_averaging
    lora_r: int = Field(16, ge=1)
    lora_alpha: int = Field(32, ge=1)
    lora_dropout: float = Field(0.0, ge=0, lt=1)
    rslora: bool = False  # scale the adapter by alpha / sqrt(r) in place of alpha / r (Kalajdzievski 2023)
    learning_rate: float = Field(1e-3, gt=0)
    epochs: float = Field(1, gt=0)
    max_steps: int = -1  # -1: as many as the epochs need
    warmup_ratio: float = Field(0.05, ge=0, lt=1)
    weight_decay: float = Field(0.0, ge=0)
    batch_tokens: int = Field(1024, ge=64)  # padded tokens a batch holds at most
    batch_examples: int = Field(16, ge=1)
    accumulate: int = Field(1, ge=1)  # batches of one optimiser step
    order: Literal["bucketed", "short-first", "random"] = "bucketed"  # see batches.plan
    layout: Layout = "line"  # of the answer: on one line, or a line a value; see prompts.answer_text
    prompt: Literal["plain", "schema"] = "plain"  # whether it shows the schema; see corpus.with_schema
    spaces: Literal["joined", "after colon", "apart"] = "joined"  # to the next word; see models.set_spaces_apart
    targets: Literal["answer", "all"] = "answer"  # the tokens that carry loss
    end: bool = True  # whether an end-of-sequence token closes the answer
    max_tokens: int = Field(2048, ge=16)
    too_long: Literal["leave out", "cut"] = "leave out"  # of an example longer than max_tokens; left out, it is named
    save_steps: int = Field(20, ge=1)
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    threads: int = Field(2, ge=1)

    @field_validator("max_steps")
    @classmethod
    def _some_steps(cls, value: int) -> int:
        if value < 1 and value != -1:
            raise ValueError("should be at least 1, or -1 for as many as the epochs need")
        return value


class EvalConfig(Strict):
    """How a model is tested: the parameters of the evaluation notebook."""

    run: str
    label: str
    profile: str
    base: str = "smollm2-135m-instruct"
    model_run: str | None = None  # the run whose trained model is tested; None: the base as it comes
    dataset: str = OWN
    seed: int = 0
    batch_size: int = Field(64, ge=1)
    constraint: Constraint = "none"  # of decoding: to schemas, to what the text says too; see decoding.constrain
    looks: int = Field(0, ge=0)  # how often an answer is looked at again; see decoding.cover
    cap_factor: float = Field(1.25, gt=0)  # headroom over the largest answer-to-prompt ratio seen in training
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    threads: int = Field(2, ge=1)


class RunConfig(Strict):
    data: DataConfig
    train: TrainConfig | None
    eval: EvalConfig

    @property
    def hash(self) -> str:
        return digest(self.model_dump(mode="json"))


def load(profile: str, run: str, file: Path = paths.EXPERIMENTS) -> RunConfig:
    """The resolved configuration of one run under one profile. Raises PaperlibError naming what is wrong and where."""
    book = _read(file)
    chosen = _entry(book, "profiles", profile, file)
    spec = _entry(book, "runs", run, file)
    own = chosen.get("runs", {}).get(run) or {}
    merged = {**book.get("defaults", {}), **chosen.get("set", {}), **spec, **own}
    return resolve({"run": run, "profile": profile, **merged}, f"{file.name}: run {run!r}, profile {profile!r}")


def runs_of(profile: str, file: Path = paths.EXPERIMENTS, with_data_root: bool = False) -> list[str]:
    """The runs a profile picks, in order; those on third-party data only where the user has them."""
    book = _read(file)
    picked = list(_entry(book, "profiles", profile, file).get("runs", {}))
    for run in picked:
        _entry(book, "runs", run, file)
    own = [run for run in picked if load(profile, run, file).data.dataset in OURS]
    return picked if with_data_root else own


def resolve(values: dict[str, Any], where: str) -> RunConfig:
    """One flat mapping, divided among the three parts. Raises PaperlibError on an unknown or ill-typed key."""
    trained = values.get("method") is not None
    parts: dict[str, type[Strict]] = {"data": DataConfig, "train": TrainConfig, "eval": EvalConfig}
    known = {key for part in parts.values() for key in part.model_fields}
    for key in values:
        if key not in known:
            raise PaperlibError(f"{where}: unknown key {key!r}{nearest(key, known)}")
    if trained:
        values = {**values, "model_run": values["run"]}
    built = {
        name: check(part, {key: value for key, value in values.items() if key in part.model_fields}, where)
        for name, part in parts.items()
        if trained or name != "train"
    }
    return RunConfig.model_validate({"train": None, **built})


def check(kind: type[T], values: dict[str, Any], where: str) -> T:
    """``values`` as ``kind``. Raises PaperlibError naming the field, what was found and what was expected."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        hint = nearest(name, kind.model_fields) if first["type"] == "extra_forbidden" else ""
        raise PaperlibError(f"{where}: {name}: {first['msg']} (found {first['input']!r}){hint}") from None


def taught(log: dict[str, Any]) -> TrainConfig:
    """How a model was trained, by its training log; the defaults for a base as it comes, which has an empty one."""
    return TrainConfig.model_validate(log.get("config", {"run": "", "profile": ""}))


def of_notebook(kind: type[T], names: dict[str, Any]) -> T:
    """The values of a notebook's ``parameters`` cell, found among its global ``names``, as ``kind``."""
    return check(kind, {name: names[name] for name in kind.model_fields}, "parameters")


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a misspelt name: the closest known ones, else all of them."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=2)
    return f"; did you mean {' or '.join(close)}?" if close else f"; known: {', '.join(known)}"


def _entry(book: dict[str, Any], section: str, name: str, file: Path) -> dict[str, Any]:
    if name not in book.get(section, {}):
        raise PaperlibError(f"{file.name}: no {section[:-1]} {name!r}{nearest(name, book.get(section, {}))}")
    return book[section][name] or {}


def _read(file: Path) -> dict[str, Any]:
    book = read_yaml(file)
    if not isinstance(book, dict):
        raise PaperlibError(f"{file.name}: found {type(book).__name__}, expected defaults, runs and profiles")
    for section in book:
        if section not in ("defaults", "runs", "profiles"):
            raise PaperlibError(f"{file.name}: unknown section {section!r}; expected defaults, runs and profiles")
    return book
