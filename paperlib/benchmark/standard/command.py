"""``paperlib standard``: writes the checked splits of EdgeJSON standard in the form that ``paperlib release`` takes."""

import argparse
from pathlib import Path
from typing import Any

from paperlib.benchmark.standard.split_sizes import SIZES, SPLITS, Split
from paperlib.core.arguments import positive_int
from paperlib.core.files import write_json
from paperlib.data.examples import Example, save_examples

IN_MEMORY = 20_000  # examples up to which the release as a whole is checked before it is written


def add_to(commands: Any) -> None:
    """Adds the command to the ``paperlib`` command line."""
    text = "generate EdgeJSON standard: four checked splits and their schemas"
    parser = commands.add_parser("standard", help=text, description=text)
    for split, size in SIZES.items():
        text = f"examples of this split (default: {size})"
        parser.add_argument(f"--{split}", type=positive_int, default=size, metavar="N", help=text)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.set_defaults(do=_write)


def _write(arguments: argparse.Namespace) -> None:
    from tqdm import tqdm

    from paperlib.benchmark.standard import build, release_checks
    from paperlib.data.schemas import Schemas

    sizes: dict[Split, int] = {split: getattr(arguments, split.replace("-", "_")) for split in SPLITS}
    small = sum(sizes.values()) <= IN_MEMORY
    seen, unseen = build.schemas_of("train"), build.schemas_of("unseen-schema")
    kept: dict[str, list[Example]] = {}
    for split, part in build.streams(sizes, arguments.seed):
        examples = tqdm(part, total=sizes[split], desc=split)
        if small:
            kept[split] = list(examples)
        else:
            save_examples(arguments.out / f"{split}.jsonl", examples)
    found = release_checks.check(kept, seen, unseen) if small else []
    for name, checked in kept.items():
        save_examples(arguments.out / f"{name}.jsonl", checked)
    for schema in Schemas(seen | unseen).values():
        write_json(arguments.out / "schemas" / schema.tier / f"{schema.id}.json", schema.body)
    for split, size in sizes.items():
        print(f"{arguments.out / split}.jsonl: {size:,} examples")
    for check in found:
        print(f"{check.name}: {check.found} ({check.rule})")
    if not small:
        print(f"every example passed its checks; releases of up to {IN_MEMORY:,} examples are also checked as a whole")
