"""The Berkeley sets, from files of their form: no row of theirs is here."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from paperlib.core.errors import DataError, PaperlibError
from paperlib.data.function_calls import bfcl
from paperlib.data.function_calls.tool_calls import tools_of
from paperlib.data.predictions import Prediction
from paperlib.data.schemas import schema_violations
from paperlib.data.third_party import load_named
from paperlib.evaluation.function_calls.call_scores import call_scores


def function(name: str, **types: Any) -> dict[str, Any]:
    nodes = {key: {"type": kind, "description": "", "optional": True} for key, kind in types.items()}
    return {
        "name": name,
        "description": f"{name} it",
        "parameters": {"type": "dict", "properties": nodes, "required": list(types)[:1]},
    }


def row(id: str, text: str, *functions: dict[str, Any]) -> dict[str, Any]:
    return {"id": id, "question": [[{"role": "user", "content": text}]], "function": list(functions)}


LIST = {"type": "tuple", "items": {"type": "float"}, "description": ""}
ROWS = [
    row(
        "simple_python_0", "Boil the kettle at 90.5 degrees", function("kettle.boil", degrees="float", quiet="boolean")
    ),
    row("simple_python_1", "Paint a fence green", function("fence_painting", colour="string")),
]
ROWS[0]["function"][0]["parameters"]["properties"]["range"] = LIST
ANSWERS = [
    {
        "id": "simple_python_0",
        "ground_truth": [{"kettle.boil": {"degrees": [90.5], "quiet": ["", False], "range": ["", [1.0, 2.0]]}}],
    },
    {"id": "simple_python_1", "ground_truth": [{"fence_painting": {"colour": ["green", "light green"]}}]},
]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bfcl").mkdir()
    write(tmp_path, "simple_python.jsonl", ROWS)
    write(tmp_path, "simple_python.answers.jsonl", ANSWERS)
    monkeypatch.setenv("PAPERLIB_DATA", str(tmp_path))
    return tmp_path


def write(root: Path, name: str, rows: list[Any]) -> None:
    (root / "bfcl" / name).write_text("".join(json.dumps(one) + "\n" for one in rows))


def test_each_request_has_its_tools_as_json_schema_and_a_right_answer(root: Path) -> None:
    first, second = load_named("bfcl-simple")
    assert (first.id, first.split, first.text) == ("simple_python_0", "test", "Boil the kettle at 90.5 degrees")
    assert first.answer == [{"name": "kettle.boil", "arguments": {"degrees": 90.5}}]
    schemas = bfcl.bfcl_schemas("bfcl-simple", root / "bfcl")
    (tool,) = tools_of(schemas[first.id].body)
    kinds = {key: node["type"] for key, node in tool.parameters["properties"].items()}
    assert kinds == {"degrees": "number", "quiet": "boolean", "range": "array"}
    assert tool.parameters["properties"]["range"]["items"] == {"type": "number"}
    assert all(schema_violations(e.answer, schemas[e.schema_id]) == [] for e in (first, second))


def test_answers_are_scored_by_what_the_files_accept(root: Path) -> None:
    examples, schemas = load_named("bfcl-simple"), bfcl.bfcl_schemas("bfcl-simple", root / "bfcl")
    outputs = ['[{"name": "kettle.boil", "arguments": {"degrees": 90.5, "quiet": false}}]', "[]"]
    found = call_scores(
        examples, [Prediction(e.id, o, 1, 1, "eos", 0.1) for e, o in zip(examples, outputs, strict=True)], schemas
    )
    assert [(one.right, one.refused, one.valid) for one in found] == [(True, False, True), (False, True, True)]
    unreadable = call_scores(examples[:1], [Prediction("simple_python_0", "no idea", 1, 1, "eos", 0.1)], schemas)[0]
    assert (unreadable.right, unreadable.refused, unreadable.valid) == (False, False, False)


def test_where_no_tool_fits_the_leaderboard_counts_what_it_cannot_read_as_no_call(root: Path) -> None:
    examples, schemas = load_named("bfcl-irrelevance"), bfcl.bfcl_schemas("bfcl-irrelevance", root / "bfcl")
    outputs = ["no idea", '[{"name": "kettle.boil", "arguments": {"degrees": 90.5}}]']
    answers = [Prediction(e.id, o, 1, 1, "eos", 0.1) for e, o in zip(examples, outputs, strict=True)]
    found = call_scores(examples, answers, schemas)
    assert [(one.right, one.refused, one.n_calls) for one in found] == [(True, False, 0), (False, False, 1)]
    generated = [replace(example, surface="none fits") for example in examples]
    assert not any(one.right for one in call_scores(generated, answers, schemas)), "elsewhere it is no refusal"


def test_irrelevance_shows_a_tool_that_shares_no_word(root: Path) -> None:
    first, second = load_named("bfcl-irrelevance")
    assert (first.answer, second.answer) == ([], [])
    schemas = bfcl.bfcl_schemas("bfcl-irrelevance", root / "bfcl")
    assert [tools_of(schemas[e.id].body)[0].name for e in (first, second)] == ["fence_painting", "kettle.boil"]
    write(root, "irrelevance.jsonl", [row("irrelevance_9", "Hello", function("f", a="string"))])
    assert [e.id for e in load_named("bfcl-irrelevance")] == ["irrelevance_9"]


@pytest.mark.parametrize(
    ("file", "rows", "fault"),
    [
        (
            "simple_python.jsonl",
            [{"id": "x", "question": []}],
            r"simple_python\.jsonl:1: not a row of id, question and function",
        ),
        (
            "simple_python.answers.jsonl",
            [{"id": "simple_python_0", "ground_truth": {}}],
            r"answers\.jsonl:1: field 'ground_truth'",
        ),
    ],
)
def test_a_broken_line_is_named(file: str, rows: list[Any], fault: str, root: Path) -> None:
    write(root, file, rows)
    with pytest.raises(DataError, match=fault):
        load_named("bfcl-simple")


def test_a_missing_file_is_named_with_its_source(root: Path) -> None:
    with pytest.raises(PaperlibError, match=r"multiple\.jsonl: no such file.*bfcl/"):
        load_named("bfcl-multiple")
