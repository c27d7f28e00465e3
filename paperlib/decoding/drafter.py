"""An n-gram drafter: proposes the next tokens of an answer, for the model to verify several at once.

What followed the same tokens before often follows them again: values stand in the text, keys in answers to other texts
(prompt lookup decoding, Saxena 2023; speculative decoding, Leviathan, Kalman & Matias 2023,
https://arxiv.org/abs/2211.17192). A drafted token is kept only where greedy decoding picks the same one, so that drafts
change how long decoding takes and never its output.
"""

from collections.abc import Iterable, Sequence

ORDERS = (4, 3, 2, 1)  # context lengths in tokens, tried from the longest
MAX_CONTEXTS = 1_000_000  # contexts remembered, about 200 MB; beyond that all are forgotten
Followers = dict[tuple[int, ...], int]


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


def draft(tokens: Sequence[int], own: NGramTable, others: NGramTable, n: int) -> list[int]:
    """At most ``n`` tokens that may follow ``tokens``: at each step the follower of the longest context that either
    table knows; at equal length ``own``, of the same text, goes before ``others``."""
    end = list(tokens[-ORDERS[0] :])
    for _ in range(n):
        token = _follower(end, own.followers, others.followers)
        if token is None:
            break
        end.append(token)
    return end[min(len(tokens), ORDERS[0]) :]


def _follower(end: Sequence[int], own: Followers, others: Followers) -> int | None:
    for order in ORDERS:
        context = tuple(end[-order:])
        token = own.get(context, others.get(context))
        if token is not None:
            return token
    return None
