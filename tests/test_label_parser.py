"""The parser of ``Label: value`` lines on records worked out by hand, and on any text."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperlib.data.label_parser import parse_label_lines


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
    assert parse_label_lines(text, BOAT) == {
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
    assert parse_label_lines(text, BOAT) == {
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
    assert parse_label_lines(f"Boat\n\n{text}\n\nState: at sea", BOAT) == {"sails": expected, "state": "at_sea"}


def test_without_bullets_items_of_a_required_first_field_may_have_any_order() -> None:
    item = obj(("name",), count=INTEGER, name=STRING, colour=STRING)
    schema = obj(sails={"type": "array", "items": item})
    text = "Sails:\n  Name: jib\n  Colour: red\n  Count: 1\n  Name: main\n  Count: 2"
    assert parse_label_lines(text, schema) == {
        "sails": [{"name": "jib", "colour": "red", "count": 1}, {"name": "main", "count": 2}]
    }


def test_a_value_goes_on_over_lines_until_a_blank_one() -> None:
    text = "Boat Name: Gull\nof the North\n\nPlease answer in JSON."
    assert parse_label_lines(text, BOAT) == {"boat_name": "Gull\nof the North"}


def test_empty_sections_inline_lists_and_what_the_schema_does_not_know() -> None:
    text = "Home:\nExtra:\nFlags: red, green; blue\nEngine: none\nBoat Name: Gull\nBoat Name: Tern"
    assert parse_label_lines(text, BOAT) == {
        "home": {},
        "extra": {},
        "flags": ["red", "green", "blue"],
        "boat_name": "Gull",
    }


def test_what_is_not_of_its_type_stays_as_it_stands() -> None:
    assert parse_label_lines("Crew Size: a few\nFor Sale: perhaps\nLength: 1e999", BOAT) == {
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
        record = parse_label_lines(text, schema)
        assert json.loads(json.dumps(record, allow_nan=False)) == record
        assert parse_label_lines(text, schema) == record


def test_deep_and_long_texts() -> None:
    for text in ("\n".join(" " * depth + "Extra:" for depth in range(5000)), "[" * 10**6, "Extra: " + "{" * 10**5):
        parse_label_lines(text, BOAT)


def test_a_value_on_its_label_s_line_does_not_hide_the_items_below() -> None:
    assert parse_label_lines("Flags: two of them\n  - red\n  - blue", BOAT) == {"flags": ["red", "blue"]}
