"""The network of an intent classifier, computed with numpy alone."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paperlib.data.intents import SCALE

EPSILON = 1e-12  # of the norms
TABLES = ("words", "positions", "grams")  # embeddings
ROWS = 4
AT_ONCE = 32  # texts that go through a matrix product together
Floats = NDArray[np.float32]
Features = tuple[Sequence[int], Sequence[int]]  # of a text: its word pieces, and the buckets of its n-grams


class NumpyNetwork:
    """From the features of texts to logits. ``arrays`` are those that
    :mod:`paperlib.training.intents.model_file` names, ``layers`` and ``heads`` the encoder's."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], layers: int, heads: int):
        self._weights, self._layers, self._heads = _ready(arrays), layers, heads

    def logits(self, features: Sequence[Features]) -> Floats:
        """(texts, outputs)"""
        parts = [self._logits(features[at : at + AT_ONCE]) for at in range(0, len(features), AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self._weights["head.bias"])), np.float32)

    def _logits(self, features: Sequence[Features]) -> Floats:
        parts = []
        if self._layers:
            parts.append(self._sentences([pieces for pieces, _ in features]))
        if "grams" in self._weights:
            parts.append(np.stack([self._ngrams(buckets) for _, buckets in features]))
        return self._linear("head", np.concatenate(parts, 1))

    def _ngrams(self, buckets: Sequence[int]) -> Floats:
        """The sum of the vectors of a text's n-grams over the square root of their number."""
        return np.asarray(self._rows("grams", buckets).sum(0) / math.sqrt(max(1, len(buckets))), np.float32)

    def _sentences(self, encoded: Sequence[Sequence[int]]) -> Floats:
        """(texts, width): the mean hidden state of each text, at length SCALE.

        The pieces of all texts stand one after the other; only attention looks at each text alone. The last few rows
        are there to make their number a multiple of ROWS, with which products are faster.
        """
        ends = np.cumsum([len(ids) for ids in encoded])
        spans = [slice(end - len(ids), end) for end, ids in zip(ends, encoded, strict=True)]
        weights = self._weights
        filled = [*encoded, [0] * (-int(ends[-1]) % ROWS)]
        x = self._rows("words", np.concatenate(filled).astype(int))
        x += self._rows("positions", np.concatenate([np.arange(len(ids)) for ids in filled]))
        x = _normed(x, weights["norm"])
        for layer in map(str, range(self._layers)):
            x = _normed(x + self._linear(f"{layer}.out", self._attention(layer, x, spans)), weights[f"{layer}.norm1"])
            x = _normed(
                x + self._linear(f"{layer}.down", _gelu(self._linear(f"{layer}.up", x))), weights[f"{layer}.norm2"]
            )
        means = np.stack([x[span].mean(0) for span in spans])
        return np.asarray(SCALE * means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)

    def _attention(self, layer: str, x: Floats, spans: Sequence[slice]) -> Floats:
        width = x.shape[1]
        each = width // self._heads
        split = self._linear(f"{layer}.qkv", x).reshape(len(x), 3, self._heads, each).transpose(1, 2, 0, 3)
        found = np.zeros_like(x)
        for span in spans:
            q, k, v = split[:, :, span]
            scores = (q @ k.transpose(0, 2, 1)) * np.float32(each**-0.5)
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            scores /= scores.sum(-1, keepdims=True)
            found[span] = (scores @ v).transpose(1, 0, 2).reshape(-1, width)
        return found

    def _linear(self, name: str, x: Floats) -> Floats:
        return np.asarray(x @ self._weights[name] + self._weights[f"{name}.bias"], np.float32)

    def _rows(self, table: str, places: Sequence[int] | NDArray[np.int_]) -> Floats:
        """Some rows of an embedding, which stays int8 in memory."""
        return np.asarray(self._weights[table][places] * self._weights[f"{table}.scale"][places], np.float32)


def _ready(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The arrays as they are used: embeddings as they were read, matrices as float32 and turned, (in, out), with which
    narrow products take half the time."""
    ready = {name: array for name, array in arrays.items() if array.dtype != np.int8 or name in TABLES}
    for name, array in arrays.items():
        if name not in ready:
            ready[name] = np.ascontiguousarray(array.T) * arrays[f"{name}.scale"].T
    return ready


def _normed(x: Floats, norm: Floats) -> Floats:
    """Layer norm of each row."""
    x = x - x.mean(1, keepdims=True)
    x /= np.sqrt(np.einsum("ij,ij->i", x, x)[:, None] / x.shape[1] + EPSILON)
    return np.asarray(x * norm[0] + norm[1], np.float32)


def _gelu(x: Floats) -> Floats:
    """GELU in its tanh form (Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415)."""
    return np.asarray(0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x * x * x))), np.float32)
