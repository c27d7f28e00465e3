"""A model that llama.cpp computes: its logits take the place of torch's, and all that decides an answer stays ours.

Prompts, drafts, constraints and reranking are those of :mod:`paperlib.decoding.greedy`, so that answers differ from
torch's by rounding alone, and by what a quantisation changes.
"""

import ctypes
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from paperlib.core.errors import PaperlibError
from paperlib.decoding.engines import llama_h
from paperlib.decoding.prefix_caching import shared_prefix
from paperlib.training.loaded_model import EngineModel
from paperlib.training.space_tokens import MARK

MOST_ROWS = 256  # sequences of a context; llama.cpp's own limit
BATCH, PIECE = 2048, 512  # tokens of one call at most, and of one pass
LONGEST_NAME = 256  # bytes of a model's name


class Llama:
    """The weights of a GGUF file, in memory for as long as this lives."""

    def __init__(self, file: Path, threads: int):
        """Raises PaperlibError where llama.cpp cannot load the file, naming its reason."""
        self.library, self.threads = llama_h.library(), threads
        llama_h.faults.clear()
        parameters = self.library.llama_model_default_params()
        self.pointer = self.library.llama_model_load_from_file(str(file).encode(), parameters)
        if not self.pointer:
            reason = llama_h.faults[0] if llama_h.faults else "no reason given"
            raise PaperlibError(
                f"{file}: llama.cpp cannot load it ({reason}); expected a whole GGUF of a model it knows"
            )
        weakref.finalize(self, self.library.llama_model_free, self.pointer)
        self.vocabulary = int(self.library.llama_vocab_n_tokens(self.library.llama_model_get_vocab(self.pointer)))
        self.context = int(self.library.llama_model_n_ctx_train(self.pointer))
        self.parameters = int(self.library.llama_model_n_params(self.pointer))
        self.window = int(self.library.llama_model_n_swa(self.pointer))  # of sliding-window attention; 0: none
        marks = self.tokenize(MARK, special=True)
        self.second_names = marks if len(marks) == 1 else []  # tokens of prompts alone, no answer has them

    @property
    def name(self) -> str:
        """The model's name in the file's metadata, or an empty text."""
        found = ctypes.create_string_buffer(LONGEST_NAME)
        self.library.llama_model_meta_val_str(self.pointer, b"general.name", found, len(found))
        return found.value.decode("utf-8", "replace")

    def tokenize(self, text: str, special: bool = False) -> list[int]:
        """The tokens that llama.cpp's own tokenizer makes of a text; ``special``: whether it reads control tokens."""
        data, vocabulary = text.encode(), self.library.llama_model_get_vocab(self.pointer)
        found = np.zeros(len(data) + 8, np.int32)
        place = found.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
        n = self.library.llama_tokenize(vocabulary, data, len(data), place, len(found), False, special)
        return [int(token) for token in found[:n]]


class LlamaModel(EngineModel):
    """A model that llama.cpp computes; ``model`` is a :class:`Llama`. A matrix that its file holds twice counts twice
    among the parameters."""

    def pass_cost(self, rows: int) -> float:
        """1 at 16 bits a weight, 2 to 5 at four and eight."""
        return 3.0


class LlamaLogits:
    """The key-value cache of several sequences, and the logits that follow them."""

    def __init__(self, model: Llama, prefixes: Sequence[tuple[int, ...]], most: int):
        """Fills the cache with a prefix for each row; a row may grow to ``most`` tokens. Raises PaperlibError where
        memory is too small, or for more than MOST_ROWS rows."""
        if len(prefixes) > MOST_ROWS:
            raise PaperlibError(f"llama.cpp decodes at most {MOST_ROWS} rows together, found {len(prefixes)}")
        self._model, self._library, rows = model, model.library, len(prefixes)
        parameters = self._library.llama_context_default_params()
        parameters.first[:] = [rows * (-(-(most + 1) // 256) * 256), BATCH, PIECE, rows]
        pointer = self._library.llama_init_from_model(model.pointer, parameters)
        if not pointer:
            raise PaperlibError(f"llama.cpp has no memory for {rows} rows of {most} tokens; lower the batch size")
        weakref.finalize(self, self._library.llama_free, pointer)
        self._pointer, self._memory = pointer, self._library.llama_get_memory(pointer)
        self._most = int(self._library.llama_n_batch(pointer))  # tokens of one call: no more than the context
        if self._library.llama_n_seq_max(pointer) != rows or not 0 < self._most <= BATCH:
            raise PaperlibError("llama.cpp made another context than was asked for; take xllamacpp of constraints.txt")
        self._library.llama_set_n_threads(pointer, model.threads, model.threads)
        self._batch = self._library.llama_batch_init(BATCH, 0, 1)
        weakref.finalize(self, self._library.llama_batch_free, self._batch)
        self._sequences = list(range(rows))  # of the rows that are left
        self._prefixes: list[tuple[int, ...]] = [()] * rows
        for row, prefix in enumerate(prefixes):
            self.refill(row, prefix)

    def after(self, sequences: Sequence[Sequence[int]], drafts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Logits (rows + drafted, vocabulary) after the last token of each row and after each drafted one, row by
        row."""
        asked: list[tuple[int, int, int, bool]] = []
        for number, sequence, draft in zip(self._sequences, sequences, drafts, strict=True):
            start = len(sequence) - 1
            self._library.llama_memory_seq_rm(self._memory, number, start, -1)
            asked += [(token, start + n, number, True) for n, token in enumerate([sequence[-1], *draft])]
        return torch.from_numpy(np.stack(self._compute(asked)))

    def refill(self, row: int, prefix: tuple[int, ...]) -> None:
        """Puts another sequence into a row, and its prefix into the cache, as far as no other row begins with it. A
        cache of sliding windows may have forgotten what the middle of a sequence attended to: there all is computed."""
        number, (shared, source) = self._sequences[row], shared_prefix(prefix, self._prefixes)
        shared = 0 if self._model.window else shared
        if shared and source != row:  # sequences are copied as a whole
            self._library.llama_memory_seq_rm(self._memory, number, -1, -1)
            self._library.llama_memory_seq_cp(self._memory, self._sequences[source], number, -1, -1)
        self._library.llama_memory_seq_rm(self._memory, number, shared, -1)
        self._prefixes[row] = prefix
        self._compute([(token, place, number, False) for place, token in enumerate(prefix)][shared:])

    def keep(self, rows: Sequence[int]) -> None:
        """Goes on with some of the rows."""
        self._sequences = [self._sequences[row] for row in rows]
        self._prefixes = [self._prefixes[row] for row in rows]

    def _compute(self, asked: Sequence[tuple[int, int, int, bool]]) -> list[np.ndarray[Any, Any]]:
        """Computes tokens, each with its position and sequence, and returns the logits after those that want them."""
        found = []
        for start in range(0, len(asked), self._most):
            part, batch = asked[start : start + self._most], self._batch
            for place, (token, position, sequence, wanted) in enumerate(part):
                batch.token[place], batch.pos[place], batch.logits[place] = token, position, wanted
                batch.n_seq_id[place], batch.seq_id[place][0] = 1, sequence
            batch.n_tokens = len(part)
            if status := self._library.llama_decode(self._pointer, batch):
                raise PaperlibError(f"llama.cpp could not compute {len(part)} tokens (status {status})")
            for place, (*_, wanted) in enumerate(part):
                if wanted:
                    logits = self._library.llama_get_logits_ith(self._pointer, place)
                    row = np.ctypeslib.as_array(logits, (self._model.vocabulary,)).copy()
                    row[self._model.second_names] = -np.inf  # else the space would share its probability
                    found.append(row)
        return found
