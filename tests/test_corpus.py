"""Which examples a run is trained on: a fraction that grows by inclusion, and further ones on top of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from paperlib.benchmark.standard import build as standard
from paperlib.core import paths
from paperlib.core.config import STANDARD, DataConfig, TrainConfig
from paperlib.core.errors import DataError, PaperlibError
from paperlib.data.examples import Example
from paperlib.data.prompts import with_prompt_style
from paperlib.data.schemas import Schemas
from paperlib.training import corpus
from paperlib.training.corpus import Data
from paperlib.training.documents.drawing import draw_documents

DATA = Data([Example(f"p{i}", "note", None, "train", "", f"text {i}", {}) for i in range(40)], [], Schemas())


def chosen(data: str = "edgejson_v3", **given: object) -> list[str]:
    config = TrainConfig(run="r", profile="p", data=data, **given)  # type: ignore[arg-type]
    return [example.id for example in corpus.training_examples(config, DATA)]


def test_all_are_trained_on_in_their_order_unless_asked_otherwise() -> None:
    assert chosen() == [example.id for example in DATA.train]


def test_a_larger_fraction_holds_the_smaller_one() -> None:
    quarter, half = chosen(train_fraction=0.25), chosen(train_fraction=0.5)
    assert (len(quarter), len(half)) == (10, 20)
    assert set(quarter) < set(half)
    assert half != [f"p{i}" for i in range(20)], "not the first ones"
    assert len(chosen(train_fraction=0.001)) == 1


def test_extra_examples_come_on_top_and_are_training_examples() -> None:
    config = TrainConfig(run="r", profile="p", data="edgejson_v3", train_fraction=0.5, extra_examples=30)
    examples = corpus.training_examples(config, DATA)
    assert len(examples) == 50
    assert {example.split for example in examples} == {"train"}
    assert len({example.id for example in examples}) == 50


def test_edgejson_takes_no_extra_examples_of_itself() -> None:
    with pytest.raises(PaperlibError, match="run 'r': extra_examples=5 on edgejson"):
        chosen(data="edgejson", extra_examples=5)


def test_examples_under_schemas_of_their_own_come_with_them() -> None:
    config = {"run": "r", "profile": "p", "data": "standard", "prompt": "schema"}
    data = corpus.Data(*standard.train_and_test("standard", 10, 1, 0), corpus.schemas_of("standard"))
    found = corpus.training_examples(
        TrainConfig.model_validate({**config, "schema_augmented": 15, "extra_examples": 4}), data
    )
    assert len({example.id for example in found}) == len(found) == 29
    assert all(example.text.startswith("{") for example in found)
    assert sum("~" in example.schema_id for example in found) == 15


@pytest.mark.parametrize("values", [{"data": "standard"}, {"data": "edgejson", "prompt": "schema"}])
def test_schemas_of_their_own_have_to_be_shown(values: dict[str, str]) -> None:
    with pytest.raises(PaperlibError, match="run 'r': schema_augmented=5 needs prompt: schema and data: standard"):
        chosen(schema_augmented=5, **values)


@pytest.mark.parametrize("dataset", STANDARD)
def test_every_example_of_the_benchmark_has_its_schema(
    dataset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    data = corpus.make_data(DataConfig(profile="smoke", dataset=dataset, n_train=12, n_test=12))
    for part in (data.train, data.test):
        first, *_ = with_prompt_style(part, data.schemas, "schema")
        assert first.text.startswith("{")
        assert first.text.endswith(part[0].text)
        assert len(with_prompt_style(part, data.schemas, "schema")) == 12


def write_cases(root: Path, *schemas: object) -> None:
    rows = [
        {"id": f"c{i}", "text": f"N: {i}", "schema": schema, "answer": {"n": i}} for i, schema in enumerate(schemas)
    ]
    (root / "cases").mkdir()
    (root / "cases" / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_cases_are_tested_on_alone_each_under_its_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setenv("PAPERLIB_DATA", str(tmp_path))
    write_cases(tmp_path, *({"type": "object", "properties": {name: {"type": "integer"}}} for name in ("n", "m")))
    made = corpus.make_data(DataConfig(profile="smoke", dataset="cases"))
    assert made == corpus.load_data("smoke", "cases")
    assert (made.train, [e.id for e in made.test]) == ([], ["c0", "c1"])
    shown = [e.text for e in with_prompt_style(made.test, made.schemas, "schema")]
    assert shown == ["{n?: integer}\n\nN: 0", "{m?: integer}\n\nN: 1"]


def test_a_case_with_a_bad_schema_is_named_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setenv("PAPERLIB_DATA", str(tmp_path))
    write_cases(tmp_path, {"type": "object", "properties": {"n": {"type": "integer"}}}, {"type": 3})
    with pytest.raises(DataError, match=r"cases\.jsonl:2: schema: not a valid JSON Schema at /type"):
        corpus.make_data(DataConfig(profile="smoke", dataset="cases"))
    assert not (tmp_path / "build").exists()


def test_documents_are_tested_on_alone_each_under_its_schema_and_none_is_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    data = corpus.make_data(DataConfig(profile="smoke", dataset="documents", n_test=30))
    assert data == corpus.load_data("smoke", "documents")
    assert not data.train
    assert {example.id for example in data.test} <= data.schemas.keys()
    drawn, _ = draw_documents(200, 1)
    assert {example.text for example in data.test}.isdisjoint(example.text for example in drawn)


DRAWING = """
import json
from paperlib.benchmark.edgejson import generate
from paperlib.benchmark.function_calls.call_drawing import draw_calls
from paperlib.training.documents.drawing import draw_documents
drawn = [draw_calls(300, "run0"), draw_documents(150, 11)]
print(json.dumps([[one.text, one.answer, schemas[one.schema_id].body] for part, schemas in drawn for one in part]))
print([one.text for one in generate(60, 30, 11)])
"""


def test_what_is_drawn_does_not_depend_on_how_python_hashes_strings() -> None:
    drawn = {
        subprocess.run(
            [sys.executable, "-c", DRAWING], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1")
    }
    assert len(drawn) == 1
    assert len(drawn.pop()) > 100_000
