"""Attention for decoding one token at a time, without copying the key-value cache.

SmolLM2 shares each key and value among three query heads (grouped-query attention, Ainslie et al., 2023). The stock
path repeats the whole cache for every head at every token, which on a CPU costs more than all the matrix products.
"""

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "grouped"


def grouped(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """``query`` (batch, heads, tokens, size), ``key`` and ``value`` (batch, groups, cached, size).

    Returns (batch, tokens, heads, size). More than one query token, as in the prompt, takes the stock fused path.
    """
    batch, heads, tokens, size = query.shape
    if tokens > 1:
        found = sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **options)
        return found[0], None
    groups = key.shape[1]
    scores = query.reshape(batch, groups, heads // groups, size) @ key.transpose(-1, -2) * scaling
    if attention_mask is not None:
        scores = scores.masked_fill(~attention_mask[..., : key.shape[2]], float("-inf"))
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(value.dtype)
    return (weights @ value).reshape(batch, 1, heads, size), None


AttentionInterface.register(NAME, grouped)
AttentionMaskInterface.register(NAME, sdpa_mask)
