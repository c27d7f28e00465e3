"""Training a very small model: the loss falls, a killed training resumes, an error ends in one sentence."""

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
# Trains as the tests here do, and ends as if killed while checkpoint-K is half written; argv: build folder, K
KILLED = """
import os, sys
from pathlib import Path
from tests import test_trainer as t
t.models.NANO["nano-xs"] = t.SHAPE
t.paths.build = lambda profile: Path(sys.argv[1]) / profile
def on_save(self, args, state, control, **_):
    if state.global_step == int(sys.argv[2]):
        os._exit(9)
    return saved(self, args, state, control)
saved, t.trainer.ProgressBar.on_save = t.trainer.ProgressBar.on_save, on_save
t.trainer.train(t.config(), t.EXAMPLES)
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


def test_the_loss_falls_and_the_log_is_complete(built: Path) -> None:
    printed: list[Any] = []
    log = trainer.train(config(max_steps=40), EXAMPLES, printed.append)
    losses = [row["loss"] for row in log["losses"]]
    assert len(losses) == 40
    assert sum(losses[-5:]) < 0.5 * sum(losses[:5])
    assert "40 steps" in str(printed[0])
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
    ours, plain = (
        trainer.answer_loss(loaded.base_model, batch),
        loaded.model(**batch, attention_mask=tokens.long()).loss,
    )
    assert torch.allclose(ours, plain, rtol=1e-6)
    for one, other in zip(gradients(ours), gradients(plain), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def test_only_the_answer_is_learnt_and_it_ends_with_the_end_of_sequence() -> None:
    tokenizer = models.train_tokenizer([e.text for e in EXAMPLES], 290)
    tokens = encode(tokenizer, EXAMPLES[:1])
    labels = collate(tokens, tokenizer.pad_token_id)["labels"][0]
    learnt = labels[labels != IGNORE].tolist()
    assert learnt[-1] == tokenizer.eos_token_id
    assert tokenizer.decode(learnt[:-1]) == ' {"name": "ann", "count": 0}'
    assert tokenizer.decode(tokens[0].prompt).endswith("Input: Name: ann\nCount: 0\n\nOutput:")


log = trainer.AnswerTrainer.log


def test_batches_of_one_step_have_the_gradient_of_one_whole_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[dict[str, float]] = []
    monkeypatch.setattr(trainer.AnswerTrainer, "log", lambda self, logs, *_: (logged.append(logs), log(self, logs))[1])
    uneven = [replace(e, answer={"name": "x" * 5 * place}) for place, e in enumerate(EXAMPLES[:4])]
    for parts in (1, 2):
        given = {"batch_examples": 4 // parts, "gradient_accumulation": parts, "order": "random", "max_steps": 1}
        trainer.train(config(**given), uneven)
    one, two = (row for row in logged if "loss" in row)
    assert two["loss"] == pytest.approx(one["loss"], rel=1e-4)
    assert two["grad_norm"] == pytest.approx(one["grad_norm"], rel=1e-3)


def test_an_example_that_is_too_long_is_skipped_and_named(built: Path) -> None:
    long = Example("long", "note", None, "train", "", "word " * 200, {"name": "x"})
    printed: list[Any] = []
    log = trainer.train(config(max_steps=1, max_tokens=200), [*EXAMPLES, long], printed.append)
    assert (log["skipped"], log["n_train"]) == (["long"], 20)
    assert any("200 tokens" in str(line) and "1 of 21 note: long" in str(line) for line in printed)
    with pytest.raises(PaperlibError, match="every one of the 1 training examples is longer than max_tokens=200"):
        trainer.train(config(run="other", max_tokens=200), [long])


def test_a_killed_training_resumes_and_ends_in_the_same_weights(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = 4
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(step)], cwd=paths.ROOT, capture_output=True, text=True
    )
    assert done.returncode == 9, done.stderr
    checkpoints = next((built / "checkpoints" / "nano-xs").iterdir())
    assert not (checkpoints / f"checkpoint-{step}" / trainer.COMPLETE).exists()
    began: list[int] = []
    begin = trainer.ProgressBar.on_train_begin

    def note(self: Any, args: Any, state: Any, control: Any, **more: Any) -> None:
        began.append(state.global_step)
        begin(self, args, state, control, **more)

    monkeypatch.setattr(trainer.ProgressBar, "on_train_begin", note)
    resumed = trainer.train(config(), EXAMPLES)
    assert began == [step - 2]  # the half-written checkpoint was passed over
    mine = weights(built)
    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / "again" / profile)
    whole = trainer.train(config(), EXAMPLES)
    assert same(mine, weights(tmp_path / "again" / "tiny"))
    assert [row["loss"] for row in resumed["losses"]] == [row["loss"] for row in whole["losses"]]
    assert [row["step"] for row in resumed["losses"]] == list(range(1, 9))


def test_after_a_kill_behind_the_last_step_no_step_is_taken_again(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "_save", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
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
    assert trainer.latest_checkpoint(tmp_path / "none") is None
    for step in (4, 8):
        (tmp_path / f"checkpoint-{step}" / trainer.COMPLETE).touch()
    assert trainer.latest_checkpoint(tmp_path) == tmp_path / "checkpoint-8"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-4", "checkpoint-8"]


def test_a_loss_that_is_not_a_number_stops_the_training_and_names_the_step(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    assert list((built / "checkpoints" / "nano-xs").glob("*/checkpoint-4/complete"))


def test_a_configuration_is_trained_once(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer.train(config(max_steps=2), EXAMPLES)
    first = weights(built)
    with monkeypatch.context() as context:
        context.setattr(trainer, "build_model", lambda *_: pytest.fail("it was built again"))
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


def test_too_little_memory_is_an_error_before_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.psutil, "virtual_memory", lambda: type("Memory", (), {"available": 2e8}))
    monkeypatch.setattr(trainer, "_fit", lambda *_: pytest.fail("a step was taken"))
    with pytest.raises(
        PaperlibError, match=r"training nano-xs needs about \d+\.\d GB of memory, 0\.2 GB are free; close"
    ):
        trainer.train(config(), EXAMPLES)


@pytest.mark.parametrize(("resident", "released"), [(0.5, 0), (50.0, 3)])
def test_a_step_that_leaves_more_memory_than_planned_returns_free_pages(
    built: Path, monkeypatch: pytest.MonkeyPatch, resident: float, released: int
) -> None:
    """Batches of many shapes leave holes in the heap: a training planned at 7 GB once held 24 until a checkpoint."""
    calls: list[None] = []
    monkeypatch.setattr(runtime, "memory_gb", lambda: resident)
    monkeypatch.setattr(runtime, "return_free_memory", lambda: calls.append(None))
    trainer.train(config(max_steps=3, save_steps=100), EXAMPLES)
    assert len(calls) - 1 == released  # one is of the checkpoint at the end


def test_a_dry_run_estimates_the_cost_and_trains_nothing(built: Path) -> None:
    plan = trainer.dry_run(config(), EXAMPLES)
    assert plan.steps == 8
    assert plan.tokens > 0
    assert plan.memory_gb > 0
    assert plan.seconds > 0
    assert not built.exists()


def test_in_bf16_all_weights_stay_in_float32_and_only_products_are_rounded(tmp_path: Path) -> None:
    nano = models.new_nano("nano-xs", [e.text for e in EXAMPLES], 0)
    nano.model.save_pretrained(tmp_path / "base")
    nano.tokenizer.save_pretrained(tmp_path / "base")
    changed = {"base": str(tmp_path / "base"), "method": "full", "max_tokens": 256}
    exact, rounded = (
        trainer.train(config(run=precision, precision=precision, **changed), EXAMPLES) for precision in ("fp32", "bf16")
    )
    pairs = [(one["loss"], other["loss"]) for one, other in zip(exact["losses"], rounded["losses"], strict=True)]
    assert all(one == pytest.approx(other, rel=0.05) for one, other in pairs)
    assert any(one != other for one, other in pairs)
    loaded = recipe.build_model(config(precision="bf16", **changed), EXAMPLES)
    assert {weight.dtype for weight in loaded.model.parameters()} == {torch.float32}
    assert (loaded.base_model.config._attn_implementation == blockwise_attention.NAME) is not torch.cuda.is_available()
