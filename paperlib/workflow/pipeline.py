"""Runs the Snakemake pipeline of a profile, one at a time, so that it can be restarted after any kill.

Snakemake's own lock survives a SIGKILL; ``flock``, which replaces it, does not. Jobs end when this process is gone, and
this process stops Snakemake when the process that started it, usually `make`, is gone. After a failure the message of
the failed rule is repeated as the last line.

    python -m paperlib.workflow.pipeline laptop --cores 2 [-- flags for Snakemake]
"""

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from paperlib.core import experiments, paths
from paperlib.core.errors import PaperlibError, exit_code
from paperlib.paper import tex_install
from paperlib.workflow.notebooks import PIPELINE, is_running

FAILURE = "PAPERLIB_FAILURE"  # the file to which a failed rule writes its message
COMMITTED = "committed"  # the profile of `make paper`, which runs nothing and reads the committed records
LOCK_SECONDS = 20.0  # how long to wait for a run that was just killed
MAX_CHECKSUM_SIZE = 10**8  # bytes; rewriting a smaller input with the same content causes no rerun


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m paperlib.workflow.pipeline", description="Run a profile's pipeline."
    )
    parser.add_argument("profile", help=f"a profile of experiments.yaml, or '{COMMITTED}' for the committed results")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--while", type=int, dest="parent", metavar="PID", help="stop when this process is gone")
    argv = sys.argv[1:] if argv is None else argv
    end = argv.index("--") if "--" in argv else len(argv)  # argparse finds it only if no option precedes it
    arguments = parser.parse_args(argv[:end])

    def act() -> int:
        _check_preconditions(arguments.profile)
        with locked(paths.ROOT / "build" / ".lock"):
            return snakemake(arguments.profile, arguments.cores, argv[end + 1 :], arguments.parent or os.getppid())

    code = exit_code(act)
    if code == 0 and not tex_install.available():
        print(tex_install.MISSING, file=sys.stderr)
    return code


def snakemake(profile: str, cores: int, flags: Sequence[str], parent: int) -> int:
    """Runs Snakemake with further ``flags`` until it ends or the process ``parent`` is gone, and returns its exit code.

    If a rule failed, its message is repeated as the last line.
    """
    failure = paths.build(profile) / ".failure"
    failure.parent.mkdir(parents=True, exist_ok=True)
    failure.unlink(missing_ok=True)
    own = f"--cores {cores} --nolock --rerun-incomplete --resources heavy=1 --quiet host reason --nocolor"
    own += f" --max-checksum-file-size {MAX_CHECKSUM_SIZE}"
    command = [sys.executable, "-m", "snakemake", *own.split(), *flags, "--config", f"profile={profile}"]
    environment = {**os.environ, FAILURE: str(failure), PIPELINE: str(os.getpid())}
    code = _wait(subprocess.Popen(command, cwd=paths.ROOT, env=environment), parent)
    if code and failure.exists():
        print(f"\n{failure.read_text(encoding='utf-8').strip()}", file=sys.stderr)
    elif code:
        print("\nStopped before the end; run the same command again to resume.", file=sys.stderr)
    return code


def _wait(child: subprocess.Popen[bytes], parent: int) -> int:
    """Waits for ``child`` and returns its exit code, killing it if the process ``parent`` is gone."""
    try:
        while True:
            try:
                return child.wait(timeout=1)
            except subprocess.TimeoutExpired:
                if not is_running(parent):
                    child.kill()  # its jobs end when this process does
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
