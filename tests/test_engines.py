"""llama.cpp as a server: a tiny model answers under a schema; what is missing or taken is one line."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import tiny_gguf
from conftest import needs_llama_cpp

from paperlib import cli
from paperlib.core.errors import DataError, PaperlibError
from paperlib.decoding.engines import llama_cpp
from paperlib.decoding.engines.llama_cpp import gguf_of, serving
from paperlib.teacher.client import TOO_LONG, Reply, complete, connect
from paperlib.training import weights

SCHEMA = {
    "type": "object",
    "properties": {"colour": {"enum": ["red", "blue"]}, "on": {"type": "boolean"}},
    "required": ["colour", "on"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}
# In place of xllamacpp: accepts connections and answers nothing.
FAKE = """
import socket
class Any:
    def __getattr__(self, name):
        self.__dict__[name] = Any()
        return self.__dict__[name]
CommonParams = Any
class Server:
    def __init__(self, parameters):
        if parameters.model.path.endswith("bad.gguf"):
            raise RuntimeError("Failed to init server")
        print("slots", parameters.n_parallel, "context", parameters.n_ctx, "threads", parameters.cpuparams.n_threads)
        self.socket = socket.create_server((parameters.hostnames[0], parameters.port))
        self.listening_address = "http://127.0.0.1:%d" % self.socket.getsockname()[1]
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny_gguf.write(tmp_path / "tiny.gguf")


async def ask(url: str, *prompts: str, **more: Any) -> list[Reply]:
    async with connect(url) as client:
        asked = [{"model": "tiny", "messages": [{"role": "user", "content": prompt}], **more} for prompt in prompts]
        return await asyncio.gather(*(complete(client, request) for request in asked))


@needs_llama_cpp
def test_a_tiny_model_answers_under_a_schema_several_at_a_time(model: Path) -> None:
    with serving(model, threads=1, slots=2, context=512) as url:
        assert url.startswith("http://127.0.0.1:")
        replies = asyncio.run(ask(url, "a", "b", "c", max_tokens=200, response_format=FORMAT))
        (refused,) = asyncio.run(ask(url, "long " * 200))
    for reply in replies:
        assert reply.finish_reason == "stop"
        assert set(json.loads(reply.text)) == {"colour", "on"}
        assert reply.usage["completion_tokens"] > 0
    assert refused.finish_reason == TOO_LONG
    with socket.socket() as gone:
        assert gone.connect_ex(("127.0.0.1", int(url.split(":")[2].split("/")[0]))) != 0


@needs_llama_cpp
def test_a_file_that_llama_cpp_cannot_load_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "half.gguf").write_bytes(b"GGUF" + bytes(20))
    with pytest.raises(PaperlibError, match=r"half\.gguf: llama\.cpp cannot serve it"), serving(tmp_path / "half.gguf"):
        pass


def test_a_missing_package_is_named_with_its_extra(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(PaperlibError, match=r"pip install 'paperlib\[engines\]'"), serving(model):
        pass


def test_a_base_by_name_is_obtained_and_a_file_is_taken_as_it_is(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "gguf", lambda base: tmp_path / f"{base}.gguf")
    assert gguf_of("gemma-3-270m") == tmp_path / "gemma-3-270m.gguf"
    assert gguf_of(str(model)) == model


def test_what_is_no_model_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("hello")
    with pytest.raises(DataError, match=r"text\.gguf: is no GGUF file"):
        gguf_of(str(tmp_path / "text.gguf"))
    with pytest.raises(PaperlibError, match=r"model 'gemma-3-270': no such file.*did you mean gemma-3-270m\?"):
        gguf_of("gemma-3-270")


@pytest.mark.parametrize("port", ["taken", "70000"])
def test_a_port_that_cannot_be_had_is_one_line(
    port: str, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", llama_cpp)  # any module: it is not asked for a server
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = str(other.getsockname()[1]) if port == "taken" else port
        assert cli.main(["serve", str(model), "--port", number]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"paperlib: port {number}: ")
    assert said.count("\n") == 1
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_its_address_and_ends_while_a_client_waits(number: int, model: Path, tmp_path: Path) -> None:
    (tmp_path / "xllamacpp.py").write_text(FAKE)
    start = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from paperlib import cli; sys.exit(cli.main())"
    limits = ["--port", "0", "--slots", "3", "--context", "100", "--threads", "1"]
    command = [sys.executable, "-c", start, "serve", str(model), *limits]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(3)]
        assert lines[0] == "slots 3 context 300 threads 1\n"
        url = lines[1].split(": tiny")[0]
        assert lines[2].startswith(f"curl {url}/chat/completions ")
        assert '"json_schema"' in lines[2]
        with socket.create_connection(("127.0.0.1", int(url.split(":")[2].split("/")[0]))):
            server.send_signal(number)
            assert server.wait(20) == 0


@needs_llama_cpp
def test_serve_ends_in_the_middle_of_an_answer(model: Path) -> None:
    command = [sys.executable, "-m", "paperlib.cli", "serve", str(model), "--port", "0", "--threads", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split(": tiny")[0]
        body = {"messages": [{"role": "user", "content": "a"}], "max_tokens": 8000, "stream": True, "ignore_eos": True}
        request = urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode())
        with urllib.request.urlopen(request) as answer:
            assert answer.readline()
            server.send_signal(signal.SIGTERM)
            assert server.wait(20) == 0
