"""Batched greedy decoding. Sees texts only, never an expected answer.

An answer ends at the end-of-sequence token, at the first complete JSON value, or at a cap set by how long training
answers are for their prompts. Answers are written as they come; a killed run goes on after the last one.
"""

import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm
from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList

from paperlib import attention
from paperlib.dataset import Example, data_hash
from paperlib.errors import DataError, PaperlibError
from paperlib.files import digest, read_json, read_jsonl, saving, write_json
from paperlib.fingerprint import modules_hash
from paperlib.models import Loaded
from paperlib.predictions import Prediction, Stop, load_predictions, parse_prediction, save_predictions
from paperlib.prompts import HASH, prompt
from paperlib.reading import ValueScanner

RATIO = 1.5  # answer tokens for each prompt token, where no training answers are known
FLOOR = 32  # tokens every answer may take
POSITIONS = 32_768  # of the key-value cache of one batch: under a gigabyte at 135M


@dataclass(frozen=True)
class Cap:
    """The most tokens an answer may take: ``factor`` times what training answers take for such a prompt."""

    ratio: float = RATIO  # largest number of answer tokens for a prompt token seen in training
    factor: float = 1.25

    def tokens(self, n_prompt: int) -> int:
        return FLOOR + math.ceil(self.factor * self.ratio * n_prompt)


def predict(
    loaded: Loaded, examples: Sequence[Example], out: Path, cap: Cap, batch_size: int, origin: dict[str, Any]
) -> list[Prediction]:
    """Answers to all examples, in their order, written to ``out``, with what decides them beside it.

    ``origin`` names the model and its configuration. Answers of the same origin, texts, prompt and code are not made
    twice: a finished file is read, an unfinished one goes on. Raises PaperlibError when an example does not fit the
    model's context or the file cannot be written.
    """
    meta = {**origin, "cap": asdict(cap), "prompt_hash": HASH, "data_hash": data_hash(examples)}
    meta["code_hash"] = modules_hash("decode")
    beside, part = out.with_suffix(".meta.json"), out.with_name(f"{out.name}.part")
    if out.is_file() and beside.is_file() and read_json(beside) == meta:
        return load_predictions(out)
    with saving(part):
        done = _resume(part, digest(meta))
    prompts = _prompts(loaded, [e for e in examples if e.id not in done], cap)
    bar = tqdm(total=len(examples), initial=len(done))
    with saving(part), bar, part.open("a", encoding="utf-8") as handle:
        for start in range(0, len(prompts), batch_size):
            for answer in _batch(loaded, prompts[start : start + batch_size], cap):
                done[answer.id] = answer
                handle.write(json.dumps(answer.row(), ensure_ascii=False) + "\n")
            handle.flush()
            bar.update(len(done) - bar.n)
    beside.unlink(missing_ok=True)
    save_predictions(out, answers := [done[e.id] for e in examples])
    write_json(beside, meta)
    part.unlink()
    return answers


def complete(loaded: Loaded, text: str, cap: Cap) -> Prediction:
    """The answer to one text."""
    example = Example("text", "", None, "", "", text, None)
    return next(_batch(loaded, _prompts(loaded, [example], cap), cap))


def _resume(part: Path, key: str) -> dict[str, Prediction]:
    """Answers of an interrupted run with the same key; a torn last line is dropped."""
    done: dict[str, Prediction] = {}
    if part.is_file():
        text = part.read_text(encoding="utf-8", errors="replace")
        whole = text[: text.rfind("\n") + 1]
        part.write_text(whole, encoding="utf-8")
        try:
            rows = list(read_jsonl(part))
            if rows and rows[0][1] == {"key": key}:
                return {row["id"]: parse_prediction(part, number, row) for number, row in rows[1:]}
        except DataError:
            pass  # damaged: start again
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_text(json.dumps({"key": key}) + "\n", encoding="utf-8")
    return done


def _prompts(loaded: Loaded, examples: Sequence[Example], cap: Cap) -> list[tuple[str, list[int]]]:
    """Ids and prompt tokens, longest first: batches waste little, and too little memory shows at once."""
    if not examples:
        return []
    encoded = loaded.tokenizer([prompt(e.text) for e in examples], add_special_tokens=False).input_ids
    context = loaded.body.config.max_position_embeddings
    for example, tokens in zip(examples, encoded, strict=True):
        if len(tokens) + cap.tokens(len(tokens)) > context:
            raise PaperlibError(
                f"example {example.id!r}: {len(tokens)} prompt tokens and an answer of up to "
                f"{cap.tokens(len(tokens))} exceed the context of {loaded.name} ({context} tokens)"
            )
    pairs = [(e.id, tokens) for e, tokens in zip(examples, encoded, strict=True)]
    return sorted(pairs, key=lambda pair: (-len(pair[1]), pair[0]))


def _groups(
    prompts: Sequence[tuple[str, list[int]]], cap: Cap, batch_size: int
) -> Iterator[Sequence[tuple[str, list[int]]]]:
    """Batches of at most ``batch_size`` prompts and of POSITIONS tokens, answers included; the first is the widest."""
    start = 0
    while start < len(prompts):
        width = len(prompts[start][1])
        size = max(1, min(batch_size, POSITIONS // (width + cap.tokens(width))))
        yield prompts[start : start + size]
        start += size


class Finished(StoppingCriteria):
    """Ends a row at its first complete JSON value or at its own cap, and remembers which."""

    def __init__(self, loaded: Loaded, caps: list[int]):
        self.tokenizer, self.caps = loaded.tokenizer, caps
        self.end = loaded.tokenizer.eos_token_id
        self.scanners = [ValueScanner() for _ in caps]
        self.stops: list[Stop | None] = [None] * len(caps)
        self.lengths = [0] * len(caps)
        self.pieces: dict[int, str] = {}  # token id to text; JSON's own marks are ASCII, so a token alone shows them

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        for row, token in enumerate(input_ids[:, -1].tolist()):
            if self.stops[row] is None:
                self._step(row, token)
        return torch.tensor([stop is not None for stop in self.stops], device=input_ids.device)

    def _step(self, row: int, token: int) -> None:
        self.lengths[row] += 1
        if token == self.end:
            self.stops[row] = "eos"
            self.lengths[row] -= 1
        elif self.scanners[row].feed(self._piece(token)):
            self.stops[row] = "value"
        elif self.lengths[row] == self.caps[row]:
            self.stops[row] = "cap"

    def _piece(self, token: int) -> str:
        if token not in self.pieces:
            self.pieces[token] = str(self.tokenizer.decode([token]))
        return self.pieces[token]


def _batch(loaded: Loaded, prompts: Sequence[tuple[str, list[int]]], cap: Cap) -> Iterator[Prediction]:
    loaded.body.set_attn_implementation(attention.NAME)
    width = max(len(tokens) for _, tokens in prompts)
    pad, device = loaded.tokenizer.pad_token_id, loaded.body.device
    ids = torch.tensor([[pad] * (width - len(tokens)) + tokens for _, tokens in prompts], device=device)
    mask = torch.tensor([[0] * (width - len(tokens)) + [1] * len(tokens) for _, tokens in prompts], device=device)
    caps = [cap.tokens(len(tokens)) for _, tokens in prompts]
    finished = Finished(loaded, caps)
    greedy = GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=False,
        max_new_tokens=max(caps),
        pad_token_id=pad,
        eos_token_id=loaded.tokenizer.eos_token_id,
        cache_implementation="static",  # a growing cache is copied whole at every token
    )
    start = time.perf_counter()
    with torch.inference_mode():
        output = loaded.model.generate(
            input_ids=ids,
            attention_mask=mask,
            generation_config=greedy,
            stopping_criteria=StoppingCriteriaList([finished]),
        )
    seconds = (time.perf_counter() - start) / len(prompts)
    for row, (id, tokens) in enumerate(prompts):
        answer = output[row, width : width + finished.lengths[row]]
        yield Prediction(
            id=id,
            output=loaded.tokenizer.decode(answer, skip_special_tokens=False),
            n_prompt_tokens=len(tokens),
            n_output_tokens=finished.lengths[row],
            stop=finished.stops[row] or "cap",
            seconds=round(seconds, 3),
        )
