"""Loops: under a constraint no array repeats one item for ever."""

import json

import pytest
import torch
from test_constrained import TOKENIZER, passes

from paperlib.data.scalars import name_key
from paperlib.data.schemas import Schema
from paperlib.decoding.constrained import Constrainer
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
