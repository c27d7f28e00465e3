"""What tuning gains at each size, on four scales: as ratio, as difference, as odds ratio, and in nats saved.

The scales need not order sizes alike. A ratio is largest where the untuned model is nearly always wrong; a difference
cannot exceed what is left to gain; the odds ratio treats right and wrong alike; nats saved see progress that exact
match does not (Schaeffer, Miranda & Koyejo 2023, "Are emergent abilities of large language models a mirage?", NeurIPS).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from paperlib.core.records import Record
from paperlib.evaluation.scaling.contrasts import Estimate, Group, Scale, contrast
from paperlib.evaluation.scaling.selection import BASES, TUNED, UNTUNED, group_of

Fields = Mapping[Any, Any]  # of records, and their values


@dataclass(frozen=True)
class GainScale:
    """How a gain is measured: a measure of examples, a scale, and the sign that makes a gain positive."""

    measure: str
    scale: Scale
    sign: int


GAINS: dict[str, GainScale] = {
    "ratio": GainScale("exact", "log", 1),
    "difference": GainScale("exact", "difference", 1),
    "odds ratio": GainScale("exact", "log odds", 1),
    "nats saved": GainScale("nats_per_leaf", "difference", -1),
}


@dataclass(frozen=True)
class TunedAndUntuned:
    """Groups of one size before and after tuning, by measure; a measure that was not taken of both is absent."""

    base: str
    parameters: int
    pairs: Mapping[str, tuple[Group, Group]]  # tuned, untuned


def tuned_and_untuned(
    records: Mapping[str, Record], base: str, tuned: Fields, untuned: Fields
) -> TunedAndUntuned | None:
    """The runs of one base with these fields; None where either has no kept scores."""
    pairs = {}
    for measure in dict.fromkeys(chosen.measure for chosen in GAINS.values()):
        one = group_of(records, measure, **{**tuned, "base": base})
        other = group_of(records, measure, **{**untuned, "base": base})
        if one and other:
            pairs[measure] = (one, other)
    return TunedAndUntuned(base, next(iter(pairs.values()))[0].parameters, pairs) if pairs else None


def gain(sizes: Sequence[TunedAndUntuned], name: str, weights: Sequence[float] = (1.0,)) -> Estimate | None:
    """The weighted sum of the gains at several sizes on one of GAINS, logarithms for ratios; None where a size has no
    gain on that scale.

    With the weight 1 it is the gain at one size, with 1 and -1 how much more the first size gains, with
    :func:`paperlib.evaluation.scaling.contrasts.slope_weights` how much more is gained for each doubling of the size.
    """
    chosen = GAINS[name]
    terms: list[tuple[float, Group]] = []
    for weight, size in zip(weights, sizes, strict=True):
        if chosen.measure not in size.pairs:
            return None
        tuned, untuned = size.pairs[chosen.measure]
        terms += [(chosen.sign * weight, tuned), (-chosen.sign * weight, untuned)]
    return contrast(terms, chosen.scale)


def gains(records: Mapping[str, Record], untuned: Fields = UNTUNED) -> dict[str, dict[str, Estimate | None]]:
    """What tuning on about 100,000 tokens gains at each base, on each of GAINS; bases without both runs are left out.

    A base's gain is None on a scale where it has no value: a ratio to nothing right.
    """
    pairs = [tuned_and_untuned(records, base, TUNED, untuned) for base in BASES]
    return {pair.base: {name: gain([pair], name) for name in GAINS} for pair in pairs if pair}


def reversals(found: Mapping[str, Mapping[str, Estimate | None]]) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """For each two scales the pairs of bases that they order differently, of those that have a value on both."""
    result = {}
    for one, other in combinations(GAINS, 2):
        both = [(base, row[one], row[other]) for base, row in found.items()]
        valued = [(base, a.value, b.value) for base, a, b in both if a and b]
        result[one, other] = [
            (first, second)
            for (first, a1, b1), (second, a2, b2) in combinations(valued, 2)
            if (a1 - a2) * (b1 - b2) < 0
        ]
    return result
