"""Nats per leaf against size: a straight line in logarithms, and how far other models lie from it.

The form is that of Kaplan et al. (2020), "Scaling laws for neural language models", without a constant. They count
parameters without embeddings, Hoffmann et al. (2022), "Training compute-optimal large language models", with them;
where 170M of 268M parameters are embeddings, the two disagree, so both are fitted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paperlib.evaluation.scaling.contrasts import Estimate, Group, contrast, slope_weights
from paperlib.evaluation.statistics.intervals import LEVEL, Floats

RESAMPLES = 2000


@dataclass(frozen=True)
class Curve:
    """``log(nats) = intercept + slope * log(parameters)`` by least squares over the sizes' means."""

    intercept: float
    slope: float

    def at(self, parameters: float) -> float:
        """Nats per leaf at a size."""
        return math.exp(self.intercept + self.slope * math.log(parameters))


def fit(sizes: Sequence[float], nats: Sequence[float]) -> Curve:
    """The line through at least two sizes. Raises ValueError for fewer."""
    if len(set(sizes)) < 2:
        raise ValueError(f"{len(set(sizes))} sizes give no line; expected at least 2")
    slope, intercept = np.polyfit(np.log(sizes), np.log(nats), 1)
    return Curve(float(intercept), float(slope))


def slope(groups: Sequence[Group], sizes: Sequence[float]) -> Estimate | None:
    """The slope of the line, with the interval of :func:`paperlib.evaluation.scaling.contrasts.contrast`."""
    return contrast(list(zip(weights(sizes), groups, strict=True)), "log")


def mean_residual(
    groups: Sequence[Group], sizes: Sequence[float], others: Sequence[Group], other_sizes: Sequence[float]
) -> Estimate | None:
    """The mean of ``log(nats) - line`` over other groups, tested on the same examples: 0 where they lie on the line
    through ``groups``, log(1.5) where they need half as many nats again."""
    away = float(np.mean(np.log(other_sizes)) - np.mean(np.log(sizes)))
    terms = [(1 / len(others), one) for one in others]
    terms += [(-(1 / len(groups) + weight * away), one) for weight, one in zip(weights(sizes), groups, strict=True)]
    return contrast(terms, "log")


def squared_error(sizes: Sequence[float], nats: Sequence[float]) -> float:
    """Sum of squared residuals of the line, in logarithms."""
    line = fit(sizes, nats)
    return sum((math.log(one) - math.log(line.at(size))) ** 2 for size, one in zip(sizes, nats, strict=True))


def resampled(groups: Sequence[Group]) -> Floats:
    """Means of groups in resamples of schemas and, in each group, of seeds: an array (RESAMPLES, groups).

    All groups have the same examples, and get the same schemas in a resample. Efron (1979); clusters as in Field &
    Welsh (2007), "Bootstrapping clustered data", JRSS B 69. A group with one seed has no spread of seeds to resample.
    """
    rng = np.random.default_rng(0)
    schemas = np.unique(groups[0].schemas, return_inverse=True)[1]
    sizes = np.bincount(schemas).astype(float)
    drawn = rng.multinomial(sizes.size, np.full(sizes.size, 1 / sizes.size), size=RESAMPLES)
    means = np.empty((RESAMPLES, len(groups)))
    for place, one in enumerate(groups):
        sums = np.stack([np.bincount(schemas, weights=row) for row in one.values])
        seeds = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=RESAMPLES) / len(sums)
        means[:, place] = ((drawn @ sums.T) * seeds).sum(axis=1) / (drawn @ sizes)
    return means


def ends(values: Floats) -> tuple[float, float]:
    """The central 95 % of resampled values."""
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def weights(sizes: Sequence[float]) -> list[float]:
    """Weights that turn logarithms at these sizes into their least-squares slope against the logarithm of the size."""
    return slope_weights(sizes, math.e)
