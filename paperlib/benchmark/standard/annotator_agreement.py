"""Inter-annotator agreement: committed annotations of texts against the answers that the generator gave them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.files import read_jsonl
from paperlib.data.examples import Example
from paperlib.data.leaves import scalar_leaves


@dataclass(frozen=True)
class Agreement:
    """How many examples were annotated and how many of their leaves agree."""

    examples: int
    alike: int  # examples of which every leaf agrees
    leaves: int  # of answers and annotations together
    agreeing: int
    differing: tuple[tuple[str, str, Any, Any], ...]  # id, JSON pointer, answer, annotation

    @property
    def share(self) -> float:
        """The share of leaves that agree, 0 to 1."""
        return self.agreeing / self.leaves


def agreement(examples: Mapping[str, Example], sheet: Path = paths.ANNOTATIONS) -> Agreement:
    """Compares a sheet of annotations (``id`` and ``answer``, as read from text and schema alone) with the answers of
    ``examples``, by id. A leaf that only one of the two has counts as one that differs.

    Raises DataError where the sheet names an unknown example.
    """
    n, alike, total, differing = 0, 0, 0, []
    for number, row in read_jsonl(sheet):
        if row["id"] not in examples:
            raise DataError(f"{paths.display(sheet)}:{number}: there is no example {row['id']!r}")
        ours, theirs = dict(scalar_leaves(examples[row["id"]].answer)), dict(scalar_leaves(row["answer"]))
        both = dict.fromkeys([*ours, *theirs])
        wrong = [(row["id"], p, ours.get(p), theirs.get(p)) for p in both if ours.get(p) != theirs.get(p)]
        n, alike, total = n + 1, alike + (not wrong), total + len(both)
        differing += wrong
    return Agreement(n, alike, total, total - len(differing), tuple(differing))
