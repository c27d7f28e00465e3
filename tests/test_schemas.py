"""Schemas: ours are valid and lie in the folder of their tier; a stranger's folder works; errors name the file."""

import json
from pathlib import Path
from typing import Any

import pytest

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.data.schemas import Schema, field_label, load_schemas, schema_of, schema_violations, tier_of, validator

OURS = load_schemas()


def write(folder: Path, name: str, body: Any) -> Path:
    path = folder / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")
    return path


def record(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def one(**node: Any) -> str:
    """A schema of one field, as its file has it."""
    return json.dumps(record(a=node))


def test_ours_are_24_in_three_tiers() -> None:
    counts = {tier: sum(s.tier == tier for s in OURS.values()) for tier in ("simple", "medium", "complex")}
    assert counts == {"simple": 10, "medium": 9, "complex": 5}


@pytest.mark.parametrize("path", sorted(paths.SCHEMAS.rglob("*.json")), ids=lambda p: p.stem)
def test_folder_of_a_schema_is_its_computed_tier(path: Path) -> None:
    assert OURS[path.stem].tier == path.parent.name


@pytest.mark.parametrize("schema", OURS.values(), ids=lambda s: s.id)
def test_ours_are_closed_and_described(schema: Schema) -> None:
    def check(node: dict[str, Any]) -> None:
        assert node["description"]
        if node["type"] == "object":
            assert node["additionalProperties"] is False
            assert set(node["required"]) <= set(node["properties"])
            for child in node["properties"].values():
                check(child)
        elif node["type"] == "array":
            check(node["items"])

    check(schema.body)


@pytest.mark.parametrize(
    ("body", "tier"),
    [
        (record(a={}, b={}, c={"type": "array", "items": {"type": "string"}}), "simple"),
        (record(a={}, b={}, c={}, d={}, e={}, f={}), "medium"),
        (record(a=record(b={})), "medium"),
        (record(a={"type": "array", "items": record(b={})}), "medium"),
        (record(a=record(b=record(c={}))), "complex"),
        (record(a={"type": "array", "items": record(b={"type": "array", "items": record(c={})})}), "complex"),
        ({**record(a={"$ref": "#/$defs/x"}), "$defs": {"x": record(b={})}}, "medium"),
        ({"anyOf": [record(a={}), record(a=record(b={}))]}, "medium"),
    ],
)
def test_tier_follows_structure(body: dict[str, Any], tier: str) -> None:
    assert tier_of(body) == tier


def test_a_strangers_folder_with_draft_07(tmp_path: Path) -> None:
    body = {"$schema": "http://json-schema.org/draft-07/schema#", **record(a={"type": "integer"})}
    write(tmp_path / "deep" / "er", "my_form", body)
    schema = load_schemas(tmp_path)["my_form"]
    assert (schema.title, schema.tier) == ("My Form", "simple")
    assert validator(schema).is_valid({"a": 1})
    assert not validator(schema).is_valid({"a": "1"})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not valid JSON"),
        ("[]", "found list"),
        ('{"type": "objekt"}', "not a valid JSON Schema at /type: "),
        ('{"properties": {"a": {"pattern": "("}}}', "not a valid JSON Schema at /properties/a/pattern: "),
        (
            '{"properties": {"a": {"$ref": "#/$defs/a"}}}',
            r"at /properties/a: \$ref '#/\$defs/a' does not exist",
        ),
        ('{"properties": {"a": {"$ref": "https://example.com/a.json"}}}', "'https://example.com/a.json'.* is fetched"),
        ('{"properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"$ref": "b.json"}}}', "'b.json'.* is fetched"),
        ('{"properties": {"a": {"$ref": "#/forms/b"}}, "forms": {"b": {"$ref": "b.json"}}}', "'b.json'.* is fetched"),
        ('{"properties": {"a": {"$ref": "#/required"}}, "required": []}', "'#/required' leads to no valid JSON Schema"),
        ('{"$schema": "https://example.com/draft", "properties": {"a": {}}}', "unknown meta-schema.*example.com/draft"),
        ('{"$schema": "http://json-schema.org/draft-03/schema#", "properties": {"a": {}}}', "unknown .*draft-03"),
        ('{"$schema": 5, "properties": {"a": {}}}', "unknown meta-schema 5"),
        ('{"$schema": "http://[x", "properties": {"a": {}}}', "unknown meta-schema"),
        ('{"title": "anything"}', "permits any JSON, so there is nothing to extract"),
        ('{"properties": {"a": {}, "b": {}, "a": {}}}', "the key 'a' occurs twice in one object"),
        (one(type="integer", minimum=5, maximum=2), "at /properties/a: nothing can have both minimum 5 and maximum 2"),
        (one(type="number", minimum=5, exclusiveMaximum=5), "both minimum 5 and exclusiveMaximum 5"),
        (one(items={"minLength": 3, "maxLength": 1}), "at /properties/a/items: nothing can have both minLength 3"),
        (one(anyOf=[{}, {"enum": []}]), "at /properties/a/anyOf/1: enum is empty"),
        (one(**{"$ref": "#/properties/a"}), r"at /properties/a: \$ref '#/properties/a' leads back to itself"),
        (one(anyOf=[{"$ref": "#/properties/a"}]), r"at /properties/a/anyOf/0: \$ref .* leads back to itself"),
        (
            json.dumps({**record(a={"$ref": "#"}), "required": ["a"]}),
            r"at /properties/a: \$ref '#' leads back to itself, so that no value is finite",
        ),
        (
            json.dumps(record(a={}) | {"$defs": {"b": {"$ref": "#/$defs/c"}, "c": {"$ref": "#/$defs/b"}}}),
            r"at /\$defs/b: ",
        ),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, says: str) -> None:
    write(tmp_path, "broken", text)
    with pytest.raises(PaperlibError, match=says) as caught:
        load_schemas(tmp_path)
    assert "broken.json" in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        record(minimum={"type": "integer", "minimum": 2, "maximum": 2}, maximum={"minItems": 0}),  # fields of that name
        {**record(a={"$ref": "#/$defs/x"}, b={"$ref": "#/$defs/x"}), "$defs": {"x": record(c={})}},  # one type twice
        {
            "$schema": "http://json-schema.org/draft-04/schema#",
            **record(a={"minimum": 1, "maximum": 1, "exclusiveMinimum": False, "exclusiveMaximum": False}),
        },
        record(a={"enum": [{"minimum": 2, "maximum": 1}]}),  # a value, not a schema
    ],
)
def test_what_can_be_is_let_be(tmp_path: Path, body: dict[str, Any]) -> None:
    write(tmp_path, "mine", body)
    assert load_schemas(tmp_path)["mine"].body == body


def test_an_empty_folder_and_a_repeated_name_are_errors(tmp_path: Path) -> None:
    with pytest.raises(PaperlibError, match=r"holds no \*\.json"):
        load_schemas(tmp_path)
    write(tmp_path / "a", "form", record(x={}))
    write(tmp_path / "b", "form", record(x={}))
    with pytest.raises(PaperlibError, match="second schema named 'form'"):
        load_schemas(tmp_path)


def test_an_unknown_id_names_the_nearest() -> None:
    with pytest.raises(PaperlibError, match="did you mean invoice"):
        OURS["invoise"]


@pytest.mark.parametrize(
    ("value", "valid"),
    [("2024-05-01T09:30:00Z", True), ("2024-05-01T09:30:00", True), ("2024-05-01", False), ("yesterday", False)],
)
def test_formats_are_checked(value: str, valid: bool) -> None:
    answer = {"timestamp": value, "level": "INFO", "message": "m"}
    assert validator(OURS["log_entry"]).is_valid(answer) is valid


def test_violations_name_places_in_the_answer() -> None:
    schema = Schema("s", "S", "simple", record(list={"items": {"type": "number"}}, mail={"format": "email"}))
    assert schema_violations({"list": [1], "mail": "zoë@example.org"}, schema) == []
    assert schema_violations({"list": [1, "2"]}, schema) == ["/list/1: '2' is not of type 'number'"]
    assert schema_violations({"mail": "zoë"}, schema) == ["/mail: 'zoë' is not a 'email'"]
    assert schema_violations([], schema) == ["the root: [] is not of type 'object'"]


def test_label() -> None:
    assert field_label("customer_name") == "Customer Name"
    assert field_label("bmi") == "Bmi"


def test_a_schema_that_leads_back_to_itself_by_way_of_null_is_finite() -> None:
    node = {"type": ["object", "null"], "properties": {"next": {"$ref": "#"}}, "required": ["next"]}
    assert schema_of(node, "list", "here").body == node
    of_kind = {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]}
    assert schema_of({**of_kind, "nullable": True}, "list", "here")
    with pytest.raises(PaperlibError, match="no value is finite"):
        schema_of(of_kind, "list", "here")
