"""One way to answer: the evaluation of a run, ``paperlib predict`` and ``paperlib extract`` agree on output and cap."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaForCausalLM

from paperlib import cli
from paperlib.core import paths
from paperlib.core.config import EvalConfig, TrainConfig
from paperlib.core.files import read_json, write_json, write_jsonl
from paperlib.data.examples import Example, save_examples
from paperlib.data.output_parser import parse_first_json
from paperlib.data.predictions import load_predictions
from paperlib.data.schemas import Schemas, load_schema
from paperlib.decoding import answering
from paperlib.decoding.answering import Decoding
from paperlib.decoding.greedy import Cap, Decoder
from paperlib.evaluation import evaluate
from paperlib.training import models
from paperlib.training.corpus import Data

SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}, "n": {"type": "integer"}}, "required": ["n"]}
TEXT = "Title: one\nN: 17"
TRAIN = [Example(f"t{i}", "note", None, "train", "", f"Title: t{i}\nN: {i}", {"n": i}) for i in range(3)]
TEST = Example("e", "note", None, "test", "", TEXT, {"title": "one", "n": 17})
RATIO = 0.7  # answer tokens per prompt token, in the training log
OPTIONS = ["--precision", "fp32", "--threads", "1", "--constraint", "schema+text"]


@pytest.fixture(params=["plain", "schema"])
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> EvalConfig:
    """The evaluation of a random model that passes for a trained run; its prompt shows the schema or does not."""
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / profile)
    torch.manual_seed(0)
    tokenizer = models.train_tokenizer([TEXT, json.dumps(SCHEMA)], 300)
    shape = models.Shape(16, 1, 2, 2, 32, 300, 1024).config()
    shape.vocab_size, shape.initializer_range = len(tokenizer), 0.5
    folder = paths.model("laptop", "nano-xs")
    LlamaForCausalLM(shape).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    train = TrainConfig(run="nano-xs", profile="laptop", base="nano-xs", method="scratch", prompt=request.param)
    log = {"identity": "x", "answer_ratio": RATIO, "config": train.model_dump(mode="json")}
    write_json(folder / "train.json", log)
    write_json(tmp_path / "schemas" / "note.json", SCHEMA)
    save_examples(tmp_path / "test.jsonl", [TEST])
    fields = {"run": "nano-xs", "label": "", "profile": "laptop", "base": "nano-xs", "model": "nano-xs"}
    return EvalConfig.model_validate({**fields, "constraint": "schema+text", "precision": "fp32", "threads": 1})


@pytest.fixture
def caps(monkeypatch: pytest.MonkeyPatch) -> list[Cap]:
    """The length caps of all decoders that are made."""
    made: list[Cap] = []

    def decoder(*arguments: Any, **named: Any) -> Decoder:
        made.append(arguments[1])
        return Decoder(*arguments, **named)

    monkeypatch.setattr(answering, "Decoder", decoder)
    return made


def command(*argv: str | Path) -> None:
    assert cli.main([*map(str, argv), *OPTIONS]) == 0


def test_evaluation_predict_and_extract_give_one_answer(
    config: EvalConfig, caps: list[Cap], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema, out = tmp_path / "schemas" / "note.json", tmp_path / "out.jsonl"
    files = ("--data", tmp_path / "test.jsonl", "--schemas", schema.parent, "--out", out)
    data = Data(TRAIN, [TEST], Schemas(note=load_schema(schema)))
    (evaluated,) = evaluate.answer(config, evaluate.load_model(config), data)
    command("predict", "--model", "nano-xs", *files)
    (predicted,) = load_predictions(out)
    capsys.readouterr()
    command("extract", TEXT, "--model", "nano-xs", "--schema", schema, "--cap-factor", "1.25", "--absent-below", "0")
    extracted = json.loads(capsys.readouterr().out)

    assert (predicted.output, predicted.stop) == (evaluated.output, evaluated.stop)
    assert predicted.n_prompt_tokens == evaluated.n_prompt_tokens
    assert extracted == parse_first_json(evaluated.output)
    assert set(caps) == {Cap(RATIO, 1.25)}, "the cap of the training log"


@pytest.mark.usefixtures("config")
def test_predict_answers_alike_where_the_expected_answer_is_not_given(tmp_path: Path) -> None:
    rows = [{"id": f"e{n}", "schema_id": "note", "prompt": f"Title: one\nN: {n}"} for n in range(3)]
    found = []
    for name, more in (("with", {"expected_output": {"title": "one" * 20, "n": 17}}), ("without", {})):
        write_jsonl(tmp_path / f"{name}.jsonl", [row | more for row in rows])
        files = ("--data", tmp_path / f"{name}.jsonl", "--schemas", tmp_path / "schemas", "--out", tmp_path / name)
        command("predict", "--model", "nano-xs", *files)
        found.append([(one.id, one.output, one.stop) for one in load_predictions(tmp_path / name)])
    assert found[0] == found[1]
    assert [(id, output != "") for id, output, _ in found[0]] == [("e0", True), ("e1", True), ("e2", True)]


def test_answers_are_decoded_again_where_texts_or_decoding_changed(config: EvalConfig, tmp_path: Path) -> None:
    loaded, log = evaluate.load_model(config), read_json(paths.model("laptop", "nano-xs") / "train.json")
    schemas, out = Schemas(note=load_schema(tmp_path / "schemas" / "note.json")), tmp_path / "answers.jsonl"

    def answered(text: str = TEXT, **decoding: Any) -> float:
        """When the file was written."""
        example = Example("e", "note", None, "test", "", text, None)
        answering.answer(loaded, log, [example], schemas, Decoding(**decoding), out=out)
        return out.stat().st_mtime_ns

    first = answered()
    assert answered() == first
    second = answered("Title: two")
    third = answered("Title: two", constraint="schema")
    assert first < second < third < answered("Title: two", constraint="schema", cap_factor=2.0)


def test_without_a_training_log_training_answers_give_the_cap(config: EvalConfig, caps: list[Cap]) -> None:
    loaded = evaluate.load_model(config)
    training = [answering.Tokens("t", [1] * 10, [2] * 4)]
    for known in (training, ()):
        answering.answer(loaded, {}, [TEST], Schemas(), Decoding(), known)
    assert [cap.ratio for cap in caps] == [0.4, answering.RATIO]
