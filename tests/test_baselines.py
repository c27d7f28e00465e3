"""The baselines by name: frequent answers worked out by hand, rule-based parsers on whole datasets."""

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from paperlib.baselines.registry import BASELINES, frequent_fields, most_frequent, predict
from paperlib.benchmark.edgejson import generate
from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.schemas import Schemas, load_schemas
from paperlib.data.third_party import load_named
from paperlib.evaluation.metrics import Score, score
from paperlib.training.corpus import schemas_of


def example(id_: str, schema_id: str, answer: Any, text: str = "") -> Example:
    return Example(id_, schema_id, None, "train", "", text, answer)


OWN_SCHEMAS = load_schemas()


def answers(name: str, train: list[Example], test: list[Example]) -> list[Any]:
    return [json.loads(p.output) for p in predict(name, train, test, OWN_SCHEMAS)]


def test_majorities_by_hand() -> None:
    train = [
        example("1", "note", {"a": 1, "b": {"c": "x"}, "d": [1]}),
        example("2", "note", {"a": 2, "b": {"c": "x"}}),
        example("3", "note", {"a": 2, "b": {"c": "y"}}),
        example("4", "other", {"z": True}),
        example("5", "other", {"z": True}),
    ]
    test = [example("6", "note", None), example("7", "other", None), example("8", "unknown", None)]
    assert answers("majority", train, test) == [train[0].answer, {"z": True}, {}]
    assert answers("majority-overall", train, test) == [{"z": True}] * 3
    assert answers("majority-by-field", train, test) == [{"a": 2, "b": {"c": "x"}}, {"z": True}, {}]
    assert answers("empty", train, test) == [{}, {}, {}]
    assert answers("majority-overall", [], test) == [{}, {}, {}]


def test_ties_go_to_the_earliest_and_true_is_not_one() -> None:
    assert most_frequent([1, True, 1, True]) == 1
    assert most_frequent([True, 1]) is True
    assert frequent_fields([[1], [1], [2]]) == [1]


def test_answers_do_not_depend_on_the_expected_ones() -> None:
    data = generate(40, 12, 0)
    train, test = data[:40], data[40:]
    blind = [replace(e, answer=None, spans=()) for e in test]
    for name in BASELINES.keys() - {"recoverable"}:
        assert answers(name, train, test) == answers(name, train, blind)


def test_unknown_names_and_missing_schemas_are_named() -> None:
    with pytest.raises(PaperlibError, match=r"no baseline 'rule'.*rules"):
        predict("rule", [], [], Schemas())
    with pytest.raises(PaperlibError, match="no schema 'note'"):
        predict("rules", [], [example("1", "note", {})], OWN_SCHEMAS)
    with pytest.raises(PaperlibError, match="rules-unnamed needs"):
        predict("rules-unnamed", [], [], Schemas())


def exact(scores: list[Score]) -> float:
    return sum(s.json_exact for s in scores) / len(scores)


@pytest.mark.parametrize("name", ["rules", "rules-unnamed"])
def test_our_label_value_texts_are_read_without_a_mistake(name: str) -> None:
    data, schemas = generate(120, 40, 3), OWN_SCHEMAS
    data = [e for e in data if e.surface == "label_value"]
    assert exact(score(data, predict(name, [], data, schemas), schemas)) == 1.0


def test_the_published_training_texts_are_read() -> None:
    root = paths.data_root()
    if root is None or not (root / "edgejson_v3").is_dir():
        pytest.skip("PAPERLIB_DATA names no folder that holds edgejson_v3/")
    data, schemas = load_named("edgejson_v3"), schemas_of("edgejson_v3")
    scores = score(data, predict("rules", [], data, schemas), schemas)
    assert exact(scores) >= 0.85
    assert all(s.error is None for s in scores)


def test_no_model_library_is_loaded() -> None:
    code = "import sys, paperlib.baselines.text_recoverability; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
