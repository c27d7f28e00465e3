"""The plan of a training, made before it starts: its batches and estimates of its memory and time."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from paperlib.core import runtime
from paperlib.core.config import TrainConfig
from paperlib.data.prompts import Tokens
from paperlib.training import batches, blockwise_attention
from paperlib.training.models import LoadedModel

UTILISATION = 0.4  # share of the matrix-product rate that a training step reaches, as measured; see data/results/LOG.md


@dataclass(frozen=True)
class Plan:
    """The batches of a training and the estimate of its cost."""

    run: str
    batches: list[list[int]]  # indices of examples
    step_tokens: list[int]  # tokens of each optimiser step, without padding
    padding: float  # ratio of padding to other tokens
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
    """Plans the training of ``loaded`` on ``tokens``, measuring the speed of this machine for 0.2 s."""
    lengths, per_step = [len(t) for t in tokens], config.gradient_accumulation
    bounds, limit = (config.batch_tokens, config.batch_examples), config.max_steps * per_step
    planned = batches.plan_batches(lengths, *bounds, config.epochs, limit, config.seed, config.order, per_step)
    filled = [sum(lengths[i] for i in batch) for batch in planned]
    longest = [max(lengths[i] for i in batch) for batch in planned]
    padded = [width * len(batch) for width, batch in zip(longest, planned, strict=True)]
    pairs = max(width * positions for width, positions in zip(longest, padded, strict=True))
    flops = (4 if config.method == "lora" else 6) * loaded.parameters * sum(padded)
    dtype = compute_dtype(config)
    return Plan(
        run=config.run,
        batches=planned,
        step_tokens=[sum(filled[i : i + per_step]) for i in range(0, len(filled), per_step)],
        padding=sum(padded) / sum(filled) - 1,
        memory_gb=_memory(loaded, max(padded), pairs if blockwise_attention.is_faster(dtype) else 0),
        seconds=flops / (UTILISATION * matmul_flops(dtype)),
    )


def compute_dtype(config: TrainConfig) -> torch.dtype:
    """The data type of a training's matrix products; on a CPU float32 for models from scratch, too small to gain.

    Where all weights are trained they stay in float32 themselves, and autocast converts them.
    """
    small = config.method == "scratch" and runtime.device().type == "cpu"
    return torch.float32 if small else runtime.dtype_of(config.precision)


def matmul_flops(dtype: torch.dtype, size: int = 1024, seconds: float = 0.2) -> float:
    """Floating-point operations per second of a square matrix product, measured on this machine for ``seconds``."""
    a = torch.ones(size, size, dtype=dtype, device=runtime.device())
    a @ a
    start, count = time.perf_counter(), 0
    while (spent := time.perf_counter() - start) < seconds:
        a @ a
        count += 1
    return count * 2 * size**3 / spent


def _memory(loaded: LoadedModel, batch_tokens: int, pairs: int) -> float:
    """Estimated peak memory in 10^9 bytes, for the largest batch.

    It consists of weights, optimiser state, activations kept for the backward pass, logits at half of the
    ``batch_tokens`` and attention weights of two bytes for half of the ``pairs`` of positions. The fused attention
    kernel stores none, so that ``pairs`` is 0.
    """
    shape = loaded.base_model.config
    size = next(loaded.base_model.parameters()).element_size()
    weights = loaded.parameters * size + loaded.trainable * 16
    per_token = 12 * shape.hidden_size + 5 * shape.intermediate_size
    activations = batch_tokens * shape.num_hidden_layers * per_token * size
    logits = batch_tokens / 2 * shape.vocab_size * (4 + 4 + size)
    attention = pairs / 2 * shape.num_attention_heads * shape.num_hidden_layers * 2
    return float(weights + activations + logits + attention) / 1e9 + 0.8
