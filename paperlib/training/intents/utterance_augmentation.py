"""Further utterances for a teacher to label: parts of known ones, anew put together. None of them needs to make sense.

What a student learns from them is how the teacher reads phrases out of their places, as in Jiao et al. (2020),
"TinyBERT", https://arxiv.org/abs/1909.10351, and Wei & Zou (2019), "EDA", https://arxiv.org/abs/1901.11196.
"""

import random
from collections.abc import Callable, Sequence

DROPPED = 0.15  # share of the words of a text that are left out
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def augmented(texts: Sequence[str], n: int, seed: int) -> list[str]:
    """``n`` further texts, each a random change of one that is drawn from ``texts``, or of two."""
    rng = random.Random(f"augmented/{seed}")
    return [rng.choice(CHANGES)(rng.choice(texts), rng.choice(texts), rng) for _ in range(n)]


def _without_words(text: str, _other: str, rng: random.Random) -> str:
    """Some words left out, at least one kept."""
    words = text.split()
    return " ".join([word for word in words if rng.random() > DROPPED] or words[:1])


def _spliced(text: str, other: str, rng: random.Random) -> str:
    """The beginning of one text and the end of the other."""
    words, more = text.split(), other.split()
    return " ".join([*words[: rng.randint(1, len(words))], *more[rng.randint(0, len(more) - 1) :]])


def _span(text: str, _other: str, rng: random.Random) -> str:
    """A part of the text, of at least half of its words."""
    words = text.split()
    size = rng.randint((len(words) + 1) // 2, len(words))
    start = rng.randint(0, len(words) - size)
    return " ".join(words[start : start + size])


def _with_word(text: str, other: str, rng: random.Random) -> str:
    """One word replaced by one of the other text."""
    words = text.split()
    words[rng.randrange(len(words))] = rng.choice(other.split())
    return " ".join(words)


def _misspelt(text: str, _other: str, rng: random.Random) -> str:
    """One character lost, doubled, replaced, or changed with its neighbour."""
    place = rng.randrange(len(text))
    here, after = text[place], text[place + 1 : place + 2]
    change = rng.choice(("", here * 2, rng.choice(LETTERS), after + here))
    return text[:place] + change + text[place + (2 if change == after + here else 1) :] or text


CHANGES: tuple[Callable[[str, str, random.Random], str], ...] = (
    _without_words,
    _spliced,
    _span,
    _with_word,
    _misspelt,
)
