"""Reranking: an answer that leaves out words of its text is replaced by one that does not, and by no other."""

import json
from dataclasses import replace

import pytest
import torch
from stub import Stub
from transformers import LlamaForCausalLM

from paperlib.data.examples import Example
from paperlib.data.schemas import Schema, validator
from paperlib.decoding import reranking
from paperlib.decoding.answer import Answer
from paperlib.decoding.constrained import Constrainer
from paperlib.decoding.greedy import Cap, Decoder, decode
from paperlib.training import models
from paperlib.training.models import LoadedModel, Shape

TOKENIZER = models.train_tokenizer(['Input: ann bob\n\nOutput: {"names": ["ann", "bob"]}'], 300)
ONE, BOTH, BROKEN = ' {"names": ["ann"]}', ' {"names": ["ann", "bob"]}', ' {"names": ["ann" bob "eve"]}'


@pytest.fixture(autouse=True)
def seldom_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answers here are short, so that as a whole they are probable even where one token is in doubt."""
    monkeypatch.setattr(reranking, "CERTAIN", 0.1)


class Unsure(Stub):
    """A model that answers every text with the first of several answers that continues the row so far. The next token
    of each further answer is half a nat less probable than that of the answer before it."""

    def __init__(self, *answers: str):
        super().__init__(len(TOKENIZER), floor=-20.0)
        self.scripts = [[*TOKENIZER(answer).input_ids, TOKENIZER.eos_token_id, 0] for answer in answers]

    def follow(self, text: list[int]) -> dict[int, float]:
        answer = TOKENIZER.decode(text).split("Output:")[-1]
        written = TOKENIZER(answer).input_ids if answer else []
        possible = [script for script in self.scripts if script[: len(written)] == written]
        tokens = dict.fromkeys(script[len(written)] for script in possible) or [TOKENIZER.eos_token_id]
        return {token: -rank / 2 for rank, token in enumerate(tokens)}


def answer(text: str, rounds: int, *answers: str) -> str:
    return decoded(text, rounds, Unsure(*answers))


def decoded(text: str, rounds: int, model: Stub) -> str:
    example = Example("e", "note", None, "test", "", text, None)
    decoder = Decoder(LoadedModel(model, TOKENIZER, "unsure"), Cap(1.5), reranking_rounds=rounds)
    return next(decode(decoder, [example]))[0].output


@pytest.mark.parametrize(
    ("text", "answers", "reranked"),
    [
        ("names ann bob", (ONE, BOTH), BOTH),
        ("names ann", (ONE, BOTH), ONE),
        ("names ann bob", (BOTH, ONE), BOTH),
        ("names ann bob eve", (ONE, BROKEN), ONE),  # covers more, and is not JSON
        ("names ann bob", (BROKEN, BOTH), BOTH),
    ],
)
def test_the_answer_that_leaves_out_less_of_the_text_is_kept(
    text: str, answers: tuple[str, str], reranked: str
) -> None:
    assert answer(text, 0, *answers) == answers[0]
    assert answer(text, 1, *answers) == reranked


def test_a_word_has_to_outweigh_the_loss_of_probability(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reranking, "PENALTY", 0.1)
    assert answer("names ann bob", 1, ONE, BOTH) == ONE


def test_a_certain_answer_is_not_reranked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reranking, "CERTAIN", -1.0)  # the default
    assert answer("names ann bob", 1, ONE, BOTH) == ONE


def test_each_round_starts_from_the_answer_of_the_one_before() -> None:
    three = ' {"names": ["ann", "bob", "eve"]}'
    for rounds, output in enumerate((ONE, BOTH, three)):
        assert answer("names ann bob eve", rounds, ONE, BOTH, three) == output


def test_a_branch_that_can_no_longer_win_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    rambling = f' {{"names": ["ann", {", ".join(["eve"] * 20)}'
    given_up, decoded_on = Unsure(BOTH, rambling), Unsure(BOTH, rambling)
    assert decoded("names ann bob", 1, given_up) == BOTH
    monkeypatch.setattr(reranking, "upper_bound", lambda *_: 0.0)
    assert decoded("names ann bob", 1, decoded_on) == BOTH
    assert len(given_up.sizes) < len(decoded_on.sizes)


def test_branches_take_no_more_tokens_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """A branch that begins early in an answer would be decoded nearly as long as the answer was."""
    assert answer("names ann bob", 1, ONE, BOTH) == BOTH
    monkeypatch.setattr(reranking, "BRANCH_TOKENS", 0.05)
    assert answer("names ann bob", 1, ONE, BOTH) == ONE


def test_what_branches_took_counts_in_the_next_round(monkeypatch: pytest.MonkeyPatch) -> None:
    three = ' {"names": ["ann", "bob", "eve"]}'
    assert answer("names ann bob eve", 2, ONE, BOTH, three) == three
    monkeypatch.setattr(reranking, "BRANCH_TOKENS", 0.5)
    assert answer("names ann bob eve", 2, ONE, BOTH, three) == BOTH


def test_the_upper_bound_of_an_unfinished_answer_is_never_below_its_score() -> None:
    text = reranking.word_counts("names ann bob")
    whole = Answer("e", [0], 100)
    for token in TOKENIZER(BOTH.replace('"bob"', '"bobby", "ann"')).input_ids:
        whole.tokens.append(token)
        whole.log_probs.append(-0.1)
    score = reranking.score(whole, text, TOKENIZER.decode(whole.tokens))
    for end in range(len(whole.tokens)):
        begun = replace(whole, tokens=whole.tokens[:end], log_probs=whole.log_probs[:end])
        assert reranking.upper_bound(begun, text, TOKENIZER.decode(begun.tokens)) >= score


def test_coverage_errors_are_words_missing_and_in_excess() -> None:
    text = reranking.word_counts("Item: Tea\nItem: Dark Tea\nRoom_no: 3")
    assert reranking.coverage_errors(text, '{"items": [{"item": "Tea"}, {"item": "Dark Tea"}], "room_no": 3}') == 1
    assert reranking.coverage_errors(text, '{"item": "Tea", "room_no": 3}') == 3
    assert reranking.word_counts(r'{"a": "b\nc"}') == reranking.word_counts("a b c")


def test_constrained_answers_stay_valid() -> None:
    torch.manual_seed(0)
    shape = Shape(hidden=16, layers=2, heads=2, kv_heads=1, feed_forward=32, vocabulary=300, context=512).config()
    shape.vocab_size = len(TOKENIZER)
    loaded = LoadedModel(LlamaForCausalLM(shape).eval(), TOKENIZER, "tiny")
    body = {"type": "object", "properties": {"names": {"type": "array", "items": {"type": "string"}}}}
    schema = Schema("note", "Note", "simple", body)
    texts = {"e0": "ann bob", "e1": "names ann ann bob"}
    examples = [Example(id, "note", None, "test", "", text, None) for id, text in texts.items()]
    constrainer = Constrainer(TOKENIZER, "schema+text")

    def decoder(rounds: int) -> Decoder:
        return Decoder(loaded, Cap(1.5), lambda id: constrainer.state([schema], texts[id]), rounds)

    plain, reranked = ({p.id: p.output for p in next(decode(decoder(rounds), examples, 2))} for rounds in (0, 3))
    for id, text in texts.items():
        assert validator(schema).is_valid(json.loads(reranked[id]))
        words = reranking.word_counts(text)
        assert reranking.coverage_errors(words, reranked[id]) <= reranking.coverage_errors(words, plain[id])
