"""Loops: under a constraint no array repeats one item for ever."""

import json
from typing import Any

import pytest
import torch
from test_constrained import END, TOKENIZER, passes

from paperlib.core.strict_json import parse
from paperlib.data.scalars import name_key
from paperlib.data.schemas import Schema, schema_of
from paperlib.decoding.constrained import MAX_DEPTH, Constrainer
from paperlib.decoding.repetition import PartialJson

LISTS = Schema(
    "lists",
    "Lists",
    "medium",
    {
        "type": "object",
        "properties": {
            "rows": {
                "type": "array",
                "items": {"type": "object", "properties": {"n": {"type": "integer"}, "on": {"type": "boolean"}}},
            },
            "counts": {"type": "array", "items": {"type": "integer"}},
        },
    },
)


def test_an_array_ends_where_a_model_would_repeat_one_item_for_ever() -> None:
    """An array ends after the third equal object; numbers may be equal any number of times."""
    state = Constrainer(TOKENIZER, "schema").state([LISTS], "")
    loop = TOKENIZER('{"rows": [{"n": 1, "on": true}' + ', {"n": 1, "on": true}' * 9).input_ids
    written: list[int] = []
    for token in loop:
        written.append(state.choose(token, torch.zeros(len(TOKENIZER)).scatter(0, torch.tensor(token), 1.0)))
        if TOKENIZER.decode(written).endswith("]"):
            break
    assert json.loads(TOKENIZER.decode(written) + "}") == {"rows": [{"n": 1, "on": True}] * 3}
    assert passes({"rows": [*[{"n": 1}, {"n": 2}] * 2, {"n": 1}]}, [LISTS])
    assert not passes({"rows": [{"n": 1}, {"n": 2}] * 3}, [LISTS])
    assert passes({"counts": [0] * 20}, [LISTS])


@pytest.mark.parametrize(
    ("text", "loops"),
    [
        ('["a", "a", "a"]', False),
        ('["a", "a", "a",', True),
        ('["a", "b", "a", "b", "a", "b",', True),
        ("[1, 1, 1, 1,", False),
        ('{"a": ["x", "x"], "b": ["x", "x", "y",', False),
        (r'["a\",\"", "a\",\"", "a\",\"",', True),
        ('[["a"], ["a"], ["a"],', True),
        ('[{"a": [{"b": 1}, {"b": 1}]}, {"a": [{"b": 1}, {"b": 1}]}, {"b": 1}, {"b": 1},', False),
    ],
)
def test_an_item_may_stand_three_times_in_its_own_array(text: str, loops: bool) -> None:
    assert PartialJson().append(text).loops is loops
    assert PartialJson().append(text[:5]).append(text[5:]) == PartialJson().append(text)


ATTENDANCE = "Mon present, Tue absent, Wed present, Thu absent, Fri present, Sat late, Sun present"


@pytest.mark.parametrize(("n", "loops"), [(4, False), (5, True)])
def test_an_item_may_stand_in_an_array_as_often_as_in_the_source(n: int, loops: bool) -> None:
    """The item that follows the fourth "present" is another; after a fifth one there is none."""
    written = "[" + '"present", ' * n
    assert PartialJson(source=ATTENDANCE.lower()).append(written).loops is loops
    rows = "[" + '{"n": 1, "state": "Present"}, ' * n
    assert PartialJson(source=ATTENDANCE.lower()).append(rows).loops is loops


@pytest.mark.parametrize("constraint", ["schema", "schema+text"])
def test_values_that_the_schema_lists_are_not_counted_in_the_text(constraint: Any) -> None:
    options = {"type": "array", "items": {"enum": ["ok", "fault"]}}
    checks = schema_of({"type": "object", "properties": {"checks": options}}, "checks", "here")
    text = "Sensors A, B, C, D and E were checked, and all of them are ok."
    for n, allowed in ((5, True), (30, False)):
        state = Constrainer(TOKENIZER, constraint).state([checks], text)
        tokens = TOKENIZER(' {"checks": [' + ", ".join(['"ok"'] * n) + "]}").input_ids
        assert all(state.allows(token) and state.append(token) is None for token in tokens) is allowed


def test_a_limit_on_repeats_is_no_lack_of_support() -> None:
    names = {"type": "array", "items": {"type": "string"}}
    schema = schema_of({"type": "object", "properties": {"names": names}}, "names", "here")
    constrainer = Constrainer(TOKENIZER, "schema+text")
    assert constrainer.forbidden(schema, "Ana and Bo", {"names": ["Ana"] * 5}) is None
    assert constrainer.forbidden(schema, "Ana and Bo", {"names": ["Cem"]}) == "names"


def test_numbers_may_be_written_as_in_the_text() -> None:
    row = '{"p": 1.247,56, "n": "x"}'
    assert PartialJson().append(f"[{row}, {row}, ").loops is False
    assert PartialJson().append(f"[{row}, {row}, {row}, ").loops is True


def test_an_object_repeats_what_the_source_has_less_often() -> None:
    def again(text: str, source: str) -> bool:
        return PartialJson(source=name_key(source)).append(text).repeats()

    assert again('{"a": "Ana", "r": [{"a": "Ana", "r": ', "Ana")
    assert not again('{"a": "Ana", "r": [{"a": "Ana", "r": ', "Ana, and Ana")
    assert not again('{"a": "Ana", "r": [{"a": "Ana", "b": "Bo", "r": ', "Ana, Bo")
    assert again('{"r": [{"r": ', "Ana")


@pytest.mark.parametrize(
    ("text", "loops"),
    [
        ('{"a": "b", "b": "a"', False),
        ('{"a": 1, "a"', True),
        ('{"a": 1, "b": {"a"', False),
        ('{"a": {"b": 1}, "a"', True),
        ('{"a": ["a", "a"], "c"', False),
        (r'{"a\"": 1, "a": 2, "a\""', True),
    ],
)
def test_a_key_stands_in_an_object_once(text: str, loops: bool) -> None:
    assert PartialJson().append(text).loops is loops


MAP = schema_of({"type": "object", "properties": {"data": {"type": "object"}}, "required": ["data"]}, "map", "here")
WORDS = "Data: Room 7, Hall 8, Room 9"


def looping(text: str, script: str) -> str:
    """What a model writes that loops where it may, and else makes for the end."""
    state, written = Constrainer(TOKENIZER, "schema+text").state([MAP], text), list[int]()
    ahead = TOKENIZER(script).input_ids
    vocabulary = [TOKENIZER.decode(token) for token in range(len(TOKENIZER))]
    closing = torch.tensor([float("}" in text) + ('"' in text) / 2 - 3 * ("," in text) for text in vocabulary])
    while len(written) < 400 and (not written or written[-1] != END):
        wanted = closing.scatter(0, torch.tensor(END), 2.0)
        if written == ahead[: len(written)]:
            wanted = wanted.scatter(0, torch.tensor(ahead[len(written)]), 3.0)
        written.append(state.choose(int(wanted.argmax()), wanted))
    return str(TOKENIZER.decode(written))


@pytest.mark.parametrize("script", [' {"data": {"Room": 7' + ', "Room": 9' * 20, ' {"data": ' + '{"Hall": ' * 30])
def test_what_a_schema_leaves_open_comes_to_an_end(script: str) -> None:
    written = looping(WORDS, script)
    assert written.endswith(TOKENIZER.eos_token)
    parse(written.removesuffix(TOKENIZER.eos_token).strip(), unique_keys=True)
    assert written.count("{") <= MAX_DEPTH + 1
