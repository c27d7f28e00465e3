"""The task "documents": the teacher paraphrases texts written by rule, then has to find the answer in its own words.

What a rule writes has the wording of its rule; a model that learns from it learns that, too. A second writer takes
other words, another order and another form, and every value has to survive it. That the teacher, reading its text
without the answer, finds what the answer says, shows that the text still tells which value is which (round-trip
consistency: Alberti et al. 2019, https://aclanthology.org/P19-1620).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from paperlib.core.files import digest
from paperlib.data.examples import Example
from paperlib.data.leaves import json_equal, leaves
from paperlib.data.schemas import Schema
from paperlib.teacher import instructions
from paperlib.teacher.client import Reply
from paperlib.teacher.structured_answers import agreement, in_schema_order, response_schema
from paperlib.teacher.tasks import Job, Plan, UnusableReplyError, json_value
from paperlib.training.augmentation.rerendering import key_words

SHORTEST = 2  # characters of a phrase that is named as one to keep
DATE = re.compile(r"\d{1,4}[./ -](?:\d{1,2}|[^\W\d]{3,})[./ -]\d{2,4}|[^\W\d]{3,} \d{1,2},? \d{4}")
FRACTION = re.compile(r"\d+[.,]\d+")
SHORT = 100  # characters of a text that makes no letter or form
SHORT_FORMS = ("call", "email", "message", "note")
TEXT = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class DocumentJob(Job):
    """A drawn document, its ``source``, to be paraphrased in a form of its own."""

    agreed: float = 1.0  # share of leaves in which the second reading has to agree with the answer

    @property
    def origin(self) -> Example:
        """The drawn document."""
        assert self.source is not None
        return self.source

    @property
    def form(self) -> str:
        """A key of instructions.FORMS, the same in every run."""
        forms = SHORT_FORMS if len(self.origin.text) < SHORT else sorted(instructions.FORMS)
        return forms[int(digest([self.origin.id, self.plan.seed]), 16) % len(forms)]

    @property
    def surface(self) -> str:
        return f"{self.origin.surface}, {self.form}"

    @property
    def groups(self) -> dict[str, str]:
        kind, language = _kind_and_language(self.origin)
        return {"kind": kind, "language": language, "form": self.form}

    def request(self, attempt: int) -> dict[str, Any]:
        return self.plan.request(self._prompt(), self._seed(attempt), TEXT)

    def example(self, reply: Reply) -> Example:
        """As for any job; a text that lacks a string of the answer is unusable, too, so that another seed is tried."""
        example = super().example(reply)
        if any(phrase not in example.text for phrase in _phrases(self.origin)):
            raise UnusableReplyError("value missing")
        return example

    def second_request(self, example: Example) -> dict[str, Any]:
        """Has the teacher read the new text, at temperature 0 and without the answer."""
        prompt = instructions.reading_prompt(self.schema.body, example.text)
        return replace(self.plan, temperature=0.0).request(prompt, self._seed(), response_schema(self.schema.body))

    def confirm(self, example: Example, reply: Reply) -> dict[str, Any]:
        """How far the teacher's reading agrees with the answer, and whether it equals it."""
        try:
            reading = in_schema_order(json_value(reply), self.schema.body)
        except UnusableReplyError as error:
            raise UnusableReplyError(f"second reading {error}") from None
        share = agreement(reading, example.answer, example.text)
        if share < self.agreed:
            raise UnusableReplyError(f"second reading differs: {share:.0%} of the leaves agree")
        return {"reading": {"agreement": round(share, 3), "equal": json_equal(reading, example.answer)}}

    def _prompt(self) -> str:
        _, language = _kind_and_language(self.origin)
        return instructions.PROMPTS["documents"].format(
            form=instructions.FORMS[self.form],
            language=instructions.LANGUAGES.get(language, "that of the text"),
            values="\n".join(f"- {line}" for line in _to_keep(self.origin)) or "- nothing in particular",
            text=self.origin.text,
        )


def document_jobs(plan: Plan, examples: Sequence[Example], schemas: Mapping[str, Schema], agreed: float) -> list[Job]:
    """One job for each drawn document; ``agreed`` is the share of leaves in which the second reading has to agree."""
    return [DocumentJob(f"{one.id}-{plan.tag}", plan, schemas[one.schema_id], one, agreed) for one in examples]


def _kind_and_language(example: Example) -> tuple[str, str]:
    """What the surface of a drawn document says: "till receipt (en)"."""
    found = re.fullmatch(r"(.+) \((\w+)\)", example.surface)
    return (found[1], found[2]) if found else (example.surface, "")


def _to_keep(example: Example) -> Iterable[str]:
    """What has to stay of a text: the values of the answer as the text writes them, with their names; and all dates
    where one may be written otherwise."""
    values = [(path, leaf) for path, leaf in leaves(example.answer) if isinstance(leaf, str | int | float)]
    written = [(path, _written(leaf, example.text)) for path, leaf in values]
    lines = [f"{_name(path)}: {value}" for path, value in written if len(value) >= SHORTEST]
    if any(isinstance(leaf, str) and leaf not in example.text for _, leaf in values):
        known = " ".join(value for _, value in written)
        lines += [found[0] for found in DATE.finditer(example.text) if found[0] not in known]
    return dict.fromkeys(lines)


def _written(leaf: str | int | float, text: str) -> str:
    """How a text writes a value, empty where that is not plain to see."""
    if str(leaf) in text:
        return str(leaf)
    fractions = FRACTION.finditer(text) if not isinstance(leaf, str) else ()
    return next((found[0] for found in fractions if float(found[0].replace(",", ".")) == leaf), "")


def _name(path: tuple[str | int, ...]) -> str:
    """The last key of a path, in words."""
    return " ".join(key_words(next((step for step in reversed(path) if isinstance(step, str)), "value")))


def _phrases(example: Example) -> Iterator[str]:
    """The strings of an answer that stand in the text."""
    for _, leaf in leaves(example.answer):
        if isinstance(leaf, str) and leaf in example.text:
            yield leaf
