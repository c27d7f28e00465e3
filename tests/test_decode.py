"""Decoding: what ends an answer, batches that change nothing, files that go on where a kill left them."""

import functools
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from stub import Stub
from transformers import LlamaForCausalLM

from paperlib.core.errors import PaperlibError
from paperlib.data.examples import Example
from paperlib.data.predictions import Prediction
from paperlib.data.prompts import render_prompt
from paperlib.data.schemas import Schema
from paperlib.decoding import greedy
from paperlib.decoding.constrained import Holder
from paperlib.decoding.greedy import Cap, complete, predict
from paperlib.training import models
from paperlib.training.models import Loaded, Shape

TOKENIZER = models.train_tokenizer(['Input: Name ann\n\nOutput: {"name": "ann", "b": [1, 2]}'], 300)
TINY = Shape(hidden=16, layers=2, heads=2, kv_heads=1, feed_forward=32, vocabulary=300, context=512)
ORIGIN = {"model": "tiny"}
CAP = Cap(0.1)


class Scripted(Stub):
    """A model that answers ``Input: TEXT`` with ``answers[TEXT]``, then ends the sequence (or not: "…" goes on)."""

    def __init__(self, answers: dict[str, str]):
        super().__init__(len(TOKENIZER))
        self.answers = answers
        self.asked: list[str] = []

    def read(self, prompts: torch.Tensor) -> None:
        self.asked += map(self._asked, prompts.tolist())

    def follow(self, text: list[int]) -> dict[int, float]:
        asked = self._asked(text)
        return {self._tokens(self.answers[asked])[len(text) - len(TOKENIZER(render_prompt(asked)).input_ids)]: 1.0}

    @staticmethod
    def _asked(text: list[int]) -> str:
        return str(TOKENIZER.decode(text)).split("Input: ")[1].split("\n\nOutput")[0]

    @staticmethod
    @functools.cache
    def _tokens(answer: str) -> list[int]:
        on = TOKENIZER(answer.replace("…", " and on" * 512)).input_ids
        return [*on, *[TOKENIZER.eos_token_id] * 512]


def examples(*texts: str) -> list[Example]:
    return [Example(f"e{i}", "note", None, "test", "", text, None) for i, text in enumerate(texts)]


def scripted(answers: dict[str, str]) -> Loaded:
    return Loaded(Scripted(answers), TOKENIZER, "tiny")


@pytest.fixture
def tiny() -> Loaded:
    torch.manual_seed(0)
    config = TINY.config()
    config.vocab_size, config.initializer_range = len(TOKENIZER), 0.5
    return Loaded(LlamaForCausalLM(config).eval(), TOKENIZER, "tiny")


def contents(predictions: list[Prediction]) -> list[tuple[str, str, int, str]]:
    return [(p.id, p.output, p.n_output_tokens, p.stop) for p in predictions]


@pytest.mark.parametrize(
    ("answer", "output", "stop"),
    [
        (' {"name": "ann"}', ' {"name": "ann"}', "eos"),
        (' {"name": "ann"}\n\n ', ' {"name": "ann"}', "eos"),
        (' {"name": "ann"}\n\n Input: …', ' {"name": "ann"}', "value"),
        (' {"name": "ann"}' + "\n" * 99, ' {"name": "ann"}', "value"),
        (' {"name": "ann"} Input: …', ' {"name": "ann"}', "value"),
        (' {"a": {"b": [1, "}"]}} …', ' {"a": {"b": [1, "}"]}}', "value"),
        (' {"a": {"b": [1, "}"]}}', ' {"a": {"b": [1, "}"]}}', "eos"),
        (" I do not know", " I do not know", "eos"),
        (' {"name": "an', ' {"name": "an', "eos"),
        ("", "", "eos"),
    ],
)
def test_an_answer_ends_at_the_first_value_or_the_end_of_sequence(answer: str, output: str, stop: str) -> None:
    prediction = complete(scripted({"x": answer}), examples("x")[0], CAP)
    assert (prediction.output.rstrip(), prediction.stop) == (output, stop)
    assert prediction.n_output_tokens == len(TOKENIZER(prediction.output).input_ids)


def test_an_answer_without_end_ends_at_its_own_cap(tmp_path: Path) -> None:
    short, long = "x", "x" + " y" * 80
    loaded = scripted({short: " on …", long: " on …"})
    one, other = predict(loaded, examples(short, long), tmp_path / "p.jsonl", CAP, 2, ORIGIN)
    assert (one.stop, other.stop) == ("cap", "cap")
    assert one.n_output_tokens == CAP.tokens(one.n_prompt_tokens) < other.n_output_tokens
    assert other.n_output_tokens == CAP.tokens(other.n_prompt_tokens)


def test_finished_rows_leave_the_batch_and_change_no_other(tmp_path: Path) -> None:
    answers = {"a": " [1]", "b": " [1, 2, 3, 4, 5]", "c": " {}", "d": " [1, 2]"}
    loaded = scripted(answers)
    found = predict(loaded, examples(*answers), tmp_path / "p.jsonl", CAP, 4, ORIGIN)
    assert [p.output for p in found] == list(answers.values())
    assert loaded.model.sizes[0] == 4
    assert loaded.model.sizes[-1] == 1
    assert loaded.model.sizes == sorted(loaded.model.sizes, reverse=True)


def test_long_prompts_share_a_batch_with_fewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = scripted(dict.fromkeys(ANSWERS, " [1]"))
    width = len(TOKENIZER(render_prompt("a")).input_ids)
    monkeypatch.setattr(greedy, "POSITIONS", 2 * (width + CAP.tokens(width)))
    predict(loaded, examples(*ANSWERS), tmp_path / "p.jsonl", CAP, 4, ORIGIN)
    assert max(loaded.model.sizes) == 2


def test_the_cap_grows_with_the_prompt() -> None:
    assert Cap(2.0, 1.5).tokens(100) == greedy.FLOOR + 300
    assert Cap(0.5, 1.0).tokens(3) == greedy.FLOOR + 2


def test_batches_change_no_answer(tiny: Loaded, tmp_path: Path) -> None:
    asked = examples("ann", "a much longer text, for the padding", "Name: bob", "1 2 3", "last")
    alone = predict(tiny, asked, tmp_path / "1.jsonl", CAP, 1, ORIGIN)
    together = predict(tiny, asked, tmp_path / "4.jsonl", CAP, 4, ORIGIN)
    assert contents(alone) == contents(together)
    assert [p.id for p in alone] == [e.id for e in asked]
    assert len({p.output for p in alone}) > 1
    assert all(p.n_output_tokens <= CAP.tokens(p.n_prompt_tokens) for p in alone)


@pytest.mark.parametrize("known", [True, False], ids=["guessed right", "guessed wrong"])
def test_guesses_save_steps_and_change_no_answer(tiny: Loaded, tmp_path: Path, known: bool) -> None:
    asked = examples("ann", "a much longer text, for the padding", "Name: bob", "1 2 3", "last")
    plain = predict(tiny, asked, tmp_path / "plain.jsonl", CAP, 5, ORIGIN)
    tokens = [TOKENIZER(render_prompt(e.text) + p.output).input_ids for e, p in zip(asked, plain, strict=True)]
    others = tokens if known else [[*row[::-1]] for row in tokens]
    guessed = predict(tiny, asked, tmp_path / "guessed.jsonl", CAP, 5, ORIGIN, others)
    assert contents(guessed) == contents(plain)


def test_a_model_confirms_many_guesses_in_one_step(tmp_path: Path) -> None:
    answer = ' {"name": "ann", "b": [1, 2, {"c": "and so on"}]}'
    alone, told = scripted({"x": answer}), scripted({"x": answer})
    known = [TOKENIZER(render_prompt("x") + answer).input_ids]
    found = [predict(alone, examples("x"), tmp_path / "1", CAP, 1, ORIGIN)]
    found.append(predict(told, examples("x"), tmp_path / "2", CAP, 1, ORIGIN, known))
    assert contents(found[0]) == contents(found[1])
    assert len(told.model.sizes) < 0.4 * len(alone.model.sizes)


def test_a_finished_file_is_read_unless_what_decides_it_changed(tmp_path: Path) -> None:
    loaded, out = scripted({"a": " [1]", "b": " [2]"}), tmp_path / "new" / "p.jsonl"
    first = predict(loaded, examples("a", "b"), out, CAP, 2, ORIGIN)
    assert predict(loaded, examples("a", "b"), out, CAP, 2, ORIGIN) == first
    assert sorted(loaded.model.asked) == ["a", "b"]
    predict(loaded, examples("a", "b"), out, CAP, 2, {"model": "other"})
    assert len(loaded.model.asked) == 4
    predict(loaded, examples("b", "a"), out, CAP, 2, {"model": "other"})
    assert len(loaded.model.asked) == 6
    assert sorted(path.name for path in out.parent.iterdir()) == ["p.jsonl", "p.meta.json"]


class Killed(BaseException):
    pass


def killed(loaded: Loaded, asked: list[Example], out: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Predicts in batches of one and dies at the batch after ``after`` of them, in the middle of a line."""
    batch, left = greedy._batch, [after]

    def dying(*arguments: Any) -> Any:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return batch(*arguments)

    with monkeypatch.context() as context:
        context.setattr(greedy, "_batch", dying)
        with pytest.raises(Killed):
            predict(loaded, asked, out, CAP, 1, ORIGIN)
    with out.with_name("p.jsonl.part").open("ab") as handle:
        handle.write('{"id": "e3", "output": "ü'.encode()[:-1])


ANSWERS = {"a": " [1]", "b": " [2]", "c": " [3]", "d": " [4]"}


def test_killed_it_asks_only_for_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, out, asked = scripted(ANSWERS), tmp_path / "p.jsonl", examples(*ANSWERS)
    killed(loaded, asked, out, monkeypatch, after=2)
    assert not out.exists()
    finished = list(loaded.model.asked)
    answers = predict(loaded, asked, out, CAP, 4, ORIGIN)
    assert [p.output for p in answers] == list(ANSWERS.values())
    assert len(finished) == 2
    assert sorted(loaded.model.asked) == list(ANSWERS)
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["e0", "e1", "e2", "e3"]


@pytest.mark.parametrize("change", ["origin", "damage"])
def test_answers_of_another_origin_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    loaded, out, asked = scripted(ANSWERS), tmp_path / "p.jsonl", examples(*ANSWERS)
    killed(loaded, asked, out, monkeypatch, after=2)
    part = out.with_name("p.jsonl.part")
    if change == "damage":
        lines = part.read_text(errors="replace").splitlines(keepends=True)
        part.write_text("".join([lines[0], "\0\0\0\n", *lines[2:]]))
    predict(loaded, asked, out, CAP, 4, ORIGIN if change == "damage" else {"model": "other"})
    assert len(loaded.model.asked) == 6
    assert not part.exists()


def test_an_example_beyond_the_context_is_named(tmp_path: Path) -> None:
    asked = examples("short", "long " * 400)
    with pytest.raises(PaperlibError, match=r"example 'e1': \d+ prompt tokens .* the context of tiny \(512 tokens\)"):
        predict(scripted({}), asked, tmp_path / "p.jsonl", CAP, 2, ORIGIN)
    assert not (tmp_path / "p.jsonl").exists()


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PaperlibError, match=r"cannot write .*p\.jsonl\.part: "):
        predict(scripted({"a": "[]"}), examples("a"), tmp_path / "file" / "p.jsonl", CAP, 1, ORIGIN)


def test_what_an_answer_is_held_to_decides_over_the_model(tmp_path: Path) -> None:
    """Each answer by its own schema: the model says the same twice and is let say it once."""
    said = '{"name": "ann", "b": [1, 2]}'
    scripted = Loaded(Scripted({"x": said, "y": said}), TOKENIZER, "scripted")
    bodies = {"x": {"name": {"type": "string"}, "b": {"type": "array"}}, "y": {"name": {"enum": ["Input"]}}}
    holder = Holder(TOKENIZER, "schema")
    held = {id: Schema(id, id, "simple", {"type": "object", "properties": body}) for id, body in bodies.items()}
    examples = [Example(id, id, None, "", "", id, None) for id in bodies]
    found = predict(
        scripted, examples, tmp_path / "out.jsonl", CAP, 2, ORIGIN, held=lambda id: holder.held([held[id]], "")
    )
    assert [json.loads(answer.output) for answer in found] == [json.loads(said), {"name": "Input"}]
    assert {answer.stop for answer in found} == {"eos"}
