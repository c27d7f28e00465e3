"""Checks of EdgeIntent-200 as a whole: what it promises of its two parts."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from paperlib.core.errors import DataError
from paperlib.data.intents import OUT_OF_SCOPE
from paperlib.data.intents.intent_sets import Utterance, labels_of

MOST_TOLD = 0.5  # share of the utterances with a word that may have the same intent
OFTEN = 10  # utterances with a word, from which it is checked
NEAR_COPY = 0.9  # Jaccard similarity of two utterances' pairs of words that makes them copies


def check_parts(train: Sequence[Utterance], test: Sequence[Utterance]) -> list[str]:
    """What each check found, a line each. Raises DataError naming every check that fails, and its first fault."""
    checks = {
        "no text twice": _twice(train, test),
        "the same intents in both parts, each as often": _uneven(train, test),
        f"no word tells an intent in more than {MOST_TOLD:.0%}": _telling(train),
        "no near-copy across the parts": _near_copies(train, test),
        "some out of scope in both parts": _inside_only(train, test),
    }
    found = {name: list(faults) for name, faults in checks.items()}
    if wrong := {name: faults for name, faults in found.items() if faults}:
        raise DataError("; ".join(f"{name}: {faults[0]} ({len(faults)} faults)" for name, faults in wrong.items()))
    return [f"{name}: passed" for name in found]


def _twice(train: Sequence[Utterance], test: Sequence[Utterance]) -> Iterator[str]:
    counts = Counter(" ".join(_words(one.text)) for one in [*train, *test])
    yield from (f"{text!r} occurs {n} times" for text, n in counts.items() if n > 1)


def _uneven(train: Sequence[Utterance], test: Sequence[Utterance]) -> Iterator[str]:
    if labels_of(train) != labels_of(test):
        yield f"{len(labels_of(train))} intents in training, {len(labels_of(test))} in the test"
    for part in (train, test):
        counts = Counter(one.label for one in part if one.label != OUT_OF_SCOPE)
        if len(set(counts.values())) > 1:
            yield f"an intent has {min(counts.values())} to {max(counts.values())} utterances"


def _telling(train: Sequence[Utterance]) -> Iterator[str]:
    by_word: dict[str, Counter[str]] = defaultdict(Counter)
    for one in train:
        for word in set(_words(one.text)):
            by_word[word][one.label] += 1
    for word, labels in by_word.items():
        label, n = labels.most_common(1)[0]
        if label != OUT_OF_SCOPE and labels.total() >= OFTEN and n > MOST_TOLD * labels.total():
            yield f"{word!r} tells {label} in {n} of {labels.total()}"


def _near_copies(train: Sequence[Utterance], test: Sequence[Utterance]) -> Iterator[str]:
    """Pairs of different parts and, as Jaccard similarity allows it alone, of about the same length."""
    holders: dict[frozenset[str], str] = {}
    by_pair: dict[str, list[frozenset[str]]] = defaultdict(list)
    for one in train:
        pairs = _pairs(one.text)
        holders[pairs] = one.text
        for pair in pairs:
            by_pair[pair].append(pairs)
    for one in test:
        pairs = _pairs(one.text)
        rarest = sorted(pairs, key=lambda pair: len(by_pair[pair]))[: max(1, round((1 - NEAR_COPY) * len(pairs)) + 1)]
        for other in {other for pair in rarest for other in by_pair[pair]}:
            if len(pairs & other) >= NEAR_COPY * len(pairs | other):
                yield f"{one.text!r} and {holders[other]!r}"


def _inside_only(train: Sequence[Utterance], test: Sequence[Utterance]) -> Iterator[str]:
    for name, part in (("training", train), ("test", test)):
        if not any(one.label == OUT_OF_SCOPE for one in part):
            yield f"the {name} part has none"


def _pairs(text: str) -> frozenset[str]:
    found = ["<", *_words(text), ">"]
    return frozenset(f"{a} {b}" for a, b in pairwise(found))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
