"""Whether an answer calls any tool: decided once, by the probability of the empty list, against a threshold.

Greedy decoding would refuse a request where the empty list is more probable than the beginning of a call. A model that
refuses too often, or too seldom, is put right by another threshold than a half, which is chosen on a dev split.
"""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import torch

from paperlib.data.function_calls.tool_calls import tools_of
from paperlib.data.schemas import Schema
from paperlib.decoding.constrained import ConstraintState

EMPTY, CALL = "[]", "[{"  # how an answer without a call begins, and one with a call, white space aside


class CallState(ConstraintState):
    """The state of an answer that is a list of calls. ``refusal`` is the probability of none, once it is decided: that
    of the tokens that begin the empty list, among all tokens allowed that decide."""

    def __init__(self, *given: Any, refuse_above: float, **named: Any):
        super().__init__(*given, **named)
        self._refuse_above, self._begun_list = refuse_above, ""

    def choose(self, token: int, logits: torch.Tensor) -> int:
        """The most probable token of those that call or, where refusal is probable enough, that refuse."""
        if self.refusal is None:
            token = self._decided(logits)
        chosen = super().choose(token, logits)
        if self.refusal is None:
            self._begun_list += self._text(chosen)
        return chosen

    def _decided(self, logits: torch.Tensor) -> int:
        """The token to choose; one that decides nothing, such as a lone bracket, leaves ``refusal`` open."""
        scores, n = self.allowed_logits(logits)
        probabilities = scores.float().softmax(0)
        tokens = scores.topk(n).indices.tolist()
        begins = {token: "".join((self._begun_list + self._text(token)).split()) for token in tokens}
        empty = [token for token, text in begins.items() if text.startswith(EMPTY)]
        call = [token for token, text in begins.items() if text.startswith(CALL)]
        decides = float(probabilities[[*empty, *call]].sum())
        if decides < 0.5 or not (empty and call):
            undecided = [token for token in tokens if token not in {*empty, *call}]
            return int(undecided[0] if undecided and decides < 0.5 else tokens[0])
        self.refusal = float(probabilities[empty].sum()) / decides
        return int(empty[0] if self.refusal >= self._refuse_above else call[0])

    def _text(self, token: int) -> str:
        return self._bytes_of(token).decode("utf-8", "replace")


def state_kind(schemas: Collection[Schema], refuse_above: float) -> Callable[..., ConstraintState]:
    """What makes the states of answers under ``schemas``: of function calls, those that decide about refusal."""
    calls = bool(schemas) and all(tools_of(schema.body) for schema in schemas)
    return partial(CallState, refuse_above=refuse_above) if calls else ConstraintState
