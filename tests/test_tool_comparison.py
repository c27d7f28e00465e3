"""Our readers beside other tools on the same texts: how each is opened, what is kept, and how it is shown."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import tiny_gguf
from conftest import needs_llama_cpp

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.records import Metric
from paperlib.data.examples import Example
from paperlib.data.schemas import Schemas, schema_of
from paperlib.decoding.engines import chat_answers
from paperlib.decoding.engines.server_process import server_process
from paperlib.evaluation.tool_comparison import __main__ as command
from paperlib.evaluation.tool_comparison import compared_tools, comparing, lang_extract, tool_worker
from paperlib.evaluation.tool_comparison.compared_tools import NoAnswerError, Reader, Tool, tool_of
from paperlib.evaluation.tool_comparison.tool_records import TOOLS, ComparisonConfig, ToolRecord, load_tools
from paperlib.paper import tool_page, tool_results
from paperlib.training import weights
from paperlib.training.bases import BASES

FIELDS = {key: {"type": "string", "description": f"The {key}."} for key in lang_extract.FOUND}
RECEIPT = schema_of({"type": "object", "properties": FIELDS, "additionalProperties": False}, "receipt", "Receipt")
SCHEMAS = Schemas({"receipt": RECEIPT})
TEXT = Example(
    "a", "receipt", None, "test", "", "Company: Tea House\nDate: 4 May\nTotal: 5.10", {"company": "Tea House"}
)
needs_langextract = pytest.mark.skipif(find_spec("langextract") is None, reason="langextract is not installed")


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a base whose GGUF file is a random model of a few kilobytes."""
    monkeypatch.setitem(BASES, "tiny", replace(BASES["qwen2.5-coder-0.5b-instruct"], title="Tiny"))
    file = tiny_gguf.write(tmp_path / "tiny.gguf")
    monkeypatch.setattr(weights, "gguf", lambda *_: file)
    return "tiny"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ruls", "no tool 'ruls'.*did you mean rules"),
        ("rules:x", "expected no model"),
        ("llama.cpp", "expected llama.cpp:MODEL"),
        ("langextract:qwen", "no base 'qwen'; expected one of smollm2"),
    ],
)
def test_a_tool_that_does_not_exist_is_refused_by_name(name: str, said: str) -> None:
    with pytest.raises(PaperlibError, match=said):
        tool_of(name)


def test_rules_read_labels_and_have_nothing_to_fetch() -> None:
    tool = tool_of("rules")
    with tool.opened(SCHEMAS, 1) as reader:
        assert json.loads(reader.read(TEXT))["company"] == "Tea House"
    assert (tool.name, tool.packages, tool.weights()) == ("rules", (), [])


@needs_llama_cpp
def test_llama_cpp_answers_under_the_schema_in_a_process_of_its_own(tiny: str) -> None:
    tool, switch = tool_of(f"llama.cpp:{tiny}"), {"on": {"type": "boolean"}}
    lamp = schema_of({"type": "object", "properties": switch, "required": ["on"]}, "lamp", "Lamp")
    text = replace(TEXT, schema_id="lamp")
    with tool.opened(Schemas({"lamp": lamp}), 1) as reader:
        assert json.loads(reader.read(text))["on"] in (True, False)
        assert 0 < reader.peak_memory_gb() < 2
    assert [path.name for path in tool.weights()] == ["tiny.gguf"]


@needs_llama_cpp
def test_a_schema_that_llama_cpp_refuses_is_no_answer_with_its_reason(
    tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "no such type"}}}
    good = chat_answers.request_of
    monkeypatch.setattr(chat_answers, "request_of", lambda *given: good(*given) | {"response_format": refused})
    with (
        tool_of(f"llama.cpp:{tiny}").opened(SCHEMAS, 1) as reader,
        pytest.raises(NoAnswerError, match="no such type"),
    ):
        reader.read(TEXT)


@needs_llama_cpp
def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "no.gguf").write_text("GGUF, or so it says")
    said = pytest.raises(PaperlibError, match=r"no\.gguf: llama\.cpp's server did not start: .*\w")
    with said, server_process(tmp_path / "no.gguf", 1, 64):
        pass


class Stub(BaseHTTPRequestHandler):
    """A server that finds two addresses, one of which no text holds, and a total."""

    asked: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        found = [{"address": "Nowhere at all"}, {"address": "1 Hill St,\nKajang"}, {"total": "5.10"}]
        said = {"role": "assistant", "content": json.dumps({"extractions": found})}
        choice = {"index": 0, "finish_reason": "stop", "message": said}
        body = {"id": "x", "object": "chat.completion", "created": 0, "model": "tiny", "choices": [choice]}
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: Any) -> None:
        pass


@needs_langextract
def test_langextract_is_shown_an_example_and_its_findings_become_a_record() -> None:
    with HTTPServer(("127.0.0.1", 0), Stub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        read = lang_extract.reading(f"http://127.0.0.1:{server.server_port}/v1", "tiny", SCHEMAS, 10)
        text = "Tea House\n1 Hill St,\nKajang\nTotal 5.10"
        answer = read(replace(TEXT, text=text))
        server.shutdown()
    assert json.loads(answer) == {"address": "1 Hill St, Kajang", "total": "5.10"}
    (asked,) = Stub.asked
    assert asked["response_format"]["type"] == "json_schema"
    assert (asked["temperature"], asked["max_tokens"]) == (0, 10)
    assert all(part in asked["messages"][-1]["content"] for part in (text, lang_extract.TEXT, "- total: The total."))


def test_langextract_is_for_the_fields_of_its_example() -> None:
    other = Schemas({"lamp": schema_of({"properties": {"on": {"type": "boolean"}}}, "lamp", "Lamp")})
    with pytest.raises(PaperlibError, match=r"schema 'lamp'; expected the fields company, address"):
        lang_extract.check(other)


def test_the_first_extraction_of_a_class_that_the_text_holds_is_the_field_on_one_line() -> None:
    rows = [
        ("address", "nowhere", None),
        ("address", "1 Hill St\n Kajang", 1),
        ("shop", "x", 1),
        ("address", "later", 1),
    ]
    found = [
        SimpleNamespace(extraction_class=key, extraction_text=text, char_interval=place) for key, text, place in rows
    ]
    assert lang_extract.flattened(found, RECEIPT) == {"address": "1 Hill St Kajang"}
    assert all(value in lang_extract.TEXT for value in lang_extract.FOUND.values())


def test_what_a_tool_needs_is_said_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(
        PaperlibError, match=r"'llama.cpp:.*' needs the package xllamacpp: pip install 'paperlib\[engines\]'"
    ):
        tool_of("llama.cpp:qwen2.5-coder-0.5b-instruct").check(SCHEMAS)


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Runs every reading in this process, and notes its tool."""
    noted: list[str] = []

    def run(module: str, arguments: list[str], title: str) -> None:
        noted.append(title)
        tool_worker.main(arguments)

    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / "build" / profile)
    monkeypatch.setattr(comparing, "run_step", run)
    return noted


@pytest.fixture
def _odd_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool by the name of odd that has no answer to texts that say "status"."""

    @contextmanager
    def opened(model: str, schemas: Schemas, threads: int) -> Iterator[Reader]:
        def read(example: Example) -> str:
            if "tatus" in example.text:
                raise NoAnswerError("too long")
            return "{}"

        yield Reader(read)

    monkeypatch.setitem(compared_tools.OPENED, "odd", opened)
    monkeypatch.setattr(Tool, "check", lambda *_: None)
    monkeypatch.setattr(Tool, "weights", lambda _: [])


@pytest.mark.usefixtures("_odd_tool")
def test_tools_take_turns_and_a_second_call_reads_nothing_again(
    read: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = [
        "rules",
        "odd:x/y",
        "--test",
        "edgejson",
        "--examples",
        "12",
        "--threads",
        "1",
        "--out",
        str(tmp_path / "out"),
    ]
    command.main(call)
    assert read == ["rules", "odd:x/y", "rules", "odd:x/y"]
    assert capsys.readouterr().out.count("odd:x/y") == 1
    odd, rules = load_tools(tmp_path / "out")
    assert (rules.test_set, rules.split, rules.tool, len(rules.seconds)) == ("edgejson", "test", "rules", 2)
    assert rules.leaves[0] > 0.8 * rules.leaves[1] > 12, "label lines, which rules read"
    assert rules.failed == rules.megabytes == 0 < rules.peak_memory_gb[0]
    assert (odd.tool, odd.leaves[0]) == ("odd:x/y", 0)
    assert 0 < odd.failed < 12
    assert sorted(path.name for path in tmp_path.glob("out/*/*")) == ["odd-x-y.json", "rules.json"]
    command.main([call[0], "odd:z", *call[2:]])
    assert read[4:] == ["odd:z"] * 2, "what was read stays, and another model is another tool"


def test_the_defaults_are_tools_that_exist() -> None:
    assert [tool_of(name).name for name in command.parsed([]).tools] == TOOLS


def record(tool: str, f1: float, seconds: float, test: str = "sroie") -> ToolRecord:
    made = {"metric": "field_f1", "group": "overall", "name": "all", "n": 10, "k": None, "interval": "wilson"}
    rows = [Metric(**made, value=f1, low=f1 - 0.1, high=f1 + 0.1)]
    rows.append(rows[0].model_copy(update={"metric": "normalised_f1", "value": 0.9}))
    rows.append(Metric(**{**made, "metric": "json_exact", "k": 3}, value=0.3, low=0.1, high=0.6))
    timed = {"seconds": (seconds, seconds), "peak_memory_gb": (1, 2)}
    origin = {"created": "", "git_commit": "", "git_dirty": False, "config_hash": "", "prompt_hash": ""}
    origin |= {"hardware": {"cpu": "Abacus", "threads": 2}, "versions": {"xllamacpp": "1.2"}}
    about = {
        "megabytes": 91.6,
        "test_set": test,
        "split": "held-out",
        "test_hash": "",
        "seed": 0,
        "leaves": (30, 40),
        "failed": 0,
    }
    config = ComparisonConfig(test=test)
    return ToolRecord(tool=tool, metrics=tuple(rows), config=config, provenance=origin, **about, **timed)  # type: ignore[arg-type]


RECORDS = [
    record("rules", 0.2, 0.01),
    record("llama.cpp:qwen2.5-coder-1.5b-instruct", 0.5, 11),
    record("paperlib:build/models/mine", 0.8, 2.5),
    record("paperlib:reader-135m", 0.7, 2, "cases"),
]


def test_the_table_has_a_block_a_test_set_and_a_row_a_tool() -> None:
    table = tool_results.comparison(RECORDS).markdown
    assert "10 receipts, 2 threads" in table
    assert "10 cases, 2 threads" in table
    row = "30/40 | 0.500 [0.400, 0.600] | 0.900 | 3/10 | 11.0 [11.0, 11.0] | 1.50 | 92 |"
    assert f"| llama.cpp with grammar: 1.54B | {row}" in table
    assert "| This package: mine |" in table
    assert "| 3/10 | 0.010 | 1.50 |" in table, "rules"


def test_page_and_macros() -> None:
    page = tool_page.render(RECORDS)
    assert page.startswith("Measured on Abacus, 2 threads, 2 repeats.\n\nPackages: xllamacpp 1.2.")
    assert tool_page.render([]) == tool_page.NOTHING
    said = "llama.cpp with grammar (1.54B), field F1 0.500 [0.400, 0.600] at 11.0 s each"
    assert tool_page.in_short(RECORDS[1:2]).count(said) == 2, "the fastest and the most accurate"
    assert tool_page.in_short(RECORDS[3:]) == "", "of cases the README has nothing"
    assert tool_page.render([record("rules", 0.2, 1)]).count("Packages") == 1
    found = dict(tool_results.macros(RECORDS))
    assert found["ToolLlamaCppOneFiveFourBFOneInterval"] == "[0.400, 0.600]"
    assert "ToolsTexts" not in found, "the paper's paragraph needs all tools"
    everything = dict(tool_results.macros([record(name, 0.5, 1) for name in TOOLS]))
    assert (everything["ToolPaperlibReaderOneThreeFiveMSeconds"], everything["ToolsTexts"]) == ("1.00", "10")


def test_the_figure_has_a_panel_a_test_set_and_names_models() -> None:
    figure = tool_results.figure(RECORDS)
    assert [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes] == [
        "10 receipts, 2 threads",
        "10 cases, 2 threads",
    ]
    assert [text.get_text() for text in figure.axes[0].texts] == ["1.54B", "mine"], "rules need no model"
    assert not tool_results.figure([]).axes
