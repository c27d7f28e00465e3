"""Constrained decoding: at each step only tokens that can continue a valid answer under a JSON Schema.

With "schema+text" strings and numbers also have to come from the input text. The grammar is ours
(:mod:`paperlib.decoding.grammar`); llguidance (https://github.com/guidance-ai/llguidance) computes from it which tokens
are allowed. An array that loops (:mod:`paperlib.decoding.repetition`) has to end.
"""

import codecs
import copy
import functools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import llguidance
import torch

from paperlib.core.config import Constraint, Layout, PromptStyle
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.prompts import render_answer
from paperlib.data.scalars import name_key
from paperlib.data.schema_faults import schema_nodes
from paperlib.data.schema_forms import Node
from paperlib.data.schemas import Schema, Schemas
from paperlib.decoding.grammar import lark
from paperlib.decoding.repetition import PartialJson
from paperlib.decoding.text_grounding import NO_HINTS, Grounding, Hints
from paperlib.decoding.written_numbers import WrittenNumbers

NO_NUMBERS = WrittenNumbers()
MAX_DEPTH = 12  # open brackets from which on each level has to say something new: small models nest for ever
KEY = re.compile(r'"((?:[^"\\]|\\.)*)":')  # in an answer's JSON text
MAX_TRIED = 64  # allowed tokens among which one that ends a loop is looked for


class ConstraintState:
    """What may follow in one answer, which is written token by token."""

    refusal: float | None = None  # the probability of no call, in the answers that function_calls.refusal decides

    def __init__(
        self,
        matcher: llguidance.LLMatcher,
        bytes_of: Callable[[int], bytes],
        source: str = "",
        written: WrittenNumbers = NO_NUMBERS,
        quoting: bool = False,
        options: frozenset[str] = frozenset(),
    ):
        """``quoting``: whether strings and numbers have to stand in ``source``; ``options``: strings
        that a schema lists as values, and that need not."""
        self._matcher = matcher
        self.written = written
        self.forced = False  # whether the last token chosen was the only one allowed, and not the model's own choice
        self._bytes_of = bytes_of
        words = len(source.split())
        self._written = PartialJson(source=name_key(source), words=words, quoting=quoting, options=options)
        self._begun = b""  # the bytes of a character whose last ones are still to come

    def copy(self) -> "ConstraintState":
        """The same state, to be continued otherwise: much faster than a new one, whose grammar has to be compiled."""
        other = copy.copy(self)
        other._matcher = self._matcher.deep_copy()
        return other

    def forced_tokens(self) -> list[int]:
        """The tokens that must come next, if there is only one way to continue: the rest of a key, for example."""
        return list(self._matcher.compute_ff_tokens())

    def follows(self, token: int) -> bool:
        """Whether ``token`` may come next by the grammar of schema and text."""
        return bool(self._matcher.validate_tokens([token]))

    def allows(self, token: int) -> bool:
        """Whether an answer may continue with ``token``, which follows and goes round in no loop."""
        return self.follows(token) and not self._runs_on(token)

    def append(self, token: int) -> None:
        """Continues the answer with a token that is allowed."""
        self._written, self._begun = self._with(token)
        self._matcher.consume_token(token)

    def choose(self, token: int, logits: torch.Tensor) -> int:
        """The most probable allowed token, which is appended: ``token``, the argmax of ``logits`` (vocabulary,), where
        it is allowed."""
        self.forced = False
        if not self.allows(token):
            scores, n = self.allowed_logits(logits)
            best = scores.topk(min(MAX_TRIED, n)).indices.tolist()
            self.forced = len(best) == 1
            token = next((other for other in best if not self._runs_on(other)), best[0])
        self.append(token)
        return token

    def allowed_logits(self, logits: torch.Tensor) -> tuple[torch.Tensor, int]:
        """The logits (vocabulary,) without those of tokens that are not allowed, and how many are."""
        bits = torch.frombuffer(bytearray(self._matcher.compute_bitmask()), dtype=torch.uint8)
        allowed = (bits[:, None] >> torch.arange(8) & 1).bool().flatten()[: len(logits)]
        return logits.cpu()[: len(allowed)].masked_fill(~allowed, -torch.inf), int(allowed.sum())

    def _runs_on(self, token: int) -> bool:
        """Whether the answer loops with a token, or nests too deep."""
        grown, _ = self._with(token)
        deeper = len(grown.open) > max(MAX_DEPTH, len(self._written.open))
        return grown.loops or (deeper and self._written.repeats())

    def _with(self, token: int) -> tuple[PartialJson, bytes]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text = decoder.decode(self._begun + self._bytes_of(token))
        return self._written.append(text), decoder.getstate()[0]


class Constrainer:
    """Makes constraint states in the tokens of ``tokenizer``; with "schema+text" answers quote their texts."""

    def __init__(
        self,
        tokenizer: Any,
        constraint: Constraint,
        layout: Layout = "line",
        hints: Hints = NO_HINTS,
        kind: Callable[..., ConstraintState] = ConstraintState,
    ):
        """``kind`` makes a state, as the class does."""
        self._kind = kind
        self._tokenizer, self._tokens = tokenizer, _vocabulary(tokenizer)
        self._bytes_of = functools.partial(token_bytes, tokenizer)
        self._with_text = constraint == "schema+text"
        self._layout, self._hints = layout, hints

    def state(self, schemas: Sequence[Schema], text: str) -> ConstraintState:
        """The state of an empty answer to ``text``, valid under one of ``schemas``. Raises PaperlibError naming the
        schema that cannot be compiled."""
        grounding = Grounding(text, self._hints) if self._with_text else None
        grammar = lark([schema.body for schema in schemas], grounding, self._layout)
        matcher = llguidance.LLMatcher(self._tokens, grammar)
        if matcher.is_error():
            names = ", ".join(schema.id for schema in schemas)
            reason = re.sub(r"^(at )?\d+\(\d+\): ", "", matcher.get_error().partition("\n")[0])
            raise PaperlibError(f"schema {names} cannot be compiled to a grammar: {reason}")
        written = grounding.written if grounding else NO_NUMBERS
        options = frozenset(name_key(one) for schema in schemas for one in _listed(schema.body))
        return self._kind(matcher, self._bytes_of, text, written, self._with_text, options)

    def forbidden(self, schema: Schema, text: str, answer: Any) -> str | None:
        """The first field at which a given answer to ``text`` breaks the grammar, "" where no field is to blame; None
        for one that follows it. Its keys have to be in the order of the schema. Raises PaperlibError as :meth:`state`
        does."""
        state, passed = self.state([schema], text), list[int]()
        for token in self._tokenizer(render_answer(answer, self._layout), add_special_tokens=False).input_ids:
            if not state.follows(token):
                keys = KEY.findall(self._tokenizer.decode(passed))
                return str(keys[-1]) if keys else ""
            state.append(token)
            passed.append(token)
        return None


def _listed(body: Node) -> Iterator[str]:
    """The strings that a schema lists as values."""
    for _, node in schema_nodes(body):
        yield from (one for one in (*node.get("enum", ()), node.get("const")) if isinstance(one, str))


@functools.cache
def token_text(tokenizer: Any, token: int) -> str:
    """The text of one token. (JSON's punctuation is ASCII: never a part of a token.)"""
    return str(tokenizer.decode([token]))


@functools.cache
def token_bytes(tokenizer: Any, token: int) -> bytes:
    """The bytes of one token, which may begin or end inside a character."""
    return bytes(_vocabulary(tokenizer).decode_bytes([token]))


@functools.cache
def _vocabulary(tokenizer: Any) -> llguidance.LLTokenizer:
    """As ``llguidance.hf.from_tokenizer`` makes it, but without transformers, which that imports."""
    backend = tokenizer.backend_tokenizer
    if backend.padding or backend.truncation:
        backend = copy.copy(backend)
        backend.no_padding()
        backend.no_truncation()
    return llguidance.LLTokenizer(backend.to_str(), eos_token=tokenizer.eos_token_id)


def constraints(
    constraint: Constraint,
    tokenizer: Any,
    examples: Sequence[Example],
    schemas: Schemas,
    prompt: PromptStyle = "plain",
    layout: Layout = "line",
    hints: Hints = NO_HINTS,
    kind: Callable[..., ConstraintState] = ConstraintState,
) -> Callable[[str], ConstraintState] | None:
    """What makes the constraint state for the example of an id; None for the constraint "none".

    A model whose prompt shows the schema is constrained to the example's own, any other to one of ``schemas``.
    """
    if constraint == "none":
        return None
    constrainer = Constrainer(tokenizer, constraint, layout, hints, kind)
    by_id = {example.id: example for example in examples}

    def state(id: str) -> ConstraintState:
        example = by_id[id]
        mine = [schemas[example.schema_id]] if prompt != "plain" else list(schemas.values())
        return constrainer.state(mine, example.text)

    return state
