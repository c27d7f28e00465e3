"""The arguments of ``paperlib edge-func-call``, which writes EdgeFuncCall (:mod:`.call_release`)."""

import argparse
from pathlib import Path

from paperlib.benchmark.function_calls.functions import CallSplit
from paperlib.core.arguments import positive_int

SPLITS: dict[CallSplit, int] = {"train": 12_000, "dev": 600, "test": 2_000}  # and how many requests each has


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the command."""
    text = "generate EdgeFuncCall: requests, tools and right calls, in three JSONL files, checked"
    parser = commands.add_parser("edge-func-call", help=text, description=text)
    parser.set_defaults(do=_write)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    for split, n in SPLITS.items():
        text = f"requests of this split (default: {n})"
        parser.add_argument(f"--{split}", type=positive_int, default=n, metavar="N", help=text)
    parser.add_argument("--seed", type=int, default=0)


def _write(arguments: argparse.Namespace) -> None:
    from paperlib.benchmark.function_calls.call_release import write

    write(arguments.out, {split: getattr(arguments, split) for split in SPLITS}, arguments.seed)
