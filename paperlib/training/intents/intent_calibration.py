"""What a classifier's probabilities are scaled by, and below which it answers nothing: chosen on the dev part.

Temperature scaling: Guo et al. (2017), https://arxiv.org/abs/1706.04599. A dev part may be small, and all of it
recognised; what is chosen on it must be of use all the same.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paperlib.data.intents import OUT_OF_SCOPE

TEMPERATURES = np.exp(np.linspace(np.log(0.05), np.log(20), 121))
WITHHELD = 0.02  # share of the right answers in scope that a threshold may cost
Floats = NDArray[np.float64]


def temperature(logits: ArrayLike, labels: Sequence[str], names: Sequence[str]) -> float:
    """The temperature of the highest likelihood of the labels that are among ``names``, on a grid from 0.05 to 20.

    ``logits`` are (texts, names). Of ``n`` labels each counts as (n + 1) / (n + 2), and the rest is spread over all
    names, as Platt (1999), "Probabilistic outputs for support vector machines", does it: a classifier that recognises
    ten of ten utterances is not certain of everything.
    """
    known = [n for n, label in enumerate(labels) if label in names]
    places = np.array([names.index(labels[n]) for n in known])
    rows = np.asarray(logits, float)[known]
    believed = (len(rows) + 1) / (len(rows) + 2)

    def loss(at: float) -> float:
        found = _log_softmax(rows / at)
        said = found[np.arange(len(rows)), places]
        return -float((believed * said + (1 - believed) * found.mean(1)).mean())

    return float(min(TEMPERATURES, key=loss))


def probabilities(logits: ArrayLike, names: Sequence[str], at: float = 1.0) -> Floats:
    """(texts, intents in scope): probabilities at a temperature."""
    inside = [n for n, name in enumerate(names) if name != OUT_OF_SCOPE]
    found: Floats = np.exp(_log_softmax(np.asarray(logits, float) / at))[:, inside]
    return found


def threshold(in_scope: ArrayLike, labels: Sequence[str], names: Sequence[str]) -> float:
    """The probability under which an intent is withheld: of new right answers WITHHELD are lost by it in the mean, or
    one in n + 1 where only n right ones are known and that is more. In thousandths, rounded down; 0 if none is right.

    ``in_scope`` are the probabilities of those of ``names`` that are in scope. An order statistic, as in Vovk et al.
    (2005), "Algorithmic learning in a random world": a new value is below the k-th of n with probability k / (n + 1).
    """
    rows = np.asarray(in_scope, float)
    inside = [name for name in names if name != OUT_OF_SCOPE]
    right = [row.max() for row, label in zip(rows, labels, strict=True) if inside[int(row.argmax())] == label]
    place = max(1, int(WITHHELD * (len(right) + 1)))
    return math.floor(1000 * sorted(right)[place - 1]) / 1000 if right else 0.0


def _log_softmax(rows: Floats) -> Floats:
    shifted = rows - rows.max(1, keepdims=True)
    found: Floats = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return found
