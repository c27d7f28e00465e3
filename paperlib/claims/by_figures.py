"""Verdicts that need no run: the announcement's figures against each other.

Printed figures are intervals of half their last digit either way; a stated sum, quotient or difference holds where
some values inside those intervals give it.
"""

import math
from collections.abc import Iterable, Mapping
from itertools import combinations

from scipy.stats import norm

from paperlib.claims import rules
from paperlib.claims.book import Status, Verdict
from paperlib.claims.published_figures import Figure, Rule
from paperlib.evaluation.derived import Counts
from paperlib.evaluation.statistics import LEVEL, Interval, fisher, odds_ratio, risk_difference, risk_ratio, wilson

ALPHA = 1 - LEVEL
Figures = Mapping[str, Figure]


def of_figures(figures: Figures, rule: Rule) -> Verdict:
    """Verdict of a rule that looks at nothing but the claim's own figures."""
    match rule:
        case rules.Differ():
            return _differ(figures[rule.smaller], figures[rule.larger])
        case rules.Above():
            return _above([(name, figures[name]) for name in rule.figures], figures[rule.bar])
        case rules.GainOrder():
            return _gain_order(*(_pair(figures, names) for names in (rule.first, rule.second)))
        case rules.Ratio():
            return _ratio(figures, rule)
        case rules.Difference():
            return _difference(figures[rule.of], figures[rule.minus], figures[rule.stated])
        case rules.Sum():
            return _sum(figures, rule)
        case rules.Product():
            return _product([figures[name] for name in rule.factors], figures[rule.needed])
        case rules.Within():
            return _within(figures, rule)
        case rules.Disjoint():
            return _ranges(rule)
        case rules.Same():
            unequal = [f"{a} {figures[a].printed}, {b} {figures[b].printed}" for a, b in rule.pairs
                       if figures[a].value != figures[b].value]  # fmt: skip
            return Verdict(fact(not unequal), "; ".join(unequal) or "all pairs are equal")
        case _:
            raise TypeError(f"{type(rule).__name__} looks at more than figures")


def _differ(smaller: Figure, larger: Figure) -> Verdict:
    one, other = larger.counts, smaller.counts
    p = fisher(*one, *other)
    found, interval = risk_difference(*one, *other)
    how = f"{one[0]}/{one[1]} against {other[0]}/{other[1]}, p = {p:.2g}"
    status: Status = "not reproduced"
    if p < ALPHA:
        status = fact(found > 0)
    return Verdict(status, how, 100 * found, times(interval, 100), "pp")


def _above(named: list[tuple[str, Figure]], bar: Figure) -> Verdict:
    rows = [(*figure.counts, name) for name, figure in named]
    lowest = min(rows, key=lambda row: wilson(row[0], row[1])[0])
    interval = times(wilson(lowest[0], lowest[1]), 100)
    status: Status = "not reproduced"
    if any(100 * wilson(k, n)[1] < bar.value for k, n, _ in rows):
        status = "refuted"
    elif interval[0] > bar.value:
        status = "reproduced"
    elif any(100 * wilson(n, n)[0] <= bar.value for _, n, _ in rows):
        status = "not testable here"  # not even all right would have shown it
    how = ", ".join(f"{name} {k}/{n}" for k, n, name in rows)
    return Verdict(status, f"{how} against a bar of {bar.printed} %", 100 * lowest[0] / lowest[1], interval, "%")


def _gain_order(first: tuple[Counts, Counts], second: tuple[Counts, Counts]) -> Verdict:
    """z tests of the difference of two log ratios, and of two differences.

    Altman & Bland (2003), "Interaction revisited: the difference between two estimates", BMJ 326.
    """
    (log1, var1), (log2, var2) = _log_ratio(*first), _log_ratio(*second)
    spread = math.sqrt(var1 + var2)
    p_ratio = _p((log1 - log2) / spread)
    (gain1, square1), (gain2, square2) = _gained(*first), _gained(*second)
    p_gain = _p((gain1 - gain2) / math.sqrt(square1 + square2))
    odds1, odds2 = (odds_ratio(*pair[0], *pair[1])[0] for pair in (first, second))
    how = (
        f"ratio {math.exp(log1):.2f} against {math.exp(log2):.2f} (p = {p_ratio:.2g}), "
        f"difference {100 * gain1:.1f} against {100 * gain2:.1f} points (p = {p_gain:.2g}), "
        f"odds ratio {odds1:.1f} against {odds2:.1f}"
    )
    claimed = log1 > log2 and p_ratio < ALPHA
    if claimed:
        same = gain1 > gain2 and odds1 > odds2
        status: Status = "reproduced" if same else "reproduced with a different reading"
    else:
        other = log1 < log2 and gain1 < gain2 and odds1 < odds2 and min(p_ratio, p_gain) < ALPHA
        status = "refuted" if other else "not reproduced"
    z = norm.ppf((1 + LEVEL) / 2) * spread
    ends = math.exp(log1 - log2 - z), math.exp(log1 - log2 + z)
    return Verdict(status, how, math.exp(log1 - log2), ends, "x")


def _log_ratio(tuned: Counts, base: Counts) -> tuple[float, float]:
    """Logarithm of a risk ratio and its variance (Katz et al. 1978)."""
    (k1, n1), (k2, n2) = tuned, base
    return math.log(k1 / n1 / (k2 / n2)), 1 / k1 - 1 / n1 + 1 / k2 - 1 / n2


def _gained(tuned: Counts, base: Counts) -> tuple[float, float]:
    """Difference of two shares and its variance."""
    shares = [(k / n, n) for k, n in (tuned, base)]
    return shares[0][0] - shares[1][0], sum(p * (1 - p) / n for p, n in shares)


def _p(z: float) -> float:
    return float(2 * norm.sf(abs(z)))


def _ratio(figures: Figures, rule: rules.Ratio) -> Verdict:
    of, stated = figures[rule.of], figures[rule.stated]
    scale = 100 if stated.unit == "%" else 1
    held = None
    for place, names in enumerate(rule.to):
        low, high = (sum(figures[name].bounds[end] for name in names) for end in (0, 1))
        if _meet(times((of.bounds[0] / high, of.bounds[1] / low), scale), stated.bounds):
            held = place
            break
    used = rule.to[held or 0]
    total = sum(figures[name].value for name in used)
    value = scale * of.value / total
    interval = None
    if len(used) == 1 and of.k and figures[used[0]].k:
        interval = times(risk_ratio(*of.counts, *figures[used[0]].counts)[1], scale)
    how = f"{of.printed} / {total:g} = {value:.3g}, stated {stated.printed}"
    if held:
        how += f"; only against {' + '.join(used)}, not against {' + '.join(rule.to[0])}"
    return Verdict(by_place(held), how, value, interval, stated.unit)


def _difference(of: Figure, minus: Figure, stated: Figure) -> Verdict:
    low, high = of.bounds[0] - minus.bounds[1], of.bounds[1] - minus.bounds[0]
    interval = None
    if of.k is not None and minus.k is not None:
        interval = times(risk_difference(*of.counts, *minus.counts)[1], 100)
    value = of.value - minus.value
    how = f"{of.printed} - {minus.printed} = {value:.3g}, stated {stated.printed}"
    return Verdict(fact(_meet((low, high), stated.bounds)), how, value, interval, stated.unit)


def _sum(figures: Figures, rule: rules.Sum) -> Verdict:
    if rule.count == "value":
        ends = [tuple(figures[name].bounds[end] for name in rule.parts) for end in (0, 1)]
        holds = _meet((sum(ends[0]), sum(ends[1])), figures[rule.total].bounds)
        parts = [figures[name].value for name in rule.parts]
        total = figures[rule.total].value
    else:
        at = ("k", "n").index(rule.count)
        parts = [float(figures[name].counts[at]) for name in rule.parts]
        total = float(figures[rule.total].counts[at])
        holds = sum(parts) == total
    how = f"{' + '.join(f'{part:g}' for part in parts)} = {sum(parts):g}, total {total:g}"
    status, unit = fact(holds), figures[rule.total].unit if rule.count == "value" else "examples"
    if rule.count == "k" and not holds:
        rest, among = total - sum(parts), figures[rule.total].counts[1] - sum(figures[p].counts[1] for p in rule.parts)
        if 0 <= rest <= among:
            status = "reproduced with a different reading"
            how += f"; the other {rest:g} may be of {among} in no part"
    return Verdict(status, how, sum(parts), None, unit)


def _product(factors: list[Figure], needed: Figure) -> Verdict:
    value = math.prod(figure.value for figure in factors)
    enough = math.prod(figure.bounds[1] for figure in factors) >= needed.value
    how = f"{' × '.join(figure.printed for figure in factors)} = {value:.3g}, needed {needed.printed}"
    return Verdict(fact(enough), how, value, None, needed.unit)


def _within(figures: Figures, rule: rules.Within) -> Verdict:
    low = figures[rule.low].value if rule.low else -math.inf
    high = figures[rule.high].value if rule.high else math.inf
    outside = [name for name in rule.figures if not low <= figures[name].value <= high]
    limits = f"{'' if rule.low is None else f'{low:g}'} to {'' if rule.high is None else f'{high:g}'}".strip()
    said = ", ".join(f"{name} {figures[name].printed}" for name in outside or rule.figures)
    return Verdict(fact(not outside), f"{said}: {'outside' if outside else 'inside'} the limits ({limits})")


def _ranges(rule: rules.Disjoint) -> Verdict:
    shared = [
        f"{a} and {b}"
        for (a, one), (b, other) in combinations(rule.ranges.items(), 2)
        if max(one[0], other[0]) <= min(one[1], other[1])
    ]
    inside = any(max(one[0], other[0]) < min(one[1], other[1]) for one, other in combinations(rule.ranges.values(), 2))
    said = ", ".join(
        f"{name} {low:g} or more" if high == math.inf else f"{name} {low:g} to {high:g}"
        for name, (low, high) in rule.ranges.items()
    )
    how = f"{said}: {'; '.join(shared) + ' overlap' if shared else 'nothing in common'}"
    if rule.distinct and shared and not inside:
        return Verdict("reproduced with a different reading", f"{how}, but in nothing if upper ends are left out")
    return Verdict(fact(bool(shared) != rule.distinct), how)


def _pair(figures: Figures, names: tuple[str, str]) -> tuple[Counts, Counts]:
    return figures[names[0]].counts, figures[names[1]].counts


def fact(holds: bool) -> Status:
    return "reproduced" if holds else "refuted"


def by_place(place: int | None) -> Status:
    """Of the reading that held: the first is the plain one."""
    if place is None:
        return "refuted"
    return "reproduced with a different reading" if place else "reproduced"


def _meet(one: Interval, other: Interval) -> bool:
    slack = 1e-9  # printed decimals are not binary ones
    return max(one[0], other[0]) <= min(one[1], other[1]) + slack


def times(interval: Iterable[float], scale: float) -> Interval:
    low, high = interval
    return scale * low, scale * high
