"""Third-party datasets: tiny files written here in their published forms; the real ones where PAPERLIB_DATA is set."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from paperlib.core import paths
from paperlib.core.errors import DataError, PaperlibError
from paperlib.data import published_split
from paperlib.data.third_party import LOADERS, case_schemas, load_named

REAL = {"edgejson_v3": 629, "sroie": 417, "dstc8": 10_959}


def lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def published(number: int, schema_id: str = "note") -> dict[str, Any]:
    return {
        "id": f"n{number}",
        "schema_id": schema_id,
        "prompt": f"Title: {number}",
        "expected_output": {"title": number},
    }


def test_edgejson_v3_has_the_parts_that_are_committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {"train": ["n1", "n3"], "dev": ["n2"], "held-out": ["n0"]}
    (tmp_path / "parts.json").write_text(json.dumps(parts))
    monkeypatch.setattr(published_split, "FILE", tmp_path / "parts.json")
    lines(tmp_path / "edgejson_v3" / "train.jsonl", [published(i) for i in range(4)])
    assert [e.split for e in load_named("edgejson_v3", tmp_path)] == ["held-out", "train", "dev", "train"]


def test_edgejson_v3_never_reads_a_test_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "parts.json").write_text('{"train": ["n1"]}')
    monkeypatch.setattr(published_split, "FILE", tmp_path / "parts.json")
    lines(tmp_path / "edgejson_v3" / "train.jsonl", [published(1)])
    (tmp_path / "edgejson_v3" / "test.jsonl").write_text("this would not parse")
    assert [e.id for e in load_named("edgejson_v3", tmp_path)] == ["n1"]


def test_sroie(tmp_path: Path) -> None:
    fields = {"company": "MILL CAFE", "date": "01/02/2018", "address": "1 MILL LANE", "total": "4.50"}
    lines(
        tmp_path / "sroie" / "receipts.jsonl",
        [{"id": "r1", "text": "MILL CAFE\nTOTAL 4.50", "expected_output": fields}],
    )
    (example,) = load_named("sroie", tmp_path)
    assert (example.answer, example.tier) == (fields, None)


def test_dstc8_keeps_equal_utterances_together(tmp_path: Path) -> None:
    rows = [{"text": f"To {i % 10}", "requested": [], "expected_output": {"to": str(i % 10)}} for i in range(40)]
    lines(tmp_path / "dstc8" / "Ferries_1.train.jsonl", rows)
    data = load_named("dstc8", tmp_path)
    assert {e.schema_id for e in data} == {"Ferries_1"}
    assert Counter(e.split for e in data) == {"train": 32, "held-out": 8}
    assert {e.text for e in data if e.split == "train"}.isdisjoint(e.text for e in data if e.split == "held-out")


def test_an_unknown_name_lists_the_names() -> None:
    with pytest.raises(PaperlibError, match="known: edgejson_v3, edgejson_v3-whole, sroie"):
        load_named("edgejson")


@pytest.mark.parametrize("name", LOADERS)
def test_a_missing_folder_says_what_to_set(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAPERLIB_DATA", raising=False)
    for root in (None, tmp_path):
        with pytest.raises(PaperlibError, match="PAPERLIB_DATA"):
            load_named(name, root)


def test_a_file_in_another_form_is_an_error_of_the_folder(tmp_path: Path) -> None:
    lines(tmp_path / "sroie" / "receipts.jsonl", [{"id": "r1", "ocr": "TOTAL"}])
    with pytest.raises(PaperlibError, match="field 'text' is missing"):
        load_named("sroie", tmp_path)
    lines(tmp_path / "sroie" / "receipts.jsonl", [{"id": 1, "text": "TOTAL", "expected_output": {}}])
    with pytest.raises(DataError, match="not in its published form"):
        load_named("sroie", tmp_path)
    (tmp_path / "dstc8").mkdir()
    (tmp_path / "dstc8" / "Ferries_1.train.jsonl").write_text('["only a text"]\n')
    with pytest.raises(DataError, match=r"Ferries_1\.train\.jsonl:1"):
        load_named("dstc8", tmp_path)


def case(id: Any = "c1", **changed: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"total": {"type": "number"}}}
    return {"id": id, "difficulty": "made up", "text": "Total: 3", "schema": schema, "answer": {"total": 3}, **changed}


def test_every_case_has_its_own_schema(tmp_path: Path) -> None:
    other = {"type": "object", "title": "Trip", "properties": {"to": {"type": "string"}}, "required": ["to"]}
    lines(tmp_path / "cases" / "cases.jsonl", [case(), case("c2", text="To Oslo", schema=other, answer={"to": "Oslo"})])
    examples = load_named("cases", tmp_path)
    schemas = case_schemas(tmp_path / "cases")
    assert [(e.id, e.schema_id, e.split, e.tier) for e in examples] == [
        ("c1", "c1", "test", None),
        ("c2", "c2", "test", None),
    ]
    assert (examples[1].text, examples[1].answer) == ("To Oslo", {"to": "Oslo"})
    assert list(schemas) == ["c1", "c2"]
    assert (schemas["c2"].body, schemas["c2"].title) == (other, "Trip")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (case("c2", schema=[]), "schema: found list, expected a JSON Schema (an object)"),
        (case("c2", schema={"type": "objekt"}), "schema: not a valid JSON Schema at /type: 'objekt' is not valid"),
        (
            case("c2", schema={"title": "anything"}),
            "schema: permits any JSON",
        ),
        (
            case("c2", schema={"properties": {"a": {"minimum": 2, "maximum": 1}}}),
            "schema: at /properties/a: nothing can have both minimum 2 and maximum 1",
        ),
        (case(), "id 'c1' occurs twice"),
        (case(7), "field 'id' is int, expected a string"),
        (case("c2", text=None), "field 'text' is NoneType, expected a string"),
        ({"id": "c2", "text": "x", "answer": {}}, "field 'schema' is missing (found id, text, answer)"),
        ({"id": "c2", "text": "x", "schema": {}}, "field 'answer' is missing (found id, text, schema)"),
    ],
)
def test_a_case_that_is_not_right_is_named_with_file_and_line(
    row: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    file = tmp_path / "cases" / "cases.jsonl"
    lines(file, [case(), row])
    for load in (lambda: load_named("cases", tmp_path), lambda: case_schemas(tmp_path / "cases")):
        with pytest.raises(DataError) as error:
            load()
        assert str(error.value).startswith(f"{file}:2: {expected}")
        assert "\n" not in str(error.value)


def test_a_file_of_no_case_is_refused(tmp_path: Path) -> None:
    lines(tmp_path / "cases" / "cases.jsonl", [])
    with pytest.raises(DataError, match=r"cases\.jsonl: holds no example"):
        load_named("cases", tmp_path)


@pytest.mark.parametrize("name", REAL)
def test_the_real_data(name: str) -> None:
    root = paths.data_root()
    if root is None or not (root / name).is_dir():
        pytest.skip(f"PAPERLIB_DATA names no folder that holds {name}/")
    data = load_named(name, root)
    assert len(data) == REAL[name]
    assert len({e.id for e in data}) == len(data)
    assert all(e.text.strip() and isinstance(e.answer, dict) and e.split for e in data)
