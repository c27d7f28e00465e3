"""Confidence intervals of a mean. The mathematics is SciPy's wherever it has it; this module fixes which.

A cluster is a schema: the examples of one schema succeed and fail together, so they are not independent draws.
:mod:`paperlib.evaluation.statistics.coverage` measures how often each interval holds the truth, and names the headline
interval.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest, norm, t

LEVEL = 0.95  # of every interval in the study
Interval = tuple[float, float]
Floats = NDArray[np.float64]


def wilson(k: int, n: int) -> Interval:
    """95 % score interval of a proportion of k successes in n independent examples, both ends in [0, 1].

    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22. Unlike the
    textbook k/n +- 1.96 standard errors it does not collapse to a point at 0/n, where half of this study's
    questions lie (Brown, Cai & DasGupta 2001, "Interval estimation for a binomial proportion", Statistical Science 16).

    Raises ValueError unless 0 <= k <= n and n >= 1.
    """
    check_count(k, n)
    interval = binomtest(k, n).proportion_ci(LEVEL, method="wilson")
    return float(interval.low), float(interval.high)


def wilson_mean(values: ArrayLike) -> Interval:
    """95 % score interval of the mean of ``values`` in [0, 1], examples independent; of 0s and 1s it is ``wilson``.

    No variable in [0, 1] varies more than a 0/1 variable of the same mean, so it errs on the side of width; and it has
    a width where all values are equal, or where there is only one.

    Raises ValueError for a value outside [0, 1].
    """
    scores = np.asarray(values, dtype=float)
    _check_unit(scores)
    return _score_interval(float(scores.mean()), float(norm.isf((1 - LEVEL) / 2)) ** 2 / scores.size)


def bootstrap_mean(values: ArrayLike, seed: int = 0, resamples: int = 2000) -> Interval:
    """95 % percentile bootstrap interval of the mean of ``values`` (one score an example), resampling examples.

    Efron (1979), "Bootstrap methods: another look at the jackknife", Annals of Statistics 7. A single value has no
    spread to resample: both ends are that value.

    Raises ValueError where there is no value.
    """
    scores = np.asarray(values, dtype=float)
    if scores.size == 0:
        raise ValueError("no value to resample")
    draws = np.random.default_rng(seed).integers(scores.size, size=(resamples, scores.size))
    return _percentiles(scores[draws].mean(axis=1))


def bootstrap_ratio(numerators: ArrayLike, denominators: ArrayLike, seed: int = 0, resamples: int = 2000) -> Interval:
    """95 % percentile bootstrap interval of sum(numerators) / sum(denominators), resampling examples: of a micro F1.

    Both hold one value an example. A resample whose denominators are all zero counts as 0. Raises ValueError for values
    that are not as many, or none.
    """
    above, below = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    if above.shape != below.shape or above.size == 0:
        raise ValueError(f"{above.size} numerators and {below.size} denominators; expected as many, and one at least")
    draws = np.random.default_rng(seed).integers(above.size, size=(resamples, above.size))
    sums = below[draws].sum(axis=1)
    return _percentiles(np.divide(above[draws].sum(axis=1), sums, out=np.zeros_like(sums), where=sums > 0))


def t_clustered_ratio(numerators: ArrayLike, denominators: ArrayLike, clusters: ArrayLike) -> Interval:
    """95 % t interval of sum(numerators) / sum(denominators) of examples in clusters, cut to [0, 1]: of a micro F1.

    The linearised ratio's cluster-robust standard error with t quantiles of G - 1 degrees of freedom (Cochran 1977,
    Sampling Techniques, 3rd ed., section 6.4; G is the number of clusters). All three hold one value an example.
    Raises ValueError for fewer than two clusters, for values that are not as many, and where no denominator counts.
    """
    above, below = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    if above.shape != below.shape or below.sum() <= 0:
        raise ValueError(f"{above.size} numerators and {below.size} denominators; expected as many, not all of them 0")
    ratio = above.sum() / below.sum()
    low, high = t_clustered(ratio + (above - ratio * below) / below.mean(), clusters)
    return max(low, 0.0), min(high, 1.0)


def bootstrap_clustered(values: ArrayLike, clusters: ArrayLike, seed: int = 0, resamples: int = 2000) -> Interval:
    """95 % percentile bootstrap interval of the mean of ``values``, resampling whole clusters.

    ``values`` and ``clusters`` (a schema id an example) have the same length. A resample draws as many clusters as
    there are, with replacement, and takes the mean over all their examples, so a large cluster weighs more: the
    cluster bootstrap of Field & Welsh (2007), "Bootstrapping clustered data", JRSS B 69. Too narrow with few clusters.

    Raises ValueError for fewer than two clusters, which leave nothing to resample between; use ``bootstrap_mean``.
    """
    sums, sizes = _by_cluster(values, clusters)
    draws = np.random.default_rng(seed).integers(sums.size, size=(resamples, sums.size))
    return _percentiles(sums[draws].sum(axis=1) / sizes[draws].sum(axis=1))


def t_clustered(values: ArrayLike, clusters: ArrayLike) -> Interval:
    """95 % t interval of the mean of ``values``, examples in clusters; it may reach outside [0, 1].

    The cluster-robust standard error of a mean (Liang & Zeger 1986, "Longitudinal data analysis using generalized
    linear models", Biometrika 73) with t quantiles of G - 1 degrees of freedom, G the number of clusters (Cameron,
    Gelbach & Miller 2008, "Bootstrap-based improvements for inference with clustered errors", Review of Economics and
    Statistics 90). With clusters of equal size it is Student's interval of their means. Also the interval of a mean of
    paired differences.

    Raises ValueError for fewer than two clusters.
    """
    mean, variance, degrees = _clustered_mean(values, clusters)
    half = _t_quantile(degrees) * float(np.sqrt(variance))
    return mean - half, mean + half


def wilson_clustered(values: ArrayLike, clusters: ArrayLike, further: float = 0.0) -> Interval:
    """95 % score interval of the mean of ``values`` in [0, 1] (right or wrong, or Field F1), examples in clusters.

    Wilson's interval at the effective number of examples, mean (1 - mean) / variance, with the t quantile of G - 1
    degrees of freedom, G the number of clusters: the adjustment of Korn & Graubard (1998), "Confidence intervals for
    proportions with small expected number of positive counts estimated from survey data", Survey Methodology 24, in
    the Wilson form compared by Dean & Pagano (2015), "Evaluating confidence interval methods for binomial proportions
    in clustered surveys", Journal of Survey Statistics and Methodology 3. The variance is the cluster-robust one, or
    that of independent examples if larger: a few clusters agreeing by chance make no interval narrower. ``further`` is
    variance of the mean from another source, such as training seeds, which is added. Where all values are equal no
    variance can be estimated and the number of examples is used. Both ends are in [0, 1].

    Raises ValueError for a value outside [0, 1] and for fewer than two clusters.
    """
    scores = np.asarray(values, dtype=float)
    mean, between, degrees = _clustered_mean(scores, clusters)
    _check_unit(scores)
    variance = max(between, float(scores.var()) / scores.size) + further
    n = mean * (1 - mean) / variance if np.ptp(scores) > 0 or further > 0 else scores.size
    return _score_interval(mean, _t_quantile(degrees) ** 2 / n)


def t_over_seeds(values: Sequence[float]) -> tuple[float, Interval]:
    """Mean of one score for each training seed, and its 95 % t interval over seeds with n - 1 degrees of freedom.

    Student (1908), "The probable error of a mean", Biometrika 6. It tells how far retraining moves the score on these
    same test examples and, unlike the clustered intervals, nothing about other examples. It may reach outside [0, 1].

    Raises ValueError for fewer than two seeds: one has no spread.
    """
    scores = np.asarray(values, dtype=float)
    if scores.size < 2:
        raise ValueError(f"{scores.size} seeds have no spread; expected at least 2")
    mean, half = float(scores.mean()), _t_quantile(scores.size - 1) * float(scores.std(ddof=1) / np.sqrt(scores.size))
    return mean, (mean - half, mean + half)


def _score_interval(mean: float, q: float) -> Interval:
    """Wilson's interval of ``mean``; ``q`` is the squared quantile over the number of examples."""
    centre, half = (mean + q / 2) / (1 + q), float(np.sqrt(q * mean * (1 - mean) + q**2 / 4)) / (1 + q)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def _check_unit(scores: Floats) -> None:
    if scores.size == 0:
        raise ValueError("no value; expected at least one in [0, 1]")
    if not (scores.min() >= 0 and scores.max() <= 1):
        raise ValueError(f"values from {scores.min()} to {scores.max()}; expected all in [0, 1]")


def check_count(k: int, n: int) -> None:
    """Raises ValueError unless 0 <= k <= n and n >= 1."""
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
