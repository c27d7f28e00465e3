"""An exported GGUF file as those run it who have nothing but llama.cpp: its own server and greedy decoding.

The server is ``paperlib serve``, a process that imports neither torch nor transformers. It is sent tokens, those that
the other forms are given, and answers until the end-of-sequence token or the length cap.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
from transformers import AutoTokenizer

from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json
from paperlib.data.examples import Example
from paperlib.data.predictions import Prediction
from paperlib.decoding.engines.chat_answers import MARGIN, ServedModel
from paperlib.decoding.engines.llama_cpp import post
from paperlib.decoding.engines.model_resolution import ABOUT, GGUF
from paperlib.decoding.engines.server_process import ServerProcess, server_process
from paperlib.decoding.greedy import Asked
from paperlib.evaluation.engine_costs.runners import Task, answered_by
from paperlib.training.space_tokens import as_trained


def tokens_of(folder: Path, threads: int) -> ServedModel:
    """What has to be known of an exported model to ask its server: the tokenizer and the context, but no weights."""
    tokenizer, about = AutoTokenizer.from_pretrained(folder), read_json(folder / ABOUT)
    as_trained(tokenizer, folder)
    reader = gguf.GGUFReader(folder / GGUF)
    context = reader.fields[f"{reader.fields['general.architecture'].contents()}.context_length"].contents()
    parameters = sum(int(tensor.n_elements) for tensor in reader.tensors)
    name = f"{about['model']}, {about['quantisation'].upper()}, llama.cpp's server"
    return ServedModel(folder / GGUF, tokenizer, name, parameters, int(context), threads)


@dataclass(frozen=True)
class Served:
    """A running server; one text at a time."""

    task: Task
    server: ServerProcess

    def answers(self, examples: Sequence[Example], out: Path | None = None) -> list[Prediction]:
        return answered_by(lambda rows: [self._answer(row) for row in rows], self.task, examples, out)

    def first_token(self, example: Example) -> tuple[int, float]:
        start = time.perf_counter()
        ((_, prompt, _),) = self.task.asked([example])
        self._completion(prompt, n_predict=1)
        return len(prompt), time.perf_counter() - start

    def generation_seconds(self, examples: Sequence[Example], tokens: int) -> float:
        """By llama.cpp's own clock, which starts with the first token. Raises ValueError for more than one text."""
        ((_, prompt, _),) = self.task.asked(examples)
        reply = self._completion(prompt, n_predict=tokens + 1, ignore_eos=True)
        return float(reply["timings"]["predicted_ms"]) / 1000

    def peak_memory_gb(self) -> float:
        return self.server.peak_memory_gb()

    def _answer(self, row: Asked) -> Prediction:
        id, prompt, most = row
        start = time.perf_counter()
        reply = self._completion(prompt, n_predict=most)
        seconds = round(time.perf_counter() - start, 3)
        ended = reply["stop_type"] == "eos"
        return Prediction(
            id, reply["content"], len(prompt), reply["tokens_predicted"], "eos" if ended else "cap", seconds
        )

    def _completion(self, prompt: Sequence[int], **settings: Any) -> dict[str, Any]:
        body = {"prompt": list(prompt), "temperature": 0, "cache_prompt": False, **settings}
        try:
            return post(f"{self.server.url}/completion", body)
        except OSError as error:
            raise PaperlibError(f"llama.cpp's server does not answer ({error})") from None


@contextmanager
def serving(task: Task, examples: Sequence[Example]) -> Iterator[Served]:
    """Serves the model of a task, with the context that the longest of ``examples`` needs, while the block runs."""
    loaded = task.loaded
    assert isinstance(loaded, ServedModel)
    context = max(len(prompt) + most for _, prompt, most in task.asked(examples)) + MARGIN
    with server_process(loaded.model, loaded.threads, context) as server:
        yield Served(task, server)
