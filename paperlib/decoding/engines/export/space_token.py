"""A token by which a server reads the spaces that were tokens of their own in training.

Our tokenizer divides "Name: Ana" after the space, where a training asked for that; llama.cpp's and Ollama's join the
space to "Ana". A control token that the model has no use for is therefore given the space's embedding and the name
MARK. A prompt that has MARK in place of the space makes the tokens of the training: Jinja's chat template writes it by
itself. No answer has it: it is always a little less probable than the space, and grammars permit no control token. But
it takes nearly half of the space's probability, which whoever reads probabilities has to give back, as
:mod:`paperlib.decoding.engines.llama_model` and ``demo/model.js`` do.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import gguf
import numpy as np
import numpy.typing as npt

from paperlib.core.config import training_config
from paperlib.decoding.engines.export.gguf_file import Tensor
from paperlib.decoding.engines.export.gguf_metadata import Metadata
from paperlib.training.loaded_model import LoadedModel
from paperlib.training.space_tokens import AFTER_COLON, MARK

SPACE = re.compile(AFTER_COLON.replace("_", " "))
SHRUNK = np.float32(1 - 2**-10)  # factor of the embedding, which is the output matrix too
TYPES, TOKENS = "tokenizer.ggml.token_type", "tokenizer.ggml.tokens"
# Jinja has no regular expressions: every ": " is marked, and what SPACE does not match is put back.
PUT_BACK = {f'":{MARK}': '": ', **{f":{MARK}{after}": f": {after}" for after in " \n\t\r"}}


@dataclass(frozen=True)
class SpaceToken:
    """The token MARK of a model, and the one that it stands for."""

    number: int
    space: int

    @staticmethod
    def mark(text: str) -> str:
        """A text with MARK for the spaces that are tokens of their own."""
        return SPACE.sub(MARK, text)

    @staticmethod
    def jinja(text: str) -> str:
        """The Jinja expression that marks the value of another."""
        steps = {": ": f":{MARK}", **PUT_BACK}
        return f"({text})" + "".join(
            f"|replace({jinja_string(old)}, {jinja_string(new)})" for old, new in steps.items()
        )

    def named(self, known: Metadata) -> Metadata:
        """The metadata with the token's name."""
        tokens = list(known[TOKENS].value)
        tokens[self.number] = MARK
        return known | {TOKENS: replace(known[TOKENS], value=tokens)}

    def embedded(self, parts: list[Tensor]) -> list[Tensor]:
        """The tensors with the token's embedding."""
        return [replace(one, values=self._row(one)) if one.name == "token_embd.weight" else one for one in parts]

    def _row(self, one: Tensor) -> Callable[[], npt.NDArray[np.float32]]:
        def values() -> npt.NDArray[np.float32]:
            found = one.values().copy()
            found[self.number] = found[self.space] * SHRUNK
            return found

        return values

    def read(self, tokens: list[int]) -> list[int]:
        """The tokens of a marked text as the training saw them."""
        return [self.space if token == self.number else token for token in tokens]


def space_token(loaded: LoadedModel, log: dict[str, object], known: Metadata) -> SpaceToken | None:
    """The token to be renamed: the last control token that ends, begins or divides nothing. None where the training
    joined spaces to words, or separated others than those after colons, and where there is no such token."""
    if training_config(log).space_tokens != "after colon":
        return None
    used = {one.value for name, one in known.items() if name.endswith("_token_id")}
    template = str(loaded.tokenizer.chat_template or "")
    tokens, types = known[TOKENS].value, known[TYPES].value
    spare = [
        number
        for number, kind in enumerate(types)
        if kind == gguf.TokenType.CONTROL and number not in used and tokens[number] not in template
    ]
    (space,) = loaded.tokenizer(" ", add_special_tokens=False).input_ids[:1]
    return SpaceToken(spare[-1], space) if spare else None


def jinja_string(text: str) -> str:
    """A string of Jinja's."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        text = text.replace(plain, escaped)
    return f'"{text}"'
