"""How good an intent classifier is: on utterances in scope, and at telling those that are out of scope.

A classifier gives each utterance a probability of every intent. The largest of them is its score: how sure it is that
the utterance is in scope, and that the intent is right.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paperlib.data.intents import OUT_OF_SCOPE
from paperlib.evaluation.calibration import BINS
from paperlib.evaluation.statistics.intervals import LEVEL, wilson

KEPT = 0.95  # accuracy in scope at which the recall of what is out of scope is read off
RESAMPLES = 500
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A score with its 95 % interval; of ``n`` utterances, ``k`` successes where it is a proportion."""

    value: float
    low: float
    high: float
    n: int
    k: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Answers:
    """What a classifier said to utterances of one test: the intent, its probability, and the label."""

    intents: tuple[str, ...]
    scores: Floats  # the probability of the intent, from 0 to 1
    labels: tuple[str, ...]

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which of the utterances are in scope."""
        return np.array([label != OUT_OF_SCOPE for label in self.labels], bool)

    @property
    def right(self) -> NDArray[np.bool_]:
        return np.array([a == b for a, b in zip(self.intents, self.labels, strict=True)], bool)


def intent_metrics(answers: Answers, seed: int = 0) -> dict[str, Estimate]:
    """All scores by name. Those of detection are there only if some utterances are out of scope, and some are not.

    - ``accuracy``: the share of utterances in scope whose intent is right, whatever its probability (Wilson).
    - ``macro_f1``: the mean F1 over intents of the same, which counts rare intents like common ones (bootstrap).
    - ``ece``: expected calibration error in scope (:mod:`paperlib.evaluation.calibration`; bootstrap).
    - ``oos_auroc``: the probability that an utterance in scope has a higher score than one that is out of scope.
    - ``oos_recall``: the share out of scope that falls below the highest threshold at which still 95 % of those in
      scope are answered right: an intent that is withheld counts as wrong. Where less than that are right without a
      threshold, none can be refused, and the recall is 0.
    """
    inside = answers.inside
    right, scores = answers.right[inside], answers.scores[inside]
    found = {"accuracy": proportion(int(right.sum()), int(inside.sum()))}
    names = {name: n for n, name in enumerate(sorted({*answers.labels, *answers.intents}))}
    labels, intents = (np.array([names[one] for one in of])[inside] for of in (answers.labels, answers.intents))
    found["macro_f1"] = _bootstrapped(lambda i: macro_f1(labels[i], intents[i]), [len(labels)], seed)
    found["ece"] = _bootstrapped(lambda i: calibration_error(scores[i], right[i]), [len(labels)], seed)
    if not inside.all():
        outside = answers.scores[~inside]
        sizes = [len(scores), len(outside)]
        found["oos_auroc"] = _bootstrapped(lambda i, j: auroc(scores[i], outside[j]), sizes, seed)
        found["oos_recall"] = _bootstrapped(lambda i, j: recall_at(scores[i], right[i], outside[j]), sizes, seed)
    return found


def proportion(k: int, n: int) -> Estimate:
    """``k`` of ``n``, with Wilson's interval."""
    return Estimate(k / n, *wilson(k, n), n, k)


def macro_f1(labels: NDArray[np.int_], intents: NDArray[np.int_]) -> float:
    """The mean F1 over the intents, given as numbers, that occur as a label."""
    most = int(max(labels.max(), intents.max())) + 1
    hits, wanted, given = (np.bincount(of, minlength=most) for of in (labels[labels == intents], labels, intents))
    there = wanted > 0
    return float((2 * hits[there] / (wanted + given)[there]).mean())


def calibration_error(scores: Floats, right: NDArray[np.bool_]) -> float:
    """ECE, as :func:`paperlib.evaluation.calibration.expected_calibration_error` of the same outcomes."""
    places = np.minimum((scores * BINS).astype(int), BINS - 1)
    return float(np.abs(np.bincount(places, weights=scores - right)).sum() / len(scores))


def auroc(inside: Floats, outside: Floats) -> float:
    """The Mann-Whitney statistic: ties count half."""
    ordered = np.sort(outside)
    below, up_to = np.searchsorted(ordered, inside, "left"), np.searchsorted(ordered, inside, "right")
    return float((below + up_to).mean() / 2 / len(outside))


def recall_at(inside: Floats, right: NDArray[np.bool_], outside: Floats, kept: float = KEPT) -> float:
    """The recall of utterances out of scope where ``kept`` of those in scope are still answered right."""
    return float((outside < threshold_at(inside, right, kept)).mean())


def threshold_at(inside: Floats, right: NDArray[np.bool_], kept: float = KEPT) -> float:
    """The highest score below which an intent may be withheld so that a share ``kept`` in scope is answered right; 0
    where there is none."""
    needed = int(np.ceil(kept * len(inside)))
    best = np.sort(inside[right])[::-1]
    return float(best[needed - 1]) if 0 < needed <= len(best) else 0.0


def _bootstrapped(score: Callable[..., float], sizes: Sequence[int], seed: int) -> Estimate:
    """A score of all utterances, and its percentile bootstrap interval: groups are resampled, each in itself."""
    rng = np.random.default_rng(seed)
    value = score(*(np.arange(size) for size in sizes))
    draws = [score(*(rng.integers(size, size=size) for size in sizes)) for _ in range(RESAMPLES)]
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high), sum(sizes))
