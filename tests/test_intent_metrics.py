"""Scores of intent classifiers, on cases small enough to be counted by hand."""

import numpy as np
import pytest

from paperlib.evaluation.calibration import LeafOutcome, expected_calibration_error
from paperlib.evaluation.intents.intent_errors import by_intent, confusions, most_confident_errors
from paperlib.evaluation.intents.intent_metrics import (
    Answers,
    auroc,
    calibration_error,
    intent_metrics,
    macro_f1,
    recall_at,
)

ANSWERS = Answers(
    ("a", "a", "b", "a", "b", "a"), np.array([0.9, 0.8, 0.7, 0.6, 0.2, 0.65]), ("a", "a", "b", "b", "oos", "oos")
)


def test_accuracy_is_of_what_is_in_scope() -> None:
    found = intent_metrics(ANSWERS)
    assert (found["accuracy"].k, found["accuracy"].n) == (3, 4)
    assert found["macro_f1"].value == pytest.approx((0.8 + 2 / 3) / 2)
    assert found["oos_auroc"].value == pytest.approx(7 / 8)
    assert all(found[key].low <= found[key].value <= found[key].high for key in ("accuracy", "oos_auroc"))


def test_without_anything_out_of_scope_there_is_no_detection() -> None:
    found = intent_metrics(Answers(("a", "b"), np.array([0.9, 0.9]), ("a", "b")))
    assert set(found) == {"accuracy", "macro_f1", "ece"}


def test_recall_is_read_off_where_enough_in_scope_is_still_right() -> None:
    inside, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, True, False])
    outside = np.array([0.65, 0.75, 0.1])
    assert recall_at(inside, right, outside, 0.75) == pytest.approx(2 / 3)  # below 0.7
    assert recall_at(inside, right, outside, 0.5) == 1.0
    assert recall_at(inside, right, outside, 0.95) == 0.0  # three of four are right at most


def test_auroc_counts_pairs() -> None:
    rng = np.random.default_rng(0)
    inside, outside = rng.integers(5, size=30) / 5.0, rng.integers(4, size=20) / 5.0
    pairs = [(a > b) + (a == b) / 2 for a in inside for b in outside]
    assert auroc(inside, outside) == pytest.approx(np.mean(pairs))


def test_calibration_error_is_that_of_the_study() -> None:
    rng = np.random.default_rng(1)
    scores = np.append(rng.random(50), [0.0, 1.0])
    right = rng.random(52) < scores
    leaves = [LeafOutcome(float(s), bool(r)) for s, r in zip(scores, right, strict=True)]
    assert calibration_error(scores, right) == pytest.approx(expected_calibration_error(leaves))


def test_a_rare_intent_counts_like_a_common_one() -> None:
    assert macro_f1(np.array([0] * 9 + [1]), np.array([0] * 10)) == pytest.approx((2 * 9 / 19) / 2)


def test_errors_are_listed() -> None:
    assert [(one.label, one.right, one.expected) for one in by_intent(ANSWERS)] == [("b", 1, 2), ("a", 2, 2)]
    assert confusions(ANSWERS, 5) == [("b", "a", 1)]
    assert [one.text for one in most_confident_errors(list("uvwxyz"), ANSWERS, 2)] == ["z", "x"]
