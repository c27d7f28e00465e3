"""The typed configuration of a run: the parameters of the dataset, training and evaluation notebooks.

:mod:`paperlib.core.experiments` reads them from ``experiments.yaml``.
"""

from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from paperlib.core.strict_model import StrictModel, T, validate

Constraint = Literal["none", "schema", "schema+text"]
Layout = Literal["line", "indented"]  # of an answer's JSON text; see paperlib.data.prompts
PromptStyle = Literal["plain", "schema", "described", "chat"]  # see paperlib.data.prompts
Precision = Literal["auto", "bf16", "fp32"]  # of the arithmetic; "auto" is bf16 where the processor multiplies it
Engine = Literal["torch", "llama.cpp", "onnx"]  # what computes the logits; see decoding.engines
EXTRACTION_CAP_FACTOR = 5.0  # headroom over the longest training answers: tables, and schemas of many fields, need it
CALL_MODEL = "function-caller-v3"  # what `call` answers with, unless it is told another
CALL_CAP_FACTOR = 1.5
CALL_CONSTRAINT: Constraint = "schema+text"  # of calls: strings for which a tool tells no form stand in the request
REFUSE_ABOVE = 0.5  # probability of no call from which `call` gives none, unless the training log knows better
EXTRACTION_MODEL = "reader-135m"  # what `extract` answers with, unless it is told another
ABSENT_BELOW = 0.5  # probability under which `extract` leaves a value out that the schema does not demand
EDGEJSON = "edgejson"  # generated label-value lines in the published format
STANDARD = ("standard", "standard-unseen-schema", "standard-unseen-surface")  # generated, in eight kinds of text
DOCUMENTS = "documents"  # drawn of many kinds, each with its schema: tested on alone
FUNCTION_CALLS = "function-calls"  # generated: tools, requests, and the calls that are right
EDGE_INTENT = "edge-intent-200"  # generated: utterances, and which of 200 intents they have
INTENT_SETS = ("banking77", "clinc150", EDGE_INTENT)
GENERATED = (EDGEJSON, *STANDARD, DOCUMENTS, FUNCTION_CALLS, EDGE_INTENT)  # all others are third-party
UNTUNED = "untuned"  # the recipe of base weights without training, and of a baseline
GREEDY = "greedy"


class DataConfig(StrictModel):
    """A dataset and its size: the parameters of the dataset notebook."""

    profile: str
    dataset: str = EDGEJSON
    n_train: int = Field(629, ge=1)
    n_test: int = Field(158, ge=1)
    data_seed: int = 0
    dev: bool = False  # test on the dev split, for choosing settings, instead of the held-out or test split


class TrainConfig(StrictModel):
    """How a model is trained: the parameters of the training notebook."""

    run: str
    profile: str
    base: str = "smollm2-135m-instruct"  # embedded name, nano name, model-hub id or local folder
    recipe: str = "lora"  # the name of these settings in experiments.yaml
    data: str = EDGEJSON  # the training dataset
    train_fraction: float = Field(1.0, gt=0, le=1)  # of the training examples
    extra_examples: int = Field(0, ge=0)  # additional examples of EdgeJSON's label-value lines
    recombined: int = Field(0, ge=0)  # additional examples, recombined from the training examples
    schema_augmented: int = Field(0, ge=0)  # additional examples of EdgeJSON standard, each under a rewritten schema
    synthetic_schemas: int = Field(0, ge=0)  # additional examples of fictitious record types, each with its schema
    documents: int = Field(0, ge=0)  # additional documents of many kinds, each with its schema; see training.documents
    document_mixture: Literal["balanced", "verbatim", "figures", "requests"] = "balanced"  # see training.documents
    function_calls: int = Field(0, ge=0)  # additional requests, each with its tools; see benchmark.function_calls
    intents: int = Field(0, ge=0)  # additional utterances with their intents; see benchmark.intents
    seed: int = 0
    method: Literal["lora", "full", "scratch"] = "lora"
    layers: tuple[int, ...] = ()  # layers of the base that are kept, counted from 0; empty: all; see training.pruning
    init_from: tuple[str, ...] = ()  # runs whose averaged adapters initialise this one
    init_scale: float = Field(1.0, gt=0, le=1)  # of the update they make to the weights; under 1, nearer to the base
    lora_r: int = Field(16, ge=1)
    lora_alpha: int = Field(32, ge=1)
    lora_dropout: float = Field(0.0, ge=0, lt=1)
    rslora: bool = False  # scale the adapter by alpha / sqrt(r), not alpha / r (Kalajdzievski, 2023)
    learning_rate: float = Field(1e-3, gt=0)
    epochs: float = Field(1, gt=0)
    max_steps: int = Field(-1, ge=-1)  # -1: no limit beyond the epochs; 0: the average of init_from as it is
    warmup_ratio: float = Field(0.05, ge=0, lt=1)
    weight_decay: float = Field(0.0, ge=0)
    batch_tokens: int = Field(1024, ge=64)  # maximum of padded tokens in a batch
    batch_examples: int = Field(16, ge=1)  # maximum of examples in a batch
    gradient_accumulation: int = Field(1, ge=1)  # batches in an optimiser step
    order: Literal["bucketed", "short-first", "random"] = "bucketed"  # see batches.plan_batches
    layout: Layout = "line"  # of the answer: all on one line, or one value per line; see prompts.render_answer
    prompt: PromptStyle = "plain"  # whether and how it contains the schema; see data.prompts
    space_tokens: Literal["joined", "after colon", "separate"] = "joined"  # see training.space_tokens
    loss_on: Literal["answer", "all"] = "answer"  # the tokens that contribute to the loss
    append_eos: bool = True  # whether an end-of-sequence token follows the answer
    max_tokens: int = Field(2048, ge=16)  # prompt and answer
    overlong: Literal["skip", "truncate"] = "skip"  # what happens to examples longer than max_tokens
    save_steps: int = Field(20, ge=1)
    precision: Precision = "auto"
    threads: int = Field(2, ge=1)

    @field_validator("max_steps")
    @classmethod
    def _check_steps(cls, value: int, info: ValidationInfo) -> int:
        if value == 0 and not info.data.get("init_from"):
            raise ValueError("should be at least 1 without init_from, or -1 for no limit")
        return value


class EvalConfig(StrictModel):
    """How a model or baseline is evaluated: the parameters of the evaluation notebook."""

    run: str
    label: str
    profile: str
    base: str = "smollm2-135m-instruct"
    recipe: str = UNTUNED
    data: str | None = None  # the dataset that the model was trained on; None: it was not trained here
    model: str | None = None  # the run that trained the model under test; None: untuned weights or a baseline
    test: str = EDGEJSON  # the test dataset
    decoding: str = GREEDY  # the name of the next three settings in experiments.yaml
    engine: Engine = "torch"  # llama.cpp serves an untuned chat model as its users get it; else see decoding.engines
    constraint: Constraint = "none"  # see decoding.constrained
    reranking_rounds: int = Field(0, ge=0)  # see decoding.reranking
    prompt: PromptStyle = "plain"  # of an untuned model; a tuned one is asked as it was trained
    shots: int = Field(0, ge=0)  # training examples of the same schema in the prompt of an untuned model
    seed: int = 0
    batch_size: int = Field(64, ge=1)
    cap_factor: float = Field(1.25, gt=0)  # length cap, as a multiple of the largest answer-to-prompt ratio in training
    precision: Precision = "auto"
    threads: int = Field(2, ge=1)


class RunConfig(StrictModel):
    """One run: its test dataset, its training dataset and training configuration if it trains, and its evaluation."""

    data: DataConfig
    train_data: DataConfig | None
    train: TrainConfig | None
    eval: EvalConfig

    @property
    def datasets(self) -> list[DataConfig]:
        return [self.data, *([self.train_data] if self.train_data else [])]


def training_config(log: dict[str, Any]) -> TrainConfig:
    """The configuration in a training log (``train.json``), or the defaults for the empty log of untuned weights."""
    return TrainConfig.model_validate(log.get("config", {"run": "", "profile": ""}))


def trained_constraint(log: dict[str, Any]) -> Constraint:
    """How answers under a schema are constrained unless the caller says otherwise: as the training answers permit."""
    return log.get("constraint", "schema+text")  # type: ignore[no-any-return]


def trained_on_calls(log: dict[str, Any]) -> bool:
    """Whether function calls were among what the model of a training log was trained on."""
    config = training_config(log)
    return config.data == FUNCTION_CALLS or config.function_calls > 0


def refusal_threshold(log: dict[str, Any]) -> float:
    """The probability of no call from which a model gives none, chosen on a dev split and kept in its training log."""
    return float(log.get("refuse_above", REFUSE_ABOVE))


def from_notebook(kind: type[T], names: dict[str, Any]) -> T:
    """The configuration that a notebook's ``parameters`` cell defines.

    ``names`` are the notebook's ``globals()``. Raises PaperlibError naming the invalid parameter.
    """
    return validate(kind, {name: names[name] for name in kind.model_fields}, "parameters")
