"""Recipes: which tokens an example contributes, which examples are skipped, which bases a method can train."""

from pathlib import Path
from typing import Any

import pytest
from small_models import build
from test_trainer import EXAMPLES, config

from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.training import models, recipe


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
        ({"layers": [0]}, "layers are kept of a pre-trained base, not of nano-xs"),
    ],
)
def test_base_and_method_must_fit(changed: dict[str, str], expected: str) -> None:
    with pytest.raises(PaperlibError, match=expected):
        recipe.build_model(config(**changed), EXAMPLES)


@pytest.fixture
def base(tmp_path: Path) -> str:
    """A folder of random Llama weights whose context is 1,024 tokens."""
    build("llama", 300).save_pretrained(tmp_path)
    models.train_tokenizer([e.text for e in EXAMPLES], 300).save_pretrained(tmp_path)
    return str(tmp_path)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_what_a_base_cannot_do_is_told_before_anything_is_trained(base: str, method: str) -> None:
    tuned = {"base": base, "method": method}
    with pytest.raises(PaperlibError, match="its context is 1024 tokens, max_tokens is 2048; set max_tokens to 1024"):
        recipe.build_model(config(**tuned), EXAMPLES)
    with pytest.raises(PaperlibError, match=r"layers are \[0, 3\], expected ascending numbers from 0 to 2"):
        recipe.build_model(config(**tuned, max_tokens=1024, layers=[0, 3]), EXAMPLES)
    kept = recipe.build_model(config(**tuned, max_tokens=1024, layers=[0, 2]), EXAMPLES)
    assert kept.base_model.config.num_hidden_layers == 2
