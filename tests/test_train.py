"""Training, on a very small model: the loss falls, a kill costs nothing, a fault ends in one sentence."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from paperlib.core import paths, runtime
from paperlib.core.config import TrainConfig
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json
from paperlib.data.examples import Example
from paperlib.data.prompts import encode
from paperlib.training import blockwise_attention, models, recipe, trainer
from paperlib.training.batches import IGNORE, collate

SHAPE = models.Shape(hidden=24, layers=1, heads=2, kv_heads=2, feed_forward=32, vocabulary=290, context=256)
EXAMPLES = [
    Example(f"e{i}", "note", None, "train", "", f"Name: {name}\nCount: {i}", {"name": name, "count": i})
    for i, name in enumerate(["ann", "bob", "eve", "cat with a longer name", "dan"] * 4)
]
# Trains as this file does, and ends as if killed, without a last word, when checkpoint-K is half written; argv: ROOT, K
KILLED = """
import os, sys
from pathlib import Path
from tests import test_train as t
t.models.NANO["nano-xs"] = t.SHAPE
t.paths.build = lambda profile: Path(sys.argv[1]) / profile
def on_save(self, args, state, control, **_):
    if state.global_step == int(sys.argv[2]):
        os._exit(9)
    return saved(self, args, state, control)
saved, t.train.Watch.on_save = t.train.Watch.on_save, on_save
t.train.train(t.config(), t.EXAMPLES)
"""


def config(**changed: Any) -> TrainConfig:
    fields = {"run": "nano-xs", "profile": "tiny", "base": "nano-xs", "method": "scratch", "learning_rate": 0.02}
    sizes = {"batch_tokens": 512, "batch_examples": 4, "max_steps": 8, "epochs": 20, "save_steps": 2, "threads": 1}
    return TrainConfig.model_validate({**fields, **sizes, **changed})


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A very small model, and a build folder of this test's own."""
    monkeypatch.setitem(models.NANO, "nano-xs", SHAPE)
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / profile)
    return tmp_path / "tiny"


def weights(built: Path) -> dict[str, torch.Tensor]:
    return load_file(built / "models" / "nano-xs" / "model.safetensors")


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_the_loss_falls_and_the_log_tells_all(built: Path) -> None:
    said: list[Any] = []
    log = trainer.train(config(max_steps=40), EXAMPLES, said.append)
    losses = [row["loss"] for row in log["losses"]]
    assert len(losses) == 40
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])
    assert "40 steps" in str(said[0])
    assert (log["n_train"], log["skipped"], log["model"]) == (20, [], "nano-xs")
    assert log["config"] == config(max_steps=40).model_dump(mode="json")
    assert log == read_json(built / "models" / "nano-xs" / "train.json")
    assert not (built / "checkpoints" / "nano-xs").exists()
    loaded = models.load_trained(built / "models" / "nano-xs", "", torch.float32)
    assert loaded.parameters == log["parameters"] == log["trainable"]


@pytest.mark.parametrize("method", ["scratch", "lora"])
def test_the_loss_is_the_plain_masked_loss_in_value_and_gradient(method: str) -> None:
    loaded = models.new_nano("nano-xs", [e.text for e in EXAMPLES], 0)
    if method == "lora":
        loaded = models.add_lora(loaded, 4, 8, 0.0)
        for name, weight in loaded.model.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight, std=0.1)
    batch = collate(encode(loaded.tokenizer, EXAMPLES[:4]), loaded.tokenizer.pad_token_id)

    def gradients(loss: torch.Tensor) -> list[torch.Tensor]:
        trained = [p for p in loaded.model.parameters() if p.requires_grad]
        return list(torch.autograd.grad(loss, trained))

    tokens = (batch["labels"] != IGNORE) | (batch["input_ids"] != loaded.tokenizer.pad_token_id)
    assert not tokens.all(), "some rows are padded"
    ours, plain = trainer.answer_loss(loaded.body, batch), loaded.model(**batch, attention_mask=tokens.long()).loss
    assert torch.allclose(ours, plain, rtol=1e-6)
    for one, other in zip(gradients(ours), gradients(plain), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_the_answer_alone_is_learnt_and_ends_with_the_end_of_sequence() -> None:
    tokenizer = models.train_tokenizer([e.text for e in EXAMPLES], 290)
    tokens = encode(tokenizer, EXAMPLES[:1])
    labels = collate(tokens, tokenizer.pad_token_id)["labels"][0]
    learnt = labels[labels != IGNORE].tolist()
    assert learnt[-1] == tokenizer.eos_token_id
    assert tokenizer.decode(learnt[:-1]) == ' {"name": "ann", "count": 0}'
    assert tokenizer.decode(tokens[0].prompt).endswith("Input: Name: ann\nCount: 0\n\nOutput:")


def tokens_of(**changed: Any) -> list[tuple[list[int], list[int]]]:
    """Prompts and answers, as token ids, of the first examples under a recipe."""
    tokenizer = recipe.build(config(), EXAMPLES).tokenizer
    return [(t.prompt, t.answer) for t in recipe.prepared(config(**changed), tokenizer, EXAMPLES[:4])[0]]


def test_recipes_differ_in_what_they_train_on_and_in_nothing_else() -> None:
    plain = tokens_of()
    assert tokens_of(end=False) == [(before, answer[:-1]) for before, answer in plain]
    assert tokens_of(targets="all") == [([], before + answer) for before, answer in plain]
    limit = min(len(before) + len(answer) for before, answer in plain)  # the others lose the end of their answers
    cut = tokens_of(max_tokens=limit, too_long="cut")
    assert cut == [(before, answer[: limit - len(before)]) for before, answer in plain]
    assert max(len(before) + len(answer) for before, answer in cut) == limit


def test_a_prompt_that_leaves_no_room_for_an_answer_is_left_out_even_where_answers_are_cut() -> None:
    tokenizer = recipe.build(config(), EXAMPLES).tokenizer
    long = Example("long", "note", None, "train", "", "Name: x" * 200, {"name": "x"})
    kept, skipped = recipe.prepared(config(max_tokens=250, too_long="cut"), tokenizer, [*EXAMPLES, long])
    assert (len(kept), skipped) == (len(EXAMPLES), ("long",))
    with pytest.raises(PaperlibError, match="there is no training example"):
        recipe.prepared(config(), tokenizer, [])


log = trainer.AnswerTrainer.log


def test_batches_of_one_step_have_the_gradient_of_one_whole_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[dict[str, float]] = []
    monkeypatch.setattr(trainer.AnswerTrainer, "log", lambda self, logs, *_: (logged.append(logs), log(self, logs))[1])
    uneven = [replace(e, answer={"name": "x" * 5 * place}) for place, e in enumerate(EXAMPLES[:4])]
    for parts in (1, 2):
        given = {"batch_examples": 4 // parts, "accumulate": parts, "order": "random", "max_steps": 1}
        trainer.train(config(**given), uneven)
    one, two = (row for row in logged if "loss" in row)
    assert two["loss"] == pytest.approx(one["loss"], rel=1e-4)
    assert two["grad_norm"] == pytest.approx(one["grad_norm"], rel=1e-3)


def test_an_example_too_long_is_left_out_and_named(built: Path) -> None:
    long = Example("long", "note", None, "train", "", "word " * 200, {"name": "x"})
    said: list[Any] = []
    log = trainer.train(config(max_steps=1, max_tokens=200), [*EXAMPLES, long], said.append)
    assert (log["skipped"], log["n_train"]) == (["long"], 20)
    assert "left out, longer than 200 tokens: 1 of 21 note: long" in said
    with pytest.raises(PaperlibError, match="every one of the 1 training examples is longer than max_tokens=200"):
        trainer.train(config(run="other", max_tokens=200), [long])


def test_killed_it_goes_on_to_the_very_same_weights(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = 4
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(step)], cwd=paths.ROOT, capture_output=True, text=True
    )
    assert done.returncode == 9, done.stderr
    checkpoints = next((built / "checkpoints" / "nano-xs").iterdir())
    assert not (checkpoints / f"checkpoint-{step}" / trainer.WHOLE).exists()
    began: list[int] = []
    begin = trainer.Watch.on_train_begin

    def note(self: Any, args: Any, state: Any, control: Any, **more: Any) -> None:
        began.append(state.global_step)
        begin(self, args, state, control, **more)

    monkeypatch.setattr(trainer.Watch, "on_train_begin", note)
    resumed = trainer.train(config(), EXAMPLES)
    assert began == [step - 2]  # the half-written checkpoint was passed over
    mine = weights(built)
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / "again" / profile)
    whole = trainer.train(config(), EXAMPLES)
    assert same(mine, weights(tmp_path / "again" / "tiny"))
    assert [row["loss"] for row in resumed["losses"]] == [row["loss"] for row in whole["losses"]]
    assert [row["step"] for row in resumed["losses"]] == list(range(1, 9))


def test_killed_after_the_last_step_nothing_is_trained_twice(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "_keep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        trainer.train(config(), EXAMPLES)
    monkeypatch.undo()
    monkeypatch.setitem(models.NANO, "nano-xs", SHAPE)
    monkeypatch.setattr(paths, "build", lambda profile: built)
    monkeypatch.setattr(trainer, "answer_loss", lambda *_: pytest.fail("a step was taken"))
    assert len(trainer.train(config(), EXAMPLES)["losses"]) == 8


def test_half_written_checkpoints_are_removed(tmp_path: Path) -> None:
    for step in (4, 8, 12):
        (tmp_path / f"checkpoint-{step}").mkdir()
    assert trainer.last_whole(tmp_path / "none") is None
    for step in (4, 8):
        (tmp_path / f"checkpoint-{step}" / trainer.WHOLE).touch()
    assert trainer.last_whole(tmp_path) == tmp_path / "checkpoint-8"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-4", "checkpoint-8"]


def test_a_loss_that_is_no_number_stops_with_its_step(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    plain = trainer.answer_loss

    def failing(*given: Any) -> torch.Tensor:
        calls.append(1)
        return plain(*given) * (float("nan") if len(calls) == 5 else 1)

    monkeypatch.setattr(trainer, "answer_loss", failing)
    with pytest.raises(
        PaperlibError, match="the loss is nan at step 5; the last checkpoint is kept; lower learning_rate"
    ):
        trainer.train(config(), EXAMPLES)
    assert not (built / "models").exists()
    assert list((built / "checkpoints" / "nano-xs").glob("*/checkpoint-4/whole"))


def test_trained_once_for_a_configuration(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer.train(config(max_steps=2), EXAMPLES)
    first = weights(built)
    with monkeypatch.context() as context:
        context.setattr(trainer, "build", lambda *_: pytest.fail("it was built again"))
        trainer.train(config(max_steps=2), EXAMPLES)
    trainer.train(config(max_steps=2, seed=1), EXAMPLES)
    assert not same(first, weights(built))
    second = weights(built)
    trainer.train(config(max_steps=2, seed=1), EXAMPLES[1:])
    assert not same(second, weights(built))


@pytest.mark.parametrize(
    ("when", "error"),
    [
        ("checkpoint", OSError(28, "No space left on device")),
        ("checkpoint", SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")),
        (
            "checkpoint",
            RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 10 vs 9"),
        ),  # torch.save
        ("end", SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")),
        ("end", Exception("No space left on device (os error 28)")),  # tokenizers
    ],
)
def test_a_full_disk_leaves_nothing_that_looks_whole(
    built: Path, monkeypatch: pytest.MonkeyPatch, when: str, error: Exception
) -> None:
    save = models.LlamaForCausalLM.save_pretrained

    def full(self: Any, folder: Any, **more: Any) -> None:
        save(self, folder, **more)
        if Path(folder).name.startswith("checkpoint") == (when == "checkpoint"):
            raise error

    with monkeypatch.context() as context:
        context.setattr(models.LlamaForCausalLM, "save_pretrained", full)
        with pytest.raises(PaperlibError, match=r"cannot write .*; free some space and run again"):
            trainer.train(config(max_steps=2), EXAMPLES)
    assert not list((built / "models").glob("*"))
    trainer.train(config(max_steps=2), EXAMPLES)  # the next run recovers
    assert weights(built)


def test_too_little_memory_is_told_before_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.psutil, "virtual_memory", lambda: type("Memory", (), {"available": 2e8}))
    monkeypatch.setattr(trainer, "_fit", lambda *_: pytest.fail("a step was taken"))
    with pytest.raises(
        PaperlibError, match=r"training nano-xs needs about \d+\.\d GB of memory, 0\.2 GB are free; close"
    ):
        trainer.train(config(), EXAMPLES)


@pytest.mark.parametrize(("resident", "released"), [(0.5, 0), (50.0, 3)])
def test_a_step_that_leaves_more_than_planned_gives_free_pages_back(
    built: Path, monkeypatch: pytest.MonkeyPatch, resident: float, released: int
) -> None:
    """Batches of many shapes leave holes: a training planned at 7 GB filled 24 before a checkpoint gave them back."""
    calls: list[None] = []
    monkeypatch.setattr(runtime, "memory_gb", lambda: resident)
    monkeypatch.setattr(runtime, "release", lambda: calls.append(None))
    trainer.train(config(max_steps=3, save_steps=100), EXAMPLES)
    assert len(calls) - 1 == released  # one is of the checkpoint at the end


def test_a_dry_run_tells_the_cost_and_trains_nothing(built: Path) -> None:
    plan = trainer.dry_run(config(), EXAMPLES)
    assert plan.steps == 8
    assert plan.tokens > 0
    assert plan.memory_gb > 0
    assert plan.seconds > 0
    assert not built.exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"method": "lora"}, "nano-xs has no weights to tune; set method: scratch"),
        ({"base": "smollm2-135m-instruct"}, "method scratch needs one of nano-xs, nano-s, nano-m as base"),
    ],
)
def test_base_and_method_must_fit(changed: dict[str, str], told: str) -> None:
    with pytest.raises(PaperlibError, match=told):
        trainer.train(config(**changed), EXAMPLES)


def test_in_bf16_all_weights_stay_in_float32_and_only_products_are_rounded(tmp_path: Path) -> None:
    nano = models.new_nano("nano-xs", [e.text for e in EXAMPLES], 0)
    nano.model.save_pretrained(tmp_path / "base")
    nano.tokenizer.save_pretrained(tmp_path / "base")
    changed = {"base": str(tmp_path / "base"), "method": "full"}
    exact, rounded = (
        trainer.train(config(run=precision, precision=precision, **changed), EXAMPLES) for precision in ("fp32", "bf16")
    )
    pairs = [(one["loss"], other["loss"]) for one, other in zip(exact["losses"], rounded["losses"], strict=True)]
    assert all(one == pytest.approx(other, rel=0.05) for one, other in pairs)
    assert any(one != other for one, other in pairs)
    loaded = recipe.build(config(precision="bf16", **changed), EXAMPLES)
    assert {weight.dtype for weight in loaded.model.parameters()} == {torch.float32}
    assert (loaded.body.config._attn_implementation == blockwise_attention.NAME) is not torch.cuda.is_available()
