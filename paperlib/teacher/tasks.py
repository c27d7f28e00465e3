"""The tasks of a teacher, cut into jobs: the request that asks for one example, and the example in the reply."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from paperlib.core.errors import DataError
from paperlib.core.files import digest
from paperlib.data.examples import Example
from paperlib.data.output_parser import NotJSONError, parse_first_json
from paperlib.data.schemas import Schema
from paperlib.teacher import instructions
from paperlib.teacher.client import TOO_LONG, Reply

SEEDS = 2**31  # some servers read the seed as a signed 32-bit number
REASONING = re.compile(r"\A\s*<think>.*?</think>", re.S)  # what some models write before the answer


class UnusableReplyError(Exception):
    """A reply without an example in it; another seed may give one. The message is one of a few kinds, to be counted."""


@dataclass(frozen=True)
class Plan:
    """What all jobs of a run have in common: the task, and how the model is sampled, in the terms of the OpenAI API."""

    task: instructions.Task
    surface: str  # a key of instructions.SURFACES; empty where each job has a form of its own, or none
    model: str
    temperature: float = 0.9
    top_p: float = 0.95
    max_tokens: int = 2048
    json_mode: bool = False  # sets response_format, which not every server knows
    seed: int = 0

    @property
    def tag(self) -> str:
        """Ends every id, so that examples of another model, prompt or seed have other ids."""
        return digest([digest(self.request("", self.seed)), instructions.HASHES[self.task]])[:6]

    def request(self, prompt: str, seed: int, schema: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON body of a chat completion request, with only those fields that vLLM, Ollama and llama.cpp have in
        common, and a single user message because some chat templates have no system message. The answer has to follow
        ``schema``, if there is one."""
        sampling = {name: getattr(self, name) for name in ("temperature", "top_p", "max_tokens")}
        if schema:
            sampling["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
        elif self.json_mode:
            sampling["response_format"] = {"type": "json_object"}
        messages = [{"role": "user", "content": prompt}]
        return {"model": self.model, "messages": messages, "seed": seed, "stream": False, **sampling}


@dataclass(frozen=True)
class Job:
    """One example to be made; to rewrite a text, ``source`` is the example that has it."""

    id: str  # of the example to be made
    plan: Plan
    schema: Schema
    source: Example | None = None
    file: ClassVar[str] = "examples.jsonl"  # of accepted examples
    corrected_by_hand: ClassVar[bool] = False  # whether a person corrects them there, so that they are not overwritten

    @property
    def surface(self) -> str:
        """The form of the text."""
        return self.plan.surface

    @property
    def groups(self) -> dict[str, str]:
        """What the job is counted under in the report, by the name of a table there."""
        return {}

    def request(self, attempt: int) -> dict[str, Any]:
        """The request of one attempt, counted from 0. Each has another seed, the same in every run."""
        return self.plan.request(self._prompt(), self._seed(attempt))

    def example(self, reply: Reply) -> Example:
        """The example in a reply. Raises UnusableReplyError where that was cut off, or is not the object asked for."""
        answer = json_value(reply)
        if not isinstance(answer, dict):
            raise UnusableReplyError("no object")
        text, record = answer.get("text"), answer.get("record")
        if not isinstance(text, str) or not text.strip():
            raise UnusableReplyError("no text")
        if self.source:
            return replace(self.source, id=self.id, surface=self.surface, text=text.strip(), spans=())
        if not isinstance(record, dict):
            raise UnusableReplyError("no record")
        return Example(self.id, self.schema.id, self.schema.tier, "train", self.surface, text.strip(), record)

    def second_request(self, example: Example) -> dict[str, Any] | None:
        """A request whose reply is to confirm an example that the validator accepts, or None."""
        return None

    def confirm(self, example: Example, reply: Reply) -> dict[str, Any]:
        """What the second reply says, for the example's row. Raises UnusableReplyError where it confirms nothing."""
        raise NotImplementedError

    def row(self, example: Example) -> dict[str, Any]:
        """The example as it is written."""
        return example.row()

    def _prompt(self) -> str:
        if self.source:
            values = {"text": self.source.text, "record": json.dumps(self.source.answer, ensure_ascii=False)}
        else:
            values = {"scene": instructions.SCENES[self._random() % len(instructions.SCENES)]}
        return instructions.fill_in(self.plan.task, self.schema.body, self.surface, **values)

    def _seed(self, *more: int) -> int:
        return self._random(*more) % SEEDS

    def _random(self, *more: int) -> int:
        return int(digest([self.id, self.plan.seed, *more]), 16)


def rewriting_jobs(
    plan: Plan, examples: Sequence[Example], schemas: Mapping[str, Schema], n: int | None = None
) -> list[Job]:
    """``n`` jobs, by default one for each example; with more, every example is rewritten several times.

    A rewritten example keeps schema, split and answer, and loses its spans. Raises DataError naming an example without
    an answer, PaperlibError naming an unknown schema.
    """
    if unanswered := next((e.id for e in examples if e.answer is None), None):
        raise DataError(f"example {unanswered!r} has no answer, so its text cannot be rewritten")
    return _jobs(plan, [(example.id, schemas[example.schema_id], example) for example in examples], n)


def creation_jobs(plan: Plan, schemas: Mapping[str, Schema], n: int | None = None) -> list[Job]:
    """``n`` jobs, by default one for each schema; with more, the schemas take turns."""
    return _jobs(plan, [(schema.id, schema, None) for schema in schemas.values()], n)


def _jobs(plan: Plan, sources: Sequence[tuple[str, Schema, Example | None]], n: int | None) -> list[Job]:
    """``n`` jobs from sources (id, schema, example) in turn, with the number of the turn in their ids."""
    jobs = []
    for number in range(len(sources) if n is None else n):
        name, schema, example = sources[number % len(sources)]
        jobs.append(Job(f"{name}-{plan.surface}-{number // len(sources):04}-{plan.tag}", plan, schema, example))
    return jobs


def json_value(reply: Reply) -> Any:
    """The JSON object or array in a reply. Raises UnusableReplyError where there is none."""
    if reply.finish_reason is None:
        raise UnusableReplyError("no chat completion")
    if reply.finish_reason == TOO_LONG:
        raise UnusableReplyError("too long for the model's context")
    if reply.finish_reason == "length":
        raise UnusableReplyError("truncated")
    try:
        return parse_first_json(REASONING.sub("", reply.text))
    except NotJSONError:
        raise UnusableReplyError("not JSON") from None
