"""The runtime of an intent classifier, with numpy or ONNX Runtime: ``Classifier.load(folder).classify(texts)``.

``model.npz`` is written by :mod:`paperlib.training.intents.model_file`, and ``classifier.onnx`` by ``paperlib export
--to onnx``. One that was trained on labels answers with these, or with none; no text makes it fail. Of a long text the
first 2,000 characters and 62 word pieces count.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from paperlib.core.errors import DataError
from paperlib.data.intents import OUT_OF_SCOPE, classifier_files
from paperlib.data.intents.ngram_hashing import buckets
from paperlib.data.intents.wordpiece import WordPiece
from paperlib.decoding.intents.numpy_network import Features, Floats, NumpyNetwork
from paperlib.decoding.intents.onnx_network import OnnxNetwork


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


class Network(Protocol):
    """What computes logits."""

    def logits(self, features: Sequence[Features]) -> Floats: ...


class Classifier:
    """A trained classifier. ``labels`` are its intents; ``threshold`` is the probability under which it gives none."""

    def __init__(self, meta: Mapping[str, Any], network: Network, vocabulary: Sequence[str]):
        self._names = tuple(meta["labels"])
        self._inside = np.array([n for n, name in enumerate(self._names) if name != OUT_OF_SCOPE])
        self.labels = tuple(self._names[n] for n in self._inside)
        self.threshold, self.about = float(meta["threshold"]), dict(meta["about"])
        self._temperature, self._buckets = float(meta["temperature"]), int(meta["buckets"])
        self._network, self._tokenizer, self._longest = network, WordPiece(vocabulary), int(meta["longest"])

    @classmethod
    def load(cls, folder: str | Path) -> "Classifier":
        """Reads what ``paperlib finetune-intents`` wrote into the folder, or ``paperlib export --to onnx``.

        Raises DataError naming the file where there is none, or where it is damaged or something else, and
        PaperlibError where ONNX Runtime is missing.
        """
        path = Path(folder) / classifier_files.ONNX
        if path.is_file():
            network = OnnxNetwork(path)
            return cls(network.meta, network, network.vocabulary)
        meta, arrays, vocabulary = stored(folder)
        with _reading(Path(folder) / classifier_files.NUMPY):
            return cls(meta, NumpyNetwork(arrays, int(meta["layers"]), int(meta["heads"])), vocabulary)

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
        return self._network.logits([self._features(text) for text in texts])

    def _features(self, text: str) -> Features:
        return self._tokenizer.encode(text, self._longest), buckets(text, self._buckets)


def stored(folder: str | Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]], list[str]]:
    """What ``model.npz`` in the folder holds: ``meta`` and, in it, ``longest``, the word pieces of a text that count;
    the arrays; the vocabulary. Raises DataError naming the file."""
    path = Path(folder) / classifier_files.NUMPY
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected a folder written by paperlib finetune-intents")
    with _reading(path), np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
        meta, pieces = (arrays.pop(name).tobytes().decode() for name in ("meta", "vocabulary"))
        longest = len(arrays["positions"]) if "positions" in arrays else 2  # the marks of both ends
        return {**json.loads(meta), "longest": longest}, arrays, pieces.split("\n")


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Whatever fails is the file's fault."""
    try:
        yield
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile) as error:
        reason = f"{type(error).__name__}: {error}"
        raise DataError(f"{path}: is no intent classifier, or damaged ({reason})") from None
