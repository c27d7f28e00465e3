"""The two tasks, cut into jobs: what is asked for one example, and how the reply becomes that example."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from paperlib.core.errors import DataError
from paperlib.core.files import digest
from paperlib.data.examples import Example
from paperlib.data.output_parser import NotJSONError, extract
from paperlib.data.schemas import Schema
from paperlib.teacher import instructions
from paperlib.teacher.chat import MOST_SEEDS, Parameters, Reply, Request

T = TypeVar("T")
THOUGHTS = re.compile(r"\A\s*<think>.*?</think>", re.S)  # what some models say before they answer


class UnusableError(Exception):
    """A reply without an example in it; another seed may help. The message is one of a few kinds."""


@dataclass(frozen=True)
class Plan:
    """What all jobs of a run share."""

    task: instructions.Task
    surface: str  # a key of prompts.SURFACES
    model: str
    parameters: Parameters = field(default_factory=Parameters)
    seed: int = 0

    @property
    def prompt_hash(self) -> str:
        return instructions.HASHES[self.task]

    @property
    def tag(self) -> str:
        """Ends every id: examples of another model, prompt or seed have other ids."""
        sampling = Request(self.model, "", self.seed, self.parameters).hash
        return digest([sampling, self.prompt_hash])[:6]


@dataclass(frozen=True)
class Job:
    """One example to be made; ``source`` is the one whose text is rewritten."""

    id: str  # of the example
    plan: Plan
    schema: Schema
    source: Example | None = None

    def request(self, attempt: int) -> Request:
        """``attempt`` counts from 0; each has a seed of its own, the same on every machine."""
        seed = int(digest([self.id, self.plan.seed, attempt]), 16) % MOST_SEEDS
        return Request(self.plan.model, self._prompt(), seed, self.plan.parameters)

    def example(self, reply: Reply) -> Example:
        """Raises UnusableError where the reply was cut off, is not JSON or not the object asked for."""
        found = _object(reply)
        text = found.get("text")
        if not isinstance(text, str) or not text.strip():
            raise UnusableError("no text")
        if self.source:
            return replace(self.source, id=self.id, surface=self.plan.surface, text=text.strip(), spans=())
        record = found.get("record")
        if not isinstance(record, dict):
            raise UnusableError("no record")
        return Example(self.id, self.schema.id, self.schema.tier, "train", self.plan.surface, text.strip(), record)

    def _prompt(self) -> str:
        if self.source:
            return instructions.rewrite(self.source.text, self.source.answer, self.schema.body, self.plan.surface)
        return instructions.create(self.schema.body, self.plan.surface, int(digest([self.id, self.plan.seed]), 16))


def rewrites(plan: Plan, examples: Sequence[Example], schemas: Mapping[str, Schema], n: int | None = None) -> list[Job]:
    """``n`` jobs, by default one for each example; with more, each example is rewritten several times.

    The new example keeps schema, split and answer; its spans are gone with the text. Raises DataError naming an example
    without an answer, PaperlibError naming an unknown schema.
    """
    if blind := next((e.id for e in examples if e.answer is None), None):
        raise DataError(f"example {blind!r} has no answer, so its text cannot be rewritten")
    return [
        Job(_id(example.id, plan, number), plan, schemas[example.schema_id], example)
        for example, number in _rounds(examples, n)
    ]


def creations(plan: Plan, schemas: Mapping[str, Schema], n: int | None = None) -> list[Job]:
    """``n`` jobs, by default one for each schema; schemas take turns."""
    return [Job(_id(schema.id, plan, number), plan, schema) for schema, number in _rounds(list(schemas.values()), n)]


def _rounds(things: Sequence[T], n: int | None) -> list[tuple[T, int]]:
    """``n`` pairs of a thing and the number of its round, from 0."""
    total = len(things) if n is None else n
    return [(things[place % len(things)], place // len(things)) for place in range(total)]


def _id(name: str, plan: Plan, number: int) -> str:
    return f"{name}-{plan.surface}-{number:04}-{plan.tag}"


def _object(reply: Reply) -> dict[str, Any]:
    if reply.finish is None:
        raise UnusableError("no chat completion")
    if reply.finish == "length":
        raise UnusableError("truncated")
    try:
        found = extract(THOUGHTS.sub("", reply.text))
    except NotJSONError:
        raise UnusableError("not JSON") from None
    if not isinstance(found, dict):
        raise UnusableError("no object")
    return found
