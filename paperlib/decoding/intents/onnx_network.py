"""The network of an intent classifier, computed by ONNX Runtime (https://onnxruntime.ai): ``classifier.onnx``, which
:mod:`paperlib.decoding.intents.onnx_graph` writes. The file holds all that a classifier is."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from paperlib.core.errors import DataError
from paperlib.decoding.engines import onnx_session
from paperlib.decoding.intents.numpy_network import Features, Floats

INPUTS = ("pieces", "buckets")


class OnnxNetwork:
    """From the features of texts to logits, one text after the other, on one core, which suffices.

    Raises PaperlibError where ONNX Runtime is missing, and DataError for a file that it cannot load.
    """

    def __init__(self, path: Path):
        onnx_session.runtime()
        try:
            self._session = onnx_session.open_session(path, threads=1)
            told = self._session.get_modelmeta().custom_metadata_map
            self.meta: dict[str, Any] = json.loads(told["meta"])
            self.vocabulary: list[str] = told["vocabulary"].split("\n")
        except Exception as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise DataError(f"{path}: is no intent classifier, or damaged ({reason})") from None
        self._inputs = {one.name for one in self._session.get_inputs()}

    def logits(self, features: Sequence[Features]) -> Floats:
        """(texts, outputs)"""
        rows = [self._row(one) for one in features]
        return np.concatenate(rows) if rows else np.zeros((0, len(self.meta["labels"])), np.float32)

    def _row(self, features: Features) -> Floats:
        given = zip(INPUTS, features, strict=True)
        feed = {name: np.array(numbers, np.int64) for name, numbers in given if name in self._inputs}
        return np.asarray(self._session.run(None, feed)[0], np.float32)
