"""Where a result was computed: hardware, library versions and the commit of the checkout."""

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from paperlib.core import paths

LIBRARIES = ("torch", "transformers", "peft", "tokenizers", "numpy")


def hardware(threads: int) -> dict[str, Any]:
    """Processor, cores, memory in GB, GPU and bf16 support of this machine, without its host or user name.

    ``threads`` is the number of threads that the run uses.
    """
    import torch

    from paperlib.core import runtime

    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "threads": threads,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "bf16": runtime.fast_bf16(),
    }


def versions(*others: str) -> dict[str, str]:
    """Versions of Python and of the libraries whose version may change a result, ``others`` among them."""
    found = {name: importlib.metadata.version(name) for name in (*LIBRARIES, *others)}
    return {"python": platform.python_version(), **found}


def git_state() -> tuple[str, bool]:
    """The commit of the checkout and whether tracked files differ from it; ("unknown", True) without git."""
    try:
        return _git("rev-parse", "HEAD"), bool(_git("status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.CalledProcessError):
        return "unknown", True


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(paths.ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _cpu() -> str:
    """The processor's model name, or its architecture where Linux does not give one."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
