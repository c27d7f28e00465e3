"""Utterances and their intents, and the public sets of them, read from a folder that the user names.

``root`` (PAPERLIB_DATA) holds a folder for each set, its files as they are published:

| name      | intents           | train                   | dev                     | test                    |
|-----------|-------------------|-------------------------|-------------------------|-------------------------|
| banking77 | 77                | ``train.csv`` but dev   | a tenth of each intent  | ``test.csv``            |
| clinc150  | 150, out of scope | ``train``, ``oos_train``| ``val``, ``oos_val``    | ``test``, ``oos_test``  |

BANKING77: Casanueva et al. (2020), https://arxiv.org/abs/2003.04807. CLINC150: Larson et al. (2019),
https://arxiv.org/abs/1909.02027, ``data_full.json``.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from paperlib.core import paths
from paperlib.core.errors import DataError, PaperlibError
from paperlib.core.files import digest, read_json, read_jsonl, read_text
from paperlib.data.intents import OUT_OF_SCOPE
from paperlib.data.third_party import published_file

Split = Literal["train", "dev", "test"]
SPLITS: tuple[Split, ...] = ("train", "dev", "test")
DEV_SHARE = 10  # one utterance of an intent in so many is for choosing, where a set has no such part
SOURCES = {
    "banking77": "PolyAI-LDN/task-specific-datasets, banking_data (CC BY 4.0)",
    "clinc150": "clinc/oos-eval, data (CC BY 3.0)",
}


@dataclass(frozen=True)
class Utterance:
    """What somebody said, and the intent that it was labelled with."""

    text: str
    label: str


def load_intents(name: str, split: Split, root: Path | None = None) -> list[Utterance]:
    """One split of a public set. ``root`` defaults to the folder named in PAPERLIB_DATA.

    A test part is opened only when it is asked for. Raises PaperlibError for an unknown name and where root or a file
    is missing; DataError for a file that is not as published.
    """
    if name not in LOADERS:
        raise PaperlibError(f"there is no set of intents {name!r}; known: {', '.join(LOADERS)}")
    root = root or paths.data_root()
    if root is None:
        raise PaperlibError(f"the set {name!r} needs a folder of third-party data: set PAPERLIB_DATA")
    try:
        return LOADERS[name](Path(root) / name, split)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"{Path(root) / name}: a file is not in its published form ({type(error).__name__}: {error})"
        ) from None


def labels_of(utterances: Sequence[Utterance]) -> tuple[str, ...]:
    """The intents that occur, in alphabetic order; out of scope is none."""
    return tuple(sorted({one.label for one in utterances} - {OUT_OF_SCOPE}))


def utterances_hash(utterances: Sequence[Utterance]) -> str:
    """Hash over texts and labels, in 16 hex digits."""
    return digest([[one.text, one.label] for one in utterances])


def part_by_hash(
    utterances: Sequence[Utterance], share: int, least: int = 0
) -> tuple[list[Utterance], list[Utterance]]:
    """All but, and one in ``share`` utterances of every intent, rounded down but at least ``least``, chosen by the
    SHA-256 of their texts."""
    by_label: dict[str, list[Utterance]] = defaultdict(list)
    for one in utterances:
        by_label[one.label].append(one)
    chosen = {
        one
        for same in by_label.values()
        for one in sorted(same, key=lambda one: sha256(one.text.encode()).digest())[: max(least, len(same) // share)]
    }
    return [one for one in utterances if one not in chosen], [one for one in utterances if one in chosen]


def _banking77(folder: Path, split: Split) -> list[Utterance]:
    path = published_file(folder, "test.csv" if split == "test" else "train.csv", SOURCES["banking77"])
    rows = csv.DictReader(read_text(path, "CSV").splitlines(keepends=True))
    found = [Utterance(row["text"].strip(), row["category"]) for row in rows]
    if split == "test":
        return found
    train, dev = part_by_hash(found, DEV_SHARE)
    return dev if split == "dev" else train


def _clinc150(folder: Path, split: Split) -> list[Utterance]:
    published: Any = read_json(published_file(folder, "data_full.json", SOURCES["clinc150"]))
    name = "val" if split == "dev" else split
    return [Utterance(text, label) for part in (name, f"oos_{name}") for text, label in published[part]]


def csv_of(utterances: Sequence[Utterance]) -> str:
    """The text of a CSV file with the columns ``text`` and ``label``."""
    out = io.StringIO()
    rows = ((one.text, one.label) for one in utterances)
    csv.writer(out, lineterminator="\n").writerows([("text", "label"), *rows])
    return out.getvalue()


def read_texts(path: Path) -> Iterator[str]:
    """The utterances of a file: a line each, or the field ``text`` of each row of JSON Lines."""
    if path.suffix.lower() != ".jsonl":
        lines = read_text(path, "text").removeprefix("\ufeff").split("\n")
        yield from (line.strip() for line in lines if line.strip())
        return
    for number, row in read_jsonl(path, strict=True):
        if not isinstance(row.get("text"), str):
            raise DataError(f"{path}:{number}: field 'text' is missing or no string")
        yield row["text"]


LOADERS: dict[str, Callable[[Path, Split], list[Utterance]]] = {"banking77": _banking77, "clinc150": _clinc150}
