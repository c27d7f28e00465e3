"""Where a pipeline's jobs run: on this machine or, by one of Snakemake's executor plugins, on those of a cluster.

The machines of a cluster share a file system, on which checkout and weights lie. There a job that fails is tried again
with more memory, and a job whose machine fails goes back into the queue.
"""

import importlib.util
import shutil
import subprocess
import time
from dataclasses import dataclass

from paperlib.core import paths
from paperlib.core.errors import PaperlibError
from paperlib.core.files import digest

HERE, SLURM = "local", "slurm"
RETRIES = 2  # of a job that failed
END_SECONDS = 180  # that cancelled jobs may take to end
LATENCY = 60  # seconds until a file that one machine has written appears on the others, at most


@dataclass(frozen=True)
class Place:
    """An executor of Snakemake's, and how much may run at once: ``cores`` of this machine, or ``jobs`` of a cluster."""

    executor: str = HERE
    cores: int = 2
    jobs: int = 20

    @property
    def here(self) -> bool:
        return self.executor == HERE

    def check(self) -> None:
        """Raises PaperlibError if Snakemake cannot run jobs by this executor from this machine."""
        plugin = f"snakemake-executor-plugin-{self.executor}"
        if not self.here and importlib.util.find_spec(plugin.replace("-", "_")) is None:
            raise PaperlibError(f"executor {self.executor!r} is not installed: pip install {plugin}")
        if self.executor == SLURM and not shutil.which("sbatch"):
            raise PaperlibError("sbatch is not installed; run this on a machine from which Slurm takes jobs")

    def flags(self, profile: str) -> list[str]:
        """Snakemake's flags for a pipeline's jobs."""
        if self.here:
            return ["--cores", str(self.cores), "--resources", "heavy=1"]
        shared = ["--executor", self.executor, "--jobs", str(self.jobs), "--retries", str(RETRIES)]
        own = ["--slurm-requeue", "--slurm-jobname-prefix", job_name(profile)] if self.executor == SLURM else []
        return [*shared, "--latency-wait", str(LATENCY), *own]

    def cancel(self, profile: str) -> int:
        """Ends the jobs of a pipeline that was killed, so that no two write the same files, and returns their number.
        Those on this machine end by themselves. Raises PaperlibError if Slurm does not answer, or does not end them."""
        left = _listed(profile) if self.executor == SLURM else []
        if left:
            subprocess.run(["scancel", *left], check=True)
        deadline = time.monotonic() + END_SECONDS
        while left and (running := _listed(profile)):
            if time.monotonic() > deadline:
                raise PaperlibError(
                    f"Slurm has not ended jobs {', '.join(running)} for {END_SECONDS} s; try again later"
                )
            time.sleep(1)
        return len(left)


def _listed(profile: str) -> list[str]:
    """The numbers of a pipeline's jobs that have not ended."""
    listed = subprocess.run(["squeue", "--me", "--noheader", "--format=%i %j"], capture_output=True, text=True)
    if listed.returncode:
        reason = (listed.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise PaperlibError(f"Slurm does not answer: {reason}")
    jobs = (line.split(maxsplit=1) for line in listed.stdout.splitlines())
    return [number for number, name in jobs if name.startswith(job_name(profile))]


def job_name(profile: str) -> str:
    """How the names of a pipeline's jobs begin, which those of no other checkout or profile do."""
    return f"paperlib_{digest([str(paths.ROOT), profile])}"
