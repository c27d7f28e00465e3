"""Calibration of leaf probabilities: what is counted as right, how far off, and what may pass unseen."""

import pytest

from paperlib.data.leaf_alignment import right_leaves
from paperlib.evaluation.calibration import (
    LeafOutcome,
    bootstrap_ece,
    expected_calibration_error,
    outcomes,
    reliability,
    select,
)


def leaves(*pairs: tuple[float, bool]) -> list[LeafOutcome]:
    return [LeafOutcome(*pair) for pair in pairs]


def test_leaves_of_items_are_right_wherever_their_item_is_paired() -> None:
    answer = {"a": 1, "items": [{"x": "two"}, {"x": "one", "y": 3}], "b": 2, "none": []}
    expected = {"a": 1, "items": [{"x": "one", "y": 4}, {"x": "two"}], "none": []}
    assert set(right_leaves(answer, expected)) == {("a",), ("items", 0, "x"), ("items", 1, "x"), ("none",)}


def test_outcomes_are_of_leaves_that_have_a_probability() -> None:
    found = outcomes({"a": 1, "b": None, "c": "x"}, {"/a": 0.9, "/c": 0.4}, {"a": 1, "b": None, "c": "y"})
    assert found == leaves((0.9, True), (0.4, False))


def test_a_calibrated_model_has_no_error() -> None:
    even = leaves(*[(0.75, n < 3) for n in range(4)], *[(0.25, n < 1) for n in range(4)])
    assert expected_calibration_error(even) == pytest.approx(0)
    assert [(one.confidence, one.accuracy, one.n) for one in reliability(even)] == [(0.25, 0.25, 4), (0.75, 0.75, 4)]


def test_the_error_is_the_weighted_distance_of_confidence_and_accuracy() -> None:
    assert expected_calibration_error(leaves((1.0, False), (1.0, True), (0.05, False))) == pytest.approx(
        (2 * 0.5 + 0.05) / 3
    )


def test_as_many_leaves_pass_as_are_right_often_enough() -> None:
    found = select(leaves((0.9, True), (0.8, False), (0.7, True), (0.7, True), (0.1, False)), 0.75, least=4)
    assert found is not None
    assert (found.threshold, found.coverage, found.right, found.n) == (0.7, 0.8, 3, 4)


def test_leaves_of_equal_probability_pass_together() -> None:
    assert select(leaves((0.9, True), (0.9, False)), 0.9, least=1) is None


def test_few_leaves_say_nothing() -> None:
    assert select(leaves(*[(0.9, True)] * 29), 0.9) is None
    assert select(leaves(*[(0.9, True)] * 30), 0.9) is not None


def test_no_leaf_none_passes() -> None:
    assert select([], 0.9) is None
    with pytest.raises(ValueError, match="no leaf"):
        expected_calibration_error([])


def test_the_error_of_examples_has_an_interval_that_grows_with_their_likeness() -> None:
    mixed = [leaves((0.9, n % 10 != 0)) for n in range(100)]
    alike = [leaves(*[(0.9, n != 0)] * 10) for n in range(10)]
    value, (low, high) = bootstrap_ece(mixed)
    assert value == pytest.approx(0)
    assert low <= 0.02
    assert high < 0.12
    same, (_, higher) = bootstrap_ece(alike)
    assert same == pytest.approx(value)
    assert higher > high
