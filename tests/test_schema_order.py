"""Labels in the order of their schema, without what it has no place for."""

import json

from paperlib.data.labelled.schema_order import field_paths, in_schema_order

ITEM = {"type": "object", "properties": {"name": {"type": "string"}, "price": {"type": "number"}}}
SCHEMA = {
    "type": "object",
    "required": ["total"],
    "properties": {
        "seller": {"anyOf": [{"$ref": "#/$defs/party"}, {"type": "null"}]},
        "items": {"type": "array", "items": ITEM},
        "notes": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "$defs": {"party": {"type": "object", "properties": {"city": {}, "name": {}}, "additionalProperties": True}},
}


def test_fields_come_in_order_at_any_depth_and_others_go() -> None:
    given = {
        "extra": 1,
        "total": 3,
        "notes": {"z": "1", "a": "2"},
        "items": [{"price": 1, "name": "Tea", "tax": 0}],
        "seller": {"vat": "7", "name": "Ana", "city": "Faro"},
    }
    wanted = {
        "seller": {"city": "Faro", "name": "Ana", "vat": "7"},
        "items": [{"name": "Tea", "price": 1}],
        "notes": {"z": "1", "a": "2"},
        "total": 3,
    }
    found = in_schema_order(given, SCHEMA)
    assert json.dumps(found) == json.dumps(wanted)
    assert field_paths(given) - field_paths(found) == {("extra",), ("items", "tax")}


def test_what_has_no_named_fields_stays_as_it_is() -> None:
    for value in ({"b": 1, "a": [{"d": 2, "c": None}]}, [1, "x"], None):
        assert json.dumps(in_schema_order(value, {})) == json.dumps(value)
