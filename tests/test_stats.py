import pytest

from paperlib.evaluation.statistics import bootstrap_mean, fisher, least_different, risk_ratio, wilson, wilson_mean

# low, high by Wilson's closed form with z = 1.959964
WILSON = [
    (0, 25, 0.0, 0.1332),
    (1, 25, 0.0071, 0.1954),
    (39, 158, 0.1862, 0.3196),
    (87, 158, 0.4728, 0.6260),
    (25, 25, 0.8668, 1),
]


@pytest.mark.parametrize(("k", "n", "low", "high"), WILSON)
def test_wilson_worked_examples(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k, n) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(("k", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_wilson_refuses_impossible_counts(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="successes in"):
        wilson(k, n)


def test_bootstrap_covers_the_mean_and_repeats() -> None:
    values = [0.0, 0.513, 1.0, 0.871, 0.25, 0.7, 0.333]
    low, high = bootstrap_mean(values)
    assert low < sum(values) / len(values) < high
    assert (low, high) == bootstrap_mean(values)
    assert (low, high) != bootstrap_mean(values, seed=1)


def test_bootstrap_narrows_with_examples() -> None:
    few, many = bootstrap_mean([0, 1] * 10), bootstrap_mean([0, 1] * 200)
    assert many[1] - many[0] < few[1] - few[0]


def test_bootstrap_of_one_value_is_that_value() -> None:
    assert bootstrap_mean([0.7]) == pytest.approx((0.7, 0.7))


def test_bootstrap_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no value"):
        bootstrap_mean([])


def test_announced_breakthrough_is_no_difference() -> None:
    assert fisher(0, 25, 1, 25) == pytest.approx(1.0)
    assert least_different(0, 25) == 6
    assert fisher(0, 25, 5, 25) == pytest.approx(0.0502, abs=1e-4)


def test_nothing_differs_from_certainty_upwards() -> None:
    assert least_different(25, 25) is None


def test_risk_ratio_of_the_announced_multiplier() -> None:
    ratio, (low, high) = risk_ratio(39, 158, 3, 158)
    assert ratio == pytest.approx(13.0)
    assert (low, high) == pytest.approx((4.10, 41.2), abs=0.05)


def test_risk_ratio_needs_successes() -> None:
    with pytest.raises(ValueError, match="above 0"):
        risk_ratio(5, 10, 0, 10)


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (3, 8), (0, 25), (126, 158)])
def test_wilson_of_a_mean_is_wilson_for_right_and_wrong(k: int, n: int) -> None:
    assert wilson_mean([1.0] * k + [0.0] * (n - k)) == pytest.approx(wilson(k, n))


def test_wilson_of_a_mean_has_a_width_for_a_single_value() -> None:
    low, high = wilson_mean([0.5])
    assert 0 < low < 0.5 < high < 1
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        wilson_mean([1.5])
