"""The plan of a training, made before it starts: its batches and estimates of its memory and time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from paperlib.core import runtime
from paperlib.core.config import TrainConfig
from paperlib.data.prompts import Tokens
from paperlib.training import bases, batches, blockwise_attention
from paperlib.training.architecture import head_size, layer_windows
from paperlib.training.blockwise_attention import blocks
from paperlib.training.chunked_loss import chunk_rows
from paperlib.training.loaded_model import LoadedModel

TRAINED_BYTES = 16  # per trained weight: its gradient, AdamW's two moments, and a copy in float32 or bf16
LOGIT_BYTES = 12  # per logit: in bf16, in float32, a temporary tensor of the softmax, the gradient in bf16
PROCESS_GB = 0.8  # Python, PyTorch and a tokenizer
MATRIX = 1024  # rows and columns of the matrices whose product is timed
UTILISATION = 0.4  # share of the matrix-product rate that a training step reaches, as measured; see data/results/LOG.md


@dataclass(frozen=True)
class Shape:
    """The size of a batch."""

    rows: int
    width: int  # tokens of the longest row
    targets: int  # tokens that contribute to the loss

    @property
    def positions(self) -> int:
        """Tokens and padding."""
        return self.rows * self.width


@dataclass(frozen=True)
class Plan:
    """The batches of a training and the estimate of its cost."""

    run: str
    batches: list[list[int]]  # indices of examples
    step_tokens: list[int]  # tokens of each optimiser step, without padding
    padding: float  # ratio of padding to other tokens
    memory_gb: float  # estimated peak, 10^9 bytes
    seconds: float  # estimated
    skipped: int = 0  # examples that are too long

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
            + (f"; examples too long, and skipped: {self.skipped}" if self.skipped else "")
        )


def make_plan(config: TrainConfig, loaded: LoadedModel, tokens: Sequence[Tokens], skipped: int = 0) -> Plan:
    """Plans the training of ``loaded`` on ``tokens``, measuring the speed of this machine for 0.2 s."""
    lengths, per_step = [len(t) for t in tokens], config.gradient_accumulation
    bounds, limit = (config.batch_tokens, config.batch_examples), config.max_steps * per_step
    planned = batches.plan_batches(lengths, *bounds, config.epochs, limit, config.seed, config.order, per_step)
    filled = [sum(lengths[i] for i in batch) for batch in planned]
    shapes = [Shape(len(b), max(lengths[i] for i in b), sum(len(tokens[i].answer) for i in b)) for b in planned]
    padded, dtype = sum(shape.positions for shape in shapes), compute_dtype(config)
    head = loaded.base_model.get_output_embeddings().weight.numel()
    products = (loaded.parameters - head) * padded + head * sum(shape.targets for shape in shapes)
    flops = (4 if config.method == "lora" else 6) * products
    return Plan(
        run=config.run,
        batches=planned,
        step_tokens=[sum(filled[i : i + per_step]) for i in range(0, len(filled), per_step)],
        padding=padded / sum(filled) - 1 if filled else 0.0,
        memory_gb=_memory(loaded, shapes or [Shape(0, 0, 0)], blockwise_attention.is_faster(dtype)),
        seconds=flops / (UTILISATION * matmul_flops(dtype)),
        skipped=skipped,
    )


def compute_dtype(config: TrainConfig) -> torch.dtype:
    """The data type of a training's matrix products; on a CPU float32 for models from scratch, too small to gain.

    Where all weights are trained they stay in float32 themselves, and autocast converts them.
    """
    small = config.method == "scratch" and runtime.device().type == "cpu"
    return torch.float32 if small else runtime.dtype_of(config.precision)


def matmul_flops(dtype: torch.dtype, seconds: float = 0.2, clock: Callable[[], float] = time.perf_counter) -> float:
    """Floating-point operations per second of a square matrix product, measured on this machine for ``seconds``."""
    a = torch.ones(MATRIX, MATRIX, dtype=dtype, device=runtime.device())
    _product(a)
    start, count = clock(), 0
    while (spent := clock() - start) < seconds:
        _product(a)
        count += 1
    return count * 2 * MATRIX**3 / spent


def _product(a: torch.Tensor) -> None:
    a @ a
    if a.is_cuda:  # where a product is only queued
        torch.cuda.synchronize()


def require_memory_for_weights(config: TrainConfig) -> None:
    """Raises PaperlibError before a base is loaded whose weights alone, and what trains them, do not fit."""
    if base := bases.BASES.get(config.base):
        full = config.method == "full"
        size = 4 if full else runtime.dtype_of(config.precision).itemsize
        needed = base.parameters * (size + (TRAINED_BYTES if full else 0)) / 1e9 + PROCESS_GB
        runtime.require_memory(needed, f"training {config.run}", "close other programs, or choose a smaller base")


def _memory(loaded: LoadedModel, shapes: Sequence[Shape], blockwise: bool) -> float:
    """Estimated peak memory in 10^9 bytes, for the batches of ``shapes``.

    It consists of weights, optimiser state, what the layers keep for the backward pass, and the logits of one chunk of
    targets. Blockwise attention keeps its weights, in two bytes; the fused kernel keeps none.
    """
    config, size = loaded.base_model.config, next(loaded.base_model.parameters()).element_size()
    weights = loaded.parameters * size + loaded.trainable * TRAINED_BYTES
    windows, heads = layer_windows(config), config.num_attention_heads
    width = max(config.hidden_size, heads * head_size(config))
    kept = len(windows) * (12 * width + 5 * config.intermediate_size) * size
    layers = max(
        kept * shape.positions + 2 * heads * blockwise * sum(_attention_weights(shape, window) for window in windows)
        for shape in shapes
    )
    rows = min(max(shape.targets for shape in shapes), chunk_rows(config.vocab_size))
    logits = rows * config.vocab_size * LOGIT_BYTES
    return float(weights + layers + logits) / 1e9 + PROCESS_GB


def _attention_weights(shape: Shape, window: int | None) -> int:
    """Attention weights of one head and layer."""
    return shape.rows * sum((end - start) * (end - first) for first, start, end in blocks(shape.width, window))
