"""The rule-based parser of many surfaces on small texts of each, worked out by hand."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperlib.baselines.registry import predict
from paperlib.baselines.surface_parser import parse_any_surface, surface_of
from paperlib.baselines.value_formats import fits, list_parts, parse_value
from paperlib.data.examples import Example
from paperlib.data.schemas import Schema, Schemas


def obj(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
DATE, DATETIME = {"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}
STATE = {"type": "string", "enum": ["at_sea", "in_port", "WARNING"]}
SAIL = obj(("name",), name=STRING, count=INTEGER)
BOAT = obj(
    boat_name=STRING,
    length=NUMBER,
    built=DATE,
    last_seen=DATETIME,
    for_sale={"type": "boolean", "description": "Whether it can be bought."},
    state=STATE,
    owner_email={"type": "string", "format": "email"},
    home=obj(harbour=STRING, berth=INTEGER),
    flags={"type": "array", "items": STRING},
    sails={"type": "array", "items": SAIL},
)
SAILS = [{"name": "jib", "count": 1}, {"name": "main", "count": 2}]
GULL = {"boat_name": "Gull", "length": 1200.5, "home": {"harbour": "Bergen", "berth": 12}, "sails": SAILS}

TEXTS = {
    "log": """\
seq=1 INFO: boat.saved boat_name="Gull" length=1200.5 home.harbour=Bergen
seq=2 DEBUG: gc length=9
seq=3 INFO: boat home/berth=12 sails[0].name=jib sails_0_count=1 sails/1/name=main sails[1].count=2""",
    "slip": """\
FJORD BOATS LTD
===========
BOAT NAME . . . . . . . . . Gull
~ LENGTH:.............1,200.50 cm
HOME HARB0UR:
Bergen
HOME BERTH                   12
14:00 Monday
SAILS
01 ------
NAME:                       jib
COUNT                         1
02 ======
NAME:                      main
COUNT                         2
* * *""",
    "form": """\
# Boat

Boat Name - Gull
Length - 1,200.50 cm
Page 1 of 2
[Home]
Harbour - Bergen
Berth - 12
Sails:
#1
Count - 1
Name - jib
#2
Name - main
Count - 2""",
    "table": """\
| Field | Value |
|---|---|
| Boat Name | Gull |
| Length | 1,200.50 cm |
| Home Harbour | Bergen |
| Home Berth | 12 |

Sails

| # | Name | Count |
|---|:--|--:|
| 1 | jib | 1 |
| 2 | main | 2 |""",
    "chat": """\
<Ann> Hi!
<Ann> What is the boat called?
<Bo> Gull
<Ann> And what is its length?
<Bo> 1,200.50 cm
<Ann> Thanks.
<Ann> Which harbour is its home?
<Bo> Bergen
<Ann> Which berth?
<Bo> 12
<Bo> Here are its sails:
<Bo> The name is jib.
<Bo> The count is 1.
<Bo> The name is main.
<Bo> The count is 2.
<Ann> Great, that is all.""",
    "prose": """\
The boat name is "Gull". It has a length of 1,200.50 cm. Its home harbour is Bergen, berth 12.

The sails are these. The name is jib and the count 1. The name is main and the count is two.""",
    "email": """\
To: Ann
Subject: A boat

Dear Ann,

The boat name is "Gull". It has a length of 1,200.50 cm. Its home harbour is Bergen, berth 12.

The sails follow.
* The sail with the name jib, count 1.
* The sail with the name main, count 2.

Best wishes,
Bo""",
}


@pytest.mark.parametrize("surface", sorted(TEXTS))
def test_each_surface_is_recognised(surface: str) -> None:
    assert surface_of(TEXTS[surface]) == surface


@pytest.mark.parametrize("surface", ["form", "log", "slip", "table"])
def test_layouts_are_read_in_full(surface: str) -> None:
    assert parse_any_surface(TEXTS[surface], BOAT) == GULL


@pytest.mark.parametrize("surface", ["chat", "email", "prose"])
def test_prose_and_dialogue_give_the_plain_fields(surface: str) -> None:
    found = parse_any_surface(TEXTS[surface], BOAT)
    assert {name: found.get(name) for name in ("length", "home")} == {"length": 1200.5, "home": GULL["home"]}
    assert [sail.get("count") for sail in found["sails"]] == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "# Boat\n\nBoat Name = Gull\nHome:\n    Berth = 12\nSails:\n    Sail 1\n        Name = jib\n    Sail 2\n"
        "        Name = main",
        "Boat\n\nBoat Name:\tGull\nHome:\n  Berth:\t12\nSails:\n  - Name:\tjib\n  - Name:\tmain",
        "boat name,Gull\nhome.berth,12\nsails[0].name,jib\nsails[1].name,main",
        "Boat Name;Home Berth\nGull;12\n\nSails\nName;Count\njib;\nmain;",
    ],
)
def test_separators_indentation_and_divided_tables(text: str) -> None:
    assert parse_any_surface(text, BOAT) == {
        "boat_name": "Gull",
        "home": {"berth": 12},
        "sails": [{"name": "jib"}, {"name": "main"}],
    }


def test_a_slip_wraps_values_where_the_next_word_has_no_room() -> None:
    schema = obj(note=STRING, berth=INTEGER)
    text = (
        "HARBOUR\n=======\nNOTE:\nThe sails are in the loft on\nthe left.\nTERMINAL 19\n"
        "BERTH                       12\nTHE END"
    )
    assert parse_any_surface(text, schema) == {"note": "The sails are in the loft on the left.", "berth": 12}


def test_labels_of_other_words_go_by_description_and_form_of_the_value() -> None:
    schema = obj(
        buyer_name={**STRING, "description": "Who pays."},
        order_id={**STRING, "description": "Number of the order."},
        due={**DATE, "description": "Last day to pay."},
    )
    text = "Form\n\nOrder No.: A-12\nPay By: 3 March 2024\nClient: Ann Lee"
    assert parse_any_surface(text, schema) == {"buyer_name": "Ann Lee", "order_id": "A-12", "due": "2024-03-03"}


@pytest.mark.parametrize(
    ("text", "node", "value"),
    [
        ("3 March 2024", DATE, "2024-03-03"),
        ("March 3rd, 2024", DATE, "2024-03-03"),
        ("03.04.2024", DATE, "2024-04-03"),
        ("2024/03/03", DATE, "2024-03-03"),
        ("25/12/2024", DATE, "2024-12-25"),
        ("31.02.2024", DATE, "31.02.2024"),
        ("3 Mar 2024 at 12:05 am UTC", DATETIME, "2024-03-03T00:05:00Z"),
        ("03.03.2024 16:44:09 (UTC+05:30)", DATETIME, "2024-03-03T16:44:09+05:30"),
        ("2024-03-03T16:44:09.250-05:00", DATETIME, "2024-03-03T16:44:09.250-05:00"),
        ("EUR 2,780,000.00", NUMBER, 2780000.0),
        ("three", INTEGER, 3),
        ("At sea", STATE, "at_sea"),
        ("WARN", STATE, "WARNING"),
        ('"red"; blue', {"type": "array", "items": STRING}, ["red", "blue"]),
        ("red, green and blue", {"type": "array", "items": STRING}, ["red", "green", "blue"]),
    ],
)
def test_values_come_in_the_form_of_the_schema(text: str, node: dict[str, Any], value: Any) -> None:
    assert parse_value(text, node) == value


def test_what_does_not_fit() -> None:
    assert not fits("A-12", NUMBER)
    assert not fits("3 March 2024", DATETIME)
    assert not fits("Ann", {"type": "string", "format": "email"})
    assert list_parts("[not, json]") == ["not", "json"]


def annotated(node: dict[str, Any]) -> dict[str, Any]:
    """A schema whose every node has annotations that tell too much."""
    found = {**node, "x-names": ["length", "Gull"], "x-unit": "money", "x-phrases": {"jib": ["12", "Bergen"]}}
    if "properties" in node:
        found["properties"] = {name: annotated(child) for name, child in node["properties"].items()}
    if "items" in node:
        found["items"] = annotated(node["items"])
    return found


def test_annotations_of_the_schema_are_not_looked_at() -> None:
    for text in TEXTS.values():
        assert parse_any_surface(text, annotated(BOAT)) == parse_any_surface(text, BOAT)


PIECES = st.sampled_from(
    ["Boat Name", "Sails", "Home", "Name", "NAME", ": ", " - ", " = ", "=", "\n", "\n  ", "- ", "#1", "| ", ",", ";",
     "<Ann> ", "INFO ", "....", "====", "7", "{", "[", "?", ". ", "Dear Ann,\n", "3 March 2024", "TRUE", '"']
)  # fmt: skip


@settings(max_examples=200)
@given(st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=40).map("".join)))
def test_no_text_raises(text: str) -> None:
    for schema in (BOAT, obj(), {"properties": {"sails": {}, "home": True, "name": {"type": "array"}}}):
        record = parse_any_surface(text, schema)
        assert json.loads(json.dumps(record, allow_nan=False)) == record
        assert parse_any_surface(text, schema) == record


def test_it_is_a_baseline_that_knows_the_schema() -> None:
    schemas = Schemas({"boat": Schema("boat", "Boat", "medium", BOAT)})
    example = Example("1", "boat", "medium", "test", "log", TEXTS["log"], None)
    assert json.loads(predict("rules-surfaces", [], [example], schemas)[0].output) == GULL
