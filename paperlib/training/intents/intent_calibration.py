"""What a classifier's probabilities are scaled by, and below which it answers nothing: chosen on the dev part.

Temperature scaling: Guo et al. (2017), https://arxiv.org/abs/1706.04599.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paperlib.data.intents import OUT_OF_SCOPE

TEMPERATURES = np.exp(np.linspace(np.log(0.05), np.log(20), 121))
WITHHELD = 0.02  # share of the right answers in scope that a threshold may cost
Floats = NDArray[np.float64]


def temperature(logits: ArrayLike, labels: Sequence[str], names: Sequence[str]) -> float:
    """The temperature of the highest likelihood of the labels that are among ``names``, on a grid from 0.05 to 20.

    ``logits`` are (texts, names)."""
    known = [n for n, label in enumerate(labels) if label in names]
    places = np.array([names.index(labels[n]) for n in known])
    rows = np.asarray(logits, float)[known]
    losses = [-_log_softmax(rows / t)[np.arange(len(rows)), places].mean() for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def probabilities(logits: ArrayLike, names: Sequence[str], at: float = 1.0) -> Floats:
    """(texts, intents in scope): probabilities at a temperature."""
    inside = [n for n, name in enumerate(names) if name != OUT_OF_SCOPE]
    found: Floats = np.exp(_log_softmax(np.asarray(logits, float) / at))[:, inside]
    return found


def threshold(in_scope: ArrayLike, labels: Sequence[str], names: Sequence[str]) -> float:
    """The probability under which an intent is withheld so that WITHHELD of the right answers are lost; 0 if none is
    right. ``in_scope`` are the probabilities of those of ``names`` that are in scope."""
    rows = np.asarray(in_scope, float)
    inside = [name for name in names if name != OUT_OF_SCOPE]
    right = [row.max() for row, label in zip(rows, labels, strict=True) if inside[int(row.argmax())] == label]
    return float(np.quantile(right, WITHHELD)) if right else 0.0


def _log_softmax(rows: Floats) -> Floats:
    shifted = rows - rows.max(1, keepdims=True)
    found: Floats = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return found
