"""Exact match as a function of leaf accuracy and the number of leaves: is a "ceiling" more than that curve?

An answer of n leaves is exact when all of them are right. If leaves failed independently, each with probability 1 - p,
exact match would be p^n: near 0 at 40 leaves long after it is near 1 at 3, whatever the model (Schaeffer, Miranda &
Koyejo 2023, "Are emergent abilities of large language models a mirage?", NeurIPS). Leaves of one answer fail together,
so the share right varies between answers; if it has a beta distribution, the number right is beta-binomial (Skellam
1948, "A probability distribution derived from the binomial distribution", JRSS B 10).

What a run scores can be predicted from others in two ways, which ask different things. ``predicted`` fits a law to the
run's leaves of all other schemas: it holds where one schema differs from the next in nothing but the number of leaves.
``predicted_across`` takes the run's leaf accuracy on the very examples, which moves smoothly with size, and the
correlation that the other runs have: it holds where exact match tells nothing that leaf accuracy does not.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import betaln, expit

from paperlib.evaluation.scaling.outcomes import Outcome
from paperlib.evaluation.statistics.intervals import LEVEL, Floats

CLIP = 1e-3  # no prediction is surer than this, so that one surprise does not decide a log score
GRID_P = expit(np.linspace(-9.2, 9.2, 185))  # leaf accuracies from 0.0001 to 0.9999
GRID_RHO = expit(np.linspace(-6, 6, 33))  # correlations from 0.0025 to 0.9975
Law = Callable[[Sequence[Outcome]], Callable[[Floats], Floats]]  # outcomes -> (numbers of leaves -> P(exact))


def leaf_accuracy(found: Sequence[Outcome]) -> float:
    """Right leaves of all expected leaves; half a leaf more on either side keeps it off 0 and 1."""
    return (sum(one.right for one in found) + 0.5) / (sum(one.expected for one in found) + 1)


def independent(found: Sequence[Outcome]) -> Callable[[Floats], Floats]:
    """p^n, with p the leaf accuracy of the outcomes."""
    p = leaf_accuracy(found)
    return lambda n: np.asarray(p**n)


@dataclass(frozen=True)
class BetaBinomial:
    """Leaves right of n, where the chance of a leaf has mean ``p`` and correlation ``rho`` within an answer."""

    p: float
    rho: float

    @property
    def shape(self) -> tuple[float, float]:
        """The two parameters of the beta distribution."""
        total = 1 / self.rho - 1
        return self.p * total, (1 - self.p) * total

    def exact(self, n: Floats) -> Floats:
        """The chance that all of n leaves are right."""
        a, b = self.shape
        return np.asarray(np.exp(betaln(a + n, b) - betaln(a, b)))


def fit_beta_binomial(found: Sequence[Outcome]) -> BetaBinomial:
    """The maximum likelihood fit to the right ones of each answer's expected leaves, from a grid of p and rho."""
    p, rho = np.unravel_index(int(np.argmax(_log_likelihood(found))), (GRID_P.size, GRID_RHO.size))
    return BetaBinomial(float(GRID_P[p]), float(GRID_RHO[rho]))


def _log_likelihood(found: Sequence[Outcome]) -> Floats:
    """Of all outcomes, at each leaf accuracy (rows) and correlation (columns) of the grid."""
    pairs = Counter((one.right, one.expected) for one in found)
    return np.asarray(sum(times * _of_answer(*pair) for pair, times in pairs.items()))


@lru_cache(maxsize=4096)
def _of_answer(right: int, n: int) -> Floats:
    a, b = GRID_P[:, None] * (1 / GRID_RHO - 1), (1 - GRID_P)[:, None] * (1 / GRID_RHO - 1)
    return np.asarray(betaln(a + right, b + n - right) - betaln(a, b))


def correlated(found: Sequence[Outcome]) -> Callable[[Floats], Floats]:
    """The beta-binomial law fitted to the outcomes."""
    return fit_beta_binomial(found).exact


def predicted(found: Sequence[Outcome], law: Law) -> Floats:
    """The chance of each answer to be exact, by a law fitted to the run's outcomes of all other schemas.

    Raises ValueError for fewer than two schemas.
    """
    schemas = np.array([one.schema_id for one in found])
    if len(set(schemas)) < 2:
        raise ValueError("outcomes of one schema leave no other to fit to; expected at least 2 schemas")
    chances = np.empty(len(found))
    n = np.array([one.expected for one in found], dtype=float)
    for schema in set(schemas):
        inside = schemas == schema
        chance = law([one for one, same in zip(found, inside, strict=True) if not same])
        chances[inside] = chance(n[inside])
    return np.asarray(np.clip(chances, CLIP, 1 - CLIP))


def predicted_across(runs: Sequence[Sequence[Outcome]]) -> list[Floats]:
    """The chance of each answer of each run to be exact, from its leaf accuracy and the other runs' correlation.

    The correlation is one number, the maximum likelihood estimate over all runs but the one predicted; given it, so is
    each run's leaf accuracy over its own answers. Both are taken from a grid.

    Raises ValueError for fewer than two runs.
    """
    if len(runs) < 2:
        raise ValueError(f"{len(runs)} runs leave no other to take a correlation from; expected at least 2")
    tables = [_log_likelihood(run) for run in runs]
    best = [table.max(axis=0) for table in tables]
    chances = []
    for run, table, own in zip(runs, tables, best, strict=True):
        rho = int(np.argmax(np.sum(best, axis=0) - own))
        law = BetaBinomial(float(GRID_P[int(np.argmax(table[:, rho]))]), float(GRID_RHO[rho]))
        chance = law.exact(np.array([one.expected for one in run], dtype=float))
        chances.append(np.asarray(np.clip(chance, CLIP, 1 - CLIP)))
    return chances


def common_law(runs: Sequence[Sequence[Outcome]]) -> Callable[[float], BetaBinomial]:
    """The law of any leaf accuracy, with the correlation that all runs together have, as in ``predicted_across``."""
    best = np.sum([_log_likelihood(run).max(axis=0) for run in runs], axis=0)
    rho = float(GRID_RHO[int(np.argmax(best))])
    return lambda p: BetaBinomial(p, rho)


def log_scores(found: Sequence[Outcome], chances: Floats) -> Floats:
    """Natural logarithm of the chance given to what happened, an example each; higher is better."""
    exact = np.array([one.exact for one in found])
    return np.log(np.where(exact, chances, 1 - chances))


def brier_scores(found: Sequence[Outcome], chances: Floats) -> Floats:
    """Squared difference of chance and outcome, an example each; lower is better (Brier 1950)."""
    return np.asarray((np.array([one.exact for one in found], dtype=float) - chances) ** 2)


def count_interval(chances: Floats) -> tuple[int, int]:
    """The central 95 % of the number of exact answers, where each is exact with its own chance."""
    counts = np.ones(1)
    for chance in chances:
        counts = np.convolve(counts, [1 - chance, chance])
    cumulative = np.cumsum(counts)
    tail = (1 - LEVEL) / 2
    return int(np.searchsorted(cumulative, tail)), int(np.searchsorted(cumulative, 1 - tail))
