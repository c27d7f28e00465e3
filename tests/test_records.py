"""Records: they are read as written; one that does not follow its type, or is in an old format, is named."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import make_record

from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.files import read_jsonl, write_json
from paperlib.core.records import load_blind, load_record, load_records, save_record


def changed(folder: Path, change: Any) -> Path:
    """The folder of a record whose JSON was changed."""
    save_record(folder, make_record())
    row = json.loads((folder / "record.json").read_text())
    change(row)
    (folder / "record.json").write_text(json.dumps(row))
    return folder


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    save_record(tmp_path / "a", make_record())
    assert load_record(tmp_path / "a") == make_record()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda row: row.pop("base"), "field base"),
        (lambda row: row.update(seed="one"), "field seed.*'one'"),
        (lambda row: row["model"].update(method="qlora"), "field model.method"),
        (lambda row: row["metrics"][0].update(metric="exact"), "field metrics.0.metric"),
        (lambda row: row.update(laebl="x"), "laebl.*did you mean label"),
    ],
)
def test_a_field_that_is_missing_or_wrong_is_named(tmp_path: Path, change: Any, expected: str) -> None:
    with pytest.raises(DataError, match=rf"record\.json: .*{expected}") as error:
        load_record(changed(tmp_path, change))
    assert "\n" not in str(error.value)


def test_a_record_in_the_old_format_is_one_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    def old(row: dict[str, Any]) -> None:
        for name in ("base", "recipe", "train_set", "trained_by", "test_set", "split", "decoding"):
            row.pop(name)
        row["data"] |= {"dataset": "edgejson", "split": "test"}

    with pytest.raises(DataError, match=r"record\.json: .*old.*repeat the run$"):
        load_record(changed(tmp_path, old))


def test_of_two_folders_with_a_run_the_first_one_wins(tmp_path: Path) -> None:
    save_record(tmp_path / "fresh" / "a", make_record("a", seed=1))
    for run in ("a", "b"):
        save_record(tmp_path / "committed" / run, make_record(run))
    (tmp_path / "committed" / "unfinished").mkdir()
    found = load_records(tmp_path / "fresh", tmp_path / "committed", tmp_path / "none")
    assert {run: record.seed for run, record in found.items()} == {"a": 1, "b": 0}


def test_blind_scores_are_whole_and_hold_outcomes_only() -> None:
    blind = load_blind()
    assert {record.split for record in blind} == {"test"}
    for record in blind:
        files = {path.name for path in (paths.BLIND / record.run).iterdir()}
        assert files == {"record.json", "scores.jsonl"}
        scores = [row for _, row in read_jsonl(paths.BLIND / record.run / "scores.jsonl")]
        assert len(scores) == record.n_test == record.metric("json_exact").n
        assert sum(row["json_exact"] for row in scores) == record.metric("json_exact").k
        assert not {"text", "answer", "output", "expected"} & {key for row in scores for key in row}


def test_a_blind_record_of_another_form_is_refused_by_file_and_field(tmp_path: Path) -> None:
    value = load_blind()[0].model_dump(mode="json")
    write_json(tmp_path / "blind-x" / "record.json", value | {"n_test": "many"})
    with pytest.raises(DataError, match=r"blind-x.record\.json.*n_test"):
        load_blind(tmp_path)
