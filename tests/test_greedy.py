"""Greedy decoding: what ends an answer, batches and drafts that change no answer, files that resume after a kill."""

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
from paperlib.decoding.constrained import Constrainer
from paperlib.decoding.drafter import NGramTable
from paperlib.decoding.greedy import Cap, Decoder, decode, decode_to_file
from paperlib.training import models
from paperlib.training.models import LoadedModel, Shape

TOKENIZER = models.train_tokenizer(['Input: Name ann\n\nOutput: {"name": "ann", "b": [1, 2]}'], 300)
TINY = Shape(hidden=16, layers=2, heads=2, kv_heads=1, feed_forward=32, vocabulary=300, context=512)
META = {"model": "tiny"}
CAP = Cap(0.1)


class Scripted(Stub):
    """A model that answers ``Input: TEXT`` with ``answers[TEXT]`` and an end of sequence; "…" is a text without end."""

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


def scripted(answers: dict[str, str]) -> LoadedModel:
    return LoadedModel(Scripted(answers), TOKENIZER, "tiny")


@pytest.fixture
def tiny() -> LoadedModel:
    torch.manual_seed(0)
    config = TINY.config()
    config.vocab_size, config.initializer_range = len(TOKENIZER), 0.5
    return LoadedModel(LlamaForCausalLM(config).eval(), TOKENIZER, "tiny")


def decoded(loaded: LoadedModel, asked: list[Example], batch_size: int, **more: Any) -> list[Prediction]:
    """The answers in the order of the examples."""
    found = {p.id: p for batch in decode(Decoder(loaded, CAP, **more), asked, batch_size) for p in batch}
    return [found[example.id] for example in asked]


def written(
    loaded: LoadedModel, asked: list[Example], out: Path, batch_size: int, meta: Any = META
) -> list[Prediction]:
    return decode_to_file(Decoder(loaded, CAP), asked, out, meta, batch_size)


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
    (prediction,) = decoded(scripted({"x": answer}), examples("x"), 1)
    assert (prediction.output.rstrip(), prediction.stop) == (output, stop)
    assert prediction.n_output_tokens == len(TOKENIZER(prediction.output).input_ids)


def test_an_answer_without_end_ends_at_its_own_cap() -> None:
    short, long = "x", "x" + " y" * 80
    loaded = scripted({short: " on …", long: " on …"})
    one, other = decoded(loaded, examples(short, long), 2)
    assert (one.stop, other.stop) == ("cap", "cap")
    assert one.n_output_tokens == CAP.tokens(one.n_prompt_tokens) < other.n_output_tokens
    assert other.n_output_tokens == CAP.tokens(other.n_prompt_tokens)


def test_finished_rows_leave_the_batch_and_change_no_other() -> None:
    answers = {"a": " [1]", "b": " [1, 2, 3, 4, 5]", "c": " {}", "d": " [1, 2]"}
    loaded = scripted(answers)
    found = decoded(loaded, examples(*answers), 4)
    assert [p.output for p in found] == list(answers.values())
    assert loaded.model.sizes[0] == 4
    assert loaded.model.sizes[-1] == 1
    assert loaded.model.sizes == sorted(loaded.model.sizes, reverse=True)


def test_long_prompts_share_a_batch_with_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = scripted(dict.fromkeys(ANSWERS, " [1]"))
    width = len(TOKENIZER(render_prompt("a")).input_ids)
    monkeypatch.setattr(greedy, "CACHE_POSITIONS", 2 * (width + CAP.tokens(width)))
    decoded(loaded, examples(*ANSWERS), 4)
    assert max(loaded.model.sizes) == 2


def test_the_cap_grows_with_the_prompt() -> None:
    assert Cap(2.0, 1.5).tokens(100) == greedy.MIN_CAP + 300
    assert Cap(0.5, 1.0).tokens(3) == greedy.MIN_CAP + 2


def test_batches_change_no_answer(tiny: LoadedModel) -> None:
    asked = examples("ann", "a much longer text, for the padding", "Name: bob", "1 2 3", "last")
    alone = decoded(tiny, asked, 1)
    together = decoded(tiny, asked, 4)
    assert contents(alone) == contents(together)
    assert [p.id for p in alone] == [e.id for e in asked]
    assert len({p.output for p in alone}) > 1
    assert all(p.n_output_tokens <= CAP.tokens(p.n_prompt_tokens) for p in alone)


@pytest.mark.parametrize("known", [True, False], ids=["right drafts", "wrong drafts"])
def test_drafts_change_no_answer(tiny: LoadedModel, known: bool) -> None:
    asked = examples("ann", "a much longer text, for the padding", "Name: bob", "1 2 3", "last")
    plain = decoded(tiny, asked, 5)
    tokens = [TOKENIZER(render_prompt(e.text) + p.output).input_ids for e, p in zip(asked, plain, strict=True)]
    others = tokens if known else [[*row[::-1]] for row in tokens]
    assert contents(decoded(tiny, asked, 5, ngrams=NGramTable(others))) == contents(plain)
    answers = {p.id: TOKENIZER(p.output).input_ids[:: 1 if known else -1] for p in plain}
    assert contents(decoded(tiny, asked, 5, guess=answers.__getitem__)) == contents(plain)


def test_a_model_accepts_many_drafted_tokens_in_one_pass() -> None:
    answer = ' {"name": "ann", "b": [1, 2, {"c": "and so on"}]}'
    alone, drafted = scripted({"x": answer}), scripted({"x": answer})
    ngrams = NGramTable([TOKENIZER(render_prompt("x") + answer).input_ids])
    assert contents(decoded(alone, examples("x"), 1)) == contents(decoded(drafted, examples("x"), 1, ngrams=ngrams))
    assert len(drafted.model.sizes) < 0.4 * len(alone.model.sizes)


def test_a_model_that_answers_as_guessed_needs_few_passes() -> None:
    answer = ' {"name": "ann", "b": [1, 2, {"c": "and so on"}]}'
    alone, guessing = scripted({"x": answer}), scripted({"x": answer})
    tokens = TOKENIZER(answer).input_ids
    guessed = decoded(guessing, examples("x"), 1, guess=lambda _: tokens)
    assert contents(decoded(alone, examples("x"), 1)) == contents(guessed)
    assert len(guessing.model.sizes) < 0.4 * len(alone.model.sizes)


def test_a_finished_file_is_read_unless_its_meta_data_changed(tmp_path: Path) -> None:
    loaded, out = scripted({"a": " [1]", "b": " [2]"}), tmp_path / "new" / "p.jsonl"
    first = written(loaded, examples("a", "b"), out, 2)
    assert written(loaded, examples("a", "b"), out, 2) == first
    assert sorted(loaded.model.asked) == ["a", "b"]
    written(loaded, examples("a", "b"), out, 2, {"model": "other"})
    assert len(loaded.model.asked) == 4
    assert sorted(path.name for path in out.parent.iterdir()) == ["p.jsonl", "p.meta.json"]


class Killed(BaseException):
    pass


def killed(loaded: LoadedModel, asked: list[Example], out: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Decodes one text at a time and dies in the one after ``after`` of them, in the middle of a line of the file."""
    begun, left = greedy._begun, [after]

    def dying(*arguments: Any) -> Any:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return begun(*arguments)

    with monkeypatch.context() as context:
        context.setattr(greedy, "_begun", dying)
        with pytest.raises(Killed):
            written(loaded, asked, out, 1)
    with out.with_name("p.jsonl.part").open("ab") as handle:
        handle.write('{"id": "e3", "output": "ü'.encode()[:-1])


ANSWERS = {"a": " [1]", "b": " [2]", "c": " [3]", "d": " [4]"}


def test_after_a_kill_only_missing_answers_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, out, asked = scripted(ANSWERS), tmp_path / "p.jsonl", examples(*ANSWERS)
    killed(loaded, asked, out, monkeypatch, after=2)
    assert not out.exists()
    finished = list(loaded.model.asked)
    answers = written(loaded, asked, out, 4)
    assert [p.output for p in answers] == list(ANSWERS.values())
    assert len(finished) == 2
    assert sorted(loaded.model.asked) == list(ANSWERS)
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["e0", "e1", "e2", "e3"]


@pytest.mark.parametrize("change", ["meta", "damage"])
def test_unfinished_files_of_other_meta_data_or_with_damage_are_not_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    loaded, out, asked = scripted(ANSWERS), tmp_path / "p.jsonl", examples(*ANSWERS)
    killed(loaded, asked, out, monkeypatch, after=2)
    part = out.with_name("p.jsonl.part")
    if change == "damage":
        lines = part.read_text(errors="replace").splitlines(keepends=True)
        part.write_text("".join([lines[0], "\0\0\0\n", *lines[2:]]))
    written(loaded, asked, out, 4, META if change == "damage" else {"model": "other"})
    assert len(loaded.model.asked) == 6
    assert not part.exists()


def test_an_example_beyond_the_context_is_named() -> None:
    asked = examples("short", "long " * 800)
    with pytest.raises(
        PaperlibError, match=r"example 'e1': \d+ prompt tokens, expected at most 480.* tiny \(512 tokens\)"
    ):
        decoded(scripted({}), asked, 2)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PaperlibError, match=r"cannot write .*p\.jsonl\.part: "):
        written(scripted({"a": "[]"}), examples("a"), tmp_path / "file" / "p.jsonl", 1)


def test_a_constraint_overrides_the_model() -> None:
    """Each answer follows its own schema: of the same two answers one is valid as it is, the other is not."""
    answer = '{"name": "ann", "b": [1, 2]}'
    bodies = {"x": {"name": {"type": "string"}, "b": {"type": "array"}}, "y": {"name": {"enum": ["Input"]}}}
    schemas = {id: Schema(id, id, "simple", {"type": "object", "properties": body}) for id, body in bodies.items()}
    constrainer = Constrainer(TOKENIZER, "schema")
    found = decoded(
        scripted({"x": answer, "y": answer}),
        [Example(id, id, None, "", "", id, None) for id in bodies],
        2,
        constraint=lambda id: constrainer.state([schemas[id]], ""),
    )
    assert [json.loads(one.output) for one in found] == [json.loads(answer), {"name": "Input"}]
    assert {one.stop for one in found} == {"eos"}
