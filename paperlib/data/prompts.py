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
TEMPLATE_HASH = digest([TEMPLATE, ANSWER])
INDENT: dict[Layout, int | None] = {"line": None, "indented": 2}  # as json.dumps takes it


@dataclass(frozen=True)
class Tokens:
    """One example as token ids; ``answer`` ends with the end-of-sequence token."""

    id: str
    prompt: list[int]
    answer: list[int]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


def render_prompt(text: str) -> str:
    """The prompt that asks for the JSON of ``text``."""
    return TEMPLATE.format(text=text)


def render_answer(answer: Any, layout: Layout = "line") -> str:
    """The text a model is to write: JSON with Python's default separators, non-ASCII characters as they are.

    On one line, the brackets that close several objects are one token, and how many they are has to be counted over all
    that stands between. Indented, each bracket has a line, and the white space before it says how deep it is.
    """
    return ANSWER.format(json=json.dumps(answer, ensure_ascii=False, indent=INDENT[layout]))


def encode(tokenizer: "PreTrainedTokenizerBase", examples: list[Example], layout: Layout = "line") -> list[Tokens]:
    """Examples as token ids, in order. Prompt and answer are tokenised apart, so that decoding starts at the boundary
    that training saw."""
    if not examples:
        return []
    prompts = tokenizer([render_prompt(e.text) for e in examples], add_special_tokens=False).input_ids
    answers = tokenizer([render_answer(e.answer, layout) for e in examples], add_special_tokens=False).input_ids
    end = tokenizer.eos_token_id
    return [Tokens(e.id, p, [*a, end]) for e, p, a in zip(examples, prompts, answers, strict=True)]


def answer_ratio(tokens: Sequence[Tokens]) -> float:
    """The largest number of answer tokens per prompt token in any of the examples; ValueError where there is none."""
    return max(len(t.answer) / len(t.prompt) for t in tokens)


def with_schema(example: Example, schemas: Schemas) -> Example:
    """The example for a schema-conditioned model: its schema in compact form, a blank line, its text."""
    return replace(example, text=f"{schema_to_prompt(schemas[example.schema_id].body)}\n\n{example.text}", spans=())


def with_prompt_style(
    examples: Sequence[Example], schemas: Schemas, render_prompt: Literal["plain", "schema"]
) -> list[Example]:
    """The examples as a model reads them: the text alone ("plain"), or the schema before it ("schema")."""
    return [with_schema(example, schemas) for example in examples] if render_prompt == "schema" else list(examples)
