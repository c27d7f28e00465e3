"""Plain forms of a schema: the many ways of writing one thing have one form, and no valid value is lost."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlib.data.schema_forms import alternatives, forms_at
from paperlib.data.schemas import schema_of, schema_to_prompt
from paperlib.data.validation import build_validator
from paperlib.decoding.grammar import lark

NUMBER_OR_NULL = [{"type": "number", "minimum": 3}, {"type": "null"}]


def forms(node: Any, **root: Any) -> list[dict[str, Any]]:
    return alternatives(node, root)


@pytest.mark.parametrize(
    "node",
    [
        {"anyOf": [{"type": "number", "minimum": 3}, {"type": "null"}]},
        {"oneOf": [{"type": "number", "minimum": 3}, {"type": "null"}]},
        {"type": "number", "minimum": 3, "nullable": True},
        {"$ref": "#/$defs/n"},
        {"allOf": [{"$ref": "#/$defs/n"}]},
        {"anyOf": [{"$ref": "#/definitions/m"}, {"type": "null"}]},
    ],
)
def test_the_dialects_of_nullable_have_one_form(node: Any) -> None:
    named = {"$defs": {"n": {"anyOf": NUMBER_OR_NULL}}, "definitions": {"m": NUMBER_OR_NULL[0]}}
    assert forms(node, **named) == NUMBER_OR_NULL
    assert schema_to_prompt({**named, "properties": {"a": node}}) == "{a?: number | null}"


def test_a_type_list_has_one_form_for_each_type() -> None:
    assert [form["type"] for form in forms({"type": ["string", "null"], "maxLength": 3})] == ["string", "null"]


def test_all_of_joins_fields_and_the_tighter_bound_holds() -> None:
    parts: list[dict[str, Any]] = [
        {"properties": {"a": {"minimum": 1}}, "required": ["a"]},
        {"properties": {"b": {"type": "string"}, "a": {"minimum": 2}}, "required": ["b"], "minProperties": 1},
    ]
    (form,) = forms({"type": "object", "allOf": parts, "minProperties": 2})
    assert (form["required"], form["minProperties"], list(form["properties"])) == (["a", "b"], 2, ["a", "b"])
    assert [one["minimum"] for one in forms(form["properties"]["a"])] == [2]


def test_types_that_exclude_each_other_leave_nothing() -> None:
    assert forms({"type": "string", "allOf": [{"type": "integer"}]}) == []
    assert forms({"type": "number", "allOf": [{"type": "integer"}]}) == [{"type": "integer"}]
    assert forms(False) == []


@pytest.mark.parametrize(
    ("node", "kind"),
    [
        ({"properties": {}}, "object"),
        ({"items": {}}, "array"),
        ({"pattern": "a"}, "string"),
        ({"minimum": 0}, "number"),
    ],
)
def test_keywords_imply_the_type_that_they_speak_of(node: dict[str, Any], kind: str) -> None:
    assert forms(node) == [{**node, "type": kind}]


def test_exclusive_limits_of_draft_4_become_numbers() -> None:
    assert forms({"minimum": 1, "exclusiveMinimum": True, "maximum": 5, "exclusiveMaximum": False}) == [
        {"exclusiveMinimum": 1, "maximum": 5, "type": "number"}
    ]


def test_what_cannot_be_followed_may_be_any_json() -> None:
    assert forms({"$ref": "#/$defs/a"}, **{"$defs": {"a": {"$ref": "#/$defs/a"}}}) == [{}]
    assert forms({"$ref": "other.json"}) == [{}]
    assert forms(True) == [{}]


def test_a_tree_is_shown_once_and_named_where_it_recurs() -> None:
    tree = {"type": "object", "title": "Node", "properties": {"name": {"type": "string"}}}
    tree["properties"] |= {"children": {"type": "array", "items": {"$ref": "#"}}}  # type: ignore[operator]
    assert schema_to_prompt(schema_of(tree, "tree", "here").body) == "{name?: string, children?: [Node]}"
    assert schema_of(tree, "tree", "here").tier == "complex"


def test_schemas_that_extend_or_refer_to_each_other_come_to_an_end() -> None:
    a = {"type": "object", "properties": {"next": {"$ref": "#/$defs/A"}}}
    b = {"allOf": [{"$ref": "#/$defs/A"}, {"properties": {"next": {"$ref": "#/$defs/B"}}}]}
    extended = schema_of({"$defs": {"A": a, "B": b}, "$ref": "#/$defs/B"}, "extended", "here")
    assert lark([extended.body])
    assert len(schema_to_prompt(extended.body)) < 200
    names = [f"D{n}" for n in range(25)]
    fields = {name: {"$ref": f"#/$defs/{name}"} for name in names}
    web = schema_of({"$defs": {name: {"properties": fields} for name in names}, "$ref": "#/$defs/D0"}, "web", "here")
    assert web.tier == "complex"
    assert len(schema_to_prompt(web.body)) < 20_000
    assert lark([web.body])


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"type": "array", "items": {"type": "object", "properties": {"a": {"type": "integer"}}}}, "[{a?: integer}]"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "{string: number}"),
        ({"oneOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]}, "{a?: any} | {b?: any}"),
        ({"prefixItems": [{"type": "string"}, {"type": "number"}]}, "[string, number]"),
        ({"properties": {"a": {"const": 3}}}, "{a?: 3}"),
    ],
)
def test_arrays_maps_and_unions_may_be_the_root(body: dict[str, Any], shown: str) -> None:
    assert schema_to_prompt(schema_of(body, "mine", "here").body) == shown


leaf = st.sampled_from(
    [{"type": "integer"}, {"type": "string"}, {"type": ["number", "null"]}, {"enum": [1, "a"]}, {"minimum": 2}, True]
)
node = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.builds(lambda a: {"anyOf": a}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda a: {"allOf": a}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda a, b: {"properties": {"p": a}, "oneOf": [b]}, inner, inner),
        st.builds(lambda a: {"items": a, "nullable": True}, inner),
    ),
    max_leaves=6,
)
value = st.recursive(
    st.sampled_from([None, 1, 2.5, "a", "b"]),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.just("p"), inner)),
    max_leaves=4,
)


@given(node, value)
def test_a_valid_value_of_the_implied_type_follows_one_of_the_forms(node: Any, value: Any) -> None:
    found = forms(node)
    if isinstance(node, dict) and build_validator(node).is_valid(value):
        typed = [form for form in found if build_validator(form).is_valid(value)]
        untyped = [{key: item for key, item in form.items() if key != "type"} for form in found]
        assert typed or any(build_validator(form).is_valid(value) for form in untyped), json.dumps(found)


def test_the_forms_of_what_stands_at_a_path() -> None:
    body = {
        "properties": {
            "rows": {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": ["integer", "null"]}}
        },
        "patternProperties": {"^x": {"type": "boolean"}},
        "additionalProperties": {"type": "number"},
    }
    kinds = {
        path: [form.get("type") for form in forms_at(body, path)]
        for path in [(), ("rows", 0), ("rows", 5), ("xy",), ("z",)]
    }
    assert kinds == {
        (): ["object"],
        ("rows", 0): ["string"],
        ("rows", 5): ["integer", "null"],
        ("xy",): ["boolean"],
        ("z",): ["number"],
    }
    tree = {"$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}}}}, "$ref": "#/$defs/node"}
    assert [form["type"] for form in forms_at(tree, ("next", "next", "next"))] == ["object"]
