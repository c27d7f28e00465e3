"""Batched greedy decoding. Sees texts only, never an expected answer.

An answer ends at the end-of-sequence token, at the first complete JSON value, or at a cap set by how long training
answers are for their prompts. After a complete value one more token is asked for, white space aside: the end of
sequence means that the model ended there itself, anything else that it would have run on. Several tokens are guessed
ahead and confirmed or refused in one step (:mod:`paperlib.decoding.draft`), so that a step multiplies wide matrices.
Held to a grammar (:mod:`paperlib.decoding.constrain`), an answer takes the most probable token that the grammar allows.
Answers are written as they come; a killed run goes on after the last one.
"""

import functools
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import torch
from tqdm import tqdm

from paperlib.dataset import Example, data_hash
from paperlib.decoding import attention
from paperlib.decoding.constrain import Held
from paperlib.decoding.draft import Seen, guess
from paperlib.errors import DataError, PaperlibError
from paperlib.files import digest, read_json, read_jsonl, saving, write_json
from paperlib.fingerprint import modules_hash
from paperlib.models import Loaded
from paperlib.predictions import Prediction, Stop, load_predictions, parse_prediction, save_predictions
from paperlib.prompts import HASH, prompt
from paperlib.reading import ValueScanner

RATIO = 1.5  # answer tokens for each prompt token, where no training answers are known
FLOOR = 32  # tokens every answer may take
POSITIONS = 65_536  # of the key-value cache of one batch: 3 GB at 135M in float32
AHEAD = 4  # tokens guessed ahead in a row: most of the first few are right, and each costs as much as any other;
FEW = 64  # while all are right twice as many each time (some answers go round in circles), up to this for all rows
SPACES = 8  # tokens of white space after a value that are waited out
KEPT = 0.75  # share of unfinished rows at which the others are dropped


@dataclass(frozen=True)
class Cap:
    """The most tokens an answer may take: ``factor`` times what training answers take for such a prompt."""

    ratio: float = RATIO  # largest number of answer tokens for a prompt token seen in training
    factor: float = 1.25

    def tokens(self, n_prompt: int) -> int:
        return FLOOR + math.ceil(self.factor * self.ratio * n_prompt)


def predict(
    loaded: Loaded,
    examples: Sequence[Example],
    out: Path,
    cap: Cap,
    batch_size: int,
    origin: dict[str, Any],
    known: Sequence[Sequence[int]] = (),
    held: Callable[[str], Held] | None = None,
) -> list[Prediction]:
    """Answers to all examples, in their order, written to ``out``, with what decides them beside it.

    ``known`` are token sequences that answers may resemble, those of training answers, say: they make guesses better
    and change no answer. ``held`` gives what the answer to the example of an id is held to. ``origin`` names the model
    and its configuration. Answers of the same origin, texts, prompt and code are not made twice: a finished file is
    read, an unfinished one goes on. Raises PaperlibError when an example does not fit the model's context or the file
    cannot be written.
    """
    meta = {"data_hash": data_hash(examples), **origin, "cap": asdict(cap), "prompt_hash": HASH}
    meta["code_hash"] = modules_hash("decoding.decode")
    beside, part = out.with_suffix(".meta.json"), out.with_name(f"{out.name}.part")
    if out.is_file() and beside.is_file() and read_json(beside) == meta:
        return load_predictions(out)
    with saving(part):
        done = _resume(part, digest(meta))
    prompts = _prompts(loaded, [e for e in examples if e.id not in done], cap)
    seen = Seen(known)
    bar = tqdm(total=len(examples), initial=len(done))
    with saving(part), bar, part.open("a", encoding="utf-8") as handle:
        for group in _groups(prompts, cap, batch_size):
            for answer in _batch(loaded, group, cap, seen, held):
                done[answer.id] = answer
                handle.write(json.dumps(answer.row(), ensure_ascii=False) + "\n")
            handle.flush()
            bar.update(len(done) - bar.n)
    beside.unlink(missing_ok=True)
    save_predictions(out, answers := [done[e.id] for e in examples])
    write_json(beside, meta)
    part.unlink()
    return answers


def complete(loaded: Loaded, text: str, cap: Cap, held: Held | None = None) -> Prediction:
    """The answer to one text."""
    example = Example("text", "", None, "", "", text, None)
    return next(_batch(loaded, _prompts(loaded, [example], cap), cap, Seen(), (lambda _: held) if held else None))


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


@dataclass
class _Answer:
    """One row of a batch as it grows."""

    id: str
    prompt: list[int]
    cap: int
    held: Held | None = None
    tokens: list[int] = field(default_factory=list)
    stop: Stop | None = None
    spaces: int = 0  # tokens of white space after the value, which are not kept
    scanner: ValueScanner = field(default_factory=ValueScanner)

    def __post_init__(self) -> None:
        self.text = list(self.prompt)  # all tokens so far, the spaces among them
        self.own = Seen([self.prompt])
        self.ahead = AHEAD

    def guesses(self, seen: Seen, most: int) -> list[int]:
        """Tokens to ask the model about: those that what the answer is held to forces, and then such as came before."""
        n = min(self.ahead, most)
        forced = self.held.forced()[:n] if self.held else []
        return forced + guess([*self.text, *forced], self.own, seen, n - len(forced))

    def take(self, token: int, end: int, text: str) -> None:
        """Goes on by one token; ``text`` is what the token says."""
        self.text.append(token)
        if token == end:
            self.stop = "eos"
        elif self.scanner.end is not None:
            self.spaces += 1
            self.stop = "value" if text.strip() or self.spaces > SPACES else None
        else:
            self.tokens.append(token)
            if not self.scanner.feed(text) and len(self.tokens) == self.cap:
                self.stop = "cap"

    def confirm(
        self, guessed: list[int], logits: torch.Tensor, found: list[int], end: int, text_of: Callable[[int], str]
    ) -> None:
        """Takes what the model ``found`` after the last token and after each ``guessed`` one, up to the first of these
        that it did not find itself; by ``logits`` (token, vocabulary) what it is held to instead."""
        for place, (token, expected) in enumerate(zip(found, [*guessed, None], strict=True)):
            if self.held:
                token = self.held.choose(token, logits[place])
            self.take(token, end, text_of(token))
            if self.stop is not None or token != expected:
                break
        self.ahead = 2 * self.ahead if found[: len(guessed)] == guessed else AHEAD


def _batch(
    loaded: Loaded,
    prompts: Sequence[tuple[str, list[int]]],
    cap: Cap,
    seen: Seen,
    held: Callable[[str], Held | None] | None,
) -> Iterator[Prediction]:
    answers = [_Answer(id, tokens, cap.tokens(len(tokens)), held and held(id)) for id, tokens in prompts]
    start = time.perf_counter()
    with torch.inference_mode():
        _decode(loaded, answers, seen)
    seconds = (time.perf_counter() - start) / len(prompts)
    for answer in answers:
        yield Prediction(
            id=answer.id,
            output=loaded.tokenizer.decode(answer.tokens, skip_special_tokens=False),
            n_prompt_tokens=len(answer.prompt),
            n_output_tokens=len(answer.tokens),
            stop=answer.stop or "cap",
            seconds=round(seconds, 3),
        )


def _decode(loaded: Loaded, answers: list[_Answer], seen: Seen) -> None:
    """Greedy decoding of a batch; rows that are over are dropped once they are a quarter of it."""
    body, end = loaded.body, loaded.tokenizer.eos_token_id
    body.set_attn_implementation(attention.NAME)
    text_of = functools.cache(lambda token: str(loaded.tokenizer.decode([token])))  # JSON's marks are ASCII: one token
    capacity = max(len(answer.prompt) + answer.cap for answer in answers) + SPACES + 1 + FEW
    cache = attention.Ragged(body.config.num_hidden_layers, capacity)
    _read(body, cache, [answer.prompt[:-1] for answer in answers], loaded.tokenizer.pad_token_id)
    while answers:
        most = max(AHEAD, FEW // len(answers))
        guesses = [a.guesses(seen, most) if a.stop is None else [] for a in answers]
        logits = _logits(body, cache, answers, guesses)
        found = logits.argmax(-1).tolist()
        for row, (answer, guessed) in enumerate(zip(answers, guesses, strict=True)):
            if answer.stop is None:
                start = len(answer.text)
                answer.confirm(guessed, logits[row], found[row][: len(guessed) + 1], end, text_of)
                for table in (answer.own, seen):
                    table.read(answer.text, start)
        going = [row for row, answer in enumerate(answers) if answer.stop is None]
        if len(going) <= KEPT * len(answers):
            cache.batch_select_indices(torch.tensor(going, dtype=torch.long, device=body.device))
            answers = [answers[row] for row in going]


def _read(body: Any, cache: attention.Ragged, prompts: Sequence[Sequence[int]], pad: int) -> None:
    """Fills the cache with prompts, padded on the right: what stands there is written over as a row grows."""
    width = max(map(len, prompts))
    ids = torch.tensor([[*tokens, *[pad] * (width - len(tokens))] for tokens in prompts], device=body.device)
    cache.at(torch.arange(width, device=body.device).expand(len(prompts), width))
    body(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)


def _logits(
    body: Any, cache: attention.Ragged, answers: Sequence[_Answer], guesses: Sequence[Sequence[int]]
) -> torch.Tensor:
    """What may follow the last token of each row and each of its guesses: (rows, 1 + guesses, vocabulary)."""
    width = 1 + max(map(len, guesses))
    rows = [[a.text[-1], *guessed] for a, guessed in zip(answers, guesses, strict=True)]
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=body.device)
    starts = torch.tensor([[len(answer.text) - 1] for answer in answers], device=body.device)
    places = starts + torch.arange(width, device=body.device)
    mask = torch.arange(int(places.max()) + 1, device=body.device) <= places[:, None, :, None]
    cache.at(places)
    given = {"attention_mask": mask, "position_ids": places, "past_key_values": cache, "use_cache": True}
    return cast(torch.Tensor, body(input_ids=ids, **given).logits)
