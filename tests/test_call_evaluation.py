"""Function calls through the stages of a run: data, training examples, answers, scores, record, threshold."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from test_bfcl import ANSWERS, ROWS, write
from transformers import LlamaForCausalLM

from paperlib.core import paths
from paperlib.core.config import FUNCTION_CALLS, DataConfig, EvalConfig, TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json, read_jsonl, write_json
from paperlib.data.function_calls import bfcl
from paperlib.data.function_calls.tool_calls import calls_of, faults, tools_of
from paperlib.data.predictions import Prediction
from paperlib.evaluation import evaluate
from paperlib.evaluation.function_calls import call_threshold
from paperlib.evaluation.function_calls.call_scores import call_scores
from paperlib.evaluation.report import report
from paperlib.evaluation.thresholds import Outcome, best_threshold, class_recalls, threshold_refusing
from paperlib.training import corpus, models

SIZES = {"n_train": 12, "n_test": 6}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / profile)
    (tmp_path / "bfcl").mkdir()
    write(tmp_path, "simple_python.jsonl", ROWS)
    write(tmp_path, "simple_python.answers.jsonl", ANSWERS)
    monkeypatch.setenv("PAPERLIB_DATA", str(tmp_path))
    return tmp_path


def made() -> corpus.Data:
    return corpus.make_data(DataConfig(profile="p", dataset=FUNCTION_CALLS, **SIZES))


def training(**given: Any) -> TrainConfig:
    fixed = {"run": "r", "profile": "p", "data": FUNCTION_CALLS, "prompt": "described"}
    return TrainConfig.model_validate({**fixed, **given})


def test_the_dataset_is_stored_with_a_schema_for_each_example() -> None:
    data = made()
    assert corpus.load_data("p", FUNCTION_CALLS) == data
    assert (len(data.train), len(data.test)) == (12, 6)
    assert {example.schema_id for example in (*data.train, *data.test)} == set(data.schemas)


def test_further_requests_come_on_top_with_their_tools() -> None:
    found = corpus.training_examples(training(function_calls=9), made())
    assert len({example.id for example in found}) == len(found) == 21
    assert all(example.text.startswith("Functions:\n") for example in found)
    with pytest.raises(PaperlibError, match="run 'r': function_calls=9 needs prompt: schema and data: standard or"):
        corpus.training_examples(training(function_calls=9, prompt="plain"), made())


def test_they_mix_with_the_benchmark() -> None:
    data = corpus.make_data(DataConfig(profile="p", dataset="standard", **SIZES))
    found = corpus.training_examples(training(function_calls=5, data="standard"), data)
    assert sum(example.text.startswith("Functions:\n") for example in found) == 5
    assert len(found) == 17


@pytest.fixture
def trained(root: Path) -> Path:
    """A tiny random model with the log of a training on function calls."""
    data, folder = made(), paths.model("p", "tiny")
    torch.manual_seed(0)
    texts = [example.text + json.dumps(example.answer) for example in corpus.training_examples(training(), data)]
    tokenizer = models.train_tokenizer(texts, 400)
    LlamaForCausalLM(models.Shape(16, 1, 2, 2, 32, len(tokenizer), 2048).config()).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = training(run="tiny", base="nano-xs", method="scratch", recipe="calls").model_dump(mode="json")
    log = {"identity": "x", "answer_ratio": 0.1, "config": config, "model": "tiny", "seconds": 1.0, "n_train": 12}
    write_json(folder / "train.json", {**log, "trainable": 9, "train_hash": "ab", "skipped": []})
    return folder


@pytest.mark.parametrize("test", ["bfcl-simple", "bfcl-irrelevance", FUNCTION_CALLS])
def test_the_record_has_the_verdict_by_abstract_syntax(test: str, trained: Path, root: Path) -> None:
    data = corpus.make_data(DataConfig(profile="p", dataset=test, **SIZES))
    fields = {"run": "a", "label": "", "profile": "p", "base": "nano-xs", "recipe": "calls", "model": "tiny"}
    config = EvalConfig(**fields, test=test, constraint="schema", precision="fp32", threads=1)
    loaded = evaluate.load_model(config)
    predictions = evaluate.answer(config, loaded, data)
    assert all(one.refusal is not None and 0 <= one.refusal <= 1 for one in predictions)
    record = evaluate.write_record(
        config, loaded, data, predictions, evaluate.score_predictions(loaded, data, predictions)
    )
    accuracy, refusals = record.metric("call_accuracy"), record.metric("refusal_rate")
    assert accuracy.n == refusals.n == len(data.test)
    assert {metric.group for metric in record.metrics} == {"overall", "tier"}
    rows = [row for _, row in read_jsonl(paths.results("p") / "a" / "calls.jsonl")]
    assert [row["id"] for row in rows] == [example.id for example in data.test]
    if test == "bfcl-irrelevance":
        assert accuracy.k == sum(not row["n_calls"] for row in rows) >= (refusals.k or 0)
    assert "kettle" not in json.dumps(rows)


@pytest.mark.parametrize("test", ["bfcl-simple", "bfcl-irrelevance", FUNCTION_CALLS])
def test_the_expected_calls_are_all_right_and_others_are_not(test: str) -> None:
    data = corpus.make_data(DataConfig(profile="p", dataset=test, **SIZES))
    wrong = [{"name": "unheard_of", "arguments": {}}]
    for outputs, right in (([e.answer for e in data.test], len(data.test)), ([wrong] * len(data.test), 0)):
        found = [
            Prediction(e.id, json.dumps(output), 1, 1, "eos", 0.0) for e, output in zip(data.test, outputs, strict=True)
        ]
        scored = report(data.test, found, data.schemas)
        (accuracy,) = [one for one in scored.metrics if (one.metric, one.group) == ("call_accuracy", "overall")]
        assert (accuracy.k, accuracy.n) == (right, len(data.test))
        assert [score.right for score in scored.calls] == [bool(right)] * len(data.test)


def test_the_threshold_is_chosen_and_kept(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call_threshold.main([str(trained), "--examples", "12", "--precision", "fp32", "--threads", "1"]) == 0
    assert 0 <= read_json(trained / "train.json")["refuse_above"] <= 1
    assert "right where a tool fits" in capsys.readouterr().out


def test_requests_written_by_hand_have_tools_and_right_calls() -> None:
    examples, schemas = call_threshold.dev_examples(5)
    written = [example for example in examples if example.surface == bfcl.WRITTEN]
    assert len(written) == len(bfcl.accepted_answers(bfcl.WRITTEN, paths.REQUESTS)) == len(examples) - 5
    for example in written:
        assert not faults(calls_of(example.answer), tools_of(schemas[example.schema_id].body)), example.id
    said = [Prediction(e.id, json.dumps(e.answer), 1, 1, "eos", 0.0) for e in examples]
    assert all(score.right for score in call_scores(examples, said, schemas))
    nothing = [replace(one, output="[]") for one in said]
    assert [score.right for score in call_scores(examples, nothing, schemas)] == [not e.answer for e in examples]


def test_the_best_threshold_separates_what_can_be_separated() -> None:
    outcomes = [
        Outcome(0.6, False, True),
        Outcome(0.2, False, True),
        Outcome(0.7, True, False),
        Outcome(0.9, True, False),
    ]
    assert best_threshold(outcomes) == pytest.approx(0.65)
    assert class_recalls(outcomes, 0.65) == (1.0, 1.0)
    assert class_recalls(outcomes, 0.5) == (0.5, 1.0)
    with pytest.raises(ValueError, match="expected examples"):
        class_recalls(outcomes[:2], 0.5)


def test_a_threshold_refuses_the_share_that_is_asked_for_and_answers_the_most() -> None:
    none_fits = [Outcome(refusal, True, False) for refusal in (0.9, 0.8, 0.4, 0.1)]
    outcomes = [*none_fits, Outcome(0.3, False, True), Outcome(0.5, False, True)]
    assert threshold_refusing(outcomes, 0.75) == pytest.approx(0.35)
    assert class_recalls(outcomes, 0.35) == (0.5, 0.75)
    assert threshold_refusing(outcomes, 0.5) == pytest.approx(0.65)
    assert threshold_refusing(outcomes, 1.0) == pytest.approx(0.05)
    hundred = [Outcome(n / 100, True, False) for n in range(100)]
    assert class_recalls([*hundred, Outcome(0.0, False, True)], threshold_refusing(hundred, 0.55))[1] == 0.55
    with pytest.raises(ValueError, match="have no answer"):
        threshold_refusing(outcomes[-1:], 0.5)
