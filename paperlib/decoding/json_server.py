"""A model behind HTTP, for programs on this machine: one path that takes JSON by POST and answers JSON.

What cannot be answered is told in the form of the OpenAI API: ``{"error": {"message", "type", "param", "code"}}``, the
last two null, as the message names the field. ``GET /v1/models`` and ``GET /health`` say that the server is there, as
llama.cpp's does.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.strict_json import NotJSONError, parse_strict

HOST, API = "127.0.0.1", "/v1"
LARGEST = 1_000_000  # bytes of a request
DIGITS = 12  # of a length
DISCARDED, BLOCK = 16_000_000, 65_536  # bytes of a body that is refused, and of one reading
LINGER = 2  # seconds without a byte of it
Answer = Callable[[Any], dict[str, Any]]


class NoAnswerError(PaperlibError):
    """A request that is right, to which the model has no answer that may be given."""


@contextmanager
def serving(name: str, path: str, answer: Answer, port: int = 0) -> Iterator[str]:
    """Serves a model on 127.0.0.1 while the block runs, which gets the base URL of the API.

    ``answer`` makes an answer of the JSON that was sent to ``path`` below the base URL, one at a time, and raises
    PaperlibError for a request that is wrong, NoAnswerError for one that has no answer. ``port`` 0 is any that is free.
    Raises PaperlibError where the port is taken.
    """
    try:
        server = _Server(name, API + path, answer, port)
    except (OSError, OverflowError) as error:
        raise port_refused(port, error) from None
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_port}{API}"
    finally:
        server.shutdown()
        server.server_close()


def port_refused(port: int, error: Exception) -> PaperlibError:
    """What to raise where ``error`` says that a port cannot be had."""
    reason = getattr(error, "strerror", None) or "expected 0 to 65535"
    return PaperlibError(f"port {port}: {reason}; name another with --port")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, name: str, path: str, answer: Answer, port: int):
        super().__init__((HOST, port), _Handler)
        self.path, self._answer, self._lock = path, answer, threading.Lock()
        self.model = {"id": name, "object": "model", "created": int(time.time()), "owned_by": "paperlib"}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is no fault of the server's."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)

    def answered(self, body: bytes) -> dict[str, Any]:
        """Raises PaperlibError for a request that is wrong."""
        try:
            asked = parse_strict(body)
        except NotJSONError as error:
            raise DataError(f"the request is not valid JSON ({error})") from None
        with self._lock:  # models and tokenizers remember what they computed
            return self._answer(asked)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds without a byte of a request

    def do_GET(self) -> None:
        self.close_connection |= (self.headers.get("Content-Length") or "0") != "0"  # a body, which nobody reads
        if self.path == "/health":
            self._send(HTTPStatus.OK, {"status": "ok"})
        elif self.path == f"{API}/models":
            self._send(HTTPStatus.OK, {"object": "list", "data": [self.server.model]})
        else:
            self._refuse(HTTPStatus.NOT_FOUND, f"{self.path}: expected POST {self.server.path}")

    def do_POST(self) -> None:
        told = self.headers.get("Content-Length") or ""
        length = int(told) if told.isdecimal() and len(told) <= DIGITS else None
        if length is None or length > LARGEST:
            self._refuse_body(length)
            return
        body = self.rfile.read(length)
        if self.path != self.server.path:
            self._refuse(HTTPStatus.NOT_FOUND, f"{self.path}: expected POST {self.server.path}")
            return
        try:
            self._send(HTTPStatus.OK, self.server.answered(body))
        except NoAnswerError as error:
            self._refuse(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
        except PaperlibError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        except Exception as error:  # a fault of ours: the server's terminal has the traceback
            message = f"the server failed ({type(error).__name__})"
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, message, "server_error")
            raise

    def _refuse_body(self, length: int | None) -> None:
        """Refuses a body of that length, or of one that is not told, and closes the connection. A client that is still
        sending would not read the answer if it were closed at once: what it sends is read and thrown away."""
        self.close_connection = True
        told = self.headers.get("Content-Length")
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if told else HTTPStatus.LENGTH_REQUIRED
        self._refuse(status, f"expected a Content-Length of at most {LARGEST} bytes")
        self.connection.settimeout(LINGER)
        left = min(length or 0, DISCARDED)
        with suppress(OSError):
            while left and (block := self.rfile.read(min(left, BLOCK))):
                left -= len(block)

    def _refuse(self, status: HTTPStatus, message: str, kind: str = "invalid_request_error") -> None:
        self._send(status, {"error": {"message": message, "type": kind, "param": None, "code": None}})

    def _send(self, status: HTTPStatus, value: dict[str, Any]) -> None:
        body = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the standard library refuses, a method that is not served or a request line that is none."""
        self.close_connection = True
        self._refuse(HTTPStatus(code), message or HTTPStatus(code).phrase)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a request's text is nobody else's business."""
