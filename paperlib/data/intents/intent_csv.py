"""Labelled utterances that people bring: a CSV file with the columns ``text`` and ``label``, or JSON Lines of both.

Commas, semicolons or tabs divide; other columns are not read. The label ``oos`` is for utterances that have none of the
intents. A text that stands there twice with the same label is read once.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperlib.core.errors import DataError
from paperlib.core.files import read_jsonl
from paperlib.data.intents import OUT_OF_SCOPE
from paperlib.data.intents.intent_sets import Utterance, part_by_hash
from paperlib.data.labelled.documents import Document, csv_rows
from paperlib.data.labelled.holdout import near_duplicates
from paperlib.data.published_split import sha256_hex

FIELDS = ("text", "label")
LEAST = 5  # utterances of an intent: some are held out, some choose the threshold, the others are trained on
HELD_OUT, DEV = 5, 10  # one utterance of each intent in so many, of those that are left
Row = tuple[str, Utterance]  # where it was read, and what


@dataclass(frozen=True)
class LabelledUtterances:
    """The utterances of a file in three parts, and how many rows were copies."""

    train: list[Utterance]
    dev: list[Utterance]
    test: list[Utterance]
    copies: int

    def __str__(self) -> str:
        labels = {one.label for one in self.train} - {OUT_OF_SCOPE}
        outside = sum(one.label == OUT_OF_SCOPE for part in (self.train, self.dev, self.test) for one in part)
        n = len(self.train) + len(self.dev) + len(self.test)
        said = f"{n} utterances of {len(labels)} intents" + (f", {outside} of them out of scope" if outside else "")
        twice = f"; {self.copies} copies were left out" if self.copies else ""
        return f"{said}: {len(self.train)} to train on, {len(self.dev)} to choose by, {len(self.test)} held out{twice}"


def read_labelled(path: Path, test: Path | None = None) -> LabelledUtterances:
    """Reads a file, and holds out a fifth of each intent, or all of the file ``test``.

    Near-duplicates of one intent stay on one side of that division. Raises DataError naming file and line: a column or
    field that is missing, a text or label that is empty, a text with two labels, an intent of less than LEAST
    utterances, less than two intents, a label of ``test`` that is not trained on.
    """
    rows, copies = _distinct(_rows(path))
    _check_intents(rows, path)
    found = [one for _, one in rows]
    if test is None:
        train, held = _divided(rows)
        if all(one.label == OUT_OF_SCOPE for one in held):
            raise DataError(
                f"{path}: nearly all utterances of each intent are near-copies, so that none can be held out"
            )
    else:
        tested, more = _distinct(_rows(test))
        copies += more
        known = {one.label for one in found} | {OUT_OF_SCOPE}
        for where, one in tested:
            if one.label not in known:
                raise DataError(f"{where}: no utterance of {path} has the label {one.label!r}")
        held, texts = [one for _, one in tested], {_key(one.text) for _, one in tested}
        train = [one for one in found if _key(one.text) not in texts]
        copies += len(found) - len(train)
    train, dev = part_by_hash(train, DEV, least=1)
    return LabelledUtterances(train, dev, held, copies)


def _rows(path: Path) -> Iterator[Row]:
    readers = {".csv": _of_csv, ".tsv": _of_csv, ".jsonl": _of_jsonl}
    if path.suffix.lower() not in readers:
        raise DataError(f"{path}: expected a file {', '.join(readers)} with {' and '.join(FIELDS)}")
    for where, *cells in readers[path.suffix.lower()](path):
        for name, cell in zip(FIELDS, cells, strict=True):
            if not isinstance(cell, str) or not cell.strip():
                raise DataError(f"{where}: field {name!r} is {cell!r:.40}, expected some text")
        yield where, Utterance(cells[0].strip(), cells[1].strip())


def _of_csv(path: Path) -> Iterator[tuple[str, Any, Any]]:
    first, rows = csv_rows(path)
    head = [name.strip() for name in first]
    for name in FIELDS:
        if head.count(name) != 1:
            found = f"found {', '.join(head) or 'an empty file'}"
            raise DataError(f"{path}:1: expected one column {name!r} in the head line ({found})")
    for number, row in rows:
        yield f"{path}:{number}", row[head.index("text")], row[head.index("label")]


def _of_jsonl(path: Path) -> Iterator[tuple[str, Any, Any]]:
    for number, row in read_jsonl(path, strict=True):
        yield f"{path}:{number}", row.get("text"), row.get("label")


def _distinct(rows: Iterator[Row]) -> tuple[list[Row], int]:
    """The rows of different texts, and how many others there were."""
    first: dict[str, Row] = {}
    every = list(rows)
    for where, one in every:
        before, same = first.setdefault(_key(one.text), (where, one))
        if same.label != one.label:
            raise DataError(f"{where}: this text is labelled {one.label!r}, but {same.label!r} in {before}")
    return list(first.values()), len(every) - len(first)


def _key(text: str) -> str:
    """What two copies of a text have in common: case and spacing aside."""
    return " ".join(text.lower().split())


def _check_intents(rows: Sequence[Row], path: Path) -> None:
    counts = Counter(one.label for _, one in rows if one.label != OUT_OF_SCOPE)
    if len(counts) < 2:
        raise DataError(f"{path}: holds {len(counts)} intents, expected at least two labels but {OUT_OF_SCOPE!r}")
    if rare := sorted(label for label, n in counts.items() if n < LEAST):
        where = next(where for where, one in rows if one.label == rare[0])
        raise DataError(
            f"{where}: the label {rare[0]!r} has {counts[rare[0]]} utterances, expected at least {LEAST}"
            + (f" (and {len(rare) - 1} other labels have fewer)" if len(rare) > 1 else "")
        )


def _divided(rows: Sequence[Row]) -> tuple[list[Utterance], list[Utterance]]:
    """The utterances to train on, and a fifth of each label, whole groups of near-duplicates."""
    documents = [Document(str(n), one.text, one.label, where) for n, (where, one) in enumerate(rows)]
    sizes, taken = Counter(one.label for _, one in rows), Counter[str]()
    held: set[int] = set()
    for group in sorted(near_duplicates(documents), key=lambda group: min(sha256_hex(one.text) for one in group)):
        label = group[0].answer
        if taken[label] + len(group) <= max(1, sizes[label] // HELD_OUT):
            taken[label] += len(group)
            held |= {int(one.id) for one in group}
    parts: tuple[list[Utterance], list[Utterance]] = ([], [])
    for n, (_, one) in enumerate(rows):
        parts[n in held].append(one)
    return parts
