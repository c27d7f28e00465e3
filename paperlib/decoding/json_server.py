"""A model behind HTTP, for programs on this machine: one path that takes JSON by POST and answers JSON.

What cannot be answered is told in the form of the OpenAI API: ``{"error": {"message", "type", "code"}}``. ``GET
/v1/models`` and ``GET /health`` say that the server is there, as llama.cpp's does.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.strict_json import NotJSONError, parse_strict

HOST, API = "127.0.0.1", "/v1"
LARGEST = 1_000_000  # bytes of a request
Answer = Callable[[Any], dict[str, Any]]


@contextmanager
def serving(name: str, path: str, answer: Answer, port: int = 0) -> Iterator[str]:
    """Serves a model on 127.0.0.1 while the block runs, which gets the base URL of the API.

    ``answer`` makes an answer of the JSON that was sent to ``path`` below the base URL, one at a time, and raises
    PaperlibError for a request that is wrong. ``port`` 0 is any that is free. Raises PaperlibError where the port is
    taken.
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
        self.name, self.path, self._answer, self._lock = name, path, answer, threading.Lock()

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
        if self.path == "/health":
            self._send(HTTPStatus.OK, {"status": "ok"})
        elif self.path == f"{API}/models":
            self._send(HTTPStatus.OK, {"object": "list", "data": [{"id": self.server.name, "object": "model"}]})
        else:
            self._refuse(HTTPStatus.NOT_FOUND, f"{self.path}: expected POST {self.server.path}")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length") or ""
        if not length.isdecimal() or int(length) > LARGEST:
            self.close_connection = True  # as the body is not read
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"expected a Content-Length of at most {LARGEST} bytes")
            return
        body = self.rfile.read(int(length))
        if self.path != self.server.path:
            self._refuse(HTTPStatus.NOT_FOUND, f"{self.path}: expected POST {self.server.path}")
            return
        try:
            self._send(HTTPStatus.OK, self.server.answered(body))
        except PaperlibError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        self._send(status, {"error": {"message": message, "type": "invalid_request_error", "code": status.value}})

    def _send(self, status: HTTPStatus, value: dict[str, Any]) -> None:
        body = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a request's text is nobody else's business."""
