"""Recipes: which tokens an example contributes, which examples are skipped, which bases a method can train."""

from typing import Any

import pytest
from test_trainer import EXAMPLES, config

from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.training import recipe


def tokens_of(**changed: Any) -> list[tuple[list[int], list[int]]]:
    """Prompts and answers, as token ids, of the first examples under a recipe."""
    tokenizer = recipe.build_model(config(), EXAMPLES).tokenizer
    return [(t.prompt, t.answer) for t in recipe.tokenise_examples(config(**changed), tokenizer, EXAMPLES[:4])[0]]


def test_recipes_differ_in_which_tokens_they_train_on() -> None:
    plain = tokens_of()
    assert tokens_of(append_eos=False) == [(before, answer[:-1]) for before, answer in plain]
    assert tokens_of(loss_on="all") == [([], before + answer) for before, answer in plain]
    limit = min(len(before) + len(answer) for before, answer in plain)  # the longer ones lose the end of their answers
    truncated = tokens_of(max_tokens=limit, overlong="truncate")
    assert truncated == [(before, answer[: limit - len(before)]) for before, answer in plain]
    assert max(len(before) + len(answer) for before, answer in truncated) == limit


def test_a_prompt_that_leaves_no_room_for_an_answer_is_skipped_even_where_answers_are_truncated() -> None:
    tokenizer = recipe.build_model(config(), EXAMPLES).tokenizer
    long = Example("long", "note", None, "train", "", "Name: x" * 200, {"name": "x"})
    kept, skipped = recipe.tokenise_examples(config(max_tokens=250, overlong="truncate"), tokenizer, [*EXAMPLES, long])
    assert (len(kept), skipped) == (len(EXAMPLES), ("long",))
    with pytest.raises(PaperlibError, match="there is no training example"):
        recipe.tokenise_examples(config(), tokenizer, [])


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"method": "lora"}, "nano-xs has no weights to tune; set method: scratch"),
        ({"base": "smollm2-135m-instruct"}, "method scratch needs one of nano-xs, nano-s, .*, nano-30m as base"),
    ],
)
def test_base_and_method_must_fit(changed: dict[str, str], expected: str) -> None:
    with pytest.raises(PaperlibError, match=expected):
        recipe.build_model(config(**changed), EXAMPLES)
