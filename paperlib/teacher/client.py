"""Asking a chat server: one POST, sent again where the fault may pass.

Timeouts, connection errors, 429 and 5xx pass; the wait doubles from 1 s to at most 60 s and up to 1 s is added at
random, so that workers do not come back all at once. Retry-After (RFC 9110, section 10.2.3) is a lower bound of it.
"""

import datetime
import email.utils
import os
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from paperlib.core.errors import PaperlibError
from paperlib.teacher.chat import Reply, read_reply
from paperlib.teacher.rate_limiter import Halt, Pace

KEYS = ("PAPERLIB_TEACHER_KEY", "OPENAI_API_KEY")  # environment variables, the first that is set counts
SECRET = 8  # a shorter key ("EMPTY") is a placeholder, and a word that a reply may hold
ATTEMPTS = 6
LONGEST_WAIT = 600.0  # seconds; a server that asks for more is left for later
SHOWN = 200  # characters of a server's message that an error quotes
BACKOFF = wait_exponential_jitter(initial=1, max=60, jitter=1)


class _PassingError(Exception):
    """A fault that may pass. ``wait``: seconds the server asked for."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


def key_from_environment() -> str | None:
    """The API key, without the white space around it. Raises PaperlibError, which does not quote it, where no header
    can hold it."""
    name = next((name for name in KEYS if os.environ.get(name, "").strip()), None)
    if name is None:
        return None
    key = os.environ[name].strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise PaperlibError(f"the environment variable {name} holds no API key: expected ASCII without spaces")
    return key


class Client:
    """Sends requests to ``{base_url}/chat/completions``, from any number of threads.

    ``timeout`` in seconds: to connect, and between two bytes of the reply. Nothing it raises or returns holds the key.
    """

    def __init__(
        self,
        base_url: str,
        key: str | None = None,
        timeout: float = 120.0,
        pace: Pace | None = None,
        halt: Halt | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.url = _checked(base_url) + "/chat/completions"
        self.timeout = timeout
        self.halt = halt or Halt()
        self._sleep = sleep or self.halt.sleep
        self._pace = pace or Pace(sleep=self._sleep)
        self._key = key
        self._local = threading.local()  # a session a thread: requests promises nothing for shared ones

    def ask(self, body: dict[str, Any]) -> Reply:
        """The reply to one request body. Raises PaperlibError: naming url, status and the first line of the answer
        where the server refuses; naming the last fault where ATTEMPTS were in vain."""
        retrying = Retrying(
            sleep=self._sleep,
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            retry=retry_if_exception_type(_PassingError),
            reraise=True,
        )
        try:
            for attempt in retrying:
                with attempt:
                    start = time.perf_counter()
                    text = self._send(body)
                    seconds = round(time.perf_counter() - start, 3)
                    return read_reply(text, seconds, attempt.retry_state.attempt_number)
        except _PassingError as error:
            raise PaperlibError(f"{self.url}: {error}, {ATTEMPTS} times; the replies so far are kept") from None
        raise AssertionError("tenacity ends by returning or raising")

    def _send(self, body: dict[str, Any]) -> str:
        """One attempt; the reply's text. Raises _PassingError or PaperlibError."""
        self._pace.take()
        self.halt.check()
        try:
            response = self._session().post(self.url, json=body, timeout=self.timeout, allow_redirects=False)
        except requests.Timeout:
            raise _PassingError(f"no reply within {self.timeout:g} s") from None
        except requests.exceptions.SSLError as error:
            raise PaperlibError(self._clean(f"{self.url}: {_root(error)}")) from None
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            raise _PassingError(self._clean(_root(error))) from None
        except requests.RequestException as error:
            raise PaperlibError(self._clean(f"{self.url}: {_root(error)}")) from None
        text = self._clean(response.content.decode("utf-8", "replace"))
        if response.status_code != requests.codes.ok:
            self._refuse(response, text)
        return text

    def _refuse(self, response: requests.Response, text: str) -> None:
        """Raises what a status other than 200 means."""
        line = next((line.strip() for line in text.splitlines() if line.strip()), "no reason given")[:SHOWN]
        told = f"status {response.status_code} ({line})"
        if response.status_code != requests.codes.too_many_requests and response.status_code < 500:
            raise PaperlibError(f"{self.url}: {told}")
        wait = _asked_for(response.headers.get("Retry-After", ""))
        if wait is not None and wait > LONGEST_WAIT:
            raise PaperlibError(f"{self.url}: {told}; it asks to wait {wait:.0f} s, run the same command again then")
        if wait is not None:
            self._pace.hold(wait)
        raise _PassingError(told, wait)

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = requests.Session()
            session.auth = self._authorise  # set even without a key: else ~/.netrc would be read for one
            self._local.session = session
        found: requests.Session = self._local.session
        return found

    def _authorise(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request

    def _clean(self, text: str) -> str:
        """Without the key: some servers quote it."""
        return text.replace(self._key, "[key]") if self._key and len(self._key) >= SECRET else text


def _checked(base_url: str) -> str:
    """Raises PaperlibError for what is no plain http(s) address; it does not quote one that holds a password."""
    if any(mark in base_url for mark in "@?#"):
        raise PaperlibError(f"the server's url holds more than an address; a key belongs into {KEYS[0]}")
    try:
        parts = urlsplit(base_url)
        plain = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        plain = False
    if not plain:
        raise PaperlibError(f"{base_url!r} is no server's url, expected one like http://HOST:PORT/v1")
    return base_url.rstrip("/")


def _wait(state: RetryCallState) -> float:
    """Seconds until the next attempt."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait if isinstance(error, _PassingError) else None
    return max(BACKOFF(state), asked or 0.0)


def _asked_for(header: str) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as a date; None where it cannot be read."""
    if header.strip().isdecimal():
        return float(header)
    try:
        when = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.UTC)
    return max(0.0, (when - datetime.datetime.now(datetime.UTC)).total_seconds())


def _root(error: BaseException) -> str:
    """One line on the fault at the bottom of a chain of exceptions; those above name pools and objects."""
    while below := error.__cause__ or error.__context__:
        error = below
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return " ".join(str(reason).split())[:SHOWN]
