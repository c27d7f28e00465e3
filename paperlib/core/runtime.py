"""What a process needs before it computes: threads, memory, and where its results stay the same."""

import ctypes
import resource
import sys
from pathlib import Path
from typing import Literal

import psutil
import torch

from paperlib.core.errors import PaperlibError

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # glibc's malloc.h


def configure(threads: int) -> None:
    """Fixes the thread count (the order of additions depends on it) and keeps freed memory in the process.

    By default glibc hands every large tensor back to the kernel and takes fresh pages for the next one; on a
    virtual machine those page faults cost more than the arithmetic. Measured here: 4 to 8 times slower steps.
    """
    torch.set_num_threads(threads)
    if libc := _glibc():
        libc.mallopt(M_MMAP_MAX, 0)
        libc.mallopt(M_TRIM_THRESHOLD, -1)  # never
        libc.mallopt(M_TOP_PAD, 256 * 2**20)


def return_free_memory() -> None:
    """Gives free pages back, inside the heap too. Batches of many shapes leave holes; called now and then, the heap
    stays near what one step needs, and the page faults that follow are few."""
    if libc := _glibc():
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    return libc if hasattr(libc, "mallopt") else None


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def dtype_of(precision: Literal["auto", "bf16", "fp32"]) -> torch.dtype:
    """bf16 where asked for, or where "auto" finds a processor or GPU that multiplies it in hardware."""
    if precision == "auto":
        precision = "bf16" if fast_bf16() else "fp32"
    return torch.bfloat16 if precision == "bf16" else torch.float32


def fast_bf16() -> bool:
    """Whether this machine multiplies bfloat16 in hardware, so that precision "auto" takes it."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return any(flag in flags for flag in ("avx512_bf16", "amx_bf16", " bf16 "))


def memory_gb() -> float:
    """Resident set of this process now, in 10^9 bytes."""
    return float(psutil.Process().memory_info().rss) / 1e9


def peak_memory_gb() -> float:
    """Largest resident set of this process so far, in 10^9 bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def require_memory(needed_gb: float, what: str) -> None:
    """Raises PaperlibError before the work starts, where it could only be killed later."""
    free = psutil.virtual_memory().available / 1e9
    if free < needed_gb:
        raise PaperlibError(
            f"{what} needs about {needed_gb:.1f} GB of memory, {free:.1f} GB are free; "
            "close other programs, or lower batch_tokens in experiments.yaml"
        )
