"""Attention and a key-value cache for decoding a few tokens at a time, in rows of different lengths, without copies.

Several query heads share each key and value (grouped-query attention, Ainslie et al., 2023,
https://arxiv.org/abs/2305.13245). The stock implementation repeats the cache for every query head at every token, which
on a CPU takes longer than all matrix products. Layers may attend to a sliding window instead of the whole text.
"""

from collections.abc import Sequence
from typing import Any, cast

import torch
from transformers import AttentionInterface, AttentionMaskInterface, Cache, DynamicLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from paperlib.training import blockwise_attention
from paperlib.training.architecture import layer_windows

NAME = "grouped"
Masks = torch.Tensor | dict[str, torch.Tensor]


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
    Without a mask, as for the prompt, attention is causal: the stock fused kernel is used, or, where the text is longer
    than the layer's sliding window, blockwise attention.
    """
    if attention_mask is None:
        window = options.get("sliding_window")
        if window is not None and window < key.shape[2] == query.shape[2]:
            return blockwise_attention.attend(query, key, value, scaling, window), None
        return sdpa_attention_forward(module, query, key, value, None, scaling=scaling, **options)[0], None
    batch, heads, tokens, size = query.shape
    groups = key.shape[1]
    scores = query.reshape(batch, groups, -1, size) @ key.transpose(-1, -2) * scaling
    scores = scores.view(batch, heads, tokens, -1).masked_fill_(~attention_mask, float("-inf"))
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(value.dtype)
    result = weights.view(batch, groups, -1, key.shape[2]) @ value
    return result.view(batch, heads, tokens, size).transpose(1, 2), None


class PreallocatedLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """The keys and values of one layer, in one tensor for ``rows`` texts of up to ``capacity`` positions.

    Reading returns views. At every token the stock dynamic cache is copied completely, and the stock static one is read
    to its capacity.
    """

    def __init__(self, rows: int, capacity: int):
        super().__init__()  # type: ignore[no-untyped-call]
        self.rows, self.capacity = rows, capacity
        self.prompts: slice | None = None  # rows that the next update fills from their start
        self.positions: tuple[torch.Tensor, torch.Tensor]  # indices of rows and positions of the next update, else
        self.span = slice(0)  # of positions that the next update returns

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        _, groups, _, size = key_states.shape
        self.dtype, self.device = key_states.dtype, key_states.device
        self.storage = key_states.new_zeros(2, self.rows, groups, self.capacity, size)
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Stores keys and values (batch, groups, tokens, size) and returns what the tokens may attend to.

        For prompts that are the same keys and values; later all those of each row in ``span``.
        """
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        for storage, states in zip(self.storage, (key_states, value_states), strict=True):
            if self.prompts is None:
                rows, positions = self.positions
                storage[rows, :, positions] = states.transpose(1, 2)
            else:
                storage[self.prompts, :, : states.shape[2]] = states
        if self.prompts is not None:
            return key_states, value_states
        keys, values = self.storage[..., self.span, :]
        return keys, values

    def get_seq_length(self) -> int:
        return 0  # callers give the positions of all tokens but those of prompts

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        self.storage = self.storage[:, indices]


class RaggedCache(Cache):
    """An empty key-value cache for ``rows`` texts of different lengths, up to ``capacity`` positions.

    ``config`` is the model's. Raises PaperlibError for a model with attention of another kind.
    """

    def __init__(self, config: Any, rows: int, capacity: int):
        self.windows = layer_windows(config)
        self.kinds: Sequence[str] = getattr(config, "layer_types", None) or ()
        super().__init__(layers=[PreallocatedLayer(rows, capacity) for _ in self.windows])

    def fill(self, rows: slice) -> None:
        """Announces that the next forward pass is over the prompts of ``rows``, padded on the right."""
        for layer in cast(list[PreallocatedLayer], self.layers):
            layer.prompts = rows

    def append(self, starts: Sequence[int], width: int, device: torch.device) -> tuple[torch.Tensor, Masks]:
        """Announces that the next forward pass is over ``width`` tokens of every row, from position ``starts[row]``.

        Returns the positions (rows, width) and the attention mask, one per kind of layer if the model has several.
        """
        end, rows = max(starts) + width, torch.arange(len(starts), device=device)[:, None]
        positions = torch.tensor(starts, device=device)[:, None] + torch.arange(width, device=device)
        spans = {window: slice(max(0, min(starts) + 1 - window) if window else 0, end) for window in self.windows}
        for layer, window in zip(cast(list[PreallocatedLayer], self.layers), self.windows, strict=True):
            layer.prompts, layer.positions, layer.span = None, (rows, positions), spans[window]
        masks = {window: _visible(positions, span, window) for window, span in spans.items()}
        if len(masks) == 1:
            return positions, masks[self.windows[0]]
        return positions, {kind: masks[window] for kind, window in zip(self.kinds, self.windows, strict=False)}


def _visible(positions: torch.Tensor, span: slice, window: int | None) -> torch.Tensor:
    """Whether tokens at ``positions`` (rows, tokens) attend to those in ``span``: (rows, 1, tokens, cached)."""
    places, cached = positions[:, None, :, None], torch.arange(span.start, span.stop, device=positions.device)
    seen = cached <= places
    return seen if window is None else seen & (cached > places - window)


AttentionInterface.register(NAME, grouped_attention_forward)
AttentionMaskInterface.register(NAME, blockwise_attention.causal_mask)
