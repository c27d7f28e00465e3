"""Calls by abstract syntax: what the rules of the Berkeley leaderboard accept and what they do not."""

from typing import Any

import pytest

from paperlib.data.function_calls.bfcl import Accepted
from paperlib.data.function_calls.tool_calls import Call
from paperlib.data.function_calls.tools import Tool
from paperlib.evaluation.function_calls.ast_checker import accepted_exactly, right_calls

ROOM = {"type": "object", "properties": {"floor": {"type": "integer"}, "view": {"type": "string"}}}
PROPERTIES: dict[str, Any] = {
    "guest": {"type": "string"},
    "nights": {"type": "integer"},
    "price": {"type": "number"},
    "pets": {"type": "boolean"},
    "rooms": {"type": "array", "items": {"type": "integer"}},
    "extras": {"type": "array", "items": {"type": "string"}},
    "room": ROOM,
    "stays": {"type": "array", "items": ROOM},
}
TOOL = Tool("book", "", {"type": "object", "properties": PROPERTIES, "required": ["guest", "nights"]})
ACCEPTED: Accepted = [{"book": {
    "guest": ["Ana Ruiz", "A. Ruiz"], "nights": [3], "price": ["", 80.0], "pets": ["", True], "rooms": ["", [4, 7]],
    "extras": ["", ["sea view", "breakfast"]], "room": ["", {"floor": [2], "view": ["sea", ""]}],
    "stays": ["", [{"floor": [1], "view": ["", "sea"]}, {"floor": [2]}]],
}}]  # fmt: skip
LEAST = {"guest": "Ana Ruiz", "nights": 3}


def right(arguments: dict[str, Any], name: str = "book") -> bool:
    return right_calls([Call(name, arguments)], ACCEPTED, [TOOL])


RIGHT: list[dict[str, Any]] = [
    *({}, {"guest": "a ruiz"}, {"guest": "ANA-RUIZ."}, {"price": 80}, {"price": 80.0}, {"pets": True}),
    *({"rooms": [4, 7]}, {"extras": ["Sea View", "break-fast"]}, {"room": {"floor": 2, "view": "SEA"}}),
    *({"room": {"floor": 2}}, {"stays": [{"floor": 1}, {"floor": 2}]}),
    {"stays": [{"floor": 1, "view": "sea"}, {"floor": 2}]},
]
WRONG: list[dict[str, Any]] = [
    *({"guest": "Ana Ruis"}, {"guest": 3}, {"nights": 3.0}, {"nights": "3"}, {"nights": True}, {"price": 81}),
    *({"price": "80"}, {"pets": False}, {"pets": 1}, {"rooms": [7, 4]}, {"rooms": [4]}, {"rooms": ["4", "7"]}),
    *({"rooms": 4}, {"extras": ["breakfast", "sea view"]}, {"room": {"floor": 3}}, {"room": {"view": "sea"}}),
    *({"room": {"floor": 2, "door": 1}}, {"room": {"floor": "2"}}, {"room": None}, {"stays": [{"floor": 1}]}),
    *({"stays": [{"floor": 2}, {"floor": 1}]}, {"stays": [1, 2]}, {"unheard_of": 1}),
]


@pytest.mark.parametrize("more", RIGHT)
def test_a_right_value_in_any_case_is_right(more: dict[str, Any]) -> None:
    assert right({**LEAST, **more})


@pytest.mark.parametrize("more", WRONG)
def test_a_wrong_type_value_or_argument_is_wrong(more: dict[str, Any]) -> None:
    assert not right({**LEAST, **more})


def test_required_arguments_and_names_count() -> None:
    assert not right({"guest": "Ana Ruiz"})
    assert not right(LEAST, "Book")
    without = [{"book": {"guest": ["Ana Ruiz"], "nights": [3], "price": [80.0]}}]
    assert not right_calls([Call("book", LEAST)], without, [TOOL]), "an optional argument that may not be left out"


def test_as_many_calls_as_expected_in_any_order() -> None:
    other = Tool("cancel", "", {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]})
    expected, calls = [*ACCEPTED, {"cancel": {"id": ["A1"]}}], [Call("cancel", {"id": "a1"}), Call("book", LEAST)]
    assert right_calls(calls, expected, [TOOL, other])
    assert not right_calls(calls[:1], expected, [TOOL, other])
    assert not right_calls(calls[:1] * 2, expected, [TOOL, other])
    assert right_calls([], [], [TOOL])
    assert not right_calls(calls, [], [TOOL, other])


def test_a_known_answer_accepts_itself_and_defaults() -> None:
    arguments = {**LEAST, "stays": [{"floor": 1, "view": "sea"}], "room": {"floor": 2}, "rooms": [1], "price": 5}
    tool = Tool(
        "book", "", {**TOOL.parameters, "properties": {**PROPERTIES, "pets": {"type": "boolean", "default": False}}}
    )
    accepted = accepted_exactly([Call("book", arguments)], [tool])
    assert right_calls([Call("book", arguments)], accepted, [tool])
    assert right_calls([Call("book", {**arguments, "pets": False})], accepted, [tool])
    for key, value in {"pets": True, "nights": 4, "room": {"floor": 3}, "stays": [], "extras": ["x"]}.items():
        assert not right_calls([Call("book", {**arguments, key: value})], accepted, [tool])


def test_a_known_answer_accepts_the_defaults_of_fields_inside_objects() -> None:
    fields = {"floor": {"type": "integer"}, "view": {"type": "string", "default": "sea"}}
    room = {"type": "object", "properties": fields}
    properties = {"room": room, "stays": {"type": "array", "items": room}}
    tool = Tool("book", "", {"type": "object", "properties": properties})
    accepted = accepted_exactly([Call("book", {"room": {"floor": 2}, "stays": [{"floor": 1}]})], [tool])
    for view, same in ({}, True), ({"view": "sea"}, True), ({"view": "yard"}, False):
        call = Call("book", {"room": {"floor": 2, **view}, "stays": [{"floor": 1, **view}]})
        assert right_calls([call], accepted, [tool]) is same
    given = accepted_exactly([Call("book", {"room": {"floor": 2, "view": "yard"}})], [tool])
    assert not right_calls([Call("book", {"room": {"floor": 2}})], given, [tool])
