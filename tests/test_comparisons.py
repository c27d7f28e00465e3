import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.evaluation.statistics.comparisons import (
    fisher,
    holm,
    mcnemar,
    mcnemar_counts,
    odds_ratio,
    risk_difference,
    risk_ratio,
    smallest_significant_count,
)

# k1, n1, k2, n2, low, high: table II of Newcombe (1998), method 10
NEWCOMBE = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (10, 10, 0, 10, 0.6075, 1.0),
]


def test_mcnemar_counts_the_pairs_that_differ() -> None:
    a = [True, True, True, False, False, True]
    b = [True, False, False, True, False, False]
    assert mcnemar(a, b) == (3, 1, pytest.approx(10 / 16))  # P(<= 1 or >= 3 of 4) = (1 + 4 + 4 + 1) / 16
    assert mcnemar(b, a) == (1, 3, pytest.approx(10 / 16))


@pytest.mark.parametrize(("only_a", "only_b", "p"), [(0, 0, 1), (0, 5, 1 / 16), (0, 6, 1 / 32), (3, 10, 0.0922851562)])
def test_mcnemar_from_counts(only_a: int, only_b: int, p: float) -> None:
    assert mcnemar_counts(only_a, only_b) == pytest.approx(p)


def test_mcnemar_needs_pairs() -> None:
    with pytest.raises(ValueError, match="pairs"):
        mcnemar([True], [True, False])


def test_holm_worked_example() -> None:
    # sorted .005 .01 .03 .04 times 4 3 2 1: .02 .03 .06 .04, and no later one below an earlier: the last is .06
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1, 1]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_lies_between_no_correction_and_bonferroni(p_values: list[float]) -> None:
    for p, adjusted in zip(p_values, holm(p_values), strict=True):
        assert p <= adjusted <= min(1, p * len(p_values))


@pytest.mark.parametrize("wrong", [-0.1, 1.1, math.nan])
def test_holm_refuses_what_is_no_p_value(wrong: float) -> None:
    with pytest.raises(ValueError, match="p values"):
        holm([0.5, wrong])


@pytest.mark.parametrize(("k1", "n1", "k2", "n2", "low", "high"), NEWCOMBE)
def test_difference_of_proportions(k1: int, n1: int, k2: int, n2: int, low: float, high: float) -> None:
    difference, interval = risk_difference(k1, n1, k2, n2)
    assert difference == pytest.approx(k1 / n1 - k2 / n2)
    assert interval == pytest.approx((low, high), abs=1e-4)


def test_announced_breakthrough_as_difference_and_odds_ratio() -> None:
    _, (low, high) = risk_difference(1, 25, 0, 25)
    assert low < 0 < high
    ratio, (low, high) = odds_ratio(1, 25, 0, 25)
    assert ratio == math.inf
    assert (low, high) == pytest.approx((1 / 39, math.inf))  # with one success: the odds at which 1/(1 + x) is 0.975


def test_odds_ratio_near_the_sample_odds_ratio() -> None:
    ratio, (low, high) = odds_ratio(39, 158, 3, 158)
    sample = 39 * 155 / (119 * 3)
    assert 1 < ratio < sample
    assert ratio == pytest.approx(sample, rel=0.02)
    assert low < ratio < high
    assert low > 1
    assert risk_ratio(39, 158, 3, 158)[0] < ratio  # odds exaggerate


def test_groups_exchanged() -> None:
    for k1, k2 in product((1, 5, 24), repeat=2):
        ratio, interval = odds_ratio(k1, 25, k2, 25)
        back, turned = odds_ratio(k2, 25, k1, 25)
        assert (1 / back, 1 / turned[1], 1 / turned[0]) == pytest.approx((ratio, *interval), rel=1e-4)
        difference, interval = risk_difference(k1, 25, k2, 25)
        back, turned = risk_difference(k2, 25, k1, 25)
        assert (-back, -turned[1], -turned[0]) == pytest.approx((difference, *interval))


def test_odds_interval_excludes_one_where_fisher_tells_them_apart() -> None:
    for k in range(1, 26):
        _, (low, _) = odds_ratio(k, 25, 0, 25)
        assert (low > 1) == (fisher(k, 25, 0, 25) < 0.05)


@pytest.mark.parametrize("k", [0, 25])
def test_no_odds_ratio_where_nothing_differs(k: int) -> None:
    with pytest.raises(ValueError, match="no odds ratio"):
        odds_ratio(k, 25, k, 25)


@pytest.mark.parametrize("function", [odds_ratio, risk_difference])
def test_impossible_counts_are_refused(function) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="successes in"):
        function(3, 2, 1, 2)


def test_mcnemar_takes_arrays() -> None:
    a, b = np.array([True, False, True]), np.array([False, False, True])
    assert mcnemar(a.tolist(), b.tolist()) == mcnemar(a, b) == (1, 0, 1)  # type: ignore[arg-type]


def test_announced_breakthrough_is_no_difference() -> None:
    assert fisher(0, 25, 1, 25) == pytest.approx(1.0)
    assert smallest_significant_count(0, 25) == 6
    assert fisher(0, 25, 5, 25) == pytest.approx(0.0502, abs=1e-4)


def test_nothing_differs_from_certainty_upwards() -> None:
    assert smallest_significant_count(25, 25) is None


def test_risk_ratio_of_the_announced_multiplier() -> None:
    ratio, (low, high) = risk_ratio(39, 158, 3, 158)
    assert ratio == pytest.approx(13.0)
    assert (low, high) == pytest.approx((4.10, 41.2), abs=0.05)


def test_risk_ratio_needs_successes() -> None:
    with pytest.raises(ValueError, match="above 0"):
        risk_ratio(5, 10, 0, 10)
