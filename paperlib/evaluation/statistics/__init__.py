"""Intervals, tests and what they are worth: all statistics of the study."""

from paperlib.evaluation.statistics.comparisons import (
    McNemar,
    fisher,
    holm,
    least_different,
    mcnemar,
    mcnemar_counts,
    odds_ratio,
    paired_difference,
    risk_difference,
    risk_ratio,
)
from paperlib.evaluation.statistics.intervals import (
    LEVEL,
    Interval,
    bootstrap_clustered,
    bootstrap_mean,
    over_seeds,
    t_clustered,
    wilson,
    wilson_clustered,
    wilson_mean,
)

__all__ = [
    "LEVEL",
    "Interval",
    "McNemar",
    "bootstrap_clustered",
    "bootstrap_mean",
    "fisher",
    "holm",
    "least_different",
    "mcnemar",
    "mcnemar_counts",
    "odds_ratio",
    "over_seeds",
    "paired_difference",
    "risk_difference",
    "risk_ratio",
    "t_clustered",
    "wilson",
    "wilson_clustered",
    "wilson_mean",
]
