"""Splits by hash, and the committed split of the published EdgeJSON v3 training file, so that no example ever moves.

``train`` is trained on, settings are chosen on ``dev``, and ``held-out`` is scored once by what was chosen. The
published test split is no part of it and stays closed. The file was made by

    python -m paperlib.data.published_split DIR > data/splits/edgejson_v3.json

where DIR holds ``edgejson_v3/train.jsonl``: of every schema the fifth of the examples with the smallest SHA-256 of
their id is ``held-out``, the next tenth ``dev``.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from paperlib.core import paths
from paperlib.core.errors import DataError, PaperlibError, exit_code
from paperlib.core.files import read_json, sha256_hex
from paperlib.data.examples import Example, load_examples

SHARES = {"held-out": 5, "dev": 10}  # one example of a schema in so many, rounded
REST = "train"
FILE = paths.from_root("data/splits/edgejson_v3.json")


def split_by_hash(
    examples: Sequence[Example], shares: Mapping[str, int], key: Callable[[Example], str] = lambda e: e.id
) -> list[Example]:
    """The examples in their order, each with a split: of the keys of every schema, ordered by their SHA-256, one in
    ``shares[split]``, rounded, goes to each split in turn, the rest to ``train``.

    No randomness: the split is the same whatever the order of the file. Examples with the same key stay together.
    """
    keys: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        keys[example.schema_id].add(key(example))
    split_of: dict[tuple[str, str], str] = {}
    for schema_id, found in keys.items():
        ranked = sorted(found, key=sha256_hex)
        for split, one_in in shares.items():
            n = (len(found) + one_in // 2) // one_in
            split_of |= {(schema_id, chosen): split for chosen in ranked[:n]}
            ranked = ranked[n:]
    return [replace(e, split=split_of.get((e.schema_id, key(e)), REST)) for e in examples]


def split_ids(examples: Sequence[Example]) -> dict[str, list[str]]:
    """What the committed file holds: the sorted ids of each split by hash."""
    found = split_by_hash(examples, SHARES)
    return {split: sorted(e.id for e in found if e.split == split) for split in (REST, *SHARES)}


def with_committed_split(examples: Sequence[Example], file: Path | None = None) -> list[Example]:
    """The examples in their order, each with its split by ``file``, the committed one by default.

    Raises DataError naming ids where the file and the examples do not match, or an id stands in two splits.
    """
    file = file or FILE
    parts = read_json(file)
    part_of: dict[str, str] = {}
    for part, ids in parts.items():
        for id_ in ids:
            if id_ in part_of:
                raise DataError(f"{paths.display(file)}: {id_!r} stands in {part_of[id_]} and in {part}")
            part_of[id_] = part
    found = {example.id for example in examples}
    for what, ids in (("has no part", found - part_of.keys()), ("is not in the data", part_of.keys() - found)):
        if ids:
            raise DataError(f"{paths.display(file)}: {min(ids)!r} {what} ({len(ids)} such ids); is this EdgeJSON v3?")
    return [replace(example, split=part_of[example.id]) for example in examples]


def main() -> None:
    if len(sys.argv) != 2:
        raise PaperlibError("python -m paperlib.data.published_split DIR, the folder that holds edgejson_v3/")
    examples = load_examples(Path(sys.argv[1]) / "edgejson_v3" / "train.jsonl")
    print(json.dumps(split_ids(examples), indent=0))


if __name__ == "__main__":
    sys.exit(exit_code(main))
