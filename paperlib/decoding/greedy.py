"""Batched greedy decoding with drafts, constraints and reranking. Sees input texts only, never an expected answer.

An answer ends at the end-of-sequence token, at the first complete JSON value, or at a length cap. After a complete
value one more token is decoded, white space aside: an end-of-sequence token means that the model stopped there itself,
anything else that it would have continued. Several tokens are drafted and verified in one forward pass
(:mod:`paperlib.decoding.drafter`), so that a pass multiplies wide matrices. In a batch the next text takes the place of
a finished answer (continuous batching, Yu et al., OSDI 2022).
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from paperlib.core import runtime
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.predictions import Prediction, Token
from paperlib.data.prompts import Frame, encode_prompts, plain_frame
from paperlib.decoding import reranking
from paperlib.decoding.answer import Answer
from paperlib.decoding.answer_file import answers_to_file
from paperlib.decoding.confidence import leaf_probabilities
from paperlib.decoding.constrained import ConstraintState, token_text
from paperlib.decoding.drafter import Acceptance, NGramTable, least_probability
from paperlib.decoding.engines.llama_model import MOST_ROWS
from paperlib.decoding.logits import Logits, groups, logits_of
from paperlib.training.loaded_model import LoadedModel

MIN_CAP = 32  # tokens every answer may take
CACHE_POSITIONS = 32_768  # of the key-value cache of one batch at most: 0.75 GB at 135M in bf16, 0.9 GB at 1.5B
MAX_DRAFT = 128  # tokens drafted at most, for all rows together, but
MIN_DRAFT = 4  # that many for each
COMPACT_BELOW = 0.75  # share of unfinished rows at which the others are dropped
Asked = tuple[str, list[int], int]  # id, prompt tokens, and the most tokens that the answer may take


@dataclass(frozen=True)
class Cap:
    """The most tokens an answer may take: ``factor`` times what training answers take for a prompt of that length."""

    ratio: float  # largest number of answer tokens per prompt token among training examples
    factor: float = 1.25

    def tokens(self, n_prompt: int) -> int:
        return MIN_CAP + math.ceil(self.factor * self.ratio * n_prompt)


@dataclass(frozen=True)
class Decoder:
    """A model and everything that decides its answers."""

    loaded: LoadedModel
    cap: Cap
    constraint: Callable[[str], ConstraintState] | None = None  # by the id of an example
    reranking_rounds: int = 0
    ngrams: NGramTable = field(default_factory=NGramTable)  # of training answers, say: better drafts, the same output
    frame: Frame = plain_frame
    acceptance: Acceptance = field(default_factory=Acceptance)
    guess: Callable[[str], Sequence[int]] | None = None  # tokens of a likely answer, by the id of an example

    def text_of(self, token: int) -> str:
        return token_text(self.loaded.tokenizer, token)

    def _pieces(self, answer: Answer) -> Iterator[str]:
        """The text of each token of an answer; that of a character of several tokens belongs to the last of these."""
        held: list[int] = []
        for token in answer.tokens:
            held.append(token)
            text = str(self.loaded.tokenizer.decode(held, skip_special_tokens=False))
            whole = not text.endswith("\ufffd")
            yield text if whole else ""
            held = [] if whole else held

    def tokens(self, answer: Answer) -> tuple[Token, ...]:
        preferred = (None if token is None else self.text_of(token) for token in answer.ruled_out)
        pieces = list(self._pieces(answer))
        if answer.constraint:
            pieces = answer.constraint.written.as_pieces(pieces)
        return tuple(map(Token, pieces, answer.log_probs, preferred, answer.forced))

    def output(self, answer: Answer) -> str:
        text = str(self.loaded.tokenizer.decode(answer.tokens, skip_special_tokens=False))
        return answer.constraint.written.as_json(text) if answer.constraint else text

    def prediction(self, answer: Answer, seconds: float) -> Prediction:
        """A finished answer as it is kept, with the time that it took."""
        return Prediction(
            id=answer.id,
            output=self.output(answer),
            n_prompt_tokens=len(answer.prompt),
            n_output_tokens=len(answer.tokens),
            stop=answer.stop or "cap",
            seconds=round(seconds, 3),
            refusal=answer.constraint.refusal if answer.constraint else None,
            tokens=self.tokens(answer),
        )


def decode(decoder: Decoder, examples: Sequence[Example], batch_size: int = 1) -> Iterator[list[Prediction]]:
    """The answers as they end, the longest texts first, at most ``batch_size`` at a time.

    An answer may be no longer than what its prompt leaves of the model's context. Raises PaperlibError naming an
    example whose prompt leaves less than MIN_CAP tokens.
    """
    texts, rows = {example.id: example.text for example in examples}, asked(decoder, examples)
    reranked = decoder.reranking_rounds > 0  # which the answers of a batch are together
    for part in groups(rows, _width, batch_size, CACHE_POSITIONS) if reranked else _of_like_width(rows):
        size = max(1, min(batch_size, CACHE_POSITIONS // _width(part[0])))
        if size == 1:  # prompts that begin alike follow one another
            part = sorted(part, key=lambda row: row[1])
        yield from _decode_part(decoder, texts, part, size)


def _width(row: Asked) -> int:
    """The most tokens that prompt and answer may take together."""
    return len(row[1]) + row[2]


def _of_like_width(rows: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    """Parts of rows, which come widest first, that are at least a quarter as wide as their first."""
    while rows:
        narrow = (place for place, row in enumerate(rows) if 4 * _width(row) < _width(rows[0]))
        size = next(narrow, len(rows))
        yield rows[:size]
        rows = rows[size:]


def decode_to_file(
    decoder: Decoder, examples: Sequence[Example], out: Path, meta: dict[str, Any], batch_size: int
) -> list[Prediction]:
    """The answers with the probabilities of their leaves, written to ``out`` as
    :func:`paperlib.decoding.answer_file.answers_to_file` does."""

    def answered(rest: Sequence[Example]) -> Iterator[list[Prediction]]:
        return ([_with_confidence(one) for one in batch] for batch in decode(decoder, rest, batch_size))

    return answers_to_file(answered, examples, out, meta)


def _with_confidence(prediction: Prediction) -> Prediction:
    found = leaf_probabilities(prediction.output, prediction.tokens)
    return replace(prediction, confidence={leaf: round(p, 6) for leaf, p in found.items()})


def asked(decoder: Decoder, examples: Sequence[Example]) -> list[Asked]:
    """Ids, prompt tokens and length caps, longest prompts first: batches waste little padding, and too little memory
    shows at once."""
    if not examples:
        return []
    loaded, context = decoder.loaded, decoder.loaded.context
    framed = [decoder.frame(example) for example in examples]
    encoded = encode_prompts(loaded.tokenizer, [prompt.context + prompt.request for prompt in framed])
    requests = loaded.tokenizer([prompt.request for prompt in framed], add_special_tokens=False).input_ids
    rows = [
        (example.id, tokens, min(decoder.cap.tokens(len(request)), context - len(tokens)))
        for example, tokens, request in zip(examples, encoded, requests, strict=True)
    ]
    for id, tokens, cap in rows:
        if cap < MIN_CAP:
            raise PaperlibError(
                f"example {id!r}: {len(tokens)} prompt tokens, expected at most {context - MIN_CAP}, which leave room "
                f"for an answer in the context of {loaded.name} ({context} tokens)"
            )
    return sorted(rows, key=lambda row: (-len(row[1]), row[0]))


@torch.inference_mode()
def _decode_part(
    decoder: Decoder, texts: Mapping[str, str], prompts: Sequence[Asked], rows: int
) -> Iterator[list[Prediction]]:
    """The answers to prompts, ``rows`` of which are decoded at a time. Those that end together share the time since the
    last ones ended."""
    runtime.return_free_memory()  # what loading or other texts have freed, in pieces of other sizes
    start, rounds = time.perf_counter(), decoder.reranking_rounds
    words = {id: reranking.word_counts(texts[id]) for id, *_ in prompts} if rounds else {}
    most = max(len(tokens) + cap for _, tokens, cap in prompts)
    ended = _decode(decoder, (_begun(decoder, *prompt) for prompt in prompts), words, rows, most)
    for answers in [[answer for some in ended for answer in some]] if rounds else ended:
        for _ in range(rounds):
            answers = _rerank(decoder, answers, words)
        seconds = (time.perf_counter() - start) / len(answers)
        yield [decoder.prediction(answer, seconds) for answer in answers]
        start = time.perf_counter()


def _begun(decoder: Decoder, id: str, tokens: list[int], cap: int) -> Answer:
    return Answer(
        id,
        tokens,
        cap,
        constraint=decoder.constraint(id) if decoder.constraint else None,
        reranked=decoder.reranking_rounds > 0,
        guessed=decoder.guess(id) if decoder.guess else (),
    )


def _rerank(decoder: Decoder, answers: Sequence[Answer], words: Mapping[str, reranking.Words]) -> list[Answer]:
    """One round: of every answer and its branches the one of the best score. An answer that no branch beats keeps no
    alternatives, so that it is settled."""
    eos = decoder.loaded.tokenizer.eos_token_id
    best = {answer.id: (_score(decoder, answer, words), answer) for answer in answers}
    branches = [
        answer.branch(other, best[answer.id][0], eos, decoder.text_of)
        for answer in answers
        for other in reranking.next_alternatives(answer)
    ]
    begun = _tokens_by_id(branches)
    for group in groups(branches, Answer.width, MOST_ROWS, CACHE_POSITIONS):
        for _ in _decode(decoder, group, words, len(group), max(map(Answer.width, group))):
            pass
    decoded = _tokens_by_id(branches) - begun
    for branch in branches:
        if (score := _score(decoder, branch, words)) > best[branch.id][0]:
            best[branch.id] = (score, branch)
    for answer in answers:
        if best[answer.id][1] is answer:
            answer.alternatives.clear()
        best[answer.id][1].branch_tokens = answer.branch_tokens + decoded[answer.id]
    return [answer for _, answer in best.values()]


def _tokens_by_id(answers: Sequence[Answer]) -> Counter[str]:
    found = Counter[str]()
    for answer in answers:
        found[answer.id] += len(answer.sequence)
    return found


def _score(decoder: Decoder, answer: Answer, words: Mapping[str, reranking.Words]) -> float:
    return reranking.score(answer, words[answer.id], decoder.output(answer))


def _hopeless(decoder: Decoder, answer: Answer, words: Mapping[str, reranking.Words]) -> bool:
    """Whether an unfinished branch can no longer beat the answer that it branched off from."""
    if answer.score_to_beat == -math.inf:
        return False
    return reranking.upper_bound(answer, words[answer.id], decoder.output(answer)) <= answer.score_to_beat


def _decode(
    decoder: Decoder, answers: Iterable[Answer], words: Mapping[str, reranking.Words], rows: int, most: int
) -> Iterator[list[Answer]]:
    """Decodes answers of at most ``most`` tokens with their prompts, ``rows`` at a time; yields those that a pass ends.

    The next takes the place of an answer that has ended; after the last, rows are dropped once a quarter are done.
    """
    waiting = iter(answers)
    running = list(islice(waiting, rows))
    logits_of_rows = logits_of(decoder.loaded, [answer.prefill for answer in running], most + MAX_DRAFT)
    while unfinished := [answer for answer in running if answer.stop is None]:
        _pass(decoder, logits_of_rows, running, words)
        if ended := [answer for answer in unfinished if answer.stop is not None]:
            yield ended
        for row, answer in enumerate(running):
            if answer.stop is not None and (following := next(waiting, None)):
                running[row] = following
                logits_of_rows.refill(row, following.prefill)
        kept = [row for row, answer in enumerate(running) if answer.stop is None]
        if 0 < len(kept) <= COMPACT_BELOW * len(running):
            logits_of_rows.keep(kept)
            running = [running[row] for row in kept]


def _pass(
    decoder: Decoder, logits_of_rows: Logits, answers: Sequence[Answer], words: Mapping[str, reranking.Words]
) -> None:
    """Drafts for each answer, computes all drafts in one pass, and keeps of each what the model agrees with."""
    eos, rows = decoder.loaded.tokenizer.eos_token_id, len(answers)
    least, most = least_probability(rows, decoder.loaded.pass_cost(rows)), max(MIN_DRAFT, MAX_DRAFT // rows)
    for answer in answers:
        answer.draft(decoder.ngrams, decoder.acceptance, least, most)
    logits = logits_of_rows.after([a.sequence for a in answers], [a.drafted for a in answers])
    values, tokens = logits.max(-1)
    log_probs = values.float() - logits.float().logsumexp(-1)
    first, end = [*zip(tokens.tolist(), log_probs.tolist(), strict=True)], 0
    for answer in answers:
        start, before, end = end, len(answer.sequence), end + 1 + len(answer.drafted)
        if answer.stop is None:
            answer.verify(logits[start:end], first[start:end], decoder.acceptance, eos, decoder.text_of)
            for table in (answer.ngrams, decoder.ngrams, answer.guess):
                table.read(answer.sequence, before)
            if answer.stop is None and _hopeless(decoder, answer, words):
                answer.stop = "cap"
