"""The logits that follow several sequences while they grow: the one seam between decoding and what computes a model."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar, cast

import torch

from paperlib.decoding.cached_attention import RaggedCache
from paperlib.decoding.engines.llama_model import LlamaLogits, LlamaModel
from paperlib.decoding.engines.onnx_model import OnnxLogits, OnnxModel
from paperlib.decoding.engines.torch_llama import Llama
from paperlib.decoding.prefix_caching import shared_prefix
from paperlib.training.loaded_model import LoadedModel

PREFILL_TOKENS = 512  # of a prompt computed in one pass: more would gain nothing on a CPU, and take more memory
Row = TypeVar("Row")
Prefixes = Sequence[tuple[int, ...]]


class Logits(Protocol):
    """Rows of tokens with their key-value cache."""

    def after(self, sequences: Sequence[Sequence[int]], drafts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Logits (rows + drafted, vocabulary) after the last token of each row and after each drafted one, row by row.
        All but the last token of a row are in the cache, or were drafted before."""

    def refill(self, row: int, prefix: tuple[int, ...]) -> None:
        """Puts another sequence into a row, and its prefix into the cache, as far as no other row begins with it."""

    def keep(self, rows: Sequence[int]) -> None:
        """Goes on with some of the rows."""


def logits_of(loaded: LoadedModel, prefixes: Prefixes, most: int) -> Logits:
    """The logits of a model, whose cache is filled with a prefix for each row; a row may grow to ``most`` tokens."""
    if isinstance(loaded, LlamaModel):
        return LlamaLogits(loaded.model, prefixes, most)
    if isinstance(loaded, OnnxModel):
        return OnnxLogits(loaded.model, prefixes, most)
    body = loaded.base_model
    row_by_row = isinstance(body, Llama) and body.device.type == "cpu"  # a GPU would wait for each row
    return (UnpaddedLogits if row_by_row else TorchLogits)(body, prefixes)


class TorchLogits:
    """Logits that torch computes."""

    def __init__(self, body: Any, prefixes: Prefixes):
        """Fills the cache of the causal language model ``body`` with a prefix for each row."""
        self._body, self._cache = body, empty_cache(body, len(prefixes))
        self._prefixes: list[tuple[int, ...]] = [()] * len(prefixes)
        for row, prefix in enumerate(prefixes):
            self.refill(row, prefix)

    def refill(self, row: int, prefix: tuple[int, ...]) -> None:
        """There are no logits: of one position PyTorch computes them with a copy of the output matrix."""
        start, source = shared_prefix(prefix, self._prefixes)
        if start:
            self._cache.copy(source, row, start)
        self._prefixes[row] = prefix
        for end in [*range(start + PREFILL_TOKENS, len(prefix), PREFILL_TOKENS), len(prefix)]:
            if start < end:
                self._fill(row, prefix[start:end], start)
            start = end

    def _fill(self, row: int, tokens: Sequence[int], start: int) -> None:
        positions, mask = self._cache.fill(row, start, len(tokens), self._body.device)
        inputs = {"position_ids": positions, "attention_mask": mask} if start else {}
        ids = torch.tensor([tokens], device=self._body.device)
        self._body.get_decoder()(input_ids=ids, past_key_values=self._cache, use_cache=True, **inputs)

    def after(self, sequences: Sequence[Sequence[int]], drafts: Sequence[Sequence[int]]) -> torch.Tensor:
        width = 1 + max(map(len, drafts))
        rows = [[sequence[-1], *drafted] for sequence, drafted in zip(sequences, drafts, strict=True)]
        ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=self._body.device)
        starts = [len(sequence) - 1 for sequence in sequences]
        positions, masks = self._cache.append(starts, width, self._body.device)
        inputs = {"attention_mask": masks, "position_ids": positions, "past_key_values": self._cache, "use_cache": True}
        logits = cast(torch.Tensor, self._body(input_ids=ids, **inputs).logits)
        return logits[torch.tensor([[place < len(row) for place in range(width)] for row in rows])]

    def keep(self, rows: Sequence[int]) -> None:
        self._cache.batch_select_indices(torch.tensor(rows, dtype=torch.long, device=self._body.device))
        self._prefixes = [self._prefixes[row] for row in rows]


class UnpaddedLogits(TorchLogits):
    """Logits of our own models, whose rows follow one another in one row: no padding is computed."""

    def after(self, sequences: Sequence[Sequence[int]], drafts: Sequence[Sequence[int]]) -> torch.Tensor:
        starts, widths = [len(sequence) - 1 for sequence in sequences], [1 + len(drafted) for drafted in drafts]
        ids = [token for one, drafted in zip(sequences, drafts, strict=True) for token in (one[-1], *drafted)]
        positions = self._cache.append_unpadded(starts, widths, self._body.device)
        inputs = {"position_ids": positions, "past_key_values": self._cache}
        return cast(
            torch.Tensor, self._body(input_ids=torch.tensor([ids], device=self._body.device), **inputs).logits[0]
        )


def empty_cache(body: Any, rows: int) -> RaggedCache:
    """An empty key-value cache for ``rows`` texts, of the kind that the model takes."""
    if isinstance(body, Llama):
        return RaggedCache(body.config, rows)
    from paperlib.decoding import transformers_attention  # and transformers, seconds that our own models do not take

    return transformers_attention.prepare(body, rows)


def groups(rows: Sequence[Row], width: Callable[[Row], int], most: int, tokens: int) -> Iterator[Sequence[Row]]:
    """Batches of at most ``most`` rows, which come widest first, and of ``tokens`` tokens, padding included."""
    start = 0
    while start < len(rows):
        size = max(1, min(most, tokens // width(rows[start])))
        yield rows[start : start + size]
        start += size
