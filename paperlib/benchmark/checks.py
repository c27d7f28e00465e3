"""Checks that both of our datasets share: spans, balance of tiers and schemas, and what may occur only once."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any

from paperlib.data.examples import TIERS, Example, Span, Tier
from paperlib.data.leaves import scalar_leaves

TIER_SHARES: dict[Tier, int] = {
    "simple": 48,
    "medium": 36,
    "complex": 16,
}  # percent, about those of the published test set
TOLERANCE = 0.10  # by which a tier's share of a split may differ from that
LARGE = 50  # examples from which shares are checked: of fewer they say nothing
Splits = Mapping[Any, Sequence[Example]]  # examples by the name of their split


def span_faults(example: Example, read: Callable[[str, Span], Any]) -> Iterator[str]:
    """What is wrong with the spans of an example: each leaf of its answer needs one, in the answer's order, from which
    ``read(text, span)`` gives the leaf's value in its type."""
    expected = scalar_leaves(example.answer)
    if [span.pointer for span in example.spans] != [pointer for pointer, _ in expected]:
        yield "they do not name the leaves of the answer one by one"
        return
    for span, (pointer, leaf) in zip(example.spans, expected, strict=True):
        value = read(example.text, span)
        if value != leaf or type(value) is not type(leaf):
            yield f"{pointer}: the text gives {value!r}, the answer has {leaf!r}"


def balance_faults(splits: Splits, every_tier: bool = False) -> Iterator[tuple[str, str]]:
    """Splits in which a tier has not about its share, or schemas of one tier differ by more than one example: the name
    of the split, and what is wrong. With ``every_tier`` a tier that is absent from a small split is a fault too."""
    for split, examples in splits.items():
        total, tiers = len(examples), Counter(example.tier for example in examples)
        for tier, share in TIER_SHARES.items():
            off = total >= LARGE and abs(tiers[tier] / total - share / 100) > TOLERANCE
            if off or (every_tier and not tiers[tier]):
                yield split, f"{tiers[tier]} of {total} are {tier}, expected about {share} percent"
            counts = Counter(example.schema_id for example in examples if example.tier == tier)
            if counts and max(counts.values()) - min(counts.values()) > 1:
                yield split, f"schemas of tier {tier} differ in number: {dict(counts)}"


def repeated(examples: Sequence[Example], key: Callable[[Example], Hashable]) -> Iterator[tuple[Any, list[Example]]]:
    """Every key that more than one example has, with those examples."""
    holders: dict[Hashable, list[Example]] = {}
    for example in examples:
        holders.setdefault(key(example), []).append(example)
    yield from ((value, same) for value, same in holders.items() if len(same) > 1)


def tally(splits: Splits) -> dict[str, dict[str, int]]:
    """The number of examples of each tier in each split."""
    counts = {split: Counter(example.tier for example in examples) for split, examples in splits.items()}
    return {split: {tier: tiers[tier] for tier in TIERS} for split, tiers in counts.items()}
