"""Attention and a key-value cache for decoding a few tokens at a time, in rows of different lengths, without copies.

In SmolLM2 three query heads share each key and value (grouped-query attention, Ainslie et al., 2023,
https://arxiv.org/abs/2305.13245). The stock implementation repeats the cache for every query head at every token, which
on a CPU takes longer than all matrix products.
"""

from typing import Any, cast

import torch
from transformers import AttentionInterface, AttentionMaskInterface, Cache, DynamicLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "grouped"


def grouped_attention_forward(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Grouped-query attention as transformers' AttentionInterface expects it.

    ``query`` has shape (batch, heads, tokens, size), ``key`` and ``value`` (batch, groups, cached, size), and
    ``attention_mask`` (batch, 1, tokens, cached) is true where a token attends. Returns (batch, tokens, heads, size).
    Without a mask, as for the prompt, attention is causal and the stock fused kernel is used.
    """
    if attention_mask is None:
        return sdpa_attention_forward(module, query, key, value, None, scaling=scaling, **options)[0], None
    batch, heads, tokens, size = query.shape
    groups = key.shape[1]
    scores = query.reshape(batch, groups, -1, size) @ key.transpose(-1, -2) * scaling
    scores = scores.view(batch, heads, tokens, -1).masked_fill_(~attention_mask, float("-inf"))
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(value.dtype)
    result = weights.view(batch, groups, -1, key.shape[2]) @ value
    return result.view(batch, heads, tokens, size).transpose(1, 2), None


class PreallocatedLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """The keys and values of one layer, in one tensor for ``capacity`` positions, of which reading returns views.

    At every token the stock dynamic cache is copied completely, and the stock static one is read to its capacity.
    """

    def __init__(self, capacity: int):
        super().__init__()  # type: ignore[no-untyped-call]
        self.capacity = capacity
        self.positions = torch.empty(0, 0, dtype=torch.long)  # (batch, tokens), of the next update

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        batch, groups, _, size = key_states.shape
        self.dtype, self.device = key_states.dtype, key_states.device
        self.storage = key_states.new_zeros(2, batch, groups, self.capacity, size)
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Stores keys and values (batch, groups, tokens, size) at ``positions``.

        Returns all keys and values (batch, groups, cached, size), up to the last position of the longest row.
        """
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        rows, end = torch.arange(len(self.positions), device=self.device)[:, None], int(self.positions.max()) + 1
        self.storage[0][rows, :, self.positions] = key_states.transpose(1, 2)
        self.storage[1][rows, :, self.positions] = value_states.transpose(1, 2)
        self.keys, self.values = self.storage[..., :end, :]
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        self.storage = self.storage[:, indices]


class RaggedCache(Cache):
    """An empty key-value cache for ``capacity`` positions, in which rows may have different lengths."""

    def __init__(self, layers: int, capacity: int):
        super().__init__(layers=[PreallocatedLayer(capacity) for _ in range(layers)])

    def set_positions(self, positions: torch.Tensor) -> None:
        """Sets the positions (batch, tokens) of the tokens in the next forward pass."""
        for layer in self.layers:
            cast(PreallocatedLayer, layer).positions = positions


AttentionInterface.register(NAME, grouped_attention_forward)
AttentionMaskInterface.register(NAME, sdpa_mask)
