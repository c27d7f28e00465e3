"""What a dev part chooses: a temperature that never means certainty, and a threshold that costs what it says."""

import numpy as np
import pytest

from paperlib.training.intents.intent_calibration import WITHHELD, probabilities, temperature, threshold

NAMES = ("a", "b", "c")


def drawn(n: int, scale: float, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """Logits ``scale`` times those that the labels are drawn from."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, 3)) * 2
    labels = [NAMES[rng.choice(3, p=row)] for row in probabilities(logits, NAMES)]
    return scale * logits, labels


@pytest.mark.parametrize("scale", [0.5, 1.0, 4.0])
def test_the_temperature_undoes_a_scale(scale: float) -> None:
    assert temperature(*drawn(4000, scale), NAMES) == pytest.approx(scale, rel=0.1)


def test_a_few_right_answers_do_not_make_it_certain() -> None:
    logits, labels = 5 * np.eye(3)[[0, 1, 2, 0, 1, 2, 0, 1]], list("abcabcab")
    at = temperature(logits, labels, NAMES)
    assert probabilities(logits, NAMES, at).max() == pytest.approx(1 - 2 / 3 / 10, abs=0.01)  # (n + 1) / (n + 2)


def test_the_threshold_withholds_the_share_that_it_promises() -> None:
    rng = np.random.default_rng(1)
    for n in (20, 200, 1000):
        lost = []
        for _ in range(200):
            known, new = (rng.uniform(0.4, 1, size=size) for size in (n, 200))
            at = threshold(np.stack([known, (1 - known) / 2, (1 - known) / 2], 1), ["a"] * n, NAMES)
            lost.append((new < at).mean())
        assert np.mean(lost) == pytest.approx(max(WITHHELD, 1 / (n + 1)), abs=0.01)


def test_without_a_right_answer_nothing_is_withheld() -> None:
    assert threshold(np.array([[0.9, 0.1, 0.0]]), ["b"], NAMES) == 0.0


def test_the_threshold_lets_its_own_utterance_pass_and_is_short() -> None:
    rows = np.array([[0.61239, 0.2, 0.18761], [0.9, 0.05, 0.05]])
    assert threshold(rows, ["a", "a"], NAMES) == 0.612
