"""Whether an answer is the empty object: decided once, by its probability against a threshold.

Where a schema requires nothing, the first token of an answer decides whether anything is extracted at all. A model
ranks texts well by how probable the empty object is, and yet writes it too often where more of its training texts held
nothing than of those that it meets, and too seldom where fewer did. A threshold chosen on a dev split puts that right.
"""

from typing import Any

import torch

from paperlib.decoding.constrained import ConstraintState

EMPTY = "{}"


class EmptyAnswerState(ConstraintState):
    """The state of an answer that may be the empty object. ``refusal`` is the probability of that among all that may
    come first; None where it may not be empty, or where no token is the whole of it."""

    def __init__(self, *given: Any, empty_above: float, **named: Any):
        super().__init__(*given, **named)
        self._empty_above, self._first = empty_above, True

    def allows(self, token: int) -> bool:
        """As in any state, but for the first token: the threshold decides it, so that there is no other to try."""
        return not self._first and super().allows(token)

    def append(self, token: int) -> None:
        self._first = False
        super().append(token)

    def choose(self, token: int, logits: torch.Tensor) -> int:
        """The first token: the empty object if that is probable enough, else the most probable other one."""
        if self._first:
            self._first, token = False, self._decided(token, logits)
        return super().choose(token, logits)

    def _decided(self, token: int, logits: torch.Tensor) -> int:
        scores, n = self.allowed_logits(logits)
        allowed = scores.topk(n).indices.tolist()
        empty = {one for one in allowed if self._bytes_of(one).strip() == EMPTY.encode()}
        others = [one for one in allowed if one not in empty]
        if not empty or not others:
            return token
        self.refusal = float(scores.float().softmax(0)[list(empty)].sum())
        return next(one for one in allowed if one in empty) if self.refusal >= self._empty_above else int(others[0])
