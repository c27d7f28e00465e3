"""Contrasts of groups of runs on the same examples: differences, log ratios, log odds ratios, slopes by size.

A group holds runs that differ in their seed alone. Its score of an example is the mean over its seeds, its score the
mean over examples. A contrast is a weighted sum of the groups' scores on a scale: as they are, as logarithms (so that
differences are log ratios), or as log odds.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy.stats import t

from paperlib.core.errors import PaperlibError
from paperlib.core.records import Record
from paperlib.evaluation.scaling.outcomes import Outcome, outcomes
from paperlib.evaluation.statistics.intervals import LEVEL, Floats, t_clustered, wilson_clustered, wilson_mean

Scale = Literal["difference", "log", "log odds"]
Measure = Callable[[Outcome], float | None]
MEASURES: dict[str, Measure] = {
    "exact": lambda one: float(one.exact),
    "leaf_f1": lambda one: one.leaf_f1,
    "field_f1": lambda one: one.field_f1,
    "nats_per_leaf": lambda one: one.nats_per_leaf,
}


class Estimate(NamedTuple):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def sign(self) -> int:
        """1 where the whole interval lies above 0, -1 where it lies below, else 0."""
        return int(self.low > 0) - int(self.high < 0)

    @property
    def factor(self) -> "Estimate":
        """The factor that a difference of logarithms stands for."""
        return Estimate(*map(math.exp, self))


@dataclass(frozen=True)
class Group:
    """Scores of runs that differ in their seed alone: an array (seeds, examples), with the examples' ids and schemas.

    ``parameters``: of the model.
    """

    values: Floats
    ids: tuple[str, ...]
    schemas: tuple[str, ...]
    parameters: int

    @property
    def means(self) -> Floats:
        """The mean over seeds of each example."""
        return np.asarray(self.values.mean(axis=0))

    @property
    def mean(self) -> float:
        return float(self.values.mean())

    @property
    def seed_variance(self) -> float:
        """Variance of the group's score as far as it comes from training seeds; 0 of one run, which shows none."""
        seeds = self.values.mean(axis=1)
        return float(seeds.var(ddof=1) / seeds.size) if seeds.size > 1 else 0.0


def group(runs: Sequence[Record], measure: str, tier: str | None = None) -> Group | None:
    """The scores of runs by a measure of MEASURES, on one tier or on all examples; None where one has no such scores.

    Raises PaperlibError where the runs were tested on different examples.
    """
    if len({run.data.test_hash for run in runs}) > 1:
        raise PaperlibError(f"{' and '.join(run.run for run in runs)} were tested on different examples")
    kept = [{k: v for k, v in outcomes(run).items() if tier in (None, v.tier)} for run in runs]
    if not kept or not kept[0] or any(one.keys() != kept[0].keys() for one in kept):
        return None
    ids = tuple(sorted(kept[0]))
    values = [[MEASURES[measure](one[id]) for id in ids] for one in kept]
    if any(value is None for row in values for value in row):
        return None
    schemas = tuple(kept[0][id].schema_id for id in ids)
    return Group(np.asarray(values, dtype=float), ids, schemas, runs[0].model.parameters)


def score(found: Group) -> Estimate:
    """The mean of scores in [0, 1] over seeds and examples, with the headline interval of the study, to which the
    variance between seeds is added.

    Examples of one schema are treated as independent, as receipts are: see :mod:`paperlib.evaluation.summary`.
    """
    clusters = found.schemas if len(set(found.schemas)) > 1 else found.ids
    if clusters is found.schemas or found.seed_variance:
        return Estimate(found.mean, *wilson_clustered(found.means, clusters, found.seed_variance))
    return Estimate(found.mean, *wilson_mean(found.means))


def contrast(terms: Sequence[tuple[float, Group]], scale: Scale = "difference") -> Estimate | None:
    """The sum of ``weight * f(mean)`` over groups, paired by example; None where f has no value (the log of 0).

    The delta method turns it into a mean over examples of ``weight * f'(mean) * score``, whose variance is clustered by
    schema (by example where there is one schema) with a t quantile, or that of independent examples if larger: a few
    schemas agreeing by chance make no interval narrower. The variance between training seeds is added, so that the
    interval speaks of other examples and of other seeds; where a group has a single seed, it has none to add.

    Raises PaperlibError where groups have different examples.
    """
    terms = _merged(terms)
    first = terms[0][1]
    if any(found.ids != first.ids for _, found in terms):
        raise PaperlibError("a contrast needs the same examples in every group")
    if any(not _defined(found.mean, scale) for _, found in terms):
        return None
    value = sum(weight * _transformed(found.mean, scale) for weight, found in terms)
    slopes = [weight * _slope(found.mean, scale) for weight, found in terms]
    influence = sum(
        (slope * found.means for slope, (_, found) in zip(slopes, terms, strict=True)), np.zeros(len(first.ids))
    )
    several = len(set(first.schemas)) > 1
    clusters = first.schemas if several else first.ids
    low, high = t_clustered(influence, clusters)
    quantile = float(t.isf((1 - LEVEL) / 2, len(set(clusters)) - 1))
    examples = quantile * float(influence.std(ddof=1)) / math.sqrt(influence.size)
    seeds = sum(slope**2 * found.seed_variance for slope, (_, found) in zip(slopes, terms, strict=True))
    half = math.hypot(max((high - low) / 2, examples), quantile * math.sqrt(seeds))
    return Estimate(value, value - half, value + half)


def difference(one: Group, other: Group) -> Estimate:
    """How much higher the first of two groups on the same examples scores."""
    found = contrast([(1, one), (-1, other)])
    assert found is not None  # a difference always has a value
    return found


def _merged(terms: Sequence[tuple[float, Group]]) -> list[tuple[float, Group]]:
    """One term a group, with the sum of its weights."""
    weights: dict[int, float] = {}
    groups = {id(found): found for _, found in terms}
    for weight, found in terms:
        weights[id(found)] = weights.get(id(found), 0.0) + weight
    return [(weights[key], found) for key, found in groups.items()]


def slope_weights(sizes: Sequence[float], per: float = 2) -> list[float]:
    """Weights that turn scores at these sizes into their least-squares slope for each time that the size grows by the
    factor ``per``: for each doubling, or, with e, against its natural logarithm."""
    steps = np.log(sizes) / math.log(per)
    centred = steps - steps.mean()
    return [float(weight) for weight in centred / (centred @ centred)]


def apart(one: Estimate, other: Estimate) -> Estimate:
    """``one - other`` of two estimates on independent examples."""
    value = one.value - other.value
    low = value - math.hypot(one.value - one.low, other.high - other.value)
    return Estimate(value, low, value + math.hypot(one.high - one.value, other.value - other.low))


def _defined(mean: float, scale: Scale) -> bool:
    return scale == "difference" or (mean > 0 and (scale == "log" or mean < 1))


def _transformed(mean: float, scale: Scale) -> float:
    if scale == "difference":
        return mean
    return math.log(mean) if scale == "log" else math.log(mean / (1 - mean))


def _slope(mean: float, scale: Scale) -> float:
    if scale == "difference":
        return 1.0
    return 1 / mean if scale == "log" else 1 / (mean * (1 - mean))
