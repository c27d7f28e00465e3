"""How far an independent reading of texts agrees with the answers: a committed sheet against the release."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.files import read_jsonl
from paperlib.data.examples import Example
from paperlib.data.label_lines import leaves


@dataclass(frozen=True)
class Agreement:
    """Examples and leaves that were read, how many as the answers have them, and the leaves that were not."""

    examples: int
    alike: int
    leaves: int
    agreeing: int
    differing: tuple[tuple[str, str, Any, Any], ...]  # id, pointer, answer, reading

    @property
    def share(self) -> float:
        return self.agreeing / self.leaves


def agreement(examples: Mapping[str, Example], sheet: Path = paths.READING) -> Agreement:
    """The sheet (``id``, ``answer`` as read from text and schema alone) against the answers of ``examples`` by id. A
    leaf that only one of the two has counts as one that differs.

    Raises DataError where the sheet names an example that there is not.
    """
    read, alike, total, differing = 0, 0, 0, []
    for number, row in read_jsonl(sheet):
        if row["id"] not in examples:
            raise DataError(f"{paths.shown(sheet)}:{number}: there is no example {row['id']!r}")
        ours, theirs = dict(leaves(examples[row["id"]].answer)), dict(leaves(row["answer"]))
        both = dict.fromkeys([*ours, *theirs])
        wrong = [(row["id"], p, ours.get(p), theirs.get(p)) for p in both if ours.get(p) != theirs.get(p)]
        read, alike, total = read + 1, alike + (not wrong), total + len(both)
        differing += wrong
    return Agreement(read, alike, total, total - len(differing), tuple(differing))
