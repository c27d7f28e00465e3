"""The runtime of an intent classifier, with numpy alone: ``Classifier.load(folder).classify(texts)``.

The file is written by :mod:`paperlib.training.intents.model_file`. One that was trained on labels answers with these,
or with none; no text makes it fail. Of a long text the first 2,000 characters and 62 word pieces count.
"""

import json
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paperlib.core.errors import DataError
from paperlib.data.intents import OUT_OF_SCOPE
from paperlib.data.intents.ngram_hashing import buckets
from paperlib.data.intents.wordpiece import WordPiece

FILE = "model.npz"
SCALE, EPSILON = 16.0, 1e-12  # of the sentence embedding; of the norms
TABLES = ("words", "positions", "grams")  # embeddings
ROWS = 4
AT_ONCE = 32  # texts that go through a matrix product together
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Intent:
    """What a text was taken for."""

    label: str | None  # None: out of scope, or too unsure
    probability: float  # of the most probable intent, whether it is the answer or withheld
    candidates: tuple[tuple[str, float], ...]  # the most probable intents, the first first

    def as_json(self) -> dict[str, Any]:
        return {
            "intent": self.label,
            "probability": round(self.probability, 4),
            "candidates": {label: round(value, 4) for label, value in self.candidates},
        }


class Classifier:
    """A trained classifier. ``labels`` are its intents; ``threshold`` is the probability under which it gives none."""

    def __init__(self, meta: Mapping[str, Any], weights: Mapping[str, NDArray[Any]], vocabulary: Sequence[str]):
        self._names = tuple(meta["labels"])
        self._inside = np.array([n for n, name in enumerate(self._names) if name != OUT_OF_SCOPE])
        self.labels = tuple(self._names[n] for n in self._inside)
        self.threshold, self.about = float(meta["threshold"]), dict(meta["about"])
        self._temperature, self._buckets = float(meta["temperature"]), int(meta["buckets"])
        self._layers, self._heads = int(meta["layers"]), int(meta["heads"])
        self._weights, self._tokenizer = weights, WordPiece(vocabulary)
        self._longest = len(weights["positions"]) if self._layers else 2

    @classmethod
    def load(cls, folder: str | Path) -> "Classifier":
        """Reads ``model.npz`` from the folder that ``paperlib finetune-intents`` wrote.

        Raises DataError naming the file where there is none, or where it is damaged or something else.
        """
        path = Path(folder) / FILE
        if not path.is_file():
            raise DataError(f"{path}: no such file; expected a folder written by paperlib finetune-intents")
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            meta, pieces = (arrays.pop(name).tobytes().decode() for name in ("meta", "vocabulary"))
            return cls(json.loads(meta), _ready(arrays), pieces.split("\n"))
        except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
            raise DataError(f"{path}: is no intent classifier, or damaged ({type(error).__name__}: {error})") from None

    def classify(self, texts: Sequence[str], threshold: float | None = None, candidates: int = 3) -> list[Intent]:
        """The intent of each text: one of ``labels``, or none if its probability is under ``threshold``, which is the
        model's own if not given. ``candidates`` is the number of intents named with their probabilities."""
        least = self.threshold if threshold is None else threshold
        return [self._answer(row, least, candidates) for row in self.probabilities(texts)]

    def _answer(self, row: Floats, least: float, candidates: int) -> Intent:
        order = np.argsort(-row, kind="stable")[: max(1, candidates)]
        found = tuple((self.labels[n], float(row[n])) for n in order)
        label, probability = found[0]
        return Intent(label if probability >= least else None, probability, found[:candidates])

    def probabilities(self, texts: Sequence[str]) -> Floats:
        """(texts, labels): the probability of each intent; what is missing to 1 is that of being out of scope, which a
        model knows if it was shown such utterances."""
        logits = self.logits(texts) / self._temperature
        shifted = np.exp(logits - logits.max(1, keepdims=True))
        return np.asarray((shifted / shifted.sum(1, keepdims=True))[:, self._inside], np.float32)

    def logits(self, texts: Sequence[str]) -> Floats:
        """(texts, labels and out of scope if it was among the training labels)"""
        parts = [self._logits(texts[at : at + AT_ONCE]) for at in range(0, len(texts), AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self._names)), np.float32)

    def _logits(self, texts: Sequence[str]) -> Floats:
        parts = []
        if self._layers:
            parts.append(self._sentences([self._tokenizer.encode(text, self._longest) for text in texts]))
        if self._buckets:
            parts.append(np.stack([self._ngrams(text) for text in texts]))
        return self._linear("head", np.concatenate(parts, 1))

    def _ngrams(self, text: str) -> Floats:
        """The sum of the vectors of a text's n-grams over the square root of their number."""
        found = buckets(text, self._buckets)
        return np.asarray(self._rows("grams", found).sum(0) / math.sqrt(max(1, len(found))), np.float32)

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
