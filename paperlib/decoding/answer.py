"""One answer as it grows token by token, and where it might have gone on otherwise."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch

from paperlib.data.output_parser import ValueScanner
from paperlib.data.predictions import Stop
from paperlib.decoding.constrained import Held
from paperlib.decoding.drafter import Seen, guess

AHEAD = 4  # tokens guessed ahead in a row: most of the first few are right, and each costs as much as any other;
# while all are right twice as many each time (some answers go round in circles), up to what decode.FEW leaves a row
SPACES = 8  # tokens of white space after a value that are waited out
RIVALS = 3  # most probable tokens among which a second choice is looked for
CLOSE = 7.0  # nats by which it may be less probable than the first


@dataclass(frozen=True)
class Doubt:
    """A place in an answer where another token was nearly as probable."""

    place: int  # in its tokens, the prompt's among them
    token: int  # the other
    margin: float  # nats


@dataclass
class Answer:
    """One row of a batch as it grows."""

    id: str
    prompt: list[int]
    cap: int
    held: Held | None = None
    doubting: bool = False  # whether doubts and probabilities are kept
    least: float = -math.inf  # what it has to be worth, in nats; given up once it cannot be any more
    tokens: list[int] = field(default_factory=list)
    stop: Stop | None = None
    spaces: int = 0  # tokens of white space after the value, which are not kept
    scanner: ValueScanner = field(default_factory=ValueScanner)
    doubts: list[Doubt] = field(default_factory=list)
    chances: list[float] = field(default_factory=list)  # log-probabilities, a token behind the prompt each

    def __post_init__(self) -> None:
        self.text = list(self.prompt)  # all tokens so far, the spaces among them
        self.stem = tuple(self.text[:-1])  # what the model reads first; where it differs from text it is written over
        self.own = Seen([self.prompt])
        self.ahead = AHEAD

    def width(self) -> int:
        """The most tokens that prompt and answer may take together."""
        return len(self.prompt) + self.cap

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
            rivals = self._rivals(logits[place]) if self.doubting else {}
            if self.held:
                token = self.held.choose(token, logits[place])
            if self.doubting:
                self._doubt(token, logits[place], rivals)
            self.take(token, end, text_of(token))
            if self.stop is not None or token != expected:
                break
        self.ahead = 2 * self.ahead if found[: len(guessed)] == guessed else AHEAD

    def _rivals(self, logits: torch.Tensor) -> dict[int, float]:
        """The most probable tokens, close to the first, with which the answer may go on, and their logits."""
        values, tokens = (found.tolist() for found in logits.topk(RIVALS))
        close = {token: value for token, value in zip(tokens, values, strict=True) if value > values[0] - CLOSE}
        if len(close) == 1:
            return {}
        return {token: value for token, value in close.items() if not self.held or self.held.allows(token)}

    def _doubt(self, token: int, logits: torch.Tensor, rivals: dict[int, float]) -> None:
        chosen = float(logits[token])
        self.chances.append(chosen - float(logits.logsumexp(-1)))
        if other := next((rival for rival in rivals if rival != token), None):
            self.doubts.append(Doubt(len(self.text), other, chosen - rivals[other]))

    def otherwise(
        self, doubt: Doubt, held: Held | None, least: float, end: int, text_of: Callable[[int], str]
    ) -> "Answer":
        """The answer as far as ``doubt`` and, there, the other token."""
        behind = doubt.place - len(self.prompt)
        other = Answer(self.id, self.prompt, self.cap, held, self.doubting, least)
        for token in [*self.text[len(self.prompt) : doubt.place], doubt.token]:
            if held:
                held.follow(token)
            other.take(token, end, text_of(token))
        other.stem = tuple(self.text[:-1])
        for text in (self.text, other.text):
            other.own.read(text, len(self.prompt))
        other.chances = [*self.chances[:behind], self.chances[behind] - doubt.margin]
        other.doubts = [earlier for earlier in self.doubts if earlier.place < doubt.place]
        return other
