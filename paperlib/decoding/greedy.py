"""Batched greedy decoding. Sees texts only, never an expected answer.

An answer ends at the end-of-sequence token, at the first complete JSON value, or at a cap set by how long training
answers are for their prompts. After a complete value one more token is asked for, white space aside: the end of
sequence means that the model ended there itself, anything else that it would have run on. Several tokens are guessed
ahead and confirmed or refused in one step (:mod:`paperlib.decoding.drafter`), so that a step multiplies wide matrices.
Held to a grammar (:mod:`paperlib.decoding.constrained`), an answer takes the most probable token that the grammar allows.
Answers are written as they come; a killed run goes on after the last one.
"""

import functools
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import torch
from tqdm import tqdm

from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import digest, read_json, read_jsonl, saving, write_json
from paperlib.core.fingerprint import modules_hash
from paperlib.data.examples import Example, data_hash
from paperlib.data.predictions import Prediction, load_predictions, parse_prediction, save_predictions
from paperlib.data.prompts import HASH, prompt
from paperlib.decoding import cached_attention, reranking
from paperlib.decoding.answer import AHEAD, SPACES, Answer
from paperlib.decoding.constrained import Held
from paperlib.decoding.drafter import Seen
from paperlib.training.models import Loaded

RATIO = 1.5  # answer tokens for each prompt token, where no training answers are known
FLOOR = 32  # tokens every answer may take
POSITIONS = 65_536  # of the key-value cache of one batch: 3 GB at 135M in float32
FEW = 64  # tokens guessed ahead at most, for all rows
KEPT = 0.75  # share of unfinished rows at which the others are dropped
Row = TypeVar("Row")


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
    looks: int = 0,
) -> list[Prediction]:
    """Answers to all examples, in their order, written to ``out``, with what decides them beside it.

    ``known`` are token sequences that answers may resemble, those of training answers, say: they make guesses better
    and change no answer. ``held`` gives what the answer to the example of an id is held to, ``looks`` how often it is
    looked at again (:mod:`paperlib.decoding.reranking`). ``origin`` names the model and its configuration. Answers of the
    same origin, texts, prompt and code are not made twice: a finished file is read, an unfinished one goes on. Raises
    PaperlibError when an example does not fit the model's context or the file cannot be written.
    """
    meta = {"data_hash": data_hash(examples), **origin, "cap": asdict(cap), "looks": looks, "prompt_hash": HASH}
    meta["code_hash"] = modules_hash("decoding.greedy")
    beside, part = out.with_suffix(".meta.json"), out.with_name(f"{out.name}.part")
    if out.is_file() and beside.is_file() and read_json(beside) == meta:
        return load_predictions(out)
    with saving(part):
        done = _resume(part, digest(meta))
    prompts = _prompts(loaded, [e for e in examples if e.id not in done], cap)
    run = _Run(loaded, {e.id: e.text for e in examples}, cap, Seen(known), held, looks)
    bar = tqdm(total=len(examples), initial=len(done))
    with saving(part), bar, part.open("a", encoding="utf-8") as handle:
        for group in _groups(prompts, lambda pair: len(pair[1]) + cap.tokens(len(pair[1])), batch_size):
            for answer in _batch(run, group):
                done[answer.id] = answer
                handle.write(json.dumps(answer.row(), ensure_ascii=False) + "\n")
            handle.flush()
            bar.update(len(done) - bar.n)
    beside.unlink(missing_ok=True)
    save_predictions(out, answers := [done[e.id] for e in examples])
    write_json(beside, meta)
    part.unlink()
    return answers


def complete(
    loaded: Loaded, example: Example, cap: Cap, held: Callable[[str], Held] | None = None, looks: int = 0
) -> Prediction:
    """The answer to one text."""
    run = _Run(loaded, {example.id: example.text}, cap, Seen(), held, looks)
    return next(_batch(run, _prompts(loaded, [example], cap)))


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


def _groups(rows: Sequence[Row], width: Callable[[Row], int], most: int) -> Iterator[Sequence[Row]]:
    """Batches of at most ``most`` rows, the widest first, and of POSITIONS tokens, answers included."""
    start = 0
    while start < len(rows):
        size = max(1, min(most, POSITIONS // width(rows[start])))
        yield rows[start : start + size]
        start += size


@dataclass(frozen=True)
class _Run:
    """What all batches share."""

    loaded: Loaded
    texts: Mapping[str, str]  # by id
    cap: Cap
    seen: Seen
    held: Callable[[str], Held] | None
    looks: int

    def text_of(self, token: int) -> str:
        return _text_of(self.loaded.tokenizer, token)

    def output(self, answer: Answer) -> str:
        return str(self.loaded.tokenizer.decode(answer.tokens, skip_special_tokens=False))

    @functools.cached_property
    def words(self) -> dict[str, reranking.Words]:
        """Of the texts, by id."""
        return {id: reranking.words(text) for id, text in self.texts.items()}

    def worth(self, answer: Answer) -> float:
        return reranking.worth(answer, self.words[answer.id], self.output(answer))

    def hopeless(self, answer: Answer) -> bool:
        """Whether an unfinished answer can no longer be worth what it has to."""
        if answer.least == -math.inf:
            return False
        return reranking.hope(answer, self.words[answer.id], self.output(answer)) <= answer.least


@functools.cache
def _text_of(tokenizer: Any, token: int) -> str:
    """What a token says. (JSON's marks are ASCII: one token.)"""
    return str(tokenizer.decode([token]))


def _batch(run: _Run, prompts: Sequence[tuple[str, list[int]]]) -> Iterator[Prediction]:
    start = time.perf_counter()
    answers = [
        Answer(id, tokens, run.cap.tokens(len(tokens)), run.held and run.held(id), run.looks > 0)
        for id, tokens in prompts
    ]
    with torch.inference_mode():
        _decode(run, answers)
        for _ in range(run.looks):
            answers = _look_again(run, answers)
    seconds = (time.perf_counter() - start) / len(prompts)
    for answer in answers:
        yield Prediction(
            id=answer.id,
            output=run.output(answer),
            n_prompt_tokens=len(answer.prompt),
            n_output_tokens=len(answer.tokens),
            stop=answer.stop or "cap",
            seconds=round(seconds, 3),
        )


def _look_again(run: _Run, answers: Sequence[Answer]) -> list[Answer]:
    """Every answer, the widest first, or what came of one of its doubts where that is worth more; else its doubts are
    settled."""
    end = run.loaded.tokenizer.eos_token_id
    worth = {answer.id: run.worth(answer) for answer in answers}
    others = [
        answer.otherwise(doubt, run.held and run.held(answer.id), worth[answer.id], end, run.text_of)
        for answer in answers
        for doubt in reranking.doubts(answer)
    ]
    for group in _groups(others, Answer.width, len(others)):
        _decode(run, list(group))
    best = {answer.id: answer for answer in answers}
    for other in others:
        if (found := run.worth(other)) > worth[other.id]:
            best[other.id], worth[other.id] = other, found
    for answer in answers:
        if best[answer.id] is answer:
            answer.doubts.clear()
    return list(best.values())


def _decode(run: _Run, answers: list[Answer]) -> None:
    """Greedy decoding of a batch; rows that are over are dropped once they are a quarter of it."""
    body, tokenizer = run.loaded.body, run.loaded.tokenizer
    body.set_attn_implementation(cached_attention.NAME)
    capacity = max(answer.width() for answer in answers) + SPACES + 1 + FEW
    cache = cached_attention.Ragged(body.config.num_hidden_layers, capacity)
    _read(body, cache, [answer.stem for answer in answers], tokenizer.pad_token_id)
    while answers:
        most = max(AHEAD, FEW // len(answers))
        guesses = [a.guesses(run.seen, most) if a.stop is None else [] for a in answers]
        logits = _logits(body, cache, answers, guesses)
        found = logits.argmax(-1).tolist()
        for row, (answer, guessed) in enumerate(zip(answers, guesses, strict=True)):
            if answer.stop is None:
                start = len(answer.text)
                likely = found[row][: len(guessed) + 1]
                answer.confirm(guessed, logits[row], likely, tokenizer.eos_token_id, run.text_of)
                for table in (answer.own, run.seen):
                    table.read(answer.text, start)
                if answer.stop is None and run.hopeless(answer):
                    answer.stop = "cap"
        going = [row for row, answer in enumerate(answers) if answer.stop is None]
        if len(going) <= KEPT * len(answers):
            cache.batch_select_indices(torch.tensor(going, dtype=torch.long, device=body.device))
            answers = [answers[row] for row in going]


def _read(body: Any, cache: cached_attention.Ragged, stems: Sequence[tuple[int, ...]], pad: int) -> None:
    """Fills the cache with a stem for each row, padded on the right: what stands there is written over as a row grows.
    A stem that several rows share is read once."""
    read = {stem: row for row, stem in enumerate(dict.fromkeys(stems))}
    width = max(map(len, read))
    ids = torch.tensor([[*stem, *[pad] * (width - len(stem))] for stem in read], device=body.device)
    cache.at(torch.arange(width, device=body.device).expand(len(read), width))
    body(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
    if len(read) < len(stems):
        cache.batch_select_indices(torch.tensor([read[stem] for stem in stems], device=body.device))


def _logits(
    body: Any, cache: cached_attention.Ragged, answers: Sequence[Answer], guesses: Sequence[Sequence[int]]
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
