"""Labelled utterances that people bring: a CSV file with the columns ``text`` and ``label``, or JSON Lines of both.

Commas, semicolons or tabs divide; other columns are not read. The label ``oos`` is for utterances that have none of the
intents. A text that stands there twice with the same label is read once.
"""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperlib.core.errors import DataError
from paperlib.core.files import read_jsonl, sha256_hex
from paperlib.data.display import counted
from paperlib.data.intents import OUT_OF_SCOPE
from paperlib.data.intents.intent_sets import Utterance, labels_of, part_by_hash
from paperlib.data.labelled.documents import Document, csv_rows
from paperlib.data.labelled.holdout import near_duplicates

FIELDS = ("text", "label")
LEAST = 5  # utterances of an intent: some are held out, some choose the threshold, the others are trained on
HELD_OUT, DEV = 5, 10  # one utterance of each intent in so many, of those that are left
Row = tuple[str, Utterance]  # where it was read, and what


@dataclass(frozen=True)
class LabelledUtterances:
    """The utterances of a file in three parts, and how many rows were copies, or nearly some of what is held out."""

    train: list[Utterance]
    dev: list[Utterance]
    test: list[Utterance]
    copies: int

    def __str__(self) -> str:
        every = [*self.train, *self.dev, *self.test]
        outside = sum(one.label == OUT_OF_SCOPE for one in every)
        said = f"{counted(len(every), 'utterance')} of {counted(len(labels_of(self.train)), 'intent')}"
        beside = f", {outside:,} of them out of scope" if outside else ""
        parts = f"{len(self.train):,} to train on, {len(self.dev):,} to choose by, {len(self.test):,} held out"
        twice = f"; {counted(self.copies, 'duplicate')} left out" if self.copies else ""
        untested = sorted(set(labels_of(self.train)) - set(labels_of(self.test)))
        without = f"; none held out of {', '.join(untested)}" if untested else ""
        return f"{said}{beside}: {parts}{twice}{without}"


def read_labelled(path: Path, test: Path | None = None) -> LabelledUtterances:
    """Reads a file, and holds out a fifth of each intent, or all of the file ``test``.

    Near-duplicates of one intent stay on one side of that division, and of that between what is trained on and what
    temperature and threshold are chosen by. Raises DataError naming file and line: a column or
    field that is missing, a text or label that is empty, a text with two labels, labels that differ by case alone, an
    intent of less than LEAST utterances, less than two intents; a label of ``test`` that is not trained on, no
    utterance in it that has an intent, or too few of an intent that are not in it.
    """
    rows, copies = _distinct(_rows(path))
    _check_intents(rows, path)
    if test is None:
        others, tested = _divided(rows, HELD_OUT)
        held = [one for _, one in tested]
        if not labels_of(held):
            raise DataError(
                f"{path}: nearly all utterances of each intent are near-copies, so that none can be held out"
            )
    else:
        held, more = _tested(test, {one.label for _, one in rows}, path)
        others = _apart(rows, held, test)
        _check_intents(others, path, f" outside {test} and unlike those in it")
        copies += more + len(rows) - len(others)
        if untrained := sorted(set(labels_of(held)) - {one.label for _, one in others}):
            raise DataError(
                f"{path}: every utterance labelled {untrained[0]!r} is in {test}, expected others to train on"
            )
    train, dev = ([one for _, one in part] for part in _divided(others, DEV))
    if not labels_of(dev):  # nearly all are near-copies
        train, dev = part_by_hash([*train, *dev], DEV, least=1)
    return LabelledUtterances(train, dev, held, copies)


def _apart(rows: Sequence[Row], held: Sequence[Utterance], test: Path) -> list[Row]:
    """The rows that are no near-duplicates of utterances held out. Raises DataError for one that has another label
    there."""
    labels = {_key(one.text): one.label for one in held}
    for where, one in rows:
        if (label := labels.get(_key(one.text), one.label)) != one.label:
            raise DataError(f"{where}: this text is labelled {one.label!r}, but {label!r} in {test}")
    documents = [Document(str(n), one.text, one.label, where) for n, (where, one) in enumerate(rows)]
    documents += [Document("", one.text, one.label, str(test)) for one in held]
    groups = near_duplicates(documents)
    seen = {one.id for group in groups if any(not two.id for two in group) for one in group}
    return [row for n, row in enumerate(rows) if str(n) not in seen and _key(row[1].text) not in labels]


def _tested(test: Path, known: Set[str], path: Path) -> tuple[list[Utterance], int]:
    """The utterances of a file to test on, and how many others were copies."""
    rows, copies = _distinct(_rows(test))
    for where, one in rows:
        if one.label not in known | {OUT_OF_SCOPE}:
            raise DataError(f"{where}: no utterance of {path} has the label {one.label!r}")
    held = [one for _, one in rows]
    if not labels_of(held):
        raise DataError(f"{test}: holds no utterance with an intent, expected some to test on")
    return held, copies


def _rows(path: Path) -> Iterator[Row]:
    readers = {".csv": _of_csv, ".tsv": _of_csv, ".jsonl": _of_jsonl}
    if path.suffix.lower() not in readers:
        raise DataError(f"{path}: expected a file {', '.join(readers)} with {' and '.join(FIELDS)}")
    for where, *cells in readers[path.suffix.lower()](path):
        for name, cell in zip(FIELDS, cells, strict=True):
            if not isinstance(cell, str) or not cell.strip():
                found = "missing" if cell is None else f"{cell!r:.40}"
                raise DataError(f"{where}: field {name!r} is {found}, expected some text")
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


def _check_intents(rows: Sequence[Row], path: Path, which: str = "") -> None:
    """``which`` says which rows these are, where they are not all of ``path``."""
    spelt: dict[str, Row] = {OUT_OF_SCOPE: ("the label for what is out of scope", Utterance("", OUT_OF_SCOPE))}
    for where, one in rows:
        before, same = spelt.setdefault(one.label.casefold(), (where, one))
        if same.label != one.label:
            raise DataError(f"{where}: the label {one.label!r} is {same.label!r} but for its case ({before})")
    counts = Counter(one.label for _, one in rows if one.label != OUT_OF_SCOPE)
    if len(counts) < 2:
        found = f"utterances of {counted(len(counts), 'intent')}{which}"
        raise DataError(f"{path}: holds {found}, expected at least two labels beside {OUT_OF_SCOPE!r}")
    if rare := sorted(label for label, n in counts.items() if n < LEAST):
        where = next(where for where, one in rows if one.label == rare[0])
        found = f"{counted(counts[rare[0]], 'utterance')}{which}"
        others = f"; so it is with {counted(len(rare) - 1, 'other label')}" if len(rare) > 1 else ""
        raise DataError(f"{where}: the label {rare[0]!r} has {found}, expected at least {LEAST}{others}")


def _divided(rows: Sequence[Row], share: int) -> tuple[list[Row], list[Row]]:
    """All but, and one in ``share`` rows of each label, whole groups of near-duplicates."""
    documents = [Document(str(n), one.text, one.label, where) for n, (where, one) in enumerate(rows)]
    sizes, taken = Counter(one.label for _, one in rows), Counter[str]()
    held: set[int] = set()
    for group in sorted(near_duplicates(documents), key=lambda group: min(sha256_hex(one.text) for one in group)):
        label = group[0].answer
        if taken[label] + len(group) <= max(1, sizes[label] // share):
            taken[label] += len(group)
            held |= {int(one.id) for one in group}
    return [row for n, row in enumerate(rows) if n not in held], [row for n, row in enumerate(rows) if n in held]
