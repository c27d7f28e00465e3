"""Batches of training examples: similar lengths together, bounded by tokens, in an order fixed by the seed."""

import math
import random
from collections.abc import Callable, Sequence
from typing import Literal

import torch

from paperlib.data.prompts import Tokens

IGNORE = -100  # label of a position that does not contribute to the loss
Order = Literal["bucketed", "short-first", "random"]


def plan_batches(
    lengths: Sequence[int],
    batch_tokens: int,
    batch_examples: int,
    epochs: float,
    max_batches: int,
    seed: int,
    order: Order = "bucketed",
    gradient_accumulation: int = 1,
) -> list[list[int]]:
    """All batches of a training in order, as lists of indices into ``lengths`` (tokens per example).

    A batch has at most ``batch_examples`` examples and ``batch_tokens`` padded tokens, unless a single example is
    longer. With the order "bucketed", batches combine examples of similar length and are shuffled in each epoch; with
    "short-first" they run from short to long; with "random", examples are sorted by length only within the
    ``gradient_accumulation`` batches of an optimiser step, which are drawn at random. ``max_batches`` limits their
    number, -1 does not. As the plan depends on its arguments alone, a resumed training continues at the same step.
    """
    batches: list[list[int]] = []
    per_epoch: list[list[int]] = []
    for epoch in range(math.ceil(epochs)):
        rng = random.Random(f"{seed}:{epoch}")
        indices = _ordered(lengths, rng, order, gradient_accumulation * batch_examples)
        per_epoch = _batched(indices, lengths, batch_tokens, batch_examples)
        if order == "bucketed":
            rng.shuffle(per_epoch)
        batches += per_epoch
    part = epochs - math.floor(epochs)
    if part:
        batches = batches[: len(batches) - len(per_epoch) + math.ceil(part * len(per_epoch))]
    return batches if max_batches < 0 else batches[:max_batches]


def _ordered(lengths: Sequence[int], rng: random.Random, order: Order, step: int) -> list[int]:
    """All indices, shuffled and then sorted by length: throughout or, if "random", within each ``step`` of them."""
    indices = list(range(len(lengths)))
    rng.shuffle(indices)
    size = step if order == "random" else max(len(indices), 1)
    parts = [indices[start : start + size] for start in range(0, len(indices), size)]
    return [index for part in parts for index in sorted(part, key=lambda i: lengths[i])]  # stable: ties stay shuffled


def _batched(indices: Sequence[int], lengths: Sequence[int], tokens: int, examples: int) -> list[list[int]]:
    """Consecutive batches of at most ``examples`` examples and, if more than one, ``tokens`` padded tokens."""
    batches: list[list[int]] = [[]]
    longest = 0
    for index in indices:
        batch, longest = batches[-1], max(longest, lengths[index])
        if batch and (len(batch) == examples or longest * (len(batch) + 1) > tokens):
            batches.append(batch := [])
            longest = lengths[index]
        batch.append(index)
    return batches


def collate(batch: Sequence[Tokens], pad: int) -> dict[str, torch.Tensor]:
    """Right-pads a batch with the token ``pad``: input_ids and labels, each (batch, longest example).

    Labels are IGNORE at the positions of prompts and padding.
    """
    width = max(len(t) for t in batch)

    def rows(values: Callable[[Tokens], list[int]], fill: int) -> torch.Tensor:
        return torch.tensor([values(t) + [fill] * (width - len(t)) for t in batch])

    return {
        "input_ids": rows(lambda t: t.prompt + t.answer, pad),
        "labels": rows(lambda t: [IGNORE] * len(t.prompt) + t.answer, IGNORE),
    }
