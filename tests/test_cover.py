"""Second looks: an answer that leaves out words of its text gives way to one that does not, and to no other."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from stub import Stub
from transformers import LlamaForCausalLM

from paperlib.data.examples import Example
from paperlib.data.schemas import Schema, validator
from paperlib.decoding import reranking
from paperlib.decoding.answer import Answer
from paperlib.decoding.constrained import Holder
from paperlib.decoding.greedy import Cap, predict
from paperlib.training import models
from paperlib.training.models import Loaded, Shape

TOKENIZER = models.train_tokenizer(['Input: ann bob\n\nOutput: {"names": ["ann", "bob"]}'], 300)
ONE, BOTH, BROKEN = ' {"names": ["ann"]}', ' {"names": ["ann", "bob"]}', ' {"names": ["ann" bob "eve"]}'


@pytest.fixture(autouse=True)
def seldom_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    """These answers are short: a model in doubt is surer of them than of any long one."""
    monkeypatch.setattr(reranking, "SURE", 0.1)


class Unsure(Stub):
    """A model that gives one of several answers to every text: the first that begins as the row does so far. What
    others go on with is less probable, half a nat each."""

    def __init__(self, *answers: str):
        super().__init__(len(TOKENIZER), floor=-20.0)
        self.scripts = [[*TOKENIZER(answer).input_ids, TOKENIZER.eos_token_id, 0] for answer in answers]

    def follow(self, text: list[int]) -> dict[int, float]:
        said = TOKENIZER.decode(text).split("Output:")[-1]
        written = TOKENIZER(said).input_ids if said else []
        going = [script for script in self.scripts if script[: len(written)] == written]
        others = dict.fromkeys(script[len(written)] for script in going) or [TOKENIZER.eos_token_id]
        return {token: -rank / 2 for rank, token in enumerate(others)}


def answer(tmp_path: Path, text: str, looks: int, *answers: str) -> str:
    return asked(tmp_path, text, looks, Unsure(*answers))


def asked(tmp_path: Path, text: str, looks: int, model: Stub) -> str:
    example = Example("e", "note", None, "test", "", text, None)
    loaded = Loaded(model, TOKENIZER, "unsure")
    found = predict(loaded, [example], tmp_path / f"{looks}.jsonl", Cap(), 2, {"text": text}, looks=looks)
    return found[0].output


@pytest.mark.parametrize(
    ("text", "answers", "looked"),
    [
        ("names ann bob", (ONE, BOTH), BOTH),
        ("names ann", (ONE, BOTH), ONE),
        ("names ann bob", (BOTH, ONE), BOTH),
        ("names ann bob eve", (ONE, BROKEN), ONE),  # covers more, and is not JSON
        ("names ann bob", (BROKEN, BOTH), BOTH),
    ],
)
def test_what_leaves_less_of_the_text_out_is_kept(
    tmp_path: Path, text: str, answers: tuple[str, str], looked: str
) -> None:
    assert answer(tmp_path, text, 0, *answers) == answers[0]
    assert answer(tmp_path, text, 1, *answers) == looked


def test_a_word_has_to_be_worth_the_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reranking, "NATS", 0.1)
    assert answer(tmp_path, "names ann bob", 1, ONE, BOTH) == ONE


def test_an_answer_that_is_sure_is_not_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reranking, "SURE", 1.0)
    assert answer(tmp_path, "names ann bob", 1, ONE, BOTH) == ONE


def test_a_second_look_goes_on_from_the_first(tmp_path: Path) -> None:
    three = ' {"names": ["ann", "bob", "eve"]}'
    for looks, output in enumerate((ONE, BOTH, three)):
        assert answer(tmp_path, "names ann bob eve", looks, ONE, BOTH, three) == output


def test_an_answer_that_can_no_longer_win_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rambling = f' {{"names": ["ann", {", ".join(["eve"] * 20)}'
    given_up, read_on = Unsure(BOTH, rambling), Unsure(BOTH, rambling)
    assert asked(tmp_path, "names ann bob", 1, given_up) == BOTH
    monkeypatch.setattr(reranking, "hope", lambda *_: 0.0)
    assert asked(tmp_path / "on", "names ann bob", 1, read_on) == BOTH
    assert len(given_up.sizes) < len(read_on.sizes)


def test_the_hope_for_an_answer_is_never_less_than_what_it_comes_to() -> None:
    text = reranking.words("names ann bob")
    whole = Answer("e", [0], 100)
    for token in TOKENIZER(BOTH.replace('"bob"', '"bobby", "ann"')).input_ids:
        whole.tokens.append(token)
        whole.chances.append(-0.1)
    worth = reranking.worth(whole, text, TOKENIZER.decode(whole.tokens))
    for end in range(len(whole.tokens)):
        begun = replace(whole, tokens=whole.tokens[:end], chances=whole.chances[:end])
        assert reranking.hope(begun, text, TOKENIZER.decode(begun.tokens)) >= worth


def test_words_wanting() -> None:
    said = reranking.words("Item: Tea\nItem: Dark Tea\nRoom_no: 3")
    assert reranking.wanting(said, '{"items": [{"item": "Tea"}, {"item": "Dark Tea"}], "room_no": 3}') == 1
    assert reranking.wanting(said, '{"item": "Tea", "room_no": 3}') == 3
    assert reranking.words(r'{"a": "b\nc"}') == reranking.words("a b c")


def test_held_answers_stay_valid(tmp_path: Path) -> None:
    torch.manual_seed(0)
    shape = Shape(hidden=16, layers=2, heads=2, kv_heads=1, feed_forward=32, vocabulary=300, context=512).config()
    shape.vocab_size = len(TOKENIZER)
    loaded = Loaded(LlamaForCausalLM(shape).eval(), TOKENIZER, "tiny")
    body = {"type": "object", "properties": {"names": {"type": "array", "items": {"type": "string"}}}}
    schema = Schema("note", "Note", "simple", body)
    texts = {"e0": "ann bob", "e1": "names ann ann bob"}
    examples = [Example(id, "note", None, "test", "", text, None) for id, text in texts.items()]
    holder = Holder(TOKENIZER, "schema+text")

    def held(id: str) -> Any:
        return holder.held([schema], texts[id])

    found = [
        predict(loaded, examples, tmp_path / f"{looks}.jsonl", Cap(), 2, {}, held=held, looks=looks) for looks in (0, 3)
    ]
    for plain, looked in zip(*found, strict=True):
        assert validator(schema).is_valid(json.loads(looked.output))
        text = reranking.words(texts[looked.id])
        assert reranking.wanting(text, looked.output) <= reranking.wanting(text, plain.output)
