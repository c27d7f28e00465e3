"""Our attention and key-value cache in models of transformers, of every architecture that this package supports."""

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface, Cache, DynamicLayer

from paperlib.decoding.cached_attention import RaggedCache, RaggedLayer, attend
from paperlib.training import blockwise_attention

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
    """:func:`paperlib.decoding.cached_attention.attend` as transformers' AttentionInterface expects it.

    Without a mask, and where the text is longer than the layer's sliding window, attention is blockwise.
    """
    window = options.get("sliding_window")
    if attention_mask is None and window is not None and window < key.shape[2] == query.shape[2]:
        return blockwise_attention.attend(query, key, value, scaling, window), None
    return attend(query, key, value, attention_mask, scaling), None


class TransformersLayer(RaggedLayer, DynamicLayer):  # type: ignore[no-untyped-call]
    """A layer of a :class:`TransformersCache`."""

    def get_seq_length(self) -> int:
        return 0  # callers give the positions of all tokens but those of prompts


class TransformersCache(RaggedCache, Cache):
    """A :class:`paperlib.decoding.cached_attention.RaggedCache` that a model of transformers takes."""

    layer = TransformersLayer

    def __init__(self, config: Any, rows: int):
        super().__init__(config, rows)
        Cache.__init__(self, layers=self.layers)


def prepare(model: Any, rows: int) -> TransformersCache:
    """An empty cache for ``rows`` texts, and our attention in ``model``, which is changed in place."""
    model.set_attn_implementation(NAME)
    return TransformersCache(model.config, rows)


AttentionInterface.register(NAME, grouped_attention_forward)
AttentionMaskInterface.register(NAME, blockwise_attention.causal_mask)
