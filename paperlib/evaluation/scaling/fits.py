"""Nats per leaf against size over the pre-trained family: the fitted line, its bootstrap intervals, and residuals."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paperlib.core.records import Record
from paperlib.evaluation.runs import PUBLISHED
from paperlib.evaluation.scaling import curves
from paperlib.evaluation.scaling.contrasts import Estimate, Group, group
from paperlib.evaluation.scaling.curves import Curve
from paperlib.evaluation.scaling.families import Member, members
from paperlib.evaluation.statistics.intervals import Floats

FEWEST = 3  # sizes that a line is fitted to
COUNTS: dict[str, Callable[[Member], int | None]] = {
    "all parameters": lambda one: one.parameters,
    "parameters without embeddings": lambda one: one.body,
}


@dataclass(frozen=True)
class Fit:
    """A line through the pre-trained, tuned sizes, with its resamples of schemas and seeds.

    ``means``: nats per leaf of each size in each resample; ``count`` names how parameters are counted.
    """

    count: str
    sizes: tuple[int, ...]
    groups: tuple[Group, ...]
    means: Floats

    @property
    def curve(self) -> Curve:
        return curves.fit(self.sizes, [one.mean for one in self.groups])

    @property
    def exponent(self) -> Estimate:
        """The slope of log nats against log parameters, with its percentile bootstrap interval."""
        weights = np.asarray(curves.weights(self.sizes))
        return Estimate(self.curve.slope, *curves.ends(np.log(self.means) @ weights))

    @property
    def error(self) -> float:
        """Root mean squared residual in logarithms."""
        squared = curves.squared_error(self.sizes, [one.mean for one in self.groups])
        return math.sqrt(squared / len(self.sizes))

    def band(self, sizes: Sequence[float]) -> list[tuple[float, float]]:
        """The central 95 % of the resampled lines at each size, in nats per leaf."""
        return [curves.ends(np.exp(self._lines(size))) for size in sizes]

    def residual(self, other: Group, size: float) -> Estimate:
        """``log(nats) - line`` of another group on the same examples, resampled with the same schemas."""
        both = curves.resampled([*self.groups, other])
        lines = np.log(both[:, :-1]) @ self._weights_at(size)
        value = math.log(other.mean) - math.log(self.curve.at(size))
        return Estimate(value, *curves.ends(np.log(both[:, -1]) - lines))

    def _lines(self, size: float) -> Floats:
        return np.asarray(np.log(self.means) @ self._weights_at(size))

    def _weights_at(self, size: float) -> Floats:
        """What the line at a size takes of the logarithm of each of its points."""
        away = math.log(size) - float(np.log(self.sizes).mean())
        return 1 / len(self.sizes) + away * np.asarray(curves.weights(self.sizes))


def fit(records: Mapping[str, Record], count: str = "all parameters", test_set: str = PUBLISHED) -> Fit | None:
    """The line through the pre-trained sizes that were tuned for this test set; None with fewer than FEWEST."""
    sizes, groups = [], []
    for one in members(records, test_set):
        found = group(one.runs, "nats_per_leaf") if (one.family, one.state) == ("pre-trained", "tuned") else None
        size = COUNTS[count](one)
        if found and size:
            sizes.append(size)
            groups.append(found)
    if len(sizes) < FEWEST:
        return None
    return Fit(count, tuple(sizes), tuple(groups), curves.resampled(groups))


def residuals(records: Mapping[str, Record], line: Fit, test_set: str = PUBLISHED) -> list[tuple[Member, Estimate]]:
    """How far each trained model lies from the line, in logarithms of nats per leaf."""
    found = []
    for one in members(records, test_set):
        size = COUNTS[line.count](one)
        other = group(one.runs, "nats_per_leaf") if one.state != "untuned" and size else None
        if other and size and other.ids == line.groups[0].ids:
            found.append((one, line.residual(other, size)))
    return found
