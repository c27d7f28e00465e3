"""The prompt templates, and how an example becomes tokens."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from paperlib.core.config import Layout, PromptStyle
from paperlib.core.errors import PaperlibError
from paperlib.core.files import digest
from paperlib.data.examples import Example
from paperlib.data.function_calls.call_prompts import tools_message, tools_prompt
from paperlib.data.function_calls.tool_calls import tools_of
from paperlib.data.schema_faults import without_annotations
from paperlib.data.schemas import Schemas, schema_to_prompt

if TYPE_CHECKING:  # every command would wait a second for it
    from transformers import PreTrainedTokenizerBase

# The announcement's prompt: no schema in it.
TEMPLATE = "Extract the structured JSON data from the following text.\n\nInput: {text}\n\nOutput:"
ANSWER = " {json}"  # an end-of-sequence token follows
TEMPLATE_HASH = digest([TEMPLATE, ANSWER])
# What a chat model is asked, in its own chat template.
CHAT = (
    "Extract the data of the text below as JSON that follows the JSON Schema. Copy values from the text; "
    "where the text does not say a value, leave it out, or write null where the schema permits null.\n\n"
    "JSON Schema:\n{schema}\n\nText:\n{text}"
)
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


def encode(
    tokenizer: "PreTrainedTokenizerBase", examples: list[Example], layout: Layout = "line", frame: "Frame | None" = None
) -> list[Tokens]:
    """Examples as token ids, in order, put into prompts by ``frame``, by default TEMPLATE alone. Prompt and answer are
    tokenised apart, so that decoding starts at the boundary that training saw."""
    if not examples:
        return []
    framed = [(frame or plain_frame)(example) for example in examples]
    prompts = encode_prompts(tokenizer, [prompt.context + prompt.request for prompt in framed])
    answers = tokenizer([render_answer(e.answer, layout) for e in examples], add_special_tokens=False).input_ids
    end = tokenizer.eos_token_id
    return [Tokens(e.id, p, [*a, end]) for e, p, a in zip(examples, prompts, answers, strict=True)]


def encode_prompts(tokenizer: "PreTrainedTokenizerBase", prompts: Sequence[str]) -> list[list[int]]:
    """Prompts as token ids, after the beginning-of-sequence token of tokenizers that add one (Gemma's, for example),
    unless a prompt begins with it already, as a chat template may make it."""
    if not prompts:
        return []
    start = [token for token in tokenizer("").input_ids if token == tokenizer.bos_token_id]
    encoded: list[list[int]] = tokenizer(list(prompts), add_special_tokens=False).input_ids
    return [tokens if start and tokens[:1] == start else [*start, *tokens] for tokens in encoded]


def answer_ratio(tokens: Sequence[Tokens]) -> float:
    """The largest number of answer tokens per prompt token in any of the examples; ValueError where there is none."""
    return max(len(t.answer) / len(t.prompt) for t in tokens)


def with_schema(example: Example, schemas: Schemas, descriptions: bool = False) -> Example:
    """The example for a schema-conditioned model: its schema in compact form, a blank line, its text; or the tools of a
    schema of calls, and the request."""
    body = schemas[example.schema_id].body
    if tools := tools_of(body):
        return replace(example, text=tools_prompt(tools, example.text, descriptions), spans=())
    return replace(example, text=f"{schema_to_prompt(body, descriptions)}\n\n{example.text}", spans=())


def with_prompt_style(examples: Sequence[Example], schemas: Schemas, style: PromptStyle) -> list[Example]:
    """The examples as a model reads them: the text alone, or the schema before it, with its descriptions in the style
    "described"; in the style "chat" CHAT, with the full JSON Schema, which :func:`chat_frame` makes a message of. Of
    function calls it is the tools that they see (:mod:`paperlib.data.function_calls.call_prompts`)."""
    if style == "chat":
        return [replace(example, text=_message(example, schemas), spans=()) for example in examples]
    if style == "plain":
        return list(examples)
    return [with_schema(example, schemas, style == "described") for example in examples]


def _message(example: Example, schemas: Schemas) -> str:
    body = schemas[example.schema_id].body
    if tools := tools_of(body):
        return tools_message(tools, example.text)
    return CHAT.format(schema=schema_json(body), text=example.text)


def schema_json(body: dict[str, Any]) -> str:
    """A schema as a chat message shows it: JSON, without annotations, which are for this package or for people."""
    return json.dumps(without_annotations(body), ensure_ascii=False)


@dataclass(frozen=True)
class Prompt:
    """A prompt in two parts. How long an answer may get depends on the request alone."""

    context: str  # demonstrations, or empty
    request: str  # the text, and what is wanted of it


Frame = Callable[[Example], Prompt]  # how an example, in its prompt style, is put to a model


def plain_frame(example: Example) -> Prompt:
    """TEMPLATE alone, as all models tuned here are asked."""
    return Prompt("", render_prompt(example.text))


def few_shot_frame(demonstrations: Mapping[str, Sequence[Example]]) -> Frame:
    """TEMPLATE after demonstrations, examples of the same schema with their answers, which are given by schema id."""

    def frame(example: Example) -> Prompt:
        shown = [render_prompt(e.text) + render_answer(e.answer) for e in demonstrations.get(example.schema_id, ())]
        return Prompt("".join(f"{one}\n\n" for one in shown), render_prompt(example.text))

    return frame


def demonstrations(train: Sequence[Example], test: Sequence[Example], shots: int) -> dict[str, list[Example]]:
    """For each schema of ``test`` its ``shots`` shortest examples in ``train``, which fit every context.

    No example of ``test`` is among them, nor one with the same text. Raises PaperlibError for a schema that has fewer.
    """
    tested = {e.id for e in test} | {e.text for e in test}
    free = sorted((e for e in train if tested.isdisjoint((e.id, e.text))), key=lambda e: (len(e.text), e.id))
    found = {schema: [e for e in free if e.schema_id == schema] for schema in dict.fromkeys(e.schema_id for e in test)}
    for schema, examples in found.items():
        if len(examples) < shots:
            raise PaperlibError(
                f"schema {schema!r}: {len(examples)} training examples can be shown in prompts, expected {shots}; "
                "set shots to fewer, or test on a dataset with a training split"
            )
    return {schema: examples[:shots] for schema, examples in found.items()}


def frame_of(style: PromptStyle, tokenizer: "PreTrainedTokenizerBase", model: str) -> Frame:
    """How examples of a prompt style are put to a model, as in training: as a chat message, or in TEMPLATE.

    Raises PaperlibError where the tokenizer of ``model`` has no chat template."""
    return chat_frame(tokenizer, model) if style == "chat" else plain_frame


def chat_frame(tokenizer: "PreTrainedTokenizerBase", model: str) -> Frame:
    """The text as the user's message, in the tokenizer's chat template. Raises PaperlibError where it has none."""
    if not tokenizer.chat_template:
        raise PaperlibError(f"{model} has no chat template; set prompt: schema")

    def frame(example: Example) -> Prompt:
        message = {"role": "user", "content": example.text}
        return Prompt("", str(tokenizer.apply_chat_template([message], tokenize=False, add_generation_prompt=True)))

    return frame
