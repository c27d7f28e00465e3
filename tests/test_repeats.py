"""Arrays of held answers do not go round in circles."""

import json

import pytest
import torch

from paperlib.data.schemas import Schema
from paperlib.decoding.constrained import Holder
from paperlib.decoding.repetition import Growing
from tests.test_constrain import TOKENIZER, whole

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


def test_an_array_ends_where_a_model_would_say_the_same_item_for_ever() -> None:
    """The third of an object ends its array; numbers may come as often as they do."""
    held = Holder(TOKENIZER, "schema").held([LISTS], "")
    loop = TOKENIZER('{"rows": [{"n": 1, "on": true}' + ', {"n": 1, "on": true}' * 9).input_ids
    said: list[int] = []
    for token in loop:
        said.append(held.choose(token, torch.zeros(len(TOKENIZER)).scatter(0, torch.tensor(token), 1.0)))
        if TOKENIZER.decode(said).endswith("]"):
            break
    assert json.loads(TOKENIZER.decode(said) + "}") == {"rows": [{"n": 1, "on": True}] * 3}
    assert whole({"rows": [*[{"n": 1}, {"n": 2}] * 2, {"n": 1}]}, [LISTS])
    assert not whole({"rows": [{"n": 1}, {"n": 2}] * 3}, [LISTS])
    assert whole({"counts": [0] * 20}, [LISTS])


@pytest.mark.parametrize(
    ("text", "repeats"),
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
def test_an_item_may_stand_three_times_in_its_own_array(text: str, repeats: bool) -> None:
    assert Growing().after(text).repeats is repeats
    assert Growing().after(text[:5]).after(text[5:]) == Growing().after(text)
