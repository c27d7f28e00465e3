"""Rules that need no run: the figures of the announcement held against each other.

A printed figure is an interval of half its last digit either way; a stated quotient or difference holds where some
values inside those intervals give it.
"""

import math
from itertools import combinations
from typing import Annotated

from pydantic import Field
from scipy.stats import norm

from paperlib.claims.rules import (
    ALPHA,
    CountedFigure,
    Evidence,
    Figure,
    Rules,
    Status,
    Verdict,
    by_reading,
    fact,
    p_text,
    scaled,
)
from paperlib.evaluation.run_comparisons import Counts
from paperlib.evaluation.statistics.comparisons import fisher, odds_ratio, risk_difference, risk_ratio
from paperlib.evaluation.statistics.intervals import LEVEL, Interval, wilson

RULES = Rules("the published figures")
Range = tuple[float, float]
Pair = tuple[CountedFigure, CountedFigure]  # tuned, base


@RULES.add(
    confirms="Fisher's p < 0.05 in the stated direction, from the published counts",
    refutes="p < 0.05 in the other direction; anything else is not reproduced: the counts cannot tell the two apart",
)
def differ(_: Evidence, *, smaller: CountedFigure, larger: CountedFigure) -> Verdict:
    """That of two published shares the second is the larger: their own counts decide."""
    one, other = larger.counts, smaller.counts
    p = fisher(*one, *other)
    found, interval = risk_difference(*one, *other)
    reason = f"{one[0]}/{one[1]} against {other[0]}/{other[1]}, {p_text(p)}"
    status = fact(found > 0) if p < ALPHA else "not reproduced"
    return Verdict(status, reason, 100 * found, scaled(interval, 100), "pp")


@RULES.add(
    confirms="the 95 % interval of every published count lies above the bar",
    refutes="an interval lies below the bar; one that holds the bar is not reproduced, unless not even a perfect count "
    "would have passed it: then it is not testable",
)
def above(_: Evidence, *, figures: dict[str, CountedFigure], bar: Figure) -> Verdict:
    """That published shares pass a bar which the announcement sets itself, in per cent."""
    counts = {name: figure.counts for name, figure in figures.items()}
    lowest = min(counts.values(), key=lambda count: wilson(*count)[0])
    interval = scaled(wilson(*lowest), 100)
    status: Status = "not reproduced"
    if any(100 * wilson(*count)[1] < bar.value for count in counts.values()):
        status = "refuted"
    elif interval[0] > bar.value:
        status = "reproduced"
    elif any(100 * wilson(n, n)[0] <= bar.value for _, n in counts.values()):
        status = "not testable here"
    shown = ", ".join(f"{name} {k}/{n}" for name, (k, n) in counts.items())
    return Verdict(status, f"{shown} against a bar of {bar.printed} %", 100 * lowest[0] / lowest[1], interval, "%")


@RULES.add(
    confirms="the ratio of the two ratios has p < 0.05 as stated, and difference and odds ratio point the same way; a "
    "different reading where they do not",
    refutes="all three point the other way, ratio or difference significantly",
)
def gain_order(_: Evidence, *, first: Pair, second: Pair) -> Verdict:
    """That the first of two models gains more from tuning than the second.

    z tests of the difference of two log ratios and of two differences: Altman & Bland (2003), "Interaction revisited:
    the difference between two estimates", BMJ 326.
    """
    pairs = [(tuned.counts, base.counts) for tuned, base in (first, second)]
    (log1, var1), (log2, var2) = (_log_ratio(*pair) for pair in pairs)
    (gain1, square1), (gain2, square2) = (_difference(*pair) for pair in pairs)
    odds1, odds2 = (odds_ratio(*tuned, *base)[0] for tuned, base in pairs)
    spread = math.sqrt(var1 + var2)
    p_ratio, p_gain = _two_sided((log1 - log2) / spread), _two_sided((gain1 - gain2) / math.sqrt(square1 + square2))
    reason = (
        f"ratio {math.exp(log1):.2f} against {math.exp(log2):.2f} ({p_text(p_ratio)}), "
        f"difference {100 * gain1:.1f} against {100 * gain2:.1f} points ({p_text(p_gain)}), "
        f"odds ratio {odds1:.1f} against {odds2:.1f}"
    )
    if log1 > log2 and p_ratio < ALPHA:
        status = by_reading(0 if gain1 > gain2 and odds1 > odds2 else 1)
    else:
        opposite = log1 < log2 and gain1 < gain2 and odds1 < odds2 and min(p_ratio, p_gain) < ALPHA
        status = "refuted" if opposite else "not reproduced"
    half = norm.ppf((1 + LEVEL) / 2) * spread
    interval = math.exp(log1 - log2 - half), math.exp(log1 - log2 + half)
    return Verdict(status, reason, math.exp(log1 - log2), interval, "x")


@RULES.add(
    confirms="some unrounded figures give the stated quotient; a different reading where only a later denominator does",
    refutes="no denominator gives it",
)
def ratio(
    _: Evidence, *, of: Figure, to: Annotated[tuple[tuple[Figure, ...], ...], Field(min_length=1)], stated: Figure
) -> Verdict:
    """A stated quotient of stated figures; ``to`` lists denominators, each a sum of figures, the plain one first."""
    scale = 100 if stated.unit == "%" else 1
    place = None
    for at, parts in enumerate(to):
        low, high = (sum(part.bounds[end] for part in parts) for end in (0, 1))
        if _meet(scaled((of.bounds[0] / high, of.bounds[1] / low), scale), stated.bounds):
            place = at
            break
    used = to[place or 0]
    total = sum(part.value for part in used)
    value = scale * of.value / total
    interval = None
    if len(used) == 1 and of.k and used[0].k:
        interval = scaled(risk_ratio(*of.counts, *used[0].counts)[1], scale)
    reason = f"{of.printed} / {total:g} = {value:.3g}, stated {stated.printed}"
    if place:
        reason += f"; only against {_sum_of(used)}, not against {_sum_of(to[0])}"
    return Verdict(by_reading(place), reason, value, interval, stated.unit)


@RULES.add(confirms="some unrounded figures give the stated difference", refutes="none do")
def difference(_: Evidence, *, of: Figure, minus: Figure, stated: Figure) -> Verdict:
    """A stated difference of two stated figures."""
    low, high = of.bounds[0] - minus.bounds[1], of.bounds[1] - minus.bounds[0]
    interval = None
    if of.k is not None and minus.k is not None:
        interval = scaled(risk_difference(*of.counts, *minus.counts)[1], 100)
    value = of.value - minus.value
    reason = f"{of.printed} - {minus.printed} = {value:.3g}, stated {stated.printed}"
    return Verdict(fact(_meet((low, high), stated.bounds)), reason, value, interval, stated.unit)


@RULES.add(
    confirms="the right answers of the parts add up to those of the whole; a different reading where the rest may be "
    "right answers to examples in no part",
    refutes="they do not, and no such examples can make up for it",
)
def add_up(
    _: Evidence, *, parts: Annotated[tuple[CountedFigure, ...], Field(min_length=2)], total: CountedFigure
) -> Verdict:
    """That published scores of parts are consistent with the published score of the whole."""
    right = [part.counts[0] for part in parts]
    rest = total.counts[0] - sum(right)
    others = total.counts[1] - sum(part.counts[1] for part in parts)
    reason = f"{' + '.join(map(str, right))} = {sum(right)}, total {total.counts[0]}"
    if rest and 0 <= rest <= others:
        reason += f"; the other {rest} may be of {others} in no part"
    status = by_reading(int(rest > 0) if rest == 0 or 0 <= rest <= others else None)
    return Verdict(status, reason, sum(right), None, "examples")


@RULES.add(
    confirms="the product reaches what is needed",
    refutes="it falls short even if every figure is rounded in its favour",
)
def product(_: Evidence, *, factors: Annotated[tuple[Figure, ...], Field(min_length=2)], needed: Figure) -> Verdict:
    """That a rate over a time yields enough."""
    value = math.prod(figure.value for figure in factors)
    enough = math.prod(figure.bounds[1] for figure in factors) >= needed.value
    reason = f"{' × '.join(figure.printed for figure in factors)} = {value:.3g}, needed {needed.printed}"
    return Verdict(fact(enough), reason, value, None, needed.unit)


@RULES.add(confirms="every figure keeps the limits", refutes="one of them does not")
def within(
    _: Evidence,
    *,
    figures: Annotated[dict[str, Figure], Field(min_length=1)],
    low: float = -math.inf,
    high: float = math.inf,
) -> Verdict:
    """That stated figures keep stated limits, both inclusive."""
    outside = [name for name, figure in figures.items() if not low <= figure.value <= high]
    limits = f"{'' if low == -math.inf else f'{low:g}'} to {'' if high == math.inf else f'{high:g}'}".strip()
    shown = ", ".join(f"{name} {figures[name].printed}" for name in outside or figures)
    return Verdict(fact(not outside), f"{shown}: {'outside' if outside else 'inside'} the limits ({limits})")


@RULES.add(
    confirms="the ranges have nothing in common (where they should be distinct) or something (where they should "
    "agree); a different reading where they share ends only",
    refutes="the other way round",
)
def ranges(_: Evidence, *, ranges: Annotated[dict[str, Range], Field(min_length=2)], distinct: bool) -> Verdict:
    """That stated ranges exclude each other, or that they agree; ends are included, so 2-4 and 4-8 share 4."""
    pairs = list(combinations(ranges.items(), 2))
    shared = [f"{a} and {b}" for (a, one), (b, other) in pairs if _low(one, other) <= _high(one, other)]
    overlap = any(_low(one, other) < _high(one, other) for (_a, one), (_b, other) in pairs)
    shown = ", ".join(
        f"{name} {low:g} or more" if high == math.inf else f"{name} {low:g} to {high:g}"
        for name, (low, high) in ranges.items()
    )
    reason = f"{shown}: {'; '.join(shared) + ' overlap' if shared else 'nothing in common'}"
    if distinct and shared and not overlap:
        return Verdict(by_reading(1), f"{reason}, but in nothing if upper ends are left out")
    return Verdict(fact(bool(shared) != distinct), reason)


def _low(one: Range, other: Range) -> float:
    return max(one[0], other[0])


def _high(one: Range, other: Range) -> float:
    return min(one[1], other[1])


def _log_ratio(tuned: Counts, base: Counts) -> tuple[float, float]:
    """Logarithm of a risk ratio and its variance (Katz et al. 1978)."""
    (k1, n1), (k2, n2) = tuned, base
    return math.log(k1 / n1 / (k2 / n2)), 1 / k1 - 1 / n1 + 1 / k2 - 1 / n2


def _difference(tuned: Counts, base: Counts) -> tuple[float, float]:
    """Difference of two shares and its variance."""
    shares = [(k / n, n) for k, n in (tuned, base)]
    return shares[0][0] - shares[1][0], sum(p * (1 - p) / n for p, n in shares)


def _two_sided(z: float) -> float:
    return float(2 * norm.sf(abs(z)))


def _sum_of(figures: tuple[Figure, ...]) -> str:
    return " + ".join(figure.printed for figure in figures)


def _meet(one: Interval, other: Interval) -> bool:
    slack = 1e-9  # printed decimals are not binary ones
    return _low(one, other) <= _high(one, other) + slack
