"""Decoding held to JSON Schemas, and to what the text says: at each step only tokens that a valid answer goes on with.

A schema becomes a grammar for llguidance (https://github.com/guidance-ai/llguidance): objects with their keys in the
schema's order, arrays, and leaves of their types. White space is free, so that an answer is laid out as the model was
taught. A string without enum and format has to stand in the text, letter for letter, white space aside.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import llguidance
import llguidance.hf
import torch

from paperlib.config import Constraint
from paperlib.dataset import Example
from paperlib.errors import PaperlibError
from paperlib.schemas import Schema, Schemas

Node = dict[str, Any]
KEPT = ("type", "enum", "const", "minimum", "maximum", "pattern")  # keywords of a leaf
# llguidance knows RFC 3339 only; records in practice, the published ones too, leave out seconds or the offset.
DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
DATE_TIME = DAY + r"T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"


class Held:
    """One answer as it grows, held to a grammar."""

    def __init__(self, matcher: llguidance.LLMatcher):
        self._matcher = matcher

    def choose(self, token: int, logits: torch.Tensor) -> int:
        """The most probable token that a valid answer goes on with, and the answer goes on with it: ``token``, the most
        probable of all, where it is one; else by ``logits`` (vocabulary)."""
        if not self._matcher.validate_tokens([token]):
            bits = torch.frombuffer(bytearray(self._matcher.compute_bitmask()), dtype=torch.uint8)
            allowed = (bits[:, None] >> torch.arange(8) & 1).bool().flatten()[: len(logits)]
            token = int(logits.cpu()[: len(allowed)].masked_fill(~allowed, -torch.inf).argmax())
        self._matcher.consume_token(token)
        return token


class Holder:
    """Holds answers in the tokens of ``tokenizer`` to schemas and, with "schema+text", to what texts say."""

    def __init__(self, tokenizer: Any, constraint: Constraint):
        self._tokens = llguidance.hf.from_tokenizer(tokenizer)
        self._with_text = constraint == "schema+text"

    def held(self, schemas: Sequence[Schema], text: str) -> Held:
        """An answer to ``text``, to be held to one of ``schemas``. Raises PaperlibError where that cannot be done."""
        grammar = lark([schema.body for schema in schemas], text if self._with_text else None)
        matcher = llguidance.LLMatcher(self._tokens, grammar)
        if matcher.is_error():
            names = ", ".join(schema.id for schema in schemas)
            raise PaperlibError(f"answers cannot be held to schema {names}: {matcher.get_error()}")
        return Held(matcher)


def holding(
    constraint: Constraint, tokenizer: Any, examples: Sequence[Example], schemas: Schemas, told: bool
) -> Callable[[str], Held] | None:
    """What the answer to the example of an id is held to: its schema where the model is ``told`` it, else any of
    ``schemas``. None for the constraint "none"."""
    if constraint == "none":
        return None
    holder, by_id = Holder(tokenizer, constraint), {example.id: example for example in examples}

    def held(id: str) -> Held:
        example = by_id[id]
        return holder.held([schemas[example.schema_id]] if told else list(schemas.values()), example.text)

    return held


def lark(bodies: Sequence[Node], text: str | None = None) -> str:
    """The grammar of answers under one of ``bodies``, in llguidance's dialect of Lark."""
    rules = _Rules(text)
    roots = " | ".join(rules.of(body) for body in bodies)
    return "\n".join([f'start: " "? ({roots})', *rules.lines])


class _Rules:
    """Rules as they are made, one for each node of a schema; equal ones once."""

    def __init__(self, text: str | None):
        self.lines: list[str] = [r"WS: /[ \n]{1,64}/"]
        self._names: dict[str, str] = {}
        self._copied = self._rule("copy", _spans(text)) if text else None

    def of(self, node: Node) -> str:
        """The name of the rule that says ``node``."""
        if "enum" not in node and isinstance(fields := node.get("properties"), dict):
            return self._rule("object", self._object(fields, set(node.get("required", ()))))
        if node.get("type") == "array" and isinstance(items := node.get("items"), dict):
            item = self.of(items)
            return self._rule("array", rf'"[" WS? ({item} WS? ("," WS? {item} WS?)*)? "]"')
        if node.get("type") == "string" and not {"enum", "format", "pattern"} & node.keys() and self._copied:
            return self._rule("copied", rf'"\"" {self._copied} "\""')
        return self._rule("value", f"%json {json.dumps(_plain(node))}")

    def _object(self, fields: dict[str, Node], must: set[str]) -> str:
        """Its fields in their order. What may follow a field is said by a rule of its own, the last one first."""
        first, then = '"}"', '"}"'
        for key, node in reversed(fields.items()):
            pair = rf'{_quoted(json.dumps(key, ensure_ascii=False))} WS? ":" WS? {self.of(node)} WS? {self._rule("rest", then)}'
            skip = "" if key in must else " | "
            first = pair + (skip and skip + self._rule("fields", first))
            then = f'"," WS? {pair}' + (skip and skip + self._rule("rest", then))
        return f'"{{" WS? {self._rule("fields", first)}'

    def _rule(self, kind: str, body: str) -> str:
        if body not in self._names:
            self._names[body] = name = f"{kind}_{len(self._names)}"
            self.lines.append(f"{name}: {body}")
        return self._names[body]


def _quoted(literal: str) -> str:
    return json.dumps(literal, ensure_ascii=False)


def _spans(text: str) -> str:
    """Whole words of the text in a row, as a JSON string writes them; also across white space that only wraps a line."""
    return " | ".join(
        "%regex " + json.dumps({"substring_chunks": re.findall(r"\\.|\w+|.", inner)}, ensure_ascii=False)
        for inner in {json.dumps(form, ensure_ascii=False)[1:-1]: None for form in (text, " ".join(text.split()))}
    )


def _plain(node: Node) -> Node:
    """A leaf without what llguidance does not know."""
    kept: Node = {key: node[key] for key in KEPT if key in node}
    if node.get("format") == "date":
        kept["format"] = "date"
    if node.get("format") == "date-time":
        kept["pattern"] = f"^{DATE_TIME}$"
    return kept
