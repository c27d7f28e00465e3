"""The Example contract: both forms load alike, and a malformed file is named with line and field."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from paperlib.core.errors import DataError
from paperlib.data.examples import Example, Span, data_hash, load_examples, save_examples

SPAN = Span("/title", 7, 12, "copy")
OURS = [
    Example("a1", "note", "simple", "test", "label", "Title: Grüße", {"title": "Grüße"}, (SPAN,)),
    Example("a2", "memo", None, "test", "label", "Count: 3", {"count": 3}),
]


def published(example: Example) -> dict[str, Any]:
    row = {"id": example.id, "schema_id": example.schema_id, "prompt": example.text, "expected_output": example.answer}
    return {**row, "complexity": example.tier}


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def test_our_form_is_read_as_it_was_written(tmp_path: Path) -> None:
    save_examples(tmp_path / "ours.jsonl", OURS)
    assert load_examples(tmp_path / "ours.jsonl") == OURS


def test_the_published_form_gives_the_same_examples_and_hash(tmp_path: Path) -> None:
    found = load_examples(write(tmp_path / "published.jsonl", *map(published, OURS)))
    assert [(e.id, e.schema_id, e.tier, e.text, e.answer) for e in found] == [
        (e.id, e.schema_id, e.tier, e.text, e.answer) for e in OURS
    ]
    assert data_hash(found) == data_hash(OURS)


def test_a_blind_test_set_has_no_answers(tmp_path: Path) -> None:
    row = {"id": "a1", "schema_id": "note", "prompt": "Title: x"}
    assert load_examples(write(tmp_path / "blind.jsonl", row))[0].answer is None


def test_the_hash_knows_order_texts_and_answers() -> None:
    first, second = OURS
    changed = [[second, first], [first, replace(second, text="Count:  3")], [first, replace(second, answer={})]]
    assert len({data_hash(examples) for examples in [OURS, *changed]}) == 4
    assert data_hash([replace(e, split="train", surface="") for e in OURS]) == data_hash(OURS)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"id": "b", "schema_id": "note"}, "field 'text' is missing (found id, schema_id)"),
        ({"schema_id": "note", "prompt": "x"}, "field 'id' is missing"),
        ({"id": 3, "schema_id": "note", "text": "x"}, "field 'id' is int, expected a string"),
        ({"id": "b", "schema_id": "note", "text": ["x"]}, "field 'text' is list, expected a string"),
        ({"id": "b", "schema_id": "n", "text": "x", "tier": "hard"}, "field 'tier' is 'hard', expected one of simple"),
        ({"id": "b", "schema_id": "n", "text": "x", "spans": 3}, "field 'spans' is int, expected list"),
        ({"id": "b", "schema_id": "n", "text": "x", "spans": [{"at": 3}]}, "field 'spans' holds {'at': 3}"),
        (
            {
                "id": "b",
                "schema_id": "n",
                "text": "x",
                "spans": [{"pointer": "/a", "start": 0, "end": 2, "normalise": "copy"}],
            },
            "0 <= start <= end <= 1, the text's length",
        ),
        ('{"id": "b", "schema_id"', "not valid JSON"),
        ('"text"', "found str, expected a JSON object"),
        ("[" * 100_000, "not readable JSON"),
        (r'{"id": "b", "schema_id": "n", "text": "\ud800"}', "half of a surrogate pair"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, row: Any, told: str) -> None:
    path = write(tmp_path / "x.jsonl", published(OURS[0]), row)
    with pytest.raises(DataError) as error:
        load_examples(path)
    assert str(error.value).startswith(f"{path}:2: ")
    assert told in str(error.value)


def test_a_repeated_id_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", published(OURS[0]), published(OURS[0]))
    with pytest.raises(DataError, match="id 'a1' occurs twice"):
        load_examples(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "holds no example"), (b"\n\n", "holds no example"), (b'{"id": "\xff"}', r"not UTF-8 \(byte 8\)")],
)
def test_a_file_without_readable_examples_is_named(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "x.jsonl").write_bytes(content)
    with pytest.raises(DataError, match=told):
        load_examples(tmp_path / "x.jsonl")


def test_a_missing_file_or_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere.jsonl: no such file"):
        load_examples(tmp_path / "nowhere.jsonl")
    with pytest.raises(DataError, match="is a folder, expected a JSONL file"):
        load_examples(tmp_path)
