"""The typed configuration of a run: field by field, the parameters of the dataset, training and evaluation notebooks.

:mod:`paperlib.core.experiments` reads them from ``experiments.yaml``.
"""

import difflib
from collections.abc import Iterable
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError, field_validator

from paperlib.core.errors import PaperlibError
from paperlib.core.files import digest
from paperlib.core.records import StrictModel

T = TypeVar("T", bound=StrictModel)
Constraint = Literal["none", "schema", "schema+text"]
Layout = Literal["line", "indented"]  # of an answer's JSON text; see paperlib.data.prompts
EDGEJSON = "edgejson"  # label-value lines in the published format, generated here
# Generated here too: realised in eight kinds of text, see paperlib.benchmark.standard.
STANDARD = ("standard", "standard-unseen-schema", "standard-unseen-surface")
GENERATED = (EDGEJSON, *STANDARD)  # all others are third-party
UNTUNED = "untuned"  # the recipe of a base that nothing was trained on, and of a baseline
GREEDY = "greedy"


class DataConfig(StrictModel):
    """A dataset and how much of it: the parameters of the dataset notebook."""

    profile: str
    dataset: str = EDGEJSON
    n_train: int = Field(629, ge=1)
    n_test: int = Field(158, ge=1)
    data_seed: int = 0
    dev: bool = False  # test on the dev split, to choose settings by, in place of the held-out or test split


class TrainConfig(StrictModel):
    """How a model is trained: the parameters of the training notebook."""

    run: str
    profile: str
    base: str = "smollm2-135m-instruct"  # embedded name, nano name, model-hub id or local folder
    recipe: str = "lora"  # the name that these settings have in experiments.yaml
    data: str = EDGEJSON  # the dataset trained on
    train_fraction: float = Field(1.0, gt=0, le=1)  # of the training examples
    extra_examples: int = Field(0, ge=0)  # of EdgeJSON's label-value lines, on top
    recombined: int = Field(0, ge=0)  # examples recombined from the training examples, on top
    schema_augmented: int = Field(0, ge=0)  # examples of EdgeJSON standard, each under a rewritten schema, on top
    synthetic_schemas: int = Field(0, ge=0)  # examples of record types that do not exist, each with its schema, on top
    seed: int = 0
    method: Literal["lora", "full", "scratch"] = "lora"
    init_from: tuple[str, ...] = ()  # trained runs whose average the adapter starts from
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
    gradient_accumulation: int = Field(1, ge=1)  # batches of one optimiser step
    order: Literal["bucketed", "short-first", "random"] = "bucketed"  # see batches.plan
    layout: Layout = "line"  # of the answer: on one line, or a line a value; see prompts.render_answer
    prompt: Literal["plain", "schema"] = "plain"  # whether it shows the schema; see prompts.with_schema
    space_tokens: Literal["joined", "after colon", "separate"] = "joined"  # see models.separate_spaces
    loss_on: Literal["answer", "all"] = "answer"  # the tokens that carry loss
    append_eos: bool = True  # whether an end-of-sequence token closes the answer
    max_tokens: int = Field(2048, ge=16)
    overlong: Literal["skip", "truncate"] = "skip"  # of examples longer than max_tokens; skipped ones are named
    save_steps: int = Field(20, ge=1)
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    threads: int = Field(2, ge=1)

    @field_validator("max_steps")
    @classmethod
    def _some_steps(cls, value: int) -> int:
        if value < 1 and value != -1:
            raise ValueError("should be at least 1, or -1 for as many as the epochs need")
        return value


class EvalConfig(StrictModel):
    """How a model is tested: the parameters of the evaluation notebook."""

    run: str
    label: str
    profile: str
    base: str = "smollm2-135m-instruct"
    recipe: str = UNTUNED
    data: str | None = None  # the dataset that the model was trained on; None: it was not trained here
    model: str | None = None  # the run that trained the model under test; None: the base, zero-shot, or a baseline
    test: str = EDGEJSON  # the dataset tested on
    decoding: str = GREEDY  # the name that the next two settings have in experiments.yaml
    constraint: Constraint = "none"  # of decoding; see decoding.constrained
    reranking_rounds: int = Field(0, ge=0)  # see decoding.reranking
    seed: int = 0
    batch_size: int = Field(64, ge=1)
    cap_factor: float = Field(1.25, gt=0)  # headroom over the largest answer-to-prompt ratio seen in training
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    threads: int = Field(2, ge=1)


class RunConfig(StrictModel):
    """One run: the dataset it is tested on, the one it is trained on (if it trains), and both configurations."""

    data: DataConfig
    train_data: DataConfig | None
    train: TrainConfig | None
    eval: EvalConfig

    @property
    def hash(self) -> str:
        return digest(self.model_dump(mode="json"))

    @property
    def datasets(self) -> list[DataConfig]:
        return [self.data, *([self.train_data] if self.train_data else [])]


def check(kind: type[T], values: dict[str, Any], where: str) -> T:
    """``values`` as ``kind``. Raises PaperlibError naming the field, what was found and what was expected."""
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        hint = suggestion(name, kind.model_fields) if first["type"] == "extra_forbidden" else ""
        raise PaperlibError(f"{where}: {name}: {first['msg']} (found {first['input']!r}){hint}") from None


def training_config(log: dict[str, Any]) -> TrainConfig:
    """The configuration in a training log (``train.json``); the defaults for an untuned base, which has an empty one."""
    return TrainConfig.model_validate(log.get("config", {"run": "", "profile": ""}))


def from_notebook(kind: type[T], names: dict[str, Any]) -> T:
    """The values of a notebook's ``parameters`` cell, found among its global ``names``, as ``kind``."""
    return check(kind, {name: names[name] for name in kind.model_fields}, "parameters")


def suggestion(name: str, known: Iterable[str]) -> str:
    """A hint for a misspelt name: the closest known ones, else all of them."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=2)
    return f"; did you mean {' or '.join(close)}?" if close else f"; known: {', '.join(known)}"
