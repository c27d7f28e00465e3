"""The part of labelled documents that is held out for a test, near-duplicates of it left out of training.

Two documents are near-duplicates if their texts agree but for a tenth of their characters (Indel distance). A model
that has seen one answers the other from memory, so that groups of them stay on one side.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from paperlib.data.labelled.documents import Document

SHARE = 0.2  # of the documents that is held out
MOST, FEWEST = 200, 3  # documents that are
ALIKE = 0.9  # share of characters that near-duplicates have in common, in the same order
COMPARED = 2000  # characters of a text that are compared


def held_out(documents: Sequence[Document]) -> set[str]:
    """The ids of the documents to be held out: whole groups of near-duplicates, in the order of a hash of their texts,
    so that a set that grows keeps most of its test part."""
    wanted = min(MOST, max(FEWEST, round(SHARE * len(documents))))
    chosen: set[str] = set()
    for group in sorted(near_duplicates(documents), key=_hash):
        if len(chosen) + len(group) <= max(wanted, FEWEST):
            chosen |= {document.id for document in group}
    return chosen


def near_duplicates(documents: Sequence[Document]) -> list[list[Document]]:
    """All documents in groups; most are alone in theirs."""
    texts = [document.text[:COMPARED] for document in documents]
    alike = cdist(texts, texts, scorer=Indel.normalized_similarity, score_cutoff=ALIKE, dtype=np.float32) >= ALIKE
    groups: list[list[Document]] = []
    left = set(range(len(documents)))
    while left:
        reached, new = set[int](), {min(left)}
        while new:
            reached |= new
            new = {int(j) for i in new for j in np.flatnonzero(alike[i])} - reached
        groups.append([documents[i] for i in sorted(reached)])
        left -= reached
    return groups


def _hash(group: Sequence[Document]) -> str:
    return min(hashlib.sha256(document.text.encode()).hexdigest() for document in group)
