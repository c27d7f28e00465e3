"""The part of labelled documents that is held out for a test, near-duplicates of it left out of training.

Two documents are near-duplicates if they have the same answer, and texts that agree but for a tenth of their characters
(Indel distance). A model that has seen one answers the other from memory, so that groups of them stay on one side.
Letters or invoices from one form, whose answers differ, are none.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from paperlib.core.errors import DataError
from paperlib.core.files import sha256_hex
from paperlib.data.labelled.documents import Document

SHARE = 0.2  # of the documents that is held out
MOST, FEWEST = 200, 3  # documents that are
ALIKE = 0.9  # share of characters that near-duplicates have in common, in the same order
COMPARED = 2000  # characters of a text that are compared
ALIKENESS: dict[str, Any] = {"scorer": Indel.normalized_similarity, "score_cutoff": ALIKE, "dtype": np.float32}


def held_out(documents: Sequence[Document]) -> set[str]:
    """The ids of the documents to be held out: whole groups of near-duplicates, in the order of a hash of their texts,
    so that a set that grows keeps most of its test part. Raises DataError where fewer than FEWEST can be."""
    wanted = min(MOST, max(FEWEST, round(SHARE * len(documents))))
    chosen: set[str] = set()
    for group in sorted(near_duplicates(documents), key=_hash):
        if len(chosen) + len(group) <= wanted:
            chosen |= {document.id for document in group}
    if len(chosen) < FEWEST:
        raise DataError(
            f"{len(documents)} documents: nearly all are near-duplicates of each other, so that {len(chosen)} can be "
            f"held out, expected at least {FEWEST}; bring documents with other answers"
        )
    return chosen


def near_duplicates(documents: Sequence[Document]) -> list[list[Document]]:
    """All documents in groups; most are alone in theirs."""
    by_answer: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        by_answer[json.dumps(document.answer, sort_keys=True)].append(document)
    return [group for same in by_answer.values() for group in _groups(same)]


def _groups(documents: Sequence[Document]) -> Iterator[list[Document]]:
    """Groups of documents that are alike, or alike to one that is."""
    texts = [document.text[:COMPARED] for document in documents]
    left = list(range(len(documents)))
    while left:
        reached, new = [], [left.pop(0)]
        while new:
            reached.append(one := new.pop())
            alike = cdist([texts[one]], [texts[i] for i in left], **ALIKENESS)[0] >= ALIKE
            new += [i for i, same in zip(left, alike, strict=True) if same]
            left = [i for i, same in zip(left, alike, strict=True) if not same]
        yield [documents[i] for i in sorted(reached)]


def _hash(group: Sequence[Document]) -> str:
    return min(sha256_hex(document.text) for document in group)
