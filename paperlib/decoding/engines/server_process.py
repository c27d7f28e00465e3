"""A llama.cpp server in a process of its own, ``paperlib serve``, which imports neither torch nor transformers."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

import psutil

from paperlib.core import paths
from paperlib.core.errors import PaperlibError

API = "/v1: "  # follows the address in the line that a server prints once it is ready


@dataclass(frozen=True)
class ServerProcess:
    """A running server: its address without a path, and the id of its process."""

    url: str
    process: int

    def peak_memory_gb(self) -> float:
        """Its largest resident set so far, in 10^9 bytes. Linux keeps the peak of another process; elsewhere it is
        what the process has now."""
        status = Path(f"/proc/{self.process}/status")
        if status.is_file():
            (kilobytes,) = (line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
            return int(kilobytes) * 1024 / 1e9
        return float(psutil.Process(self.process).memory_info().rss) / 1e9


@contextmanager
def server_process(gguf: Path, threads: int, context: int) -> Iterator[ServerProcess]:
    """Serves a GGUF file while the block runs; ``context`` is the most tokens of a request, prompt and answer together.

    Raises PaperlibError with what the server said last where it does not start.
    """
    limits = ["--port", "0", "--slots", "1", "--threads", str(threads), "--context", str(context)]
    command = [sys.executable, "-m", "paperlib.cli", "serve", str(gguf), *limits]
    with (
        TemporaryFile("w+") as log,  # a pipe that nobody reads would fill, and stop the server
        subprocess.Popen(command, cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout is not None
        try:
            url = next((line.partition(API)[0] for line in process.stdout if API in line), None)
            if url is None:
                log.seek(0)
                said = (log.read().strip() or f"status {process.wait()}").splitlines()[-1]
                raise PaperlibError(f"{gguf.name}: llama.cpp's server did not start: {said}")
            yield ServerProcess(url, process.pid)
        finally:
            process.terminate()
