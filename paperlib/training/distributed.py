"""One training on several processes, as ``torchrun`` starts them; without it, all of this is for one process.

    torchrun --nproc-per-node 2 -m paperlib.cli train lora-135m

Data parallelism, exact rather than averaged: the examples of every batch are dealt out to the processes, each divides
its summed loss by the number of targets in the whole step, and gradients are added up. So a step is that of one process
with the same plan of batches, but for the order in which numbers are summed, however unevenly examples are dealt out;
only dropout, if any, draws other masks. Processes talk by NCCL where there are GPUs, one for each, and else by Gloo.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import distributed

from paperlib.core.errors import PaperlibError
from paperlib.data.prompts import Tokens


def rank() -> int:
    """The number of this process among those of the training, from 0."""
    return int(os.environ.get("RANK", 0)) if size() > 1 else 0


def size() -> int:
    """The number of processes of the training: 1 without ``torchrun``."""
    return int(os.environ.get("WORLD_SIZE", 1)) if distributed.is_torchelastic_launched() else 1


def local_size() -> int:
    """The number of these processes that run on this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", 1)) if size() > 1 else 1


def sharing_memory() -> int:
    """The number of these processes that train in one memory: on GPUs each has its own."""
    return 1 if torch.cuda.is_available() else local_size()


def start() -> None:
    """Connects the processes, and gives each its GPU. Raises PaperlibError for more processes than GPUs."""
    if size() == 1 or distributed.is_initialized():
        return
    if torch.cuda.is_available():
        if local_size() > torch.cuda.device_count():
            raise PaperlibError(
                f"torchrun starts {local_size()} processes here, this machine has {torch.cuda.device_count()} GPUs; "
                "start one process for each GPU"
            )
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")


def barrier() -> None:
    """Waits for all processes."""
    if size() > 1:
        distributed.barrier()


@contextmanager
def first_alone() -> Iterator[None]:
    """Lets the first process run the block before the others do, so that these find the files that it has written."""
    if rank():
        barrier()
    yield
    if not rank():
        barrier()


def share(batch: Sequence[Tokens]) -> list[Tokens]:
    """This process's part of a batch. Where there are fewer examples than processes, it may be one without a target,
    so that every process takes every step."""
    own = list(batch[rank() :: size()])
    return own or [Tokens(batch[0].id, batch[0].prompt + batch[0].answer, [])]


def total(value: torch.Tensor) -> torch.Tensor:
    """The sum of a tensor over all processes."""
    if size() > 1:
        value = value.clone()
        distributed.all_reduce(value)
    return value


def add_gradients(parameters: Iterable[torch.nn.Parameter]) -> None:
    """Replaces every gradient by its sum over all processes."""
    pending = []
    for parameter in parameters:
        if parameter.requires_grad:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            pending.append(distributed.all_reduce(parameter.grad, async_op=True))
    for work in pending:
        work.wait()
