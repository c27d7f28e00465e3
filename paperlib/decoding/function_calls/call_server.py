"""Function calls behind HTTP: ``paperlib serve`` with a model that was trained on them.

``POST /v1/chat/completions`` takes ``messages`` and ``tools`` as the OpenAI chat API has them, and answers with
``tool_calls``, or with none where no tool fits. The model reads one request: a single message of the user. Sampling
settings are read over, as an answer is the most probable one.
"""

import time
import uuid
from contextlib import AbstractContextManager
from typing import Any

from paperlib.core.errors import DataError
from paperlib.decoding import json_server
from paperlib.decoding.function_calls.caller import Answer, FunctionCaller

PATH = "/chat/completions"
EXPECTED: dict[str, Any] = {"tool_choice": "auto", "parallel_tool_calls": True, "n": 1}  # unless left out or null


def serving_caller(caller: FunctionCaller, name: str, port: int = 0) -> AbstractContextManager[str]:
    """Serves a caller as :func:`paperlib.decoding.json_server.serving` does."""

    def answer(asked: Any) -> dict[str, Any]:
        request, tools = _parsed(asked)
        return _completion(caller(request, tools), name)

    return json_server.serving(name, PATH, answer, port)


def _parsed(asked: Any) -> tuple[str, list[Any]]:
    """The request of the user and the tools. Raises DataError naming the field at fault."""
    if not isinstance(asked, dict):
        raise DataError("expected an object with the fields 'messages' and 'tools'")
    if asked.get("stream"):
        raise DataError("field 'stream': calls are answered in one piece, expected false")
    for field, expected in EXPECTED.items():
        if asked.get(field) not in (None, expected):
            raise DataError(f"field '{field}': found {asked[field]!r:.80}, expected {expected!r}")
    tools = asked.get("tools")
    if not isinstance(tools, list):
        raise DataError("field 'tools': expected a list of functions: this model was trained to call them")
    return _request(asked.get("messages")), tools


def _request(messages: Any) -> str:
    """What the user says, a text or a list of text parts, at least one."""
    expected = "field 'messages': expected one message of the role 'user' with a text: the model reads one request"
    if not isinstance(messages, list) or len(messages) != 1 or not isinstance(messages[0], dict):
        raise DataError(expected)
    content = messages[0].get("content")
    if isinstance(content, list) and content and all(map(_is_text, content)):
        content = "\n".join(part["text"] for part in content)
    if messages[0].get("role") != "user" or not isinstance(content, str):
        raise DataError(expected)
    return content


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)


def _completion(answer: Answer, name: str) -> dict[str, Any]:
    """An answer as a chat completion; ids are new, as calls of several answers may meet in one conversation."""
    if answer.violations:  # not that no tool fits
        raise json_server.NoAnswerError(f"no call that its tool accepts: {'; '.join(answer.violations)}")
    made = uuid.uuid4().hex
    calls = answer.tool_calls(f"call_{made}")
    message = {"role": "assistant", "content": None, **({"tool_calls": calls} if calls else {})}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop", "logprobs": None}
    about = {"id": f"chatcmpl-{made}", "object": "chat.completion", "created": int(time.time()), "model": name}
    read, written = answer.prompt_tokens, answer.output_tokens
    usage = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    return {**about, "choices": [choice], "usage": usage}
