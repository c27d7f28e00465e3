"""The teacher against a real model behind the small server: the embedded weights, which are fetched if need be."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
import torch

from paperlib import models, weights
from paperlib.errors import PaperlibError
from paperlib.teacher import serve
from paperlib.teacher.chat import Parameters, Request
from paperlib.teacher.client import Client
from paperlib.teacher.journal import Journal

QUESTION = "What is the capital of France? One word."


@pytest.fixture(scope="module")
def loaded() -> Iterator[models.Loaded]:
    """On one thread: two that wait for each other are slow where other programs compute."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    found = models.load_base(weights.EMBEDDED, torch.float32)
    found.model.eval()
    yield found
    torch.set_num_threads(threads)


@pytest.fixture
def server(loaded: models.Loaded, monkeypatch: pytest.MonkeyPatch) -> Iterator[serve.Server]:
    """Serves while a test runs; it has to end by itself afterwards."""
    monkeypatch.setenv("NO_PROXY", "*")
    made = serve.Server(loaded, weights.EMBEDDED, idle=300)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    yield made
    made.timeout = 0  # from the next request on, it waits no longer for another
    with suppress(requests.ConnectionError):  # it may have seen that already
        requests.get(f"{made.url}/models", timeout=30)
    thread.join(30)
    assert not thread.is_alive()


def test_the_embedded_model_answers_the_teacher(server: serve.Server, tmp_path: Path) -> None:
    client = Client(server.url, timeout=60, sleep=lambda _: None)
    request = Request(weights.EMBEDDED, QUESTION, 1, Parameters(temperature=0, max_tokens=16))
    with Journal(tmp_path / "journal.jsonl") as journal:
        reply = client.ask(request.body())
        journal.append(request, reply, "cafe")
    assert "Paris" in reply.text
    assert reply.finish in ("stop", "length")
    assert 0 < reply.usage["completion_tokens"] <= 16
    assert reply.usage["prompt_tokens"] > 10
    row = json.loads((tmp_path / "journal.jsonl").read_text(encoding="utf-8"))
    assert (row["request"], row["reply"], row["usage"]) == (request.hash, reply.text, reply.usage)

    short = client.ask(Request(weights.EMBEDDED, QUESTION, 1, Parameters(max_tokens=1)).body())
    assert (short.finish, short.usage["completion_tokens"]) == ("length", 1)


def test_the_same_seed_draws_the_same_reply(server: serve.Server) -> None:
    client = Client(server.url, timeout=60, sleep=lambda _: None)
    request = Request(weights.EMBEDDED, "Name a fruit.", 1, Parameters(temperature=1.5, max_tokens=3))
    first, second = (client.ask(request.body()) for _ in range(2))
    assert first.text == second.text


def test_the_models_are_listed_and_mistakes_are_told(server: serve.Server) -> None:
    listed = requests.get(f"{server.url}/models", timeout=30).json()
    assert [model["id"] for model in listed["data"]] == [weights.EMBEDDED]
    assert requests.get(f"{server.url}/elsewhere", timeout=30).status_code == 404
    client = Client(server.url, timeout=60, sleep=lambda _: None)
    good = Request(weights.EMBEDDED, QUESTION, 1).body()
    for change, told in [
        ({"model": "qwen"}, "status 404 .*there is no model 'qwen'"),
        ({"messages": []}, "status 400 .*messages: List should have at least 1 item"),
        ({"temperature": 9}, "status 400 .*temperature: "),
        ({"stream": True}, "status 400 .*stream: "),
        ({"max_tokens": 9000}, "status 400 .*tokens are more than the model's 8192"),
        ({"seed": -1}, "status 400 .*seed: "),
    ]:
        with pytest.raises(PaperlibError, match=told):
            client.ask({**good, **change})
    broken = requests.post(f"{server.url}/chat/completions", data=b"{", timeout=30)
    assert (broken.status_code, broken.json()["error"]["type"]) == (400, "invalid_request_error")
