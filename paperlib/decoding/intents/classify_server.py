"""An intent classifier behind HTTP, for programs on this machine: ``paperlib serve`` with a folder of finetune-intents.

- ``POST /v1/classify`` takes ``{"input": TEXT or [TEXT, …]}`` and, if given, ``threshold`` and ``candidates``; it
  answers ``{"object": "list", "model": NAME, "data": [{"index", "intent", "probability", "candidates"}, …]}``.
  An intent is one of the classifier's labels, or null. What cannot be answered is told in the form of the OpenAI API:
  ``{"error": {"message", "type", "code"}}``.
- ``GET /v1/models`` and ``GET /health`` say that it is there, as llama.cpp's server does.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.strict_json import NotJSONError, parse_strict
from paperlib.decoding.intents.classifier import Classifier

HOST = "127.0.0.1"
LARGEST = 1_000_000  # bytes of a request
FIELDS = ("input", "model", "threshold", "candidates")


@contextmanager
def serving_classifier(classifier: Classifier, name: str, port: int = 0) -> Iterator[str]:
    """Serves a classifier on 127.0.0.1 while the block runs, which gets the base URL of the API.

    ``port`` 0 is any that is free. Raises PaperlibError where the port is taken.
    """
    try:
        server = _Server(classifier, name, port)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "expected 0 to 65535"
        raise PaperlibError(f"port {port}: {reason}; name another with --port") from None
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, classifier: Classifier, name: str, port: int):
        super().__init__((HOST, port), _Handler)
        self._classifier, self.name, self._lock = classifier, name, threading.Lock()

    def answered(self, body: bytes) -> dict[str, Any]:
        """Raises DataError naming the field at fault."""
        texts, threshold, candidates = _asked(body)
        with self._lock:  # the tokenizer remembers words
            found = self._classifier.classify(texts, threshold, candidates)
        data = [{"index": n, **one.as_json()} for n, one in enumerate(found)]
        return {"object": "list", "model": self.name, "data": data}


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds without a byte of a request

    def do_GET(self) -> None:
        if self.path == "/health":
            self._send(HTTPStatus.OK, {"status": "ok"})
        elif self.path == "/v1/models":
            self._send(HTTPStatus.OK, {"object": "list", "data": [{"id": self.server.name, "object": "model"}]})
        else:
            self._refuse(HTTPStatus.NOT_FOUND, f"{self.path}: expected POST /v1/classify")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length") or ""
        if not length.isdecimal() or int(length) > LARGEST:
            self.close_connection = True  # as the body is not read
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"expected a Content-Length of at most {LARGEST} bytes")
            return
        body = self.rfile.read(int(length))
        if self.path != "/v1/classify":
            self._refuse(HTTPStatus.NOT_FOUND, f"{self.path}: expected POST /v1/classify")
            return
        try:
            self._send(HTTPStatus.OK, self.server.answered(body))
        except DataError as error:
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


def _asked(body: bytes) -> tuple[Sequence[str], float | None, int]:
    """Texts, threshold and number of candidates of a request."""
    try:
        asked = parse_strict(body)
    except NotJSONError as error:
        raise DataError(f"the request is not valid JSON ({error})") from None
    if not isinstance(asked, dict) or "input" not in asked or set(asked) - set(FIELDS):
        raise DataError(f"expected an object with the field 'input' and, if you like, {', '.join(FIELDS[1:])}")
    texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise DataError("field 'input': expected a string, or an array of strings")
    least, candidates = asked.get("threshold"), asked.get("candidates", 3)
    if least is not None and not (_is_number(least) and 0 <= least <= 1):
        raise DataError("field 'threshold': expected a number from 0 to 1, or null")
    if not _is_number(candidates) or candidates < 0 or candidates != int(candidates):
        raise DataError("field 'candidates': expected a whole number of at least 0")
    return texts, None if least is None else float(least), int(candidates)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
