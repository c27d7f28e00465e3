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
Piece = tuple[slice, int, torch.Tensor]  # tokens of a row, the end of what they see, and their mask


def attend(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, scaling: float
) -> torch.Tensor:
    """Grouped-query attention of ``query`` (rows, heads, tokens, size) to ``key`` and ``value`` (rows, groups, cached,
    size): (rows, tokens, heads, size).

    ``mask`` (rows, 1, heads / groups * tokens, cached) is added to the scores: the heads of a group are computed as
    further tokens, so that the keys that they share are read once. Without one, as for a whole prompt, attention is
    causal.
    """
    rows, heads, tokens, size = query.shape
    groups, stock = key.shape[1], torch.nn.functional.scaled_dot_product_attention
    if mask is None:
        found = stock(query, key, value, is_causal=tokens > 1, scale=scaling, enable_gqa=heads > groups)
    else:
        joined = query.reshape(rows, groups, -1, size)
        found = stock(joined, key, value, attn_mask=mask.to(query.dtype), scale=scaling).view(query.shape)
    return found.transpose(1, 2).contiguous()


class RaggedLayer:
    """The keys and values of one layer of a :class:`RaggedCache`, in one tensor of which reading returns views.

    At every token the stock dynamic cache is copied completely, and the stock static one is read to its capacity.
    """

    def __init__(self) -> None:
        super().__init__()
        self.positions: tuple[torch.Tensor, torch.Tensor]  # indices of rows and positions that the next update fills
        self.rows, self.span = slice(0), slice(0)  # rows and positions that it returns
        self.storage = torch.empty(2, 0, 0, 0, 0)  # (2, rows, groups, positions, size)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Stores keys and values (batch, groups, tokens, size) and returns what the tokens may attend to: all those of
        each row in ``span``."""
        rows, positions = self.positions
        for storage, states in zip(self.storage, (key_states, value_states), strict=True):
            storage[rows, :, positions] = states.transpose(1, 2)
        keys, values = self.storage[:, self.rows, :, self.span]
        return keys, values

    def copy(self, source: int, row: int, positions: int) -> None:
        """The first ``positions`` of one row, in another, too."""
        self.storage[:, row, :, :positions] = self.storage[:, source, :, :positions]

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        self.storage = self.storage[:, indices]


class RaggedCache:
    """An empty key-value cache for ``rows`` texts of different lengths.

    ``config`` is the model's. Raises PaperlibError for a model with attention of another kind.
    """

    layer = RaggedLayer

    def __init__(self, config: Any, rows: int):
        self.windows, self.rows = layer_windows(config), rows
        self._heads_per_group = config.num_attention_heads // config.num_key_value_heads
        self.end = 0  # of the positions that the next forward pass returns
        self._pieces: list[Piece] | None = None  # of the tokens of the next forward pass, one of each row, if unpadded
        self.kinds: Sequence[str] = getattr(config, "layer_types", None) or ()
        self.layers: list[Any] = [self.layer() for _ in self.windows]

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Stores keys and values (batch, groups, tokens, size) of one layer and returns what they may attend to."""
        self._reserve(self.end, key_states)
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

    def copy(self, source: int, row: int, positions: int) -> None:
        """The first ``positions`` of one row, in another, too."""
        for layer in self.layers:
            layer.copy(source, row, positions)

    def fill(self, row: int, start: int, width: int, device: torch.device) -> tuple[torch.Tensor, Masks]:
        """Announces that the next forward pass is over ``width`` tokens of one row, from position ``start``: what
        :meth:`append` returns for these."""
        positions = torch.arange(start, start + width, device=device)[None]
        return positions, self._padded(torch.tensor([[row]], device=device), positions, slice(row, row + 1))

    def append(self, starts: Sequence[int], width: int, device: torch.device) -> tuple[torch.Tensor, Masks]:
        """Announces that the next forward pass is over ``width`` tokens of every row, from position ``starts[row]``.

        Returns the positions (rows, width) and the attention mask, one per kind of layer if the model has several.
        """
        rows = torch.arange(len(starts), device=device)[:, None]
        positions = torch.tensor(starts, device=device)[:, None] + torch.arange(width, device=device)
        return positions, self._padded(rows, positions, slice(None))

    def append_unpadded(self, starts: Sequence[int], widths: Sequence[int], device: torch.device) -> torch.Tensor:
        """Announces that the next forward pass is over ``widths[row]`` tokens of each row, which follow one another
        without padding: one row of ``sum(widths)`` tokens, whose positions (1, tokens) it returns.

        For models whose layers are all of one kind. There is no mask: :meth:`attend` computes row by row.
        """
        ends = [start + width for start, width in zip(starts, widths, strict=True)]
        rows = torch.arange(len(widths), device=device).repeat_interleave(torch.tensor(widths, device=device))
        positions = torch.cat([torch.arange(*piece, device=device) for piece in zip(starts, ends, strict=True)])
        self._place(rows[None], positions[None], slice(None), {None: slice(0, max(ends))})
        self._pieces, first = [], 0
        for end, width in zip(ends, widths, strict=True):
            tokens = slice(first, first := first + width)
            self._pieces.append((tokens, end, self._mask(positions[None, tokens], slice(0, end), None)))
        return positions[None]

    def _padded(self, rows: torch.Tensor, positions: torch.Tensor, returned: slice) -> Masks:
        """Places tokens at ``positions`` (rows, width), and returns their masks."""
        start, end = int(positions.min()), int(positions.max()) + 1
        spans = {window: slice(max(0, start + 1 - window) if window else 0, end) for window in self.windows}
        self._place(rows, positions, returned, spans)
        masks = {window: self._mask(positions, span, window) for window, span in spans.items()}
        if len(masks) == 1:
            return masks[self.windows[0]]
        return {kind: masks[window] for kind, window in zip(self.kinds, self.windows, strict=False)}

    def _place(
        self, rows: torch.Tensor, positions: torch.Tensor, returned: slice, spans: dict[int | None, slice]
    ) -> None:
        """Tells the layers where the next tokens go, and which rows and positions attention is given."""
        self._pieces, self.end = None, max(span.stop for span in spans.values())
        for layer, window in zip(self.layers, self.windows, strict=True):
            layer.positions, layer.rows, layer.span = (rows, positions), returned, spans[window]

    def attend(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, scaling: float
    ) -> torch.Tensor:
        """:func:`attend`, row by row for queries (1, heads, tokens, size) that were announced as unpadded."""
        if self._pieces is None:
            return attend(query, key, value, mask, scaling)
        found = [
            attend(query[:, :, tokens], key[row : row + 1, :, :end], value[row : row + 1, :, :end], seen, scaling)
            for row, (tokens, end, seen) in enumerate(self._pieces)
        ]
        return torch.cat(found, dim=1)

    def _mask(self, positions: torch.Tensor, span: slice, window: int | None) -> torch.Tensor:
        """The mask that :func:`attend` takes: tokens at ``positions`` (rows, tokens) see those in ``span``."""
        places, cached = positions[:, None, :, None], torch.arange(span.start, span.stop, device=positions.device)
        hidden = cached > places
        if window is not None:
            hidden |= cached <= places - window
        mask = torch.zeros(hidden.shape, device=positions.device).masked_fill_(hidden, float("-inf"))
        return mask.repeat(1, 1, self._heads_per_group, 1)
