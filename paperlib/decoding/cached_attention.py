"""Attention and a key-value cache for decoding a few tokens at a time, in rows of different lengths, without copies.

Several query heads share each key and value (grouped-query attention, Ainslie et al., 2023,
https://arxiv.org/abs/2305.13245). The stock implementation repeats the cache for every query head at every token, which
on a CPU takes longer than all matrix products. Layers may attend to a sliding window instead of the whole text.
"""

from collections.abc import Sequence
from typing import Any

import torch

from paperlib.training.architecture import layer_windows

GROWTH = 128  # positions by which a cache grows
Masks = torch.Tensor | dict[str, torch.Tensor]


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, scaling: float
) -> torch.Tensor:
    """Grouped-query attention of ``query`` (rows, heads, tokens, size) to ``key`` and ``value`` (rows, groups, cached,
    size): (rows, tokens, heads, size).

    ``mask`` (rows, 1, tokens, cached) is true where a token attends. Without one, as for the prompt, attention is
    causal, and the stock fused kernel is used.
    """
    rows, heads, tokens, size = query.shape
    groups = key.shape[1]
    if mask is None:
        stock = torch.nn.functional.scaled_dot_product_attention
        causal, grouped = tokens > 1, heads > groups
        return (
            stock(query, key, value, is_causal=causal, scale=scaling, enable_gqa=grouped).transpose(1, 2).contiguous()
        )
    scores = query.reshape(rows, groups, -1, size) @ key.transpose(-1, -2) * scaling
    scores = scores.view(rows, heads, tokens, -1).masked_fill_(~mask, float("-inf"))
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(value.dtype)
    result = weights.view(rows, groups, -1, key.shape[2]) @ value
    return result.view(rows, heads, tokens, size).transpose(1, 2)


class RaggedLayer:
    """The keys and values of one layer of a :class:`RaggedCache`, in one tensor of which reading returns views.

    At every token the stock dynamic cache is copied completely, and the stock static one is read to its capacity.
    """

    def __init__(self) -> None:
        super().__init__()
        self.prompts: slice | None = None  # rows that the next update fills from their start
        self.positions: tuple[torch.Tensor, torch.Tensor]  # indices of rows and positions of the next update, else
        self.span = slice(0)  # of positions that the next update returns
        self.storage = torch.empty(2, 0, 0, 0, 0)  # (2, rows, groups, positions, size)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Stores keys and values (batch, groups, tokens, size) and returns what the tokens may attend to.

        For prompts that are the same keys and values; later all those of each row in ``span``.
        """
        width = key_states.shape[2]
        for storage, states in zip(self.storage, (key_states, value_states), strict=True):
            if self.prompts is None:
                rows, positions = self.positions
                storage[rows, :, positions] = states.transpose(1, 2)
            else:
                storage[self.prompts, :, :width] = states
        if self.prompts is not None:
            return key_states, value_states
        keys, values = self.storage[..., self.span, :]
        return keys, values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        self.storage = self.storage[:, indices]


class RaggedCache:
    """An empty key-value cache for ``rows`` texts of different lengths.

    ``config`` is the model's. Raises PaperlibError for a model with attention of another kind.
    """

    layer = RaggedLayer

    def __init__(self, config: Any, rows: int):
        self.windows, self.rows = layer_windows(config), rows
        self.end: int | None = None  # of the positions that the next forward pass returns; None for prompts
        self._unpadded: tuple[torch.Tensor, torch.Tensor] | None = None  # row, and place in it, of each token
        self.kinds: Sequence[str] = getattr(config, "layer_types", None) or ()
        self.layers: list[Any] = [self.layer() for _ in self.windows]

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Stores keys and values (batch, groups, tokens, size) of one layer and returns what they may attend to."""
        self._reserve(self.end or key_states.shape[2], key_states)
        keys, values = self.layers[layer_idx].update(key_states, value_states)
        return keys, values

    def _reserve(self, positions: int, like: torch.Tensor) -> None:
        """Makes room for ``positions`` keys like (batch, groups, tokens, size), in all layers at once.

        In between two layers' temporary tensors, a layer's storage would keep freed memory from being used again. New
        positions are 0, as values that are masked must be finite.
        """
        known = self.layers[0].storage.shape[3]
        if positions > known:
            for layer in self.layers:
                old, (_, groups, _, size) = layer.storage, like.shape
                layer.storage = like.new_zeros(2, self.rows, groups, positions + GROWTH, size)
                if known:
                    layer.storage[..., :known, :] = old

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        for layer in self.layers:
            layer.batch_select_indices(indices)
        self.rows = len(indices)

    def fill(self, rows: slice) -> None:
        """Announces that the next forward pass is over the prompts of ``rows``, padded on the right."""
        self.end, self._unpadded = None, None
        for layer in self.layers:
            layer.prompts = rows

    def append(self, starts: Sequence[int], width: int, device: torch.device) -> tuple[torch.Tensor, Masks]:
        """Announces that the next forward pass is over ``width`` tokens of every row, from position ``starts[row]``.

        Returns the positions (rows, width) and the attention mask, one per kind of layer if the model has several.
        """
        self._unpadded, rows = None, torch.arange(len(starts), device=device)[:, None]
        positions = torch.tensor(starts, device=device)[:, None] + torch.arange(width, device=device)
        masks = self._place(rows, positions, starts, positions)
        if len(masks) == 1:
            return positions, masks[self.windows[0]]
        return positions, {kind: masks[window] for kind, window in zip(self.kinds, self.windows, strict=False)}

    def append_unpadded(
        self, starts: Sequence[int], widths: Sequence[int], device: torch.device
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Announces that the next forward pass is over ``widths[row]`` tokens of each row, which follow one another
        without padding: one row of ``sum(widths)`` tokens.

        Returns their positions (1, tokens) and the attention mask. For models whose layers are all of one kind.
        """
        count = torch.tensor(widths, device=device)
        rows = torch.arange(len(widths), device=device).repeat_interleave(count)
        places = torch.arange(len(rows), device=device) - (count.cumsum(0) - count)[rows]
        first = torch.tensor(starts, device=device)
        positions, padded = first[rows] + places, first[:, None] + torch.arange(max(widths), device=device)
        self._unpadded = rows, places
        (mask,) = self._place(rows[None], positions[None], starts, padded).values()
        return positions[None], mask

    def _place(
        self, rows: torch.Tensor, positions: torch.Tensor, starts: Sequence[int], padded: torch.Tensor
    ) -> dict[int | None, torch.Tensor]:
        """Tells the layers where the next tokens go; returns the masks of ``padded`` positions (rows, width) by
        window."""
        self.end = end = int(padded.max()) + 1
        spans = {window: slice(max(0, min(starts) + 1 - window) if window else 0, end) for window in self.windows}
        for layer, window in zip(self.layers, self.windows, strict=True):
            layer.prompts, layer.positions, layer.span = None, (rows, positions), spans[window]
        return {window: _visible(padded, span, window) for window, span in spans.items()}

    def attend(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, scaling: float
    ) -> torch.Tensor:
        """:func:`attend`; padded for it are queries (1, heads, tokens, size) that were announced as unpadded."""
        if mask is None or self._unpadded is None:
            return attend(query, key, value, mask, scaling)
        padded = query.new_zeros(len(mask), mask.shape[2], query.shape[1], query.shape[3])
        padded[self._unpadded] = query[0].transpose(0, 1)
        return attend(padded.transpose(1, 2), key, value, mask, scaling)[self._unpadded][None]


def _visible(positions: torch.Tensor, span: slice, window: int | None) -> torch.Tensor:
    """Whether tokens at ``positions`` (rows, tokens) attend to those in ``span``: (rows, 1, tokens, cached)."""
    places, cached = positions[:, None, :, None], torch.arange(span.start, span.stop, device=positions.device)
    seen = cached <= places
    return seen if window is None else seen & (cached > places - window)
