"""Leaves and their alignment, by hand and against every possible pairing."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.data.leaf_alignment import LeafCounts, align, leaf_counts, shared_leaves, summarise_leaves
from paperlib.data.leaves import json_equal, leaves, n_leaves

SCALARS = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["a", "1", 1.0, 0.5])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=10,
)


def pairings(n: int, m: int) -> Iterator[list[tuple[int, int]]]:
    """Every way to pair n items with m, the shorter side whole."""
    if n <= m:
        yield from ([*enumerate(chosen)] for chosen in permutations(range(m), n))
    else:
        yield from ([(i, j) for j, i in enumerate(chosen)] for chosen in permutations(range(n), m))


def most_shared(answer: Any, expected: Any) -> int:
    """The definition, tried out."""
    if isinstance(answer, dict) and isinstance(expected, dict) and (answer or expected):
        return sum(most_shared(answer[key], expected[key]) for key in answer if key in expected)
    if isinstance(answer, list) and isinstance(expected, list) and (answer or expected):
        every = pairings(len(answer), len(expected))
        return max(sum(most_shared(answer[i], expected[j]) for i, j in pairs) for pairs in every)
    if isinstance(answer, bool) or isinstance(expected, bool):
        return int(answer is expected)
    return int(answer == expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, [((), 3)]),
        ({}, [((), {})]),
        ({"a": {"b": 1, "c": []}, "d": [True, {"e": None}]},
         [(("a", "b"), 1), (("a", "c"), []), (("d", 0), True), (("d", 1, "e"), None)]),
    ],
)  # fmt: skip
def test_leaves(value: Any, expected: Any) -> None:
    assert list(leaves(value)) == expected
    assert n_leaves(value) == len(expected)


ITEMS = [{"name": "Kite", "price": 12.5, "gift": True}, {"name": "Rope", "price": 3, "gift": False}]


@pytest.mark.parametrize(
    ("answer", "expected", "counts"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, (2, 2, 2)),
        ({"a": 1}, {"a": 1, "b": {"c": 2, "d": 3}}, (1, 1, 3)),
        ({"a": True}, {"a": 1}, (0, 1, 1)),
        ({"a": 1.0}, {"a": 1}, (1, 1, 1)),
        ({"a": {}}, {"a": {}}, (1, 1, 1)),
        ({"a": {}}, {"a": []}, (0, 1, 1)),
        ({"a": {}}, {"a": {"b": 1}}, (0, 1, 1)),
        ({}, {"a": 1}, (0, 1, 1)),
        ([1, 2, 2], [2, 2, 3], (2, 3, 3)),
        (ITEMS, ITEMS[::-1], (6, 6, 6)),
        (ITEMS[1:], ITEMS, (3, 3, 6)),  # the first item left out costs three leaves, not all of them
        ([{**ITEMS[1], "gift": True}, ITEMS[0]], ITEMS, (5, 6, 6)),
        # Greedy would pair the first item with the first of its two equally good partners, and leave the second none.
        ([{"a": 1, "b": 1}, {"a": 1, "b": 2}], [{"a": 1, "c": 1}, {"b": 1, "c": 1}], (2, 4, 4)),
        ([[1, 2], [3, 4]], [[4, 3], [2, 9]], (3, 4, 4)),
        ("a", {"a": 1}, (0, 1, 1)),
    ],
)
def test_leaf_counts(answer: Any, expected: Any, counts: tuple[int, int, int]) -> None:
    assert leaf_counts(answer, expected) == LeafCounts(*counts)


@given(VALUES, VALUES)
def test_no_pairing_shares_more(answer: Any, expected: Any) -> None:
    assert shared_leaves(answer, expected) == most_shared(answer, expected)


@given(st.lists(VALUES, max_size=4), st.lists(VALUES, max_size=4))
def test_an_alignment_pairs_the_shorter_list_whole_and_shares_what_it_says(one: list[Any], other: list[Any]) -> None:
    pairs, total = align(one, other)
    assert len(pairs) == len({i for i, _ in pairs}) == len({j for _, j in pairs}) == min(len(one), len(other))
    assert total == sum(shared_leaves(one[i], other[j]) for i, j in pairs)


@given(VALUES, VALUES)
def test_rates(answer: Any, expected: Any) -> None:
    found, back = leaf_counts(answer, expected), leaf_counts(expected, answer)
    assert 0 <= found.right <= min(found.answer, found.expected)
    assert (found.precision, found.recall, found.f1) == (back.recall, back.precision, back.f1)
    if json_equal(answer, expected):
        assert found.f1 == 1
    if found.f1 == 1 and "[" not in str(answer):  # arrays may be in another order
        assert json_equal(answer, expected)


@given(VALUES, VALUES)
def test_equal_items_are_found_as_equal(one: Any, other: Any) -> None:
    assert (align([one], [other])[1] == n_leaves(one)) or not json_equal(one, other)
    assert json_equal(one, other) == json_equal(other, one)
    assert json_equal(one, one)


def test_items_that_share_nothing_keep_their_order() -> None:
    assert align(["x", "y"], ["a", "b", "c"])[0] == [(0, 0), (1, 1)]
    assert align([{"a": 1}, {"a": 2}], [{"a": 3}, {"a": 4}])[0] == [(0, 0), (1, 1)]
    assert align([1, 1], [1, 1])[0] == [(0, 0), (1, 1)]


def test_nesting_as_deep_as_the_parser_allows() -> None:
    """Aligning twice at every level would take 2^190 steps."""
    answer: Any = 1
    expected: Any = 2
    for _ in range(95):
        answer, expected = [{"a": answer}, {"b": 1}], [{"a": expected}, {"b": 2}]
    assert leaf_counts(answer, expected) == LeafCounts(0, 96, 96)


def test_a_loop_of_one_item_is_aligned() -> None:
    item = {"name": "Kite", "tags": ["a", "b"], "price": 1}
    assert leaf_counts([item] * 2000, [item, {**item, "price": 2}]) == LeafCounts(4 + 3, 8000, 8)


def test_micro_and_mean() -> None:
    summary = summarise_leaves([LeafCounts(8, 8, 8), LeafCounts(1, 2, 4), LeafCounts(0, 0, 4)])
    assert (summary.n, summary.micro) == (3, LeafCounts(9, 10, 16))
    assert (summary.micro.precision, summary.micro.recall, summary.micro.f1) == (9 / 10, 9 / 16, 18 / 26)
    assert summary.mean_precision == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert summary.mean_recall == pytest.approx((1 + 1 / 4 + 0) / 3)
    assert summary.mean_f1 == pytest.approx((1 + 1 / 3 + 0) / 3)
    with pytest.raises(ValueError, match="no counts"):
        summarise_leaves([])
