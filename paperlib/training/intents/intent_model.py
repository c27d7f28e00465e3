"""The classifier as PyTorch trains it: an encoder of word pieces, hashed n-grams beside it, and one linear layer.

The teacher is a whole sentence encoder. A student keeps some of its layers, the most active neurons of their
feed-forward networks and a part of its vocabulary, and adds n-grams, which cost no arithmetic to speak of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel
from transformers.utils import logging as hf_logging

from paperlib.data.intents import SCALE
from paperlib.data.intents.ngram_hashing import buckets
from paperlib.data.intents.wordpiece import WordPiece

hf_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
hf_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
MOST_PIECES = 64  # of a text, with [CLS] and [SEP]
Encoder = Any  # a BertModel, whose parts have no types that tell them apart


@dataclass(frozen=True)
class Shape:
    """What of a sentence encoder a student keeps, and what it adds."""

    layers: tuple[int, ...] = (0, 1)  # of the teacher's, from the lowest; none: n-grams alone
    feed_forward: int = 768  # neurons of each layer's feed-forward network
    pieces: int = 3500  # of the vocabulary, at most
    buckets: int = 16384  # of hashed n-grams
    bucket_width: int = 48  # numbers for each bucket


@dataclass(frozen=True)
class Batch:
    """Texts as a model reads them."""

    ids: Tensor  # (texts, positions): word pieces, 0 behind the last
    mask: Tensor  # (texts, positions): 1 for a piece
    grams: Tensor  # all buckets of all texts, one after the other
    starts: Tensor  # (texts,): where those of each text start


class IntentModel(nn.Module):
    """Texts to logits, one for each label."""

    def __init__(self, encoder: Encoder | None, n_buckets: int, bucket_width: int, n_labels: int):
        super().__init__()
        self.encoder = encoder
        self.grams = nn.EmbeddingBag(n_buckets, bucket_width, mode="sum") if n_buckets else None
        if self.grams is not None:
            nn.init.normal_(self.grams.weight, std=0.1)
        width = encoder.config.hidden_size if encoder is not None else 0
        self.head = nn.Linear(width + (bucket_width if n_buckets else 0), n_labels)
        self.drop = nn.Dropout(0.1)

    def features(self, batch: Batch) -> Tensor:
        """(texts, width): the mean of the hidden states, at length SCALE; then the sum of the n-grams' vectors over the
        square root of their number."""
        parts = []
        if self.encoder is not None:
            hidden = self.encoder(input_ids=batch.ids, attention_mask=batch.mask).last_hidden_state.float()
            mask = batch.mask[..., None].float()
            parts.append(SCALE * nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1))
        if self.grams is not None:
            sizes = torch.diff(batch.starts, append=torch.tensor([len(batch.grams)]))
            parts.append(self.grams(batch.grams, batch.starts) / sizes.clamp(min=1).sqrt()[:, None])
        return torch.cat(parts, 1)

    def forward(self, batch: Batch) -> Tensor:
        """(texts, labels)"""
        logits: Tensor = self.head(self.drop(self.features(batch)))
        return logits

    def n_parameters(self) -> int:
        return sum(one.numel() for one in self.parameters())


@dataclass(frozen=True)
class Featurizer:
    """How a text becomes numbers: word pieces, and buckets of n-grams if there are any."""

    tokenizer: WordPiece
    n_buckets: int

    def encode(self, text: str) -> tuple[list[int], list[int]]:
        return self.tokenizer.encode(text, MOST_PIECES), buckets(text, self.n_buckets)


def collate(encoded: Sequence[tuple[list[int], list[int]]]) -> Batch:
    """The batch of some encoded texts."""
    longest = max(len(ids) for ids, _ in encoded)
    ids = torch.tensor([pieces + [0] * (longest - len(pieces)) for pieces, _ in encoded])
    lengths = torch.tensor([len(pieces) for pieces, _ in encoded])
    sizes = torch.tensor([len(grams) for _, grams in encoded])
    grams = torch.tensor([bucket for _, of_text in encoded for bucket in of_text], dtype=torch.long)
    mask = (torch.arange(longest)[None] < lengths[:, None]).long()
    return Batch(ids, mask, grams, torch.cumsum(sizes, 0) - sizes)


def load_encoder(folder: Path) -> Encoder:
    """A sentence encoder with all its layers. Its word embeddings are not trained."""
    config = BertConfig.from_pretrained(folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    model: Encoder = BertModel.from_pretrained(folder, config=config, add_pooling_layer=False)
    model.embeddings.word_embeddings.weight.requires_grad_(False)
    return model


def pruned(encoder: Encoder, shape: Shape, pieces: Sequence[int], activity: Sequence[Tensor]) -> Encoder:
    """A copy of some layers of ``encoder``, with the embeddings of ``pieces`` and, in each layer, the neurons of the
    highest ``activity`` (a value for each neuron of each layer of the encoder)."""
    config = BertConfig(
        **{
            **encoder.config.to_dict(),
            "num_hidden_layers": len(shape.layers),
            "intermediate_size": min(shape.feed_forward, encoder.config.intermediate_size),
            "vocab_size": len(pieces),
            "max_position_embeddings": MOST_PIECES,
            "hidden_act": "gelu_pytorch_tanh",
        }
    )
    small: Encoder = BertModel(config, add_pooling_layer=False)
    state, kept = encoder.state_dict(), small.state_dict()
    for name in kept:
        if name.startswith("embeddings."):
            kept[name] = state[name]
    kept["embeddings.word_embeddings.weight"] = state["embeddings.word_embeddings.weight"][list(pieces)]
    kept["embeddings.position_embeddings.weight"] = state["embeddings.position_embeddings.weight"][:MOST_PIECES]
    for place, layer in enumerate(shape.layers):
        neurons = activity[layer].topk(config.intermediate_size).indices.sort().values
        kept |= _layer(state, f"encoder.layer.{layer}.", f"encoder.layer.{place}.", neurons)
    small.load_state_dict({name: value for name, value in kept.items() if "position_ids" not in name}, strict=False)
    return small


def _layer(state: dict[str, Tensor], old: str, new: str, neurons: Tensor) -> dict[str, Any]:
    """The tensors of a layer under their new names, with ``neurons`` of its feed-forward network alone."""
    found = {}
    for name, value in state.items():
        if name.startswith(old):
            rest = name.removeprefix(old)
            if rest.startswith("intermediate."):
                value = value[neurons]
            if rest == "output.dense.weight":
                value = value[:, neurons]
            found[new + rest] = value.clone()
    return found


@torch.no_grad()
def neuron_activity(encoder: Encoder, batches: Sequence[Batch]) -> list[Tensor]:
    """How much each neuron of each layer's feed-forward network moves its output: the mean size of its activation times
    the length of its column."""
    sums = [torch.zeros(encoder.config.intermediate_size) for _ in encoder.encoder.layer]

    def hook(layer: int) -> Any:
        return lambda _module, _inputs, output: sums[layer].add_(output.abs().mean((0, 1)))

    handles = [one.intermediate.register_forward_hook(hook(n)) for n, one in enumerate(encoder.encoder.layer)]
    for batch in batches:
        encoder(input_ids=batch.ids, attention_mask=batch.mask)
    for handle in handles:
        handle.remove()
    return [total * one.output.dense.weight.norm(dim=0) for total, one in zip(sums, encoder.encoder.layer, strict=True)]
