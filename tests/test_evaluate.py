"""The evaluation of a run, from its configuration to its record, with a baseline and with a tiny model."""

from pathlib import Path

import pytest
from conftest import make_record
from transformers import LlamaForCausalLM

from paperlib.benchmark.edgejson import generate
from paperlib.core import experiments, paths
from paperlib.core.config import EvalConfig, TrainConfig
from paperlib.core.files import write_json
from paperlib.core.records import Record, load_record, save_record
from paperlib.data.predictions import load_predictions
from paperlib.data.schemas import load_schemas
from paperlib.evaluation import evaluate
from paperlib.training import models
from paperlib.training.corpus import Data

EXAMPLES = generate(40, 6, seed=1)
DATA = Data([e for e in EXAMPLES if e.split == "train"], [e for e in EXAMPLES if e.split == "test"], load_schemas())


@pytest.fixture(autouse=True)
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / profile)
    return tmp_path


def evaluated(config: EvalConfig, data: Data) -> Record:
    """The record of a run, through all stages of the evaluation notebook."""
    loaded = evaluate.load_model(config)
    predictions = evaluate.answer(config, loaded, data)
    scored = evaluate.score_predictions(loaded, data, predictions)
    return evaluate.write_record(config, loaded, data, predictions, scored, evaluate.likelihoods(config, loaded, data))


def test_the_record_of_a_baseline_says_what_was_run_and_scored(build: Path) -> None:
    config = experiments.load("laptop", "rules").eval
    record = evaluated(config, DATA)
    folder = build / "laptop" / "results" / "rules"
    assert load_record(folder) == record
    assert (record.base, record.recipe, record.test_set, record.split) == (config.base, "untuned", "edgejson", "test")
    assert (record.trained_by, record.train_set, record.model.method) == (None, None, "baseline")
    assert record.metric("json_exact").n == len(DATA.test) == len(load_predictions(folder / "predictions.jsonl"))
    assert record.config == {"train": None, "eval": config.model_dump(mode="json")}
    assert not (folder / "train.json").exists()


def test_the_record_of_a_trained_model_takes_training_from_its_log(build: Path) -> None:
    tokenizer = models.train_tokenizer([example.text for example in DATA.train], 300)
    shape = models.Shape(16, 1, 2, 2, 32, 300, 4096).config()
    shape.vocab_size = len(tokenizer)
    folder = paths.model("laptop", "nano-xs")
    LlamaForCausalLM(shape).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    train = TrainConfig(run="nano-xs", profile="laptop", base="nano-xs", method="scratch", seed=3, recipe="nano-xs")
    losses = [{"step": 1, "loss": 2.0, "tokens": 9, "seconds": 1.0}]
    log = {"identity": "x", "answer_ratio": 0.1, "config": train.model_dump(mode="json"), "model": "nano-xs"}
    log |= {"seconds": 7.0, "init_seconds": 5.0, "n_train": 39, "skipped": ["e1"], "train_hash": "ab", "trainable": 9}
    write_json(folder / "train.json", {**log, "losses": losses, "peak_memory_gb": 99.0, "tokens_per_second": 3.0})

    fields = {"run": "other-test", "label": "", "profile": "laptop", "base": "nano-xs", "recipe": "nano-xs"}
    config = EvalConfig.model_validate({**fields, "model": "nano-xs", "precision": "fp32", "threads": 1})
    record = evaluated(config, Data(DATA.train, DATA.test[:2], DATA.schemas))
    assert (record.trained_by, record.train_set, record.seed) == ("nano-xs", "edgejson", 3)
    assert (record.model.name, record.model.method, record.model.trainable) == ("nano-xs", "scratch", 9)
    assert (record.data.n_train, record.data.n_test, record.data.skipped) == (39, 2, ("e1",))
    assert (record.cost.train_seconds, record.cost.init_seconds, record.cost.train_steps) == (12.0, 5.0, 1)
    assert record.cost.peak_memory_gb == 99.0
    assert record.metric("nats_per_token").value > 0
    assert not (build / "laptop" / "results" / "other-test" / "train.json").exists(), "another run trained the model"


def test_the_untuned_record_is_of_the_same_base_and_test_set() -> None:
    for run in ("base-135m", "base-135m-v3", "lora-135m", "rules"):
        save_record(paths.results("laptop") / run, make_record(run))
    found = evaluate.untuned(experiments.load("laptop", "lora-135m").eval)
    assert found is not None
    assert found.run == "base-135m"
    save_record(
        paths.results("laptop") / "a", make_record("base-135m", recipe="few-shot").model_copy(update={"run": "a"})
    )
    save_record(
        paths.results("laptop") / "b", make_record("base-135m", decoding="schema").model_copy(update={"run": "b"})
    )
    assert evaluate.untuned(experiments.load("laptop", "lora-135m").eval) == found
    assert evaluate.untuned(experiments.load("laptop", "base-135m").eval) is None
    assert evaluate.untuned(experiments.load("laptop", "nano-s").eval) is None
