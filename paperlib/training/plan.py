"""What a training will take, said before it starts: steps, tokens, memory, time."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from paperlib.core import runtime
from paperlib.core.config import TrainConfig
from paperlib.data.prompts import Tokens
from paperlib.training import batches, blockwise_attention
from paperlib.training.models import LoadedModel

SHARE = 0.4  # of the matrix-product rate that a training step reaches; measured, see data/results/LOG.md


@dataclass(frozen=True)
class Plan:
    """The steps of a training and the estimate of their cost."""

    run: str
    batches: list[list[int]]  # indices of examples
    accumulate: int  # batches of one step
    step_tokens: list[int]  # non-padding tokens of each step
    padding: float  # share of padded positions
    memory_gb: float  # estimated peak, 10^9 bytes
    seconds: float  # estimated

    @property
    def steps(self) -> int:
        return len(self.step_tokens)

    @property
    def tokens(self) -> int:
        return sum(self.step_tokens)

    def __str__(self) -> str:
        minutes = self.seconds / 60
        return (
            f"{self.run}: {self.steps} steps, {self.tokens:,} tokens ({self.padding:.0%} padding on top), "
            f"about {self.memory_gb:.1f} GB of memory and {max(1, round(minutes))} min"
        )


def make_plan(config: TrainConfig, loaded: LoadedModel, tokens: Sequence[Tokens]) -> Plan:
    lengths = [len(t) for t in tokens]
    bounds, most = (config.batch_tokens, config.batch_examples), config.max_steps * config.gradient_accumulation
    planned = batches.plan_batches(
        lengths, *bounds, config.epochs, most, config.seed, config.order, config.gradient_accumulation
    )
    filled = [sum(lengths[i] for i in batch) for batch in planned]
    longest = [max(lengths[i] for i in batch) for batch in planned]
    padded = [width * len(batch) for width, batch in zip(longest, planned, strict=True)]
    seen = max(width * positions for width, positions in zip(longest, padded, strict=True))
    flops = (4 if config.method == "lora" else 6) * loaded.parameters * sum(padded)
    dtype = compute_dtype(config)
    return Plan(
        run=config.run,
        batches=planned,
        accumulate=config.gradient_accumulation,
        step_tokens=[
            sum(filled[i : i + config.gradient_accumulation])
            for i in range(0, len(filled), config.gradient_accumulation)
        ],
        padding=sum(padded) / sum(filled) - 1,
        memory_gb=_memory(loaded, max(padded), seen if blockwise_attention.is_faster(dtype) else 0),
        seconds=flops / (SHARE * matmul_flops(dtype)),
    )


def compute_dtype(config: TrainConfig) -> torch.dtype:
    """What a training multiplies in. With all weights trained those stay in float32 and products are made by autocast;
    models made from scratch are too small to gain by it."""
    return torch.float32 if config.method == "scratch" else runtime.dtype_of(config.precision)


def matmul_flops(dtype: torch.dtype, size: int = 1024, seconds: float = 0.2) -> float:
    """Floating-point operations a second of a square matrix product on this machine, as it is loaded now."""
    a = torch.ones(size, size, dtype=dtype, device=runtime.device())
    a @ a
    start, count = time.perf_counter(), 0
    while (spent := time.perf_counter() - start) < seconds:
        a @ a
        count += 1
    return count * 2 * size**3 / spent


def _memory(loaded: LoadedModel, batch_tokens: int, pairs: int) -> float:
    """10^9 bytes: weights, optimiser, the activations kept for the backward pass, logits of half the positions. Of
    attention its result and, of half the ``pairs`` of positions, weights in two bytes; the fused kernel keeps none."""
    shape = loaded.base_model.config
    size = next(loaded.base_model.parameters()).element_size()
    weights = loaded.parameters * size + loaded.trainable * 16
    per_token = 12 * shape.hidden_size + 5 * shape.intermediate_size
    activations = batch_tokens * shape.num_hidden_layers * per_token * size
    logits = batch_tokens / 2 * shape.vocab_size * (4 + 4 + size)
    attention = pairs / 2 * shape.num_attention_heads * shape.num_hidden_layers * 2
    return float(weights + activations + logits + attention) / 1e9 + 0.8
