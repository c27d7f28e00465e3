"""The Predictions contract: what is written is read back, and a strange file is named with line and field."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.core.errors import DataError
from paperlib.data.predictions import Prediction, load_predictions, save_predictions


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


@given(st.lists(st.text(), max_size=5), st.sampled_from(["eos", "value", "cap"]))
def test_predictions_survive_their_file_uncut(tmp_path_factory: pytest.TempPathFactory, texts: Any, stop: Any) -> None:
    path = tmp_path_factory.mktemp("predictions") / "p.jsonl"
    predictions = [Prediction(str(i), text, 7, 3, stop, 0.25) for i, text in enumerate(texts)]
    save_predictions(path, predictions)
    assert load_predictions(path) == predictions


def test_other_programs_need_only_id_and_output(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", {"id": "a", "output": "{}", "extra": 1})
    assert load_predictions(path) == [Prediction("a", "{}", 0, 0, "eos", 0.0)]


def test_probabilities_survive_the_file(tmp_path: Path) -> None:
    given = Prediction("a", '{"b": 1}', 7, 3, "eos", 0.25, confidence={"/b": 0.5}, refusal=0.75)
    save_predictions(tmp_path / "p.jsonl", [given])
    (found,) = load_predictions(tmp_path / "p.jsonl")
    assert (found.confidence, found.refusal) == ({"/b": 0.5}, 0.75)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"id": "b"}, "field 'output': found none among id, expected a string"),
        ({}, "field 'id': found none among no field, expected a string"),
        ({"id": 7, "output": ""}, "field 'id': found int, expected a string"),
        ({"id": "b", "output": {"a": 1}}, "field 'output': found dict, expected a string"),
        ({"id": "b", "output": "", "stop": "length"}, "field 'stop': found 'length', expected one of eos, value, cap"),
        ({"id": "b", "output": "", "seconds": "fast"}, "field 'seconds': found 'fast', expected a number"),
        ({"id": "b", "output": "", "confidence": {"/a": 2}}, "field 'confidence': expected an object of probabilities"),
        ({"id": "b", "output": "", "refusal": 2}, "field 'refusal': found 2, expected a probability, from 0 to 1"),
        (["b"], "found list, expected a JSON object"),
        ('{"id": "b", "outp', "not valid JSON"),
        (r'{"id": "b", "output": "\ud800"}', "half of a surrogate pair"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, row: Any, told: str) -> None:
    path = write(tmp_path / "p.jsonl", {"id": "a", "output": "{}"}, "", row)
    with pytest.raises(DataError) as error:
        load_predictions(path)
    assert str(error.value).startswith(f"{path}:3: ")
    assert told in str(error.value)
