"""The reproducibility check: which differences from committed results are chance, which are failures."""

from collections.abc import Sequence
from math import asin, sqrt
from pathlib import Path
from typing import Any

import pytest
from conftest import make_record, proportion

from paperlib.core import paths
from paperlib.core.records import Record, save_record
from paperlib.evaluation.statistics.intervals import wilson
from paperlib.workflow import reproducibility
from paperlib.workflow.reproducibility import Spread


def with_exact(record: Record, k: int, n: int = 158, **changed: Any) -> Record:
    """The record with another overall JSONExact."""
    rows = [row for row in record.metrics if (row.metric, row.group) != ("json_exact", "overall")]
    return record.model_copy(update={"metrics": (*rows, proportion("json_exact", "overall", "all", k, n)), **changed})


def verdict(fresh: Record | None, committed: Record | None, others: Sequence[Record] = ()) -> str:
    sides = [{record.run: record} if record else {} for record in (fresh, committed)]
    rows = reproducibility.rows(*sides, "laptop", others)
    return next(row.verdict for row in rows if row.metric == "json_exact")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "RESULTS", tmp_path / "data" / "results")
    monkeypatch.setattr(paths, "REPLICATES", tmp_path / "data" / "results" / "replicates.json")
    return tmp_path


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (114, "within"),
        (105, "within"),
        (123, "within"),
        (96, "unlikely"),
        (90, "OUTSIDE"),
        (140, "OUTSIDE"),
    ],
)
def test_without_replicates_the_bounds_follow_the_number_of_test_examples(k: int, expected: str) -> None:
    assert verdict(with_exact(make_record(), k), with_exact(make_record(), 114)) == expected


def test_a_committed_value_of_zero_has_a_bound_above_it() -> None:
    zero = proportion("json_exact", "overall", "all", 0, 150)
    assert reproducibility.allowed(zero, None, 0.95) == pytest.approx((0, 2**0.5 * wilson(0, 150)[1]))


@pytest.mark.parametrize(("k", "expected"), [(150, "within"), (149, "OUTSIDE"), (151, "OUTSIDE")])
def test_a_baseline_has_to_give_the_same_value(k: int, expected: str) -> None:
    assert verdict(with_exact(make_record("rules"), k), with_exact(make_record("rules"), 150)) == expected


def replicates(*counts: int, run: str = "nano-s", **changed: Any) -> list[Record]:
    """Reruns of one recipe that have so many answers right."""
    return [with_exact(make_record(run), k, seed=seed, **changed) for seed, k in enumerate(counts)]


def test_reruns_that_differ_by_more_than_test_examples_widen_the_bounds() -> None:
    committed, fresh = with_exact(make_record("nano-s"), 56), with_exact(make_record("nano-s"), 25)
    few, many = (20, 40, 60), (20, 30, 35, 40, 50, 56, 60, 62, 70)
    assert verdict(fresh, committed) == "OUTSIDE"
    assert verdict(fresh, committed, replicates(*few)) == "OUTSIDE", "too few reruns to go by"
    assert verdict(fresh, committed, replicates(*many)) == "within"
    assert verdict(with_exact(make_record("nano-s"), 150), committed, replicates(*many)) == "OUTSIDE"


def test_the_spread_is_pooled_within_recipes_of_one_method_on_one_test_set() -> None:
    alike = [*replicates(*[50, 60] * 3), *replicates(*[10, 15] * 3, run="nano-xs")]
    others = [
        *replicates(0, 158, run="lora-135m"),
        *replicates(0, 158, test_set="other"),
        *replicates(0, 158, split="dev"),
    ]
    found = reproducibility.spread(make_record("nano-m"), "json_exact", [*alike, *others])
    assert found is not None
    assert found.degrees == 5 + 5
    halves = [(asin(sqrt(high / 158)) - asin(sqrt(low / 158))) / 2 for low, high in ((50, 60), (10, 15))]
    assert found.sd == pytest.approx(sqrt(sum(6 * half**2 for half in halves) / 10))


def test_a_prediction_interval_widens_with_spread_and_level_and_stays_in_bounds() -> None:
    low, high = Spread(0.02, 10).range(0.3, 0.95)
    assert low < 0.3 < high
    reach = asin(sqrt(high)) - asin(sqrt(0.3))
    assert reach == pytest.approx(sqrt(2) * 2.228 * 0.02, rel=1e-3)  # Student's t at 97.5 %, 10 degrees
    assert reach == pytest.approx(asin(sqrt(0.3)) - asin(sqrt(low)))
    assert Spread(0.04, 10).range(0.3, 0.95)[0] < low
    assert Spread(0.02, 10).range(0.3, 0.99)[1] > high
    assert Spread(2.0, 10).range(0.3, 0.95) == pytest.approx((0, 1))


def test_other_test_data_is_a_failure_and_another_profile_none() -> None:
    record = make_record()
    other = record.model_copy(update={"data": record.data.model_copy(update={"test_hash": "9" * 16})})
    assert verdict(other, record) == "OTHER TEST DATA"
    assert verdict(record.model_copy(update={"profile": "smoke"}), record) == "not comparable"
    assert verdict(None, record) == "not run here"
    assert verdict(record, None) == "nothing committed"


@pytest.mark.parametrize(
    ("k", "code", "close"),
    [(112, 0, "3 values compared"), (96, 0, "1 beyond its 95 % bound"), (20, 1, "Not reproduced: lora-135m.")],
)
def test_the_exit_code_says_whether_results_were_reproduced(
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


def test_without_committed_results_nothing_fails(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_record(paths.results("laptop") / "lora-135m", make_record())
    assert reproducibility.main(["laptop"]) == 0
    assert "No committed result to compare with." in capsys.readouterr().out
