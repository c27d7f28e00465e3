"""Fresh results are kept whole, where they belong, and without third-party text."""

from pathlib import Path

import pytest
from conftest import make_record

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import write_json, write_text
from paperlib.core.records import load_record, save_record
from paperlib.evaluation.runs import HEADLINE
from paperlib.workflow import keep


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "RESULTS", tmp_path / "data" / "results")
    monkeypatch.setattr(paths, "SCREENING", tmp_path / "data" / "screening")
    monkeypatch.setattr(paths, "REPLICATES", tmp_path / "data" / "results" / "replicates.json")
    return tmp_path


def test_results_are_kept_whole_and_third_party_text_is_not(checkout: Path) -> None:
    for run in ("lora-135m", "lora-135m-v3"):
        folder = paths.results("laptop") / run
        for name in ("predictions.jsonl", "scores.jsonl", "checkpoint.bin"):
            write_text(folder / name, name)
        write_text(paths.model("laptop", run) / "train.json", "{}")
        save_record(folder, make_record(run))
    assert keep.keep("laptop") == ["lora-135m", "lora-135m-v3"]
    own = {"record.json", "predictions.jsonl", "scores.jsonl", "train.json"}
    assert {path.name for path in (paths.RESULTS / "lora-135m").iterdir()} == own
    assert {path.name for path in (paths.RESULTS / "lora-135m-v3").iterdir()} == own - {"predictions.jsonl"}
    assert load_record(paths.RESULTS / "lora-135m") == make_record("lora-135m")


def test_runs_on_the_dev_split_are_kept_apart_from_results(checkout: Path) -> None:
    save_record(paths.results("screen") / "screen-lora", make_record("lora-135m-v3"))
    assert keep.keep("screen") == ["screen-lora"]
    assert (paths.SCREENING / "screen-lora" / "record.json").is_file()
    assert not (paths.RESULTS / "screen-lora").exists()


def test_fresh_records_belong_to_the_group_in_which_they_are_kept() -> None:
    assert keep.kept_in("laptop", ["lora-135m"]) == paths.RESULTS
    assert keep.kept_in("documents", ["reader-135m"]) == paths.BENCHMARK
    assert keep.kept_in("ladder", ["135m-untuned"]) == paths.SCALING
    assert keep.kept_in("decoding", ["decoding"]) == keep.kept_in("screen", ["screen-lora"]) == paths.SCREENING


def test_replicates_are_kept_in_one_file_in_place_of_older_ones(checkout: Path) -> None:
    other = make_record("nano-xs", profile="replicates-bf16")
    write_json(paths.REPLICATES, [other.model_dump(mode="json")])
    for run in ("nano-s", "nano-m"):
        save_record(paths.results("replicates-fp32") / run, make_record(run, profile="replicates-fp32"))
    for _ in range(2):
        assert keep.keep("replicates-fp32") == ["nano-m", "nano-s"]
        found = [(record.profile, record.run) for record in keep.load_replicates()]
        assert found == [("replicates-bf16", "nano-xs"), ("replicates-fp32", "nano-m"), ("replicates-fp32", "nano-s")]
    kept = keep.load_replicates()[-1]
    assert [row.metric for row in kept.metrics] == list(HEADLINE)
    assert kept.metric("json_exact") == make_record("nano-s").metric("json_exact")
    assert not (paths.RESULTS / "nano-s").exists()


def test_keeping_nothing_is_one_sentence(checkout: Path) -> None:
    with pytest.raises(PaperlibError, match="holds no record; run `make reproduce"):
        keep.keep("laptop")


def test_results_of_the_tests_are_not_kept(checkout: Path) -> None:
    with pytest.raises(PaperlibError, match="profile 'smoke' tests the pipeline"):
        keep.keep("smoke")
