"""Power analysis: the smallest difference between two models that a test detects with a given probability."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import binom, hypergeom

from paperlib.core.records import Record
from paperlib.evaluation.runs import by_dataset, find, group_names, shown_dataset
from paperlib.evaluation.statistics.intervals import LEVEL, wilson

RATES = (0.2, 0.5, 0.8)  # accuracies of the weaker of two independent models
LOST = (0.0, 0.1)  # shares of examples that the better of two paired models gets wrong and the other right


@dataclass(frozen=True)
class Detectable:
    """The smallest differences that one group of a test split can detect, its examples taken as independent.

    ``independent`` holds one for each of RATES, ``paired`` one for each of LOST; None where none is detectable.
    """

    dataset: str  # as a reader should see it
    group: str  # "all" or a tier
    n: int
    half_width: float  # of the Wilson interval where half of the answers are right
    independent: tuple[float | None, ...]
    paired: tuple[float | None, ...]


def detectable(records: dict[str, Record]) -> list[Detectable]:
    """One row for each dataset and one for each of its tiers, with the sizes of the dataset's first record."""
    rows = []
    for first, *_ in by_dataset(records).values():
        places = [("overall", "all"), *(("tier", name) for name in group_names([first], "tier"))]
        groups = [metric for place in places if (metric := find(first, "json_exact", *place))]
        rows += [_detectable(shown_dataset(first), metric.name, metric.n) for metric in groups]
    return rows


def _detectable(dataset: str, group: str, n: int) -> Detectable:
    low, high = wilson(n // 2, n)
    return Detectable(
        dataset=dataset,
        group=group,
        n=n,
        half_width=(high - low) / 2,
        independent=tuple(minimum_detectable_difference(n, rate) for rate in RATES),
        paired=tuple(minimum_detectable_paired_difference(n, lost) for lost in LOST),
    )


def minimum_detectable_difference(n: int, p: float, power: float = 0.8, alpha: float = 1 - LEVEL) -> float | None:
    """The smallest d for which ``fisher`` tells p from p + d with probability ``power``, n examples in each group.

    Exact: every outcome of both binomials is weighed, no normal approximation (Bennett & Hsu 1960, "On the power
    function of the exact test for the 2x2 contingency table", Biometrika 47). The groups and their examples are
    independent; for examples in clusters n is the effective number, n / (1 + (m - 1) rho) for clusters of m with
    intra-cluster correlation rho (Kish 1965, "Survey Sampling"). None where even p + d = 1 has less power. For a fall,
    ask from the other end: 1 - p. Raises ValueError for a share outside [0, 1] and unless 0 < alpha < power < 1.
    """
    _check_power(n, power, alpha)
    if not 0 <= p <= 1:
        raise ValueError(f"share {p}; expected one in [0, 1]")
    counts = np.arange(n + 1)
    rejected_above = binom.pmf(counts, n, p) @ _fisher_rejects(n, alpha)
    return _least(lambda d: float(rejected_above @ binom.pmf(counts, n, min(p + d, 1.0))), 1 - p, power)


def minimum_detectable_paired_difference(
    n: int, lost: float = 0.0, power: float = 0.8, alpha: float = 1 - LEVEL
) -> float | None:
    """The smallest gain d that ``mcnemar`` detects with probability ``power`` on n examples that both models answer.

    ``lost`` is the share of examples that the better model gets wrong and the other right; it then wins lost + d. 0 is
    the best case, nothing unlearnt. How often both are right does not matter. Exact: the sum over all discordant counts
    (Duffy 1984, "Asymptotic and exact power for the McNemar test", Biometrics 40). Examples are independent, as in
    ``minimum_detectable_difference``. None where no gain that leaves room for ``lost`` has the power. Raises ValueError
    for a share lost outside [0, 0.5] and unless 0 < alpha < power < 1.
    """
    _check_power(n, power, alpha)
    if not 0 <= lost <= 0.5:
        raise ValueError(f"share lost {lost}; expected one in [0, 0.5]")
    discordant = np.arange(n + 1)
    critical = binom.isf(alpha / 2, discordant, 0.5) + 1  # wins that reject, for each count of discordant pairs

    def power_at(d: float) -> float:
        share = 2 * lost + d
        rejected = binom.sf(critical - 1, discordant, (lost + d) / share)
        return float(binom.pmf(discordant, n, min(share, 1.0)) @ rejected)

    return _least(power_at, 1 - 2 * lost, power)


@lru_cache(maxsize=16)
def _fisher_rejects(n: int, alpha: float) -> NDArray[np.bool_]:
    """(n+1, n+1): whether Fisher's test tells k1/n (row) from a larger k2/n (column). Equal groups: twice one tail."""
    k1, k2 = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    return np.asarray((k1 < k2) & (2 * hypergeom.cdf(k1, 2 * n, n, k1 + k2) < alpha))


def _least(power_at: Callable[[float], float], largest: float, power: float) -> float | None:
    return float(brentq(lambda d: power_at(d) - power, 1e-6, largest)) if power_at(largest) >= power else None


def _check_power(n: int, power: float, alpha: float) -> None:
    if n < 1 or not 0 < alpha < power < 1:
        raise ValueError(f"n {n}, alpha {alpha}, power {power}; expected n >= 1 and 0 < alpha < power < 1")
