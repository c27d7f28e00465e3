"""`paperlib extract --jsonl`: every row has an answer or a reason, and a killed run goes on where it stopped."""

import json
from pathlib import Path
from typing import Any

import pytest

from paperlib.core.errors import DataError, PaperlibError
from paperlib.decoding.extraction.batch import Counts, extract_file
from paperlib.decoding.extraction.extractor import Extraction

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


class Scripted:
    """Stands in for an Extractor: finds the number that a text is, and chokes on "bad" ones; keeps what it is asked."""

    def __init__(self, killed_after: int = 10**9) -> None:
        self.asked: list[str] = []
        self._left = killed_after

    def identity(self, schema: Any) -> dict[str, Any]:
        return {"model": "scripted", "schema": schema}

    def attempts(self, texts: list[str], schema: Any) -> list[Extraction | PaperlibError]:
        self._left -= len(texts)
        if self._left < 0:
            raise KeyboardInterrupt
        self.asked += texts
        return [self._found(text) for text in texts]

    def _found(self, text: str) -> Extraction | PaperlibError:
        if text == "bad":
            return PaperlibError("the model's answer is not JSON")
        value = {"n": int(text)} if text.isdigit() else {}
        missing = [] if value else ["/n"]
        violations = ["/n: too large"] if value.get("n", 0) > 99 else []
        return Extraction(value, json.dumps(value), {}, {}, missing, violations, [])


def written(path: Path, *rows: Any) -> Path:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def rows(path: Path) -> dict[Any, Any]:
    return {row["id"]: row for row in map(json.loads, path.read_text().splitlines())}


def run(extractor: Any, source: Path, out: Path) -> Counts:
    return extract_file(extractor, SCHEMA, source, out, batch_size=2)


def test_every_row_has_an_answer_or_a_reason(tmp_path: Path) -> None:
    texts = [{"id": "a", "text": "7"}, {"text": "none"}, {"id": 3, "text": "bad"}, {"id": "b", "text": "100"}]
    source = written(tmp_path / "in.jsonl", *texts, {"id": "c", "text": ""}, {"id": "d", "body": "8"}, {"text": 5})
    out = tmp_path / "new" / "out.jsonl"
    assert run(Scripted(), source, out) == Counts(valid=1, incomplete=1, invalid=1, rejected=4)
    found, rejects = rows(out), rows(tmp_path / "new" / "out.rejects.jsonl")
    assert {id: row["value"] for id, row in found.items()} == {"a": {"n": 7}, "2": {}, "b": {"n": 100}}
    assert (found["2"]["missing"], found["b"]["violations"]) == (["/n"], ["/n: too large"])
    assert {id: row["reason"] for id, row in rejects.items()} == {
        3: "the model's answer is not JSON",
        "c": "field 'text': found an empty text, expected a text",
        "d": "field 'text': found none among id, body, expected a text",
        "7": "field 'text': found 5, expected a text",
    }


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    source, out = written(tmp_path / "in.jsonl", *({"text": str(n)} for n in range(10, 18))), tmp_path / "out.jsonl"
    with pytest.raises(KeyboardInterrupt):
        run(Scripted(killed_after=5), source, out)
    out.write_text(out.read_text() + '{"id": "5", "val')  # torn
    again = Scripted()
    assert run(again, source, out) == Counts(8, 0, 0, 0)
    assert again.asked == ["14", "15", "16", "17"]
    assert [row["value"]["n"] for row in rows(out).values()] == list(range(10, 18))
    run(finished := Scripted(), source, out)
    assert finished.asked == []


def test_what_was_rejected_is_tried_again_once_its_text_has_changed(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    run(Scripted(), written(tmp_path / "in.jsonl", {"id": "a", "text": "7"}, {"id": "b", "text": "bad"}), out)
    source = written(tmp_path / "in.jsonl", {"id": "a", "text": "7"}, {"id": "b", "text": "8"})
    assert run(again := Scripted(), source, out) == Counts(2, 0, 0, 0)
    assert again.asked == ["8"]
    assert not rows(tmp_path / "out.rejects.jsonl")
    out.unlink()
    assert run(afresh := Scripted(), source, out) == Counts(2, 0, 0, 0)
    assert afresh.asked == ["7", "8"]


def test_rejects_of_answers_that_were_deleted_are_tried_again(tmp_path: Path) -> None:
    source, out = written(tmp_path / "in.jsonl", {"id": "a", "text": "bad"}), tmp_path / "out.jsonl"
    assert run(Scripted(), source, out) == run(Scripted(), source, out) == Counts(0, 0, 0, 1)
    out.unlink()
    assert run(Scripted(), source, out).rejected == 1


def test_answers_to_other_texts_are_kept(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    run(Scripted(), written(tmp_path / "a.jsonl", {"text": "7"}), out)
    before = out.read_text()
    with pytest.raises(PaperlibError, match=r'out\.jsonl: id "1" was answered for another text; delete it, or name'):
        run(Scripted(), written(tmp_path / "b.jsonl", {"text": "8"}), out)
    assert out.read_text() == before


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([{"id": 1, "text": "7"}, {"id": 1, "text": "8"}], "in.jsonl: id 1 occurs twice"),
        (["[]"], "in.jsonl:1: found list, expected a JSON object"),
        (['{"text": '], "in.jsonl:1: not valid JSON"),
    ],
)
def test_a_file_that_is_not_right_is_refused_before_any_work(tmp_path: Path, lines: list[Any], says: str) -> None:
    with pytest.raises(DataError, match=says):
        run(Scripted(), written(tmp_path / "in.jsonl", *lines), tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


def test_answers_of_another_schema_or_the_texts_themselves_are_not_written_over(tmp_path: Path) -> None:
    source, out = written(tmp_path / "in.jsonl", {"text": "7"}), tmp_path / "out.jsonl"
    run(Scripted(), source, out)
    before = out.read_text()
    with pytest.raises(PaperlibError, match="written with another model, schema or decoding"):
        extract_file(Scripted(), {**SCHEMA, "title": "other"}, source, out, 2)  # type: ignore[arg-type]
    with pytest.raises(PaperlibError, match="is the file of texts"):
        run(Scripted(), source, source)
    written(foreign := tmp_path / "foreign.jsonl", {"id": 1})
    with pytest.raises(PaperlibError, match="was written with another"):
        run(Scripted(), source, foreign)
    assert out.read_text() == before


@pytest.mark.parametrize("name", ["out.jsonl", "out.rejects.jsonl", "out.meta.json"])
def test_no_file_beside_the_answers_is_that_of_the_texts(tmp_path: Path, name: str) -> None:
    source = written(tmp_path / name, {"text": "7"})
    with pytest.raises(PaperlibError, match=f"{name}: is the file of texts"):
        run(Scripted(), source, tmp_path / "out.jsonl")
    assert source.read_text() == '{"text": "7"}\n'


def test_names_without_jsonl_have_files_of_their_own(tmp_path: Path) -> None:
    source = written(tmp_path / "in.jsonl", {"text": "7"}, {"text": "bad"})
    for name in ("run.1", "run.2"):
        assert run(Scripted(), source, tmp_path / name) == Counts(1, 0, 0, 1)
    beside = {path.name for path in tmp_path.iterdir()} - {"in.jsonl", "run.1", "run.2"}
    assert beside == {f"run.{n}.{kind}" for n in (1, 2) for kind in ("meta.json", "rejects.jsonl")}


def test_a_file_of_somebody_else_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "out.meta.json").write_text('{"mine": 1}')
    with pytest.raises(PaperlibError, match=r"out\.meta\.json: is not this command's"):
        run(Scripted(), written(tmp_path / "in.jsonl", {"text": "7"}), tmp_path / "out.jsonl")
    assert (tmp_path / "out.meta.json").read_text() == '{"mine": 1}'
