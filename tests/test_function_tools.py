"""Tools as a user declares them: what is wrong is named by JSON pointer, and answers have one schema for all."""

import json
from pathlib import Path
from typing import Any

import pytest

from paperlib.core.errors import DataError
from paperlib.data.examples import Example
from paperlib.data.function_calls.call_prompts import tools_prompt
from paperlib.data.function_calls.tool_calls import Call, calls_of, calls_schema, faults, tools_of
from paperlib.data.function_calls.tools import MAX_TOOLS, Tool, load_tools, parse_tools
from paperlib.data.prompts import with_prompt_style
from paperlib.data.schemas import Schemas, schema_violations

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": CITY}}
TREE = {
    "type": "object",
    "properties": {"root": {"$ref": "#/$defs/node"}},
    "$defs": {"node": {"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/node"}}}},
    "required": ["root"],
}


def declared(name: str = "f", **parameters: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


def test_tools_are_read_in_either_form_and_from_a_request(tmp_path: Path) -> None:
    for value in ([WEATHER], {"tools": [WEATHER], "model": "x"}, [WEATHER["function"]]):
        (tmp_path / "tools.json").write_text(json.dumps(value))
        assert load_tools(tmp_path / "tools.json") == [Tool("get_weather", "Weather", CITY)]
    assert parse_tools([{"name": "now"}])[0].parameters == {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ([], "the root: found an empty list, expected a list of tools"),
        ({"tools": "x"}, "/tools: found str, expected a list of tools"),
        ([WEATHER, {"name": "get_weather"}], "/1/name: 'get_weather' is also the name at /0/function/name"),
        ([{"type": "retrieval"}], "/0/type: found 'retrieval', expected 'function'"),
        ([3], "/0: found int, expected a function"),
        ([{"name": "a b"}], "/0/name: found 'a b', expected 1 to 128 characters without white space"),
        ([{"parameters": CITY}], "/0/name: found None"),
        ([{"name": "f", "paramters": CITY}], "/0/paramters: unknown field; did you mean parameters"),
        ([{"name": "f", "description": 3}], "/0/description: found int, expected a string"),
        ([declared(type="array", items={})], "/0/function/parameters/type: found array, expected object"),
        ([declared(type="object", properties={"a": {"not": {"type": "string"}}})],
         "/0/function/parameters/properties/a/not: the keyword not is not supported for tools"),
        ([declared(type="object", properties={"a": {"type": "array", "uniqueItems": True}})],
         "/0/function/parameters/properties/a/uniqueItems: the keyword uniqueItems is not supported for tools"),
        ([declared(type="object", properties={"a": {}}, required=["b"])],
         "/0/function/parameters/required: 'b' is not among the properties (found a)"),
        ([declared(type="dict")], "/0/function/parameters: not a valid JSON Schema at /type"),
        ([declared(type="object", properties={"a": {"enum": []}})], "/0/function/parameters: at /properties/a: enum"),
        ([declared(f"f{n}") for n in range(MAX_TOOLS + 1)], f"the root: found {MAX_TOOLS + 1} tools, expected at most"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_named_by_pointer(value: Any, fault: str, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(value))
    with pytest.raises(DataError) as error:
        load_tools(tmp_path / "t.json")
    assert f"t.json: {fault}" in str(error.value)
    assert "\n" not in str(error.value)


def test_answers_have_one_schema_that_holds_each_tool_to_its_own() -> None:
    schema = calls_schema([Tool("get_weather", "", CITY), Tool("plant", "", TREE), Tool("now")], "one")
    tree = {"root": {"name": "a", "next": {"name": "b"}}}
    good = [
        {"name": "get_weather", "arguments": {"city": "Oslo"}},
        {"name": "plant", "arguments": tree},
        {"name": "now", "arguments": {}},
    ]
    assert schema_violations(good, schema) == schema_violations([], schema) == []
    for name, arguments in (
        ("get_weather", {}), ("get_weather", {"city": 3}), ("get_weather", {"city": "Oslo", "more": 1}),
        ("plant", {"root": {"name": "a", "next": {"name": 3}}}), ("now", {"city": "Oslo"}), ("other", {}),
    ):  # fmt: skip
        assert schema_violations([{"name": name, "arguments": arguments}], schema)


def test_faults_name_the_call_and_the_argument() -> None:
    tools = [Tool("get_weather", "", CITY)]
    assert faults([Call("get_weather", {"city": "Oslo"})], tools) == []
    assert faults([Call("get_weather", {"city": 3})], tools) == ["/0/arguments/city: 3 is not of type 'string'"]
    assert faults([Call("rain", {})], tools) == ["/0/name: there is no tool 'rain'"]


@pytest.mark.parametrize(
    "answer", [{}, "x", [1], [{"name": "f"}], [{"name": 1, "arguments": {}}], [{"name": "f", "arguments": []}]]
)
def test_what_is_no_list_of_calls_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="call"):
        calls_of(answer)


@pytest.mark.parametrize("broken", [{"name": "f\ud800"}, {"name": "f", "description": "\udfff"}])
def test_half_a_surrogate_pair_in_a_declaration_is_refused(broken: dict[str, str]) -> None:
    with pytest.raises(DataError, match="tools: /0: has half of a surrogate pair"):
        parse_tools([broken])


@pytest.mark.parametrize("inside", [{"properties": ["x"]}, {"minimum": "low", "maximum": 3}, {"not": 1}])
def test_an_unknown_keyword_may_hold_what_is_no_schema(inside: dict[str, Any]) -> None:
    tools = parse_tools([declared(type="object", properties={"a": {"type": "string", "ui": inside}})])
    assert schema_violations([{"name": "f", "arguments": {"a": "x"}}], calls_schema(tools, "one")) == []


def test_a_reference_may_lead_under_an_unknown_keyword() -> None:
    shared = {"city": {"type": "string", "minLength": 3, "maxLength": 2}}
    with pytest.raises(DataError, match="at /shared/city: nothing can have both minLength 3 and maxLength 2"):
        parse_tools([declared(type="object", properties={"a": {"$ref": "#/shared/city"}}, shared=shared)])


@pytest.mark.parametrize("others", [True, {}, {"type": "string"}])
def test_what_is_required_may_be_one_of_other_properties(others: Any) -> None:
    assert parse_tools([declared(type="object", properties={}, required=["x"], additionalProperties=others)])


def test_items_that_may_repeat_may_say_so() -> None:
    tags = {"type": "array", "items": {"type": "string"}, "uniqueItems": False}
    assert parse_tools([declared(type="object", properties={"tags": tags})])


PLACE = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
EITHER = {"type": "object", "anyOf": [CITY, PLACE]}
NAMED = {"$ref": "#/$defs/city", "$defs": {"city": CITY}}
OPEN = {"type": "object", "additionalProperties": True, "anyOf": [CITY, PLACE]}


@pytest.mark.parametrize(
    ("parameters", "arguments", "right"),
    [
        *((CITY, {"city": "Oslo"}, True), (CITY, {"city": "Oslo", "n": 1}, False), (CITY, {}, False)),
        *((EITHER, {"city": "Oslo"}, True), (EITHER, {"place": "x"}, True), (EITHER, {"city": "Oslo", "n": 1}, False)),
        *((NAMED, {"city": "Oslo"}, True), (NAMED, {"city": "Oslo", "n": 1}, False), (NAMED, {"city": 3}, False)),
        *((OPEN, {"city": "Oslo", "n": 1}, True), (OPEN, {"n": 1}, False)),
    ],
)
def test_a_tool_and_the_schema_of_calls_take_the_same_arguments(parameters: Any, arguments: Any, right: bool) -> None:
    tools, call = [Tool("f", "", parameters)], Call("f", arguments)
    assert (faults([call], tools) == []) is right
    assert (schema_violations([call.row()], calls_schema(tools, "one")) == []) is right


def test_a_call_has_its_arguments_as_text_in_the_openai_form() -> None:
    made = Call("get_weather", {"city": "Łódź"}).openai("call_0")
    assert made == {
        "id": "call_0",
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city": "Łódź"}'},
    }


@pytest.mark.parametrize("style", ["schema", "described", "chat"])
def test_prompts_show_tools_and_the_request(style: Any) -> None:
    tool = Tool(
        "get_weather",
        "Weather of a city",
        {"type": "object", "properties": {"city": {"type": "string", "description": "Its name"}}},
    )
    schema = calls_schema([tool], "one")
    (shown,) = with_prompt_style(
        [Example("e", "one", None, "", "", "Rain in Oslo?", None)], Schemas({"one": schema}), style
    )
    assert "get_weather" in shown.text
    assert "Weather of a city" in shown.text
    assert shown.text.endswith("Rain in Oslo?")
    assert ("Its name" in shown.text) is (style != "schema")
    assert tools_of(schema.body) == [tool]


def test_one_object_may_declare_two_arguments() -> None:
    place = {"$ref": "#/$defs/degrees"}
    parameters = {"type": "object", "properties": {"from": place, "to": place}, "$defs": {"degrees": {"minimum": 0}}}
    body = calls_schema([Tool("distance", "", parameters)], "x").body
    assert {one["$ref"] for one in body["$defs"]["0"]["properties"].values()} == {"#/$defs/0/$defs/degrees"}


def test_keywords_of_vendors_are_no_schemas() -> None:
    argument = {"type": "string", "x-ui": {"properties": ["a"], "not": "y"}}
    (tool,) = parse_tools([declared(type="object", properties={"a": argument})])
    assert calls_schema([tool], "x").body


def test_a_description_without_spaces_is_cut_and_not_dropped() -> None:
    prompt = tools_prompt([Tool("f", "查询" + "天" * 300)], "?")
    assert "f: 查询天" in prompt
    assert len(prompt) < 260
