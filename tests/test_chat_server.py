"""What `paperlib export` writes, behind the OpenAI chat API: asked by the real client, several at a time, and badly."""

import json
import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest
import small_models
from conftest import needs_llama_cpp

from paperlib.decoding.engines.export.gguf_file import tensors, write_gguf
from paperlib.decoding.engines.export.gguf_metadata import metadata
from paperlib.decoding.engines.llama_cpp import serving
from paperlib.training import models
from paperlib.training.models import LoadedModel

pytestmark = needs_llama_cpp
TEXT = "Colour: red, and it is on."
SCHEMA = {
    "type": "object",
    "properties": {"on": {"type": "boolean"}, "colour": {"enum": ["red", "blue"]}},
    "required": ["on", "colour"],
    "additionalProperties": False,
}
FORMAT: Any = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True}}
LONG = 100_000  # tokens of an answer that takes far longer than any test waits
SECONDS = 30.0  # that a client waits


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of two slots."""
    tokenizer = models.train_tokenizer([TEXT, json.dumps(SCHEMA)] * 3, 300)
    model = small_models.build("llama", len(tokenizer), max_position_embeddings=2 * LONG)
    loaded, file = LoadedModel(model, tokenizer, "tiny"), tmp_path_factory.mktemp("served") / "tiny.gguf"
    write_gguf(file, "tiny", "llama", metadata(loaded, ""), tensors(loaded, "f16"), "f16")
    with serving(file, threads=1, slots=2, context=2 * LONG) as found:
        yield found


@pytest.fixture
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=url, api_key="none", timeout=SECONDS, max_retries=0) as found:
        yield found


def ask(client: openai.OpenAI, **more: Any) -> Any:
    request: dict[str, Any] = {"messages": [{"role": "user", "content": TEXT}], "temperature": 0, "max_tokens": 400}
    return client.chat.completions.create(model="tiny", **(request | {"response_format": FORMAT} | more))


def checked(text: str) -> dict[str, Any]:
    """The answer, whose fields have to come in the order of the schema."""
    answer = json.loads(text)
    assert list(answer) == ["on", "colour"]
    assert answer["on"] in (True, False)
    assert answer["colour"] in ("red", "blue")
    return dict(answer)


def test_an_answer_is_the_same_in_one_piece_and_streamed(client: openai.OpenAI) -> None:
    (choice,) = ask(client).choices
    assert choice.finish_reason == "stop"
    chunks = list(ask(client, stream=True))
    assert len(chunks) > 2
    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert checked(streamed) == checked(choice.message.content)


def test_eight_clients_at_once_all_get_their_answers(client: openai.OpenAI) -> None:
    texts = [f"{TEXT} Number {n}." for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        replies = pool.map(lambda text: ask(client, messages=[{"role": "user", "content": text}]), texts)
        together = [checked(reply.choices[0].message.content) for reply in replies]
    alone = [ask(client, messages=[{"role": "user", "content": text}]).choices[0].message.content for text in texts]
    assert together == [checked(text) for text in alone]


def test_clients_that_die_in_the_middle_of_an_answer_leave_their_slots_to_others(
    client: openai.OpenAI, url: str
) -> None:
    body = {"messages": [{"role": "user", "content": "a"}], "max_tokens": LONG, "stream": True, "ignore_eos": True}
    host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    data = json.dumps(body).encode()
    for _ in range(3):  # more than there are slots
        with socket.create_connection((host, int(port)), SECONDS) as dying:
            dying.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
            seen = b""
            while b"data:" not in seen:  # it has begun to answer
                seen += dying.recv(1000)
            dying.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset, as if killed
    checked(ask(client).choices[0].message.content)


@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_that_does_not_fit_is_refused_by_its_length_and_the_server_goes_on(
    client: openai.OpenAI, stream: bool
) -> None:
    message = {"role": "user", "content": "a " * (3 * LONG)}
    with pytest.raises(openai.BadRequestError, match=r"exceeds the available context size"):
        list(ask(client, messages=[message], stream=stream))
    checked(ask(client).choices[0].message.content)


def test_a_schema_that_the_grammar_does_not_know_is_refused_and_the_server_goes_on(client: openai.OpenAI) -> None:
    odd = {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "strin"}}}
    with pytest.raises(openai.BadRequestError, match="strin"):
        ask(client, response_format=odd)
    checked(ask(client).choices[0].message.content)
