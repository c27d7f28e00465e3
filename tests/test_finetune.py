"""``paperlib finetune``: from labelled documents to a model that ``extract`` takes, with its scores and its report."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from paperlib import Extractor
from paperlib.cli import main
from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.files import read_json, write_json
from paperlib.data.examples import Example
from paperlib.data.predictions import Prediction
from paperlib.decoding.engines.export.model_card import scores_of
from paperlib.training import models, trainer
from paperlib.training.models import Shape
from paperlib.workflow.finetune import evaluation, run, task

NAMES = ("Ana", "Bo", "Cy", "Dot", "Eve", "Fay", "Gus", "Hal", "Ida", "Jo", "Kit", "Lou", "Max", "Ned", "Ora")
DOCUMENTS = [
    {"text": f"{name} wants {n * n} chairs in the hall.", "answer": {"who": name, "n": n * n}}
    for n, name in enumerate(NAMES, 2)
]
SHAPE = Shape(hidden=16, layers=2, heads=2, kv_heads=1, feed_forward=32, vocabulary=320, context=4096)


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder of random weights."""
    monkeypatch.setitem(models.NANO, "nano-xs", SHAPE)
    nano = models.new_nano("nano-xs", [json.dumps(row) for row in DOCUMENTS], 0)
    nano.model.save_pretrained(tmp_path / "base")
    nano.tokenizer.save_pretrained(tmp_path / "base")
    monkeypatch.chdir(tmp_path)
    return str(tmp_path / "base")


def data(rows: list[Any]) -> str:
    Path("docs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return "docs.jsonl"


def finetune(base: str, *more: str, rows: list[Any] = DOCUMENTS) -> int:
    return main(["finetune", data(rows), "--out", "mine", "--base", base, "--threads", "1", "--minutes", "1", *more])


def test_a_model_is_trained_tested_and_used(base: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert finetune(base) == 0
    printed = capsys.readouterr().out
    assert "15 documents, 12 to train on and 3 held out; schema inferred from them" in printed
    assert all(way in printed for way in ("this model", "its base, untuned", "rules, no model"))
    log = read_json(Path("mine/train.json"))
    assert (log["n_train"], log["constraint"], log["unsupported"]) == (12, "schema+text", {})
    assert read_json(Path("mine/schema.json"))["required"] == ["who", "n"]
    rows = [json.loads(line) for line in Path("mine/held-out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [set(json.loads(row["answer"])) <= {"who", "n"} for row in rows] == [True] * 3
    page, card = (Path("mine", name).read_text(encoding="utf-8") for name in ("report.html", "README.md"))
    assert "On 3 documents held out" in page
    assert "this model" in card
    assert "this model" in scores_of(Path("mine"))
    assert not Path("mine.checkpoints").exists()
    assert main(["extract", "Ana wants 49 chairs.", "--model", "./mine", "--threads", "1"]) in (0, 3)
    assert set(json.loads(capsys.readouterr().out)) <= {"who", "n"}
    assert set(Extractor.load("mine", threads=1)("Ana wants 49 chairs.").value) <= {"who", "n"}


def test_a_chat_model_keeps_its_template(base: str, capsys: pytest.CaptureFixture[str]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.chat_template = "{% for one in messages %}<{{ one.role }}>{{ one.content }}{% endfor %}<answer>"
    tokenizer.save_pretrained(base)
    assert finetune(base) == 0
    assert read_json(Path("mine/train.json"))["config"]["prompt"] == "chat"
    assert main(["extract", "Ana wants 49 chairs.", "--model", "./mine", "--threads", "1"]) in (0, 3)
    assert set(json.loads(capsys.readouterr().out.splitlines()[-1])) <= {"who", "n"}


def test_a_learning_curve_trains_on_parts(base: str) -> None:
    assert finetune(base, "--learning-curve") == 0
    page = Path("mine/report.html").read_text(encoding="utf-8")
    assert re.findall(r"<tr><td[^>]*>(\d+)</td>", page.partition("Would more labels help?")[2]) == ["3", "6", "12"]
    assert [path.name for path in Path().glob("mine*")] == ["mine"]


def test_a_corrected_schema_is_used(base: str) -> None:
    assert finetune(base, "--dry-run") == 0
    schema = read_json(Path("mine/schema.json"))
    del schema["$comment"]  # may stay there as well
    schema["properties"]["n"]["minimum"] = 5
    write_json(Path("mine/schema.json"), schema)
    assert finetune(base) == 2  # the first document has 4
    schema["properties"]["n"]["minimum"] = 1
    write_json(Path("mine/schema.json"), schema)
    assert finetune(base) == 0
    assert read_json(Path("mine/schema.json")) == schema


def test_the_order_of_a_corrected_schema_is_used(base: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert finetune(base, "--dry-run") == 0
    schema = read_json(Path("mine/schema.json"))
    schema["properties"] = dict(reversed(schema["properties"].items()))
    write_json(Path("mine/schema.json"), schema)
    assert finetune(base) == 0
    assert [*read_json(Path("mine/schema.json"))["properties"]] == [*schema["properties"]]
    schema["properties"] = dict(reversed(schema["properties"].items()))
    write_json(Path("mine/schema.json"), schema)
    assert finetune(base) == 2
    told = capsys.readouterr().err
    assert "is of other schema; name another folder (" in told
    assert "mine/schema.json may be its --schema), or delete it" in told


def test_the_same_command_trains_once(base: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert finetune(base) == finetune(base) == 0
    assert "mine is already trained" in capsys.readouterr().out
    assert finetune(base, "--seed", "1") == 2
    assert "mine: is of other seed; name another folder, or delete it" in capsys.readouterr().err


def test_a_run_that_was_stopped_is_resumed_by_the_same_command(
    base: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(run, "_tested", stopped)
        assert finetune(base) == 130
    assert "stopped; finished parts are kept" in capsys.readouterr().err
    assert not Path("mine/report.html").exists()
    monkeypatch.setattr(trainer, "answer_loss", lambda *_: pytest.fail("trained again"))
    assert finetune(base) == 0
    assert Path("mine/report.html").is_file()
    assert not Path("mine.checkpoints").exists()


@pytest.mark.parametrize("theirs", [{"schema.json", "README.md"}, {"schema.json", "train.json", "README.md"}])
def test_a_folder_of_another_program_is_left_alone(
    base: str, theirs: set[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mine").mkdir()
    for name in theirs:
        Path("mine", name).write_text("{}", encoding="utf-8")
    assert finetune(base) == 2
    assert "expected a new folder or one that only this command has written" in capsys.readouterr().err
    assert {path.name for path in Path("mine").iterdir()} == theirs


def test_a_folder_with_anything_else_is_left_alone(base: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert finetune(base) == 0
    Path("mine/notes.txt").write_text("mine", encoding="utf-8")
    assert finetune(base) == 2
    assert "holds 'notes.txt', expected a new folder" in capsys.readouterr().err
    assert Path("mine/notes.txt").is_file()


def test_more_documents_have_a_new_schema(base: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert finetune(base, "--dry-run") == 0
    more = [{**row, "answer": {**row["answer"], "hall": True}} for row in DOCUMENTS]
    assert finetune(base, "--dry-run", rows=more) == 0
    assert "hall" in read_json(Path("mine/schema.json"))["properties"]
    assert finetune(base, "--dry-run", "--schema", "s.json", rows=more) == 2  # there is no such file
    Path("s.json").write_text('{"properties": {"who": {"type": "string"}, "n": {}}}', encoding="utf-8")
    assert finetune(base, "--dry-run", "--schema", "s.json", rows=more) == 0
    assert "field 'hall' of 15 answers is not in the schema" in capsys.readouterr().out


def test_a_nested_field_without_a_place_in_the_schema_is_named_by_its_path(
    base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**row, "answer": {**row["answer"], "at": {"who": "x", "n": 1}}} for row in DOCUMENTS]
    inner = {"type": "object", "properties": {"n": {}}}
    write_json(Path("s.json"), {"properties": {"who": {"type": "string"}, "n": {}, "at": inner}})
    assert finetune(base, "--dry-run", "--schema", "s.json", rows=rows) == 0
    assert "field 'at.who' of 15 answers is not in the schema" in capsys.readouterr().out


def test_the_recipe_follows_from_the_size_of_the_base_and_of_the_data(
    base: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "TOKENS", 10)
    long = {"text": "Ana wants 4 chairs. " * 400, "answer": {"who": "Ana", "n": 4}}
    assert finetune(base, rows=[*DOCUMENTS, long]) == 0
    config = read_json(Path("mine/train.json"))["config"]
    assert config["learning_rate"] == 1.5e-3, "that of 135M, though the name of the base says nothing"
    assert config["epochs"] < 0.1, "a part of a pass"
    assert "; examples too long, and skipped: 1" in capsys.readouterr().out


def test_answers_are_put_in_the_order_of_their_schema(base: str) -> None:
    rows = [{**row, "answer": dict(reversed(row["answer"].items()))} for row in DOCUMENTS[:5]] + DOCUMENTS[5:]
    assert finetune(base, rows=rows) == 0
    log = read_json(Path("mine/train.json"))
    assert (log["constraint"], log["unsupported"]) == ("schema+text", {})


def test_an_id_that_a_tested_document_has_is_named(tmp_path: Path) -> None:
    rows = [*DOCUMENTS, {"id": "test/line 1", "text": "Zoe wants 3 chairs.", "answer": {"who": "Zoe", "n": 3}}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(json.dumps(DOCUMENTS[0]) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"a.jsonl:16: id 'test/line 1' is also that of a document of .*b.jsonl"):
        task.read_task(tmp_path / "a.jsonl", tmp_path / "b.jsonl", None)


def test_cells_of_a_tested_csv_may_have_decimals_where_others_have_none(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,total\n" + "".join(f"It is {n} euros.,{n}\n" for n in range(12)))
    (tmp_path / "b.csv").write_text("text,total\nIt costs 3.5 euros.,3.5\nIt costs 40 euros.,40\n")
    found = task.read_task(tmp_path / "a.csv", tmp_path / "b.csv", None)
    assert [one.answer for one in found.test] == [{"total": 3.5}, {"total": 40}]
    assert found.schema.body["properties"] == {"total": {"type": "number"}}


def test_a_text_that_is_tested_is_not_trained_on_with_another_answer(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in DOCUMENTS), encoding="utf-8")
    other = {**DOCUMENTS[0], "answer": {"who": "Bea", "n": 4}}
    (tmp_path / "b.jsonl").write_text(json.dumps(other) + "\n", encoding="utf-8")
    found = task.read_task(tmp_path / "a.jsonl", tmp_path / "b.jsonl", None)
    with pytest.raises(DataError, match="every document is in"):
        task.read_task(tmp_path / "a.jsonl", tmp_path / "a.jsonl", None)
    assert [one.text for one in found.test] == [DOCUMENTS[0]["text"]]
    assert DOCUMENTS[0]["text"] not in {one.text for one in found.train}
    assert len(found.train) == len(DOCUMENTS) - 1
    assert "; 1 left out, as they are held out elsewhere, or nearly; schema" in str(found)


def test_a_base_without_a_tokenizer_is_one_sentence(base: str, capsys: pytest.CaptureFixture[str]) -> None:
    for file in Path(base).glob("tokenizer*"):
        file.unlink()
    assert finetune(base, "--dry-run") == 2
    assert "could not be loaded" in capsys.readouterr().err


def test_items_of_one_document_are_right_together() -> None:
    apart = evaluation.Field("n", [1] * 80 + [0] * 40, [1] * 120, [1] * 120)
    together = evaluation.Field("n", [40, 40, 0], [40, 40, 40], [40, 40, 40])
    assert apart.right == together.right == 80
    low, high = together.recall
    assert (low, high) == (0.0, 1.0)
    assert apart.recall[0] > 0.57


def test_a_plan_can_be_seen_beforehand(base: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert finetune(base, "--dry-run") == 0
    assert "steps" in capsys.readouterr().out
    assert [path.name for path in Path("mine").iterdir()] == ["schema.json"]


def test_labels_that_their_text_does_not_say_loosen_the_constraint(
    base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{**row, "answer": {**row["answer"], "who": row["answer"]["who"].upper()}} for row in DOCUMENTS]
    assert finetune(base, "--dry-run", rows=rows) == 0
    told = r"what their text does not say, by field: who 12 \(for example in: line \d+, line \d+, line \d+, …\)\."
    assert re.search(told, capsys.readouterr().out), "before anything is trained"
    assert finetune(base, rows=rows) == 0
    log = read_json(Path("mine/train.json"))
    assert (log["constraint"], log["unsupported"], log["ungrounded"]) == ("schema+text", {"who": 12}, ["who"])
    assert read_json(Path("mine/schema.json"))["properties"]["who"]["x-grounded"] is False
    assert finetune(base, "--dry-run", rows=rows) == 0
    assert read_json(Path("mine/schema.json"))["properties"]["who"]["x-grounded"] is False
    corrected = read_json(Path("mine/schema.json"))
    write_json(Path("mine/schema.json"), {**corrected, "title": "corrected"})
    assert finetune(base, rows=rows) == 2  # another schema
    del corrected["$comment"]
    write_json(Path("mine/schema.json"), corrected)
    assert finetune(base, rows=rows) == 0  # the marks of the first run are no correction
    assert read_json(Path("mine/train.json")) == log
    assert re.search(told, capsys.readouterr().out), "though the marks of the first run are there"
    assert len(log["unsupported_documents"]) == 12
    assert (
        "<td"
        in Path("mine/report.html").read_text(encoding="utf-8").partition("Labels that their text does not say")[2]
    )


def test_a_part_is_not_told_what_the_texts_of_the_whole_support(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    schemas = []
    on_part = run.on_part
    monkeypatch.setattr(
        run,
        "on_part",
        lambda share, out, task, config: schemas.append(task.schema.body) or on_part(share, out, task, config),
    )
    rows = [{**row, "answer": {**row["answer"], "who": row["answer"]["who"].upper()}} for row in DOCUMENTS]
    assert finetune(base, "--learning-curve", rows=rows) == 0
    corrected = read_json(Path("mine/schema.json"))
    del corrected["$comment"]
    write_json(Path("mine/schema.json"), corrected)
    assert finetune(base, "--learning-curve", rows=rows) == 0
    assert len(schemas) == 4
    assert "x-grounded" not in json.dumps(schemas)


def test_documents_to_test_on_can_be_given(base: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in DOCUMENTS[:4]), encoding="utf-8")
    assert finetune(base, "--test", "test.jsonl", "--dry-run") == 0
    assert "15 documents, 11 to train on and 4 held out" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["known", "./known"])
def test_training_goes_on_from_an_adapter(base: str, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert finetune(base) == 0
    monkeypatch.setattr(paths, "RELEASED_ADAPTERS", Path.cwd() / "package" if "/" in name else Path.cwd())
    log = read_json(Path("mine/train.json"))
    write_json(Path("mine/train.json"), {**log, "config": {**log["config"], "prompt": "schema"}})
    Path("mine").rename("known")
    assert finetune(name) == 0
    config = read_json(Path("mine/train.json"))["config"]
    assert (config["base"], config["prompt"]) == (base, "schema")
    assert [Path(one).name for one in config["init_from"]] == ["known"]
    told = Path("mine/README.md").read_text(encoding="utf-8")
    assert "known, before" in told
    assert "untuned" not in told


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            ["--schema", "s.json"],
            r"15 of 15 answers do not follow s.json: docs.jsonl:1: /n: 4 is not of type 'string'",
        ),
        (["--minutes", "0.0000001"], "expected more time, fewer documents or a smaller base"),
        (["--out", "reader"], "'reader' is a model of the package, expected another name"),
        (["--out", "docs.jsonl"], "docs.jsonl: is a file, expected a folder for the model"),
        (
            ["--out", "base"],
            "base: holds 'config.json', expected a new folder or one that only this command has written",
        ),
    ],
)
def test_a_mistake_is_told_in_a_sentence(
    base: str, more: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("s.json").write_text('{"properties": {"n": {"type": "string"}}}', encoding="utf-8")
    assert finetune(base, *more) == 2
    assert told in capsys.readouterr().err


def test_fields_are_counted_over_documents_and_items() -> None:
    answers = [({"a": 1, "l": [{"b": 1}, {"b": 2}]}, {"a": 1, "l": [{"b": 1}, {"b": 3}]}), ({"a": 2}, {"c": 5})]
    examples = [Example(str(n), task.SCHEMA, None, "test", "", "x", one) for n, (one, _) in enumerate(answers)]
    found = [Prediction(str(n), json.dumps(other), 0, 0, "eos", 0.0) for n, (_, other) in enumerate(answers)]
    fields = {one.name: (one.right, one.expected, sum(one.given)) for one in evaluation.by_field(examples, found)}
    assert fields == {"a": (1, 2, 1), "l.b": (1, 2, 2), "c": (0, 0, 1)}
