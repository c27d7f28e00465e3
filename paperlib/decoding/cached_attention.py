"""Attention for decoding a few tokens at a time, without copying the key-value cache; rows may differ in length.

SmolLM2 shares each key and value among three query heads (grouped_attention_forward-query attention, Ainslie et al., 2023). The stock
path repeats the whole cache for every head at every token, which on a CPU costs more than all the matrix products.
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
    """``query`` (batch, heads, tokens, size), ``key`` and ``value`` (batch, groups, cached, size), ``attention_mask``
    (batch, 1, tokens, cached), true where a token may look.

    Returns (batch, tokens, heads, size). Without a mask, as in the prompt, attention is causal and takes the stock
    fused path.
    """
    if attention_mask is None:
        return sdpa_attention_forward(module, query, key, value, None, scaling=scaling, **options)[0], None
    batch, heads, tokens, size = query.shape
    groups = key.shape[1]
    scores = query.reshape(batch, groups, -1, size) @ key.transpose(-1, -2) * scaling
    scores = scores.view(batch, heads, tokens, -1).masked_fill_(~attention_mask, float("-inf"))
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(value.dtype)
    found = weights.view(batch, groups, -1, key.shape[2]) @ value
    return found.view(batch, heads, tokens, size).transpose(1, 2), None


class Block(DynamicLayer):  # type: ignore[no-untyped-call]
    """Keys and values of one layer in one block of memory, made for ``capacity`` positions; what is read are views.

    The stock growing cache is copied whole at every token, the stock static one is read to its end at every token.
    """

    def __init__(self, capacity: int):
        super().__init__()  # type: ignore[no-untyped-call]
        self.capacity = capacity
        self.places = torch.empty(0, 0, dtype=torch.long)  # (batch, tokens): where the next ones go

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        batch, groups, _, size = key_states.shape
        self.dtype, self.device = key_states.dtype, key_states.device
        self.block = key_states.new_zeros(2, batch, groups, self.capacity, size)
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """``key_states`` and ``value_states`` (batch, groups, tokens, size) go to ``places``; returns all up to the
        last place of any row."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        rows, end = torch.arange(len(self.places), device=self.device)[:, None], int(self.places.max()) + 1
        self.block[0][rows, :, self.places] = key_states.transpose(1, 2)
        self.block[1][rows, :, self.places] = value_states.transpose(1, 2)
        self.keys, self.values = self.block[..., :end, :]
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        self.block = self.block[:, indices]


class RaggedCache(Cache):
    """An empty key-value cache for ``capacity`` positions a row; each row goes on where it is told to."""

    def __init__(self, layers: int, capacity: int):
        super().__init__(layers=[Block(capacity) for _ in range(layers)])

    def set_positions(self, places: torch.Tensor) -> None:
        """Where the next tokens go: ``places`` (batch, tokens)."""
        for layer in self.layers:
            cast(Block, layer).places = places


AttentionInterface.register(NAME, grouped_attention_forward)
AttentionMaskInterface.register(NAME, sdpa_mask)
