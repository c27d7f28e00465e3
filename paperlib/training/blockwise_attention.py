"""Causal attention for training on a CPU in bf16, computed in blocks of plain matrix products.

PyTorch's fused kernel (FlashAttention, Dao et al., 2022, https://arxiv.org/abs/2205.14135) never stores the matrix of
attention weights, but in bf16 on a CPU it is slow, above all in the backward pass. Here a block of queries attends to
the keys up to its own end, so that most of the masked part is never computed, and the query heads that share a key
(grouped-query attention) share a matrix product. The weights are kept for the backward pass.
"""

from collections.abc import Iterator
from typing import Any, cast

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from paperlib.core.runtime import device

NAME = "blockwise"
BLOCK = 256  # queries


class BlockwiseAttention(torch.autograd.Function):
    """softmax(scale Q K') V with a causal mask, and a sliding window if given.

    ``query`` has shape (batch, groups, shared, tokens, size): ``shared`` query heads use each of the ``groups`` heads
    of ``key`` and ``value`` (batch, groups, tokens, size). With a ``window`` w a token attends to itself and the w - 1
    before it; keys outside the windows of a whole block are skipped. Returns a tensor of the shape of ``query``.
    """

    @staticmethod
    def forward(
        ctx: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        scale: float,
        window: int | None = None,
    ) -> torch.Tensor:
        query, weights = query * scale, []
        result = torch.empty_like(query, memory_format=torch.contiguous_format)
        for begin, start, end in blocks(query.shape[3], window):
            scores = _fold(query, start, end) @ key[:, :, begin:end].transpose(-1, -2)
            _mask(_unfold(scores, end - start), begin, start, window)
            weight = torch.softmax(scores, dim=-1)
            result[:, :, :, start:end] = _unfold(weight @ value[:, :, begin:end], end - start)
            if any(ctx.needs_input_grad):
                weights.append(weight)
        ctx.save_for_backward(query, key, value, *weights)
        ctx.scale, ctx.window = scale, window
        return result

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        query, key, value, *weights = ctx.saved_tensors
        grad_query = torch.empty_like(query, memory_format=torch.contiguous_format)
        grad_key, grad_value = torch.zeros_like(key, dtype=torch.float32), torch.zeros_like(value, dtype=torch.float32)
        for (begin, start, end), weight in zip(blocks(query.shape[3], ctx.window), weights, strict=True):
            grad = _fold(grads[0], start, end)
            grad_weight = grad @ value[:, :, begin:end].transpose(-1, -2)
            grad_scores = torch._softmax_backward_data(grad_weight, weight, -1, weight.dtype)
            grad_query[:, :, :, start:end] = _unfold(grad_scores @ key[:, :, begin:end], end - start)
            grad_key[:, :, begin:end] += grad_scores.transpose(-1, -2) @ _fold(query, start, end)
            grad_value[:, :, begin:end] += weight.transpose(-1, -2) @ grad
        return grad_query.mul_(ctx.scale), grad_key.to(key.dtype), grad_value.to(value.dtype), None, None


def blocks(tokens: int, window: int | None) -> Iterator[tuple[int, int, int]]:
    """For each block of queries its first key, its first query, and the end of both."""
    for start in range(0, tokens, BLOCK):
        yield max(0, start - window + 1) if window else 0, start, min(start + BLOCK, tokens)


def _fold(heads: torch.Tensor, start: int, end: int) -> torch.Tensor:
    """One block of (batch, groups, shared, tokens, size), as (batch, groups, shared * block, size)."""
    return heads[:, :, :, start:end].flatten(2, 3)


def _unfold(rows: torch.Tensor, block: int) -> torch.Tensor:
    """(batch, groups, shared * block, size) as (batch, groups, shared, block, size)."""
    return rows.view(*rows.shape[:2], -1, block, rows.shape[-1])


def _mask(scores: torch.Tensor, begin: int, start: int, window: int | None) -> None:
    """Sets the scores (..., block, keys) of the keys after a query, and of those before its window, to -inf in place.

    The queries begin at position ``start``, the keys at ``begin``. Only keys that some queries see and others do not
    are touched.
    """
    block, keys = scores.shape[-2:]
    scores[..., start - begin :].add_(_minus_inf(block, block, scores).triu_(1))
    outside = keys - window if window else 0  # keys before the window of the last query
    if outside > 0 and window:
        scores[..., :outside].add_(_minus_inf(block, outside, scores).tril_(start - begin - window))


def _minus_inf(rows: int, columns: int, like: torch.Tensor) -> torch.Tensor:
    return torch.full((rows, columns), float("-inf"), dtype=like.dtype, device=like.device)


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, scale: float, window: int | None = None
) -> torch.Tensor:
    """Causal grouped-query attention: ``query`` (batch, heads, tokens, size), ``key`` and ``value`` (batch, groups,
    tokens, size). Returns (batch, tokens, heads, size)."""
    grouped = query.unflatten(1, (key.shape[1], -1))  # type: ignore[no-untyped-call]
    result = BlockwiseAttention.apply(grouped, key, value, scale, window)  # type: ignore[no-untyped-call]
    return cast(torch.Tensor, result.flatten(1, 2).transpose(1, 2).contiguous())


def attention_forward(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Blockwise attention as transformers' AttentionInterface expects it, in the data type of autocast if enabled.

    ``query`` has shape (batch, heads, tokens, size), ``key`` and ``value`` (batch, groups, tokens, size); the result
    has shape (batch, tokens, heads, size). A layer with a sliding window names it in ``options``. With a mask, or keys
    that precede the queries, the stock kernel is used.
    """
    if attention_mask is not None or query.shape[2] != key.shape[2]:
        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **options)[0], None
    where = query.device.type
    dtype = torch.get_autocast_dtype(where) if torch.is_autocast_enabled(where) else query.dtype
    query, key, value = (x.to(dtype) for x in (query, key, value))
    return attend(query, key, value, scaling, options.get("sliding_window")), None


def causal_mask(*, q_length: int, kv_length: int, local_size: int | None = None, **options: Any) -> torch.Tensor | None:
    """transformers' mask for scaled-dot-product attention, but none for whole sequences in a sliding window.

    There the attention functions of this package apply the window themselves.
    """
    size = None if q_length == kv_length else local_size
    return sdpa_mask(q_length=q_length, kv_length=kv_length, local_size=size, **options)


def is_faster(dtype: torch.dtype) -> bool:
    """Whether blockwise attention beats the fused kernel: in bf16 on a CPU, by a factor of 1.4 to 2.3."""
    return dtype == torch.bfloat16 and device().type == "cpu"


AttentionInterface.register(NAME, attention_forward)
AttentionMaskInterface.register(NAME, causal_mask)
