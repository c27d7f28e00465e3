"""Linear probes: a language model as it is reads an utterance, and logistic regression tells intents from what it makes
of it. Alain & Bengio (2017), "Understanding intermediate layers using linear classifier probes",
https://arxiv.org/abs/1610.01644.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from paperlib.baselines import intent_svm
from paperlib.data.intents.intent_sets import Utterance
from paperlib.training.loaded_model import LoadedModel

Floats = NDArray[np.float32]
TOKENS, MOST = 512, 64  # of a batch; of an utterance, at most
ITERATIONS = 300


@torch.no_grad()
def utterance_embeddings(loaded: LoadedModel, texts: Sequence[str], layers: Sequence[int]) -> dict[int, Floats]:
    """By layer (texts, width): the mean of the hidden states behind that layer over the tokens of each text.

    The first layer is 1; the last one's states are normalised, as the model's output reads them."""
    ids = [_pieces(loaded.tokenizer, text) for text in texts]
    decoder = loaded.base_model.get_decoder()
    found = {layer: np.empty((len(texts), decoder.config.hidden_size), np.float32) for layer in layers}
    for places in tqdm(_batches(ids), desc=f"{loaded.name} reads", disable=None):
        batch = loaded.tokenizer.pad({"input_ids": [ids[place] for place in places]}, return_tensors="pt")
        batch = batch.to(decoder.device)
        states = decoder(**batch, use_cache=False, output_hidden_states=True).hidden_states
        mask = batch["attention_mask"][..., None]
        for layer in layers:
            found[layer][places] = ((states[layer].float() * mask).sum(1) / mask.sum(1)).cpu().numpy()
    return found


def _pieces(tokenizer: Any, text: str) -> list[int]:
    """An empty text is one token for padding, which is read as any other."""
    return list(tokenizer.encode(text, add_special_tokens=False)[:MOST]) or [tokenizer.pad_token_id]


def _batches(ids: Sequence[Sequence[int]]) -> list[list[int]]:
    """Places of texts of about the same length, together at most TOKENS tokens."""
    batches: list[list[int]] = []
    for place in sorted(range(len(ids)), key=lambda place: len(ids[place])):
        if not batches or (len(batches[-1]) + 1) * len(ids[place]) > TOKENS:
            batches.append([])
        batches[-1].append(place)
    return batches


@dataclass(frozen=True)
class LinearProbe:
    """Logistic regression on standardised embeddings."""

    model: Any  # scikit-learn's pipeline

    @classmethod
    def fitted(cls, embeddings: Floats, train: Sequence[Utterance], names: Sequence[str], c: float) -> "LinearProbe":
        """``c`` is the inverse strength of the L2 penalty, ``names`` the labels in the order of the logits."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        model = make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=ITERATIONS))
        model.fit(embeddings, [names.index(one.label) for one in train])
        return cls(model)

    def logits(self, embeddings: Floats) -> NDArray[np.float64]:
        """(texts, labels)"""
        return intent_svm.logits_of(self.model, embeddings)

    def n_parameters(self) -> int:
        """Of the regression alone."""
        return intent_svm.n_parameters(self.model)
