"""A drafter: proposes the next tokens of an answer, for the model to verify several at once.

What rules read in a text is much of what a model will write (:mod:`paperlib.decoding.guesses`), and what followed the
same tokens before often follows them again: values stand in the text, keys in answers to other texts (prompt lookup
decoding, Saxena 2023; speculative decoding, Leviathan, Kalman & Matias 2023, https://arxiv.org/abs/2211.17192). A
drafted token is kept only where greedy decoding picks the same one, so that drafts change how long decoding takes and
never its output. How far it pays to draft depends on how often such tokens were right, and on how many rows a pass
computes anyway.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

ORDERS = (4, 3, 2, 1)  # context lengths in tokens, tried from the longest
MAX_CONTEXTS = 1_000_000  # contexts remembered, about 200 MB; beyond that all are forgotten
Followers = dict[tuple[int, ...], int]
# Length of the context; of the guess, the text and other answers, 1 where it is their token, 0 where another, or None.
Source = tuple[int, int | None, int | None, int | None]


class NGramTable:
    """The token that last followed each context of one to four tokens."""

    def __init__(self, sequences: Iterable[Sequence[int]] = ()):
        self.followers: Followers = {}
        for tokens in sequences:
            self.read(tokens)

    def read(self, tokens: Sequence[int], start: int = 1) -> None:
        """Records what follows what in ``tokens``, for the followers from position ``start`` on."""
        if len(self.followers) > MAX_CONTEXTS:
            self.followers.clear()
        for place in range(start, len(tokens)):
            for order in ORDERS:
                if order <= place:
                    self.followers[tuple(tokens[place - order : place])] = tokens[place]


class Guess:
    """An answer that is likely to be the model's, and how far the model's has followed it."""

    def __init__(self, prompt: Sequence[int] = (), answer: Sequence[int] = ()):
        self.place = min(len(prompt), ORDERS[0])  # of the next token, if the model goes on as guessed
        self.tokens = [*prompt[len(prompt) - self.place :], *answer]
        self._places: dict[tuple[int, ...], list[int]] = {}
        for place in range(self.place, len(self.tokens)):
            for order in ORDERS:
                if order <= place:
                    self._places.setdefault(tuple(self.tokens[place - order : place]), []).append(place)

    def follows(self, context: tuple[int, ...], place: int) -> int | None:
        """Where the token stands that follows ``context``: first from ``place`` on, else last before it."""
        places = self._places.get(context)
        return places[min(bisect_left(places, place), len(places) - 1)] if places else None

    def read(self, tokens: Sequence[int], start: int) -> None:
        """Follows an answer, ``tokens`` from position ``start`` on."""
        for at in range(start, len(tokens)):
            found = (self.follows(tuple(tokens[max(0, at - order) : at]), self.place) for order in ORDERS)
            place = next((one for one in found if one is not None), None)
            if place is not None and self.tokens[place] == tokens[at]:
                self.place = place + 1


@dataclass
class Acceptance:
    """How often drafted tokens were right, by where they came from."""

    counts: dict[Source, list[int]] = field(default_factory=dict)  # right ones, all; from 1 of 2 on

    def rate(self, source: Source) -> float:
        right, all_ = self.counts.get(source, (1, 2))
        return right / all_

    def count(self, source: Source, right: bool) -> None:
        counts = self.counts.setdefault(source, [1, 2])
        counts[0] += right
        counts[1] += 1


def least_probability(rows: int, pass_cost: float) -> float:
    """How probable a drafted token must be to shorten the decoding of ``rows`` answers.

    A pass takes as long as computing ``pass_cost`` tokens and those it is given, and gives each row at least one. A
    further drafted token pays while its probability times that time, pass_cost + rows, exceeds the rows' tokens that
    the time of computing it would give.
    """
    return rows / (rows + pass_cost)


@dataclass(frozen=True)
class Origins:
    """Where drafted tokens come from: a guess of the answer, the same text, and other texts' answers."""

    guess: Guess
    own: NGramTable
    others: NGramTable


def draft(
    tokens: Sequence[int], origins: Origins, acceptance: Acceptance, least: float, n: int
) -> tuple[list[int], list[Source]]:
    """At most ``n`` tokens that may follow ``tokens``, and their sources: at each step what follows the longest context
    that any origin knows; at equal length the guess goes first, and then the same text.

    It ends where the probability that all are right, by the rates in ``acceptance``, falls below ``least``.
    """
    end, sources, probability, place = list(tokens[-ORDERS[0] :]), list[Source](), 1.0, origins.guess.place
    while len(sources) < n and (found := _follower(end, origins, place)):
        token, source, place = found
        probability *= acceptance.rate(source)
        if probability < least:
            break
        end.append(token)
        sources.append(source)
    return end[len(end) - len(sources) :], sources


def _follower(end: Sequence[int], origins: Origins, place: int) -> tuple[int, Source, int] | None:
    """The next token, its source, and the next place in the guess."""
    for order in ORDERS:
        context = tuple(end[-order:])
        at = origins.guess.follows(context, place)
        guessed = None if at is None else origins.guess.tokens[at]
        own, other = origins.own.followers.get(context), origins.others.followers.get(context)
        token = next((one for one in (guessed, own, other) if one is not None), None)
        if token is not None:
            source = (len(context), _agrees(guessed, token), _agrees(own, token), _agrees(other, token))
            return token, source, place if at is None else at + 1
    return None


def _agrees(one: int | None, token: int) -> int | None:
    return None if one is None else int(one == token)
