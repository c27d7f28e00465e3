"""Where the seconds of a cold start go: `paperlib extract` with the README's first text, in this checkout and another.

    python tests/bench_cold_start.py [OTHER_CHECKOUT [REPEATS]]

Starts the command anew REPEATS times (3), in turn in either checkout, with the weights in the cache, and prints the
medians of its stages in seconds of the clock, and whether the answers are the same, byte for byte. The goal is under
4 s, and well under half a second for `--help`. Another checkout is a worktree of an earlier commit, say.
"""

import itertools
import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from paperlib.core.paths import ROOT

TEXT = "Ana Ruiz runs our Lisbon office; write to ana.ruiz@example.org or call +351 21 555 0142."
EXTRACT = ["extract", "--model", "reader-135m", "--schema", "data/schemas/simple/contact_info.json", TEXT]
STAGES = ("interpreter", "command line", "torch", "other imports", "weights", "answer", "exit")
# Run in a process of its own, in either checkout; the clock is the machine's, so that its times compare with ours.
PROBE = """
import json, sys, time
times = [time.monotonic()]
def lap(): times.append(time.monotonic())
from paperlib import cli
lap()
import torch
lap()
from paperlib.decoding.extraction import command, extractor
from paperlib.decoding.engines import model_resolution
load, extract = model_resolution.ResolvedModel.load, command.extract
def clocked(self):
    lap()
    found = load(self)
    lap()
    return found
model_resolution.ResolvedModel.load = clocked
code = cli.main(json.loads(sys.argv[1]))
lap()
print(json.dumps(times), file=sys.stderr)
sys.exit(code)
"""


def run(checkout: Path, *argv: str) -> tuple[str, str, float, float]:
    """Standard output and error of a process, and when it began and ended."""
    begun = time.monotonic()
    done = subprocess.run([sys.executable, *argv], cwd=checkout, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout, done.stderr, begun, time.monotonic()


def stages(checkout: Path) -> tuple[list[float], str]:
    """The seconds of each stage, and the answer."""
    answer, told, begun, ended = run(checkout, "-c", PROBE, json.dumps(EXTRACT))
    times = [begun, *json.loads(told.splitlines()[-1]), ended]
    return [later - earlier for earlier, later in itertools.pairwise(times)], answer


def help_seconds(checkout: Path) -> float:
    _, _, begun, ended = run(checkout, "-m", "paperlib.cli", "--help")
    return ended - begun


def main() -> None:
    other = [Path(sys.argv[1]).resolve()] if len(sys.argv) > 1 else []
    checkouts, repeats = [*other, ROOT], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    found = [[stages(checkout) for checkout in checkouts] for _ in range(repeats)]
    rows = [
        [median(turn[i][0][stage] for turn in found) for i in range(len(checkouts))] for stage in range(len(STAGES))
    ]
    totals = [median(sum(turn[i][0]) for turn in found) for i in range(len(checkouts))]
    helped = [median(help_seconds(checkout) for _ in range(repeats)) for checkout in checkouts]
    print(" " * 14 + "".join(f"{name:>8}" for name in ["before", "after"][-len(checkouts) :]))
    for name, seconds in zip([*STAGES, "together", "--help"], [*rows, totals, helped], strict=True):
        print(f"{name:14}" + "".join(f"{one:8.2f}" for one in seconds))
    answers = {answer for turn in found for _, answer in turn}
    print(f"{repeats} starts each; {'the same answer' if len(answers) == 1 else f'{len(answers)} different answers'}")


if __name__ == "__main__":
    main()
