"""Kills a training at random moments, and checks that it ends in the same weights as one that was never killed.

    python tests/stress_kills.py [KILLS]        (20; a minute or two)

Every step is followed by a checkpoint, so most kills fall into the writing of one. No handler runs on SIGKILL.
"""

import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from safetensors.torch import load_file

ROOT = Path(__file__).parent.parent
STEPS = 400
CHILD = """
import sys
from pathlib import Path
from tests import test_trainer as t
t.models.NANO["nano-xs"] = t.SHAPE
t.paths.build = lambda profile: Path(sys.argv[1]) / profile
log = t.trainer.AnswerTrainer.log
def printed(self, logs, *rest):
    print("step", self.state.global_step, flush=True)
    log(self, logs, *rest)
t.trainer.AnswerTrainer.log = printed
t.trainer.train(t.config(max_steps=int(sys.argv[2]), save_steps=1, epochs=200), t.EXAMPLES)
"""


def start(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, str(folder), str(STEPS)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def killed(folder: Path, rng: random.Random) -> str:
    """One start, killed within a second of its first step; the last step that it printed, or "end" if it was faster."""
    child = start(folder)
    assert child.stdout is not None
    first = next((line for line in child.stdout if line.startswith("step")), "")
    time.sleep(rng.uniform(0, 0.6))
    child.send_signal(signal.SIGKILL)
    steps = [first, *(line for line in child.stdout if line.startswith("step"))]
    return steps[-1].strip() if child.wait() == -signal.SIGKILL else "end"


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "tiny" / "models" / "nano-xs" / "model.safetensors")


def main() -> None:
    kills, rng = int(sys.argv[1]) if len(sys.argv) > 1 else 20, random.Random(0)
    with tempfile.TemporaryDirectory() as name:
        torn, whole = Path(name) / "killed", Path(name) / "whole"
        for number in range(kills):
            print(f"kill {number + 1}: {killed(torn, rng)}", flush=True)
        for folder in (torn, whole):
            assert start(folder).wait() == 0
        mine, theirs = weights(torn), weights(whole)
        assert mine.keys() == theirs.keys()
        assert all(torch.equal(mine[key], theirs[key]) for key in mine)
    print(f"{kills} kills: the weights are those of a training that was never killed")


if __name__ == "__main__":
    main()
