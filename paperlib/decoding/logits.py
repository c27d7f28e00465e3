"""The logits that follow several sequences while they grow: the one seam between decoding and what computes a model."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar, cast

import torch

from paperlib.decoding.cached_attention import RaggedCache
from paperlib.decoding.engines.llama_model import LlamaLogits, LlamaModel
from paperlib.decoding.engines.onnx_model import OnnxLogits, OnnxModel
from paperlib.training.llama import Llama
from paperlib.training.loaded_model import LoadedModel

PREFILL_TOKENS = 512  # of prompts computed in one pass: more would gain nothing on a CPU, and pad them further
Row = TypeVar("Row")
Prefixes = Sequence[tuple[int, ...]]


class Logits(Protocol):
    """Rows of tokens with their key-value cache."""

    def after(self, sequences: Sequence[Sequence[int]], drafts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Logits (rows + drafted, vocabulary) after the last token of each row and after each drafted one, row by row.
        All but the last token of a row are in the cache, or were drafted before."""

    def keep(self, rows: Sequence[int]) -> None:
        """Goes on with some of the rows."""


def logits_of(loaded: LoadedModel, prefixes: Prefixes, most: int) -> Logits:
    """The logits of a model, whose cache is filled with a prefix for each row; a row may grow to ``most`` tokens."""
    if isinstance(loaded, LlamaModel):
        return LlamaLogits(loaded.model, prefixes, most)
    if isinstance(loaded, OnnxModel):
        return OnnxLogits(loaded.model, prefixes, most)
    kind = UnpaddedLogits if isinstance(loaded.base_model, Llama) else TorchLogits
    return kind(loaded.base_model, prefixes, loaded.tokenizer.pad_token_id)


class TorchLogits:
    """Logits that torch computes."""

    def __init__(self, body: Any, prefixes: Prefixes, pad: int):
        """Fills the cache of the causal language model ``body`` with a prefix for each row, padded on the right with
        the token ``pad``: padding is overwritten as a row grows."""
        self._body = body
        self._cache = empty_cache(body, len(set(prefixes)))
        _prefill(body, self._cache, prefixes, pad)

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


class UnpaddedLogits(TorchLogits):
    """Logits of our own models, whose rows follow one another in one row: no padding is computed."""

    def after(self, sequences: Sequence[Sequence[int]], drafts: Sequence[Sequence[int]]) -> torch.Tensor:
        starts, widths = [len(sequence) - 1 for sequence in sequences], [1 + len(drafted) for drafted in drafts]
        ids = [token for one, drafted in zip(sequences, drafts, strict=True) for token in (one[-1], *drafted)]
        positions, mask = self._cache.append_unpadded(starts, widths, self._body.device)
        inputs = {"attention_mask": mask, "position_ids": positions, "past_key_values": self._cache}
        return cast(
            torch.Tensor, self._body(input_ids=torch.tensor([ids], device=self._body.device), **inputs).logits[0]
        )


def empty_cache(body: Any, rows: int) -> RaggedCache:
    """An empty key-value cache for ``rows`` texts, of the kind that the model takes."""
    if isinstance(body, Llama):
        return RaggedCache(body.config, rows)
    from paperlib.decoding import transformers_attention  # and transformers, seconds that our own models do not take

    return transformers_attention.prepare(body, rows)


def _prefill(body: Any, cache: RaggedCache, prefixes: Prefixes, pad: int) -> None:
    """A prefix that several rows share is computed once, and at most PREFILL_TOKENS in one pass, to bound the memory.
    There are no logits: of one position per row PyTorch computes them with a copy of the output matrix per row."""
    unique, start = sorted(dict.fromkeys(prefixes), key=len, reverse=True), 0
    for group in groups(unique, lambda prefix: max(1, len(prefix)), len(unique), PREFILL_TOKENS):
        width, end = len(group[0]), start + len(group)
        ids = torch.tensor([[*prefix, *[pad] * (width - len(prefix))] for prefix in group], device=body.device)
        cache.fill(slice(start, end))
        body.get_decoder()(input_ids=ids, past_key_values=cache, use_cache=True)
        start = end
    row_of = {prefix: row for row, prefix in enumerate(unique)}
    rows = [row_of[prefix] for prefix in prefixes]
    if rows != [*range(len(prefixes))]:
        cache.batch_select_indices(torch.tensor(rows, device=body.device))


def groups(rows: Sequence[Row], width: Callable[[Row], int], most: int, tokens: int) -> Iterator[Sequence[Row]]:
    """Batches of at most ``most`` rows, which come widest first, and of ``tokens`` tokens, padding included."""
    start = 0
    while start < len(rows):
        size = max(1, min(most, tokens // width(rows[start])))
        yield rows[start : start + size]
        start += size
