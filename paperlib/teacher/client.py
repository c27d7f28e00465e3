"""Connection to an OpenAI-compatible server (vLLM, Ollama, llama.cpp, …) through the ``openai`` package.

A request is sent again after a timeout, a broken connection, status 408, 409, 429 or 5xx: up to `MAX_RETRIES` times,
after waits that double from 0.5 s to 8 s, or as long as a Retry-After header of at most two minutes asks for.
"""

import asyncio
import os
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import openai

from paperlib.core.errors import PaperlibError
from paperlib.core.strict_json import NotJSONError, parse

KEYS = ("PAPERLIB_TEACHER_KEY", "OPENAI_API_KEY")  # environment variables; the first that is set counts
NO_KEY = "EMPTY"  # sent as the key where there is none
SHORTEST_SECRET = 8  # characters; a shorter key is a placeholder, and a word that a reply may contain
MAX_RETRIES = 7
QUOTED = 200  # characters of a fault that an error message quotes
TOO_LONG = "too long"  # the finish reason of a request that does not fit the model's context


@dataclass(frozen=True)
class Reply:
    """What a server answered with a status below 300."""

    text: str  # the message's content, or the whole body where that is no chat completion
    finish_reason: str | None  # "stop", "length" (cut off), TOO_LONG, …; None where it is no chat completion
    usage: dict[str, Any]  # tokens, as the server counts them
    seconds: float  # that the last attempt took
    attempts: int  # times that the request was sent


class RateLimiter:
    """Spaces the requests of all workers evenly, so that at most ``per_minute`` start in any 60 s.

    ``per_minute=None`` sets no limit.
    """

    def __init__(self, per_minute: float | None) -> None:
        self.interval = 60 / per_minute if per_minute else 0.0  # seconds
        self._next = 0.0

    async def wait(self, _request: object = None) -> None:
        """Returns when the next request may start; a request hook of the HTTP client."""
        now = time.monotonic()
        start = max(now, self._next)
        self._next = start + self.interval
        await asyncio.sleep(start - now)


def key_from_environment() -> str | None:
    """The API key in the first of `KEYS` that is set, or None. Raises PaperlibError, without quoting the key, where it
    cannot be sent in an HTTP header."""
    name = next((name for name in KEYS if os.environ.get(name, "").strip()), None)
    if name is None:
        return None
    key = os.environ[name].strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise PaperlibError(f"the environment variable {name} holds no API key: expected ASCII without spaces")
    return key


def connect(
    base_url: str, key: str | None = None, timeout: float = 120.0, requests_per_minute: float | None = None
) -> openai.AsyncOpenAI:
    """A client for one server, to be used in one event loop. It follows no redirects: they might leak the key.

    ``timeout`` is in seconds: to connect, and between two parts of a reply. Raises PaperlibError where ``base_url`` is
    not a plain http(s) address, without quoting one that may hold a password.
    """
    if any(character in base_url for character in "@?#"):
        raise PaperlibError(f"the base URL holds more than an address; an API key belongs in {KEYS[0]}")
    try:
        parts = urlsplit(base_url)
        plain = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        plain = False
    if not plain:
        raise PaperlibError(f"{base_url!r} is not a base URL, expected one like http://HOST:PORT/v1")
    hooks = {"request": [RateLimiter(requests_per_minute).wait]}
    http = openai.DefaultAsyncHttpxClient(follow_redirects=False, event_hooks=hooks)
    return openai.AsyncOpenAI(
        base_url=base_url, api_key=key or NO_KEY, timeout=timeout, max_retries=MAX_RETRIES, http_client=http
    )


async def complete(client: openai.AsyncOpenAI, request: dict[str, Any]) -> Reply:
    """The reply to a chat completion request, which is given as its JSON body. To one that does not fit the model's
    context it is the server's complaint, with the finish reason TOO_LONG.

    Raises PaperlibError naming the URL and the last fault, after retries where they may help. The key is removed from
    reply and error, where the server quotes it.
    """
    try:
        raw = await client.chat.completions.with_raw_response.create(**request)
    except openai.APIError as error:
        if isinstance(error, openai.BadRequestError) and "context" in _fault(error):
            return Reply(_without_key(client, _fault(error)), TOO_LONG, {}, 0.0, 1)
        retries = int(error.request.headers["x-stainless-retry-count"])
        ending = f" after {retries} retries; the same command resumes later" if retries else ""
        raise PaperlibError(f"{error.request.url}: {_without_key(client, _fault(error))[:QUOTED]}{ending}") from None
    body = _without_key(client, raw.http_response.content.decode("utf-8", "replace"))
    return read_reply(body, raw.elapsed.total_seconds(), raw.retries_taken + 1)


def read_reply(body: str, seconds: float = 0.0, attempts: int = 1) -> Reply:
    """The reply in the body of a response. Never raises, whatever the body holds."""
    try:
        parsed = parse(body)
        choice, usage = parsed["choices"][0], parsed.get("usage")
        text, finish_reason = choice["message"]["content"], choice.get("finish_reason")
    except (NotJSONError, KeyError, IndexError, TypeError, AttributeError):
        text = finish_reason = usage = None
    if not isinstance(text, str):
        return Reply(body, None, {}, seconds, attempts)
    return Reply(text, str(finish_reason or "stop"), usage if isinstance(usage, dict) else {}, seconds, attempts)


def _fault(error: openai.APIError) -> str:
    """What went wrong, in one line: a status with the server's reason, or why there was no connection."""
    if isinstance(error, openai.APITimeoutError):
        return f"no reply within {error.request.extensions['timeout']['read']:g} s"
    if not isinstance(error, openai.APIStatusError):
        return str(error.__cause__) or type(error.__cause__).__name__
    headers, body = error.response.headers, error.body
    message = body["message"] if isinstance(body, dict) and "message" in body else error.response.text
    reason = str(message).strip().partition("\n")[0].rstrip() or "no reason given"
    if "Location" in headers:
        reason = f"redirect to {headers['Location']}"
    wait = f", Retry-After: {headers['Retry-After']}" if "Retry-After" in headers else ""
    return f"status {error.status_code} ({reason}{wait})"


def _without_key(client: openai.AsyncOpenAI, text: str) -> str:
    return text if len(client.api_key) < SHORTEST_SECRET else text.replace(client.api_key, "[key]")
