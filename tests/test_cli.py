"""The command line: every command on tiny files, and one line without a traceback for every mistake."""

import io
import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaForCausalLM

from paperlib import cli
from paperlib.core import paths
from paperlib.data.examples import Example, data_hash, load_examples
from paperlib.data.predictions import Prediction, load_predictions
from paperlib.data.schemas import load_schema, validator
from paperlib.decoding import answering
from paperlib.training import models

ROWS = [
    {
        "id": f"n{i}",
        "schema_id": schema,
        "complexity": tier,
        "prompt": f"Title: {i}",
        "expected_output": {"title": f"t{i}", "n": i},
    }
    for i, (schema, tier) in enumerate([("note", "simple"), ("note", "simple"), ("memo", "complex")])
]
SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}, "n": {"type": "integer"}}, "required": ["n"]}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A test set of the user's, in the published format."""
    return jsonl(tmp_path / "blind.jsonl", ROWS)


@pytest.fixture
def schemas(tmp_path: Path) -> Path:
    (tmp_path / "schemas").mkdir()
    for name in ("note", "memo"):
        (tmp_path / "schemas" / f"{name}.json").write_text(json.dumps(SCHEMA))
    return tmp_path / "schemas"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    tokenizer = models.train_tokenizer(["Title: 1"], 280)
    config = models.Shape(16, 1, 2, 2, 32, 280, 1024).config()
    config.vocab_size = len(tokenizer)
    LlamaForCausalLM(config).save_pretrained(tmp_path / "tiny")
    tokenizer.save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def answers(path: Path, change: Callable[[dict[str, Any]], Any] = lambda row: row["expected_output"]) -> Path:
    return jsonl(path, [{"id": row["id"], "output": " " + json.dumps(change(row))} for row in ROWS])


def refused(capsys: pytest.CaptureFixture[str], *argv: str | Path) -> str:
    """The one line of a command that must fail."""
    capsys.readouterr()
    assert cli.main([str(word) for word in argv]) == 2
    line = capsys.readouterr().err
    assert line.startswith("paperlib: ")
    assert line.count("\n") == 1
    return line


def run(*argv: str | Path) -> None:
    assert cli.main([str(word) for word in argv]) == 0


def test_generate_writes_the_same_data_for_the_same_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        run("generate", "--out", tmp_path / name, "--train", "30", "--test", "8", "--seed", "3")
    assert len(load_examples(tmp_path / "one" / "train.jsonl")) == 30
    assert len(load_examples(tmp_path / "one" / "test.jsonl")) == 8
    for part in ("train.jsonl", "test.jsonl"):
        assert (tmp_path / "one" / part).read_bytes() == (tmp_path / "two" / part).read_bytes()
    assert "test.jsonl: 8 examples, hash " in capsys.readouterr().out


def test_a_users_own_set_is_answered_and_scored(
    tmp_path: Path, data: Path, schemas: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.jsonl"
    run("predict", "--model", model, "--data", data, "--out", out, "--precision", "fp32", "--threads", "1")
    assert [p.id for p in load_predictions(out)] == [row["id"] for row in ROWS]
    run("score", out, "--data", data, "--schemas", schemas, "--out", tmp_path / "scores.json")
    assert "3 answers" in capsys.readouterr().out
    metrics = json.loads((tmp_path / "scores.json").read_text())["metrics"]
    assert {row["n"] for row in metrics if row["group"] == "overall"} == {3}
    assert (tmp_path / "scores.scores.jsonl").read_text().count("\n") == 3


@pytest.mark.parametrize(("change", "exact"), [(lambda row: row["expected_output"], 1), (lambda row: {"n": -1}, 0)])
def test_perfect_answers_score_100_percent(
    tmp_path: Path, data: Path, schemas: Path, capsys: pytest.CaptureFixture[str], change: Any, exact: int
) -> None:
    out = answers(tmp_path / "out.jsonl", change)
    run("score", out, "--data", data, "--schemas", schemas, "--out", tmp_path / "z.json")
    rows = json.loads((tmp_path / "z.json").read_text())["metrics"]
    found = {(m["metric"], m["group"], m["name"]): m["value"] for m in rows}
    assert found["json_exact", "overall", "all"] == exact
    assert found["field_f1", "overall", "all"] == exact
    assert found["schema_valid", "overall", "all"] == 1
    assert found["json_exact", "tier", "complex"] == found["json_exact", "schema", "memo"] == exact
    assert "0 of 3 answers ended by the cap" in capsys.readouterr().out


def test_schemas_of_other_data_are_warned_of(
    tmp_path: Path, data: Path, schemas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = answers(tmp_path / "out.jsonl")
    run("score", out, "--data", data, "--schemas", schemas)
    assert capsys.readouterr().err == ""
    (schemas / "memo.json").write_text(json.dumps({**SCHEMA, "required": ["other"]}))
    run("score", out, "--data", data, "--schemas", schemas)
    assert "1 of 3 expected answers do not follow the schemas in" in capsys.readouterr().err


def test_two_sets_of_answers_are_compared_in_pairs(
    tmp_path: Path, data: Path, schemas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = answers(tmp_path / "right.jsonl", lambda row: row["expected_output"])
    wrong = answers(tmp_path / "wrong.jsonl", lambda row: {"n": -1})
    run("compare", wrong, right, "--data", data, "--schemas", schemas, "--out", tmp_path / "z.json")
    first = json.loads((tmp_path / "z.json").read_text())[0]
    assert (first["metric"], first["name"], first["only_a"], first["only_b"]) == ("json_exact", "all", 0, 3)
    assert "wrong.jsonl" in capsys.readouterr().out


def test_sets_of_answers_of_one_name_are_told_apart(
    tmp_path: Path, data: Path, schemas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        answers(tmp_path / name / "y.jsonl")
    run("compare", tmp_path / "one" / "y.jsonl", tmp_path / "two" / "y.jsonl", "--data", data, "--schemas", schemas)
    told = capsys.readouterr().out
    assert "one/y.jsonl" in told
    assert "two/y.jsonl" in told


def test_a_file_that_holds_no_answers_is_not_written_over(
    tmp_path: Path, data: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = data.read_bytes()
    line = refused(capsys, "predict", "--model", model, "--data", data, "--out", data, "--threads", "1")
    assert "is not a file of answers with" in line
    assert data.read_bytes() == before


def test_the_scores_of_each_output_have_their_own_file(tmp_path: Path, data: Path, schemas: Path) -> None:
    out = answers(tmp_path / "out.jsonl")
    for name in ("qwen2.5", "qwen2.7"):
        run("score", out, "--data", data, "--schemas", schemas, "--out", tmp_path / name)
        assert (tmp_path / f"{name}.scores.jsonl").is_file()


def test_predictions_of_other_data_are_refused(
    tmp_path: Path, data: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.jsonl"
    run("predict", "--model", model, "--data", data, "--out", out, "--threads", "1")
    made_on = json.loads((tmp_path / "out.meta.json").read_text())["data_hash"]
    other = jsonl(tmp_path / "other.jsonl", [{**row, "expected_output": {"n": 0}} for row in ROWS])
    line = refused(capsys, "score", out, "--data", other)
    assert made_on in line
    assert data_hash(load_examples(other)) in line


def test_ids_that_do_not_match_are_named(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = answers(tmp_path / "out.jsonl")
    few, renamed = jsonl(tmp_path / "few.jsonl", ROWS[:2]), tmp_path / "renamed.jsonl"
    assert f"1 of {len(ROWS)} answer no example of the data (n2)" in refused(capsys, "score", out, "--data", few)
    renamed.write_text(out.read_text().replace('"n1"', '"m1"'))
    assert f"no answer to 1 of {len(ROWS)} examples (n1)" in refused(capsys, "score", renamed, "--data", data)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["predict", "--model", "M", "--data", "no.jsonl", "--out", "o"], "no.jsonl: no such file"),
        (["score", "no.jsonl", "--data", "DATA"], "no.jsonl: no such file"),
        (["score", "DATA", "--data", "DATA"], "field 'output': found none among id, schema_id"),
        (["train", "lora-136m"], "no run 'lora-136m'; did you mean lora-135m"),
        (["train", "lora-135m", "--profile", "labtop"], "no profile 'labtop'; did you mean laptop?"),
        (["train", "base-135m"], "run 'base-135m' tests a model and trains none"),
        (["weights", "--base", "smollm-135m-instruct"], "did you mean smollm2-135m-instruct?"),
        (["extract", "text", "--model", "nano-xs"], "run 'nano-xs' is not trained yet: paperlib train nano-xs"),
        (["extract", "text", "--model", "nano-xl"], "there is no model 'nano-xl'; did you mean nano-xs?"),
        (["extract", "text", "--model", "/no/such/folder"], "neither a known name, an existing folder nor a hub"),
    ],
)
def test_a_mistake_is_one_line(
    tmp_path: Path,
    data: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    argv: Any,
    expected: str,
) -> None:
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / profile)
    assert expected in refused(capsys, *[data if word == "DATA" else word for word in argv])


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("--outt=x", "unrecognized arguments: --outt=x"),
        ("--batch-size=0", "argument --batch-size: expected a whole number of at least 1, found '0'"),
        ("--threads=many", "argument --threads: expected a whole number of at least 1, found 'many'"),
    ],
)
def test_a_wrong_option_is_refused_by_the_parser(
    capsys: pytest.CaptureFixture[str], option: str, expected: str
) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["predict", "--model=m", "--data=x", "--out=y", option])
    assert end.value.code == 2
    assert expected in capsys.readouterr().err


def answer_with(monkeypatch: pytest.MonkeyPatch, *outputs: str) -> list[str]:
    """Lets every model answer ``outputs``, in turn; returns the texts that it is asked."""
    asked, given = list[str](), itertools.cycle(outputs)

    def answer(loaded: Any, log: Any, examples: list[Example], *_: Any, **__: Any) -> list[Prediction]:
        asked.extend(example.text for example in examples)
        return [Prediction(example.id, next(given), 1, 1, "value", 0.0) for example in examples]

    monkeypatch.setattr(answering, "answer", answer)
    return asked


def test_extract_prints_json(model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer_with(monkeypatch, ' {"name": "Grüße"} Input:')
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"from standard input")))
    for text in ("a text", "-"):
        run("extract", text, "--model", model, "--threads", "1")
        assert json.loads(capsys.readouterr().out) == {"name": "Grüße"}
    assert asked == ["a text", "from standard input"]
    for given, expected in ((b" \n", "standard input is empty"), (b"ab\xff", "standard input: not UTF-8 (byte 2)")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given)))
        assert expected in refused(capsys, "extract", "-", "--model", model)


def test_extract_checks_the_schema_before_it_loads_a_model(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "load_trained", None)
    monkeypatch.setattr(models, "load_base", None)
    read = ("extract", "a text", "--model", model)
    assert "no such file" in refused(capsys, *read, "--schema", tmp_path / "none.json")
    assert "name a JSON Schema" in refused(capsys, *read, "--constraint", "schema")
    schema = paths.SCHEMAS / "simple" / "contact_info.json"
    unused = ("--schema", schema, "--constraint", "none")
    assert "reads no schema" in refused(capsys, "extract", "a text", "--model", "lora-135m-recombined-mean", *unused)
    assert "did you mean reader?" in refused(capsys, "extract", "a text", "--model", "readr")


@pytest.mark.parametrize("output", [" sorry\nno", ' {"a": 1', r' {"a": "\ud800"}', ' {"a": NaN}'])
def test_extract_shows_an_answer_that_is_not_json(
    model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    answer_with(monkeypatch, output)
    assert "the model's answer is not JSON" in refused(capsys, "extract", "a text", "--model", model, "--threads", "1")


def test_a_text_without_an_answer_does_not_cost_the_others_theirs(
    model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(monkeypatch, ' {"a": 1}', " sorry", ' {"a": 3}')
    assert cli.main(["extract", "one", "two", "three", "--model", str(model), "--threads", "1"]) == 2
    printed = capsys.readouterr()
    assert [json.loads(line)["value"] for line in printed.out.splitlines()] == [{"a": 1}, {"a": 3}]
    assert "paperlib: two: the model's answer is not JSON" in printed.err


def test_an_untrained_model_gives_valid_answers_under_a_constraint(
    tmp_path: Path, data: Path, schemas: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, constrained = tmp_path / "out.jsonl", ("--constraint", "schema+text", "--threads", "1", "--cap-factor", "5")
    run("predict", "--model", model, "--data", data, "--out", out, "--schemas", schemas, *constrained)
    run("score", out, "--data", data, "--schemas", schemas, "--out", tmp_path / "z.json")
    metrics = json.loads((tmp_path / "z.json").read_text())["metrics"]
    assert [m["value"] for m in metrics if (m["metric"], m["group"]) == ("schema_valid", "overall")] == [1]
    capsys.readouterr()
    run("extract", "Title: 1", "--model", model, "--schema", schemas / "memo.json", *constrained)
    assert validator(load_schema(schemas / "memo.json")).is_valid(json.loads(capsys.readouterr().out))


def test_a_constraint_needs_a_schema(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = refused(capsys, "extract", "a text", "--model", model, "--constraint", "schema", "--threads", "1")
    assert "is constrained to schema: name a JSON Schema with --schema" in line


NOTE = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


@pytest.mark.parametrize(
    ("output", "code", "told"), [("{}", 3, "missing, .*: /n"), ('{"n": "x"}', 4, "/n: 'x' is not")]
)
def test_extract_exits_with_a_code_of_its_own_for_what_is_missing_or_invalid(
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    output: str,
    code: int,
    told: str,
) -> None:
    answer_with(monkeypatch, output)
    schema = jsonl(tmp_path / "note.json", [NOTE])
    argv = ["extract", "a text", "--model", str(model), "--schema", str(schema), "--threads", "1"]
    assert cli.main(argv) == code
    printed = capsys.readouterr()
    assert json.loads(printed.out) == json.loads(output)
    assert re.search(told, printed.err)


def test_extract_takes_several_texts_and_files(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer_with(monkeypatch, '{"n": 7}')
    schema, file = jsonl(tmp_path / "note.json", [NOTE]), tmp_path / "note.txt"
    file.write_text("from a file 7")
    common = ("--model", model, "--schema", schema, "--threads", "1")
    run("extract", "a text 7", file, *common)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["text"], line["value"], line["spans"]) for line in lines] == [
        ("a text 7", {"n": 7}, {"/n": [7, 8]}),
        (str(file), {"n": 7}, {"/n": [12, 13]}),
    ]
    source = jsonl(tmp_path / "in.jsonl", [{"id": "x", "text": "number 7"}])
    run("extract", "--jsonl", source, "--out", tmp_path / "out.jsonl", *common)
    assert "1 valid" in capsys.readouterr().err
    assert json.loads((tmp_path / "out.jsonl").read_text())["value"] == {"n": 7}
    assert asked == ["a text 7", "from a file 7", "number 7"]
    assert "--jsonl needs --out" in refused(capsys, "extract", "--jsonl", source, *common)
    assert "expected a text, a file" in refused(capsys, "extract", *common)
