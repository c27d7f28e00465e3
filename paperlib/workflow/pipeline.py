"""Runs the Snakemake pipeline of a profile, one at a time, so that it can be restarted after any kill.

Snakemake's own lock survives a SIGKILL; ``flock``, which replaces it, does not. Jobs end when this process is gone, and
this process stops Snakemake when the process that started it, usually `make`, is gone. Jobs on a cluster outlive this
process; the next one ends them first. After a failure the message of the failed rule is repeated as the last line.

    python -m paperlib.workflow.pipeline laptop --cores 2 [-- flags for Snakemake]
    python -m paperlib.workflow.pipeline paper --executor slurm --jobs 20 [-- flags for Snakemake]
"""

import argparse
import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from paperlib.core import experiments, paths
from paperlib.core.arguments import positive_int
from paperlib.core.errors import PaperlibError, exit_code
from paperlib.paper import tex_install
from paperlib.workflow.cluster import HERE, Place
from paperlib.workflow.notebooks import PIPELINE, is_running

FAILURE = "PAPERLIB_FAILURE"  # the file to which a failed rule writes its message
COMMITTED = "committed"  # the profile of `make paper`, which runs nothing and reads the committed records
LOCK_SECONDS = 20.0  # how long to wait for a run that was just killed
PR_SET_PDEATHSIG = 1  # of Linux's prctl.h
MAX_CHECKSUM_SIZE = 10**8  # bytes; rewriting a smaller input with the same content causes no rerun


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m paperlib.workflow.pipeline", description="Run a profile's pipeline."
    )
    parser.add_argument("profile", help=f"a profile of experiments.yaml, or '{COMMITTED}' for the committed results")
    parser.add_argument("--cores", type=positive_int, default=2, help="of this machine (default: 2)")
    parser.add_argument("--executor", default=HERE, help="slurm, or another of Snakemake's (default: local)")
    parser.add_argument("--jobs", type=positive_int, default=20, help="on a cluster, at once (default: 20)")
    parser.add_argument("--while", type=int, dest="parent", metavar="PID", help="stop when this process is gone")
    argv = sys.argv[1:] if argv is None else argv
    end = argv.index("--") if "--" in argv else len(argv)  # argparse finds it only if no option precedes it
    arguments = parser.parse_args(argv[:end])
    place = Place(arguments.executor, arguments.cores, arguments.jobs)

    def act() -> int:
        _check_preconditions(arguments.profile)
        place.check()
        with locked(paths.ROOT / "build" / ".lock"):
            if left := place.cancel(arguments.profile):
                print(f"ended {left} jobs that an earlier run has left on the cluster", file=sys.stderr)
            return snakemake(arguments.profile, place, argv[end + 1 :], arguments.parent or os.getppid())

    code = exit_code(act)
    if code == 0 and not tex_install.available():
        print(tex_install.MISSING, file=sys.stderr)
    return code


def snakemake(profile: str, place: Place, flags: Sequence[str], parent: int) -> int:
    """Runs Snakemake with further ``flags`` until it ends or the process ``parent`` is gone, and returns its exit code.

    If a rule failed, its message is repeated as the last line.
    """
    failure = paths.build(profile) / ".failure"
    failure.parent.mkdir(parents=True, exist_ok=True)
    failure.unlink(missing_ok=True)
    own = f"--nolock --rerun-incomplete --quiet host reason --nocolor --max-checksum-file-size {MAX_CHECKSUM_SIZE}"
    command = [sys.executable, "-m", "snakemake", *own.split(), *place.flags(profile), *flags]
    command += ["--config", f"profile={profile}"]
    # Jobs here watch this process; on a cluster Snakemake ends with it, and the jobs when they are cancelled.
    watched = {PIPELINE: str(os.getpid())} if place.here else {}
    environment = {**os.environ, FAILURE: str(failure), **watched}
    end = None if place.here else _end_with_parent
    code = _wait(subprocess.Popen(command, cwd=paths.ROOT, env=environment, preexec_fn=end), parent)
    if code and failure.exists():
        print(f"\n{failure.read_text(encoding='utf-8').strip()}", file=sys.stderr)
    elif code:
        hint = "run the same command again to resume" if code < 0 else "what stopped it stands above"
        print(f"\nStopped before the end; {hint}.", file=sys.stderr)
    if code:
        place.cancel(profile)
    return code


def _end_with_parent() -> None:
    """Has Linux kill this process when the one that started it is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _wait(child: subprocess.Popen[bytes], parent: int) -> int:
    """Waits for ``child`` and returns its exit code, killing it if the process ``parent`` is gone."""
    try:
        while True:
            try:
                return child.wait(timeout=1)
            except subprocess.TimeoutExpired:
                if not is_running(parent):
                    child.kill()  # its jobs here end when this process does
    except KeyboardInterrupt:
        child.wait()
        raise


@contextmanager
def locked(path: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Locks ``path`` for this process. Raises PaperlibError if another still holds the lock after ``seconds``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as handle:
        _acquire(handle.fileno(), path, seconds)
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def _acquire(number: int, path: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                owner = path.read_text(encoding="utf-8").strip()
                hint = "wait for it to end, or stop it"
                raise PaperlibError(
                    f"this checkout is already running the pipeline (process {owner}); {hint}"
                ) from None
            time.sleep(0.2)


def _check_preconditions(profile: str) -> None:
    """Raises PaperlibError for mistakes that can be found before anything runs."""
    if (root := paths.data_root()) and not root.is_dir():
        raise PaperlibError(f"DATA_ROOT: {root}: no such folder")
    if profile == COMMITTED:
        if not any(paths.RESULTS.glob("*/record.json")):
            raise PaperlibError("data/results contains no record; run `make reproduce`, then `make results`")
        return
    if not experiments.runs_of(profile, with_data_root=paths.data_root() is not None):
        raise PaperlibError(f"every run of profile {profile!r} is on third-party data: name its folder with DATA_ROOT")
    if not shutil.which("git"):
        print("git is not installed: records will not name a commit", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
