"""What went wrong in an answer: one kind for every wrong leaf, one headline kind for every example.

The kinds partition the failures. In order of precedence for an example with several:

- ``syntax``: no JSON value could be read;
- ``structure``: an object, an array or a scalar stands where another of these is expected; or every leaf is right and
  only the order of items is not;
- ``type``: a scalar of another JSON type (string, number, boolean, null);
- ``omission``: an expected leaf is missing;
- ``addition``: a leaf that is not expected;
- ``hallucinated``: a value of the right type in the right place that has little to do with the expected one;
- ``altered``: nearly the expected value: a copy that went wrong on the way;
- ``derived``: a number that does not stand in the text, so that it had to be computed, is wrong.

The order is that in which whoever reads the answer would fail: what cannot be parsed has no shape, what has another
shape lacks the fields. A wrong total comes last because it may follow from another wrong value.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from rapidfuzz.distance import Levenshtein

from paperlib.data.examples import Span, pointer
from paperlib.data.leaves import MISSING, LeafCounts, Path, equal, n_leaves, pair_leaves

FaultKind = Literal["structure", "type", "omission", "addition", "hallucinated", "altered", "derived"]
Kind = Literal["exact", "syntax", FaultKind]
FAULT_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)  # in order of precedence
KINDS: tuple[Kind, ...] = ("exact", "syntax", *FAULT_KINDS)
NEAR = 0.7  # similarity from which a wrong value counts as an altered copy
PART = 4  # characters from which a piece of the expected string counts as a copy cut short
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?")
TYPES = {bool: "boolean", int: "number", float: "number", str: "string", type(None): "null"}


@dataclass(frozen=True)
class Fault:
    """One wrong leaf: what the answer has and what was expected at one place, either of them possibly MISSING.

    Only under ``structure`` may a side be a whole object or array: the fault is one, however much hangs below it.
    """

    path: Path  # in the expected value; of an addition, in the answer
    kind: FaultKind
    answer: Any
    expected: Any
    copyable: bool  # the expected value stands in the text, so copying it would have been right
    copied: bool  # the answer's value stands in the text: if wrong, then copied from the wrong place


@dataclass(frozen=True)
class Diagnosis:
    """An answer's headline kind and its wrong leaves; none where it is exact, unreadable or only out of order."""

    kind: Kind
    leaves: LeafCounts
    faults: tuple[Fault, ...] = ()

    def counts(self) -> dict[str, int]:
        """Wrong leaves by kind; kinds that do not occur are left out."""
        found = [fault.kind for fault in self.faults]
        return {kind: found.count(kind) for kind in FAULT_KINDS if kind in found}


def unreadable(expected: Any) -> Diagnosis:
    """The diagnosis of an output without a JSON value."""
    return Diagnosis("syntax", LeafCounts(0, 0, n_leaves(expected)))


def diagnose(answer: Any, expected: Any, text: str, spans: Sequence[Span] = ()) -> Diagnosis:
    """The kinds of an answer that was read as JSON, and its leaf counts, which come from the same alignment.

    ``text`` is what the answer was to be taken from. Where ``spans`` are given they say which expected leaves stand in
    it; otherwise a string does if it occurs literally, a number if one of the numbers in the text has its value.

    Leaves are compared in the pairs of :func:`paperlib.data.leaves.pair_leaves`. An empty object or array that
    should hold something is no fault of its own: what it lacks is omitted (and the other way round, added).
    """
    n = n_leaves(expected)
    if equal(answer, expected):
        return Diagnosis("exact", LeafCounts(n, n, n))
    source = Source(text, spans)
    pairs = list(pair_leaves(answer, expected))
    faults = tuple(_fault(source, *pair) for pair in pairs if not equal(pair[1], pair[2]))
    counts = LeafCounts(len(pairs) - len(faults), n_leaves(answer), n)
    return Diagnosis(min((fault.kind for fault in faults), key=FAULT_KINDS.index, default="structure"), counts, faults)


def similarity(one: str, other: str) -> float:
    """1 - edit distance / length of the longer string: 1 for equal strings, 0 where no character is kept.

    Levenshtein (1966), "Binary codes capable of correcting deletions, insertions, and reversals".
    """
    return float(Levenshtein.normalized_similarity(one, other))


def nearly(answer: Any, expected: Any) -> bool:
    """Whether a wrong value is an altered copy of the expected one.

    Similarity of at least 0.7, case and white space aside, or a string cut out of the expected one or put around it.
    In the published training data, of pairs of different values that two examples have in the same field, 0.9 % of the
    strings and 0.2 % of the numbers pass: a value made up in the style of its field is rarely taken for a copy. The
    price is paid by short values: 12 for 13 counts as hallucinated, and so does a wrong boolean.
    """
    if isinstance(expected, bool):
        return False
    short, long = sorted((_plain(answer), _plain(expected)), key=len)
    part = isinstance(expected, str) and len(short) >= PART and short in long
    return part or similarity(short, long) >= NEAR


class Source:
    """A text, asked whether it holds a value."""

    def __init__(self, text: str, spans: Sequence[Span]):
        self.text = text
        self.pointers = {span.pointer for span in spans}

    @cached_property
    def numbers(self) -> set[int | float]:
        """Every number in the text by value; commas before three digits are taken for separators of thousands."""
        found = [match.replace(",", "") for match in NUMBER.findall(self.text)]
        return {float(number) if "." in number or len(number) > 300 else int(number) for number in found}

    @cached_property
    def words(self) -> set[str]:
        return set(re.findall(r"\w+", self.text.casefold()))

    def holds(self, value: Any) -> bool:
        """Whether a scalar occurs anywhere; null and empty values leave no trace in a text."""
        if isinstance(value, bool):
            return not self.words.isdisjoint(("true", "yes") if value else ("false", "no"))
        if isinstance(value, int | float):
            return value in self.numbers
        return isinstance(value, str) and value != "" and value in self.text

    def gives(self, path: Path, expected: Any) -> bool:
        """Whether the expected leaf at ``path`` stands in the text."""
        return pointer(*path) in self.pointers if self.pointers else self.holds(expected)


def _fault(source: Source, path: Path, answer: Any, expected: Any) -> Fault:
    copyable = expected is not MISSING and source.gives(path, expected)
    return Fault(path, _kind(answer, expected, copyable), answer, expected, copyable, source.holds(answer))


def _kind(answer: Any, expected: Any, copyable: bool) -> FaultKind:
    if answer is MISSING:
        return "omission"
    if expected is MISSING:
        return "addition"
    if isinstance(answer, dict | list) or isinstance(expected, dict | list):
        return "structure"
    if TYPES[type(answer)] != TYPES[type(expected)]:
        return "type"
    # Before the question of similarity: where nothing stands in the text, no copy can have been altered.
    if TYPES[type(expected)] == "number" and not copyable:
        return "derived"
    return "altered" if nearly(answer, expected) else "hallucinated"


def _plain(value: Any) -> str:
    return " ".join(str(value).casefold().split())
