"""Our readers beside other tools on the same texts: how each is opened, what is kept, and how it is shown."""

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
import tiny_gguf

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.records import Metric
from paperlib.data.examples import Example
from paperlib.data.schemas import Schemas, schema_of
from paperlib.evaluation.tool_comparison import __main__ as command
from paperlib.evaluation.tool_comparison import comparing, lang_extract, tool_worker
from paperlib.evaluation.tool_comparison.tool_records import ComparisonConfig, ToolRecord, load_tools
from paperlib.evaluation.tool_comparison.tools import tool_of
from paperlib.paper import tool_page, tool_results
from paperlib.training import weights
from paperlib.training.bases import BASES

FIELDS = {key: {"type": "string", "description": f"The {key}."} for key in lang_extract.FOUND}
RECEIPT = schema_of({"type": "object", "properties": FIELDS, "additionalProperties": False}, "receipt", "Receipt")
SCHEMAS = Schemas({"receipt": RECEIPT})
TEXT = Example(
    "a", "receipt", None, "test", "", "Company: Tea House\nDate: 4 May\nTotal: 5.10", {"company": "Tea House"}
)
needs_llama_cpp = pytest.mark.skipif(find_spec("xllamacpp") is None, reason="the extra 'engines' is not installed")
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
    assert (tool.name, tool.package, tool.download()) == ("rules", (), [])


@needs_llama_cpp
def test_llama_cpp_answers_under_the_schema_in_a_process_of_its_own(tiny: str) -> None:
    tool = tool_of(f"llama.cpp:{tiny}")
    with tool.opened(SCHEMAS, 1) as reader:
        assert set(json.loads(reader.read(TEXT))) <= set(FIELDS)
        assert 0 < reader.peak_memory_gb() < 2
    assert [path.name for path in tool.download()] == ["tiny.gguf"]


@needs_llama_cpp
@needs_langextract
def test_langextract_reads_through_the_server(tiny: str) -> None:
    with tool_of(f"langextract:{tiny}").opened(SCHEMAS, 1) as reader:
        assert set(json.loads(reader.read(TEXT))) <= set(FIELDS)


@needs_langextract
def test_langextract_is_for_the_fields_of_its_example() -> None:
    other = Schemas({"lamp": schema_of({"properties": {"on": {"type": "boolean"}}}, "lamp", "Lamp")})
    with pytest.raises(PaperlibError, match=r"schema 'lamp'; expected the fields company, address"):
        lang_extract.reading("http://127.0.0.1:1/v1", "tiny", other, 10)


def test_the_first_extraction_of_a_class_is_the_field_on_one_line() -> None:
    pairs = [("address", "1 Hill St\n Kajang"), ("shop", "x"), ("address", "later")]
    found = [SimpleNamespace(extraction_class=key, extraction_text=text) for key, text in pairs]
    assert lang_extract.record_of(found, RECEIPT) == {"address": "1 Hill St Kajang"}
    assert "- total: The total." in lang_extract.instruction(RECEIPT)
    assert all(value in lang_extract.TEXT for value in lang_extract.FOUND.values())


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


def test_a_record_a_tool_and_a_second_call_reads_nothing_again(
    read: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["rules", "--test", "edgejson", "--examples", "4", "--threads", "1", "--out", str(tmp_path / "out")]
    command.main(call)
    assert read == ["rules", "rules"], "twice by default"
    assert "4/4" in capsys.readouterr().out
    (record,) = load_tools(tmp_path / "out")
    assert (record.test_set, record.split, record.tool, len(record.seconds)) == ("edgejson", "test", "rules", 2)
    assert record.leaves[0] == record.leaves[1] > 4, "label lines, which rules read"
    assert record.megabytes == 0 < record.peak_memory_gb[0]
    command.main(call)
    assert read == ["rules", "rules"]


def test_the_defaults_are_tools_that_exist() -> None:
    assert [tool_of(name).name for name in command.parsed([]).tools] == command.TOOLS


def record(tool: str, f1: float, seconds: float, test: str = "sroie") -> ToolRecord:
    made = {"metric": "field_f1", "group": "overall", "name": "all", "n": 10, "k": None, "interval": "wilson"}
    rows = [Metric(**made, value=f1, low=f1 - 0.1, high=f1 + 0.1)]
    rows.append(Metric(**{**made, "metric": "json_exact", "k": 3}, value=0.3, low=0.1, high=0.6))
    timed = {"load_seconds": (3, 5), "seconds": (seconds, seconds), "slowest": (9, 9), "peak_memory_gb": (1, 2)}
    origin = {"created": "", "git_commit": "", "git_dirty": False, "config_hash": "", "prompt_hash": ""}
    origin |= {"hardware": {"cpu": "Abacus", "threads": 2}, "versions": {"xllamacpp": "1.2"}}
    about = {"megabytes": 91.6, "test_set": test, "split": "held-out", "test_hash": "", "seed": 0, "leaves": (30, 40)}
    config = ComparisonConfig(test=test)
    return ToolRecord(tool=tool, metrics=tuple(rows), config=config, provenance=origin, **about, **timed)  # type: ignore[arg-type]


RECORDS = [
    record("rules", 0.2, 0.01),
    record("llama.cpp:qwen2.5-coder-1.5b-instruct", 0.5, 11),
    record("paperlib:build/models/mine", 0.8, 2.5),
    record("paperlib:general-reader", 0.7, 2, "cases"),
]


def test_the_table_has_a_block_a_test_set_and_a_row_a_tool() -> None:
    table = tool_results.comparison(RECORDS).markdown
    assert "10 receipts, 2 threads" in table
    assert "10 cases, 2 threads" in table
    row = "| llama.cpp, schema as grammar: 1.54B | 30/40 | 0.500 [0.400, 0.600] | 3/10 | 11.0 [11.0, 11.0] |"
    assert row in table
    assert "| This package: mine |" in table


def test_page_and_macros() -> None:
    page = tool_page.render(RECORDS)
    assert page.startswith("Measured on Abacus, 2 threads, 2 repeats.\n\nPackages: xllamacpp 1.2.")
    assert tool_page.render([]) == tool_page.NOTHING
    said = "10 of the receipts ([more](data/results/TOOL_COMPARISON.md)), F1 and seconds each: "
    assert f"{said}This package: mine, 0.80 in 2.50 s; " in tool_page.in_short(RECORDS)
    assert tool_page.in_short([]) == ""
    found = dict(tool_results.macros(RECORDS))
    assert found["ToolLlamaCppOneFiveFourBSroieFOneInterval"] == "[0.400, 0.600]"
    assert (found["ToolPaperlibGeneralReaderCasesSeconds"], found["ToolsSroieN"]) == ("2.00", "10")


def test_the_figure_has_a_panel_a_test_set_and_names_models() -> None:
    figure = tool_results.figure(RECORDS)
    assert [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes] == [
        "10 receipts, 2 threads",
        "10 cases, 2 threads",
    ]
    assert [text.get_text() for text in figure.axes[0].texts] == ["1.54B", "mine"], "rules need no model"
    assert not tool_results.figure([]).axes
