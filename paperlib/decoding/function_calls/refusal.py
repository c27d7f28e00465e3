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


class CallState(ConstraintState):
    """The state of an answer that is a list of calls. ``refusal`` is the probability of none, once it is decided: that
    of the tokens that begin the empty list, among all tokens allowed that decide."""

    def __init__(self, *given: Any, refuse_above: float, **named: Any):
        super().__init__(*given, **named)
        self._refuse_above, self._begun_list = refuse_above, ""

    def choose(self, token: int, logits: torch.Tensor) -> int:
        """The most probable token of those that call or, where refusal is probable enough, that refuse."""
        if self.refusal is not None:
            return super().choose(token, logits)
        return super().choose(self._decided(logits), logits)

    def append(self, token: int) -> None:
        self._begun_list += self._text(token)
        if self.refusal is None and (refuses := _refuses(self._begun_list)) is not None:
            self.refusal = float(refuses)
        super().append(token)

    def _decided(self, logits: torch.Tensor) -> int:
        """The token to choose; one that decides nothing, such as a lone bracket, leaves ``refusal`` open."""
        scores, n = self.allowed_logits(logits)
        tokens, probabilities = scores.topk(n).indices.tolist(), scores.float().softmax(0)
        kinds = {token: _refuses(self._begun_list + self._text(token)) for token in tokens}
        empty = [token for token in tokens if kinds[token] is True]
        call = [token for token in tokens if kinds[token] is False]
        decides = float(probabilities[[*empty, *call]].sum())
        if decides < 0.5 or not empty or not call:
            return next((token for token in tokens if kinds[token] is None), int(tokens[0]))
        self.refusal = float(probabilities[empty].sum()) / decides
        return int(empty[0] if self.refusal >= self._refuse_above else call[0])

    def _text(self, token: int) -> str:
        return self._bytes_of(token).decode("utf-8", "replace")


def _refuses(begun: str) -> bool | None:
    """Whether an answer that begins so is the empty list; None where that is still open. Only the empty list has its
    second bracket right after the first, in every layout."""
    start = begun.lstrip()
    return start[1] == "]" if len(start) > 1 else None


def state_kind(schemas: Collection[Schema], refuse_above: float) -> Callable[..., ConstraintState]:
    """What makes the states of answers under ``schemas``: of function calls, those that decide about refusal."""
    calls = bool(schemas) and all(tools_of(schema.body) for schema in schemas)
    return partial(CallState, refuse_above=refuse_above) if calls else ConstraintState
