"""Proposed labels: which are kept for a person to correct, and what ``finetune`` reads of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import rows_of
from scripted import ScriptedServer, Step, completion

from paperlib import cli
from paperlib.core.files import read_json
from paperlib.data.labelled.documents import read_documents
from paperlib.teacher import acceptance
from paperlib.training import models

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "seats": {"type": "integer"}},
    "required": ["seats"],
}
NAMES = ("Ana", "Bo", "Cem", "Dia", "Eli", "Flo", "Gus", "Hal", "Ida", "Jon")
TEXTS = [f"A table for {2 + n % 8}, please. {name}" for n, name in enumerate(NAMES)]
TOKENIZER = models.train_tokenizer([json.dumps(SCHEMA), *TEXTS], 330)


@pytest.fixture(autouse=True)
def _small_tokenizer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acceptance, "tokenizer", lambda: TOKENIZER)


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    (tmp_path / "booking.json").write_text(json.dumps(SCHEMA))
    return tmp_path / "booking.json"


def jsonl(path: Path, texts: list[Any]) -> Path:
    path.write_text("".join(json.dumps({"id": f"mail {n}", "text": text}) + "\n" for n, text in enumerate(texts)))
    return path


def label(url: str, data: Path, schema: Path, *more: str) -> int:
    words = ["teach", "--base-url", url, "--model", "m", "--task", "label", "--data", str(data)]
    return cli.main([*words, "--schema", str(schema), "--out", str(data.parent / "out"), *more])


def right(_: int, body: dict[str, Any]) -> Step:
    said = body["messages"][0]["content"].split("A table for ")[1]
    return completion(json.dumps({"seats": int(said[0]), "name": said.split(". ")[1].split("\n")[0]}))


def test_labels_are_written_as_finetune_reads_them(tmp_path: Path, schema: Path) -> None:
    data = jsonl(tmp_path / "mails.jsonl", TEXTS)
    with ScriptedServer(right) as server:
        assert label(server.url, data, schema) == 0
    found = read_documents(tmp_path / "out" / "labelled.jsonl")
    assert [(one.id, one.text) for one in found] == [(f"mail {n}", text) for n, text in enumerate(TEXTS)]
    first = (tmp_path / "out" / "labelled.jsonl").read_text().splitlines()[0]
    assert first.endswith('"answer": {"name": "Ana", "seats": 2}}'), "keys in the order of the schema"
    body = server.bodies[0]
    assert body["temperature"] == 0
    assert body["response_format"]["json_schema"]["schema"] == {**SCHEMA, "additionalProperties": False}


def test_a_folder_of_texts_is_labelled_by_the_names_of_its_files(tmp_path: Path, schema: Path) -> None:
    (tmp_path / "mails").mkdir()
    for n, text in enumerate(TEXTS):
        (tmp_path / "mails" / f"{n}.txt").write_text(text)
    with ScriptedServer(right) as server:
        assert label(server.url, tmp_path / "mails", schema, "--n-examples", "2") == 0
    assert [row["id"] for row in rows_of(tmp_path / "out" / "labelled.jsonl")] == ["0", "1"]


def test_corrected_labels_stay_when_more_texts_are_labelled(
    tmp_path: Path, schema: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, file = jsonl(tmp_path / "mails.jsonl", TEXTS[:2]), tmp_path / "out" / "labelled.jsonl"
    with ScriptedServer(right) as server:
        assert label(server.url, data, schema) == 0
        first, second = rows_of(file)
        corrected = {**first, "answer": {"name": "Anna", "seats": 3}}
        file.write_text(json.dumps(corrected) + "\n" + json.dumps(second) + "\n")
        assert label(server.url, jsonl(data, TEXTS[:3]), schema) == 0
    assert rows_of(file)[:2] == [corrected, second]
    assert rows_of(file)[2]["answer"] == {"name": "Cem", "seats": 4}
    assert "2 labels that stood there were kept as they are" in capsys.readouterr().out


def test_ids_of_kept_labels_stay_apart_when_the_texts_change_places(tmp_path: Path, schema: Path) -> None:
    data, file = jsonl(tmp_path / "mails.jsonl", TEXTS[:2]), tmp_path / "out" / "labelled.jsonl"
    with ScriptedServer(right) as server:
        assert label(server.url, data, schema) == 0
        assert label(server.url, jsonl(data, [TEXTS[2], TEXTS[0]]), schema) == 0
    assert [(row["id"], row["text"]) for row in rows_of(file)] == [
        ("mail 0", TEXTS[2]),
        ("mail 1", TEXTS[0]),
        ("mail 1 (1)", TEXTS[1]),
    ]


def test_labels_that_are_refused_are_kept_apart_with_the_reason(tmp_path: Path, schema: Path) -> None:
    replies = ['{"name": "Ana"}', '{"name": "Bob", "seats": 3}', '{"name": "Cem", "seats": 4}', "{"]
    data = jsonl(tmp_path / "mails.jsonl", [*TEXTS[:3], "A table for 5"])
    with ScriptedServer([completion(text) for text in replies]) as server:
        assert label(server.url, data, schema, "--concurrency", "1") == 0
        assert label(server.url, data, schema, "--concurrency", "1") == 0
        assert len(server.bodies) == 4, "one try a text, and none again"
    assert [row["answer"] for row in rows_of(tmp_path / "out" / "labelled.jsonl")] == [{"name": "Cem", "seats": 4}]
    refused = rows_of(tmp_path / "out" / "rejected.jsonl")
    assert [(row["id"], row["errors"]) for row in refused] == [
        ("mail 0", ["schema: the root: 'seats' is a required property"]),
        ("mail 1", ["grammar: field 'name' holds what the text does not say"]),
        ("mail 3", ["not JSON"]),
    ]
    assert read_json(tmp_path / "out" / "report.json")["by_reason"]["schema"]["jobs"] == 1


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        ([], "holds no text, expected a JSON object a line"),
        (["A table", " "], ":2: the text is ' ', expected some text"),
        (["A table", None], ":2: the text is None, expected some text"),
    ],
)
def test_texts_that_are_none_are_named(
    texts: list[Any], line: str, tmp_path: Path, schema: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert label("http://localhost:1/v1", jsonl(tmp_path / "mails.jsonl", texts), schema) == 2
    assert line in capsys.readouterr().err


def test_an_id_that_occurs_twice_is_named(tmp_path: Path, schema: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.jsonl").write_text('{"id": 7, "text": "a"}\n{"id": "7", "text": "b"}\n')
    assert label("http://localhost:1/v1", tmp_path / "x.jsonl", schema) == 2
    assert "id '7' occurs twice" in capsys.readouterr().err


@pytest.mark.parametrize("given", ["--data", "--schema"])
def test_texts_and_schema_have_to_be_given(
    given: str, tmp_path: Path, schema: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["teach", "--base-url", "http://localhost:1/v1", "--model", "m", "--task", "label", "--out", "o"]
    assert cli.main([*words, given, str(schema)]) == 2
    assert "--task label needs --data, the texts to be labelled, and --schema" in capsys.readouterr().err
