"""Tests and effect sizes for two models. The mathematics is SciPy's wherever it has it; this module fixes which."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest, fisher_exact
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio
from scipy.stats.contingency import relative_risk

from paperlib.evaluation.statistics.intervals import LEVEL, Interval, check_count, wilson


class McNemar(NamedTuple):
    """Discordant pairs, right for the first model only and for the second only, and the exact two-sided p."""

    only_a: int
    only_b: int
    p: float


def fisher(k1: int, n1: int, k2: int, n2: int) -> float:
    """Two-sided p of Fisher's exact test that k1/n1 and k2/n2 come from one proportion.

    Fisher (1922), "On the interpretation of chi-squared from contingency tables", JRSS 85. Exact at counts as small as
    the complex tier's. It takes the groups as independent; for two models on the same examples ``mcnemar`` has more
    power, but needs the answers and not only their counts.
    """
    return float(fisher_exact([[k1, n1 - k1], [k2, n2 - k2]]).pvalue)


def smallest_significant_count(k: int, n: int, alpha: float = 1 - LEVEL) -> int | None:
    """The smallest count above k, of n again, that ``fisher`` tells from k/n at level ``alpha``; None without one."""
    return next((other for other in range(k + 1, n + 1) if fisher(k, n, other, n) < alpha), None)


def mcnemar(a: Sequence[bool], b: Sequence[bool]) -> McNemar:
    """Exact test that two models are right equally often on the same examples, given in the same order.

    McNemar (1947), "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12, in its exact binomial form. It takes the examples as independent; ``t_clustered`` of the
    differences does not. Raises ValueError where the lengths differ.
    """
    if len(a) != len(b):
        raise ValueError(f"{len(a)} and {len(b)} answers; expected pairs")
    only_a = sum(bool(x) and not y for x, y in zip(a, b, strict=True))
    only_b = sum(bool(y) and not x for x, y in zip(a, b, strict=True))
    return McNemar(only_a, only_b, mcnemar_counts(only_a, only_b))


def mcnemar_counts(only_a: int, only_b: int) -> float:
    """Two-sided p of McNemar's exact test from the discordant counts; 1 where no pair is discordant."""
    return float(binomtest(only_a, only_a + only_b).pvalue) if only_a + only_b else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """P values adjusted for multiple testing, in the order given; each may be compared with alpha itself.

    Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6. It
    keeps the chance of any false finding below alpha however the tests depend on each other. Raises ValueError for a
    value outside [0, 1].
    """
    p = np.asarray(p_values, dtype=float)
    if not bool(np.all((p >= 0) & (p <= 1))):
        raise ValueError(f"p values {list(p_values)}; expected all in [0, 1]")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1)), 1)
    return [float(value) for value in adjusted]


def risk_ratio(k1: int, n1: int, k2: int, n2: int) -> tuple[float, Interval]:
    """Risk ratio (k1/n1) / (k2/n2), above 0, with its 95 % log interval, the groups taken as independent.

    Katz, Baptista, Azen & Pike (1978), "Obtaining confidence intervals for the risk ratio in cohort studies",
    Biometrics 34. Raises ValueError unless k1 and k2 are above 0.
    """
    if min(k1, k2) < 1:
        raise ValueError(f"a ratio of {k1} to {k2} successes has no interval; expected both above 0")
    ratio = relative_risk(k1, n1, k2, n2)
    interval = ratio.confidence_interval(LEVEL)
    return float(ratio.relative_risk), (float(interval.low), float(interval.high))


def risk_difference(k1: int, n1: int, k2: int, n2: int) -> tuple[float, Interval]:
    """Difference k1/n1 - k2/n2 in [-1, 1], with its 95 % hybrid score interval, groups independent; valid at 0/n too.

    Method 10 of Newcombe (1998), "Interval estimation for the difference between independent proportions: comparison
    of eleven methods", Statistics in Medicine 17. Raises ValueError unless 0 <= k <= n and n >= 1 in both groups.
    """
    (low1, high1), (low2, high2) = wilson(k1, n1), wilson(k2, n2)
    p1, p2 = k1 / n1, k2 / n2
    below, above = np.hypot(p1 - low1, high2 - p2), np.hypot(high1 - p1, p2 - low2)
    return p1 - p2, (float(p1 - p2 - below), float(p1 - p2 + above))


def odds_ratio(k1: int, n1: int, k2: int, n2: int) -> tuple[float, Interval]:
    """Odds of success in the first group over those in the second, from 0 to inf, with the exact 95 % interval.

    The conditional maximum likelihood estimate, a little nearer 1 than the ratio of the sample odds, and its exact
    interval (Cornfield 1956, "A statistical problem arising from retrospective studies", Third Berkeley Symposium) on
    the distribution that Fisher's test uses; the groups are independent. Beside an empty cell the estimate and one end
    are 0 or inf, the other end is still informative. Raises ValueError for impossible counts, and where all succeed or
    all fail in both groups.
    """
    check_count(k1, n1)
    check_count(k2, n2)
    if k1 + k2 in (0, n1 + n2):
        raise ValueError(f"{k1}/{n1} and {k2}/{n2} have no odds ratio; expected a success and a failure among them")
    ratio = scipy_odds_ratio([[k1, n1 - k1], [k2, n2 - k2]], kind="conditional")
    interval = ratio.confidence_interval(LEVEL)
    return float(ratio.statistic), (float(interval.low), float(interval.high))
