"""Calibration: whether a model is right as often as it says, and what may pass unseen.

A leaf of an answer has a probability under the model (``Extraction.confidence``). Where that tells right leaves from
wrong ones, those above a threshold need no second look (selective prediction: El-Yaniv & Wiener 2010,
https://jmlr.org/papers/v11/el-yaniv10a.html).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paperlib.data.leaf_alignment import right_leaves
from paperlib.data.leaves import json_pointer
from paperlib.evaluation.statistics.intervals import LEVEL, Interval, wilson

BINS = 10  # of equal width, on the probabilities from 0 to 1
RESAMPLES = 500
FEWEST = 30  # leaves of which a share of nearly all says something


@dataclass(frozen=True)
class LeafOutcome:
    """A leaf that a model wrote: how probable it held it, from 0 to 1, and whether it was right."""

    confidence: float
    right: bool


@dataclass(frozen=True)
class Bin:
    """The leaves whose confidence lies in one bin: the mean of it, the share that is right, and their number."""

    confidence: float
    accuracy: float
    n: int

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the accuracy (Wilson)."""
        return wilson(round(self.accuracy * self.n), self.n)


@dataclass(frozen=True)
class Selection:
    """The leaves of at least ``threshold`` confidence: their share of all, and of how many how many are right."""

    threshold: float
    coverage: float
    right: int
    n: int


def outcomes(answer: Any, confidence: Mapping[str, float], expected: Any) -> list[LeafOutcome]:
    """The outcomes of one answer's leaves that have a confidence, which is given by JSON pointer.

    Items of arrays are paired with those expected as well as can be; a leaf that nothing is paired with is wrong.
    """
    right = {json_pointer(*path) for path in right_leaves(answer, expected)}
    return [LeafOutcome(how_sure, pointer in right) for pointer, how_sure in confidence.items()]


def reliability(leaves: Sequence[LeafOutcome]) -> list[Bin]:
    """The bins of a reliability diagram that hold leaves, in order (Guo et al. 2017, https://arxiv.org/abs/1706.04599).

    A calibrated model's accuracy is its confidence in each of them.
    """
    confidence, right = _columns(leaves)
    places = _places(confidence)
    return [
        Bin(float(confidence[inside].mean()), float(right[inside].mean()), int(inside.sum()))
        for place in range(BINS)
        if (inside := places == place).any()
    ]


def expected_calibration_error(leaves: Sequence[LeafOutcome]) -> float:
    """ECE: the mean distance between confidence and accuracy over the bins, weighted by their leaves, from 0 to 1.

    Naeini et al. (2015), "Obtaining well calibrated probabilities using Bayesian binning", AAAI. Raises ValueError
    where there is no leaf.
    """
    if not leaves:
        raise ValueError("no leaf to be calibrated")
    return sum(one.n * abs(one.confidence - one.accuracy) for one in reliability(leaves)) / len(leaves)


def bootstrap_ece(examples: Sequence[Sequence[LeafOutcome]]) -> tuple[float, Interval]:
    """ECE of the leaves of all examples, and its 95 % percentile bootstrap interval, resampling whole examples: the
    leaves of one text are right and wrong together. Raises ValueError where there is no leaf."""
    value = expected_calibration_error([leaf for example in examples for leaf in example])
    sums = np.stack([_bin_sums(example) for example in examples])
    draws = np.random.default_rng(0).integers(len(examples), size=(RESAMPLES, len(examples)))
    confident, right, n = np.moveaxis(sums[draws].sum(axis=1), 1, 0)
    errors = np.abs(confident - right).sum(axis=1) / n.sum(axis=1)
    low, high = np.quantile(errors, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return value, (float(low), float(high))


def _bin_sums(leaves: Sequence[LeafOutcome]) -> NDArray[np.float64]:
    """Sums of confidences, right leaves and leaves (3, BINS), by bin."""
    confidence, right = _columns(leaves)
    places = _places(confidence)
    weights = (confidence, right.astype(float), np.ones_like(confidence))
    return np.stack([np.bincount(places, weights=one, minlength=BINS) for one in weights])


def _places(confidence: NDArray[np.float64]) -> NDArray[np.intp]:
    """The bin of each confidence."""
    return np.minimum((confidence * BINS).astype(np.intp), BINS - 1)


def select(leaves: Sequence[LeafOutcome], precision: float, least: int = FEWEST) -> Selection | None:
    """The largest part of the leaves, by confidence, of which a share of at least ``precision`` is right: what may pass
    unseen. Leaves of equal confidence stay together. None where no part of ``least`` leaves or more is as right."""
    if not leaves:
        return None
    confidence = np.sort(_columns(leaves)[0])[::-1]
    last = np.append(confidence[1:] < confidence[:-1], True)  # of those of equal confidence
    shares = precisions(leaves)
    good = np.flatnonzero(last & (shares >= precision))
    if not good.size or good[-1] + 1 < least:
        return None
    n = int(good[-1]) + 1
    return Selection(float(confidence[n - 1]), n / len(leaves), round(shares[n - 1] * n), n)


def precisions(leaves: Sequence[LeafOutcome]) -> NDArray[np.float64]:
    """The share that is right of the n leaves of the highest confidence, for n from 1 to all: 1 minus the risk of a
    risk-coverage curve."""
    confidence, right = _columns(leaves)
    found = np.cumsum(right[np.argsort(-confidence, kind="stable")])
    return np.asarray(found / np.arange(1, len(leaves) + 1), float)


def _columns(leaves: Sequence[LeafOutcome]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return np.array([one.confidence for one in leaves], float), np.array([one.right for one in leaves], bool)
