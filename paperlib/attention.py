"""Attention for decoding one token at a time, without copying the key-value cache.

SmolLM2 shares each key and value among three query heads (grouped-query attention, Ainslie et al., 2023). The stock
path repeats the whole cache for every head at every token, which on a CPU costs more than all the matrix products.
"""

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface, Cache, DynamicLayer
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


class Block(DynamicLayer):  # type: ignore[no-untyped-call]
    """Keys and values of one layer in one block of memory, made for ``capacity`` positions; what is read are views.

    The stock growing cache is copied whole at every token, the stock static one is read to its end at every token.
    """

    def __init__(self, capacity: int):
        super().__init__()  # type: ignore[no-untyped-call]
        self.capacity = capacity

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        batch, groups, _, size = key_states.shape
        self.dtype, self.device = key_states.dtype, key_states.device
        self.block = key_states.new_empty(2, batch, groups, self.capacity, size)
        self.keys, self.values = self.block[..., :0, :]
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """``key_states`` and ``value_states`` (batch, groups, tokens, size); returns those of all tokens so far."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start, end = self.get_seq_length(), self.get_seq_length() + key_states.shape[-2]
        self.block[0, ..., start:end, :] = key_states
        self.block[1, ..., start:end, :] = value_states
        self.keys, self.values = self.block[..., :end, :]
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        length = self.get_seq_length()
        self.block = self.block[:, indices]
        self.keys, self.values = self.block[..., :length, :]


def cache(layers: int, capacity: int) -> Cache:
    """An empty key-value cache for ``capacity`` positions."""
    return Cache(layers=[Block(capacity) for _ in range(layers)])


AttentionInterface.register(NAME, grouped)
AttentionMaskInterface.register(NAME, sdpa_mask)
