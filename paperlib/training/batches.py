"""Which examples form which training step: length-bucketed, bounded by tokens, fixed by the seed."""

import math
import random
from collections.abc import Sequence
from typing import Any, Literal

import torch

from paperlib.data.prompts import Tokens

IGNORE = -100  # label of a position that carries no loss
Order = Literal["bucketed", "short-first", "random"]


def plan_batches(
    lengths: Sequence[int],
    batch_tokens: int,
    batch_examples: int,
    epochs: float,
    max_batches: int,
    seed: int,
    order: Order = "bucketed",
    accumulate: int = 1,
) -> list[list[int]]:
    """Every batch of a training, in order: lists of indices into ``lengths``.

    A batch holds at most ``batch_tokens`` padded tokens; an example longer than that stands alone. Within an epoch
    examples of like length share a batch, and the batches are shuffled ("bucketed") or come from short to long
    ("short-first"); or only within the ``accumulate`` batches of one optimiser step, whose examples are drawn at random
    and weigh alike in any of them ("random"). ``max_batches`` bounds the whole; -1 does not. The plan is made once, so
    that a resumed training takes up exactly the step that a kill interrupted.
    """
    steps: list[list[int]] = []
    per_epoch: list[list[int]] = []
    for epoch in range(math.ceil(epochs)):
        rng = random.Random(f"{seed}:{epoch}")
        shuffled = _ordered(lengths, rng, order, accumulate * batch_examples)
        per_epoch = _batched(shuffled, lengths, batch_tokens, batch_examples)
        if order == "bucketed":
            rng.shuffle(per_epoch)
        steps += per_epoch
    part = epochs - math.floor(epochs)
    if part:
        steps = steps[: len(steps) - len(per_epoch) + math.ceil(part * len(per_epoch))]
    return steps if max_batches < 0 else steps[:max_batches]


def _ordered(lengths: Sequence[int], rng: random.Random, order: Order, step: int) -> list[int]:
    """All indices, shuffled, then sorted by length: as a whole, or within each optimiser step of ``step`` examples."""
    indices = list(range(len(lengths)))
    rng.shuffle(indices)
    size = step if order == "random" else max(len(indices), 1)
    parts = [indices[start : start + size] for start in range(0, len(indices), size)]
    return [index for part in parts for index in sorted(part, key=lambda i: lengths[i])]  # stable: ties stay shuffled


def _batched(indices: Sequence[int], lengths: Sequence[int], tokens: int, examples: int) -> list[list[int]]:
    """Consecutive batches of at most ``examples``, and of ``tokens`` if more than one."""
    batches: list[list[int]] = [[]]
    longest = 0
    for index in indices:
        batch, longest = batches[-1], max(longest, lengths[index])
        if batch and (len(batch) == examples or longest * (len(batch) + 1) > tokens):
            batches.append(batch := [])
            longest = lengths[index]
        batch.append(index)
    return batches


class PlannedBatches(torch.utils.data.Dataset[dict[str, torch.Tensor]]):
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
