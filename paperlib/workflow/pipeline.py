"""Start the pipeline: one at a time, dying with whoever started it, ending in one sentence where it failed.

The Snakefile knows the order; this only calls Snakemake so that a run killed anywhere, SIGKILL included, can be
started again at once. Snakemake's own lock outlives a SIGKILL, so it is replaced by ``flock``, which the kernel gives
back; a job watches this process and ends when it is gone, and this process ends Snakemake when `make` is gone.

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

FAILURE = "PAPERLIB_FAILURE"  # file that a failed rule writes its sentence to
COMMITTED = "committed"  # the pseudo-profile of `make paper`: no run, the committed records only
LOCK_SECONDS = 20.0  # how long a run that was just killed may take to let go
LARGEST_CHECKSUM = 10**8  # bytes; a smaller input whose content is the same as before causes no rerun


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m paperlib.workflow.pipeline", description="Run a profile's pipeline."
    )
    parser.add_argument("profile", help=f"a profile of experiments.yaml, or '{COMMITTED}' for the committed results")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--while", type=int, dest="parent", metavar="PID", help="end when this process is gone")
    own, rest = _divided(sys.argv[1:] if argv is None else argv)
    arguments = parser.parse_args(own)

    def act() -> int:
        _refuse_early(arguments.profile)
        with locked(paths.ROOT / "build" / ".lock"):
            return snakemake(arguments.profile, arguments.cores, rest, arguments.parent or os.getppid())

    code = exit_code(act)
    if code == 0 and not tex_install.available():
        print(tex_install.MISSING, file=sys.stderr)
    return code


def _divided(argv: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Our arguments and, after ``--``, Snakemake's; argparse alone finds them only where no option precedes them."""
    place = argv.index("--") if "--" in argv else len(argv)
    return argv[:place], argv[place + 1 :]


def snakemake(profile: str, cores: int, rest: Sequence[str], parent: int) -> int:
    """Snakemake's exit code. A failed rule's sentence is printed again, as the last line."""
    note = paths.build(profile) / ".failure"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.unlink(missing_ok=True)
    command = _command(profile, cores, rest)
    here = {**os.environ, FAILURE: str(note), PIPELINE: str(os.getpid())}
    code = _outlived_by(parent, subprocess.Popen(command, cwd=paths.ROOT, env=here))
    if code and note.exists():
        print(f"\n{note.read_text(encoding='utf-8').strip()}", file=sys.stderr)
    elif code:
        print("\nStopped before the end; run the same command again to go on from here.", file=sys.stderr)
    return code


def _command(profile: str, cores: int, rest: Sequence[str]) -> list[str]:
    flags = f"--cores {cores} --nolock --rerun-incomplete --resources heavy=1 --quiet host reason --nocolor"
    sums = ["--max-checksum-file-size", str(LARGEST_CHECKSUM)]
    return [sys.executable, "-m", "snakemake", *flags.split(), *sums, *rest, "--config", f"profile={profile}"]


def _outlived_by(parent: int, child: subprocess.Popen[bytes]) -> int:
    """Waits for ``child``; ends it when the process ``parent`` is gone."""
    try:
        while True:
            try:
                return child.wait(timeout=1)
            except subprocess.TimeoutExpired:
                if not is_running(parent):
                    child.kill()  # its jobs end by themselves when we do
    except KeyboardInterrupt:
        child.wait()
        raise


@contextmanager
def locked(path: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Holds ``path`` for this process alone. Raises PaperlibError where another still holds it after ``seconds``."""
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
                raise PaperlibError(f"another run of this checkout is going on (process {owner}); {hint}") from None
            time.sleep(0.2)


def _refuse_early(profile: str) -> None:
    """What can be known to be wrong before anything starts."""
    if (root := paths.data_root()) and not root.is_dir():
        raise PaperlibError(f"DATA_ROOT: {root}: no such folder")
    if profile == COMMITTED:
        if not any(paths.RESULTS.glob("*/record.json")):
            raise PaperlibError("data/results holds no record; run `make reproduce`, then `make results`")
        return
    if not experiments.runs_of(profile, with_data_root=paths.data_root() is not None):
        raise PaperlibError(f"every run of profile {profile!r} is on third-party data: name its folder with DATA_ROOT")
    if not shutil.which("git"):
        print("git is not installed: records will not name a commit", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
