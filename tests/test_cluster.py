"""Where a pipeline's jobs run, with commands that stand in for Slurm's; a real Slurm: tests/slurm."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.workflow import cluster, pipeline
from paperlib.workflow.cluster import Place, job_name
from paperlib.workflow.notebooks import is_running

SLURM = Place("slurm", jobs=7)


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of commands, the only ones that are found."""
    (tmp_path / "bin").mkdir()
    for tool in ("cat", "sed", "git"):
        if path := shutil.which(tool):
            (tmp_path / "bin" / tool).symlink_to(path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "snakemake_executor_plugin_slurm" or None)
    return tmp_path / "bin"


def command(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def test_here_cores_count_and_on_a_cluster_jobs_do() -> None:
    assert Place(cores=3).flags("smoke") == ["--cores", "3", "--resources", "heavy=1"]
    flags = SLURM.flags("smoke")
    assert "--cores" not in flags
    assert "--resources" not in flags  # two heavy jobs may run on two machines
    for pair in (["--executor", "slurm"], ["--jobs", "7"], ["--retries", "2"], ["--latency-wait", "60"]):
        assert flags[flags.index(pair[0]) + 1] == pair[1]
    assert "--slurm-requeue" in flags
    assert not any(flag.startswith("--slurm") for flag in Place("lsf").flags("smoke"))


def test_names_of_jobs_are_those_of_one_checkout_and_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {job_name("smoke"), job_name("laptop")}
    monkeypatch.setattr(paths, "ROOT", Path("elsewhere"))
    assert len(names | {job_name("smoke")}) == 3


def test_an_executor_that_is_missing_is_one_sentence(commands: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pipeline.main(["smoke", "--executor", "lsf"]) == 2
    assert capsys.readouterr().err == "executor 'lsf' is not installed: pip install snakemake-executor-plugin-lsf\n"
    assert pipeline.main(["smoke", "--executor", "slurm"]) == 2
    assert "sbatch is not installed; run this on a machine from which" in capsys.readouterr().err
    command(commands, "sbatch", "")
    SLURM.check()


def test_jobs_that_a_killed_run_left_are_ended_and_no_others(commands: Path) -> None:
    listed = commands / "listed"
    listed.write_text(
        f"1 {job_name('smoke')}_a\n2 {job_name('laptop')}_b\n3 somebody else's\n4 {job_name('smoke')}_c\n"
    )
    command(commands, "squeue", f"cat {listed}")
    command(commands, "scancel", f'echo "$@" >{commands}/cancelled; sed -i "/^[14] /d" {listed}')
    assert SLURM.cancel("smoke") == 2
    assert (commands / "cancelled").read_text() == "1 4\n"
    assert SLURM.cancel("smoke") == 0
    assert Place().cancel("smoke") == 0


def test_jobs_that_do_not_end_are_named(commands: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "END_SECONDS", -1)
    command(commands, "squeue", f"echo 5 {job_name('smoke')}_a")
    command(commands, "scancel", "")
    with pytest.raises(PaperlibError, match="Slurm has not ended jobs 5 for"):
        SLURM.cancel("smoke")


def test_a_slurm_that_is_down_is_one_sentence(commands: Path) -> None:
    command(commands, "squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1")
    with pytest.raises(PaperlibError, match=r"^Slurm does not answer: slurm_load_jobs error: Unable to contact"):
        SLURM.cancel("smoke")


@pytest.mark.parametrize(("place", "watched"), [(Place(), True), (SLURM, False)])
def test_only_jobs_of_this_machine_watch_the_pipeline(
    place: Place, watched: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, str]] = []

    def start(command: list[str], env: dict[str, str], **_: object) -> SimpleNamespace:
        seen.append(env)
        return SimpleNamespace(wait=lambda timeout: 0)

    monkeypatch.setattr(paths, "build", lambda profile: tmp_path / profile)
    monkeypatch.setattr(pipeline.subprocess, "Popen", start)
    assert pipeline.snakemake("smoke", place, [], os.getpid()) == 0
    assert (pipeline.PIPELINE in seen[0]) is watched


def test_what_an_earlier_run_has_left_is_ended_before_the_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []
    monkeypatch.setattr(pipeline, "locked", lambda _: nullcontext())
    monkeypatch.setattr(Place, "check", lambda self: None)
    monkeypatch.setattr(Place, "cancel", lambda self, profile: done.append(f"cancel {profile}") or 3)
    monkeypatch.setattr(pipeline, "snakemake", lambda profile, place, *_: done.append(f"{place.jobs} jobs") or 0)
    assert pipeline.main(["smoke", "--executor", "slurm", "--jobs", "9"]) == 0
    assert done == ["cancel smoke", "9 jobs"]
    assert "ended 3 jobs that an earlier run has left on the cluster" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_on_a_cluster_snakemake_ends_with_the_pipeline() -> None:
    code = (
        "import subprocess, sys, time\nfrom paperlib.workflow.pipeline import _end_with_parent\n"
        "child = subprocess.Popen(['sleep', '600'], preexec_fn=_end_with_parent)\n"
        "print(child.pid, flush=True)\ntime.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=paths.ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_running(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 20
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)


@pytest.mark.parametrize(
    ("given", "flags"),
    [
        ([], "smoke --cores 2"),
        (["EXECUTOR=slurm", "JOBS=5"], "smoke --cores 2 --executor slurm --jobs 5"),
        (["EXECUTOR=slurm", "FLAGS=--set-resources train:gres=gpu:1"],
         "smoke --cores 2 --executor slurm --jobs 20 -- --set-resources train:gres=gpu:1"),
    ],
)  # fmt: skip
def test_make_passes_the_executor_on(given: list[str], flags: str) -> None:
    alone = {"PATH": os.environ["PATH"]}  # without the variables of a make that runs this test
    make = ["make", "--dry-run", "smoke", *given]
    done = subprocess.run(make, cwd=paths.ROOT, env=alone, capture_output=True, text=True, check=True)
    words = done.stdout.split("paperlib.workflow.pipeline ")[1].split()
    place = words.index("--while")
    assert words[:place] + words[place + 2 :] == flags.split()
