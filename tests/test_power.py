from math import comb

import pytest

from paperlib.core.records import Record
from paperlib.evaluation.statistics.comparisons import fisher, mcnemar_counts, smallest_significant_count
from paperlib.evaluation.statistics.intervals import wilson
from paperlib.evaluation.statistics.power import (
    LOST,
    RATES,
    detectable,
    minimum_detectable_difference,
    minimum_detectable_paired_difference,
)

SIZES = (158, 76, 37, 25, 20)  # the published test split and its tiers


def chance(k: int, n: int, p: float) -> float:
    return comb(n, k) * p**k * (1 - p) ** (n - k)


def test_from_zero_the_power_is_a_binomial_tail() -> None:
    d = minimum_detectable_difference(25, 0.0)
    assert d is not None
    least = smallest_significant_count(0, 25)
    assert least == 6
    assert sum(chance(k, 25, d) for k in range(least, 26)) == pytest.approx(0.8, abs=1e-6)


def test_power_is_reached_by_fishers_test_itself() -> None:
    n, p = 12, 0.3
    d = minimum_detectable_difference(n, p)
    assert d is not None
    outcomes = [(i, j) for i in range(n + 1) for j in range(i + 1, n + 1) if fisher(i, n, j, n) < 0.05]
    assert sum(chance(i, n, p) * chance(j, n, p + d) for i, j in outcomes) == pytest.approx(0.8, abs=1e-6)


def test_power_is_reached_by_mcnemars_test_itself() -> None:
    n, lost = 15, 0.05
    d = minimum_detectable_paired_difference(n, lost)
    assert d is not None
    power = 0.0
    for pairs in range(n + 1):
        for wins in range(pairs // 2 + 1, pairs + 1):
            if mcnemar_counts(pairs - wins, wins) < 0.05:
                power += chance(pairs, n, d + 2 * lost) * chance(wins, pairs, (d + lost) / (d + 2 * lost))
    assert power == pytest.approx(0.8, abs=1e-6)


def test_nothing_lost_needs_six_wins() -> None:
    # McNemar's test rejects six wins to none (p = 1/32) and not five (1/16): so does Fisher's of 6/25 against 0/25.
    assert minimum_detectable_paired_difference(25) == pytest.approx(minimum_detectable_difference(25, 0.0), abs=1e-9)
    assert minimum_detectable_paired_difference(5) is None


def test_more_examples_find_less() -> None:
    for found in (
        [minimum_detectable_difference(n, 0.25) for n in SIZES],
        [minimum_detectable_paired_difference(n, 0.05) for n in SIZES],
    ):
        assert None not in found
        assert found == sorted(found)  # type: ignore[type-var]


def test_more_power_needs_more_difference() -> None:
    usual, strict = minimum_detectable_difference(76, 0.5), minimum_detectable_difference(76, 0.5, alpha=0.01)
    sure = minimum_detectable_difference(76, 0.5, power=0.9)
    assert usual is not None
    assert strict is not None
    assert sure is not None
    assert usual < sure
    assert usual < strict


def test_no_room_above() -> None:
    assert minimum_detectable_difference(20, 0.9) is None
    assert minimum_detectable_difference(20, 1.0) is None


def test_impossible_questions_are_refused() -> None:
    for n, p, power in [(0, 0.5, 0.8), (20, 1.5, 0.8), (20, 0.5, 1.0), (20, 0.5, 0.01)]:
        with pytest.raises(ValueError, match="expected"):
            minimum_detectable_difference(n, p, power)
    with pytest.raises(ValueError, match="lost"):
        minimum_detectable_paired_difference(20, 0.6)


def test_every_test_split_has_a_row_and_its_tiers(records: dict[str, Record]) -> None:
    rows = detectable(records)
    own, published = "EdgeJSON (this package)", "EdgeJSON v3 (published), held-out split"
    assert [(row.dataset, row.group, row.n) for row in rows] == [
        *((own, group, n) for group, n in [("all", 158), ("simple", 76), ("medium", 52), ("complex", 30)]),
        *((published, *part) for part in [("all", 126), ("simple", 60), ("medium", 30), ("complex", 20), ("none", 16)]),
    ]
    low, high = wilson(38, 76)
    assert rows[1].half_width == (high - low) / 2
    assert rows[1].independent == tuple(minimum_detectable_difference(76, rate) for rate in RATES)
    assert rows[1].paired == tuple(minimum_detectable_paired_difference(76, lost) for lost in LOST)
    assert rows[-1].independent[RATES.index(0.8)] is None


def test_a_tier_that_no_run_has_has_no_row(records: dict[str, Record]) -> None:
    record = records["lora-135m"]
    bare = record.model_copy(update={"metrics": tuple(row for row in record.metrics if row.group == "overall")})
    assert [(row.group, row.n) for row in detectable({"lora-135m": bare})] == [("all", 158)]
    assert detectable({}) == []
