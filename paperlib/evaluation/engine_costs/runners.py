"""One form of a model as something that answers texts and can be timed: with our decoding, or that of transformers."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from paperlib.core import runtime
from paperlib.core.config import training_config
from paperlib.core.files import digest
from paperlib.core.fingerprint import modules_hash
from paperlib.data.examples import Example, data_hash
from paperlib.data.predictions import Prediction
from paperlib.data.prompts import frame_of, with_prompt_style
from paperlib.data.schemas import Schemas
from paperlib.decoding.answer_file import answers_to_file
from paperlib.decoding.answering import Decoding, answer, length_cap
from paperlib.decoding.greedy import Asked, Decoder, asked
from paperlib.decoding.logits import logits_of
from paperlib.training.loaded_model import LoadedModel

MOST_GENERATED = 8  # texts that transformers generates together: it pads them, and copies their caches at every token


@dataclass(frozen=True)
class Task:
    """A loaded model and how it is asked: everything but the texts."""

    loaded: LoadedModel
    log: dict[str, Any]  # of its training; empty for a base
    schemas: Schemas
    decoding: Decoding

    def asked(self, examples: Sequence[Example]) -> list[Asked]:
        """Ids, prompt tokens and length caps, longest prompts first."""
        style = training_config(self.log).prompt
        cap = length_cap(self.log, (), self.decoding.cap_factor)
        decoder = Decoder(self.loaded, cap, frame=frame_of(style, self.loaded.tokenizer, self.loaded.name))
        return asked(decoder, with_prompt_style(examples, self.schemas, style))


class Runner(Protocol):
    """One way to run a model."""

    @property
    def task(self) -> Task: ...

    def answers(self, examples: Sequence[Example], out: Path | None = None) -> list[Prediction]:
        """The answers in order; with ``out`` written as they come, so that a killed run goes on."""

    def first_token(self, example: Example) -> tuple[int, float]:
        """Tokens of a text's prompt, and seconds from the text to the first token of the answer."""

    def generation_seconds(self, examples: Sequence[Example], tokens: int) -> float:
        """Seconds for so many further tokens of each answer, all texts together, one token a pass."""

    def peak_memory_gb(self) -> float:
        """The largest resident set so far of the process that computes, in 10^9 bytes."""


def answered_by(
    answer_some: Callable[[Sequence[Asked]], list[Prediction]],
    task: Task,
    examples: Sequence[Example],
    out: Path | None,
    most: int = 1,
) -> list[Prediction]:
    """The answers in order, made without our decoding, up to ``most`` texts together, of the longest prompts first;
    :meth:`Runner.answers` says what ``out`` does."""

    def batches(rest: Sequence[Example]) -> Iterator[list[Prediction]]:
        rows, size = task.asked(rest), min(most, task.decoding.batch_size)
        return (answer_some(rows[start : start + size]) for start in range(0, len(rows), size))

    if out is None:
        found = {one.id: one for batch in batches(examples) for one in batch}
        return [found[example.id] for example in examples]
    meta: dict[str, Any] = {"model": task.loaded.name, "trained": task.log.get("identity")}
    meta |= {"data_hash": data_hash(examples), "cap_factor": task.decoding.cap_factor}
    meta |= {"schemas": digest([schema.body for schema in task.schemas.values()])}
    meta["code_hash"] = modules_hash("evaluation.engine_costs.runners", "evaluation.engine_costs.served_runner")
    return answers_to_file(batches, examples, out, meta)


@dataclass(frozen=True)
class OurDecoding:
    """Any engine whose logits our own decoding asks for."""

    task: Task

    def answers(self, examples: Sequence[Example], out: Path | None = None) -> list[Prediction]:
        task = self.task
        origin = {"model": task.loaded.name, "trained": task.log.get("identity")}
        return answer(task.loaded, task.log, examples, task.schemas, task.decoding, out=out, origin=origin)

    def first_token(self, example: Example) -> tuple[int, float]:
        runtime.return_free_memory()
        start = time.perf_counter()
        ((_, prompt, _),) = self.task.asked([example])
        with torch.inference_mode():
            logits_of(self.task.loaded, [tuple(prompt[:-1])], len(prompt) + 1).after([prompt], [[]]).argmax(-1).item()
        return len(prompt), time.perf_counter() - start

    def generation_seconds(self, examples: Sequence[Example], tokens: int) -> float:
        rows = [list(prompt) for _, prompt, _ in self.task.asked(examples)]
        with torch.inference_mode():
            most = max(map(len, rows)) + tokens + 1
            logits = logits_of(self.task.loaded, [tuple(row[:-1]) for row in rows], most)
            start = 0.0
            for step in range(tokens + 1):
                if step == 1:
                    start = time.perf_counter()
                found = logits.after(rows, [[]] * len(rows)).argmax(-1).tolist()
                for row, token in zip(rows, found, strict=True):
                    row.append(token)
        return time.perf_counter() - start

    def peak_memory_gb(self) -> float:
        return runtime.peak_memory_gb()


@dataclass(frozen=True)
class Generate:
    """``generate`` of transformers: greedy, without a constraint."""

    task: Task

    def answers(self, examples: Sequence[Example], out: Path | None = None) -> list[Prediction]:
        return answered_by(self._answers, self.task, examples, out, MOST_GENERATED)

    def first_token(self, example: Example) -> tuple[int, float]:
        start = time.perf_counter()
        ((_, prompt, _),) = self.task.asked([example])
        self._generate([prompt], max_new_tokens=1)
        return len(prompt), time.perf_counter() - start

    def generation_seconds(self, examples: Sequence[Example], tokens: int) -> float:
        times: list[float] = []

        def note(ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
            times.append(time.perf_counter())
            return torch.zeros(len(ids), dtype=torch.bool, device=ids.device)

        prompts = [prompt for _, prompt, _ in self.task.asked(examples)]
        exactly = {"min_new_tokens": tokens + 1, "max_new_tokens": tokens + 1}
        self._generate(prompts, **exactly, stopping_criteria=[note])
        return times[-1] - times[0]

    def peak_memory_gb(self) -> float:
        return runtime.peak_memory_gb()

    def _answers(self, rows: Sequence[Asked]) -> list[Prediction]:
        tokenizer = self.task.loaded.tokenizer
        start = time.perf_counter()
        found = self._generate([prompt for _, prompt, _ in rows], max_new_tokens=max(most for _, _, most in rows))
        seconds = round((time.perf_counter() - start) / len(rows), 3)
        answers = []
        for (id, prompt, most), tokens in zip(rows, found, strict=True):
            ended = tokenizer.eos_token_id in tokens[:most]
            kept = tokens[: tokens.index(tokenizer.eos_token_id)] if ended else tokens[:most]
            text, n = str(tokenizer.decode(kept, skip_special_tokens=False)), len(kept) + ended
            answers.append(Prediction(id, text, len(prompt), n, "eos" if ended else "cap", seconds))
        return answers

    def _generate(self, prompts: Sequence[Sequence[int]], **settings: Any) -> list[list[int]]:
        """The tokens after each prompt; prompts are padded on the left."""
        tokenizer, width = self.task.loaded.tokenizer, max(map(len, prompts))
        pad = tokenizer.pad_token_id
        ids = torch.tensor([[*[pad] * (width - len(one)), *one] for one in prompts])
        mask = torch.tensor([[*[0] * (width - len(one)), *[1] * len(one)] for one in prompts])
        ends = {"pad_token_id": pad, "eos_token_id": tokenizer.eos_token_id}
        with torch.inference_mode():
            found = self.task.loaded.model.generate(
                input_ids=ids, attention_mask=mask, do_sample=False, **ends, **settings
            )
        tokens: list[list[int]] = found[:, width:].tolist()
        return tokens
