"""``paperlib serve`` with an intent classifier: what it answers over HTTP, what it refuses, and how it ends."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from test_intent_classifier import TEXTS, student, written

from paperlib import Classifier
from paperlib.core.errors import PaperlibError
from paperlib.decoding.intents.classify_server import serving_classifier
from paperlib.decoding.json_server import LARGEST


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("my-intents"), *student(tmp_path_factory.mktemp("encoder")))


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with serving_classifier(Classifier.load(folder), "mine") as url:
        yield url


def asked(url: str, body: Any, path: str = "/classify") -> tuple[int, Any]:
    """Status and answer of a request; ``body`` is sent as JSON unless it is bytes or, for GET, None."""
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url + path, data), timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_it_answers_what_the_classifier_does(url: str, folder: Path) -> None:
    expected = [one.as_json() for one in Classifier.load(folder).classify(TEXTS, candidates=1)]
    status, answer = asked(url, {"input": TEXTS, "candidates": 1})
    assert (status, answer["object"], answer["model"]) == (200, "list", "mine")
    assert answer["data"] == [{"index": n, **one} for n, one in enumerate(expected)]
    assert asked(url, {"input": TEXTS[0], "model": "any"})[1]["data"][0]["intent"] == expected[0]["intent"]
    refused = asked(url, {"input": "where is my card?", "threshold": 1})[1]["data"][0]
    assert refused["intent"] is None
    assert len(refused["candidates"]) == 2
    assert asked(url, {"input": []}) == (200, {"object": "list", "model": "mine", "data": []})


def test_it_says_that_it_is_there(url: str) -> None:
    status, models = asked(url, None, "/models")
    assert 0 <= time.time() - models["data"][0].pop("created") < 24 * 3600
    model = {"id": "mine", "object": "model", "owned_by": "paperlib"}
    assert (status, models) == (200, {"object": "list", "data": [model]})
    assert asked(url.removesuffix("/v1"), None, "/health") == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", "the request is not valid JSON"),
        (b'{"input": "\xe9"}', "the request is not valid JSON (not UTF-8"),
        (b'{"input": "\\ud800"}', "half of a surrogate pair"),
        ({}, "expected an object with the field 'input' and, if you like, model, threshold, candidates"),
        (["text"], "expected an object"),
        ({"input": "text", "treshold": 0.5}, "expected an object"),
        ({"input": ["text", 1]}, "field 'input': expected a string, or an array of strings"),
        ({"input": "text", "threshold": 2}, "field 'threshold': expected a number from 0 to 1, or null"),
        ({"input": "text", "threshold": True}, "field 'threshold'"),
        ({"input": "text", "candidates": -1}, "field 'candidates': expected a whole number of at least 0"),
        ({"input": "text", "candidates": 1.5}, "field 'candidates'"),
        (b'{"input": "text", "candidates": "3"}', "field 'candidates'"),
    ],
)
def test_a_mistake_is_told(body: Any, expected: str, url: str) -> None:
    status, answer = asked(url, body)
    assert expected in answer["error"].pop("message")
    assert (status, answer) == (400, {"error": {"type": "invalid_request_error", "param": None, "code": None}})


def test_what_is_elsewhere_or_too_large_is_refused(url: str) -> None:
    assert asked(url, {"messages": []}, "/chat/completions")[0] == 404
    assert asked(url, None, "/classify")[0] == 404
    host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.sendall(b"POST /v1/classify HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (LARGEST + 1))
        assert client.makefile("rb").readline().startswith(b"HTTP/1.1 413 ")
    with pytest.raises(urllib.error.HTTPError) as told:  # which sends all of it before it reads
        urllib.request.urlopen(f"{url}/classify", b" " * (5 * LARGEST))
    assert (told.value.code, told.value.headers["Connection"]) == (413, "close")
    for length, status in ((b"Content-Length: %s\r\n" % (b"9" * 5000), b"413"), (b"", b"411")):
        with socket.create_connection((host, int(port)), timeout=20) as client:
            client.sendall(b"POST /v1/classify HTTP/1.1\r\n%s\r\n" % length)
            assert client.makefile("rb").readline().startswith(b"HTTP/1.1 %s " % status)


def test_clients_are_answered_at_the_same_time(url: str) -> None:
    texts = [f"card {n} is lost" for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: asked(url, {"input": text})[1]["data"][0], texts))
    together = asked(url, {"input": texts})[1]["data"]
    assert [one["intent"] for one in found] == [one["intent"] for one in together]


def test_a_port_that_cannot_be_had_is_one_line(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        for port in (other.getsockname()[1], 70_000):
            with (
                pytest.raises(PaperlibError, match=rf"^port {port}: .*; name another with --port$"),
                serving_classifier(Classifier.load(folder), "mine", port),
            ):
                pass


def test_the_command_prints_its_address_and_ends(folder: Path) -> None:
    command = [sys.executable, "-m", "paperlib.cli", "serve", str(folder), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        told, curl = server.stdout.readline(), server.stdout.readline()
        url, _, what = told.partition(": ")
        assert what == f"{folder.name}, a classifier of 2 intents; Ctrl-C ends the server\n"
        assert curl.startswith(f"curl {url}/classify ")
        assert asked(url, {"input": "my card"})[0] == 200
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
