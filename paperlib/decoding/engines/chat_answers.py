"""What a chat model answers to those who run it with llama.cpp: its own server, chat template and schema grammar.

The message holds the JSON Schema and the text (:data:`paperlib.data.prompts.CHAT`), ``response_format`` holds the
schema again, the temperature is 0, and the weights are the quantised ones that were published.
"""

import json
import sys
import time
import urllib.error
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
from transformers import AutoTokenizer

from paperlib.core.config import EvalConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.files import digest
from paperlib.core.fingerprint import modules_hash
from paperlib.data.examples import Example, data_hash
from paperlib.data.function_calls.tool_calls import without_tools
from paperlib.data.predictions import Prediction
from paperlib.data.prompts import TEMPLATE_HASH, chat_frame, with_prompt_style
from paperlib.data.schemas import Schemas
from paperlib.decoding.answer_file import answers_to_file
from paperlib.decoding.engines.llama_cpp import SLOTS, post, serving
from paperlib.decoding.greedy import Asked, Cap, Decoder, asked
from paperlib.training import weights
from paperlib.training.bases import BASES
from paperlib.training.loaded_model import LoadedModel

MARGIN = 64  # tokens by which the server's chat template may be longer than the tokenizer's
BAD_REQUEST = 400  # status of a request that llama.cpp will not answer: a schema that its grammar does not know


@dataclass
class ServedModel(LoadedModel):
    """A chat model that llama.cpp serves; ``model`` is its GGUF file, and ``tokenizer`` the one in that file."""

    n_parameters: int
    most: int  # tokens of prompt and answer together
    threads: int

    @property
    def parameters(self) -> int:
        return self.n_parameters

    @property
    def context(self) -> int:
        return self.most


def load(config: EvalConfig) -> ServedModel:
    """The base of an evaluation, as published. Raises PaperlibError for a configuration that llama.cpp's server is not
    asked under, and as :func:`paperlib.training.weights.gguf` does."""
    found = {"base": config.base, "prompt": config.prompt, "constraint": config.constraint, "model": config.model}
    if config.base not in BASES or found | {"prompt": "chat", "constraint": "schema", "model": None} != found:
        raise PaperlibError(
            f"engine: llama.cpp is for an untuned base of {', '.join(BASES)} with prompt: chat and constraint: schema, "
            f"found {json.dumps(found)}"
        )
    file = weights.gguf(config.base)
    base, tokenizer = BASES[config.base], AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    fields = gguf.GGUFReader(file).fields
    context = fields[f"{fields['general.architecture'].contents()}.context_length"].contents()
    name = f"{base.title.replace('dequantised ', '')}, llama.cpp"
    return ServedModel(file, tokenizer, name, base.parameters, int(context), config.threads)


def answers(
    loaded: ServedModel, examples: Sequence[Example], schemas: Schemas, cap: Cap, out: Path, origin: Mapping[str, Any]
) -> list[Prediction]:
    """The answers to all examples in their order, written to ``out`` as they come; a killed run is continued.

    An answer that takes more tokens than ``cap`` permits is cut off. A request that llama.cpp refuses is told on
    standard error; its answer is empty. Raises PaperlibError for an example that does not fit the context, and where
    the server does not answer.
    """
    messages = with_prompt_style(examples, schemas, "chat")
    meta = {
        **origin,
        "data_hash": data_hash(list(examples)),
        "texts": data_hash(messages),
        "prompt_hash": TEMPLATE_HASH,
    }
    meta |= {"cap": [cap.ratio, cap.factor], "schemas": digest([schema.body for schema in schemas.values()])}
    meta["code_hash"] = modules_hash("decoding.engines.chat_answers")
    return answers_to_file(lambda rest: _served(loaded, rest, schemas, cap), messages, out, meta)


def _served(loaded: ServedModel, messages: Sequence[Example], schemas: Schemas, cap: Cap) -> Iterator[list[Prediction]]:
    """The answers one by one, each with the time since the last: SLOTS are decoded at a time."""
    rows = asked(Decoder(loaded, cap, frame=chat_frame(loaded.tokenizer, loaded.name)), messages)
    requests = {one.id: request_of(one, schemas) for one in messages}
    context = max((len(tokens) + most for _, tokens, most in rows), default=0) + MARGIN
    with serving(loaded.model, loaded.threads, SLOTS, context) as url, ThreadPoolExecutor(SLOTS) as pool:
        before = time.perf_counter()
        for row, reply in zip(rows, pool.map(lambda row: reply_of(url, requests[row[0]], row[2]), rows), strict=True):
            now = time.perf_counter()
            yield [_prediction(row, reply, now - before)]
            before = now


def request_of(message: Example, schemas: Schemas) -> dict[str, Any]:
    """What is asked of llama.cpp's server for an example whose text is the message: an answer under its schema."""
    schema = {"name": "answer", "schema": without_tools(schemas[message.schema_id].body), "strict": True}
    return {
        "messages": [{"role": "user", "content": message.text}],
        "response_format": {"type": "json_schema", "json_schema": schema},
        "temperature": 0,
    }


def reply_of(url: str, request: dict[str, Any], most: int) -> dict[str, Any]:
    """The reply of the server at ``url`` in at most ``most`` tokens, or its complaint under "error".

    Raises PaperlibError where it does not answer, or with another status.
    """
    try:
        return post(f"{url}/chat/completions", {**request, "max_tokens": most})
    except urllib.error.HTTPError as error:
        reason = error.read().decode("utf-8", "replace")
        if error.code != BAD_REQUEST:
            raise PaperlibError(f"llama.cpp: status {error.code} ({reason[:200]}), expected an answer") from None
        return {"error": reason}
    except OSError as error:
        raise PaperlibError(f"llama.cpp does not answer ({error}); the same command goes on where it stopped") from None


def _prediction(row: Asked, reply: dict[str, Any], seconds: float) -> Prediction:
    if "error" in reply:
        print(f"example {row[0]!r}: llama.cpp refuses it: {reply['error'][:200]}", file=sys.stderr)
        return Prediction(row[0], "", len(row[1]), 0, "eos", round(seconds, 3))
    choice, used = reply["choices"][0], reply["usage"]
    counts = used["prompt_tokens"], used["completion_tokens"]
    stop = "cap" if choice["finish_reason"] == "length" else "eos"
    return Prediction(row[0], choice["message"]["content"], *counts, stop, round(seconds, 3))  # type: ignore[arg-type]
