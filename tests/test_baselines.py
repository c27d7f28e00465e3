"""The rule reader and the other baselines on records worked out by hand, and on whole datasets."""

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperlib.baselines.readers import BASELINES, frequent_fields, most_frequent, predict
from paperlib.benchmark.edgejson import generate
from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.label_reader import read_record
from paperlib.data.schemas import Schemas, load_schemas
from paperlib.data.third_party import load_named
from paperlib.evaluation.metrics import Score, score
from paperlib.training.corpus import schemas_of


def obj(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
ITEM = obj(name=STRING, colour=STRING, count=INTEGER)
BOAT = obj(
    boat_name=STRING,
    length=NUMBER,
    crew_size=INTEGER,
    for_sale={"type": "boolean"},
    state={"type": "string", "enum": ["at_sea", "in_port"]},
    sold_on={"type": ["string", "null"]},
    home=obj(harbour=STRING, berth=INTEGER),
    flags={"type": "array", "items": STRING},
    sails={"type": "array", "items": ITEM},
    extra={"type": "object"},
)


def test_types_come_from_the_schema() -> None:
    text = (
        "Boat\n\nBoat Name: Gull: the 2nd\nLENGTH: 1,200.50 cm\ncrew-size: 4 people\n"
        "ForSale: Yes\nState: In Port\nSold on: -"
    )
    assert read_record(text, BOAT) == {
        "boat_name": "Gull: the 2nd",
        "length": 1200.5,
        "crew_size": 4,
        "for_sale": True,
        "state": "in_port",
        "sold_on": None,
    }


def test_indented_objects_lists_and_free_form_objects() -> None:
    text = (
        "Home:\n  Harbour: Bergen\n  Berth: 12\nFlags:\n  red\n  State: odd\nExtra:\n  Hull Paint: blue\n  Year: 1990"
        "\n  Trips:\n    - long\n    - short"
    )
    assert read_record(text, BOAT) == {
        "home": {"harbour": "Bergen", "berth": 12},
        "flags": ["red", "State: odd"],
        "extra": {"hull_paint": "blue", "year": 1990, "trips": ["long", "short"]},
    }


@pytest.mark.parametrize(
    "text",
    [
        "Sails:\n  - Name: jib\n    Count: 1\n  - Colour: red\n    Count: 2",
        "Sails:\n- Name: jib\n  Count: 1\n- Colour: red\n  Count: 2",
        "Sails:\n  Name: jib\n  Count: 1\n  Colour: red\n  Count: 2",
        "Sails\n\n1. Name: jib\n   Count: 1\n2. Colour: red\n   Count: 2",
        "## Sails\n- **Name:** jib\n  **Count:** 1\n- **Colour**: red\n  **Count**: 2",
        'Sails: [{"name": "jib", "count": 1}, {"colour": "red", "count": 2}]',
    ],
)
def test_arrays_of_objects(text: str) -> None:
    expected = [{"name": "jib", "count": 1}, {"colour": "red", "count": 2}]
    assert read_record(f"Boat\n\n{text}\n\nState: at sea", BOAT) == {"sails": expected, "state": "at_sea"}


def test_without_bullets_items_of_a_required_first_field_may_have_any_order() -> None:
    item = obj(("name",), count=INTEGER, name=STRING, colour=STRING)
    schema = obj(sails={"type": "array", "items": item})
    text = "Sails:\n  Name: jib\n  Colour: red\n  Count: 1\n  Name: main\n  Count: 2"
    assert read_record(text, schema) == {
        "sails": [{"name": "jib", "colour": "red", "count": 1}, {"name": "main", "count": 2}]
    }


def test_a_value_goes_on_over_lines_until_a_blank_one() -> None:
    text = "Boat Name: Gull\nof the North\n\nPlease answer in JSON."
    assert read_record(text, BOAT) == {"boat_name": "Gull\nof the North"}


def test_empty_sections_inline_lists_and_what_the_schema_does_not_know() -> None:
    text = "Home:\nExtra:\nFlags: red, green; blue\nEngine: none\nBoat Name: Gull\nBoat Name: Tern"
    assert read_record(text, BOAT) == {
        "home": {},
        "extra": {},
        "flags": ["red", "green", "blue"],
        "boat_name": "Gull",
    }


def test_what_is_not_of_its_type_stays_as_it_stands() -> None:
    assert read_record("Crew Size: a few\nFor Sale: perhaps\nLength: 1e999", BOAT) == {
        "crew_size": "a few",
        "for_sale": "perhaps",
        "length": "1e999",
    }


PIECES = st.sampled_from(
    [
        "Boat Name",
        "Sails",
        "Home",
        "Extra",
        "Name",
        "Count",
        ":",
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "#",
        "7",
        "{",
        "[",
    ]
)


@settings(max_examples=200)
@given(st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=40).map("".join)))
def test_no_text_raises(text: str) -> None:
    for schema in (BOAT, obj(), {"properties": {"sails": {}, "home": True, "name": {"type": "array"}}}):
        record = read_record(text, schema)
        assert json.loads(json.dumps(record, allow_nan=False)) == record
        assert read_record(text, schema) == record


def test_deep_and_long_texts() -> None:
    for text in ("\n".join(" " * depth + "Extra:" for depth in range(5000)), "[" * 10**6, "Extra: " + "{" * 10**5):
        read_record(text, BOAT)


def test_a_value_on_its_label_s_line_does_not_hide_the_items_below() -> None:
    assert read_record("Flags: two of them\n  - red\n  - blue", BOAT) == {"flags": ["red", "blue"]}


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
    for name in BASELINES.keys() - {"ceiling"}:
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
