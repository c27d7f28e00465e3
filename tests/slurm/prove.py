"""Runs the smoke profile on a Slurm cluster of this machine, and takes down what may fail: first the pipeline, then a
node. Prints what happened when; ends with status 0 if the run is whole.

    .venv/bin/python tests/slurm/prove.py

Needs what tests/slurm/README.md says. It takes a quarter of an hour, and is no part of `make test`.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

import cluster

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "smoke"
PIPELINE = [sys.executable, "-m", "paperlib.workflow.pipeline", "smoke", "--executor", "slurm", "--jobs", "2"]
# The nodes have one core each, and no accounting; how jobs stand is asked every few seconds, instead of every 40.
FLAGS = ["--", "--max-threads", "1", "--slurm-status-command", "squeue"]
FLAGS += ["--slurm-init-seconds-before-status-checks", "5"]
MINUTES = 40
START = time.monotonic()


def say(text: str) -> None:
    print(f"{time.monotonic() - START:5.0f} s  {text}", flush=True)


def pipeline(slurm: cluster.Cluster, log: IO[str]) -> subprocess.Popen[str]:
    return subprocess.Popen([*PIPELINE, *FLAGS], cwd=ROOT, env=slurm.environment, stdout=log, stderr=log, text=True)


class Watch:
    """Says how the jobs of a cluster change."""

    def __init__(self, slurm: cluster.Cluster):
        self.slurm = slurm
        self.known: dict[str, tuple[str, str]] = {}

    def look(self) -> list[tuple[str, str, str, str]]:
        """Says what has changed since the last look, and returns the jobs that have not ended."""
        jobs = self.slurm.jobs()
        for number, state, node, rule in jobs:
            if self.known.get(number) != (state, node):
                say(f"job {number} ({rule.replace('_wildcards_', ' ')}): {state.lower()}{node and ' on ' + node}")
                self.known[number] = state, node
        for number in self.known.keys() - {job[0] for job in jobs}:
            del self.known[number]
            say(f"job {number}: ended")
        return jobs

    def until_running(self, run: str, process: subprocess.Popen[str]) -> str:
        """The node on which a run is trained, for some seconds, by a job that is not known yet."""
        known = set(self.known)
        while process.poll() is None:
            for number, state, node, rule in self.look():
                new = number not in known and rule == f"train_wildcards_{run}"
                if new and state == "RUNNING" and self._seconds(number) > 15:
                    return node
            time.sleep(1)
        raise SystemExit(f"the pipeline ended before {run} was trained")

    def _seconds(self, number: str) -> int:
        minutes, seconds = self.slurm.run("squeue", "-h", "-j", number, "-o", "%M").strip().split(":")[-2:]
        return 60 * int(minutes) + int(seconds)


def main() -> int:
    if (BUILD / "models").exists():
        sys.exit("build/smoke exists: remove it, so that there is something to run")
    BUILD.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        (BUILD / "slurm.log").open("w") as log,
        cluster.running(Path(folder, "slurm")) as slurm,
    ):
        say(f"{slurm.run('sinfo', '--version').strip()}: controller, node1 and node2 run")
        watch = Watch(slurm)
        first = pipeline(slurm, log)
        watch.until_running("nano-xs", first)
        first.kill()
        say(f"KILLED the pipeline; {len(slurm.jobs())} of its jobs run on")
        second = pipeline(slurm, log)
        node = watch.until_running("lora-135m", second)
        say(f"KILLED {node}, on which lora-135m is trained: {slurm.kill_node(node)} processes")
        while second.poll() is None and time.monotonic() - START < 60 * MINUTES:
            watch.look()
            time.sleep(1)
        watch.look()
        second.kill()
        say(f"the pipeline ended with status {second.wait()}")
        nodes = slurm.run("sinfo", "-hN", "-o", "%N is %T").splitlines()
        say(f"{', '.join(nodes)}; jobs that ran twice: {restarted(slurm)}")
        third = subprocess.run(
            [*PIPELINE, "--", "--dry-run"], cwd=ROOT, env=slurm.environment, capture_output=True, text=True
        )
    done = "Nothing to be done" in third.stdout + third.stderr
    records = sorted(path.parent.name for path in BUILD.glob("results/*/record.json"))
    say(f"{'nothing' if done else 'something'} is left to do; records: {', '.join(records)}")
    return 0 if second.returncode == 0 and done else 1


def restarted(slurm: cluster.Cluster) -> str:
    """Jobs that Slurm has put back into its queue, with the nodes they ended on."""
    blocks = slurm.run("scontrol", "--oneliner", "show", "job").splitlines()
    fields = [dict(part.split("=", 1) for part in block.split() if "=" in part) for block in blocks]
    again = [row for row in fields if row.get("Restarts", "0") != "0"]
    return ", ".join(f"{row['JobId']}, in the end {row['JobState'].lower()} on {row['NodeList']}" for row in again)


if __name__ == "__main__":
    sys.exit(main())
