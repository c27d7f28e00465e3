"""Evaluation of a chat model behind llama.cpp's server: a tiny one, from its configuration to its record."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny_gguf
from conftest import needs_llama_cpp

from paperlib.core import paths
from paperlib.core.config import EvalConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.records import Record
from paperlib.data.examples import Example
from paperlib.data.function_calls.tool_calls import calls_schema
from paperlib.data.function_calls.tools import Tool
from paperlib.data.output_parser import parse_first_json
from paperlib.data.predictions import load_predictions
from paperlib.data.schemas import Schema, Schemas, schema_of
from paperlib.decoding.engines import chat_answers
from paperlib.evaluation import evaluate
from paperlib.training import weights
from paperlib.training.bases import BASES
from paperlib.training.corpus import Data

SCHEMA = {
    "type": "object",
    "properties": {"colour": {"enum": ["red", "blue"]}, "on": {"type": "boolean"}},
    "required": ["colour", "on"],
    "additionalProperties": False,
}
CONFIG = {
    "run": "tiny-llama-cpp",
    "label": "",
    "profile": "p",
    "base": "tiny",
    "prompt": "chat",
    "constraint": "schema",
}
pytestmark = needs_llama_cpp


@pytest.fixture(autouse=True)
def _tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A base by the name of tiny, quantised as Q4_K_M by name only."""
    base = replace(BASES["qwen2.5-coder-0.5b-instruct"], title="Tiny (dequantised Q4_K_M)", parameters=123)
    monkeypatch.setitem(BASES, "tiny", base)
    file = tiny_gguf.write(tmp_path / "tiny.gguf")
    monkeypatch.setattr(weights, "gguf", lambda *_: file)
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / profile)


def evaluated(*examples: Example, **schemas: Any) -> Record:
    config = EvalConfig.model_validate({**CONFIG, "engine": "llama.cpp", "threads": 1})
    known = Schemas(
        {name: body if isinstance(body, Schema) else schema_of(body, name, name) for name, body in schemas.items()}
    )
    data, loaded = Data([], list(examples), known), evaluate.load_model(config)
    predictions = evaluate.answer(config, loaded, data)
    scored = evaluate.score_predictions(loaded, data, predictions)
    measured = evaluate.likelihoods(config, loaded, data)
    return evaluate.write_record(config, loaded, data, predictions, scored, measured)


def example(id: str, schema: str = "lamp") -> Example:
    return Example(id, schema, None, "test", "", f"lamp {id} is red", {"colour": "red", "on": True})


def test_answers_follow_the_schema_and_the_record_names_the_weights_as_they_are(tmp_path: Path) -> None:
    record = evaluated(*map(example, "abcdef"), lamp=SCHEMA)
    answers = load_predictions(tmp_path / "p" / "results" / "tiny-llama-cpp" / "predictions.jsonl")
    assert [one.id for one in answers] == list("abcdef")
    assert all(set(parse_first_json(one.output)) == {"colour", "on"} and one.stop == "eos" for one in answers)
    assert all(one.n_prompt_tokens > 100 and one.n_output_tokens > 10 for one in answers)
    assert (record.model.name, record.model.parameters, record.model.method) == (
        "Tiny (Q4_K_M), llama.cpp",
        123,
        "none",
    )
    assert record.metric("schema_valid").value == 1
    assert record.cost.peak_memory_gb > 0
    assert "xllamacpp" in record.provenance.versions


def test_a_request_that_llama_cpp_refuses_costs_one_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = chat_answers.request_of
    odd = {"response_format": {"type": "odd"}}
    monkeypatch.setattr(
        chat_answers, "request_of", lambda one, known: {**good(one, known), **(odd if one.id == "b" else {})}
    )
    record = evaluated(example("a"), example("b"), lamp=SCHEMA)
    assert record.metric("schema_valid").k == 1
    assert "example 'b': llama.cpp refuses it" in capsys.readouterr().err


def test_function_calls_are_answered_under_their_tools(tmp_path: Path) -> None:
    node = {"type": "object", "properties": {"n": {"type": "boolean"}, "next": {"$ref": "#/$defs/node"}}}
    parameters = {"type": "object", "properties": {"root": {"$ref": "#/$defs/node"}}, "$defs": {"node": node}}
    record = evaluated(
        Example("a", "calls", None, "test", "", "Rain?", []),
        calls=calls_schema([Tool("plant", "", parameters)], "calls"),
    )
    (one,) = load_predictions(tmp_path / "p" / "results" / "tiny-llama-cpp" / "predictions.jsonl")
    assert one.output.lstrip().startswith("[")
    assert record.metric("call_accuracy").n == 1


@pytest.mark.parametrize("change", [{"prompt": "schema"}, {"constraint": "none"}, {"base": "nano-xs"}])
def test_what_its_server_is_not_asked_under_is_one_line(change: dict[str, str]) -> None:
    config = EvalConfig.model_validate({**CONFIG, "engine": "llama.cpp", **change})
    with pytest.raises(PaperlibError, match=r"engine: llama\.cpp is for an untuned base"):
        chat_answers.load(config)
