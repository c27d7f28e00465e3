"""Guesses at the next tokens of an answer, for the model to confirm many at once.

What came after the same tokens before often comes again: values stand in the text, keys in answers to other texts
(prompt lookup, Saxena 2023; speculative decoding, Leviathan, Kalman & Matias 2023, https://arxiv.org/abs/2211.17192).
A guess is kept only where the model, greedy, says the same, so that guesses cost or save time and change no answer.
"""

from collections.abc import Iterable, Sequence

ORDERS = (4, 3, 2, 1)  # how many tokens must come again; the most are asked first
KEPT = 1_000_000  # runs remembered, 200 MB; beyond that all are forgotten
Followers = dict[tuple[int, ...], int]


class Seen:
    """Which token came last after each run of tokens."""

    def __init__(self, texts: Iterable[Sequence[int]] = ()):
        self.followers: Followers = {}
        for text in texts:
            self.read(text)

    def read(self, text: Sequence[int], start: int = 1) -> None:
        """Takes in the tokens of ``text`` from ``start`` on, those before it as what they follow."""
        if len(self.followers) > KEPT:
            self.followers.clear()
        for place in range(start, len(text)):
            for order in ORDERS:
                if order <= place:
                    self.followers[tuple(text[place - order : place])] = text[place]


def guess(text: Sequence[int], own: Seen, others: Seen, n: int) -> list[int]:
    """At most ``n`` tokens that may follow ``text``: at each, the longest run that was seen, in ``own`` text first."""
    end = list(text[-ORDERS[0] :])
    for _ in range(n):
        token = _next(end, own.followers, others.followers)
        if token is None:
            break
        end.append(token)
    return end[min(len(text), ORDERS[0]) :]


def _next(end: Sequence[int], own: Followers, others: Followers) -> int | None:
    for order in ORDERS:
        run = tuple(end[-order:])
        token = own.get(run, others.get(run))
        if token is not None:
            return token
    return None
