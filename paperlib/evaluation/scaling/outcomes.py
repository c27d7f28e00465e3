"""The outcome of each test example in a run, from the scores and likelihoods kept beside its record; no text is read.

``scores.jsonl`` holds whether an answer is exact and how many of its leaves are right, ``likelihood.jsonl`` the
negative log-likelihood of the expected answer's leaves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from paperlib.core import paths
from paperlib.core.errors import DataError
from paperlib.core.files import read_json, read_jsonl
from paperlib.core.records import Record
from paperlib.evaluation.calibration import LeafOutcome

SCORES, LIKELIHOOD = "scores.jsonl", "likelihood.jsonl"


@dataclass(frozen=True)
class Outcome:
    """What became of one example. ``right`` of the ``given`` leaves of the answer are right, ``expected`` are in the
    gold one. An answer that is no JSON has none. ``leaf_nats`` is empty where no likelihood was measured; ``fields``,
    as ``right``, ``given`` and ``expected`` of top-level fields, ``sure`` and ``field_f1`` are missing in older runs.
    """

    id: str
    schema_id: str
    tier: str
    exact: bool
    right: int
    given: int
    expected: int
    leaf_nats: tuple[float, ...] = ()
    fields: tuple[int, int, int] | None = None
    sure: tuple[LeafOutcome, ...] = ()
    field_f1: float | None = None

    @property
    def leaf_f1(self) -> float:
        """Harmonic mean of the shares of right leaves among those given and those expected, in [0, 1]."""
        return 2 * self.right / (self.given + self.expected)

    @property
    def nats_per_leaf(self) -> float | None:
        """Mean negative log-likelihood of an expected leaf in nats, or None where it was not measured."""
        return sum(self.leaf_nats) / len(self.leaf_nats) if self.leaf_nats else None


def outcomes(record: Record) -> dict[str, Outcome]:
    """The outcome of each example by its id, in the order of the scores; empty where the run's scores were not kept.

    Raises DataError naming the file where a row lacks a field.
    """
    folder = folder_of(record)
    return _read(folder, record.provenance.created) if folder else {}


def folder_of(record: Record) -> Path | None:
    """The folder of a run, where its scores lie: committed, or in the results of its profile; None without one.

    A folder of the same name that holds another run's record is not taken for it.
    """
    committed = (paths.SCALING, paths.RESULTS, paths.BENCHMARK, paths.SCREENING)
    for parent in (*committed, paths.results(record.profile)):
        file = parent / record.run / "record.json"
        if file.is_file() and read_json(file)["provenance"]["created"] == record.provenance.created:
            return file.parent if (file.parent / SCORES).is_file() else None
    return None


@lru_cache(maxsize=512)
def _read(folder: Path, _created: str) -> dict[str, Outcome]:
    return {one.id: one for one in _rows(folder)}


def _rows(folder: Path) -> Iterator[Outcome]:
    file = folder / LIKELIHOOD
    nats = {row["id"]: tuple(row["leaf_nats"]) for _, row in read_jsonl(file)} if file.is_file() else {}
    for line, row in read_jsonl(folder / SCORES):
        try:
            yield _outcome(row, nats.get(row["id"], ()))
        except KeyError as error:
            raise DataError(f"{paths.display(folder / SCORES)}:{line}: expected the field {error}") from None


def _outcome(row: dict[str, Any], nats: tuple[float, ...]) -> Outcome:
    leaves = row["leaves"]
    counts = leaves["right"], leaves["answer"], leaves["expected"]
    sure = tuple(LeafOutcome(confidence, right) for confidence, right in row.get("sure", ()))
    fields = tuple(row["fields"]) if "fields" in row else None
    known = row["id"], row["schema_id"], row["tier"] or "none", row["json_exact"], *counts
    return Outcome(*known, nats, fields, sure, row.get("field_f1"))
