"""A request to a chat model and the reply, in the terms of the OpenAI chat completions interface.

Only what vLLM, Ollama and llama.cpp serve alike is used: model, messages, temperature, top_p, max_tokens, seed, stream,
and response_format where JSON mode is wanted.
"""

from dataclasses import asdict, dataclass
from typing import Any

from paperlib.core.files import digest
from paperlib.core.strict_json import NotJSONError, parse

MOST_SEEDS = 2**31  # seeds are signed 32-bit numbers in some servers


@dataclass(frozen=True)
class Parameters:
    """How the model is sampled."""

    temperature: float = 0.9
    top_p: float = 0.95
    max_tokens: int = 2048
    json_mode: bool = False  # let the server allow JSON only; not every server can


@dataclass(frozen=True)
class Request:
    """One question. Two requests with the same hash are the same, whichever server they go to."""

    model: str
    prompt: str
    seed: int
    parameters: Parameters = Parameters()

    def body(self) -> dict[str, Any]:
        """What is sent. One user message, because some chat templates know no system message."""
        sampling = asdict(self.parameters)
        json_mode = {"response_format": {"type": "json_object"}} if sampling.pop("json_mode") else {}
        messages = [{"role": "user", "content": self.prompt}]
        return {"model": self.model, "messages": messages, "seed": self.seed, "stream": False, **sampling, **json_mode}

    @property
    def hash(self) -> str:
        """16 hex digits over all that is sent; the server's address is not among it."""
        return digest(self.body())


@dataclass(frozen=True)
class Reply:
    """What came back. ``finish`` is None where that was no chat completion; ``text`` is then the whole body."""

    text: str  # the message's content
    finish: str | None  # "stop", or "length" where max_tokens cut it off
    usage: dict[str, Any]  # tokens, as the server counts them
    seconds: float  # of the last attempt
    attempts: int  # times it was sent


def read_reply(body: str, seconds: float, attempts: int) -> Reply:
    """The reply in a response's body; never raises."""
    try:
        found = parse(body)
        choice = found["choices"][0]
        text, finish, usage = choice["message"]["content"], choice.get("finish_reason"), found.get("usage")
    except (NotJSONError, KeyError, IndexError, TypeError, AttributeError):
        return Reply(body, None, {}, seconds, attempts)
    if not isinstance(text, str):
        return Reply(body, None, {}, seconds, attempts)
    return Reply(text, str(finish or "stop"), usage if isinstance(usage, dict) else {}, seconds, attempts)
