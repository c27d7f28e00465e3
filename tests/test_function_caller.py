"""The caller: whatever a model prefers, no call is given that does not follow its tool."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaForCausalLM

import paperlib
from paperlib import FunctionCaller, cli
from paperlib.benchmark.function_calls.call_drawing import draw_calls
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import write_json
from paperlib.data.function_calls.tool_calls import faults, tools_of
from paperlib.data.function_calls.tools import MAX_TOOLS, Tool
from paperlib.data.predictions import Prediction
from paperlib.decoding import answering
from paperlib.training import models

EXAMPLES, SCHEMAS = draw_calls(24, 4, "test")
WEATHER = {
    "name": "weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
NESTED = {"name": "plan", "parameters": {
    "type": "object", "additionalProperties": {"type": "integer"}, "required": ["when", "with"],
    "properties": {
        "when": {"type": "string", "format": "date"}, "share": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
        "with": {"type": "array", "minItems": 1, "items": {"enum": ["a", "b", 3]}},
        "code": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$", "maxLength": 9},
        "below": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
    },
    "$defs": {"node": {
        "type": "object", "properties": {"n": {"type": "integer"}, "next": {"$ref": "#/$defs/node"}}, "required": ["n"],
    }},
}}  # fmt: skip
ODD = ["", "🙂🙃", "明日の天気は?", "ما هو الطقس؟", '"]}]', "\\u0000 \\", "a" * 400]


def random_weights(folder: Path) -> str:
    """Weights of 2,048 positions in a folder; its name."""
    torch.manual_seed(0)
    tokenizer = models.train_tokenizer(
        [e.text + json.dumps(e.answer) + json.dumps(SCHEMAS[e.id].body) for e in EXAMPLES], 420
    )
    LlamaForCausalLM(models.Shape(16, 1, 2, 2, 32, len(tokenizer), 2048).config()).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return random_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def caller(model: str) -> FunctionCaller:
    return FunctionCaller.load(model, threads=1, cap_factor=0.5, refuse_above=1.1, precision="fp32")


def test_no_call_is_given_that_does_not_follow_its_tool(caller: FunctionCaller) -> None:
    called = 0
    for example in EXAMPLES:
        tools = tools_of(SCHEMAS[example.id].body)
        found = caller(example.text, tools)
        assert faults(found.calls, tools) == []
        assert bool(found.calls) is not bool(found.violations)
        called += len(found.calls)
    for tools in ([WEATHER], [NESTED, WEATHER], [{"name": "now"}]):
        for found in caller(ODD, tools):
            assert all(json.loads(one["function"]["arguments"]) is not None for one in found.tool_calls())
            assert bool(found.calls) is not bool(found.violations)
            called += len(found.calls)
    assert called > 5


def test_refusing_goes_by_probability_and_threshold(model: str, caller: FunctionCaller) -> None:
    never, always = (
        caller("Rain in Oslo?", [WEATHER]),
        FunctionCaller.load(model, threads=1, refuse_above=0.0, precision="fp32"),
    )
    refused = always("Rain in Oslo?", [WEATHER])
    assert 0 < refused.refusal < 1
    assert refused.refusal == pytest.approx(never.refusal, abs=1e-5)
    assert (refused.calls, refused.violations, refused.tool_calls()) == ([], [], [])
    assert never.calls or never.violations
    between = FunctionCaller.load(model, threads=1, refuse_above=refused.refusal - 1e-3, precision="fp32")
    assert between("Rain in Oslo?", [WEATHER]).calls == []


def test_the_training_log_may_carry_the_threshold(
    model: str, caller: FunctionCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged = FunctionCaller(caller._loaded, {"refuse_above": 0.0}, answering.Decoding("schema"))
    assert logged("Rain in Oslo?", [WEATHER]).calls == []


@pytest.mark.parametrize("layout", ["line", "indented"])
def test_refusal_is_decided_at_the_start_in_every_layout(layout: str, caller: FunctionCaller) -> None:
    config = {"run": "r", "profile": "p", "prompt": "described", "layout": layout}
    for above, n in ((0.0, 0), (1.1, 1)):
        asked = FunctionCaller(caller._loaded, {"config": config, "refuse_above": above}, answering.Decoding("schema"))
        found = asked("Now?", [{"name": "now"}])
        assert 0 < found.refusal < 1
        assert min(len(found.calls) + len(found.violations), 1) == n


def test_an_answer_that_breaks_its_tool_is_given_up(caller: FunctionCaller, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = iter(['[{"name": "weather", "arguments": {}}]', '[{"name": "weather", "arguments": {"city": "Os', "none"])
    monkeypatch.setattr(answering, "answer", lambda *_, **__: [Prediction("1", next(outputs), 1, 1, "cap", 0.0)])
    for expected in ("/0/arguments: 'city' is a required property", "the root: ", "the root: "):
        found = caller("Rain?", [WEATHER])
        assert found.calls == []
        assert found.violations[0].startswith(expected)


def test_several_requests_and_the_function(model: str, caller: FunctionCaller) -> None:
    assert len(caller(["a", "b", "c"], [WEATHER])) == 3
    expected = caller("Rain?", [WEATHER, Tool("now")])
    assert caller("Rain?", {"tools": [WEATHER, {"name": "now"}]}) == expected
    assert caller([], [WEATHER]) == []
    assert paperlib.call("Rain?", [WEATHER], model, threads=1, refuse_above=0.0) == []


def test_mistakes_are_told_in_a_sentence(caller: FunctionCaller) -> None:
    with pytest.raises(DataError, match="tools: /1/name: 'weather' is also the name at /0/name"):
        caller("Rain?", [WEATHER, WEATHER])
    weather = Tool("weather")
    with pytest.raises(DataError, match="tools: /1/function/name: 'weather' is also the name at /0/name"):
        caller("Rain?", [WEATHER, weather])
    with pytest.raises(DataError, match=f"found {MAX_TOOLS + 1} tools, expected at most {MAX_TOOLS}"):
        caller("Rain?", [Tool(f"f{n}") for n in range(MAX_TOOLS + 1)])
    with pytest.raises(DataError, match="request 2: has half of a surrogate pair"):
        caller(["Rain?", "Rain \ud800"], [WEATHER])
    with pytest.raises(PaperlibError, match=r"example 'request 1': .* prompt tokens, expected at most"):
        caller("rain " * 20_000, [WEATHER])
    with pytest.raises(PaperlibError, match="constrained to their tools"):
        FunctionCaller(caller._loaded, {}, answering.Decoding("none"))


def run(capsys: pytest.CaptureFixture[str], *arguments: Any) -> tuple[int, str, str]:
    code = cli.main([str(one) for one in arguments])
    return code, *capsys.readouterr()


def test_the_command_prints_calls_or_says_why_there_are_none(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_json(tmp_path / "tools.json", [WEATHER])
    command = ("call", "--tools", tmp_path / "tools.json", "--model", model, "--threads", 1)
    code, out, err = run(capsys, *command, "--refuse-above", 0, "Rain in Oslo?")
    assert (code, json.loads(out)) == (3, [])
    assert "paperlib: no tool fits" in err
    code, out, _ = run(capsys, *command, "--refuse-above", 1, "Rain in Oslo?", "Sun in Rome?")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row["text"] for row in rows] == ["Rain in Oslo?", "Sun in Rome?"]
    assert code in (0, 4)
    code, out, _ = run(capsys, *command, "--refuse-above", 1, "--confidence", "Rain in Oslo?")
    row = json.loads(out)
    assert set(row) == {"text", "tool_calls", "refusal", "confidence"}
    assert code == 4 or all(0 <= probability <= 1 for probability in row["confidence"].values())
    write_json(tmp_path / "tools.json", [{"name": ""}])
    code, out, err = run(capsys, *command, "Rain?")
    assert (code, out) == (2, "")
    assert "tools.json: /0/name" in err


def test_a_model_that_never_saw_calls_is_named_as_one(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_json(tmp_path / "tools.json", [WEATHER])
    folder = shutil.copytree(model, tmp_path / "trained")
    command = ("call", "--tools", tmp_path / "tools.json", "--model", folder, "--threads", 1, "Rain in Oslo?")
    for data, told in (("standard", True), ("function-calls", False)):
        config = {
            "run": "r",
            "profile": "p",
            "base": "nano-xs",
            "method": "scratch",
            "data": data,
            "prompt": "described",
        }
        write_json(folder / "train.json", {"answer_ratio": 0.1, "config": config})
        _, _, err = run(capsys, *command)
        assert ("was not trained on function calls" in err) is told
