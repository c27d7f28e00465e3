"""How many leaves two JSON values share once the items of their arrays are paired as well as can be.

Leaves are those of :mod:`paperlib.data.leaves`. Paths go by key and, inside arrays, by whatever item the alignment
pairs with the expected one.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from paperlib.data.leaves import Path, json_equal, leaves, n_leaves


class Missing:
    """What stands opposite a leaf that has no partner; JSON's null would be a value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


@dataclass(frozen=True)
class LeafCounts:
    """Leaves of one answer. An answer that could not be read has none: all three rates are then 0."""

    right: int  # leaves of the answer with an equal partner in the expected value
    answer: int
    expected: int

    @property
    def precision(self) -> float:
        return self.right / self.answer if self.answer else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.expected if self.expected else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 2 right / (answer + expected) (van Rijsbergen 1979)."""
        both = self.answer + self.expected
        return 2 * self.right / both if both else 0.0


@dataclass(frozen=True)
class LeafSummary:
    """Leaf scores of many answers, in both usual averages.

    ``micro`` adds the counts first: every leaf weighs the same, so long answers dominate, and an unreadable answer
    lowers recall but not precision. The ``mean_`` rates average the rates of the examples: every example weighs
    the same, and an unreadable answer counts as 0 in each.
    """

    n: int  # examples
    micro: LeafCounts
    mean_precision: float
    mean_recall: float
    mean_f1: float


def leaf_counts(answer: Any, expected: Any) -> LeafCounts:
    """F1 over leaves: twice the shared leaves over those of the answer and those expected, with array items paired so
    that most leaves are shared.

    The score for partial credit on nested records: unlike Field F1 one wrong leaf costs one leaf, not the branch above
    it. Order within arrays is free here (JSONExact holds it fixed), so a swapped item is not charged for all it holds.
    """
    return LeafCounts(shared_leaves(answer, expected), n_leaves(answer), n_leaves(expected))


def summarise_leaves(counts: Sequence[LeafCounts]) -> LeafSummary:
    """Both averages over answers. Raises ValueError where there is none."""
    if not counts:
        raise ValueError("no counts to summarise")
    return LeafSummary(
        n=len(counts),
        micro=LeafCounts(sum(c.right for c in counts), sum(c.answer for c in counts), sum(c.expected for c in counts)),
        mean_precision=fmean(c.precision for c in counts),
        mean_recall=fmean(c.recall for c in counts),
        mean_f1=fmean(c.f1 for c in counts),
    )


def pair_leaves(answer: Any, expected: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Path, leaf of the answer and leaf of the expected value, one of the two possibly MISSING.

    Paths are those of the expected value, or the answer's where nothing is expected. Where an object, an array or a
    scalar stands against another of these, the two are one pair, whole. An empty object or array opposite one with
    items is in no pair: what it lacks is MISSING there.
    """
    if isinstance(answer, dict) and isinstance(expected, dict) and (answer or expected):
        for key, value in expected.items():
            yield from pair_leaves(answer.get(key, MISSING), value, (*path, key))
        for key, value in answer.items():
            if key not in expected:
                yield from pair_leaves(value, MISSING, (*path, key))
    elif isinstance(answer, list) and isinstance(expected, list) and (answer or expected):
        partner = {j: i for i, j in align(answer, expected)[0]}
        for j, item in enumerate(expected):
            yield from pair_leaves(answer[partner[j]] if j in partner else MISSING, item, (*path, j))
        for i in sorted(set(range(len(answer))).difference(partner.values())):
            yield from pair_leaves(answer[i], MISSING, (*path, i))
    elif answer is MISSING:
        yield from ((below, MISSING, leaf) for below, leaf in leaves(expected, path))
    elif expected is MISSING:
        yield from ((below, leaf, MISSING) for below, leaf in leaves(answer, path))
    else:
        yield path, answer, expected


def right_leaves(answer: Any, expected: Any, path: Path = ()) -> Iterator[Path]:
    """The paths in ``answer`` of its leaves that have an equal partner in the expected value."""
    if isinstance(answer, dict) and isinstance(expected, dict) and answer:
        for key in answer.keys() & expected.keys():
            yield from right_leaves(answer[key], expected[key], (*path, key))
    elif isinstance(answer, list) and isinstance(expected, list) and answer:
        for i, j in align(answer, expected)[0]:
            yield from right_leaves(answer[i], expected[j], (*path, i))
    elif json_equal(answer, expected):
        yield path


def shared_leaves(answer: Any, expected: Any) -> int:
    """The largest number of equal leaves at equal paths over all ways to pair the items of arrays."""
    if isinstance(answer, dict) and isinstance(expected, dict):
        total = 0
        for key, value in answer.items():
            if key in expected:
                total += shared_leaves(value, expected[key])
        return total if answer or expected else 1
    if isinstance(answer, list) and isinstance(expected, list):
        return align(answer, expected)[1] if answer or expected else 1
    return int(not isinstance(answer, dict | list) and json_equal(answer, expected))


def align(answer: list[Any], expected: list[Any]) -> tuple[list[tuple[int, int]], int]:
    """Pairs (index in answer, index in expected) that share the most leaves, and how many leaves they share.

    Each item has at most one partner and the shorter list is paired whole. An assignment problem, solved exactly
    (Kuhn 1955; SciPy's ``linear_sum_assignment``). Equal items are paired first, which never costs a leaf: what the two
    would have shared with other partners is at most their own leaves plus what those partners share with each other.
    Of equally good pairings the one that keeps the order of the remaining items is preferred.
    """
    pairs, left, right = _equal_items(answer, expected)
    total = 0
    for i, _ in pairs:
        total += n_leaves(answer[i])
    if not left or not right:
        return pairs, total
    if not _nested(answer, left) or not _nested(expected, right):  # unequal scalars share nothing
        return [*pairs, *zip(left, right, strict=False)], total
    weights = np.zeros((len(left), len(right)))
    for row, i in enumerate(left):
        for column, j in enumerate(right):
            weights[row, column] = shared_leaves(answer[i], expected[j])
    in_order = np.eye(len(left), len(right)) / (1 + min(len(left), len(right)))  # together less than one leaf
    rows, columns = linear_sum_assignment(weights + in_order, maximize=True)
    rest = [(left[row], right[column]) for row, column in zip(rows, columns, strict=True)]
    return [*pairs, *rest], total + int(weights[rows, columns].sum())


def _equal_items(answer: list[Any], expected: list[Any]) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Pairs of equal items, those in the same place first, and the indices left over on either side."""
    ours, theirs = [_key(item) for item in answer], [_key(item) for item in expected]
    pairs = [(i, i) for i, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one == other]
    taken = {i for i, _ in pairs}
    places: defaultdict[Any, list[int]] = defaultdict(list)
    for j in reversed(range(len(theirs))):
        if j not in taken:
            places[theirs[j]].append(j)
    left = []
    for i, key in enumerate(ours):
        if i in taken:
            continue
        if places.get(key):
            pairs.append((i, places[key].pop()))
        else:
            left.append(i)
    return pairs, left, sorted(j for rest in places.values() for j in rest)


def _nested(items: list[Any], among: list[int]) -> bool:
    return any(isinstance(items[i], dict | list) for i in among)


def _key(value: Any) -> Any:
    """A hashable stand-in: two are equal exactly where the values are."""
    if isinstance(value, dict):
        return "object", frozenset([(key, _key(child)) for key, child in value.items()])
    if isinstance(value, list):
        return "array", tuple([_key(child) for child in value])
    return ("boolean", value) if isinstance(value, bool) else value
