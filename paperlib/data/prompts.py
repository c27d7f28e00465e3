"""The prompt template, known by its hash, and how an example becomes tokens."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from paperlib.core.config import Layout
from paperlib.core.files import digest
from paperlib.data.examples import Example
from paperlib.data.schemas import Schemas, schema_to_prompt

if TYPE_CHECKING:  # every command would wait a second for it
    from transformers import PreTrainedTokenizerBase

# The announcement's prompt: no schema in it.
TEMPLATE = "Extract the structured JSON data from the following text.\n\nInput: {text}\n\nOutput:"
ANSWER = " {json}"  # an end-of-sequence token follows
HASH = digest([TEMPLATE, ANSWER])
INDENT: dict[Layout, int | None] = {"line": None, "indented": 2}  # as json.dumps takes it


@dataclass(frozen=True)
class Tokens:
    """One example as token ids; ``answer`` ends with the end-of-sequence token."""

    id: str
    prompt: list[int]
    answer: list[int]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


def prompt(text: str) -> str:
    return TEMPLATE.format(text=text)


def answer_text(answer: Any, layout: Layout = "line") -> str:
    """The target: JSON with Python's default separators, non-ASCII characters as they are.

    On a line the marks that end several objects are one token, whose number of brackets has to be counted over all
    that stands between. Indented, each bracket has a line, and the white space before it says how deep it is.
    """
    return ANSWER.format(json=json.dumps(answer, ensure_ascii=False, indent=INDENT[layout]))


def encode(tokenizer: "PreTrainedTokenizerBase", examples: list[Example], layout: Layout = "line") -> list[Tokens]:
    """Prompt and answer are tokenised apart, so that decoding starts at the boundary that training saw."""
    if not examples:
        return []
    prompts = tokenizer([prompt(e.text) for e in examples], add_special_tokens=False).input_ids
    answers = tokenizer([answer_text(e.answer, layout) for e in examples], add_special_tokens=False).input_ids
    end = tokenizer.eos_token_id
    return [Tokens(e.id, p, [*a, end]) for e, p, a in zip(examples, prompts, answers, strict=True)]


def answer_ratio(tokens: Sequence[Tokens]) -> float:
    """Largest number of answer tokens for a prompt token among training examples."""
    return max(len(t.answer) / len(t.prompt) for t in tokens)


def with_schema(example: Example, schemas: Schemas) -> Example:
    """The example for a schema-conditioned model: its schema in compact form, a blank line, its text."""
    return replace(example, text=f"{schema_to_prompt(schemas[example.schema_id].body)}\n\n{example.text}", spans=())


def shown(examples: Sequence[Example], schemas: Schemas, prompt: Literal["plain", "schema"]) -> list[Example]:
    """The examples as a model reads them: the text alone ("plain"), or the schema before it ("schema")."""
    return [with_schema(example, schemas) for example in examples] if prompt == "schema" else list(examples)
