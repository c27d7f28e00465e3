import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperlib.evaluation.statistics.intervals import (
    bootstrap_clustered,
    bootstrap_mean,
    bootstrap_ratio,
    t_clustered,
    t_clustered_ratio,
    t_over_seeds,
    wilson,
    wilson_clustered,
    wilson_mean,
)

FIVE = list("abcde") * 5
examples = st.lists(st.tuples(st.booleans(), st.sampled_from("abcd")), min_size=2, max_size=40).filter(
    lambda rows: len({cluster for _, cluster in rows}) > 1
)


def width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


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


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (3, 8), (0, 25), (126, 158)])
def test_wilson_of_a_mean_is_wilson_for_right_and_wrong(k: int, n: int) -> None:
    assert wilson_mean([1.0] * k + [0.0] * (n - k)) == pytest.approx(wilson(k, n))


def test_wilson_of_a_mean_has_a_width_for_a_single_value() -> None:
    low, high = wilson_mean([0.5])
    assert 0 < low < 0.5 < high < 1
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        wilson_mean([1.5])


def test_two_opposite_clusters_say_nothing() -> None:
    values, clusters = [0] * 50 + [1] * 50, ["a"] * 50 + ["b"] * 50
    assert bootstrap_clustered(values, clusters) == (0, 1)
    assert bootstrap_mean(values) == pytest.approx((0.4, 0.6), abs=0.03)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20))
@settings(max_examples=20)
def test_clusters_of_one_are_the_plain_bootstrap(values: list[float]) -> None:
    clustered = bootstrap_clustered(values, range(len(values)), seed=3, resamples=200)
    assert clustered == pytest.approx(bootstrap_mean(values, seed=3, resamples=200))


def test_large_cluster_weighs_more() -> None:
    # Three clusters of nine ones, one of a single zero. A resample holds it four times with chance 0.4 %, three times
    # with 4.7 %: the lower end is the latter's mean 9/12, which clusters of equal weight would have at 1/4.
    values, clusters = [1] * 27 + [0], [*("aaaaaaaaa" + "bbbbbbbbb" + "ccccccccc" + "d")]
    assert bootstrap_clustered(values, clusters) == (0.75, 1)


def test_order_of_examples_does_not_matter() -> None:
    values, clusters = [1, 0, 0.5, 1, 0, 1], list("abcabc")
    turned = values[::-1], clusters[::-1]
    for interval in (bootstrap_clustered, t_clustered, wilson_clustered):
        assert interval(*turned) == pytest.approx(interval(values, clusters))


def test_t_of_equal_clusters_is_students_interval_of_their_means() -> None:
    # means 0.5, 1, 0: mean 0.5, standard error 0.5 / sqrt(3), t with 2 degrees 4.302653
    half = 4.302653 * 0.5 / math.sqrt(3)
    found = t_clustered([1, 0, 1, 1, 0, 0], list("aabbcc"))
    assert found == pytest.approx((0.5 - half, 0.5 + half), abs=1e-6)


def test_t_of_unequal_clusters() -> None:
    # By the sandwich estimator of another library, corrected by G / (G - 1) and with 2 degrees of freedom.
    found = t_clustered([1, 0, 1, 1, 0, 0.5, 1], [0, 0, 1, 1, 1, 2, 2])
    assert found == pytest.approx((0.368673, 0.917041), abs=1e-6)


def test_wilson_clustered_at_the_effective_number() -> None:
    # Two clusters of 10 all right, two all wrong: variance 4/3 * 4 * 5^2 / 40^2 = 1/12, so 0.25 / (1/12) = 3 examples;
    # t with 3 degrees is 3.182446.
    clusters = [c for c in "abcd" for _ in range(10)]
    found = wilson_clustered([1] * 20 + [0] * 20, clusters)
    assert found == pytest.approx((0.0608, 0.9392), abs=1e-4)


def test_wilson_clustered_where_all_fail() -> None:
    # t with 4 degrees is 2.776445; t^2 / (25 + t^2)
    assert wilson_clustered([0] * 25, FIVE) == pytest.approx((0, 7.708647 / 32.708647), abs=1e-6)
    assert bootstrap_clustered([0] * 25, FIVE) == (0, 0)


@given(examples)
@settings(max_examples=50)
def test_wilson_clustered_is_never_narrower_than_wilson(rows: list[tuple[bool, str]]) -> None:
    values, clusters = [right for right, _ in rows], [cluster for _, cluster in rows]
    low, high = wilson_clustered(values, clusters)
    assert 0 <= low <= np.mean(values) + 1e-12
    assert np.mean(values) - 1e-12 <= high <= 1
    assert width((low, high)) >= width(wilson(sum(values), len(values)))


def test_wilson_clustered_refuses_what_is_no_share() -> None:
    for wrong in (-0.1, 1.1, math.nan):
        with pytest.raises(ValueError, match="expected all in"):
            wilson_clustered([0, wrong], ["a", "b"])


@pytest.mark.parametrize("interval", [bootstrap_clustered, t_clustered, wilson_clustered])
@pytest.mark.parametrize(("values", "clusters"), [([1, 0], ["a", "a"]), ([], []), ([1, 0], ["a"])])
def test_one_cluster_none_or_a_mismatch_is_an_error(interval, values, clusters) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="expected"):
        interval(values, clusters)


def test_over_seeds_worked_example() -> None:
    # standard deviation 0.02, t with 2 degrees 4.302653: half width 4.302653 * 0.02 / sqrt(3)
    mean, interval = t_over_seeds([0.70, 0.72, 0.74])
    assert mean == pytest.approx(0.72)
    assert interval == pytest.approx((0.72 - 0.049683, 0.72 + 0.049683), abs=1e-6)


def test_one_seed_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        t_over_seeds([0.7])


def test_a_ratio_of_sums_has_an_interval_over_clusters() -> None:
    right, given, schemas = [1, 2, 0, 1, 2, 2, 1, 0], [2, 2, 2, 2, 2, 2, 2, 2], list("aabbccdd")
    by_hand = t_clustered([one / 2 for one in right], schemas)  # with equal denominators a mean
    assert t_clustered_ratio(right, given, schemas) == pytest.approx((max(by_hand[0], 0), min(by_hand[1], 1)))
    low, high = t_clustered_ratio([9, 0, 1, 0], [10, 1, 10, 1], list("aabb"))
    assert (low, high) == (0.0, 1.0)  # two schemas that differ say nothing
    with pytest.raises(ValueError, match="not all of them 0"):
        t_clustered_ratio([0, 0], [0, 0], ["a", "b"])


def test_a_ratio_of_sums_has_an_interval_over_examples() -> None:
    right, given = [2, 0, 2, 2] * 10, [2, 1, 3, 2] * 10
    low, high = bootstrap_ratio(right, given)
    assert low < sum(right) / sum(given) < high
    assert bootstrap_ratio([1, 1], [0, 0]) == (0.0, 0.0)
    with pytest.raises(ValueError, match="expected as many"):
        bootstrap_ratio([1], [1, 2])
