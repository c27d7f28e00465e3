"""The process and its machine: threads, memory, device and precision of the arithmetic."""

import ctypes
import resource
import sys
from pathlib import Path

import psutil
import torch

from paperlib.core.config import Precision
from paperlib.core.errors import PaperlibError

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # glibc's malloc.h


def configure(threads: int) -> None:
    """Sets the number of threads, which determines the order of summation, and keeps freed memory in the process.

    By default glibc returns every large tensor to the kernel and takes fresh pages for the next one. On a virtual
    machine those page faults cost more than the arithmetic: training steps took 4 to 8 times as long.
    """
    torch.set_num_threads(threads)
    if libc := _glibc():
        libc.mallopt(M_MMAP_MAX, 0)
        libc.mallopt(M_TRIM_THRESHOLD, -1)  # never
        libc.mallopt(M_TOP_PAD, 256 * 2**20)


def return_free_memory() -> None:
    """Returns all free pages to the kernel, also those inside the heap, which batches of many shapes fragment.

    Called now and then, it keeps the heap close to what one step needs, at the cost of few page faults.
    """
    if libc := _glibc():
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    return libc if hasattr(libc, "mallopt") else None


def device() -> torch.device:
    """The GPU if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def dtype_of(precision: Precision) -> torch.dtype:
    """The data type of a precision; "auto" is bf16 on machines that multiply it in hardware, else float32."""
    if precision == "auto":
        precision = "bf16" if fast_bf16() else "fp32"
    return torch.bfloat16 if precision == "bf16" else torch.float32


def fast_bf16() -> bool:
    """Whether the GPU or, without one, the processor of this machine multiplies bf16 in hardware."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return any(flag in flags for flag in ("avx512_bf16", "amx_bf16", " bf16 "))


def memory_gb() -> float:
    """Current resident set of this process, in 10^9 bytes."""
    return float(psutil.Process().memory_info().rss) / 1e9


def peak_memory_gb() -> float:
    """Largest resident set of this process so far or, on a GPU, most memory of the device in use, in 10^9 bytes."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 1e9
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def require_memory(
    needed_gb: float, what: str, remedy: str = "close other programs, or lower batch_tokens in experiments.yaml"
) -> None:
    """Raises PaperlibError unless ``needed_gb`` (10^9 bytes) are free, on the GPU if there is one, before work that
    would be killed later."""
    free = (torch.cuda.mem_get_info()[0] if torch.cuda.is_available() else psutil.virtual_memory().available) / 1e9
    if free < needed_gb:
        raise PaperlibError(f"{what} needs about {needed_gb:.1f} GB of memory, {free:.1f} GB are free; {remedy}")
