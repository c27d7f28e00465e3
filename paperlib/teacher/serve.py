"""A small OpenAI-compatible server for a model of this package: one request at a time, on this machine only.

    python -m paperlib.teacher.serve --base smollm2-135m-instruct --port 0

It prints its address, answers ``/v1/models`` and ``/v1/chat/completions``, and ends by itself after ``--idle`` seconds
without a request. It is there to try the teacher without a network; for a large model use a server made for it.
"""

import argparse
import contextlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import torch
from pydantic import AliasChoices, BaseModel, Field, ValidationError

from paperlib import models, runtime
from paperlib.errors import PaperlibError, exit_code

HOST = "127.0.0.1"
LARGEST = 4 * 2**20  # bytes of a request


class Message(BaseModel):
    role: str
    content: str


class Question(BaseModel):
    """The fields of a chat completion request that are understood; others are ignored."""

    model: str
    messages: list[Message] = Field(min_length=1)
    max_tokens: int = Field(256, ge=1, validation_alias=AliasChoices("max_tokens", "max_completion_tokens"))
    temperature: float = Field(1.0, ge=0, le=2)
    top_p: float = Field(1.0, gt=0, le=1)
    seed: int | None = Field(None, ge=0, lt=2**63)
    stream: bool = False


class RefusedError(Exception):
    """A request that is not answered; ``status`` is that of HTTP."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Server(HTTPServer):
    """Serves one model under the name ``model``. ``port`` 0: any free one. ``idle``: seconds without a request after
    which `run` returns."""

    request_queue_size = 64  # clients that wait for their turn

    def __init__(self, loaded: models.Loaded, model: str, port: int = 0, idle: float = 600.0) -> None:
        super().__init__((HOST, port), _Handler)
        self.loaded, self.model = loaded, model
        self.timeout = idle
        self._over = False

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}/v1"

    def run(self) -> None:
        with self:
            while not self._over:
                self.handle_request()

    def handle_timeout(self) -> None:
        self._over = True


class _Handler(BaseHTTPRequestHandler):
    timeout = 30  # seconds a client may take to send its request
    server: Server

    def do_GET(self) -> None:
        if self.path.rstrip("/") == "/v1/models":
            self._send(200, {"object": "list", "data": [{"id": self.server.model, "object": "model"}]})
        else:
            self._fail(RefusedError(404, f"there is no {self.path}"))

    def do_POST(self) -> None:
        try:
            if self.path.rstrip("/") != "/v1/chat/completions":
                raise RefusedError(404, f"there is no {self.path}")
            self._send(200, complete(self.server.loaded, self._question()))
        except RefusedError as error:
            self._fail(error)
        except RuntimeError as error:  # of torch: out of memory, say
            self._fail(RefusedError(500, str(error).splitlines()[0]))

    def _question(self) -> Question:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST:
            raise RefusedError(413, f"expected a Content-Length of at most {LARGEST} bytes")
        try:
            question = Question.model_validate_json(self.rfile.read(int(length)))
        except ValidationError as error:
            first = error.errors()[0]
            raise RefusedError(400, f"{'.'.join(map(str, first['loc'])) or 'request'}: {first['msg']}") from None
        if question.model != self.server.model:
            raise RefusedError(404, f"there is no model {question.model!r}, only {self.server.model!r}")
        if question.stream:
            raise RefusedError(400, "stream: replies are sent whole here")
        return question

    def _fail(self, error: RefusedError) -> None:
        self._send(error.status, {"error": {"message": str(error), "type": "invalid_request_error"}})

    def _send(self, status: int, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the client waits no longer
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: a request is the client's business."""


def complete(loaded: models.Loaded, question: Question) -> dict[str, Any]:
    """The chat completion of one question; with the same seed the same. Raises RefusedError where it is too long."""
    prompt = _prompt(loaded, question.messages)
    n_prompt, context = prompt["input_ids"].shape[1], loaded.body.config.max_position_embeddings
    if n_prompt + question.max_tokens > context:
        raise RefusedError(400, f"{n_prompt} + {question.max_tokens} tokens are more than the model's {context}")
    tokens = _generate(loaded, prompt, question)[n_prompt:]
    ended = tokens[-1] == loaded.tokenizer.eos_token_id
    text = loaded.tokenizer.decode(tokens, skip_special_tokens=True)
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": "stop" if ended else "length",
    }
    usage = {"prompt_tokens": n_prompt, "completion_tokens": len(tokens), "total_tokens": n_prompt + len(tokens)}
    head = {"id": f"chatcmpl-{time.time_ns()}", "object": "chat.completion", "created": int(time.time())}
    return {**head, "model": question.model, "choices": [choice], "usage": usage}


def _prompt(loaded: models.Loaded, messages: list[Message]) -> Any:
    """Token ids and mask, (1, tokens), by the model's chat template. Raises RefusedError where that refuses."""
    told = [message.model_dump() for message in messages]
    try:
        made = loaded.tokenizer.apply_chat_template(
            told, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
    except Exception as error:  # whatever the template raises, or that there is none
        raise RefusedError(400, f"messages: {error}") from None
    return made.to(loaded.model.device)


def _generate(loaded: models.Loaded, prompt: Any, question: Question) -> list[int]:
    """Token ids of the prompt and the reply."""
    sampling: dict[str, Any] = {"do_sample": False}
    if question.temperature > 0:
        sampling = {"do_sample": True, "temperature": question.temperature, "top_p": question.top_p}
    if question.seed is not None:
        torch.manual_seed(question.seed)
    with torch.inference_mode():
        made = loaded.model.generate(
            **prompt, max_new_tokens=question.max_tokens, pad_token_id=loaded.tokenizer.pad_token_id, **sampling
        )
    found: list[int] = made[0].tolist()
    return found


def main(argv: list[str] | None = None) -> int:
    """Exit status: 0 once it was idle for long enough, 2 after one line on what to mend."""
    parser = argparse.ArgumentParser(prog="paperlib.teacher.serve", description=__doc__.splitlines()[0])
    parser.add_argument("--base", default="smollm2-135m-instruct", help="embedded name, local folder or hub id")
    parser.add_argument("--port", type=int, default=0, help="0: any free one (default)")
    parser.add_argument("--idle", type=float, default=600.0, help="seconds without a request until it ends")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=("auto", "bf16", "fp32"), default="auto")
    return exit_code(lambda: _serve(parser.parse_args(argv)), "paperlib.teacher.serve")


def _serve(arguments: argparse.Namespace) -> None:
    runtime.prepare(arguments.threads)
    loaded = models.load_base(arguments.base, runtime.dtype_of(arguments.precision))
    loaded.model.eval()
    try:
        server = Server(loaded, arguments.base, arguments.port, arguments.idle)
    except (OSError, OverflowError) as error:
        raise PaperlibError(f"port {arguments.port} cannot be had: {error}") from None
    print(server.url, flush=True)
    server.run()


if __name__ == "__main__":
    sys.exit(main())
