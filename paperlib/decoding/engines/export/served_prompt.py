"""How an exported model is asked by those who have only its file: the prompt as a template, and one worked request."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperlib.core.config import Layout, PromptStyle, training_config
from paperlib.core.strict_json import NotJSONError
from paperlib.data.examples import Example
from paperlib.data.output_parser import parse_first_json
from paperlib.data.prompts import frame_of, schema_json, with_prompt_style
from paperlib.data.schemas import Schema, Schemas, load_schema, schema_of, schema_to_prompt, schema_violations
from paperlib.decoding.engines.export.space_token import SpaceToken, jinja_string
from paperlib.training.loaded_model import LoadedModel

TEXT = "Ana Ruiz runs our Lisbon office; write to ana.ruiz@example.org or call +351 21 555 0142."
LINES = "Name: Ana Ruiz\nEmail: ana.ruiz@example.org\nPhone: +351 21 555 0142"  # for models tuned on label lines
EXAMPLE = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("name", "email", "phone")},
    "required": ["name", "email"],
}
MOST_TOKENS = 512  # of the answer to the worked request, unless its schema is long
PLACE, SCHEMA_PLACE = "\x00", "\x01"  # stand for text and schema while a template is made; no text holds them


@dataclass(frozen=True)
class ServedPrompt:
    """The prompt of a model and its parts."""

    style: PromptStyle
    template: str  # with PLACE for the message
    message: str  # of the worked request
    text: str  # of the worked request, without what the message has beside it
    schema: Schema | None  # that of the worked request
    end: str  # the token that ends an answer, as text
    layout: Layout = "line"  # of the answer
    spaces: SpaceToken | None = None  # by which a server reads the spaces that were tokens of their own

    @property
    def prompt(self) -> str:
        """The prompt of the worked request, as a server is to read it."""
        return self.marked(self.template.replace(PLACE, self.message))

    def marked(self, text: str) -> str:
        return self.spaces.mark(text) if self.spaces else text

    @property
    def most_tokens(self) -> int:
        """How long the answer to the worked request may get: a token for every character of its schema will do."""
        return max(MOST_TOKENS, len(json.dumps(self.worked_schema)))

    def request(self) -> dict[str, Any]:
        """The worked request, as the body that llama.cpp's ``/completion`` takes."""
        asked: dict[str, Any] = {"prompt": self.prompt, "n_predict": self.most_tokens, "temperature": 0}
        return asked | ({"json_schema": self.schema.body} if self.schema else {})

    @property
    def worked_schema(self) -> dict[str, Any]:
        """The schema of the worked request, or one that goes with its text where the prompt has none."""
        return self.schema.body if self.schema else EXAMPLE

    @property
    def shown_schema(self) -> str:
        """The worked schema as the prompt shows it; empty where it shows none."""
        if self.schema is None or self.style == "plain":
            return ""
        if self.style == "chat":
            return schema_json(self.schema.body)
        return schema_to_prompt(self.schema.body, self.style == "described")

    def pieces(self) -> list[dict[str, str]]:
        """The prompt for programs that put schemas of their own into it: literal texts, and between them the places of
        ``text`` and ``schema``; the latter says in which form a schema stands there."""
        whole = self.template.replace(PLACE, _asked(_example(PLACE), self.schema, self.style))
        form = {"chat": "json", "described": "described"}.get(self.style, "fields")
        if self.shown_schema:
            whole = whole.replace(self.shown_schema, SCHEMA_PLACE, 1)
        places = {PLACE: {"text": ""}, SCHEMA_PLACE: {"schema": form}}
        parts = re.split(f"([{PLACE}{SCHEMA_PLACE}])", whole)
        return [places.get(part, {"literal": part}) for part in parts if part]

    def fault(self, answer: str) -> str | None:
        """Why an answer to the worked request does not show that an export works; None where it does."""
        if not answer.strip():
            return "expected a text"
        if self.schema is None:
            return None
        try:
            value: Any = parse_first_json(answer)
        except NotJSONError as error:
            return f"expected JSON ({error})"
        violations = schema_violations(value, self.schema)
        return f"expected the schema of the request ({violations[0]})" if violations else None

    def chat_template(self) -> str:
        """The Jinja template that puts the last message of a chat into the prompt."""
        before, after = map(jinja_string, self.template.split(PLACE))
        whole = f"{before} + messages[-1].content + {after}"
        return f"{{{{ {self.spaces.jinja(whole) if self.spaces else whole} }}}}"


def served_prompt(
    loaded: LoadedModel, log: dict[str, Any], schema: Path | None, spaces: SpaceToken | None = None
) -> ServedPrompt:
    """The prompt that a model was trained with; that of an untuned one is a chat message where it has a template."""
    style = training_config(log).prompt if log else "chat" if loaded.tokenizer.chat_template else "schema"
    known = load_schema(schema) if schema else None
    if known is None and style != "plain":
        known = schema_of(EXAMPLE, "example", "the worked example")
    frame = frame_of(style, loaded.tokenizer, loaded.name)
    framed = frame(_example(PLACE))
    example = _example(LINES if style == "plain" and not schema else TEXT)
    return ServedPrompt(
        style,
        framed.context + framed.request,
        _asked(example, known, style),
        example.text,
        known,
        str(loaded.tokenizer.eos_token),
        training_config(log).layout if log else "line",
        spaces,
    )


def _asked(example: Example, schema: Schema | None, style: PromptStyle) -> str:
    """The message that asks about an example."""
    (asked,) = with_prompt_style([example], Schemas({"": schema} if schema else {}), style)
    return asked.text


def _example(text: str) -> Example:
    return Example("example", "", None, "", "", text, None)
