"""One answer while it is decoded: its tokens, its drafts, and where it might have continued otherwise."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from paperlib.data.output_parser import ValueScanner
from paperlib.data.predictions import Stop
from paperlib.decoding.constrained import ConstraintState
from paperlib.decoding.drafter import Acceptance, Guess, NGramTable, Origins, Source, draft

TRAILING_SPACES = 8  # tokens of white space after a value that are waited out
RUNNERS_UP = 3  # most probable tokens among which an alternative is looked for
MAX_MARGIN = 7.0  # nats by which it may be less probable than the first


@dataclass(frozen=True)
class Alternative:
    """A position of an answer at which another token was nearly as probable."""

    position: int  # counted from the start of the prompt
    token: int  # the runner-up
    margin: float  # nats by which it is less probable


@dataclass
class Answer:
    """One row of a batch while it is decoded."""

    id: str
    prompt: list[int]
    cap: int
    constraint: ConstraintState | None = None
    reranked: bool = False  # whether alternatives are kept
    score_to_beat: float = -math.inf  # nats; decoding is given up once the score cannot exceed it any more
    guessed: Sequence[int] = ()  # tokens of an answer that may be the model's
    tokens: list[int] = field(default_factory=list)
    stop: Stop | None = None
    spaces: int = 0  # tokens of white space after the value, which are not kept
    scanner: ValueScanner = field(default_factory=ValueScanner)
    alternatives: list[Alternative] = field(default_factory=list)
    branch_tokens: int = 0  # that have been decoded in branches of this answer
    log_probs: list[float] = field(default_factory=list)  # of each token after the prompt
    ruled_out: list[int | None] = field(default_factory=list)  # for each, what the model would have written instead
    forced: list[bool] = field(default_factory=list)  # for each, whether no other was allowed

    def __post_init__(self) -> None:
        self.sequence = list(self.prompt)  # prompt, answer and white space after it
        self.prefill = tuple(
            self.sequence[:-1]
        )  # what the cache is filled with; where the sequence differs, overwritten
        self.ngrams, self.guess = NGramTable([self.prompt]), Guess(self.prompt, self.guessed)
        self.drafted: list[int] = []  # tokens that the model is to verify
        self.sources: list[Source] = []  # of the last of these; the first are forced
        self.at_start = self.constraint.copy() if self.constraint and self.reranked else None  # for branches

    def width(self) -> int:
        """The most tokens that prompt and answer may take together."""
        return len(self.prompt) + self.cap

    def draft(self, others: NGramTable, acceptance: Acceptance, least: float, most: int) -> None:
        """Drafts at most ``most`` tokens for the model to verify: those that the constraint forces, then others that
        are right with a probability of at least ``least``."""
        if self.stop is not None:
            self.drafted, self.sources = [], []
            return
        forced = self.constraint.forced_tokens()[:most] if self.constraint else []
        after = [*self.sequence, *forced]
        origins = Origins(self.guess, self.ngrams, others)
        found, self.sources = draft(after, origins, acceptance, least, most - len(forced))
        self.drafted = forced + found

    def append(self, token: int, eos: int, text: str) -> None:
        """Continues the answer by one token, whose text is ``text``, and sets ``stop`` where it ends."""
        self.sequence.append(token)
        if token == eos:
            self.stop = "eos"
        elif self.scanner.end is not None:
            self.spaces += 1
            self.stop = "value" if text.strip() or self.spaces > TRAILING_SPACES else None
        else:
            self.tokens.append(token)
            if not self.scanner.feed(text) and len(self.tokens) == self.cap:
                self.stop = "cap"

    def verify(
        self,
        logits: torch.Tensor,
        first: Sequence[tuple[int, float]],
        acceptance: Acceptance,
        eos: int,
        text_of: Callable[[int], str],
    ) -> None:
        """Appends the model's tokens up to the first that differs from the draft.

        ``logits`` (1 + drafted, vocabulary) and ``first``, the most probable token and its log-probability, are those
        after the last token and after each drafted one; under a constraint the most probable allowed token takes the
        place of the first. Whether drafted tokens are right is counted in ``acceptance``."""
        sources = [*[None] * (len(self.drafted) - len(self.sources)), *self.sources, None]
        for place, ((preferred, log_prob), expected) in enumerate(zip(first, [*self.drafted, None], strict=True)):
            runners_up = self._runners_up(logits[place]) if self.reranked else {}
            token = self.constraint.choose(preferred, logits[place]) if self.constraint else preferred
            if token != preferred:
                log_prob += float(logits[place, token]) - float(logits[place, preferred])
            self.ruled_out.append(preferred if preferred != token else None)
            self.forced.append(self.constraint is not None and self.constraint.forced)
            self.log_probs.append(log_prob)
            if other := next((other for other in runners_up if other != token), None):
                margin = float(logits[place, token]) - runners_up[other]
                self.alternatives.append(Alternative(len(self.sequence), other, margin))
            self.append(token, eos, text_of(token))
            if (source := sources[place]) is not None:
                acceptance.count(source, token == expected)
            if self.stop is not None or token != expected:
                break

    def _runners_up(self, logits: torch.Tensor) -> dict[int, float]:
        """The most probable tokens within ``MAX_MARGIN`` of the first that are allowed, with their logits."""
        values, tokens = (found.tolist() for found in logits.topk(RUNNERS_UP))
        close = {token: value for token, value in zip(tokens, values, strict=True) if value > values[0] - MAX_MARGIN}
        if len(close) == 1:
            return {}
        return {t: value for t, value in close.items() if not self.constraint or self.constraint.allows(t)}

    def branch(self, other: Alternative, score_to_beat: float, eos: int, text_of: Callable[[int], str]) -> "Answer":
        """A copy of this answer up to an alternative, continued there with the runner-up."""
        offset = other.position - len(self.prompt)
        constraint = self.at_start.copy() if self.at_start else None
        branch = Answer(self.id, self.prompt, self.cap, constraint, self.reranked, score_to_beat, self.guessed)
        for token in [*self.sequence[len(self.prompt) : other.position], other.token]:
            if constraint:
                constraint.append(token)
            branch.append(token, eos, text_of(token))
        branch.prefill = tuple(self.sequence[:-1])
        for sequence in (self.sequence, branch.sequence):
            branch.ngrams.read(sequence, len(self.prompt))
        branch.guess.read(branch.sequence, len(self.prompt))
        branch.log_probs = [*self.log_probs[:offset], self.log_probs[offset] - other.margin]
        branch.ruled_out = [*self.ruled_out[:offset], None]
        branch.forced = [*self.forced[:offset], False]
        branch.alternatives = [one for one in self.alternatives if one.position < other.position]
        return branch
