"""Two processes on this machine train as one does, to rounding, and resume after a kill."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from test_trainer import EXAMPLES, SHAPE, config

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import read_json
from paperlib.data.prompts import Tokens
from paperlib.training import distributed, models, trainer

# Trains each configuration of argv[2], below the folder argv[1]; where one names a step under "kill", the processes are
# killed while its checkpoint is half written. Every process notes where it began and what it printed.
WORKER = """
import json, os, sys
from pathlib import Path
sys.path.insert(0, "tests")
import test_trainer as t
from paperlib.training import distributed
t.models.NANO["nano-xs"] = t.SHAPE
begin, save = t.trainer.ProgressBar.on_train_begin, t.trainer.ProgressBar.on_save
def on_train_begin(self, args, state, control, **_):
    with Path(sys.argv[1], f"began-{distributed.rank()}").open("a") as out:
        print(state.global_step, file=out)
    begin(self, args, state, control)
def on_save(self, args, state, control, **_):
    if state.global_step == kill:
        os._exit(9)
    save(self, args, state, control)
t.trainer.ProgressBar.on_train_begin, t.trainer.ProgressBar.on_save = on_train_begin, on_save
for name, changed in json.loads(sys.argv[2]).items():
    kill = changed.pop("kill", None)
    t.paths.build = lambda profile: Path(sys.argv[1], name, profile)
    t.trainer.train(t.config(**changed), t.EXAMPLES, lambda plan: print("plan of", name, "by", distributed.rank()))
"""
RUNS: dict[str, dict[str, Any]] = {
    "uneven": {"batch_examples": 3},
    "single": {"batch_examples": 1},  # fewer examples than processes
    "steps of 3": {"gradient_accumulation": 3, "order": "random", "batch_examples": 3, "max_steps": 5},
}


def torchrun(folder: Path, runs: dict[str, dict[str, Any]]) -> subprocess.CompletedProcess[str]:
    """Trains with two processes that talk over 127.0.0.1."""
    (folder / "worker.py").write_text(WORKER)
    here = ["--rdzv-backend", "c10d", "--rdzv-endpoint", "127.0.0.1:0", "--local-addr", "127.0.0.1"]
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", *here]
    command += [str(folder / "worker.py"), str(folder), json.dumps(runs)]
    environment = {**os.environ, "GLOO_SOCKET_IFNAME": "lo", "PYTHONPATH": str(paths.ROOT), "CUDA_VISIBLE_DEVICES": ""}
    return subprocess.run(command, cwd=paths.ROOT, env=environment, capture_output=True, text=True, timeout=240)


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what one process trains."""
    monkeypatch.setitem(models.NANO, "nano-xs", SHAPE)
    folder = tmp_path / "alone"
    monkeypatch.setattr(paths, "build", lambda profile: folder / profile)
    return folder / "tiny"


def assert_equal(one: dict[str, Any], other: dict[str, Any], of_one: Path, of_other: Path) -> None:
    """The same steps, losses within 1e-5 of each other, and weights within 1e-4: sums in another order."""
    assert one["identity"] == other["identity"]
    assert [row["tokens"] for row in one["losses"]] == [row["tokens"] for row in other["losses"]]
    losses = ([row["loss"] for row in log["losses"]] for log in (one, other))
    assert next(losses) == pytest.approx(next(losses), rel=1e-5)
    first, second = load_file(of_one), load_file(of_other)
    assert first.keys() == second.keys()
    assert max((first[name] - second[name]).abs().max().item() for name in first) < 1e-4


def test_two_processes_train_as_one_and_the_first_alone_speaks(tmp_path: Path, alone: Path) -> None:
    nano = models.new_nano("nano-xs", [example.text for example in EXAMPLES], 0)
    nano.model.save_pretrained(tmp_path / "base")
    nano.tokenizer.save_pretrained(tmp_path / "base")
    adapted = {"run": "tuned", "base": str(tmp_path / "base"), "method": "lora", "precision": "fp32", "max_tokens": 256}
    runs = {**RUNS, "adapter": adapted}
    done = torchrun(tmp_path, runs)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"plan of {name} by 0" for name in runs]
    for name, changed in runs.items():
        run, file = ("tuned", "adapter_model") if name == "adapter" else ("nano-xs", "model")
        log, theirs = trainer.train(config(**changed), EXAMPLES), tmp_path / name / "tiny" / "models" / run
        ours = alone / "models" / run / f"{file}.safetensors"
        assert_equal(log, read_json(theirs / "train.json"), ours, theirs / f"{file}.safetensors")
        assert not (tmp_path / name / "tiny" / "checkpoints" / run).exists()


def test_killed_processes_resume_together(tmp_path: Path, alone: Path) -> None:
    step = 4
    assert torchrun(tmp_path, {"torn": {"kill": step}}).returncode != 0
    checkpoints = next((tmp_path / "torn" / "tiny" / "checkpoints" / "nano-xs").iterdir())
    assert not (checkpoints / f"checkpoint-{step}" / trainer.COMPLETE).exists()
    done = torchrun(tmp_path, {"torn": {}})
    assert done.returncode == 0, done.stderr
    assert [(tmp_path / f"began-{rank}").read_text().split() for rank in (0, 1)] == [["0", str(step - 2)]] * 2
    theirs = tmp_path / "torn" / "tiny" / "models" / "nano-xs"
    log = trainer.train(config(), EXAMPLES)
    ours = alone / "models" / "nano-xs" / "model.safetensors"
    assert_equal(log, read_json(theirs / "train.json"), ours, theirs / "model.safetensors")


@pytest.fixture
def second_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.distributed, "is_torchelastic_launched", lambda: True)
    for name, value in {"RANK": 1, "WORLD_SIZE": 3, "LOCAL_RANK": 1, "LOCAL_WORLD_SIZE": 3}.items():
        monkeypatch.setenv(name, str(value))


@pytest.mark.usefixtures("second_of_three")
def test_examples_are_dealt_out_and_an_idle_process_has_no_target() -> None:
    batch = [Tokens(str(i), [i], [i, i]) for i in range(5)]
    assert [tokens.id for tokens in distributed.share(batch)] == ["1", "4"]
    assert distributed.share(batch[:1]) == [Tokens("0", [0, 0, 0], [])]


@pytest.mark.usefixtures("second_of_three")
def test_more_processes_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(PaperlibError, match="torchrun starts 3 processes here, this machine has 2 GPUs"):
        distributed.start()


def test_without_torchrun_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "4")  # as other launchers set it
    distributed.start()
    assert (distributed.rank(), distributed.size(), distributed.local_size()) == (0, 1, 1)
    assert not torch.distributed.is_initialized()
    batch = [Tokens("a", [1], [2]), Tokens("b", [3], [4])]
    assert distributed.share(batch) == batch
