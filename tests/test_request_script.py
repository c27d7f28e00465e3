"""The script that comes with an export, in Node: its prompts are ours, and a server answers its requests."""

import json
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from conftest import needs_llama_cpp
from tiny_export import TEXT, trained_folder

from paperlib import cli
from paperlib.core import paths
from paperlib.data.examples import Example
from paperlib.data.prompts import render_prompt, with_schema
from paperlib.data.schemas import Schemas, load_schemas, schema_of, schema_violations
from paperlib.decoding.engines.llama_cpp import serving

ODD = f"{TEXT}\nOn 3 May 2027 at 10:30:\t«Höß» ✓\n"
ORDER = {
    "type": "object",
    "properties": {
        "place": {"type": "string"},
        "colours": {"type": "array", "items": {"enum": ["red", "blue"]}, "minItems": 1, "maxItems": 2},
        "paid": {"type": "object", "properties": {"on": {"type": ["boolean", "null"]}}, "required": ["on"]},
        "day": {"type": "string", "format": "date"},
    },
    "required": ["place", "colours", "paid", "day"],
}
NODE = shutil.which("node")
pytestmark = [
    pytest.mark.skipif(NODE is None, reason="there is no Node"),
    needs_llama_cpp,
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("export")
    folder = trained_folder(place / "letters", layout="indented")
    (folder / "schema.json").unlink()
    out = place / "out"
    assert cli.main(["export", str(folder), "--quantise", "f16", "--threads", "1", "--out", str(out)]) == 0
    return out


def node(exported: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(NODE), str(exported / "request/request.js"), *map(str, options)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def asked(exported: Path, place: Path, schema: dict[str, Any]) -> dict[str, Any]:
    """The request about ODD, whose schema and text are written to files in ``place``."""
    (place / "s.json").write_text(json.dumps(schema))
    (place / "t.txt").write_text(ODD)
    return dict(json.loads(node(exported, place / "s.json", place / "t.txt").stdout))


def test_the_worked_request_is_that_of_the_folder(exported: Path) -> None:
    ours = json.loads((exported / "request.json").read_text())
    theirs = json.loads(node(exported, exported / "request/schema.json", exported / "request/text.txt").stdout)
    assert theirs["prompt"] == ours["prompt"]
    assert "node request/request.js" in (exported / "README.md").read_text()


@pytest.mark.parametrize("schema_id", ["order", *sorted(load_schemas())[::6]])
def test_its_prompts_are_those_of_extract(schema_id: str, exported: Path, tmp_path: Path) -> None:
    schema = {**load_schemas(), "order": schema_of(ORDER, "order", "order")}[schema_id]
    example = Example("", schema_id, None, "", "", ODD, None)
    theirs = asked(exported, tmp_path, schema.body)["prompt"]
    assert theirs == render_prompt(with_schema(example, Schemas({schema_id: schema})).text)


def test_its_requests_are_answered_under_the_schema_in_the_layout_of_the_training(
    exported: Path, tmp_path: Path
) -> None:
    request = asked(exported, tmp_path, ORDER)
    with serving(exported / "model.gguf", threads=1, slots=1, context=4096) as url:
        posted = urllib.request.Request(f"{url.removesuffix('/v1')}/completion", json.dumps(request).encode())
        with urllib.request.urlopen(posted) as reply:
            answered = json.load(reply)
    value = json.loads(answered["content"])
    assert schema_violations(value, schema_of(ORDER, "order", "order")) == []
    assert answered["content"].strip() == json.dumps(value, indent=2, ensure_ascii=False)
    assert " ".join(value["place"].split()) in " ".join(ODD.split())


def test_for_ollama_the_prompt_is_whole_and_the_schema_keeps_its_order(exported: Path) -> None:
    files = exported / "request/schema.json", exported / "request/text.txt"
    request = json.loads(node(exported, "--ollama", *files).stdout)
    assert request["prompt"] == json.loads((exported / "request.json").read_text())["prompt"]
    assert (request["model"], request["raw"]) == ("letters", True)
    assert list(request["format"]["properties"]) == ["name", "email", "phone"]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (
            '{"type": "object", "properties": {"a": {"type": "strin"}}}',
            'The schema at /properties/a: "strin" is no type',
        ),
        ('{"type": "object",', "Line 1, column 19 of the schema is no JSON"),
        (None, "no such file"),
    ],
)
def test_what_it_cannot_read_is_one_line(schema: str | None, said: str, exported: Path, tmp_path: Path) -> None:
    if schema is not None:
        (tmp_path / "s.json").write_text(schema)
    done = node(exported, tmp_path / "s.json", exported / "request/text.txt")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_its_parts_are_those_of_the_demo(exported: Path) -> None:
    for part in ("grammar.js", "prompt.js", "schema.js"):
        assert (exported / "request" / part).read_bytes() == (paths.DEMO / part).read_bytes()
