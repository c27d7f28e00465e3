"""Hashed n-grams: words, pairs of words and parts of words as numbers of buckets, without a vocabulary.

Weinberger et al. (2009), "Feature hashing for large scale multitask learning", https://arxiv.org/abs/0902.2206; parts
of words as in fastText, Bojanowski et al. (2017), https://arxiv.org/abs/1607.04606.
"""

from collections.abc import Iterator
from zlib import crc32

from paperlib.data.intents.wordpiece import words

PARTS = (3, 4, 5)  # characters of a part of a word, whose ends count as characters
MOST_WORDS = 64  # of a text


def buckets(text: str, n: int) -> list[int]:
    """The buckets from 0 to ``n`` - 1 of a text's n-grams, in order of their kinds; each occurs once.

    Empty where ``n`` is 0.
    """
    return list(dict.fromkeys(crc32(gram.encode()) % n for gram in _ngrams(words(text)[:MOST_WORDS]))) if n else []


def _ngrams(found: list[str]) -> Iterator[str]:
    yield from found
    yield from (f"{one} {other}" for one, other in zip(["<", *found], [*found, ">"], strict=True))
    for word in found:
        marked = f"<{word[:40]}>"
        for size in PARTS:
            if len(marked) > size:
                yield from (f"#{marked[at : at + size]}" for at in range(len(marked) - size + 1))
