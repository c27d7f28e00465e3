"""Tests and effect sizes of two models. The mathematics is SciPy's wherever it has it; this module fixes which."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest, fisher_exact
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio
from scipy.stats.contingency import relative_risk

from paperlib.evaluation.statistics.intervals import LEVEL, Interval, bootstrap_clustered, check_count, wilson


class McNemar(NamedTuple):
    """Of the pairs that differ, how many only the first has right, how many only the second, and the exact p."""

    only_a: int
    only_b: int
    p: float


def fisher(k1: int, n1: int, k2: int, n2: int) -> float:
    """Two-sided p of Fisher's exact test that k1/n1 and k2/n2 come from one proportion.

    Fisher (1922), "On the interpretation of chi-squared from contingency tables", JRSS 85. Exact at counts as small as
    the complex tier's. It takes the groups as independent; for two models on the same examples ``mcnemar``
    is sharper, but needs the answers and not only their counts.
    """
    return float(fisher_exact([[k1, n1 - k1], [k2, n2 - k2]]).pvalue)


def least_different(k: int, n: int, alpha: float = 1 - LEVEL) -> int | None:
    """The smallest count above k, of n again, that Fisher's test tells from k/n at ``alpha``; None if there is none."""
    return next((other for other in range(k + 1, n + 1) if fisher(k, n, other, n) < alpha), None)


def mcnemar(a: Sequence[bool], b: Sequence[bool]) -> McNemar:
    """Exact test that two models are right equally often on the same examples, in the same order.

    McNemar (1947), "Note on the sampling error of the difference between correlated proportions", Psychometrika 12, in
    its exact binomial form. It takes the examples as independent; ``paired_difference`` does not. Raises ValueError
    where the lengths differ.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} and {len(b)} answers; expected pairs")
    only_a = sum(bool(x) and not y for x, y in zip(a, b, strict=True))
    only_b = sum(bool(y) and not x for x, y in zip(a, b, strict=True))
    return McNemar(only_a, only_b, mcnemar_counts(only_a, only_b))


def mcnemar_counts(only_a: int, only_b: int) -> float:
    """Two-sided p of ``mcnemar`` from the discordant counts; 1 where no pair differs."""
    return float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0


def paired_difference(
    a: ArrayLike, b: ArrayLike, clusters: ArrayLike, seed: int = 0, resamples: int = 2000
) -> tuple[float, Interval]:
    """Mean of a - b over the same examples with its ``bootstrap_clustered`` 95 % interval, pairs kept together.

    Too narrow with few clusters, where ``t_clustered`` of the differences is the better interval.
    Raises ValueError where the lengths differ or there are fewer than two clusters.
    """
    first, second = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if first.shape != second.shape:
        raise ValueError(f"{first.size} and {second.size} values; expected pairs")
    gains = first - second
    interval = bootstrap_clustered(gains, clusters, seed, resamples)
    return float(gains.mean()), interval


def holm(p_values: Sequence[float]) -> list[float]:
    """P values adjusted for being tested together, in the order given; each may be held against alpha itself.

    Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6. Holds
    the chance of any false finding at alpha whatever the tests' dependence. Raises ValueError outside [0, 1].
    """
    p = np.asarray(p_values, dtype=float)
    if not bool(np.all((p >= 0) & (p <= 1))):
        raise ValueError(f"p values {list(p_values)}; expected all in [0, 1]")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)), 1)
    return [float(value) for value in adjusted]


def risk_ratio(k1: int, n1: int, k2: int, n2: int) -> tuple[float, Interval]:
    """(k1/n1) / (k2/n2) with its 95 % log interval, the groups taken as independent. Needs k1 and k2 above 0.

    Katz, Baptista, Azen & Pike (1978), "Obtaining confidence intervals for the risk ratio in cohort studies",
    Biometrics 34.
    """
    if min(k1, k2) < 1:
        raise ValueError(f"a ratio of {k1} to {k2} successes has no interval; expected both above 0")
    found = relative_risk(k1, n1, k2, n2)
    interval = found.confidence_interval(LEVEL)
    return float(found.relative_risk), (float(interval.low), float(interval.high))


def risk_difference(k1: int, n1: int, k2: int, n2: int) -> tuple[float, Interval]:
    """k1/n1 - k2/n2 with its 95 % hybrid score interval, the groups taken as independent. Holds at 0/n too.

    Method 10 of Newcombe (1998), "Interval estimation for the difference between independent proportions: comparison
    of eleven methods", Statistics in Medicine 17. Raises ValueError unless 0 <= k <= n and n >= 1 in both groups.
    """
    (low1, high1), (low2, high2) = wilson(k1, n1), wilson(k2, n2)
    p1, p2 = k1 / n1, k2 / n2
    below, above = np.hypot(p1 - low1, high2 - p2), np.hypot(high1 - p1, p2 - low2)
    return p1 - p2, (float(p1 - p2 - below), float(p1 - p2 + above))


def odds_ratio(k1: int, n1: int, k2: int, n2: int) -> tuple[float, Interval]:
    """Odds of success in the first group over those in the second, with the exact 95 % interval; independent groups.

    The conditional maximum likelihood estimate, a little nearer 1 than the ratio of the sample odds, and its exact
    interval (Cornfield 1956, "A statistical problem arising from retrospective studies", Third Berkeley Symposium) on
    the distribution that Fisher's test uses. Beside an empty cell the estimate and one end are 0 or inf, the other end
    is still informative. Raises ValueError for impossible counts, and where all succeed or all fail in both groups.
    """
    check_count(k1, n1)
    check_count(k2, n2)
    if k1 + k2 in (0, n1 + n2):
        raise ValueError(f"{k1}/{n1} and {k2}/{n2} have no odds ratio; expected a success and a failure among them")
    found = scipy_odds_ratio([[k1, n1 - k1], [k2, n2 - k2]], kind="conditional")
    interval = found.confidence_interval(LEVEL)
    return float(found.statistic), (float(interval.low), float(interval.high))
