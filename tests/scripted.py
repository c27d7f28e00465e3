"""A chat server on this machine that answers as a test scripts it, and records what it was sent."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Step = tuple[int, dict[str, str], str]  # status, headers, body
Script = Callable[[int, dict[str, Any]], Step]  # of a request's number, from 0, and its body


def completion(text: str, finish_reason: str = "stop") -> Step:
    """A chat completion."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish_reason}
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    return 200, {}, json.dumps({"choices": [choice], "usage": usage})


def answer(text: str, **more: Any) -> Step:
    """A chat completion of the form that the tasks ask for."""
    return completion(json.dumps({"text": text, **more}))


class ScriptedServer(ThreadingHTTPServer):
    """Listens on a free port of 127.0.0.1 while used as a context; ``release`` ends every wait of a script."""

    daemon_threads = True

    def __init__(self, script: Script | list[Step]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = (lambda number, _: script[min(number, len(script) - 1)]) if isinstance(script, list) else script
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []  # Authorization headers
        self.lock, self.release = threading.Lock(), threading.Event()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_port}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedServer
    timeout = 20

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            number = len(self.server.bodies)
            self.server.bodies.append(body)
            self.server.keys.append(self.headers["Authorization"])
        status, headers, text = self.server.script(number, {**body, "path": self.path})
        try:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text.encode())), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())
        except ConnectionError:
            pass  # the client was killed, or has stopped waiting

    def log_message(self, format: str, *args: Any) -> None:
        pass
