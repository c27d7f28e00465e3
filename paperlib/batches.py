"""Which examples form which training step: length-bucketed, bounded by tokens, fixed by the seed."""

import math
import random
from collections.abc import Sequence
from typing import Any

import torch

from paperlib.prompts import Tokens

IGNORE = -100  # label of a position that carries no loss


def plan(
    lengths: Sequence[int], batch_tokens: int, batch_examples: int, epochs: float, max_steps: int, seed: int
) -> list[list[int]]:
    """Every step of a training, in order: lists of indices into ``lengths``.

    Within an epoch examples of like length share a batch of at most ``batch_tokens`` padded tokens (an example longer
    than that stands alone) and the batches are shuffled. ``max_steps`` bounds the whole; -1 does not. The plan is
    made once, so that a resumed training takes up exactly the step that a kill interrupted.
    """
    steps: list[list[int]] = []
    per_epoch: list[list[int]] = []
    for epoch in range(math.ceil(epochs)):
        per_epoch = _epoch(lengths, batch_tokens, batch_examples, random.Random(f"{seed}:{epoch}"))
        steps += per_epoch
    part = epochs - math.floor(epochs)
    if part:
        steps = steps[: len(steps) - len(per_epoch) + math.ceil(part * len(per_epoch))]
    return steps if max_steps < 0 else steps[:max_steps]


def _epoch(lengths: Sequence[int], tokens: int, examples: int, rng: random.Random) -> list[list[int]]:
    order = list(range(len(lengths)))
    rng.shuffle(order)
    order.sort(key=lambda index: lengths[index])  # stable: ties stay shuffled
    batches: list[list[int]] = [[]]
    for index in order:
        batch = batches[-1]
        if batch and (len(batch) == examples or lengths[index] * (len(batch) + 1) > tokens):
            batches.append(batch := [])
        batch.append(index)
    rng.shuffle(batches)
    return batches


class Steps(torch.utils.data.Dataset[dict[str, torch.Tensor]]):
    """The planned steps as padded tensors: input_ids and labels, each (batch, longest)."""

    def __init__(self, tokens: Sequence[Tokens], steps: Sequence[Sequence[int]], pad: int):
        self.tokens, self.steps, self.pad = tokens, steps, pad

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return collate([self.tokens[i] for i in self.steps[index]], self.pad)


def collate(batch: Sequence[Tokens], pad: int) -> dict[str, torch.Tensor]:
    """Right-padded tensors of a batch; only answer positions carry a label."""
    width = max(len(t) for t in batch)

    def rows(make: Any, fill: int) -> torch.Tensor:
        return torch.tensor([make(t) + [fill] * (width - len(t)) for t in batch])

    return {
        "input_ids": rows(lambda t: t.prompt + t.answer, pad),
        "labels": rows(lambda t: [IGNORE] * len(t.prompt) + t.answer, IGNORE),
    }
