"""The plan of a training: every example once an epoch, within the bounds, the same for the same seed."""

from collections import Counter
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from paperlib.data.prompts import Tokens
from paperlib.training.batches import IGNORE, collate, plan_batches

LENGTHS = st.lists(st.integers(1, 300), min_size=1, max_size=60)
BOUNDS = st.tuples(st.integers(64, 600), st.integers(1, 8))


@given(LENGTHS, BOUNDS, st.integers(1, 3), st.integers(0, 5))
def test_every_example_once_an_epoch_within_the_bounds(lengths: Any, bounds: Any, epochs: int, seed: int) -> None:
    steps = plan_batches(lengths, *bounds, epochs, -1, seed)
    assert Counter(i for step in steps for i in step) == dict.fromkeys(range(len(lengths)), epochs)
    tokens, examples = bounds
    for step in steps:
        assert 1 <= len(step) <= examples
        assert len(step) == 1 or max(lengths[i] for i in step) * len(step) <= tokens
    once = len(steps) // epochs
    for epoch in range(epochs):
        assert sorted(i for step in steps[epoch * once : (epoch + 1) * once] for i in step) == list(range(len(lengths)))


@given(LENGTHS, BOUNDS, st.integers(0, 5), st.integers(1, 20))
def test_the_plan_is_fixed_by_the_seed_and_max_steps_takes_its_start(
    lengths: Any, bounds: Any, seed: int, most: int
) -> None:
    whole = plan_batches(lengths, *bounds, 2, -1, seed)
    assert plan_batches(lengths, *bounds, 2, -1, seed) == whole
    assert plan_batches(lengths, *bounds, 2, most, seed) == whole[:most]


def test_seeds_and_epochs_differ_in_order() -> None:
    lengths = list(range(1, 100))
    steps = plan_batches(lengths, 200, 4, 2, -1, 0)
    assert steps != plan_batches(lengths, 200, 4, 2, -1, 1)
    assert steps[: len(steps) // 2] != steps[len(steps) // 2 :]


@pytest.mark.parametrize(("epochs", "steps"), [(0.5, 5), (1, 10), (1.25, 13), (2, 20)])
def test_a_part_of_an_epoch_is_a_part_of_its_steps(epochs: float, steps: int) -> None:
    assert len(plan_batches([10] * 40, 1000, 4, epochs, -1, 0)) == steps


@given(LENGTHS, BOUNDS, st.integers(0, 5))
def test_short_first_rises_and_random_keeps_the_bounds(lengths: Any, bounds: Any, seed: int) -> None:
    rising = plan_batches(lengths, *bounds, 1, -1, seed, "short-first")
    assert [lengths[i] for step in rising for i in step] == sorted(lengths)
    mixed = plan_batches(lengths, *bounds, 1, -1, seed, "random")
    assert sorted(i for step in mixed for i in step) == list(range(len(lengths)))
    assert all(len(s) == 1 or max(lengths[i] for i in s) * len(s) <= bounds[0] for s in mixed)


@given(LENGTHS, st.integers(1, 4), st.integers(1, 4), st.integers(0, 5))
def test_random_steps_are_sorted_within_and_the_same_however_they_are_batched(
    lengths: Any, examples: int, accumulate: int, seed: int
) -> None:
    whole = plan_batches(lengths, 10**6, examples * accumulate, 1, -1, seed, "random")
    parts = plan_batches(lengths, 10**6, examples, 1, -1, seed, "random", accumulate)
    joined = [parts[start : start + accumulate] for start in range(0, len(parts), accumulate)]
    steps = [[i for batch in step for i in batch] for step in joined]
    assert [sorted(step) for step in steps] == [sorted(step) for step in whole]
    assert all([lengths[i] for i in step] == sorted(lengths[i] for i in step) for step in steps)


def test_only_the_answer_carries_labels_and_padding_none() -> None:
    batch = collate([Tokens("a", [5, 6, 7], [8, 0]), Tokens("b", [5], [9, 9, 0])], pad=0)
    assert batch["input_ids"].tolist() == [[5, 6, 7, 8, 0], [5, 9, 9, 0, 0]]
    assert batch["labels"].tolist() == [[IGNORE, IGNORE, IGNORE, 8, 0], [IGNORE, 9, 9, 0, IGNORE]]
    assert {tensor.dtype for tensor in batch.values()} == {torch.int64}
