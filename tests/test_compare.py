"""Fresh against committed: near is within, far is outside, other data or another profile is no comparison."""

from pathlib import Path
from typing import Any

import pytest
from conftest import make_record, proportion

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import write_text
from paperlib.core.records import Metric, Record, load_record, save_record
from paperlib.evaluation.statistics import wilson
from paperlib.workflow import keep, reproducibility


def with_exact(record: Record, k: int, n: int = 158, **changed: Any) -> Record:
    """The record with another overall JSONExact."""
    rows = [row for row in record.metrics if (row.metric, row.group) != ("json_exact", "overall")]
    return record.model_copy(update={"metrics": (*rows, proportion("json_exact", "overall", "all", k, n)), **changed})


def verdict(fresh: Record | None, committed: Record | None) -> str:
    sides = [{record.run: record} if record else {} for record in (fresh, committed)]
    return next(row.verdict for row in reproducibility.rows(*sides, "laptop") if row.metric == "json_exact")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout that results are read from and copied to."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "RESULTS", tmp_path / "data" / "results")
    return tmp_path


@pytest.mark.parametrize(
    ("k", "expected"), [(114, "within"), (105, "within"), (123, "within"), (90, "OUTSIDE"), (140, "OUTSIDE")]
)
def test_tolerance_follows_the_committed_interval(k: int, expected: str) -> None:
    assert verdict(with_exact(make_record(), k), with_exact(make_record(), 114)) == expected


def test_the_tolerance_of_nought_is_that_of_a_proportion_whatever_interval_is_printed() -> None:
    zero = Metric(
        metric="field_f1", group="overall", name="all", value=0, n=150, k=None, low=0, high=0, interval="bootstrap"
    )
    assert reproducibility.tolerance(zero) == pytest.approx((0, 2**0.5 * wilson(0, 150)[1]))


def test_other_test_data_is_a_failure_and_another_profile_none() -> None:
    record = make_record()
    other = record.model_copy(update={"data": record.data.model_copy(update={"test_hash": "9" * 16})})
    assert verdict(other, record) == "OTHER TEST DATA"
    assert verdict(record.model_copy(update={"profile": "smoke"}), record) == "not comparable"
    assert verdict(None, record) == "not run here"
    assert verdict(record, None) == "nothing committed"


@pytest.mark.parametrize(
    ("k", "code", "close"), [(112, 0, "3 values compared, all within"), (20, 1, "Not reproduced: lora-135m.")]
)
def test_the_exit_code_says_whether_all_was_reproduced(
    checkout: Path, capsys: pytest.CaptureFixture[str], k: int, code: int, close: str
) -> None:
    save_record(paths.results("laptop") / "lora-135m", with_exact(make_record(), k))
    save_record(paths.RESULTS / "lora-135m", with_exact(make_record(), 114))
    assert reproducibility.main(["laptop"]) == code
    assert close in capsys.readouterr().out


def test_nothing_to_compare_is_one_sentence(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reproducibility.main(["laptop"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert reproducibility.main(["laptpo"]) == 2
    assert "did you mean laptop?" in capsys.readouterr().err


def test_first_results_have_nothing_to_be_held_against(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_record(paths.results("laptop") / "lora-135m", make_record())
    assert reproducibility.main(["laptop"]) == 0
    assert "No committed result to compare with." in capsys.readouterr().out


def test_results_are_kept_whole_and_third_party_text_is_not(checkout: Path) -> None:
    for run in ("lora-135m", "lora-135m-v3"):
        folder = paths.results("laptop") / run
        for name in ("predictions.jsonl", "scores.jsonl", "config.json", "checkpoint.bin"):
            write_text(folder / name, name)
        write_text(paths.model("laptop", run) / "train.json", "{}")
        save_record(folder, make_record(run))
    assert keep.keep("laptop") == ["lora-135m", "lora-135m-v3"]
    own = {"record.json", "predictions.jsonl", "scores.jsonl", "config.json", "train.json"}
    assert {path.name for path in (paths.RESULTS / "lora-135m").iterdir()} == own
    assert {path.name for path in (paths.RESULTS / "lora-135m-v3").iterdir()} == own - {"predictions.jsonl"}
    assert load_record(paths.RESULTS / "lora-135m") == make_record("lora-135m")


def test_what_chose_a_recipe_is_kept_apart_from_results(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "SCREENING", checkout / "data" / "screening")
    save_record(paths.results("screen") / "screen-lora", make_record("lora-135m-v3"))
    assert keep.keep("screen") == ["screen-lora"]
    assert (paths.SCREENING / "screen-lora" / "record.json").is_file()
    assert not (paths.RESULTS / "screen-lora").exists()


def test_keeping_nothing_is_one_sentence(checkout: Path) -> None:
    with pytest.raises(PaperlibError, match="holds no record; run `make reproduce"):
        keep.keep("laptop")
