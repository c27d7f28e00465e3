"""Intervals and tests. The mathematics is SciPy's wherever it has it; this module fixes which.

A cluster is a schema: the examples of one schema succeed and fail together, so they are not independent draws.
``paperlib.coverage`` measures how often each interval holds the truth, and names the headline interval.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest, fisher_exact, t
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio
from scipy.stats.contingency import relative_risk

LEVEL = 0.95  # of every interval in the study
Interval = tuple[float, float]
Floats = NDArray[np.float64]


class McNemar(NamedTuple):
    """Of the pairs that differ, how many only the first has right, how many only the second, and the exact p."""

    only_a: int
    only_b: int
    p: float


def wilson(k: int, n: int) -> Interval:
    """95 % score interval of a proportion of k successes in n examples, both ends in [0, 1].

    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22. Unlike the
    textbook k/n +- 1.96 standard errors it does not collapse to a point at 0/n, where half of this study's
    questions lie (Brown, Cai & DasGupta 2001). Raises ValueError unless 0 <= k <= n and n >= 1.
    """
    _check_count(k, n)
    found = binomtest(k, n).proportion_ci(LEVEL, method="wilson")
    return float(found.low), float(found.high)


def bootstrap_mean(values: ArrayLike, seed: int = 0, resamples: int = 2000) -> Interval:
    """95 % percentile interval of the mean of ``values`` (one score an example), resampling examples.

    Efron (1979), "Bootstrap methods: another look at the jackknife", Annals of Statistics 7. A single value has no
    spread to resample: both ends are that value. Raises ValueError where there is none.
    """
    scores = np.asarray(values, dtype=float)
    if scores.size == 0:
        raise ValueError("no value to resample")
    draws = np.random.default_rng(seed).integers(scores.size, size=(resamples, scores.size))
    return _percentiles(scores[draws].mean(axis=1))


def bootstrap_clustered(values: ArrayLike, clusters: ArrayLike, seed: int = 0, resamples: int = 2000) -> Interval:
    """95 % percentile interval of the mean of ``values``, resampling clusters whole.

    ``values`` and ``clusters`` (a schema id an example) have the same length. A resample draws as many clusters as
    there are, with replacement, and takes the mean over all their examples, so a large cluster weighs more: the
    cluster bootstrap of Field & Welsh (2007), "Bootstrapping clustered data", JRSS B 69. Too narrow with few clusters.
    Raises ValueError for fewer than two clusters, which leave nothing to resample between; use ``bootstrap_mean``.
    """
    sums, sizes = _by_cluster(values, clusters)
    draws = np.random.default_rng(seed).integers(sums.size, size=(resamples, sums.size))
    return _percentiles(sums[draws].sum(axis=1) / sizes[draws].sum(axis=1))


def t_clustered(values: ArrayLike, clusters: ArrayLike) -> Interval:
    """95 % t interval of the mean of ``values`` over clusters; it may reach outside [0, 1].

    The cluster-robust standard error of a mean (Liang & Zeger 1986, "Longitudinal data analysis using generalized
    linear models", Biometrika 73) with t quantiles of G - 1 degrees of freedom, G the number of clusters (Cameron,
    Gelbach & Miller 2008, Review of Economics and Statistics 90). With equal clusters it is Student's interval of
    their means. Also the interval of a mean of paired differences. Raises ValueError for fewer than two clusters.
    """
    mean, variance, degrees = _clustered_mean(values, clusters)
    half = _t_quantile(degrees) * float(np.sqrt(variance))
    return mean - half, mean + half


def wilson_clustered(values: ArrayLike, clusters: ArrayLike) -> Interval:
    """95 % score interval of the mean of ``values`` in [0, 1] (right or wrong, or Field F1), examples in clusters.

    Wilson's interval at the effective number of examples, mean (1 - mean) / variance, with the t quantile of G - 1
    degrees of freedom: the adjustment of Korn & Graubard (1998), Survey Methodology 24, in the Wilson form compared by
    Dean & Pagano (2015), Journal of Survey Statistics and Methodology 3. The variance is the cluster-robust one, or
    that of independent examples if larger: a few clusters agreeing by chance make no interval narrower. Where all
    values are equal no variance can be estimated and the number of examples is used. Both ends are in [0, 1]. Raises
    ValueError for a value outside [0, 1] and for fewer than two clusters.
    """
    scores = np.asarray(values, dtype=float)
    mean, between, degrees = _clustered_mean(scores, clusters)
    if not (scores.min() >= 0 and scores.max() <= 1):
        raise ValueError(f"values from {scores.min()} to {scores.max()}; expected all in [0, 1]")
    variance = max(between, float(scores.var()) / scores.size)
    n = mean * (1 - mean) / variance if np.ptp(scores) > 0 else scores.size
    q = _t_quantile(degrees) ** 2 / n
    centre, half = (mean + q / 2) / (1 + q), float(np.sqrt(q * mean * (1 - mean) + q**2 / 4)) / (1 + q)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def over_seeds(values: Sequence[float]) -> tuple[float, Interval]:
    """Mean of one score a training seed, and its 95 % t interval (Student 1908), n - 1 degrees of freedom.

    It tells how far retraining moves the score on these same test examples and nothing about other examples. It may
    reach outside [0, 1]. Raises ValueError for fewer than two seeds: one has no spread.
    """
    scores = np.asarray(values, dtype=float)
    if scores.size < 2:
        raise ValueError(f"{scores.size} seeds have no spread; expected at least 2")
    mean, half = float(scores.mean()), _t_quantile(scores.size - 1) * float(scores.std(ddof=1) / np.sqrt(scores.size))
    return mean, (mean - half, mean + half)


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
    _check_count(k1, n1)
    _check_count(k2, n2)
    if k1 + k2 in (0, n1 + n2):
        raise ValueError(f"{k1}/{n1} and {k2}/{n2} have no odds ratio; expected a success and a failure among them")
    found = scipy_odds_ratio([[k1, n1 - k1], [k2, n2 - k2]], kind="conditional")
    interval = found.confidence_interval(LEVEL)
    return float(found.statistic), (float(interval.low), float(interval.high))


def _check_count(k: int, n: int) -> None:
    if not 0 <= k <= n or n < 1:
        raise ValueError(f"{k} successes in {n} examples; expected 0 <= k <= n and n >= 1")


def _by_cluster(values: ArrayLike, clusters: ArrayLike) -> tuple[Floats, Floats]:
    """Sum and number of the values of each cluster, in the order of the clusters' names."""
    scores, names = np.asarray(values, dtype=float), np.asarray(clusters)
    if scores.shape != names.shape or scores.ndim != 1:
        raise ValueError(f"{scores.size} values and {names.size} clusters; expected one cluster a value")
    places = np.unique(names, return_inverse=True)[1]
    sizes: Floats = np.bincount(places).astype(np.float64)
    if sizes.size < 2:
        raise ValueError(f"{sizes.size} clusters have no spread between them; expected at least 2")
    return np.bincount(places, weights=scores).astype(np.float64), sizes


def _clustered_mean(values: ArrayLike, clusters: ArrayLike) -> tuple[float, float, int]:
    """Mean, its cluster-robust variance with the correction G / (G - 1), and G - 1."""
    sums, sizes = _by_cluster(values, clusters)
    mean = float(sums.sum() / sizes.sum())
    off = sums - mean * sizes
    return mean, float(sums.size / (sums.size - 1) * (off @ off) / sizes.sum() ** 2), sums.size - 1


@lru_cache
def _t_quantile(degrees: int) -> float:
    return float(t.isf((1 - LEVEL) / 2, degrees))


def _percentiles(means: Floats) -> Interval:
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)
