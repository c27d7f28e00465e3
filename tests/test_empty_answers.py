"""The empty object is an answer where it is probable enough, and only where the schema lets it be one."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaForCausalLM

from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.schemas import Schemas, schema_of
from paperlib.decoding.answering import Decoding, answer
from paperlib.evaluation import empty_threshold
from paperlib.training import models
from paperlib.training.loaded_model import LoadedModel

TEXT = "Ana Ruiz, 43"
FIELDS = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """Random weights, with a token that is the whole empty object."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    tokenizer = models.train_tokenizer([TEXT, json.dumps(FIELDS), *["{}"] * 40, *[" {}"] * 40], 330)
    LlamaForCausalLM(models.Shape(16, 1, 2, 2, 32, len(tokenizer), 512).config()).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return models.load_base(str(folder), torch.float32)


def answered(loaded: LoadedModel, above: float | None, log: dict[str, Any] | None = None, **more: Any) -> Any:
    schemas = Schemas({"s": schema_of({**FIELDS, **more}, "s", "")})
    examples = [Example("a", "s", None, "", "", TEXT, {})]
    decoding = Decoding("schema+text", prompt="schema", empty_above=above)
    (prediction,) = answer(loaded, log or {}, examples, schemas, decoding)
    return json.loads(prediction.output), prediction.refusal


def test_an_answer_is_empty_where_that_is_probable_enough(loaded: LoadedModel) -> None:
    never, refusal = answered(loaded, 2.0)
    assert never
    assert 0 < refusal < 1
    assert answered(loaded, refusal + 1e-3)[0] == never
    assert answered(loaded, refusal - 1e-3) == ({}, pytest.approx(refusal))


def test_the_training_log_says_from_which_probability_on(loaded: LoadedModel) -> None:
    assert answered(loaded, None, {"empty_above": 0.0})[0] == {}
    assert answered(loaded, None, {"empty_above": 2.0})[0]
    assert answered(loaded, None)[1] is None


def test_reranking_leaves_the_decision_to_the_threshold(loaded: LoadedModel) -> None:
    schemas = Schemas({"s": schema_of(FIELDS, "s", "")})
    examples = [Example("a", "s", None, "", "", TEXT, {})]
    found = {}
    for above in (0.0, 2.0):
        decoding = Decoding("schema+text", reranking_rounds=4, prompt="schema", empty_above=above)
        (prediction,) = answer(loaded, {}, examples, schemas, decoding)
        found[above] = json.loads(prediction.output)
    assert found[0.0] == {}
    assert found[2.0]


def test_what_the_schema_requires_is_there_whatever_the_threshold(loaded: LoadedModel) -> None:
    value, refusal = answered(loaded, 0.0, required=["name"])
    assert "name" in value
    assert refusal is None


def test_a_set_without_empty_answers_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    filled = [Example(str(n), "s", None, "train", "", TEXT, {"name": "Ana Ruiz"}) for n in range(4)]
    monkeypatch.setattr(empty_threshold, "load_named", lambda _: filled)
    with pytest.raises(PaperlibError, match="'dstc8': expected training examples with an empty answer"):
        empty_threshold.dev_texts("dstc8", 4)
    with pytest.raises(PaperlibError, match="--examples: found 1, expected at least 2"):
        empty_threshold.dev_texts("dstc8", 1)


def test_half_of_the_dev_texts_hold_something_and_none_is_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(n, {"name": "Ana"} if n % 3 else {}, "train" if n % 2 else "held-out") for n in range(60)]
    examples = [Example(str(n), "s", None, split, "", TEXT, value) for n, value, split in rows]
    monkeypatch.setattr(empty_threshold, "load_named", lambda _: examples)
    chosen = empty_threshold.dev_texts("dstc8", 10)
    assert {one.split for one in chosen} == {"train"}
    assert [bool(one.answer) for one in chosen] == [True] * 5 + [False] * 5


def test_outcomes_have_the_probability_of_the_empty_object(loaded: LoadedModel) -> None:
    schemas = Schemas({"s": schema_of(FIELDS, "s", "")})
    examples = [Example(id, "s", None, "train", "", TEXT, value) for id, value in (("a", {}), ("b", {"name": "Ana"}))]
    log = {"config": {"run": "r", "profile": "p", "base": "b", "recipe": "r", "data": "standard", "prompt": "schema"}}
    found = empty_threshold.outcomes(loaded, log, examples, schemas)
    assert [(one.none_is_right, one.answer_right) for one in found] == [(True, False), (False, True)]
    assert 0 < found[0].refusal < 1
    assert found[1].refusal == pytest.approx(found[0].refusal)


def test_a_model_without_a_log_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert empty_threshold.main([str(tmp_path)]) == 2
    assert "is untuned, expected a trained one" in capsys.readouterr().err
