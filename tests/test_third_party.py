"""Third-party datasets: tiny files written here in their published forms; the real ones where PAPERLIB_DATA is set."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.data import published_split
from paperlib.data.third_party import LOADERS, load_named

REAL = {"edgejson_v3": 629, "sroie": 417, "dstc8": 10_959, "banking77": 13_083, "clinc150": 23_700, "bfcl": 600}


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


def test_banking77(tmp_path: Path) -> None:
    folder = tmp_path / "banking77"
    folder.mkdir()
    (folder / "train.csv").write_text('text,category\n"Lost, again",lost_card\n')
    (folder / "test.csv").write_text("text,category\nWhere is it?,card_arrival\n")
    one, other = load_named("banking77", tmp_path)
    assert (one.text, one.answer, one.split) == ("Lost, again", {"intent": "lost_card"}, "train")
    assert other.split == "test"


def test_clinc150_joins_out_of_scope_to_its_split(tmp_path: Path) -> None:
    parts: dict[str, Any] = {part: [] for part in ("train", "oos_train", "val", "oos_val", "test", "oos_test")}
    parts |= {"train": [["say hi in finnish", "translate"]], "oos_test": [["who built rome", "oos"]]}
    (tmp_path / "clinc150").mkdir()
    (tmp_path / "clinc150" / "data_full.json").write_text(json.dumps(parts))
    assert [(e.split, e.answer["intent"]) for e in load_named("clinc150", tmp_path)] == [
        ("train", "translate"),
        ("test", "oos"),
    ]


def test_bfcl_takes_first_acceptable_values_and_leaves_optional_ones_out(tmp_path: Path) -> None:
    function = {"name": "book", "description": "Books.", "parameters": {"type": "dict", "properties": {}}}
    truth = {"book": {"seats": [2, "two"], "note": ["", "none"], "who": [{"first": ["Ann", "Anne"]}], "rows": [[1, 2]]}}
    for category in ("simple_python", "multiple"):
        row = {"id": f"{category}_0", "question": [[{"role": "user", "content": "Two seats"}]], "function": [function]}
        lines(tmp_path / "bfcl" / f"{category}.jsonl", [row])
        lines(tmp_path / "bfcl" / f"{category}.answers.jsonl", [{"id": f"{category}_0", "ground_truth": [truth]}])
    example = load_named("bfcl", tmp_path)[0]
    assert example.answer == {"name": "book", "arguments": {"seats": 2, "who": {"first": "Ann"}, "rows": [1, 2]}}
    assert example.text.endswith("Request: Two seats")
    assert example.split == "test"


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
    (tmp_path / "clinc150").mkdir()
    (tmp_path / "clinc150" / "data_full.json").write_text('{"train": [["only a text"]]}')
    with pytest.raises(PaperlibError, match="not in its published form"):
        load_named("clinc150", tmp_path)


@pytest.mark.parametrize("name", REAL)
def test_the_real_data(name: str) -> None:
    root = paths.data_root()
    if root is None or not (root / name).is_dir():
        pytest.skip(f"PAPERLIB_DATA names no folder that holds {name}/")
    data = load_named(name, root)
    assert len(data) == REAL[name]
    assert len({e.id for e in data}) == len(data)
    assert all(e.text.strip() and isinstance(e.answer, dict) and e.split for e in data)
