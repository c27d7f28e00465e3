"""An n-gram drafter: proposes the next tokens of an answer, for the model to verify several at once.

What followed the same tokens before often follows them again: values stand in the text, keys in answers to other texts
(prompt lookup decoding, Saxena 2023; speculative decoding, Leviathan, Kalman & Matias 2023,
https://arxiv.org/abs/2211.17192). A drafted token is kept only where greedy decoding picks the same one, so that drafts
change how long decoding takes and never its output. How far it pays to draft depends on how often such tokens were
right, and on how many rows a pass computes anyway.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

ORDERS = (4, 3, 2, 1)  # context lengths in tokens, tried from the longest
MAX_CONTEXTS = 1_000_000  # contexts remembered, about 200 MB; beyond that all are forgotten
Followers = dict[tuple[int, ...], int]
Source = tuple[int, int | None, int | None]  # length of the context; 1 where a table's token, 0 where another, or None


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


def draft(
    tokens: Sequence[int], own: NGramTable, others: NGramTable, acceptance: Acceptance, least: float, n: int
) -> tuple[list[int], list[Source]]:
    """At most ``n`` tokens that may follow ``tokens``, and their sources: at each step the follower of the longest
    context that either table knows; at equal length ``own``, of the same text, goes before ``others``.

    It ends where the probability that all are right, by the rates in ``acceptance``, falls below ``least``.
    """
    end, sources, probability = list(tokens[-ORDERS[0] :]), list[Source](), 1.0
    while len(sources) < n and (found := _follower(end, own.followers, others.followers)):
        token, source = found
        probability *= acceptance.rate(source)
        if probability < least:
            break
        end.append(token)
        sources.append(source)
    return end[len(end) - len(sources) :], sources


def _follower(end: Sequence[int], own: Followers, others: Followers) -> tuple[int, Source] | None:
    for order in ORDERS:
        context = tuple(end[-order:])
        near, far = own.get(context), others.get(context)
        token = far if near is None else near
        if token is not None:
            return token, (len(context), None if near is None else 1, None if far is None else int(far == token))
    return None
