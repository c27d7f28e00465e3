"""How an exported model is asked by those who have only its file: the prompt as a template, and one worked request."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperlib.core.config import PromptStyle, training_config
from paperlib.data.examples import Example
from paperlib.data.prompts import frame_of, with_prompt_style
from paperlib.data.schemas import Schema, Schemas, load_schema, schema_of
from paperlib.decoding.engines.export.space_token import SpaceToken
from paperlib.training.loaded_model import LoadedModel

TEXT = "Ana Ruiz runs our Lisbon office; write to ana.ruiz@example.org or call +351 21 555 0142."
LINES = "Name: Ana Ruiz\nEmail: ana.ruiz@example.org\nPhone: +351 21 555 0142"  # for models tuned on label lines
EXAMPLE = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("name", "email", "phone")},
    "required": ["name", "email"],
}
MOST_TOKENS = 512  # of the answer to the worked request
PLACE = "\x00"  # stands for the text while a template is made; no text holds it


@dataclass(frozen=True)
class ServedPrompt:
    """The prompt of a model and its parts."""

    style: PromptStyle
    template: str  # with PLACE for the message
    message: str  # of the worked request
    schema: Schema | None  # that of the worked request
    end: str  # the token that ends an answer, as text
    spaces: SpaceToken | None = None  # by which a server reads the spaces that were tokens of their own

    @property
    def prompt(self) -> str:
        """The prompt of the worked request, as a server is to read it."""
        return self.marked(self.template.replace(PLACE, self.message))

    def marked(self, text: str) -> str:
        return self.spaces.mark(text) if self.spaces else text

    def request(self) -> dict[str, Any]:
        """The worked request, as the body that llama.cpp's ``/completion`` takes."""
        asked: dict[str, Any] = {"prompt": self.prompt, "n_predict": MOST_TOKENS, "temperature": 0}
        return asked | ({"json_schema": self.schema.body} if self.schema else {})

    def chat_template(self) -> str | None:
        """The Jinja template that puts the last message of a chat into the prompt; None where the model has its own."""
        if self.style == "chat":
            return None
        before, after = (part.replace("\n", "\\n") for part in self.template.split(PLACE))
        whole = f'"{before}" + messages[-1].content + "{after}"'
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
    (asked,) = with_prompt_style([example], Schemas({"": known} if known else {}), style)
    return ServedPrompt(
        style, framed.context + framed.request, asked.text, known, str(loaded.tokenizer.eos_token), spaces
    )


def _example(text: str) -> Example:
    return Example("example", "", None, "", "", text, None)
