"""Intervals and tests. Every one is a library's; this module fixes which, and says why."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import binomtest, fisher_exact
from scipy.stats.contingency import relative_risk

LEVEL = 0.95  # of every interval in the study
Interval = tuple[float, float]


def wilson(k: int, n: int) -> Interval:
    """95 % score interval of a proportion of k successes in n examples, both ends in [0, 1].

    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22. Unlike the
    textbook k/n +- 1.96 standard errors it does not collapse to a point at 0/n, where half of this study's
    questions lie (Brown, Cai & DasGupta 2001). Raises ValueError unless 0 <= k <= n and n >= 1.
    """
    if not 0 <= k <= n or n < 1:
        raise ValueError(f"{k} successes in {n} examples; expected 0 <= k <= n and n >= 1")
    found = binomtest(k, n).proportion_ci(LEVEL, method="wilson")
    return float(found.low), float(found.high)


def bootstrap_mean(values: Sequence[float], seed: int = 0, resamples: int = 2000) -> Interval:
    """95 % percentile interval of the mean of ``values`` (one score an example), resampling examples.

    Efron (1979), "Bootstrap methods: another look at the jackknife", Annals of Statistics 7. A single value has no
    spread to resample: both ends are that value. Raises ValueError where there is none.
    """
    scores = np.asarray(values, dtype=float)
    if scores.size == 0:
        raise ValueError("no value to resample")
    draws = np.random.default_rng(seed).integers(scores.size, size=(resamples, scores.size))
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(scores[draws].mean(axis=1), [tail, 1 - tail])
    return float(low), float(high)


def fisher(k1: int, n1: int, k2: int, n2: int) -> float:
    """Two-sided p of Fisher's exact test that k1/n1 and k2/n2 come from one proportion.

    Fisher (1922), "On the interpretation of chi-squared from contingency tables", JRSS 85. Exact at counts as small as
    the complex tier's. It takes the groups as independent; for two models on the same examples McNemar's test
    is sharper, but needs the answers and not only their counts.
    """
    return float(fisher_exact([[k1, n1 - k1], [k2, n2 - k2]]).pvalue)


def least_different(k: int, n: int, alpha: float = 1 - LEVEL) -> int | None:
    """The smallest count above k, of n again, that Fisher's test tells from k/n at ``alpha``; None if there is none."""
    return next((other for other in range(k + 1, n + 1) if fisher(k, n, other, n) < alpha), None)


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
