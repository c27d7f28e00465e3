"""Decoding held to JSON Schemas, and to what the text says: at each step only tokens that a valid answer goes on with.

The grammar is ours (:mod:`paperlib.decoding.grammar`), what follows it llguidance's (https://github.com/guidance-ai/llguidance).
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import llguidance
import llguidance.hf
import torch

from paperlib.core.config import Constraint, Layout, TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.schemas import Schema, Schemas
from paperlib.decoding.grammar import lark
from paperlib.decoding.repetition import Growing

TRIED = 64  # tokens that are asked for one that does not go round in circles; few begin the next item


class Held:
    """One answer as it grows, held to a grammar, and to arrays that do not go round in circles."""

    def __init__(self, matcher: llguidance.LLMatcher, text_of: Callable[[int], str]):
        self._matcher = matcher
        self._text_of = text_of
        self._grown = Growing()

    def forced(self) -> list[int]:
        """Tokens that the answer has to go on with, if any: the rest of a key, say."""
        return list(self._matcher.compute_ff_tokens())

    def allows(self, token: int) -> bool:
        """Whether a valid answer may go on with it."""
        return bool(self._matcher.validate_tokens([token])) and not self._with(token).repeats

    def follow(self, token: int) -> None:
        """The answer goes on with a token that it may go on with."""
        self._grown = self._with(token)
        self._matcher.consume_token(token)

    def choose(self, token: int, logits: torch.Tensor) -> int:
        """The most probable token that a valid answer goes on with, and the answer goes on with it: ``token``, the most
        probable of all, where it is one; else by ``logits`` (vocabulary)."""
        if not self.allows(token):
            bits = torch.frombuffer(bytearray(self._matcher.compute_bitmask()), dtype=torch.uint8)
            allowed = (bits[:, None] >> torch.arange(8) & 1).bool().flatten()[: len(logits)]
            scores = logits.cpu()[: len(allowed)].masked_fill(~allowed, -torch.inf)
            best = scores.topk(min(TRIED, int(allowed.sum()))).indices.tolist()
            token = next((other for other in best if not self._with(other).repeats), best[0])
        self.follow(token)
        return token

    def _with(self, token: int) -> Growing:
        return self._grown.after(self._text_of(token))


class Holder:
    """Holds answers in the tokens of ``tokenizer`` to schemas and, with "schema+text", to what texts say."""

    def __init__(self, tokenizer: Any, constraint: Constraint, layout: Layout = "line"):
        self._tokens = llguidance.hf.from_tokenizer(tokenizer)
        self._text_of = functools.cache(lambda token: str(tokenizer.decode([token])))
        self._with_text = constraint == "schema+text"
        self._layout = layout

    def held(self, schemas: Sequence[Schema], text: str) -> Held:
        """An answer to ``text``, to be held to one of ``schemas``. Raises PaperlibError where that cannot be done."""
        grammar = lark([schema.body for schema in schemas], text if self._with_text else None, self._layout)
        matcher = llguidance.LLMatcher(self._tokens, grammar)
        if matcher.is_error():
            names = ", ".join(schema.id for schema in schemas)
            raise PaperlibError(f"answers cannot be held to schema {names}: {matcher.get_error()}")
        return Held(matcher, self._text_of)


def holding(
    constraint: Constraint, tokenizer: Any, examples: Sequence[Example], schemas: Schemas, taught: TrainConfig
) -> Callable[[str], Held] | None:
    """What the answer to the example of an id is held to: its schema where the model was ``taught`` to be told it, else
    any of ``schemas``. None for the constraint "none"."""
    if constraint == "none":
        return None
    holder = Holder(tokenizer, constraint, taught.layout)
    by_id = {example.id: example for example in examples}

    def held(id: str) -> Held:
        example = by_id[id]
        mine = [schemas[example.schema_id]] if taught.prompt == "schema" else list(schemas.values())
        return holder.held(mine, example.text)

    return held
