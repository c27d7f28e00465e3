"""A Slurm cluster on this machine, for as long as a block runs: a controller and two nodes of one core each.

Needs Debian's packages ``slurm-wlm`` and ``munge``, no root, no service manager and no accounting. All of it lies in
one folder and listens on 127.0.0.1; every process that it starts is ended by its number.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from getpass import getuser
from pathlib import Path

import psutil

NODES = ("node1", "node2")
KEEPER = "slurmstepd"  # the process that watches over one step of a job
CONFIG = """
ClusterName=paperlib
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/controller.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/controller.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
MpiDefault=none
# A node that says nothing for a quarter of a minute is down, and its jobs go back into the queue.
SlurmdTimeout=15
JobRequeue=1
KillWait=5
MinJobAge=900
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=1 RealMemory=64000
NodeName=node2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=1 RealMemory=64000
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def wait_for(what: str, true: Callable[[], object], seconds: float = 60) -> None:
    """Waits until a condition is true. Raises TimeoutError saying for what it waited."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.5)


class Cluster:
    """The daemons of a cluster whose configuration, logs and state are in ``folder``."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.config = str(folder / "slurm.conf")
        path = f"{folder / 'bin'}:{os.environ['PATH']}:/usr/sbin:/sbin"
        self.environment = {**os.environ, "PATH": path, "SLURM_CONF": self.config}
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Starts authentication, controller and nodes, and waits until the nodes are idle."""
        for name in ("state", *(f"spool-{node}" for node in NODES)):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o755)
        (self.folder / "munge.key").write_bytes(os.urandom(128))
        (self.folder / "munge.key").chmod(0o600)
        self._wrap("srun")
        host = socket.gethostname().split(".")[0]
        text = CONFIG.format(host=host, user=getuser(), folder=self.folder, ports=free_ports(3))
        (self.folder / "slurm.conf").write_text(text)
        files = {"socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed", "key-file": "key"}
        own = [f"--{option}={self.folder}/munge.{suffix}" for option, suffix in files.items()]
        self._start("munge", "munged", "--foreground", "--force", *own)
        wait_for("munge", (self.folder / "munge.socket").exists)
        self._start("controller", "slurmctld", "-D")
        for node in NODES:
            self._start(node, "slurmd", "-D", "-N", node)
        wait_for("both nodes", lambda: self.run("sinfo", "-hN", "-o", "%T").split() == ["idle"] * 2)

    def run(self, *command: str) -> str:
        """What one of Slurm's commands prints; empty where it fails."""
        return subprocess.run(command, env=self.environment, capture_output=True, text=True).stdout

    def jobs(self) -> list[tuple[str, str, str, str]]:
        """Number, state, node and rule of every job that has not ended."""
        rows = [line.split("|") for line in self.run("squeue", "-h", "-o", "%i|%T|%N|%k").splitlines()]
        return [(number, state, node, comment.removeprefix("rule_")) for number, state, node, comment in rows]

    def kill_node(self, node: str) -> int:
        """Kills, as a power cut would, the daemon of a node and all processes of its jobs; returns their number."""
        own = {number for number, _, at, _ in self.jobs() if at == node}
        victims = [process for process, job in self._processes() if job in own]
        keepers = {parent for process in victims for parent in lineage(process) if parent.name().startswith(KEEPER)}
        self.daemons[node].kill()
        self.daemons[node].wait()
        for process in (*keepers, *victims):  # the keepers first, so that none reports how its job ended
            end(process)
        return 1 + len(keepers) + len(victims)

    def stop(self) -> None:
        """Cancels all jobs and ends all daemons."""
        self.run("scancel", "--me")
        for name in reversed(self.daemons):
            self.daemons[name].terminate()
            try:
                self.daemons[name].wait(20)
            except subprocess.TimeoutExpired:
                self.daemons[name].kill()
        for process, _ in self._processes():
            end(process)

    def _start(self, name: str, program: str, *options: str) -> None:
        with (self.folder / f"{name}.out").open("wb") as out:
            command = [self._path(program), *options]
            self.daemons[name] = subprocess.Popen(command, env=self.environment, stdout=out, stderr=out)

    def _path(self, program: str) -> str:
        if path := shutil.which(program, path=self.environment["PATH"]):
            return path
        sys.exit(f"{program} is not installed; on Debian: apt-get install slurm-wlm munge")

    def _wrap(self, program: str) -> None:
        """Has jobs call a program with this configuration, which Snakemake's jobs drop from their environment: on a
        real cluster it lies where Slurm looks for it."""
        text = f'#!/bin/sh\nSLURM_CONF={self.config} exec {self._path(program)} "$@"\n'
        wrapper = self.folder / "bin" / program
        wrapper.parent.mkdir()
        wrapper.write_text(text)
        wrapper.chmod(0o755)

    def _processes(self) -> list[tuple[psutil.Process, str]]:
        """Everything that runs in jobs of this cluster, with the job's number: both are in its environment."""
        found = [(process, variables(process)) for process in psutil.process_iter()]
        mine = [(process, own) for process, own in found if own.get("PATH", "").startswith(f"{self.folder / 'bin'}:")]
        return [(process, own["SLURM_JOB_ID"]) for process, own in mine if "SLURM_JOB_ID" in own]


def free_ports(n: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def variables(process: psutil.Process) -> dict[str, str]:
    """The environment that a process was started with; empty where that cannot be read."""
    try:
        return dict(process.environ())
    except psutil.Error:
        return {}


def lineage(process: psutil.Process) -> list[psutil.Process]:
    """A process's parent, its parent's parent and so on; empty where it has ended."""
    try:
        return process.parents()
    except psutil.NoSuchProcess:
        return []


def end(process: psutil.Process) -> None:
    """Kills a process, if it is still there."""
    with suppress(psutil.NoSuchProcess):
        process.kill()


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """A cluster in a new folder, for as long as the block runs."""
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
