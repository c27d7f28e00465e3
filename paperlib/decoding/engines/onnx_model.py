"""A model that ONNX Runtime computes (https://onnxruntime.ai): its logits take the place of torch's.

Prompts, drafts, constraints and reranking are those of :mod:`paperlib.decoding.greedy`. Rows are computed one after
another: ONNX Runtime's grouped-query attention takes several new tokens after a cache, as drafts are, of one row alone.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from paperlib.core.errors import DataError
from paperlib.core.files import digest, read_json
from paperlib.decoding.engines import onnx_session
from paperlib.decoding.engines.model_resolution import ABOUT, ONNX
from paperlib.decoding.prefix_caching import shared_prefix
from paperlib.training.loaded_model import EngineModel

INPUTS = ("input_ids", "attention_mask")
ENDS = 1 << 20  # bytes of a file's beginning and end that its fingerprint depends on


class Onnx:
    """The session of a folder that ``paperlib export --to onnx`` has written, and the shapes of its tensors."""

    def __init__(self, folder: Path, threads: int):
        """Raises PaperlibError where the package is missing, and DataError where the files are not those of such an
        export, or of another one than export.json tells of."""
        about = read_json(folder / ABOUT)
        if "files" not in about:
            raise DataError(f"{folder / ABOUT}: has no 'files'; expected what paperlib export --to onnx has written")
        if changed := [name for name, known in about["files"].items() if fingerprint(folder / name) != known]:
            raise DataError(f"{folder / changed[0]}: is damaged or of another export, expected that of {about['name']}")
        self.session, self.runtime = _session(folder / ONNX, threads)
        self.context, self.parameters = int(about["context"]), int(about["parameters"])
        self.vocabulary, self.heads, self.head_size = (int(about[key]) for key in ("vocabulary", "heads", "head_size"))
        self.caches = [one.name for one in self.session.get_inputs() if one.name not in INPUTS]

    def row(self, most: int) -> "OnnxRow":
        """An empty cache for a sequence of at most ``most`` tokens."""
        return OnnxRow(self, most)


def fingerprint(file: Path) -> str:
    """A digest of a file's size, beginning and end, which takes no time: weights differ there between two models. Of a
    file that is missing it is empty."""
    if not file.is_file():
        return ""
    with file.open("rb") as handle:
        size = handle.seek(0, os.SEEK_END)
        parts = [(handle.seek(place), handle.read(ENDS))[1] for place in (0, max(0, size - ENDS))]
    return digest([size, *(hashlib.sha256(part).hexdigest() for part in parts)])


def _session(file: Path, threads: int) -> tuple[Any, Any]:
    """The session of an ONNX file, and the package."""
    package = onnx_session.runtime()
    try:
        return onnx_session.open_session(file, threads), package
    except Exception as error:
        reason = str(error).strip().splitlines()[0]
        raise DataError(f"{file}: ONNX Runtime cannot load it ({reason}); expected it whole, as exported") from None


class OnnxRow:
    """One sequence, to whose key-value cache ONNX Runtime writes in place."""

    def __init__(self, model: Onnx, most: int):
        self._model, self._binding, self._options = model, model.session.io_binding(), model.runtime.RunOptions()
        self._options.only_execute_path_to_fetches = True  # of a prompt, keys and values without logits
        self.cache = np.zeros((len(model.caches), 1, model.heads, most, model.head_size), np.float32)
        for name, part in zip(model.caches, self.cache, strict=True):
            place = ("cpu", 0, np.float32, part.shape, part.ctypes.data)
            self._binding.bind_input(name, *place)
            self._binding.bind_output(name.replace("past_key_values", "present"), *place)

    def compute(self, tokens: Sequence[int], start: int, logits: npt.NDArray[np.float32] | None = None) -> None:
        """Adds tokens from position ``start`` on to the cache, and writes the logits after each into ``logits`` (1,
        tokens, vocabulary), contiguous, where they are wanted."""
        ids, mask = np.array([tokens], np.int64), np.ones((1, start + len(tokens)), np.int64)
        for name, values in zip(INPUTS, (ids, mask), strict=True):
            self._binding.bind_cpu_input(name, values)
        if logits is not None:
            self._binding.bind_output("logits", "cpu", 0, np.float32, logits.shape, logits.ctypes.data)
        self._model.session.run_with_iobinding(self._binding, self._options)


class OnnxModel(EngineModel):
    """A model that ONNX Runtime computes; ``model`` is an :class:`Onnx`. Its parameters are those before they were
    quantised, tied ones counted once."""

    def pass_cost(self, rows: int) -> float:
        """1 to 8 tokens for each text: they are computed one after another."""
        return 3.0 * rows


class OnnxLogits:
    """The key-value caches of several sequences, and the logits that follow them."""

    def __init__(self, model: Onnx, prefixes: Sequence[tuple[int, ...]], most: int):
        """Fills a cache with a prefix for each row; a row may grow to ``most`` tokens."""
        self._model, self._most = model, most + 1
        self._rows = [model.row(self._most) for _ in prefixes]
        self._prefixes: list[tuple[int, ...]] = [()] * len(prefixes)
        for row, prefix in enumerate(prefixes):
            self.refill(row, prefix)

    def after(self, sequences: Sequence[Sequence[int]], drafts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Logits (rows + drafted, vocabulary) after the last token of each row and after each drafted one, row by
        row."""
        result, end = np.empty((len(drafts) + sum(map(len, drafts)), self._model.vocabulary), np.float32), 0
        for row, sequence, draft in zip(self._rows, sequences, drafts, strict=True):
            start, end = end, end + 1 + len(draft)
            row.compute([sequence[-1], *draft], len(sequence) - 1, result[None, start:end])
        return torch.from_numpy(result)

    def refill(self, row: int, prefix: tuple[int, ...]) -> None:
        """Puts another sequence into a row, and its prefix into the cache, as far as no other row begins with it."""
        (shared, source), empty = shared_prefix(prefix, self._prefixes), self._model.row(self._most)
        empty.cache[..., :shared, :] = self._rows[source].cache[..., :shared, :]
        self._rows[row], self._prefixes[row] = empty, prefix
        if shared < len(prefix):
            empty.compute(prefix[shared:], shared)

    def keep(self, rows: Sequence[int]) -> None:
        """Goes on with some of the rows."""
        self._rows = [self._rows[row] for row in rows]
        self._prefixes = [self._prefixes[row] for row in rows]
