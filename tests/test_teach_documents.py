"""Documents told anew: which rewritings are kept, why others are not, and what the report counts."""

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conftest import rows_of
from scripted import Script, ScriptedServer, Step, answer, completion

from paperlib import cli
from paperlib.core.errors import DataError
from paperlib.data.examples import Example, load_examples
from paperlib.data.schemas import Schema, Schemas, load_schemas, tier_of
from paperlib.teacher import acceptance, command, instructions
from paperlib.teacher.structured_answers import agreement, in_schema_order, response_schema
from paperlib.training import models

BODY: dict[str, Any] = {
    "title": "Booking",
    "type": "object",
    "properties": {
        "guest": {"type": "string"},
        "day": {"type": "string", "format": "date"},
        "seats": {"type": "integer"},
        "phone": {"type": "string"},
    },
    "required": ["guest", "day"],
}
TEXT = "Booking for {}. The day: 14 March 2027. Number of seats wanted: 7, by the window if that can be arranged."
RETOLD = "{} comes to us on 14 March 2027, and 7 seats are to be kept."
GUESTS = ("Ana Ruiz", "Bo Lund", "Cem Ay", "Dia Roy", "Eli Katz", "Flo Berg", "Gus Hahn", "Hal Otto")
ANSWERS = {guest: {"guest": guest, "day": "2027-03-14", "seats": 7} for guest in GUESTS}
TOKENIZER = models.train_tokenizer([json.dumps(BODY), *map(TEXT.format, GUESTS), RETOLD], 330)


def drawn(n: int, seed: int) -> tuple[list[Example], Schemas]:
    """In place of the documents that are drawn: some bookings, each with a schema of its own."""
    examples, schemas = [], Schemas()
    for number, guest in enumerate(GUESTS[:n]):
        id, kind = f"document-{seed}-{number}", ("booking (en)", "note (de)")[number % 2]
        schemas[id] = Schema(id, "Booking", tier_of(BODY), BODY)
        examples.append(Example(id, id, "simple", "train", kind, TEXT.format(guest), ANSWERS[guest]))
    return examples, schemas


@pytest.fixture(autouse=True)
def _small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = ModuleType("paperlib.training.documents.drawing")
    drawing.draw_documents = drawn  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "paperlib.training.documents", ModuleType("paperlib.training.documents"))
    monkeypatch.setitem(sys.modules, drawing.__name__, drawing)
    monkeypatch.setattr(acceptance, "tokenizer", lambda: TOKENIZER)


def guest_in(body: dict[str, Any]) -> str:
    prompt = body["messages"][0]["content"].rpartition("Text:")[2]
    return next(guest for guest in GUESTS if guest in prompt)


def is_reading(body: dict[str, Any]) -> bool:
    return "Keep:" not in body["messages"][0]["content"]


def teacher(retold: dict[str, str], read: dict[str, Step]) -> Script:
    """Rewrites as `RETOLD` does and reads what the text says, but for the guests named."""

    def script(_: int, body: dict[str, Any]) -> Step:
        guest = guest_in(body)
        if is_reading(body):
            return read.get(guest, completion(json.dumps(ANSWERS[guest])))
        return answer(retold.get(guest, RETOLD.format(guest)))

    return script


def teach(url: str, out: Path, *more: str, n: int = 8) -> int:
    words = ["teach", "--base-url", url, "--model", "m", "--task", "documents", "--n-examples", str(n)]
    return cli.main([*words, "--seed", "3", "--out", str(out), *more])


def test_what_passes_all_checks_is_written_with_its_schema(tmp_path: Path) -> None:
    close = {"Bo Lund": completion('{"seats": 7, "guest": "bo lund.", "day": "2027-03-14", "phone": "0161"}')}
    with ScriptedServer(teacher({}, close)) as server:
        assert teach(server.url, tmp_path, n=2) == 0
    first, second = load_examples(tmp_path / "examples.jsonl")
    assert (first.text, first.answer) == (RETOLD.format("Ana Ruiz"), ANSWERS["Ana Ruiz"])
    assert first.surface.startswith("booking (en), ")
    schemas = load_schemas(tmp_path / "schemas.jsonl")
    assert [schemas[one.schema_id].body for one in (first, second)] == [BODY, BODY]
    readings = [row["reading"] for row in rows_of(tmp_path / "examples.jsonl")]
    assert readings == [{"agreement": 1.0, "equal": True}, {"agreement": 1.0, "equal": False}]


def test_the_teacher_is_told_what_to_keep_and_reads_without_the_answer(tmp_path: Path) -> None:
    with ScriptedServer(teacher({}, {})) as server:
        assert teach(server.url, tmp_path, n=1) == 0
    rewriting, reading = server.bodies
    asked = rewriting["messages"][0]["content"].rpartition("Keep:")[2]
    assert asked == "\n- guest: Ana Ruiz\n- 14 March 2027\nAnswer:"
    shown = rewriting["messages"][0]["content"].rpartition("Text:")[2]
    assert "Language: English" in shown
    assert any(form in shown for form in instructions.FORMS.values())
    assert rewriting["temperature"] == 0.7
    assert list(rewriting["response_format"]["json_schema"]["schema"]["properties"]) == ["text"]
    assert reading["temperature"] == 0
    assert reading["response_format"]["json_schema"]["schema"]["properties"] == BODY["properties"]
    assert "2027-03-14" not in reading["messages"][0]["content"]


def test_every_check_has_its_reason_and_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    retold = {
        "Bo Lund": TEXT.format("Bo Lund").replace("wanted", "asked"),
        "Cem Ay": '{"guest": "Cem Ay"} on 14 March 2027, 7 seats',
        "Dia Roy": "Dia Roy comes on 14 March 2027 and needs some seats.",
        "Eli Katz": TEXT.format("Eli Katz"),
        "Hal Otto": RETOLD.format("Hal Otto") + " Yours, [Your Name]",
    }
    read = {
        "Flo Berg": completion(json.dumps({**ANSWERS["Flo Berg"], "phone": "7 seats"})),
        "Gus Hahn": completion('{"guest": "Gus', "length"),
    }
    with ScriptedServer(teacher(retold, read)) as server:
        assert teach(server.url, tmp_path) == 0
        assert len([body for body in server.bodies if is_reading(body)]) == 3, "what is refused at once is not read"
        asked = len(server.bodies)
        assert teach(server.url, tmp_path) == 0
        assert len(server.bodies) == asked
    assert [one.answer["guest"] for one in load_examples(tmp_path / "examples.jsonl")] == ["Ana Ruiz"]
    refused = [row["errors"][0] for row in rows_of(tmp_path / "rejected.jsonl")]
    assert refused[0].startswith("copy: 9")
    assert refused[1:] == [
        'JSON: the text holds {"',
        "grammar: field 'seats' holds what the text does not say",
        "the text is the one to be rewritten",
        "second reading differs: 75% of the leaves agree",
        "second reading truncated",
        "placeholder: the text holds [Your Name]",
    ]
    assert "1 of 8 accepted, 7 rejected" in capsys.readouterr().out
    report = json.loads((tmp_path / "report.json").read_text())
    assert {name: one["jobs"] for name, one in report["by_reason"].items()} == {
        "JSON": 1, "accepted": 1, "copy": 1, "grammar": 1, "placeholder": 1, "second reading differs": 1,
        "second reading truncated": 1, "the text is the one to be rewritten": 1,
    }  # fmt: skip
    assert report["by_kind"]["booking"]["accepted_share"] == 0.25
    assert report["by_language"]["de"]["completion_tokens"] == 25  # four rewritings and one reading, 5 tokens each
    assert report["by_language"]["en"]["seconds"] >= 0
    assert sum(one["jobs"] for one in report["by_form"].values()) == 8


def test_a_text_that_lacks_a_value_is_asked_for_again_with_another_seed(tmp_path: Path) -> None:
    def script(number: int, body: dict[str, Any]) -> Step:
        return answer("Somebody comes on 14 March 2027.") if number == 0 else teacher({}, {})(number, body)

    with ScriptedServer(script) as server:
        assert teach(server.url, tmp_path, n=1) == 0
    first, second, _ = server.bodies
    assert first["messages"] == second["messages"]
    assert first["seed"] != second["seed"]
    assert json.loads((tmp_path / "report.json").read_text())["unusable"] == {"value missing": 1}


def test_a_weaker_teacher_may_be_asked_for_less_agreement(tmp_path: Path) -> None:
    read = {guest: completion(json.dumps({**ANSWERS[guest], "seats": 8})) for guest in GUESTS}
    with ScriptedServer(teacher({}, read)) as server:
        assert teach(server.url, tmp_path, n=1) == 2
        assert teach(server.url, tmp_path, "--agreement", "0.6", n=1) == 0
        assert len(server.bodies) == 2, "the replies are the same"
    assert rows_of(tmp_path / "examples.jsonl")[0]["reading"] == {"agreement": 0.667, "equal": False}


def test_a_request_that_is_too_long_costs_one_document_and_is_not_kept(tmp_path: Path) -> None:
    full = (400, {}, json.dumps({"error": {"message": "request exceeds the available context size"}}))

    def script(number: int, body: dict[str, Any]) -> Step:
        return full if guest_in(body) == "Bo Lund" else teacher({}, {})(number, body)

    with ScriptedServer(script) as server:
        assert teach(server.url, tmp_path, n=3) == 0
    assert rows_of(tmp_path / "rejected.jsonl")[0]["errors"] == ["too long for the model's context"]
    assert len(rows_of(tmp_path / "request_cache.jsonl")) == 4


def test_without_a_base_url_the_model_is_served_for_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Any] = []

    @contextmanager
    def serving(*limits: Any) -> Any:
        served.append(limits)
        with ScriptedServer(teacher({}, {})) as server:
            yield server.url
            served.append({body["model"] for body in server.bodies})

    monkeypatch.setattr(command, "serving", serving)
    (tmp_path / "tiny.gguf").write_bytes(b"GGUF")
    words = ["teach", "--model", str(tmp_path / "tiny.gguf"), "--task", "documents", "--n-examples", "2"]
    assert cli.main([*words, "--out", str(tmp_path / "out"), "--slots", "3", "--threads", "1", "--context", "99"]) == 0
    assert served == [(tmp_path / "tiny.gguf", 1, 3, 99), {"tiny.gguf"}]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--task", "documents"], "--task documents needs --n-examples"),
        (["--task", "documents", "--surface", "chat"], "--surface is for --task rewrite or create, not for documents"),
        (["--task", "documents", "--data", "x"], "--data is for --task rewrite or label, not for documents"),
        (["--task", "documents", "--n-examples", "1"], "model 'nobody': no such file, expected a GGUF file or one of"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["teach", "--model", "nobody", "--out", str(tmp_path / "out"), *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"paperlib: {line}")
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


# Answers under a schema


def test_a_server_is_given_schemas_whose_objects_are_closed() -> None:
    inner = {"type": "object", "properties": {"properties": {"type": "string"}}}
    open_one = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"}}
    body = {"properties": {"one": inner, "two": open_one, "rows": {"type": "array", "items": inner}}, "x-note": 1}
    closed = {**inner, "additionalProperties": False}
    properties = {"one": closed, "two": open_one, "rows": {"type": "array", "items": closed}}
    assert response_schema(body) == {"properties": properties, "additionalProperties": False}
    parts = {"allOf": [inner, {"properties": {"b": {}}}]}
    assert response_schema(parts) == parts


def test_keys_are_put_into_the_order_of_the_schema() -> None:
    body = {"properties": {"a": {}, "rows": {"type": "array", "items": {"properties": {"c": {}, "d": {}}}}}}
    ordered = in_schema_order({"z": 1, "rows": [{"d": 1, "c": 2}], "a": 3}, body)
    assert json.dumps(ordered) == '{"a": 3, "rows": [{"c": 2, "d": 1}], "z": 1}'


@pytest.mark.parametrize(
    ("reading", "share"),
    [
        ({"who": " ana  RUIZ,", "n": 3}, 1.0),
        ({"who": "Ana Ruiz", "n": 4}, 0.5),
        ({"who": "Ana Ruiz"}, 0.5),
        ({"who": "Ana Ruiz", "n": 3, "where": "Rome", "at": None, "also": ""}, 1.0),  # Rome is a guess
        ({"who": "Ana Ruiz", "n": 3, "where": "Oslo"}, 2 / 3),
        ({}, 0.0),
    ],
)
def test_agreement_is_counted_in_leaves(reading: Any, share: float) -> None:
    assert agreement(reading, {"who": "Ana Ruiz", "n": 3, "where": None}, "Ana Ruiz, Oslo, 3") == share


def test_nothing_found_where_nothing_is_said_agrees() -> None:
    assert agreement({"who": "Ana"}, {}, "Hello!") == 1.0
    assert agreement({"who": "Ana"}, {}, "Hello, Ana!") == 0.0


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (['{"id": "a", "schema": {"type": "string"}}'] * 2, r":2: field 'id' is 'a', expected a string that no other"),
        (['{"id": "a"}'], r":1: schema: found NoneType, expected a JSON Schema"),
        ([], "holds no schema"),
    ],
)
def test_a_line_that_is_no_schema_is_named(lines: list[str], found: str, tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text("\n".join(lines))
    with pytest.raises(DataError, match=found):
        load_schemas(tmp_path / "s.jsonl")
