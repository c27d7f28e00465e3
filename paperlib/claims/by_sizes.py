"""Rules about capacity: what models of several sizes score when they are trained and tested alike.

The announced larger model has 360M parameters, and no weights of that size are here. A claim about it is put to two
neighbours, one smaller (268M) and one larger (494M), and is decided only where both answer alike: 360M lies between
them. Both have other weights, so that agreement is "a different reading". A statement about every model of a size,
which the announcement draws from its two, is refuted by one that does otherwise.

Scores are those of the corrected evaluator on the same examples, paired, with the mean over training seeds: under the
published evaluator most complex answers are truncated at any size, so that it can show little of what size does.
"""

from typing import Literal

from paperlib.claims.rules import Evidence, Figure, NotTestableError, Rules, Status, Verdict, p_text
from paperlib.claims.trained_alike import (
    AS_READ,
    MILLION,
    OPEN,
    Bases,
    Fields,
    Neighbours,
    Readings,
    any_right,
    before_and_after,
    bracket,
    by_scale,
    exact,
    exact_or_none,
    in_words,
    listed,
    missing,
    narrow,
    of_neighbours,
    on_estimate,
    side,
    trained_alike,
    without_error,
)
from paperlib.evaluation.scaling.contrasts import Estimate, contrast, difference, score, slope_weights
from paperlib.evaluation.scaling.gains import GAINS, gain, tuned_and_untuned
from paperlib.evaluation.statistics.comparisons import mcnemar

OUR_SIZES = "our runs of several sizes"
RULES = Rules(OUR_SIZES)


@RULES.add(
    confirms="both neighbours of the announced size are right more often than the smaller model (95 % interval of the "
    "paired difference above 0); a different reading, as weights and sizes differ",
    refutes="nothing; not reproduced where neither neighbour is, not testable where one is and the other is not",
)
def larger_better(
    evidence: Evidence, *, smaller: str, larger: Neighbours, runs: Readings, tier: str | None = None
) -> Verdict:
    """That the larger of two models trained and tested alike is right more often, overall or in a tier."""
    fields = next((fields for fields in runs if any_right(evidence, (smaller, *larger), fields, tier)), None)
    if fields is None:
        raise NotTestableError(f"neither {smaller} nor a larger model gets anything right")
    small = exact(evidence, smaller, fields, tier)
    found = {base: difference(exact(evidence, base, fields, tier), small) for base in larger}
    return of_neighbours(found, [one.sign for one in found.values()], f"recipe {fields['recipe']}: ")


@RULES.add(
    confirms="at both neighbours of the announced size the 95 % interval holds the stated figure and is at most 30 "
    "points (a ratio: a factor of 2) wide; a different reading, as weights and sizes differ",
    refutes="nothing; not reproduced where both lie on one side of it, else not testable",
)
def size_effect(
    evidence: Evidence,
    *,
    smaller: str,
    larger: Neighbours,
    runs: Fields,
    stated: Figure,
    scale: Literal["points", "ratio"],
    tier: str | None = None,
) -> Verdict:
    """How much more often the larger of two models trained alike is right: in points, or as a ratio."""
    small = exact(evidence, smaller, runs, tier)
    found: dict[str, Estimate] = {}
    for base in larger:
        terms = [(1.0, exact(evidence, base, runs, tier)), (-1.0, small)]
        one = contrast(terms, "log" if scale == "ratio" else "difference")
        if one is None:
            raise NotTestableError(f"{smaller} or {base} gets nothing right, so that a ratio has no value")
        found[base] = one.factor if scale == "ratio" else one
    target = stated.value if scale == "ratio" else stated.value / 100
    sides = [side(one, target) for one in found.values()]
    status: Status = OPEN
    if not any(sides) and all(narrow(one, scale) for one in found.values()):
        status = AS_READ
    elif all(sides) and len(set(sides)) == 1:
        status = "not reproduced"
    reason = f"{listed(found, scale)}; stated {stated.printed}"
    if scale == "ratio":
        reason += f"; at most {1 / small.mean:.2f}, as {smaller} has {100 * small.mean:.1f} % right"
    return on_estimate(status, found, reason, scale)


@RULES.add(
    confirms="the 95 % interval of every model named lies on the stated side of the bar; a different reading, as "
    "weights and training differ",
    refutes="nothing; not reproduced where every interval lies on the other side, else not testable",
)
def meets_bar(
    evidence: Evidence, *, bases: Bases, runs: Fields, bar: Figure, tier: str | None = None, below: bool = False
) -> Verdict:
    """That a size passes the announcement's own bar in per cent, or falls short of it (``below``)."""
    found = {base: score(exact(evidence, base, runs, tier)) for base in bases}
    sides = [side(one, bar.value / 100) * (-1 if below else 1) for one in found.values()]
    status: Status = AS_READ if min(sides) == 1 else "not reproduced" if max(sides) == -1 else OPEN
    return on_estimate(status, found, f"{listed(found, 'share')} against a bar of {bar.printed} %", "share")


@RULES.add(
    confirms="trained alike, both larger models are right more often than the small one, and more training makes the "
    "small one right no more often; a different reading, as weights differ",
    refutes="more or better training of the small model makes it right more often on the same examples",
)
def size_not_training(
    evidence: Evidence, *, smaller: str, larger: Neighbours, less: Fields, more: Fields, tier: str
) -> Verdict:
    """That a small model fails in a tier for want of size, not of data or training."""
    plain, trained = exact(evidence, smaller, less, tier), exact(evidence, smaller, more, tier)
    training = difference(trained, plain)
    sizes = {base: difference(exact(evidence, base, more, tier), trained) for base in larger}
    status: Status = "not reproduced"
    if training.sign > 0:
        status = "refuted"
    elif all(one.sign > 0 for one in sizes.values()):
        status = AS_READ
    reason = (
        f"{smaller} from {less['recipe']} to {more['recipe']}: {in_words(training, 'points')}; "
        f"size at {more['recipe']}: {listed(sizes, 'points')}"
    )
    return on_estimate(status, {smaller: training}, reason, "points")


@RULES.add(
    confirms="every model above the limit passes the bar (95 % interval) and every one up to it falls short; a "
    "different reading, as weights differ",
    refutes="a model up to the limit passes the bar (95 % interval); not reproduced where one reaches it without doing "
    "so surely, or where no model above the limit is right more often than the best one up to it",
)
def needs_more_than(
    evidence: Evidence, *, limit: Figure, bases: Bases, runs: Readings, bar: Figure, tier: str
) -> Verdict:
    """That models of up to ``limit`` million parameters cannot do a tier, and larger ones can."""
    groups = [one for base in bases for fields in runs if (one := exact_or_none(evidence, base, fields, tier))]
    up_to = [one for one in groups if one.parameters <= limit.value * MILLION]
    above = [one for one in groups if one.parameters > limit.value * MILLION]
    if not up_to:
        raise missing(bases, runs[0])
    best = max(up_to, key=lambda one: one.mean)
    reached, target = score(best), bar.value / 100
    reason = f"best up to {limit.printed}M ({best.parameters / MILLION:.0f}M): {in_words(reached, 'share')}"
    if side(reached, target) > 0:
        return on_estimate("refuted", {"": reached}, reason, "share")
    if not above:
        raise NotTestableError(f"{reason}; there is no run of a model above {limit.printed}M")
    most = max(above, key=lambda one: one.mean)
    more = difference(most, best)
    reason += (
        f"; above it ({most.parameters / MILLION:.0f}M): {in_words(score(most), 'share')}, {in_words(more, 'points')}"
    )
    status: Status = OPEN
    if reached.value >= target or more.sign <= 0:
        status = "not reproduced"
    elif all(side(score(one), target) > 0 for one in above) and side(reached, target) < 0:
        status = AS_READ
    return on_estimate(status, {"": reached}, reason, "share")


@RULES.add(
    confirms="at every model named the tuned runs are right more often than the untuned one (95 % interval of the "
    "paired difference above 0); a different reading, as weights differ",
    refutes="nothing; not reproduced where none does, else not testable",
)
def tuning_helps(evidence: Evidence, *, bases: Bases, tuned: Fields, untuned: Fields) -> Verdict:
    """That tuning makes models of some sizes right more often."""
    found = {base: difference(exact(evidence, base, tuned), exact(evidence, base, untuned)) for base in bases}
    return of_neighbours(found, [one.sign for one in found.values()], "")


@RULES.add(
    confirms="against both neighbours of the announced size the smaller model gains more (95 % interval) as ratio, as "
    "difference, as odds ratio and in nats saved, as far as these have a value; a different reading, as weights differ",
    refutes="against both it gains less as difference, as odds ratio and in nats saved",
)
def gains_more(evidence: Evidence, *, smaller: str, larger: Neighbours, tuned: Fields, untuned: Fields) -> Verdict:
    """That of two models the smaller gains more from tuning, on whichever scale."""
    small = before_and_after(evidence, smaller, tuned, untuned)
    signs: dict[str, list[Estimate | None]] = {}
    for base in larger:
        sizes = [small, before_and_after(evidence, base, tuned, untuned)]
        for name in GAINS:
            signs.setdefault(name, []).append(gain(sizes, name, [1, -1]))
    return by_scale({name: [one for one in found if one] for name, found in signs.items()}, len(larger))


@RULES.add(
    confirms="the gain falls with every doubling of the size (95 % interval of the slope) as ratio, as difference, as "
    "odds ratio and in nats saved, as far as these have a value; fewer than three sizes are not testable",
    refutes="it rises as difference, as odds ratio and in nats saved",
)
def gains_fall(evidence: Evidence, *, bases: Bases, tuned: Fields, untuned: Fields) -> Verdict:
    """That the gain from tuning falls with size."""
    pairs = [tuned_and_untuned(evidence.records, base, tuned, untuned) for base in bases]
    sizes = [pair for pair in pairs if pair]
    if len(sizes) < 3:
        raise NotTestableError(f"tuned and untuned runs are there at {len(sizes)} sizes: two always lie on a line")
    weights = [-weight for weight in slope_weights([size.parameters for size in sizes])]
    found = {name: gain(sizes, name, weights) for name in GAINS}
    return by_scale({name: [one] if one else [] for name, one in found.items()}, 1)


@RULES.add(
    confirms="on one processor every training of the smaller model takes in more tokens a second than any of both "
    "neighbours; a different reading, as weights and machine differ",
    refutes="nothing; not reproduced where a larger model is as fast, not testable on different processors",
)
def trains_faster(evidence: Evidence, *, smaller: str, larger: Neighbours, runs: Fields) -> Verdict:
    """That the smaller model is the faster one to tune, at equal tokens."""
    every = {base: trained_alike(evidence, base, runs) for base in (smaller, *larger)}
    machines = [one.provenance.hardware for records in every.values() for one in records]
    if len({(one.get("cpu"), one.get("gpu"), one.get("threads")) for one in machines}) > 1:
        raise NotTestableError("they were trained on different processors")
    speeds = {
        base: [speed for one in found if (speed := one.cost.train_tokens_per_second)] for base, found in every.items()
    }
    if any(len(speeds[base]) < len(found) for base, found in every.items()):
        raise NotTestableError("the speed of a training was not measured")
    shown = ", ".join(f"{base} {min(found):.0f} to {max(found):.0f}" for base, found in speeds.items())
    faster = all(min(speeds[smaller]) > max(speeds[base]) for base in larger)
    value = min(speeds[smaller])
    return Verdict(AS_READ if faster else "not reproduced", f"tokens/s: {shown}", value, None, "tokens/s")


@RULES.add(
    confirms="at both neighbours of the announced size more schemas are without an error than at the smaller model "
    "(McNemar's p < 0.05 over schemas); a different reading, as weights differ",
    refutes="nothing; not reproduced where neither has significantly more, else not testable",
)
def more_without_error(evidence: Evidence, *, smaller: str, larger: Neighbours, runs: Fields) -> Verdict:
    """That a larger model makes no error on more schemas; the first seed of each."""
    small = without_error(trained_alike(evidence, smaller, runs)[0])
    answers, parts = [], []
    for base in larger:
        other = without_error(trained_alike(evidence, base, runs)[0])
        if other.keys() != small.keys():
            raise NotTestableError(f"{base} was tested on other schemas than {smaller}")
        test = mcnemar([other[name] for name in small], list(small.values()))
        answers.append((test.only_a > test.only_b) - (test.only_a < test.only_b) if test.p < 0.05 else 0)
        parts.append(f"{base} {sum(other.values())} against {sum(small.values())} of {len(small)}, {p_text(test.p)}")
    return Verdict(bracket(answers), "; ".join(parts), sum(small.values()), None, "schemas")
